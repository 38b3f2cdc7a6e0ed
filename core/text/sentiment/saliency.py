"""Which sentences made a model decide so: by gradients, or by leaving sentences out.

References
----------
The gradient against the flipped decision: Denil et al. (2014), https://arxiv.org/abs/1412.6815.
Integrated gradients: Sundararajan et al. (2017), https://arxiv.org/abs/1703.01365. The deletion
test: Samek et al. (2017), https://doi.org/10.1109/TNNLS.2016.2599820
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.errors import InvalidInputError
from core.text.sentiment.readers import Reader

_STEPS = 32  # of the path from no text to the text
_MOST_LEFT_OUT = 400  # sentences; each is left out of all others


def gradient(reader: Reader, vectors: np.ndarray) -> np.ndarray:
    """Length of the loss's gradient at each sentence, if the other decision were the right one."""
    logits, (slopes,) = reader.differentiate([vectors])
    surprise = probability(abs(logits[0]))  # d loss / d logit against the flipped label
    return surprise * np.linalg.norm(slopes, axis=1)


def gradient_input(reader: Reader, vectors: np.ndarray) -> np.ndarray:
    """Each sentence's vector times the logit's gradient at it."""
    _, (slopes,) = reader.differentiate([vectors])
    return (slopes * vectors).sum(axis=1)


def integrated_gradients(reader: Reader, vectors: np.ndarray) -> np.ndarray:
    """The same with the gradient's mean on the way from vectors of zero.

    Adds up to the difference between the logits at both ends.
    """
    shares = (np.arange(_STEPS, dtype=np.float32) + 0.5) / _STEPS
    _, slopes = reader.differentiate([share * vectors for share in shares])
    return (np.mean(slopes, axis=0) * vectors).sum(axis=1)


def leave_one_out(reader: Reader, vectors: np.ndarray) -> np.ndarray:
    """How far the logit falls without each sentence.

    Raises
    ------
    InvalidInputError
        If there are more than 400 sentences.
    """
    check_few(len(vectors))
    without = [np.delete(vectors, place, axis=0) for place in range(len(vectors))]
    logits = reader.logits([vectors, *without])
    return logits[0] - logits[1:]


METHODS: dict[str, Callable[[Reader, np.ndarray], np.ndarray]] = {
    "gradient": gradient,
    "gradient_input": gradient_input,
    "integrated_gradients": integrated_gradients,
    "leave_one_out": leave_one_out,
}
SIGNED = frozenset(METHODS) - {"gradient"}
"""Methods whose sign says for which side a sentence speaks; others say how much it matters."""


def check_few(count: int) -> None:
    """Refuse so many sentences that leaving each out would take too much time and memory."""
    if count > _MOST_LEFT_OUT:
        raise InvalidInputError(
            f"Expected at most {_MOST_LEFT_OUT} sentences to exclude one by one. Received: "
            f"{count:,}. Choose another method, or a shorter text."
        )


def probability(logit: np.ndarray | float) -> np.ndarray:
    """The logistic function, float32."""
    return np.float32(1) / (1 + np.exp(-np.clip(logit, -60, 60), dtype=np.float32))


def ranking(saliency: np.ndarray, *, signed: bool, positive: bool) -> np.ndarray:
    """Sentences in the order in which they speak for the decision, the strongest first."""
    support = saliency if positive or not signed else -saliency
    return np.argsort(-support, kind="stable")


def deletion_curve(reader: Reader, vectors: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Probability of the first decision as sentences go one by one in `order`: (S + 1,) float32."""
    kept = np.ones(len(vectors), bool)
    versions = [vectors]
    for place in order:
        kept[place] = False
        versions.append(vectors[kept])
    logits = reader.logits(versions)
    return probability(logits if logits[0] >= 0 else -logits)


def area(curve: np.ndarray) -> float:
    """Mean height of a deletion curve."""
    return float(np.trapezoid(curve, dx=1 / max(1, len(curve) - 1)))
