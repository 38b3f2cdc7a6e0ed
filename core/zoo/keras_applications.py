"""The networks of `keras.applications`, as data; nothing here imports Keras.

Weights
    The `include_top=True` files that Keras 3.15 downloads, with its checksums; Keras loads them
    only under their `.h5` ending. `download_bytes` is the size of the same network written in
    the same format, in steps of 0.1 MB: within 0.3 % for the four files whose size is on record
    (MobileNetV2, NASNetMobile, ResNet50, VGG16).

Layer names
    One layer per resolution, late in it, and the same for all sizes of a family where that can
    be; the last is the input of global pooling, but see the note of ConvNeXt.
    Keras numbers the layers that it does not name (`activation_17`). Such names hold only while
    its counters are fresh: after `keras.utils.clear_session()`, or in a new thread, which counts
    for itself. They are the pooling layers of MobileNet and NASNet, the first two feature layers
    of the Inceptions, and the last one of MobileNetV3 and NASNet.

EfficientNet
    With `weights="imagenet"` Keras divides once more by the square root of the standard
    deviation, which the stored normalisation lacks; with `weights=PATH` it does not.
    `_EFFICIENTNET` divides before the network: https://github.com/tensorflow/tensorflow/issues/49930

Accuracies and licences
    Accuracies: https://keras.io/api/applications/, but for MobileNetV3, which that table leaves
    out. Licences: what the Keras documentation states; where it states none (EfficientNet,
    MobileNetV3, ConvNeXt), that of the repository the weights were ported from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from core.zoo.spec import Download, Head, ImageNetworkSpec, Preprocessing, Published

_STORE = "https://storage.googleapis.com/tensorflow/keras-applications"
_KERNELS = "_weights_tf_dim_ordering_tf_kernels"
_TABLE = "https://keras.io/api/applications/"
_UNNAMED_POOLING = "global_average_pooling2d"

_RESNET_VERSIONS: tuple[Literal["", "V2"], ...] = ("", "V2")

_MEAN = (255 * 0.485, 255 * 0.456, 255 * 0.406)  # of ImageNet, in RGB
_STD = (0.229, 0.224, 0.225)


def _channels(values: Iterable[float]) -> tuple[float, float, float]:
    first, second, third = values
    return first, second, third


_TF = Preprocessing(mean=(127.5,) * 3, scale=(127.5,) * 3)
_CAFFE = Preprocessing(channels="BGR", mean=(103.939, 116.779, 123.68))
_TORCH = Preprocessing(mean=_MEAN, scale=_channels(255 * s for s in _STD))
_INSIDE = Preprocessing()
# The network computes (x / 255 - mean) / sqrt(std), and is owed another 1 / sqrt(std).
_EFFICIENTNET = Preprocessing(
    mean=_channels(m * (1 - math.sqrt(s)) for m, s in zip(_MEAN, _STD, strict=True)),
    scale=_channels(math.sqrt(s) for s in _STD),
)


# checksum, parameters, MB (10^6 bytes), top-1, top-5
_FIGURES = {
    "DenseNet121": ("md5:9d60b8095a5708f2dcce2bca79d332c7", 8_062_504, 33.2, 0.750, 0.923),
    "DenseNet169": ("md5:d699b8f76981ab1b30698df4c175e90b", 14_307_880, 58.6, 0.762, 0.932),
    "DenseNet201": ("md5:1ceb130c1ea1b78c3bf6114dbdfd8807", 20_242_984, 82.6, 0.773, 0.936),
    "InceptionV3": ("md5:9a0d58056eeedaa3f26cb7ebd46da564", 23_851_784, 96.1, 0.779, 0.937),
    "InceptionResNetV2": ("md5:e693bd0210a403b3192acc6073ad2e96", 55_873_736, 225.2, 0.803, 0.953),
    "MobileNet": (None, 4_253_864, 17.2, 0.704, 0.895),
    "MobileNetV2": (None, 3_538_984, 14.5, 0.713, 0.901),
    "MobileNetV3Small": ("md5:8768d4c2e7dee89b9d02b2d03d65d862", 2_554_968, 10.6, 0.681, None),
    "MobileNetV3Large": ("md5:59e551e166be033d707958cf9e29a6a7", 5_507_432, 22.5, 0.756, None),
    "NASNetMobile": ("md5:020fb642bf7360b370c678b08e0adf61", 5_326_716, 24.2, 0.744, 0.919),
    "NASNetLarge": ("md5:11577c9a518f0070763c2b964a382f17", 88_949_818, 359.8, 0.825, 0.960),
    "ResNet50": ("md5:2cb95161c43110f7111970584f804107", 25_636_712, 103.0, 0.749, 0.921),
    "ResNet101": ("md5:f1aeb4b969a6efcfb50fad2f0c20cfc5", 44_707_176, 179.7, 0.764, 0.928),
    "ResNet152": ("md5:100835be76be38e30d865e96f2aaae62", 60_419_944, 242.9, 0.766, 0.931),
    "ResNet50V2": ("md5:3ef43a0b657b3be2300d5770ece849e0", 25_613_800, 102.9, 0.760, 0.930),
    "ResNet101V2": ("md5:6343647c601c52e1368623803854d971", 44_675_560, 179.5, 0.772, 0.938),
    "ResNet152V2": ("md5:a49b44d1979771252814e80f8ec446f9", 60_380_648, 242.8, 0.780, 0.942),
    "VGG16": ("md5:64373286793e3c8b2b4e3219cbf3544b", 138_357_544, 553.5, 0.713, 0.901),
    "VGG19": ("md5:cbe5617147190e668d6c5d5026f83318", 143_667_240, 574.7, 0.713, 0.900),
    "Xception": ("md5:0a58e3b7378bc2990ea3b43d5981f1f6", 22_910_480, 92.0, 0.790, 0.945),
    "EfficientNetB0": ("md5:902e53a9f72be733fc0bcb005b3ebbac", 5_330_571, 21.9, 0.771, 0.933),
    "EfficientNetB1": ("md5:1d254153d4ab51201f1646940f018540", 7_856_239, 32.2, 0.791, 0.944),
    "EfficientNetB2": ("md5:b15cce36ff4dcbd00b6dd88e7857a6ad", 9_177_569, 37.5, 0.801, 0.949),
    "EfficientNetB3": ("md5:ffd1fdc53d0ce67064dc6a9c7960ede0", 12_320_535, 50.1, 0.816, 0.957),
    "EfficientNetB4": ("md5:18c95ad55216b8f92d7e70b3a046e2fc", 19_466_823, 78.9, 0.829, 0.964),
    "EfficientNetB5": ("md5:ace28f2a6363774853a83a0b21b9421a", 30_562_527, 123.5, 0.836, 0.967),
    "EfficientNetB6": ("md5:165f6e37dce68623721b423839de8be5", 43_265_143, 174.5, 0.840, 0.968),
    "EfficientNetB7": ("md5:8c03f828fec3ef71311cd463b6759d99", 66_658_687, 268.4, 0.843, 0.970),
    "EfficientNetV2B0": ("md5:21ecbf6da12460d5c40bb2f29ceb2188", 7_200_312, 29.4, 0.787, 0.943),
    "EfficientNetV2B1": ("md5:069f0534ff22adf035c89e2d9547a9dc", 8_212_124, 33.6, 0.798, 0.950),
    "EfficientNetV2B2": ("md5:424e49f28180edbde1e94797771950a7", 10_178_374, 41.5, 0.805, 0.951),
    "EfficientNetV2B3": ("md5:1f1fc43bd98a6e4fd8fdfd551e02c7a0", 14_467_622, 58.8, 0.820, 0.958),
    "EfficientNetV2S": ("md5:e1d88a8495beba45748fedd0cecbe016", 21_612_360, 87.6, 0.839, 0.967),
    "EfficientNetV2M": ("md5:a3bf6aa3276309f4fc6a34aa114c95cd", 54_431_388, 219.3, 0.853, 0.974),
    "EfficientNetV2L": ("md5:27e6d408b53c7ebc868fefa357689935", 119_027_848, 478.4, 0.857, 0.975),
    "ConvNeXtTiny": (
        "sha256:8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
        28_589_128,
        114.7,
        0.813,
        None,
    ),
}


def _network(
    title: str,
    file: str,
    *,
    name: str,
    family: str,
    preprocessing: Preprocessing,
    feature_layers: tuple[str, ...],
    paper: str,
    licence: str = "Apache-2.0",
    store: str = _STORE,
    input_size: int = 224,
    embedding_layer: str = "avg_pool",
    head: Head = "linear",
    source: str = _TABLE,
    note: str = "",
) -> ImageNetworkSpec:
    checksum, parameters, megabytes, top1, top5 = _FIGURES[title]
    return ImageNetworkSpec(
        name=name,
        title=title,
        family=family,
        parameters=parameters,
        licence=licence,
        weights=Download(url=f"{store}/{file}.h5", checksum=checksum),
        download_bytes=round(megabytes * 1e6),
        reference=f"https://arxiv.org/abs/{paper}",
        note=note,
        builder=f"keras.applications:{title}",
        input_size=input_size,
        preprocessing=preprocessing,
        feature_layers=feature_layers,
        embedding_layer=embedding_layer,
        head=head,
        classes=1000,
        published=Published(top1=top1, top5=top5, data="ImageNet-1k validation", source=source),
    )


def _densenet(depth: int) -> ImageNetworkSpec:
    return _network(
        f"DenseNet{depth}",
        f"densenet/densenet{depth}{_KERNELS}",
        name=f"densenet{depth}",
        family="DenseNet",
        preprocessing=_TORCH,
        feature_layers=("conv1_relu", "pool2_relu", "pool3_relu", "pool4_relu", "relu"),
        licence="BSD-3-Clause",
        paper="1608.06993",
    )


def _mobilenet_v3(size: str, layers: tuple[str, ...]) -> ImageNetworkSpec:
    return _network(
        f"MobileNetV3{size.title()}",
        f"mobilenet_v3/weights_mobilenet_v3_{size}_224_1.0_float",
        name=f"mobilenet_v3_{size}",
        family="MobileNet",
        preprocessing=_INSIDE,
        feature_layers=layers,
        embedding_layer=_UNNAMED_POOLING,
        head="other",
        paper="1905.02244",
        source="https://keras.io/api/applications/mobilenet/",
    )


def _nasnet(size: str, pixels: int, ends: tuple[int, int, int]) -> ImageNetworkSpec:
    """`ends` are the numbers of two cells before a reduction, and of the last activation."""
    *cells, last = ends
    return _network(
        f"NASNet{size.title()}",
        f"nasnet/NASNet-{size}",
        name=f"nasnet_{size}",
        family="NASNet",
        input_size=pixels,
        preprocessing=_TF,
        feature_layers=(
            "stem_bn1",
            "reduction_concat_stem_1",
            *(f"normal_concat_{cell}" for cell in cells),
            f"activation_{last}",
        ),
        embedding_layer=_UNNAMED_POOLING,
        paper="1707.07012",
    )


def _resnet(depth: int, third: int, fourth: int, *, version: Literal["", "V2"]) -> ImageNetworkSpec:
    """`third` and `fourth` are the numbers of blocks in those stages.

    In version 2 the last block of a stage halves the resolution, after the activation named here.
    """
    stages = ("conv2_block3", f"conv3_block{third}", f"conv4_block{fourth}")
    if version:
        layers = ("conv1_conv", *(f"{stage}_preact_relu" for stage in stages), "post_relu")
    else:
        layers = ("conv1_relu", *(f"{stage}_out" for stage in stages), "conv5_block3_out")
    return _network(
        f"ResNet{depth}{version}",
        f"resnet/resnet{depth}{version.lower()}{_KERNELS}",
        name=f"resnet{depth}_v2" if version else f"resnet{depth}",
        family="ResNet",
        preprocessing=_TF if version else _CAFFE,
        feature_layers=layers,
        licence="BSD" if version else "MIT",
        paper="1603.05027" if version else "1512.03385",
    )


def _vgg(depth: int, last: int) -> ImageNetworkSpec:
    """`last` is the number of convolutions in each of the last three blocks."""
    return _network(
        f"VGG{depth}",
        f"vgg{depth}/vgg{depth}{_KERNELS}",
        name=f"vgg{depth}",
        family="VGG",
        preprocessing=_CAFFE,
        feature_layers=(
            "block1_conv2",
            "block2_conv2",
            *(f"block{block}_conv{last}" for block in (3, 4, 5)),
        ),
        embedding_layer="fc2",
        head="other",
        licence="CC BY 4.0",
        paper="1409.1556",
    )


def _efficientnet(number: int, pixels: int) -> ImageNetworkSpec:
    return _network(
        f"EfficientNetB{number}",
        f"efficientnetb{number}",
        name=f"efficientnet_b{number}",
        family="EfficientNet",
        store="https://storage.googleapis.com/keras-applications",
        input_size=pixels,
        preprocessing=_EFFICIENTNET,
        feature_layers=(
            *(f"block{block}_expand_activation" for block in ("2a", "3a", "4a", "6a")),
            "top_activation",
        ),
        paper="1905.11946",
    )


def _efficientnet_v2(size: str, pixels: int) -> ImageNetworkSpec:
    return _network(
        f"EfficientNetV2{size.upper()}",
        f"efficientnet_v2/efficientnetv2-{size}",
        name=f"efficientnet_v2_{size}",
        family="EfficientNetV2",
        input_size=pixels,
        preprocessing=_INSIDE,
        feature_layers=(
            "block1a_project_activation",
            *(f"block{block}_expand_activation" for block in ("2a", "4a", "6a")),
            "top_activation",
        ),
        paper="2104.00298",
    )


NETWORKS: tuple[ImageNetworkSpec, ...] = (
    *(_densenet(depth) for depth in (121, 169, 201)),
    _network(
        "InceptionV3",
        f"inception_v3/inception_v3{_KERNELS}",
        name="inception_v3",
        family="Inception",
        input_size=299,
        preprocessing=_TF,
        feature_layers=("activation_2", "activation_4", "mixed2", "mixed7", "mixed10"),
        paper="1512.00567",
    ),
    _network(
        "InceptionResNetV2",
        f"inception_resnet_v2/inception_resnet_v2{_KERNELS}",
        name="inception_resnet_v2",
        family="Inception",
        input_size=299,
        preprocessing=_TF,
        feature_layers=(
            "activation_2",
            "activation_4",
            "block35_10_ac",
            "block17_20_ac",
            "conv_7b_ac",
        ),
        paper="1602.07261",
    ),
    _network(
        "MobileNet",
        "mobilenet/mobilenet_1_0_224_tf",
        name="mobilenet",
        family="MobileNet",
        preprocessing=_TF,
        feature_layers=tuple(f"conv_pw_{block}_relu" for block in (1, 3, 5, 11, 13)),
        embedding_layer=_UNNAMED_POOLING,
        paper="1704.04861",
    ),
    _network(
        "MobileNetV2",
        f"mobilenet_v2/mobilenet_v2{_KERNELS}_1.0_224",
        name="mobilenet_v2",
        family="MobileNet",
        preprocessing=_TF,
        feature_layers=(*(f"block_{block}_expand_relu" for block in (1, 3, 6, 13)), "out_relu"),
        embedding_layer=_UNNAMED_POOLING,
        paper="1801.04381",
    ),
    _mobilenet_v3(
        "small",
        (
            "conv_bn",
            "expanded_conv_project_bn",
            "expanded_conv_2_add",
            "expanded_conv_7_add",
            "activation_17",
        ),
    ),
    _mobilenet_v3(
        "large",
        (*(f"expanded_conv_{block}add" for block in ("", "2_", "5_", "11_")), "activation_19"),
    ),
    _nasnet("mobile", 224, (3, 8, 187)),
    _nasnet("large", 331, (5, 12, 259)),
    *(
        _resnet(depth, third, fourth, version=version)
        for version in _RESNET_VERSIONS
        for depth, third, fourth in ((50, 4, 6), (101, 4, 23), (152, 8, 36))
    ),
    _vgg(16, 3),
    _vgg(19, 4),
    _network(
        "Xception",
        f"xception/xception{_KERNELS}",
        name="xception",
        family="Xception",
        input_size=299,
        preprocessing=_TF,
        feature_layers=(
            "block1_conv2_act",
            *(f"block{block}_sepconv1_act" for block in (3, 4, 13)),
            "block14_sepconv2_act",
        ),
        licence="MIT",
        paper="1610.02357",
    ),
    *(
        _efficientnet(number, pixels)
        for number, pixels in enumerate((224, 240, 260, 300, 380, 456, 528, 600))
    ),
    *(_efficientnet_v2(f"b{number}", pixels) for number, pixels in enumerate((224, 240, 260, 300))),
    *(_efficientnet_v2(size, pixels) for size, pixels in (("s", 384), ("m", 480), ("l", 480))),
    _network(
        "ConvNeXtTiny",
        "convnext/convnext_tiny",
        name="convnext_tiny",
        family="ConvNeXt",
        preprocessing=_INSIDE,
        feature_layers=(
            "convnext_tiny_stage_0_block_2_gelu",
            "convnext_tiny_stage_1_block_2_gelu",
            "convnext_tiny_stage_2_block_8_gelu",
            "convnext_tiny_stage_3_block_2_identity",
        ),
        embedding_layer="convnext_tiny_head_gap",
        head="other",
        licence="MIT",
        paper="2201.03545",
        note="Keras adds up its residuals outside of any layer: the last feature map here is "
        "what the last block adds, not the sum that is pooled.",
    ),
)
