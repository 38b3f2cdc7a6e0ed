"""The ways up and down: one loop for rules of a step, and L-BFGS.

Each is a generator that yields after every step, so that whoever drives it can show the picture,
and stop.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from core.optvis.machine import Evaluation

Evaluate = Callable[[np.ndarray], Evaluation]


class Step(NamedTuple):
    """A step that was taken: the array after it, and what was evaluated before it.

    L-BFGS evaluates where it arrives; there it is what was evaluated after it.
    """

    values: np.ndarray
    evaluation: Evaluation


class Rule(Protocol):
    """From a gradient to what is added to the array, for ascent."""

    def __call__(self, gradient: np.ndarray, step: int) -> np.ndarray: ...


def ascend(
    evaluate: Evaluate,
    start: np.ndarray,
    rule: Rule,
    steps: int,
    *,
    project: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Iterator[Step]:
    """Go up the gradient, `steps` times.

    Parameters
    ----------
    project : brings the array back to where it may be, such as into 0..255.
    """
    values = start.astype(np.float32)
    for step in range(steps):
        found = evaluate(values)
        values = values + rule(found.gradient, step)
        if project is not None:
            values = project(values)
        yield Step(values, found)


@dataclass
class Adam:
    """Kingma and Ba (2014), https://arxiv.org/abs/1412.6980"""

    rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        self._mean = self._square = np.float32(0)

    def __call__(self, gradient: np.ndarray, step: int) -> np.ndarray:
        gradient = gradient.astype(np.float32)
        self._mean = self.beta1 * self._mean + (1 - self.beta1) * gradient
        self._square = self.beta2 * self._square + (1 - self.beta2) * gradient**2
        mean = self._mean / (1 - self.beta1 ** (step + 1))
        square = self._square / (1 - self.beta2 ** (step + 1))
        return np.float32(self.rate) * mean / (np.sqrt(square) + np.float32(self.epsilon))


@dataclass(frozen=True)
class DecayingRate:
    """Plain gradient steps whose rate falls by `decay` every 100 steps, as in Keras's example."""

    rate: float
    decay: float = 0.96

    def __call__(self, gradient: np.ndarray, step: int) -> np.ndarray:
        return np.float32(self.rate * self.decay ** (step / 100)) * gradient


@dataclass(frozen=True)
class NormalisedStep:
    """Steps of one length whatever the gradient: it is divided by its mean absolute value."""

    rate: float

    def __call__(self, gradient: np.ndarray, step: int) -> np.ndarray:
        return np.float32(self.rate) * gradient / max(float(np.abs(gradient).mean()), 1e-12)


def lbfgs(evaluate: Evaluate, start: np.ndarray, steps: int) -> Iterator[Step]:
    """Go down by L-BFGS, as SciPy has it.

    SciPy's first step is one unit long. The unit here is one level of every value, since what a
    step of one level of a single value gains is lost in rounding. The search works in a thread
    that waits while its generator does not run, and ends with it. Where rounding leaves the search
    along a line without progress, it starts again from there once.

    References
    ----------
    Liu and Nocedal (1989), https://doi.org/10.1007/BF01589116
    """
    values, left = start.astype(np.float32), steps
    while left > 0:
        taken = 0
        for step in _driven(evaluate, values, left):
            values, taken = step.values, taken + 1
            yield step
        left -= taken
        if taken < 2:
            return


def _driven(evaluate: Evaluate, start: np.ndarray, steps: int) -> Iterator[Step]:
    questions: queue.SimpleQueue[tuple[str, np.ndarray | BaseException | None]]
    questions, answers = queue.SimpleQueue(), queue.SimpleQueue()
    searcher = threading.Thread(
        target=_search, args=(start, steps, questions, answers), daemon=True, name="l-bfgs"
    )
    searcher.start()
    found: Evaluation | None = None
    try:
        while True:
            kind, content = questions.get()
            if kind == "evaluate":
                found = evaluate(content.astype(np.float32).reshape(start.shape))
                answers.put(found)
            elif kind == "step":
                yield Step(content.astype(np.float32).reshape(start.shape), found)
                answers.put(found)
            elif kind == "error":
                raise content
            else:
                return
    finally:
        answers.put(None)
        searcher.join()


class _LeftError(Exception):
    """Nobody waits for the search any more."""


def _search(
    start: np.ndarray, steps: int, questions: queue.SimpleQueue, answers: queue.SimpleQueue
) -> None:
    from scipy.optimize import minimize

    unit = np.sqrt(start.size)

    def ask(kind: str, values: np.ndarray) -> Evaluation:
        questions.put((kind, values * unit))
        answer = answers.get()
        if answer is None:
            raise _LeftError
        return answer

    def value_and_slope(values: np.ndarray) -> tuple[float, np.ndarray]:
        found = ask("evaluate", values)
        return found.value, unit * found.gradient.ravel().astype(np.float64)

    options = {"maxiter": steps, "maxfun": 20 * steps, "ftol": 0.0, "gtol": 0.0, "maxls": 10}
    try:
        minimize(
            value_and_slope,
            start.ravel().astype(np.float64) / unit,
            jac=True,
            method="L-BFGS-B",
            callback=lambda values: ask("step", values),
            options=options,
        )
        questions.put(("end", None))
    except _LeftError:
        pass
    except Exception as err:  # noqa: BLE001 - whoever drives the search raises it
        questions.put(("error", err))
