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

from core.optvis.evaluator import Evaluation

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
        evaluation = evaluate(values)
        values = values + rule(evaluation.gradient, step)
        if project is not None:
            values = project(values)
        yield Step(values, evaluation)


@dataclass
class Adam:
    """Kingma and Ba (2014), https://arxiv.org/abs/1412.6980"""

    rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        self._mean: np.ndarray = np.zeros((), np.float32)
        self._square = self._mean

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


_Message = np.ndarray | Step | Exception | None
"""What the search tells: where to evaluate, a step that was taken, an error, or that it is over."""


def _driven(evaluate: Evaluate, start: np.ndarray, steps: int) -> Iterator[Step]:
    messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()
    answers: queue.SimpleQueue[Evaluation | None] = queue.SimpleQueue()
    searcher = threading.Thread(
        target=_search, args=(start, steps, messages, answers), daemon=True, name="l-bfgs"
    )
    searcher.start()
    try:
        while (message := messages.get()) is not None:
            if isinstance(message, Exception):
                raise message
            if isinstance(message, Step):
                yield message
                answers.put(message.evaluation)
            else:
                answers.put(evaluate(message))
    finally:
        answers.put(None)
        searcher.join()


class _LeftError(Exception):
    """Nobody waits for the search any more."""


def _search(
    start: np.ndarray,
    steps: int,
    messages: queue.SimpleQueue[_Message],
    answers: queue.SimpleQueue[Evaluation | None],
) -> None:
    from scipy.optimize import minimize

    unit = np.sqrt(start.size)
    latest: list[Evaluation] = []

    def ask(message: _Message) -> Evaluation:
        messages.put(message)
        answer = answers.get()
        if answer is None:
            raise _LeftError
        return answer

    def scaled(values: np.ndarray) -> np.ndarray:
        return (values * unit).astype(np.float32).reshape(start.shape)

    def value_and_gradient(values: np.ndarray) -> tuple[float, np.ndarray]:
        evaluation = ask(scaled(values))
        latest[:] = [evaluation]
        return evaluation.value, unit * evaluation.gradient.ravel().astype(np.float64)

    def step_taken(values: np.ndarray) -> None:
        ask(Step(scaled(values), latest[0]))

    options = {"maxiter": steps, "maxfun": 20 * steps, "ftol": 0.0, "gtol": 0.0, "maxls": 10}
    try:
        minimize(
            value_and_gradient,
            start.ravel().astype(np.float64) / unit,
            jac=True,
            method="L-BFGS-B",
            callback=step_taken,
            options=options,
        )
        messages.put(None)
    except _LeftError:
        pass
    except Exception as err:  # noqa: BLE001 - whoever drives the search raises it
        messages.put(err)
