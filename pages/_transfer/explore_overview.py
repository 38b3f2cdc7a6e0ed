"""Classes, sizes and mean images of a data set, with what they mean for training."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core import zoo
from core.vision.transfer.datasets import ImageDataset
from core.wording import counted, escaped
from pages._transfer import cached, dataset_charts
from pages._transfer.exploration import ExplorationView
from pages._ui import charts

_BALANCED = 1.5  # the largest class over the smallest
_FEWEST = 4  # photos of a class that a training needs
_MEANS_SHOWN = 24
_TALL_FROM = 20  # classes


def classes_and_sizes(exploration: ExplorationView) -> None:
    """How many photos there are of each class, and how large they are."""
    counts, sizes = exploration.step.counts, exploration.step.sizes
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Classes", anchor=False)
        with st.container(height=420 if len(counts) > _TALL_FROM else "content", border=False):
            st.plotly_chart(
                dataset_charts.class_counts(counts, charts.colours(len(counts))),
                config=charts.CONFIG,
                alt=f"Photos per class: {balance(counts)}",
            )
        st.markdown(balance(counts))
    with right:
        st.subheader("Sizes", anchor=False)
        kinds = set(zip(sizes.widths.tolist(), sizes.heights.tolist(), strict=True))
        if len(kinds) > 1:
            st.plotly_chart(
                dataset_charts.photo_sizes(sizes.widths, sizes.heights),
                config=charts.CONFIG,
                alt="Widths and heights of the photos",
            )
        st.markdown(_shapes(exploration))


def balance(counts: dict[str, int]) -> str:
    """How even the classes are, and what that means, in a sentence or two."""
    if len(counts) == 1:
        return "One class only: training needs at least two."
    (most, high), (least, low) = (
        pick(counts.items(), key=lambda item: item[1]) for pick in (max, min)
    )
    least, most = escaped(least), escaped(most)
    if low < _FEWEST:
        return f"**{least}** has {low:,}: training needs at least {_FEWEST} photos of each class."
    if high == low:
        return f"Balanced: {counted(high, 'photo')} of each class."
    if high / low < _BALANCED:
        return f"Nearly balanced: from {low:,} to {counted(high, 'photo')} of a class."
    return (
        f"Imbalanced: **{most}** has {high / low:.1f} times as many photos as **{least}**. "
        "Accuracy will mostly reflect the large classes; check the recall of each class too."
    )


def _shapes(exploration: ExplorationView) -> str:
    sizes, network = exploration.step.sizes, zoo.image_network(exploration.step.backbone)
    shapes = (
        (sizes.landscape, "landscape"),
        (sizes.portrait, "portrait"),
        (sizes.square, "square"),
    )
    kinds = ", ".join(f"{count:,} {name}" for count, name in shapes if count)
    low, high = (
        f"{int(pick(sizes.widths)):,} x {int(pick(sizes.heights)):,}" for pick in (np.min, np.max)
    )
    range_ = f"all {low} px" if low == high else f"widths and heights from {low} to {high} px"
    small = int((np.minimum(sizes.widths, sizes.heights) < network.input_size).sum())
    some = "all" if small == len(sizes.widths) else f"{small:,}"
    enlarged = f", for which {some} are enlarged" if small else ""
    return (
        f"{kinds.capitalize()}; {range_}. {network.title} sees the centred square at "
        f"{network.input_size} x {network.input_size} px{enlarged}."
    )


def examples(dataset: ImageDataset) -> None:
    """The first photo of each class: what there is to see before any photo was computed with."""
    st.subheader("Examples", anchor=False)
    firsts = {photo.label: photo for photo in reversed(dataset.photos)}
    with st.grid("auto", min_column_width=110, gap="small"):
        for label in sorted(firsts)[:_MEANS_SHOWN]:
            name = dataset.classes[label]
            square = cached.square(firsts[label].data, 2 * 110)
            st.image(square, caption=escaped(name), width="stretch", alt=f"A photo of {name}")


def mean_images(exploration: ExplorationView, class_means: np.ndarray) -> None:
    """The mean of all photos, and of each class: (C, H, W, 3) uint8."""
    st.subheader("Mean images", anchor=False)
    members = exploration.whole.counts
    shown = [
        (picture, name) for picture, name in zip(class_means, members, strict=True) if members[name]
    ]
    with st.grid("auto", min_column_width=110, gap="small"):
        for picture, name in [(exploration.whole.mean_image, "all"), *shown[:_MEANS_SHOWN]]:
            st.image(picture, caption=escaped(name), width="stretch", alt=f"Mean of {name}")
    more = f" The first {_MEANS_SHOWN} classes are shown." if len(shown) > _MEANS_SHOWN else ""
    since = " as uploaded, without the corrections" if exploration.lab.corrections else ""
    st.caption(
        f"Pixel means of the centred squares{since}, computed here. A class whose mean has a "
        f"distinctive background or lighting can be recognised by that alone.{more}"
    )
