"""Where on the photo a network sees a class, and what its layers respond to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import engine
from core.engine import Build, OpenGraph, Predictor
from core.engine.autodiff.reverse import gradient, shape_of
from core.engine.autodiff.window_rules import first_maximum
from core.errors import InvalidInputError
from core.vision.classification import DEFAULT_BACKBONE, classifier
from core.vision.preparation import Region, centre_square, fit, opened_for
from core.zoo import image_network
from core.zoo.spec import HubModule

Method = Literal["cam", "grad_cam", "occlusion"]
_PATCH_SHARE = 5  # an occluding patch is a fifth of the side: large enough to hide a part
_STEPS = 12  # patches along a side


@dataclass(frozen=True, slots=True)
class ClassMap:
    """How much each place of a photo speaks for a class.

    Attributes
    ----------
    values : (h, w) float32, signed
        `cam`: contributions to the logit, whose mean and the class's bias add up to it; of a
        network with a hidden layer, as that is linear around this photo.
        `grad_cam`: weighted features, negative ones cut off. `occlusion`: how much the
        probability falls when the place is hidden, in [-1, 1].
    region : the part of the photo that `values` covers.
    label, wnid : the class; one that is not ImageNet's has no WordNet id.
    score : its softmax probability.
    method, backbone : str
    """

    values: np.ndarray
    region: Region
    label: str
    wnid: str
    score: float
    method: Method
    backbone: str


@dataclass(frozen=True, slots=True)
class Activations:
    """What a layer responds with to a photo.

    `values` are (h, w, channels) float32, and cover the `region` of the photo.
    """

    values: np.ndarray
    region: Region
    layer: str
    backbone: str


def methods(backbone: str) -> tuple[Method, ...]:
    """The methods that work for a network, best first.

    Raises
    ------
    UnknownNameError, InvalidInputError
        As for `core.zoo.image_network`.
    """
    spec = image_network(backbone)
    if spec.head == "none":
        return ()
    if isinstance(spec.weights, HubModule) or not spec.feature_layers:  # nothing to weight
        return ("occlusion",)
    has_weights = spec.head in ("linear", "hidden")
    return ("cam", "grad_cam", "occlusion") if has_weights else ("grad_cam", "occlusion")


def explain(
    image: bytes,
    *,
    backbone: str = DEFAULT_BACKBONE,
    target: str | None = None,
    method: Method | None = None,
    region: Region | None = None,
) -> ClassMap:
    """Where on a photo a network sees a class.

    Parameters
    ----------
    image : an encoded photo.
    target : WordNet id or name of a class; None takes the most probable one.
    method : one of `methods(backbone)`; None takes the first. `cam` is one forward pass.
    region : the part of the photo that the network sees; None for the largest centred square.

    Raises
    ------
    InvalidInputError
        If the photo, the class or the method cannot be used with this network.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.classification.classify`.

    References
    ----------
    cam: Zhou et al. (2016), https://arxiv.org/abs/1512.04150; grad_cam: Selvaraju et al.
    (2017), https://arxiv.org/abs/1610.02391; occlusion: Zeiler and Fergus (2013),
    https://arxiv.org/abs/1311.2901
    """
    network = classifier(backbone)
    possible = methods(backbone)
    method = method or possible[0]
    if method not in possible:
        raise InvalidInputError(
            f"Expected a method that {image_network(backbone).title} allows: "
            f"{', '.join(possible)}. Received: {method}."
        )
    return class_map(network, image, target, method, region)


def class_map(
    network: Predictor,
    image: bytes,
    target: str | None = None,
    method: Method = "cam",
    region: Region | None = None,
) -> ClassMap:
    """`explain` for any predictor.

    Raises
    ------
    InvalidInputError
        If the photo cannot be used, or there is no such class.
    """
    classes = network.labels
    column = None if target is None else classes.index(target)
    photo = opened_for(image, network.info.input_size, region)
    pixels = fit(photo, network.info.input_size, region)
    values, scores, column = _METHODS[method](network, pixels, column)
    return ClassMap(
        values=values,
        region=region or centre_square(*photo.size),
        label=classes.names[column],
        wnid=classes.wnids[column],
        score=float(scores[column]),
        method=method,
        backbone=network.name,
    )


def activations(
    image: bytes,
    *,
    backbone: str = DEFAULT_BACKBONE,
    layer: str,
    region: Region | None = None,
) -> Activations:
    """What a layer responds with to a photo.

    Parameters
    ----------
    image : an encoded photo.
    layer : one of `layers(backbone)`.
    region : the part of the photo that the network sees; None for the largest centred square.

    Raises
    ------
    UnknownNameError
        If the network has no such layer with a spatial output.
    InvalidInputError, WeightsUnavailableError, MemoryBudgetError
        As for `explain`.
    """
    network = engine.predictor(backbone, layer=layer)
    photo = opened_for(image, network.info.input_size, region)
    (values,) = network(fit(photo, network.info.input_size, region)[None], layer)
    return Activations(values[0], region or centre_square(*photo.size), layer, network.name)


def layers(backbone: str) -> tuple[str, ...]:
    """Names of the layers whose activations can be seen, in alphabetical order."""
    return tuple(sorted(engine.compiled_form(image_network(backbone)).info.layer_names))


def class_activation_map(
    network: Predictor, pixels: np.ndarray, column: int | None = None
) -> tuple[np.ndarray, np.ndarray, int]:
    """The map of a network with a linear head, in one forward pass: fast enough for video.

    A hidden layer with ReLU before it is linear around a photo, and counts as it is there. Without
    its ReLU, Grad-CAM is the same but for a factor.

    Parameters
    ----------
    pixels : (S, S, 3) uint8
    column : the class to look for; None takes the most probable one.

    Returns
    -------
    values : (h, w) float32
    scores : (classes,) float32
    column : int, the class.
    """
    layer = network.info.features
    if layer is None or not network.has_class_weights:
        raise InvalidInputError(f"Expected a network with a linear head. Received: {network.name}.")
    scores, embedding, features = network(pixels[None], "scores", "embedding", layer)
    column = _or_best(column, scores[0])
    return features[0] @ network.class_weights(embedding[0], column), scores[0], column


def _grad_cam(
    network: Predictor, pixels: np.ndarray, column: int | None
) -> tuple[np.ndarray, np.ndarray, int]:
    (scores,) = network(pixels[None], "scores")
    column = _or_best(column, scores[0])
    features = network.info.features
    if features is None:
        raise InvalidInputError(f"Expected a network with layers. Received: {network.name}.")

    def build(graph: OpenGraph) -> Build:
        return grad_cam_graph(graph, features)

    evaluate = engine.evaluator(network.name, None, build, label="Grad-CAM", precision="f32")
    target = np.zeros((1, scores.shape[1]), np.float32)
    target[0, column] = 1
    return evaluate({"photo": pixels[None], "target": target})["map"][0], scores[0], column


def grad_cam_graph(graph: OpenGraph, features: str) -> Build:
    """Grad-CAM of a class as a graph.

    Parameters
    ----------
    features : the layer whose channels are weighted.

    Returns
    -------
    From `target` (N, classes), 1 for the class and 0 for the others, to `map` (N, h, w).
    """
    import openvino as ov
    from openvino import opset13 as ops

    maps, channel_axis = graph.activation(features)
    places = np.array([axis for axis in (1, 2, 3) if axis != channel_axis])
    logits = graph.logits()
    target = ops.parameter(shape_of(logits), ov.Type.f32, name="target")
    logit = ops.reduce_sum(ops.multiply(logits, target), np.array([0, 1]))
    slopes = gradient(logit, maps, rules={"MaxPool": first_maximum})  # VGG pools its last maps
    weights = ops.reduce_mean(slopes, places, keep_dims=True)
    weighted = ops.reduce_sum(ops.multiply(maps, weights), np.array([channel_axis]))
    return Build({"map": ops.relu(weighted)}, {"target": target})


def _occlusion(
    network: Predictor, pixels: np.ndarray, column: int | None
) -> tuple[np.ndarray, np.ndarray, int]:
    (scores,) = network(pixels[None], "scores")
    column = _or_best(column, scores[0])
    size = len(pixels)
    patch = size // _PATCH_SHARE
    centres = (np.arange(_STEPS) + 0.5) * size / _STEPS  # of the map's cells, drawn on the photo
    starts = np.maximum(centres - patch / 2, 0).round().astype(int)
    ends = (centres + patch / 2).round().astype(int)
    grey = pixels.mean(axis=(0, 1)).astype(np.uint8)
    values = np.empty((_STEPS, _STEPS), np.float32)
    for row in range(_STEPS):
        hidden = np.repeat(pixels[None], _STEPS, axis=0)
        for column_, copy in enumerate(hidden):
            copy[starts[row] : ends[row], starts[column_] : ends[column_]] = grey
        values[row] = scores[0, column] - network(hidden, "scores")[0][:, column]
    return values, scores[0], column


def _or_best(column: int | None, scores: np.ndarray) -> int:
    return int(scores.argmax()) if column is None else column


_METHODS: dict[str, Callable[..., tuple[np.ndarray, np.ndarray, int]]] = {
    "cam": class_activation_map,
    "grad_cam": _grad_cam,
    "occlusion": _occlusion,
}
