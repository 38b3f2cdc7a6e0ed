"""Live video from a camera, and TensorFlow beside it in one process."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.browser

# bright pixels in the corner where labels and frame rate are written
WRITING = """() => {
    const video = document.querySelector('video');
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0);
    const pixels = pen.getImageData(0, 0, canvas.width / 2, canvas.height / 3).data;
    let bright = 0;
    for (let i = 0; i < pixels.length; i += 4)
        bright += Math.min(pixels[i], pixels[i + 1], pixels[i + 2]) > 180;
    return bright;
}"""
SHOWS_OR_STARTS = """() =>
    document.querySelector('video') !== null || document.body.innerText.includes('START')"""


def start_camera(page):
    """The frame in which the video plays, once it does."""
    page.locator("iframe[src*=webrtc]").wait_for()
    frame = next(frame for frame in page.frames if "webrtc" in frame.url)
    press_start(frame)
    return frame


def press_start(frame) -> None:
    frame.get_by_text("START").click()
    frame.wait_for_function("() => (document.querySelector('video')?.currentTime ?? 0) > 0.5")


def goes_on(frame) -> None:
    now = frame.evaluate("() => document.querySelector('video').currentTime")
    frame.wait_for_function(f"() => document.querySelector('video').currentTime > {now + 0.5}")


def start_again_if_it_ended(frame) -> None:
    """On busy cores the connection was seen to end meanwhile; why was not established."""
    frame.wait_for_function(SHOWS_OR_STARTS)
    if frame.locator("video").count() == 0:
        press_start(frame)


def test_frames_come_back_with_labels_and_stop_on_request(visit):
    page = visit("classify?mode=Live+video")
    frame = start_camera(page)
    goes_on(frame)
    frame.wait_for_function(f"() => ({WRITING})() > 200")
    frame.get_by_text("STOP").click()
    frame.get_by_text("START").wait_for()


def use_tensorflow(visit, server, module) -> None:
    """Have texts of a sample encoded by a module of TF-Hub, which the server runs by itself."""
    settings = {"room": "Train your own", "desk_evidence": "Meaning", "desk_module": str(module)}
    page = visit(f"documents?{urlencode(settings)}", on=server)
    page.get_by_role("button", name="Open this module").click()
    page.get_by_text("The result is of other settings").wait_for()
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("lengths; trained").first.wait_for(timeout=90_000)
    assert server.has_tensorflow


@pytest.mark.slow  # the other order, which killed the process, is the test below
def test_tensorflow_and_a_running_video_live_in_one_process(visit, fresh_server, text_modules):
    frame = start_camera(visit("classify?mode=Live+video", on=fresh_server))
    goes_on(frame)
    assert not fresh_server.has_tensorflow
    use_tensorflow(visit, fresh_server, text_modules / "lengths")
    assert fresh_server.is_alive
    start_again_if_it_ended(frame)
    goes_on(frame)
    assert fresh_server.is_alive


def test_video_starts_in_a_process_that_has_used_tensorflow(visit, fresh_server, text_modules):
    """TensorFlow imported before the video's encryption library kills the process."""
    if not fresh_server.has_tensorflow:
        use_tensorflow(visit, fresh_server, text_modules / "lengths")
    goes_on(start_camera(visit("classify?mode=Live+video", on=fresh_server)))
    assert fresh_server.is_alive
