"""Features of photos that are still being taken, so that a training on them has little to do."""

from __future__ import annotations

import hashlib
import threading
from itertools import islice

from core import engine
from core.errors import GraftError, without_frames
from core.learning.feature_cache import FeatureCache
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.strategies import compute_features

_AT_ONCE = 8


class EarlyFeatures:
    """A thread that computes features of photos as they come; it ends when none are left.

    Safe to use from any thread.

    Parameters
    ----------
    backbone : a network of the zoo with a feature map, on disk.

    Attributes
    ----------
    cache : what is there by now; `copy` it for another process, since more may come meanwhile.
    error : what has ended the computing, if something has; the next photo begins it again.
    """

    def __init__(self, backbone: str = DEFAULT_BACKBONE) -> None:
        self.backbone = backbone
        self.cache = FeatureCache()
        self.error: GraftError | None = None
        self._lock = threading.Lock()
        self._waiting: dict[str, bytes] = {}
        self._running: dict[str, bytes] = {}
        self._worker: threading.Thread | None = None

    def add(self, photo: bytes) -> None:
        """Have the features of an encoded photo computed, unless they are there or will be."""
        digest = hashlib.blake2b(photo, digest_size=16).hexdigest()  # as data sets have it
        with self._lock:
            if digest in self._running or not self.cache.missing(self.backbone, [digest]):
                return
            self._waiting[digest] = photo
            if self._worker is None:
                self.error = None
                self._worker = threading.Thread(target=self._work, name="features", daemon=True)
                self._worker.start()

    @property
    def waiting(self) -> int:
        """Photos whose features are not there yet."""
        with self._lock:
            return len(self._waiting) + len(self._running)

    def for_training(self) -> FeatureCache:
        """What is there by now, for a training in this process.

        What still waits is left to it: it computes what is missing, and adds that to the same
        cache. What is computed at this moment may be computed twice.
        """
        with self._lock:
            self._waiting.clear()
        return self.cache

    def _work(self) -> None:
        try:
            network = engine.predictor(self.backbone)
            while batch := self._next():
                for _ in compute_features(network, [*batch], [*batch.values()], self.cache):
                    pass
        except GraftError as err:
            with self._lock:
                self.error, self._worker = without_frames(err), None
                self._waiting, self._running = {}, {}

    def _next(self) -> dict[str, bytes]:
        """The next few photos; without any, the thread ends."""
        with self._lock:
            self._running = dict(islice(self._waiting.items(), _AT_ONCE))
            for digest in self._running:
                del self._waiting[digest]
            if not self._running:
                self._worker = None
            return self._running
