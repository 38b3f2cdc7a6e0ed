"""What is on a photo, in a sentence: an image network's feature map, read by a decoder.

The decoder has learned with one image network and understands no other; which one stands in its
card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from PIL import Image
from scipy.special import log_softmax

from core import engine, zoo
from core.errors import InvalidInputError
from core.media import open_image
from core.vision.captioning.beam_search import Hypothesis, Node, Search, States, beam_search
from core.vision.captioning.network import HIDDEN
from core.vision.captioning.vocabulary import BEGIN, END, PADDING, UNKNOWN, CaptionVocabulary

CAPTIONER = "captions_flickr8k"
DEFAULT_WIDTH = 3
MOST_WIDTH = 50
_NEVER = [PADDING, BEGIN, UNKNOWN]  # what the decoder knows but must not say


@dataclass(frozen=True, slots=True)
class CaptionStep:
    """A word of a caption.

    Attributes
    ----------
    word : str, empty for the end.
    log_probability : float, after the words before it.
    attention : (h, w) float32, where the decoder looked for it, as shares of the whole photo.
    """

    word: str
    log_probability: float
    attention: np.ndarray


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence about a photo.

    Attributes
    ----------
    text : str
    log_probability : float, of the whole sentence, its end included.
    score : float, what captions are ranked by; see `core.vision.captioning.beam_search`.
    steps : tuple of CaptionStep, the end included.
    is_finished : whether the sentence came to its end by itself.
    """

    text: str
    log_probability: float
    score: float
    steps: tuple[CaptionStep, ...]
    is_finished: bool


@dataclass(frozen=True, slots=True)
class CaptionSearch:
    """Captions, and all that was weighed on the way to them.

    Attributes
    ----------
    captions : tuple of Caption, the best first.
    nodes : tuple of Node; see `core.vision.captioning.beam_search`.
    words : tuple of str, the word of each node, empty for the end.
    """

    captions: tuple[Caption, ...]
    nodes: tuple[Node, ...]
    words: tuple[str, ...]


def caption(
    image: bytes,
    *,
    beam_width: int = DEFAULT_WIDTH,
    length_penalty: float | None = None,
    temperature: float = 1.0,
) -> tuple[Caption, ...]:
    """Sentences about a photo.

    Parameters
    ----------
    image : an encoded photo; see `core.media.open_image`. All of it is seen, made square.
    beam_width : int in 1..50; so many sentences come back.
    length_penalty : float >= 0
        0 ranks sentences by their probability, 1 by the mean log-probability of their words;
        None is what the recipe found best.
    temperature : float > 0
        Above 1 the words' probabilities come closer together, below they move apart.

    Returns
    -------
    tuple of Caption, the best first.

    Raises
    ------
    InvalidInputError
        If the photo cannot be used, or a number is out of its bounds.
    WeightsUnavailableError, MemoryBudgetError
        If the image network cannot be had or held here.
    """
    return explore(
        image, beam_width=beam_width, length_penalty=length_penalty, temperature=temperature
    ).captions


def explore(
    image: bytes,
    *,
    beam_width: int = DEFAULT_WIDTH,
    length_penalty: float | None = None,
    temperature: float = 1.0,
) -> CaptionSearch:
    """As `caption`, with everything that the search has weighed."""
    return captioner().search(look(image), beam_width, length_penalty, temperature)


def next_words(
    image: bytes, so_far: Sequence[str] = (), *, temperature: float = 1.0, count: int = 20
) -> tuple[tuple[str, float], ...]:
    """The most probable words after those `so_far`, and their probabilities; "" is the end.

    Raises
    ------
    InvalidInputError
        If there are more words than a caption has, or one that the decoder does not know.
    """
    return captioner().next_words(look(image), so_far, temperature, count)


def look(image: bytes) -> np.ndarray:
    """The feature map of a photo as the decoder wants it: (1, P, C) float32.

    Raises
    ------
    InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    network = engine.predictor(captioner().network)
    size = network.info.input_size
    pixels = squashed(open_image(image, size_hint=size), size)
    (features,) = network(pixels[None], network.info.features)
    return features.reshape(1, -1, features.shape[-1])


def squashed(image: Image.Image, size: int) -> np.ndarray:
    """All of an RGB image as a square, as the decoder has seen photos: (size, size, 3) uint8."""
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0))


class Captioner:
    """A decoder with its words and the name of the network that it has learned with.

    Parameters
    ----------
    spec : its card is `core.recipes.captions`'s.

    Raises
    ------
    InvalidInputError
        If the zoo's weights of that network are others than those that it has learned with.
    """

    def __init__(self, spec: zoo.ShippedSpec) -> None:
        self.spec = spec
        about = spec.card["decoder"]
        self.network: str = about["network"]
        if zoo.image_network(self.network).weights.sha256 != about["network_sha256"]:
            raise InvalidInputError(
                f"Expected the weights of {self.network} that {spec.title} has learned with, "
                f"SHA-256 {about['network_sha256']}. Received: others."
            )
        self.length_penalty: float = about["length_penalty"]
        self.longest: int = about["longest"]
        words = zoo.asset_path(spec, ".words.txt").read_text("utf-8").splitlines()
        self.vocabulary = CaptionVocabulary(words)

    def search(
        self,
        photo: np.ndarray,
        beam_width: int,
        length_penalty: float | None = None,
        temperature: float = 1.0,
    ) -> CaptionSearch:
        """See `explore`; `photo` is what `look` returns."""
        if not 1 <= beam_width <= MOST_WIDTH:
            raise InvalidInputError(
                f"Expected a beam width in 1..{MOST_WIDTH}. Received: {beam_width}."
            )
        speaker = self._speaker(photo, temperature, beam_width)
        found = beam_search(
            speaker,
            speaker.beginning,
            begin=BEGIN,
            end=END,
            width=beam_width,
            longest=self.longest,
            length_penalty=self.length_penalty if length_penalty is None else length_penalty,
        )
        return self._told(found, speaker)

    def next_words(
        self, photo: np.ndarray, so_far: Sequence[str], temperature: float, count: int
    ) -> tuple[tuple[str, float], ...]:
        """See `core.vision.captioning.next_words`."""
        ids = [i for word in so_far for i in self.vocabulary.ids(word)]
        if len(ids) >= self.longest or UNKNOWN in ids:
            raise InvalidInputError(
                f"Expected fewer than {self.longest} words, all of them known. "
                f"Received: {' '.join(so_far)[:200]}"
            )
        speaker = self._speaker(photo, temperature, width=1)
        states = speaker.beginning
        for word in (BEGIN, *ids):
            logs, states = speaker(states, np.array([word]))
        best = np.argsort(-logs[0], kind="stable")[:count]
        can_be = (i for i in best if np.isfinite(logs[0, i]))
        return tuple((self._word(i), float(np.exp(logs[0, i]))) for i in can_be)

    def _speaker(self, photo: np.ndarray, temperature: float, width: int) -> _Speaker:
        if not temperature > 0:
            raise InvalidInputError(f"Expected temperature > 0. Received: {temperature:g}.")
        return _Speaker(self.spec, photo, temperature, width, self.longest)

    def _told(self, found: Search, speaker: _Speaker) -> CaptionSearch:
        return CaptionSearch(
            tuple(self._caption(one, speaker.looked(one)) for one in found.hypotheses),
            found.nodes,
            tuple(self._word(node.word) for node in found.nodes),
        )

    def _caption(self, found: Hypothesis, looked: np.ndarray) -> Caption:
        side = round(looked.shape[1] ** 0.5)
        steps = zip(found.words, found.log_probabilities, looked, strict=True)
        return Caption(
            text=self.vocabulary.sentence(found.words),
            log_probability=found.log_probability,
            score=found.score,
            steps=tuple(
                CaptionStep(self._word(word), float(log), where.reshape(side, side))
                for word, log, where in steps
            ),
            is_finished=found.is_finished,
        )

    def _word(self, number: int) -> str:
        return "" if number == END else self.vocabulary.word(number)


class _Speaker:
    """The decoder on one photo, as `beam_search` wants a model.

    What it keeps of a word stands in one table, once; the state of a hypothesis is the places of
    its words there, and says what its next word may see.

    Parameters
    ----------
    photo : (1, P, C) float32
    width : most hypotheses at once.
    longest : words of a hypothesis.
    """

    def __init__(
        self, spec: zoo.ShippedSpec, photo: np.ndarray, temperature: float, width: int, longest: int
    ) -> None:
        graph = partial(engine.graph, spec.name, hint="latency")
        (self._sight,) = graph("sight", part="sight")(photo=photo)
        self._step = graph("log_probabilities", "spoken", "attention", part="step")
        self._temperature = temperature
        self._width = width
        self._count = 0
        parts, channels = self._sight.shape[1::2]
        self._spoken = np.zeros((1, parts, width * longest, channels), np.float32)
        self._looked = np.zeros((width * longest, photo.shape[1]), np.float32)

    @property
    def beginning(self) -> States:
        """Before the first word."""
        return {"places": np.zeros((1, 0), int)}

    def __call__(self, states: States, words: np.ndarray) -> tuple[np.ndarray, States]:
        places = states["places"]
        rows, most = np.arange(len(words)), len(self._looked)
        # always so many rows: another shape would cost the runtime more than they do
        given = np.full((1, self._width), BEGIN, np.int32)
        given[0, rows] = words
        hidden = np.full((self._width, most + self._width), HIDDEN, np.float32)
        hidden[rows[:, None], places] = 0
        hidden[rows, most + rows] = 0
        logs, spoken, looked = self._step(
            words=given,
            turn=np.array([[places.shape[1]]], np.int32),
            sight=self._sight,
            speech=self._spoken,
            hidden=hidden,
        )
        new = self._count + rows
        self._spoken[0][:, new] = spoken[:, rows]
        self._looked[new] = looked[rows]
        self._count += len(rows)
        logs = logs[rows] / self._temperature
        logs[:, _NEVER] = -np.inf
        return log_softmax(logs, axis=1), {"places": np.column_stack([places, new])}

    def looked(self, found: Hypothesis) -> np.ndarray:
        """(T, P), for each of its words."""
        return self._looked[found.states["places"]]


@cache
def captioner() -> Captioner:
    """The captioner that is shipped.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If it is not there, or does not fit to its image network.
    """
    return Captioner(zoo.shipped(CAPTIONER))
