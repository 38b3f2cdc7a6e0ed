"""What each strategy freezes and what it lets learn. Keras does the learning; TensorFlow is loaded.

A strategy is a generator over a `TrainingRun`: it yields (stage, share done)
several times a second, and leaves the best weights with the run.

References
----------
Features first, then fine-tuning from their solution: Kumar et al. (2022),
https://arxiv.org/abs/2202.10054. Batch normalisation in inference mode while fine-tuning:
https://www.tensorflow.org/tutorials/images/transfer_learning. A rate that rises, then falls as a
cosine: Loshchilov and Hutter (2016), https://arxiv.org/abs/1608.03983. Label smoothing: Szegedy
et al. (2015), https://arxiv.org/abs/1512.00567.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from core import engine, zoo
from core.errors import InvalidInputError, UnknownNameError
from core.learning.feature_cache import FeatureCache
from core.learning.stored import checked
from core.vision.photos import batches, prepare_all
from core.vision.transfer.augmentation import augment_all
from core.vision.transfer.classifiers import SMALL_CNN_PX, assembly, cuts, last_blocks
from core.vision.transfer.heads import HeadData, solve_dense_layer, train_hidden_layer
from core.vision.transfer.resuming import feature_width
from core.vision.transfer.training_run import TrainingRun
from core.zoo.keras_runtime import keras
from core.zoo.spec import HubModule, ImageNetworkSpec

Progress = Iterator[tuple[str, float]]
_BATCH = 32
_AT_ONCE = 8  # photos between two words on how far it is
_VIEWS_OF_POINT = "views"
_VIEWS = 4  # random views of each training photo, besides the photo itself


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How gradients change a network: epochs, the highest rate, how sure it may become."""

    epochs: int
    learning_rate: float
    label_smoothing: float = 0.0
    patience: int | None = None  # None: to the end, where the rate is 0 and the last epoch counts


# Log loss of 158 held-out flowers, after learning from 623 others, by highest rate: 0.276 before,
# 0.270 at 2e-4 (ten epochs), 0.224 at 5e-4, 0.250 at 1e-3.
_LAST_BLOCKS = _Recipe(epochs=12, learning_rate=5e-4, label_smoothing=0.1)
_EVERY_LAYER = _Recipe(epochs=6, learning_rate=5e-4, label_smoothing=0.1)
_SCRATCH = _Recipe(epochs=40, learning_rate=1e-3, patience=15)


def features(run: TrainingRun, *, views: int = 0, share: float = 1.0) -> Progress:
    """The head on frozen features; `share` is that of the whole training."""
    spec = backbone_of(run)
    network = engine.predictor(spec.name)
    train, validation = run.split.train, run.split.validation
    total = len(train) * (1 + views) + len(validation)
    earlier = run.take_features(spec)
    seen = _restored_views(run, spec, views)
    done = len(seen)
    is_new = not run.epochs  # else the point has all features, and a head in training
    for rows in see_to_features(run, network, np.concatenate([train, validation]), earlier):
        done += rows
        if is_new and run.points.is_due:
            run.make_point({}, _views([seen]))
        yield "computing features", share * 0.8 * done / total
    digests = run.dataset.digests
    x, x_validation = (
        run.cache.stack(spec.name, [digests[i] for i in part]) for part in (train, validation)
    )
    parts = [seen]
    for rows_of_views in _compute_views(run, network, views, len(seen)):
        parts.append(rows_of_views)
        done += len(rows_of_views)
        if is_new and run.points.is_due:
            parts = [np.concatenate(parts)]
            run.make_point({}, _views(parts))
        yield "computing features of random views", share * 0.8 * min(1.0, done / total)
    of_views = _views(parts)
    if is_new:
        run.make_point({}, of_views)
    labels = np.tile(run.dataset.labels[train], views + 1)
    head = HeadData(spec, np.concatenate([x, *parts]), labels, x_validation, of_views)
    if run.settings.hidden_units is None:
        stage, steps = "solving for the dense layer", solve_dense_layer(run, head)
    else:
        stage, steps = "training the hidden layer", train_hidden_layer(run, head)
    for progress in steps:
        yield stage, share * (0.8 + 0.2 * progress)


def fine_tune(run: TrainingRun, *, every_layer: bool = False) -> Progress:
    """First the head, then the backbone's last blocks or all of it, at a low rate."""
    threading.Thread(target=keras, name="load-keras", daemon=True).start()  # takes seconds
    spec = backbone_of(run)
    if isinstance(spec, zoo.JoinedNetworkSpec) or isinstance(spec.weights, HubModule):
        raise InvalidInputError(
            "Expected one network of the zoo to fine-tune; several side by side and TF-Hub modules "
            f"stay frozen. Received: {spec.title}."
        )
    goes_on = run.goes_on_with_network
    if goes_on:
        run.take_features(spec)
    else:
        yield from features(run, share=0.2)
    keras().utils.set_random_seed(run.settings.seed)  # which dropout takes its own from
    settings = run.settings
    assemble = assembly(spec, len(run.dataset.classes), settings.dropout, settings.hidden_units)
    model = assemble()
    if not goes_on:
        for name, weights in run.solution.weights.items():
            model.get_layer(name).set_weights(weights)
    if every_layer:
        part, trunk, recipe = model, _pixels, _EVERY_LAYER
    else:
        cut = _depth(run, model)
        part = keras().Model(model.get_layer(cut).output, model.output)
        trunk, recipe = partial(_layer_output, spec.name, cut), _LAST_BLOCKS
    for layer in part.layers:
        if isinstance(layer, keras().layers.BatchNormalization):
            layer.trainable = False  # inference mode: its statistics are of far more photos
    yield from _train_network(run, assemble, part, trunk, spec.input_size, recipe, 0.2)


def scratch(run: TrainingRun, *, drops: bool = True, augments: bool = True) -> Progress:
    """A small network from random weights, on small photos: random views, or as they are."""
    keras().utils.set_random_seed(run.settings.seed)
    dropout = run.settings.dropout if drops else 0.0
    assemble = assembly(None, len(run.dataset.classes), dropout, run.settings.hidden_units)
    yield from _train_network(
        run, assemble, assemble(), _pixels, SMALL_CNN_PX, _SCRATCH, 0.0, augments=augments
    )


def _depth(run: TrainingRun, model: Any) -> str:
    """The layer after which the backbone is tuned."""
    depth = run.settings.depth
    if depth is None:
        return last_blocks(model)
    _, *places = cuts(model)  # the first is the photo itself
    if depth not in places:
        raise UnknownNameError.among("layer at which this network can be divided", depth, places)
    return depth


BY_NAME: dict[str, Callable[[TrainingRun], Progress]] = {
    "plain": partial(scratch, drops=False, augments=False),
    "dropout": partial(scratch, augments=False),
    "scratch": scratch,
    "features": features,
    "augment": partial(features, views=_VIEWS),
    "fine_tune": fine_tune,
    "initialise": partial(fine_tune, every_layer=True),
}


def backbone_of(run: TrainingRun) -> ImageNetworkSpec:
    """The network that a training builds on.

    Raises
    ------
    InvalidInputError
        If it has neither a feature map nor is a TF-Hub module, or if it was trained here.
    """
    spec = zoo.image_network(run.settings.backbone)
    if not (spec.feature_layers or isinstance(spec.weights, HubModule)):
        raise InvalidInputError(
            f"Expected a backbone with a feature map to train on. Received: {spec.title}."
        )
    if isinstance(spec, zoo.SavedImageNetwork):
        raise InvalidInputError(
            f"Expected a network of the zoo as the backbone. Received: {spec.title}, a classifier "
            "that was trained here; choose the network that it was trained on."
        )
    return spec


def see_to_features(
    run: TrainingRun, network: engine.Predictor, positions: np.ndarray, earlier: Sequence[str]
) -> Iterator[int]:
    """See to it that the features of photos are in the cache; yields how many more are.

    The time that those with digests in `earlier` took counts already.
    """
    cache, name = run.cache, network.name
    digests = [run.dataset.digests[i] for i in positions]
    missing = cache.missing(name, digests)
    run.points.count(cache.spent(name, {*digests} - {*earlier}))
    yield len(digests) - len(missing)
    photos = run.photos(positions[missing])
    yield from compute_features(network, [digests[i] for i in missing], photos, cache)


def compute_features(
    network: engine.Predictor, digests: Sequence[str], photos: Sequence[bytes], cache: FeatureCache
) -> Iterator[int]:
    """Add the features of encoded photos to the cache; yields how many more are there.

    Parameters
    ----------
    digests : of each photo, as `ImageDataset.digests` has them.

    Raises
    ------
    InvalidInputError
        If a photo cannot be used.
    """
    done = 0
    began = time.perf_counter()
    for pixels in batches(prepare_all(photos, network.info.input_size), _AT_ONCE):
        rows = _pooled(network, pixels)
        now = time.perf_counter()
        cache.add(network.name, digests[done : done + len(rows)], rows, now - began)
        done, began = done + len(rows), now
        yield len(rows)


def _compute_views(
    run: TrainingRun, network: engine.Predictor, views: int, known: int
) -> Iterator[np.ndarray]:
    """Features of random views of the training photos, a few rows at a time, view after view.

    The first `known` rows are left out, with whole batches alone.
    """
    photos, position = run.photos(run.split.train), 0
    for view in range(views):
        generator = np.random.default_rng((run.settings.seed, view))
        for start in range(0, len(photos), _AT_ONCE):
            part = photos[start : start + _AT_ONCE]
            position += len(part)
            if position <= known:
                generator.spawn(len(part))  # what `augment_all` takes of it
                continue
            yield _pooled(network, augment_all(part, network.info.input_size, generator))


def _restored_views(run: TrainingRun, spec: ImageNetworkSpec, views: int) -> np.ndarray:
    """(N, D) float32: features of random views that came with a point, of whole batches."""
    size, width, name = len(run.split.train), feature_width(spec), _VIEWS_OF_POINT

    def read() -> np.ndarray:
        rows = {} if run.resume is None else run.resume.arrays
        if name not in rows:
            return np.empty((0, width), np.float32)
        values = rows[name]
        if values.dtype != np.float32 or values.shape[1:] != (width,) or len(values) > views * size:
            raise ValueError
        if not np.isfinite(values).all():
            raise ValueError
        whole, rest = divmod(len(values), size)
        return values[: whole * size + rest - rest % _AT_ONCE]

    return checked(read)


def _views(parts: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Those of a point."""
    rows = np.concatenate(parts)
    return {_VIEWS_OF_POINT: rows} if len(rows) else {}


def _pooled(network: engine.Predictor, pixels: np.ndarray) -> np.ndarray:
    """(N, D) float32: the mean over the last feature map, or what a TF-Hub module gives."""
    if network.info.head == "linear" or network.info.features is None:  # that is its embedding
        return network(pixels, "embedding")[0]
    return network(pixels, network.info.features)[0].mean(axis=(1, 2))


def _layer_output(backbone: str, layer: str, pixels: np.ndarray) -> np.ndarray:
    return engine.predictor(backbone, layer=layer)(pixels, layer)[0]


def _pixels(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32)


def _train_network(
    run: TrainingRun,
    assemble: Callable[[], Any],
    part: Any,
    trunk: Callable[[np.ndarray], np.ndarray],
    size: int,
    recipe: _Recipe,
    first_share: float,
    *,
    augments: bool = True,
) -> Progress:
    """Train `part` of a network on what the frozen `trunk` makes of photos, or of random views."""
    train, validation = run.split.train, run.split.validation
    targets, photos = run.targets(train), run.photos(train)
    prepared: list[np.ndarray] = []
    if not augments:
        for pixels in batches(prepare_all(photos, size), _BATCH):
            prepared.append(pixels)
            yield "preparing the photos", first_share
    as_they_are = None if augments else np.concatenate(prepared)
    epochs = run.settings.epochs or recipe.epochs
    if run.settings.learning_rate is not None:
        recipe = replace(recipe, learning_rate=run.settings.learning_rate)
    _compile(part, recipe, steps=epochs * -(-len(train) // _BATCH))
    first = run.restore_network(part, epochs)
    if first is None:
        first = 0
        run.begin_stage(recipe.patience or epochs)
    for epoch in range(first, epochs):
        generator = np.random.default_rng((run.settings.seed, epoch))
        order = generator.permutation(len(train))
        figures = np.zeros(2)
        for start in range(0, len(train), _BATCH):
            chosen = order[start : start + _BATCH]
            views = (
                augment_all([photos[i] for i in chosen], size, generator)
                if as_they_are is None
                else as_they_are[chosen]
            )
            logs = part.train_on_batch(trunk(views), targets[chosen], return_dict=True)
            # of this batch alone: Keras forgets the others at each call
            figures += len(chosen) * np.array([logs["cross_entropy"], logs["accuracy"]])
            done = (epoch + (start + len(chosen)) / len(train)) / epochs
            yield f"epoch {epoch + 1} of at most {epochs}", first_share + (1 - first_share) * done
        rows = []
        for pixels in batches(prepare_all(run.photos(validation), size), _BATCH):
            rows.append(np.asarray(part.predict_on_batch(trunk(pixels))))
            yield "validating", first_share + (1 - first_share) * (epoch + 1) / epochs
        loss, accuracy = (figures / len(train)).tolist()
        weights = {layer.name: layer.get_weights() for layer in part.layers if layer.weights}
        is_last = recipe.patience is None and epoch + 1 == epochs
        probabilities = np.concatenate(rows)
        goes_on = run.finish_epoch(
            (loss, accuracy), probabilities, assemble, weights, is_last=is_last
        )
        run.make_point_of_network(part, goes_on=goes_on)
        if not goes_on:
            return


def _compile(part: Any, recipe: _Recipe, *, steps: int) -> None:
    k = keras()
    rise = max(1, steps // 10)
    rate = k.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 10,
        max(1, steps - rise),
        warmup_target=recipe.learning_rate,
        warmup_steps=rise,
    )
    part.compile(
        k.optimizers.Adam(rate),
        k.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[k.metrics.CategoricalCrossentropy(name="cross_entropy"), "accuracy"],
    )
