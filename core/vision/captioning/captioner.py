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

from core import engine, zoo
from core.errors import InvalidInputError
from core.media import open_image
from core.vision.captioning.beam_search import Hypothesis, Node, States, beam_search
from core.vision.captioning.network import (
    ATTENTION,
    ATTENTION_MASK,
    LOG_PROBABILITIES,
    MASKED,
    NEW_CACHE,
    PHOTO_CACHE,
    PHOTO_PART,
    POSITION,
    STEP_PART,
    TOKEN_CACHE,
    TOKENS,
)
from core.vision.captioning.vocabulary import BEGIN, END, PADDING, UNKNOWN, CaptionVocabulary

CAPTIONER = "captions_flickr8k"
DEFAULT_WIDTH = 3
MOST_WIDTH = 50
_NEVER = [PADDING, BEGIN, UNKNOWN]  # tokens that no caption may hold


@dataclass(frozen=True, slots=True)
class CaptionStep:
    """A word of a caption.

    Attributes
    ----------
    word : str, empty for the end.
    log_probability : float, after the words before it.
    attention : (h, w) float32, weights over the photo, whose sum is 1.
    """

    word: str
    log_probability: float
    attention: np.ndarray


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence about a photo."""

    text: str
    log_probability: float  # of the whole sentence, its end included
    score: float  # what captions are ranked by; see `core.vision.captioning.beam_search`
    steps: tuple[CaptionStep, ...]  # the end included
    is_finished: bool  # whether the sentence came to its end by itself


@dataclass(frozen=True, slots=True)
class CaptionSearch:
    """Captions, and all candidates on the way to them.

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
    """As `caption`, with every candidate of the search."""
    return captioner().search(feature_map(image), beam_width, length_penalty, temperature)


def next_words(
    image: bytes, so_far: Sequence[str] = (), *, temperature: float = 1.0, count: int = 20
) -> tuple[tuple[str, float], ...]:
    """The most probable words after those `so_far`, and their probabilities; "" is the end.

    Raises
    ------
    InvalidInputError
        If there are more words than a caption has, or one that the decoder does not know.
    """
    return captioner().next_words(feature_map(image), so_far, temperature, count)


def feature_map(image: bytes) -> np.ndarray:
    """The feature map of a photo as the decoder wants it: (1, P, C) float32.

    Raises
    ------
    InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    network = engine.predictor(captioner().network)
    size = network.info.input_size
    pixels = squashed(open_image(image, size_hint=size), size)
    if network.info.features is None:
        raise InvalidInputError(f"Expected a network with a feature map. Received: {network.name}.")
    (features,) = network(pixels[None], network.info.features)
    return features.reshape(1, -1, features.shape[-1])


def squashed(image: Image.Image, size: int) -> np.ndarray:
    """All of an RGB image as a square, as in training: (size, size, 3) uint8."""
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
        weights = zoo.image_network(self.network).weights
        if getattr(weights, "sha256", None) != about["network_sha256"]:
            raise InvalidInputError(
                f"Expected the weights of {self.network} that {spec.title} has learned with, "
                f"SHA-256 {about['network_sha256']}. Received: others."
            )
        self.length_penalty: float = about["length_penalty"]
        self.max_length: int = about["longest"]
        words = zoo.asset_path(spec, ".words.txt").read_text("utf-8").splitlines()
        self.vocabulary = CaptionVocabulary(words)

    def search(
        self,
        photo: np.ndarray,
        beam_width: int,
        length_penalty: float | None = None,
        temperature: float = 1.0,
    ) -> CaptionSearch:
        """See `explore`; `photo` is what `feature_map` returns."""
        if not 1 <= beam_width <= MOST_WIDTH:
            raise InvalidInputError(
                f"Expected a beam width in 1..{MOST_WIDTH}. Received: {beam_width}."
            )
        decoder = self._decoder(photo, temperature, beam_width)
        search = beam_search(
            decoder,
            decoder.initial_states,
            begin=BEGIN,
            end=END,
            width=beam_width,
            max_length=self.max_length,
            length_penalty=self.length_penalty if length_penalty is None else length_penalty,
        )
        return CaptionSearch(
            tuple(self._caption(h, decoder.attention(h)) for h in search.hypotheses),
            search.nodes,
            tuple(self._word(node.token) for node in search.nodes),
        )

    def next_words(
        self, photo: np.ndarray, so_far: Sequence[str], temperature: float, count: int
    ) -> tuple[tuple[str, float], ...]:
        """See `core.vision.captioning.next_words`."""
        ids = [i for word in so_far for i in self.vocabulary.ids(word)]
        if len(ids) >= self.max_length or UNKNOWN in ids:
            raise InvalidInputError(
                f"Expected fewer than {self.max_length} words, all of them known. "
                f"Received: {' '.join(so_far)[:200]}"
            )
        decoder = self._decoder(photo, temperature, width=1)
        states = decoder.initial_states
        for token in (BEGIN, *ids):
            logs, states = decoder(states, np.array([token]))
        best = np.argsort(-logs[0], kind="stable")[:count]
        possible = (i for i in best if np.isfinite(logs[0, i]))
        return tuple((self._word(i), float(np.exp(logs[0, i]))) for i in possible)

    def _decoder(self, photo: np.ndarray, temperature: float, width: int) -> _CachedDecoder:
        if not temperature > 0:
            raise InvalidInputError(f"Expected temperature > 0. Received: {temperature:g}.")
        return _CachedDecoder(self.spec, photo, temperature, width, self.max_length)

    def _caption(self, hypothesis: Hypothesis, attention: np.ndarray) -> Caption:
        side = round(attention.shape[1] ** 0.5)
        steps = zip(hypothesis.tokens, hypothesis.log_probabilities, attention, strict=True)
        return Caption(
            text=self.vocabulary.sentence(hypothesis.tokens),
            log_probability=hypothesis.log_probability,
            score=hypothesis.score,
            steps=tuple(
                CaptionStep(self._word(token), float(log), weights.reshape(side, side))
                for token, log, weights in steps
            ),
            is_finished=hypothesis.is_finished,
        )

    def _word(self, token: int) -> str:
        return "" if token == END else self.vocabulary.word(token)


class _CachedDecoder:
    """The decoder on one photo, as `beam_search` wants a model.

    Keys and values of all tokens stand in one cache; the state of a hypothesis is the rows of its
    tokens there, which are what its next token may attend to.

    Parameters
    ----------
    photo : (1, P, C) float32
    width : most hypotheses at once.
    max_length : tokens of a hypothesis.
    """

    def __init__(
        self,
        spec: zoo.ShippedSpec,
        photo: np.ndarray,
        temperature: float,
        width: int,
        max_length: int,
    ) -> None:
        graph = partial(engine.graph, spec.name, hint="latency")
        (self._photo_cache,) = graph(PHOTO_CACHE, part=PHOTO_PART)(photo=photo)
        self._step = graph(LOG_PROBABILITIES, NEW_CACHE, ATTENTION, part=STEP_PART)
        self._temperature = temperature
        self._width = width
        self._count = 0
        parts, channels = self._photo_cache.shape[1::2]
        self._cache = np.zeros((1, parts, width * max_length, channels), np.float32)
        self._attention = np.zeros((width * max_length, photo.shape[1]), np.float32)

    @property
    def initial_states(self) -> States:
        """Before the first token."""
        return {"cache_rows": np.zeros((1, 0), int)}

    def __call__(self, states: States, tokens: np.ndarray) -> tuple[np.ndarray, States]:
        cache_rows = states["cache_rows"]
        rows, capacity = np.arange(len(tokens)), len(self._attention)
        # always so many rows: another shape would cost the runtime more than they do
        padded = np.full((1, self._width), BEGIN, np.int32)
        padded[0, rows] = tokens
        mask = np.full((self._width, capacity + self._width), MASKED, np.float32)
        mask[rows[:, None], cache_rows] = 0
        mask[rows, capacity + rows] = 0
        inputs = {
            TOKENS: padded,
            POSITION: np.array([[cache_rows.shape[1]]], np.int32),
            PHOTO_CACHE: self._photo_cache,
            TOKEN_CACHE: self._cache,
            ATTENTION_MASK: mask,
        }
        logs, new_cache, attention = self._step(**inputs)
        new_rows = self._count + rows
        self._cache[0][:, new_rows] = new_cache[:, rows]
        self._attention[new_rows] = attention[rows]
        self._count += len(rows)
        logs = logs[rows] / self._temperature
        logs[:, _NEVER] = -np.inf
        from scipy.special import log_softmax  # takes a while

        return log_softmax(logs, axis=1), {"cache_rows": np.column_stack([cache_rows, new_rows])}

    def attention(self, hypothesis: Hypothesis) -> np.ndarray:
        """(T, P), of each of its tokens."""
        return self._attention[hypothesis.states["cache_rows"]]


@cache
def captioner() -> Captioner:
    """The captioner that is shipped.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If it is not there, or does not fit to its image network.
    """
    return Captioner(zoo.shipped(CAPTIONER))
