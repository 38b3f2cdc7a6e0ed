"""Live video: each frame classified and drawn upon, in the stream's own thread."""

from __future__ import annotations

import functools
import time
from collections import deque
from dataclasses import dataclass, field, replace

import av
import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from core import engine
from core.settings import settings
from core.vision.classification import novelty_detector
from core.vision.preparation import centre_square, fit
from core.vision.transfer.trained_model import TrainedModel
from pages._ui.none_of_these import NONE
from pages._ui.numbers import percent
from pages._ui.pictures import overlay

_FRAMES_TIMED = 30


@dataclass(slots=True)
class LiveClassifier:
    """What is drawn on each frame; the page changes its settings while the stream runs.

    `network` is the name of one, or a classifier of one's own; `none_of_these`, of the latter, the
    share of known photos to lose, if it is to say of a frame that it shows none of its classes.
    """

    network: str | TrainedModel
    with_map: bool = True
    top_k: int = 3
    none_of_these: float | None = None
    _times: deque[float] = field(
        default_factory=lambda: deque(maxlen=_FRAMES_TIMED), init=False, repr=False
    )

    @property
    def frames_per_s(self) -> float:
        """Frames drawn a second, over the last thirty."""
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        pixels = frame.to_ndarray(format="rgb24")
        return av.VideoFrame.from_ndarray(self.draw(pixels), format="rgb24")

    def draw(self, pixels: np.ndarray) -> np.ndarray:
        """The labels, the map and the frame rate on a frame of (H, W, 3) uint8."""
        started = time.perf_counter()
        if isinstance(self.network, TrainedModel):
            network, novelty = self.network.predictor, self.network.novelty
        else:
            network, novelty = engine.predictor(self.network), novelty_detector(self.network)
        square = fit(Image.fromarray(pixels), network.info.input_size)
        is_mapped = self.with_map and network.has_class_weights
        mapped = (network.info.features,) if is_mapped and network.info.features else ()
        (scores,), embedding, *maps = network(square[None], "scores", "embedding", *mapped)
        if maps:  # a class activation map, of the same forward pass
            values = maps[0][0] @ network.class_weights(embedding[0], int(scores.argmax()))
            pixels = overlay(pixels, values, centre_square(*pixels.shape[1::-1]), strength=0.6)
        best = np.argsort(-scores, kind="stable")[: self.top_k]
        lines = [f"{percent(scores[i])}  {network.labels.names[i]}" for i in best]
        share = self.none_of_these
        if share is not None and novelty is not None and novelty.is_novel(embedding, share)[0]:
            lines = [NONE, *lines]
        self._times.append(time.perf_counter())
        spent_ms = (self._times[-1] - started) * 1e3
        rate = f"{self.frames_per_s:.0f} frames/s · " if len(self._times) > 1 else ""
        lines.append(f"{rate}{spent_ms:.0f} ms each")
        return _write(pixels, lines)


def live_video(classifier: LiveClassifier, still: np.ndarray, key: str = "live") -> None:
    """The camera's picture with the classifier's drawing on it; before it runs, `still` with it."""
    stream = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": ice_servers()},
        media_stream_constraints={"video": True, "audio": False},
        video_frame_callback=classifier,
        async_processing=True,
    )
    if not stream.state.playing:
        st.image(
            replace(classifier).draw(still),
            caption="Preview; press START to use a camera.",
            width="stretch",
            alt="A photo with labels and an activation map drawn on it",
        )


def ice_servers() -> list[dict[str, str]]:
    """Those of the settings; none are needed on one machine."""
    return [{"urls": url} for url in settings().ice_servers]


@functools.cache
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _write(pixels: np.ndarray, lines: list[str]) -> np.ndarray:
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image, "RGBA")
    size = max(14, image.height // 22)
    font = _font(size)
    line = round(size * 1.35)
    width = max(draw.textlength(text, font) for text in lines) + size
    draw.rectangle((0, 0, width, line * len(lines) + size // 2), fill=(0, 0, 0, 150))
    for row, text in enumerate(lines):
        draw.text((size // 2, size // 4 + row * line), text, font=font, fill="white")
    return np.asarray(image)
