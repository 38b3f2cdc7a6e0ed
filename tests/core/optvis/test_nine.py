"""Nine small pictures to choose from."""

from __future__ import annotations

import numpy as np

from core.optvis import nine as module
from core.optvis.nine import nine
from core.optvis.style_samples import style_sample
from core.optvis.style_settings import StyleSettings


def test_nine_settings_give_nine_small_pictures(cat, monkeypatch):
    for name, value in {"_SMALL_PX": 48, "_STEPS": 1, "_LEVELS": 1}.items():
        monkeypatch.setattr(module, name, value)
    steps = list(nine(cat, style_sample("Dots"), StyleSettings(size=512), weights=(0.5, 1, 2)))
    last = steps[-1]
    shares = [step.share for step in steps]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert [len(step.images) for step in steps[:3]] == [0, 0, 1]
    assert len({image.tobytes() for image in last.images}) == 9
    assert all(image.shape == last.images[0].shape for image in last.images)
    weights = np.array([s.style_weight for s in last.settings]).reshape(3, 3)
    np.testing.assert_array_equal(weights, np.outer([10, 20, 40], np.ones(3)))
    assert [s.style_scale for s in last.settings] == [0.5, 1.0, 1.6] * 3
    assert all(s.size == 512 for s in last.settings)
