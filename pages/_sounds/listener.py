"""The ear of the room Live: it keeps what a microphone has heard last, and scores it."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import NamedTuple

import av
import numpy as np
from streamlit_webrtc import WebRtcMode, create_audio_sink_track, webrtc_streamer

from core.errors import GraftError
from core.media import undecided
from core.sound.classification import score_window
from core.sound.encoders import RATE, WINDOW
from core.sound.heads import SoundHead
from pages._sounds.scrolling import ScrollingSpectrogram
from pages._ui.video import ice_servers

_TIMED = 12
_REST_S = 0.1  # between two scores at least: ten a second are enough
_GONE_S = 3.0  # without sound for so long, the microphone is off


class Latest(NamedTuple):
    """What there is to show.

    Attributes
    ----------
    pixels : (128, T) uint8, the spectrogram of the last ten seconds.
    seconds : that the scores are of.
    scores : (C,) float32 or None, at first.
    per_s, each_ms : how often scores come, and what each takes.
    undecided : why nothing can be told of the last seconds, or nothing.
    """

    pixels: np.ndarray
    seconds: float
    scores: np.ndarray | None
    per_s: float
    each_ms: float
    undecided: str = ""


class LiveListener:
    """Keeps the last seconds; a thread scores them as long as sound comes.

    Attributes
    ----------
    head : the classifier, which a page may change at any time.
    error : what has ended the scoring, if something has.
    """

    SHOWN_S = 10

    def __init__(self) -> None:
        self.head: SoundHead | None = None
        self.error: GraftError | None = None
        self._lock = threading.Lock()
        self._kept = np.empty(0, np.float32)
        self._picture = ScrollingSpectrogram(self.SHOWN_S)
        self._scores: np.ndarray | None = None
        self._times: deque[tuple[float, float]] = deque(maxlen=_TIMED)
        self._last_sound_at = 0.0
        self._scorer: threading.Thread | None = None
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)

    def hear(self, frame: av.AudioFrame) -> None:
        """Take what came from the microphone, of any rate and number of channels."""
        frame.pts = None
        parts = [part.to_ndarray().ravel() for part in self._resampler.resample(frame)]
        self.listen(np.concatenate(parts) if parts else np.empty(0, np.float32))

    def listen(self, samples: np.ndarray) -> None:
        """Take (n,) float32 at 48 kHz, and have them scored."""
        now = time.monotonic()
        with self._lock:
            if now - self._last_sound_at > _GONE_S:  # another recording begins
                self._begin()
            self._kept = np.concatenate([self._kept, samples])[-2 * WINDOW :]
            self._picture.add(samples)
            self._last_sound_at = now
            if self._scorer is None and self.error is None:
                self._scorer = threading.Thread(target=self._score, name="listen", daemon=True)
                self._scorer.start()

    def latest(self) -> Latest:
        """What was heard last."""
        with self._lock:
            times = list(self._times)
            last = self._kept[-WINDOW:]
            pixels, scores = self._picture.pixels, self._scores
        per_s = each_ms = 0.0
        if len(times) > 1:
            per_s = (len(times) - 1) / (times[-1][0] - times[0][0])
            each_ms = 1e3 * float(np.mean([spent for _, spent in times]))
        why = undecided(last, RATE) if len(last) else ""
        return Latest(pixels, len(last) / RATE, scores, per_s, each_ms, why)

    def _begin(self) -> None:
        """Forget what was heard."""
        self._kept = np.empty(0, np.float32)
        self._picture = ScrollingSpectrogram(self.SHOWN_S)
        self._scores = None
        self._times = deque(maxlen=_TIMED)
        self.error = None

    def _score(self) -> None:
        while True:
            started = time.monotonic()
            with self._lock:
                samples, head = self._kept, self.head
                if started - self._last_sound_at > _GONE_S or head is None:
                    self._scorer = None
                    return
            if len(samples):
                try:
                    scores = score_window(samples, head)
                except GraftError as err:
                    with self._lock:
                        self.error, self._scorer = err, None
                    return
                now = time.monotonic()
                with self._lock:
                    if self.head is not None and len(scores) == len(self.head.classes):
                        self._scores = scores
                    self._times.append((now, now - started))
            time.sleep(max(0.005, _REST_S - (time.monotonic() - started)))


def microphone(listener: LiveListener) -> bool:
    """The button that starts and stops it; whether it is on."""
    sink = create_audio_sink_track(listener.hear, key="live_ear")
    stream = webrtc_streamer(
        key="live_sound_stream",
        mode=WebRtcMode.SENDONLY,
        rtc_configuration={"iceServers": ice_servers()},
        media_stream_constraints={
            "video": False,
            # processing made for speech would take away what is to be heard
            "audio": {
                "echoCancellation": False,
                "noiseSuppression": False,
                "autoGainControl": False,
            },
        },
        sink_audio_track=sink,
    )
    return stream.state.playing
