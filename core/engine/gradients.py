"""A network whose gradients can be taken: the Keras model, kept in the pool like the others."""

from __future__ import annotations

import threading

import numpy as np

from core import zoo
from core.engine import conversion
from core.engine.compiled import FormInfo
from core.zoo.keras_runtime import keras, tensorflow
from core.zoo.spec import ImageNetworkSpec

_COPIES = 4  # weights, their gradients' workspace, and TensorFlow's own buffers


class DifferentiableNetwork:
    """Scores of a network with the gradient at one of its layers. TensorFlow is loaded.

    `bytes` is what it takes in memory, about.
    """

    def __init__(self, spec: ImageNetworkSpec, info: FormInfo) -> None:
        tf = tensorflow()
        self.bytes = gradient_cost(info)
        self._lock = threading.Lock()
        model = conversion.build(spec, zoo.weights_path(spec))
        model.layers[-1].activation = keras().activations.linear  # logits: this copy is ours
        features = model.get_layer(spec.feature_layers[-1]).output
        network = keras().Model(model.inputs[0], [features, model.output])
        steps = spec.preprocessing

        @tf.function(reduce_retracing=True)
        def differentiate(image, column):
            x = tf.cast(image, tf.float32)
            x = tf.reverse(x, axis=[-1]) if steps.channels == "BGR" else x
            with tf.GradientTape() as tape:
                maps, logits = network((x - steps.mean) / steps.scale, training=False)
                logits = tf.reshape(logits, (tf.shape(image)[0], -1))
                score = tf.gather(logits, column, axis=1)
                # the maps are a result inside the tape, so the gradient can be asked at them
            return maps, tape.gradient(score, maps)

        self._differentiate = differentiate

    def gradient(self, images: np.ndarray, column: int) -> tuple[np.ndarray, np.ndarray]:
        """The last feature map, and the gradient of a class's logit with respect to it.

        Parameters
        ----------
        images : (N, S, S, 3) uint8
        column : int, the class.

        Returns
        -------
        features, gradient : (N, h, w, D) float32
        """
        with self._lock:
            # a tensor, since each plain number would be compiled anew
            maps, gradient = self._differentiate(images, tensorflow().constant(column))
        return maps.numpy(), gradient.numpy()


def gradient_cost(info: FormInfo) -> int:
    """Bytes a differentiable network takes, about."""
    return _COPIES * (info.weights_bytes + info.activation_bytes)
