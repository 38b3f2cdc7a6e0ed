"""Results that reruns share: the only `st.cache_*` of the app, keyed by what was uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.media import encode_jpeg, encode_wav, stream_audio
from core.media import thumbnail as make_thumbnail
from core.optvis import filters
from core.optvis import stylize_by_module as by_module
from core.optvis import stylize_now as at_once
from core.optvis.filters import Patch
from core.sound import birds, yamnet
from core.sound import classification as sounds
from core.sound.birds import BirdDetections
from core.sound.classification import Evidence, SoundClassification
from core.sound.encoders import RATE
from core.sound.features import Tempo, Waveform
from core.sound.yamnet import SoundTags
from core.text import documents, sentiment
from core.text.documents import DocumentMap, DocumentModel, Neighbour, SearchBy
from core.text.sentiment import DeletionTest, Explanation, WordExplanation, figures
from core.text.sentiment.figures import LearningCurve
from core.vision import (
    captioning,
    classification,
    colorization,
    comparison,
    explanation,
    exploration,
)
from core.vision.captioning import CaptionSearch
from core.vision.classification import Classification
from core.vision.colorization import ColorGuess, metrics
from core.vision.colorization.grey_photos import read_grey
from core.vision.colorization.hints import ColorHint
from core.vision.colorization.metrics import ColorScores
from core.vision.comparison import Comparison, Measurement
from core.vision.explanation import Activations, ClassMap, Method
from core.vision.exploration import ExplorationStep
from core.vision.photos import prepare
from core.vision.transfer.datasets import ImageDataset
from pages._transfer.sample_sets import SAMPLE_SETS
from pages._ui.feature_pictures import Feature, FeaturePicture, outline
from pages._ui.feature_pictures import feature_pictures as make_feature_pictures
from pages._ui.optimising import gif as make_gif
from pages._ui.pictures import screen_copy as make_screen_copy
from pages._ui.spectrogram import Spectrogram
from pages._ui.spectrogram import spectrogram as make_spectrogram

_PREPARING = "Opening the network; the first time on this machine it is compiled, once"
_LISTENING = "Listening; the first time on this machine networks are compiled, once"


@st.cache_data(max_entries=256, show_spinner=_PREPARING)
def classify(photo: bytes, backbone: str, top_k: int) -> Classification:
    """`core.vision.classification.classify`."""
    return classification.classify(photo, backbone=backbone, top_k=top_k)


@st.cache_data(max_entries=256, show_spinner=_PREPARING)
def explain(
    photo: bytes, backbone: str, target: str | None = None, method: Method | None = None
) -> ClassMap:
    """`core.vision.explanation.explain`."""
    return explanation.explain(photo, backbone=backbone, target=target, method=method)


@st.cache_data(max_entries=32, show_spinner=_PREPARING)
def activations(photo: bytes, backbone: str, layer: str) -> Activations:
    """`core.vision.explanation.activations`."""
    return explanation.activations(photo, backbone=backbone, layer=layer)


@st.cache_data(max_entries=64, show_spinner=_PREPARING)
def embed(photos: tuple[bytes, ...], backbone: str):
    """`core.vision.classification.embed`."""
    return classification.embed(photos, backbone=backbone)


@st.cache_data(max_entries=64, show_spinner=_PREPARING)
def search_captions(
    photo: bytes, beam_width: int, length_penalty: float | None, temperature: float
) -> CaptionSearch:
    """`core.vision.captioning.explore`."""
    return captioning.explore(
        photo, beam_width=beam_width, length_penalty=length_penalty, temperature=temperature
    )


@st.cache_data(max_entries=256, show_spinner=False)
def next_words(
    photo: bytes, so_far: tuple[str, ...], temperature: float, count: int
) -> tuple[tuple[str, float], ...]:
    """`core.vision.captioning.next_words`."""
    return captioning.next_words(photo, so_far, temperature=temperature, count=count)


@st.cache_data(max_entries=24, show_spinner=_PREPARING)  # some 7 MB each
def color_guess(photo: bytes, denoise: bool) -> ColorGuess:
    """`core.vision.colorization.guess` of what `read_grey` makes of a photo."""
    return colorization.guess(read_grey(photo, denoise=denoise))


@st.cache_data(max_entries=96, show_spinner=False)  # up to 3 MB each
def paint(
    photo: bytes,
    denoise: bool,
    saturation: float,
    temperature: float,
    hints: tuple[ColorHint, ...] = (),
) -> np.ndarray:
    """`core.vision.colorization.paint`."""
    return colorization.paint(
        color_guess(photo, denoise), saturation=saturation, temperature=temperature, hints=hints
    )


@st.cache_data(max_entries=64, show_spinner="Comparing")
def color_scores(
    photo: bytes,
    denoise: bool,
    saturation: float,
    temperature: float,
    hints: tuple[ColorHint, ...] = (),
) -> ColorScores:
    """`core.vision.metrics.color_scores` of a photo in colour, painted, against itself."""
    truth = color_guess(photo, denoise).photo.truth
    painted = paint(photo, denoise, saturation, temperature, hints)
    return metrics.color_scores([(truth, painted)], colorization.frequency())


@st.cache_data(max_entries=1024, show_spinner=False)
def is_in_color(photo: bytes) -> bool:
    """Whether a photo has colours of its own, by `core.vision.grey_photos.read_grey`."""
    return read_grey(photo).truth is not None


@st.cache_data(max_entries=128, show_spinner=False)
def screen_copy(photo: bytes, side_px: int = 1024) -> bytes:
    """`pages._ui.pictures.screen_copy`."""
    return make_screen_copy(photo, side_px)


@st.cache_data(max_entries=128, show_spinner="Looking through the photos")
def filter_patches(
    photos: tuple[bytes, ...], layer: str, channel: int, network: str
) -> tuple[Patch, ...]:
    """`core.optvis.filters.patches`."""
    return filters.patches(photos, layer, channel, network=network)


@st.cache_data(max_entries=16, show_spinner="Stylising; TensorFlow opens the module")
def stylize_by_module(content: bytes, style: bytes, module: str, size: int) -> np.ndarray:
    """`core.optvis.stylize_by_module.stylize_by_module`."""
    return by_module.stylize_by_module(content, style, module=module, size=size)


@st.cache_data(max_entries=32, show_spinner=False)
def stylize_now(
    content: bytes,
    styles: tuple[bytes, ...],
    blend: tuple[float, ...],
    strength: float,
    size: int,
    keep_colors: bool,
) -> np.ndarray:
    """`core.optvis.stylize_now.stylize_now`."""
    return at_once.stylize_now(
        content,
        styles[0],
        strength=strength,
        others=styles[1:],
        blend=blend,
        size=size,
        keep_colors=keep_colors,
    )


@st.cache_data(max_entries=8, show_spinner="Drawing")
def gif(frames: tuple[bytes, ...], shape: tuple[int, int, int]) -> bytes:
    """`pages._ui.optimising.gif` of pictures as bytes: of large arrays only a sample is hashed.

    Parameters
    ----------
    shape : of each, (H, W, 3), uint8.
    """
    return make_gif([np.frombuffer(frame, np.uint8).reshape(shape) for frame in frames])


@st.cache_data(max_entries=256, show_spinner=_PREPARING)
def explain_review(review: str, method: sentiment.Method, model: str | None) -> Explanation:
    """`core.text.sentiment.explain`."""
    return sentiment.explain(review, method=method, model=model)


@st.cache_data(max_entries=256, show_spinner=False)
def explain_words(review: str, sentence: int, model: str) -> WordExplanation:
    """`core.text.sentiment.explain_words`."""
    return sentiment.explain_words(review, sentence, model=model)


@st.cache_data(max_entries=64, show_spinner="Deleting sentences")
def deletion_test(review: str, method: sentiment.Method, model: str) -> DeletionTest:
    """`core.text.sentiment.deletion_test` of what `explain_review` says."""
    return sentiment.deletion_test(explain_review(review, method, model))


@st.cache_data(max_entries=4, ttl=60, show_spinner=False)
def review_curves() -> tuple[LearningCurve, ...]:
    """`core.text.sentiment.figures.learning_curves`; the first asks scipy, which takes a moment."""
    return figures.learning_curves()


@st.cache_data(max_entries=256, show_spinner=_PREPARING)
def classify_document(text: str, model: DocumentModel) -> np.ndarray:
    """(6,) float64: `core.text.documents.predict` of one text."""
    return documents.predict([text], model=model)[0]


@st.cache_data(max_entries=256, show_spinner=_PREPARING)
def search_documents(text: str, k: int, by: SearchBy) -> tuple[Neighbour, ...]:
    """`core.text.documents.search`."""
    return documents.search(text, k, by=by)


@st.cache_data(max_entries=256, show_spinner=_PREPARING)
def place_document(text: str) -> tuple[float, float]:
    """`core.text.documents.place`."""
    return documents.place(text)


@st.cache_resource(show_spinner=False)
def document_map() -> DocumentMap:
    """`core.text.documents.document_map`."""
    return documents.document_map()


@st.cache_resource(show_spinner=False)
def sample_trainings() -> dict[Any, Any]:
    """What became of the sample data sets since the server started: last steps by settings."""
    return {}


@st.cache_data(max_entries=128, show_spinner=_LISTENING)
def classify_sound(audio: bytes, model: str) -> SoundClassification:
    """`core.sound.classification.classify`."""
    return sounds.classify(audio, model=model)


@st.cache_data(max_entries=128, show_spinner=_LISTENING)
def explain_sound(audio: bytes, target: str | None, model: str) -> Evidence:
    """`core.sound.classification.explain`."""
    return sounds.explain(audio, target=target, model=model)


@st.cache_data(max_entries=32, show_spinner=_LISTENING)
def birds_in(audio: bytes) -> BirdDetections:
    """`core.sound.birds.birds_in`."""
    return birds.birds_in(audio)


@st.cache_data(max_entries=16, show_spinner="Listening; TensorFlow opens the module")
def tag_sound(audio: bytes, module: str) -> SoundTags:
    """`core.sound.yamnet.tag`."""
    return yamnet.tag(audio, module=module)


@st.cache_data(max_entries=64, show_spinner=False)
def spectrogram(audio: bytes) -> Spectrogram:
    """`pages._ui.spectrogram.spectrogram`."""
    return make_spectrogram(audio)


@st.cache_data(max_entries=32, show_spinner="Drawing")
def feature_pictures(audio: bytes, kinds: tuple[Feature, ...]) -> tuple[FeaturePicture, ...]:
    """`pages._ui.feature_pictures.feature_pictures`."""
    return make_feature_pictures(audio, kinds)


@st.cache_data(max_entries=32, show_spinner="Drawing")
def sound_outline(audio: bytes) -> tuple[Waveform, Tempo | None]:
    """`pages._ui.feature_pictures.outline`."""
    return outline(audio)


@st.cache_data(max_entries=16, show_spinner="Cutting out the part")
def part_of_sound(audio: bytes, start_s: int, length_s: int) -> bytes:
    """A part of an encoded sound as a WAV file, at 48 kHz and in one channel."""
    first, last, at, found = start_s * RATE, (start_s + length_s) * RATE, 0, []
    for block in stream_audio(audio, rate=RATE):
        found.append(block[max(0, first - at) : max(0, last - at)])
        at += len(block)
        if at >= last:
            break
    return encode_wav(np.concatenate(found), RATE)


@st.cache_data(max_entries=2048, show_spinner=False)
def thumbnail(photo: bytes, size_px: int) -> bytes:
    """`core.media.thumbnail`."""
    return make_thumbnail(photo, size_px)


@st.cache_data(max_entries=2048, show_spinner=False)
def square(photo: bytes, size_px: int) -> bytes:
    """What networks see of a photo, as a JPEG of `size_px` a side."""
    return encode_jpeg(prepare(photo, size_px), quality=85)


@st.cache_resource(show_spinner=False)
def measurements() -> dict[str, Measurement]:
    """What networks were measured to cost on this machine since the server started."""
    return {}


def compare(photos: Sequence[bytes], backbones: Sequence[str]) -> Iterator[Comparison]:
    """`core.vision.comparison.compare`, which measures each network once for all sessions."""
    known = measurements()
    for step in comparison.compare(photos, backbones, known=known):
        known |= {r.backbone: r.measurement for r in step.results if r.measurement}
        yield step


@st.cache_resource(show_spinner=False)
def sample_set(name: str) -> ImageDataset:
    """A data set of `pages._transfer.sample_sets`."""
    return SAMPLE_SETS[name].dataset()


@st.cache_resource(show_spinner=False)
def explorations() -> dict[tuple[str, str], ExplorationStep]:
    """By sample set and network, what was found since the server started."""
    return {}


def explore_sample(name: str, backbone: str) -> Iterator[ExplorationStep]:
    """`core.vision.exploration.explore` a sample set once for all sessions."""
    known = explorations()
    if (name, backbone) in known:
        yield known[name, backbone]
        return
    for step in exploration.explore(sample_set(name), backbone):
        yield step
    known[name, backbone] = step
