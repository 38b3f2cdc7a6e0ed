"""Sounds in a real browser: a cold link, the player and its line, and a microphone."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.media import encode_wav

pytestmark = pytest.mark.browser

PLACE = "e => parseFloat(e.style.left)"
WATCH = """image => {
  const changes = [];
  new MutationObserver(() => {
    const now = performance.now();
    changes.push(now);
    window.inOneSecond = changes.filter((then) => then > now - 1000).length;
  }).observe(image, {attributeFilter: ["src"]});
}"""


def test_a_click_on_the_spectrogram_moves_the_player_and_the_line(visit):
    page = visit("sounds")
    area = page.get_by_role("slider", name=re.compile("Spectrogram of Siren"))
    area.wait_for()
    page.wait_for_function("() => document.querySelector('audio')?.duration > 5")
    box = area.bounding_box()
    area.click(position={"x": box["width"] / 2, "y": 40})
    now = page.evaluate("() => document.querySelector('audio').currentTime")
    assert now == pytest.approx(3, abs=0.1)
    assert area.locator("i").evaluate(PLACE) == pytest.approx(50, abs=1)
    page.evaluate("() => { const a = document.querySelector('audio'); a.muted = true; a.play(); }")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 4")
    assert area.locator("i").evaluate(PLACE) > 60
    area.press("ArrowLeft")
    assert page.evaluate("() => document.querySelector('audio').currentTime") < 5


def test_a_microphone_is_scored_again_and_again_and_stops(visit):
    page = visit("sounds?room=Live")
    page.get_by_text("Press START to use the microphone").wait_for()
    page.locator("iframe[src*=webrtc]").wait_for()
    frame = next(frame for frame in page.frames if "webrtc" in frame.url)
    frame.get_by_text("START").click()
    pace = page.locator("p", has_text=re.compile(r"[1-9]\d*\.\d scores/s"))
    pace.wait_for()
    page.get_by_alt_text("Spectrogram of the last seconds").evaluate(WATCH)
    page.wait_for_function("() => window.inOneSecond >= 5", timeout=60_000)
    bars = page.get_by_role("img", name=re.compile(r"\d+%, .* \d+%"))
    assert bars.count() == 1
    frame.get_by_text("STOP").click()
    page.get_by_text("Press START to use the microphone").wait_for()


def test_a_zip_is_trained_on_and_a_label_put_right(visit, upload, pack):
    rng = np.random.default_rng(0)
    t = np.arange(16_000) / 16_000
    files = {}
    for i in range(6):
        tone = 0.3 * np.sin(2 * np.pi * (400 + 50 * i) * t)
        files[f"tone/{i}.wav"] = encode_wav(np.float32(tone), 16_000)
        files[f"noise/{i}.wav"] = encode_wav(rng.normal(0, 0.1, 16_000).astype(np.float32), 16_000)
    page = visit("sounds?room=Train+your+own&own_source=Zip")
    upload(page, **{"sounds.zip": pack(files)})
    page.get_by_text("8 training recordings, 4 test recordings").wait_for()
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("heading", name="100.0% of 4 test recordings correct").wait_for()
    page.get_by_role("button", name="Correct").first.click()
    page.get_by_text("Exclude", exact=True).click()
    page.get_by_role("button", name="Train again with 1 correction").click()
    page.get_by_role("heading", name=re.compile("after training on 7|of 3 test")).wait_for()
    assert page.get_by_test_id("stException").count() == 0
