"""BirdNET as rebuilt here, against the file that its makers give out."""

import numpy as np
import pytest

from core import engine, zoo
from core.engine import run_in_process

SPEC = zoo.network("birdnet")


def chirps(seed):
    generator = np.random.default_rng(seed)
    time = np.arange(SPEC.window) / SPEC.rate
    tone = np.sin(2 * np.pi * (generator.uniform(500, 4000) + 700 * time) * time)
    return (0.3 * tone + generator.normal(0, 0.02, time.shape)).astype(np.float32)


def theirs(path, sounds):
    """Embeddings and logits by TensorFlow Lite."""
    import warnings

    from core.zoo.keras_runtime import tensorflow

    tf = tensorflow()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lite = tf.lite.Interpreter(str(path), experimental_preserve_all_tensors=True)
    lite.allocate_tensors()
    places = {tensor["name"].split(";")[0]: tensor["index"] for tensor in lite.get_tensor_details()}
    rows = []
    for sound in sounds:
        lite.set_tensor(lite.get_input_details()[0]["index"], sound[None])
        lite.invoke()
        logits = lite.get_tensor(lite.get_output_details()[0]["index"])[0]
        rows.append((lite.get_tensor(places["model/GLOBAL_AVG_POOL/Mean"])[0], logits))
    yield tuple(np.stack(part) for part in zip(*rows, strict=True))


@pytest.fixture(scope="module")
def original():
    """Some sounds, and what the makers' file says of them."""
    sounds = [chirps(seed) for seed in range(3)]
    *_, (embedding, logits) = run_in_process(theirs, zoo.weights_path(SPEC), sounds)
    return sounds, embedding, logits


@pytest.mark.parametrize(("precision", "least"), [("f32", 0.99999), ("native", 0.998)])
def test_it_gives_the_vectors_and_logits_of_the_original(original, precision, least):
    ours = engine.graph("birdnet", "embedding", "logits", precision=precision)
    for sound, *expected in zip(*original, strict=True):
        for result, wanted in zip(ours(sound=sound[None]), expected, strict=True):
            cosine = result[0] @ wanted / np.linalg.norm(result) / np.linalg.norm(wanted)
            assert cosine > least


def test_the_level_of_a_sound_does_not_matter():
    birds = engine.graph("birdnet", "embedding", precision="f32")
    loud = chirps(0)
    (first,), (second,) = birds(sound=loud[None]), birds(sound=loud[None] / 10)
    np.testing.assert_allclose(first, second, atol=1e-2)
