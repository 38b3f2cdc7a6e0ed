"""Live video from a camera, and TensorFlow beside it in one process."""

from __future__ import annotations

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

CHANGED = """([alt, before]) => {
    const picture = document.querySelector(`img[alt="${alt}"]`);
    return picture !== null && picture.getAttribute('src') !== before;
}"""


def start_camera(page):
    """The frame in which the video plays, once it does."""
    page.locator("iframe[src*=webrtc]").wait_for()
    frame = next(frame for frame in page.frames if "webrtc" in frame.url)
    frame.get_by_text("START").click()
    frame.wait_for_function("() => (document.querySelector('video')?.currentTime ?? 0) > 0.5")
    return frame


def goes_on(frame) -> None:
    now = frame.evaluate("() => document.querySelector('video').currentTime")
    frame.wait_for_function(f"() => document.querySelector('video').currentTime > {now + 0.5}")


def test_frames_come_back_with_labels_and_stop_on_request(visit):
    page = visit("classify?mode=Live+video")
    frame = start_camera(page)
    goes_on(frame)
    frame.wait_for_function(f"() => ({WRITING})() > 200")
    frame.get_by_text("STOP").click()
    frame.get_by_text("START").wait_for()


def test_video_starts_in_a_process_that_has_used_tensorflow(visit, start_server):
    """TensorFlow imported before the video's encryption library kills the process."""
    server = start_server()
    page = visit("classify?method=Grad-CAM", on=server)
    page.locator("img[alt*='the places that speak for']").wait_for(timeout=60_000)
    assert server.has_tensorflow
    goes_on(start_camera(visit("classify?mode=Live+video", on=server)))
    assert server.is_alive


def test_tensorflow_and_a_running_video_live_in_one_process(visit, start_server, choose):
    server = start_server()
    filming = visit("classify?mode=Live+video", on=server)
    frame = start_camera(filming)
    goes_on(frame)
    assert not server.has_tensorflow
    reading = visit("classify", on=server)
    picture = reading.locator("img[alt*='the places that speak for']")
    before = picture.get_attribute("src")
    choose(reading, "Method", "Grad-CAM")
    reading.wait_for_function(CHANGED, arg=[picture.get_attribute("alt"), before], timeout=60_000)
    assert server.has_tensorflow
    goes_on(frame)
    assert server.is_alive
