"""Pretrained networks side by side on the same photos: answers, maps, cost."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core import cluster, engine, zoo
from core.errors import InvalidInputError
from core.vision import comparison, explanation
from core.vision.comparison import Measurement, NetworkResult
from core.wording import counted, escaped
from core.zoo import internet
from core.zoo.spec import ImageNetworkSpec
from pages._backbones import comparison_charts
from pages._backbones.cached import compare, measurements
from pages._ui import (
    cached_photos,
    charts,
    downloads,
    errors,
    inputs,
    jobs,
    layout,
    links,
    pictures,
    saved_classifiers,
    use_from_code,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import percent

_CLASSIFIERS = [
    spec.name
    for spec in zoo.networks()
    if isinstance(spec, ImageNetworkSpec) and spec.head != "none"
]
_COLUMNS = {
    "Network": st.column_config.TextColumn(pinned=True),
    "published · top-1": st.column_config.NumberColumn(format="percent"),
    "own test · accuracy": st.column_config.NumberColumn(format="percent"),
    "Parameters": st.column_config.NumberColumn(format="compact"),
    "Multiply-adds": st.column_config.NumberColumn(format="compact"),
}
_ANSWERED_AT_ONCE = 12  # photos; more are a job, with progress and a place in the queue
_DEFAULT = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]

_ABOUT = (
    "Compare pretrained networks on the same photos: predictions, evidence and cost. Each "
    "of them can be the backbone for a new task: that is transfer learning."
)

layout.heading("Backbone comparison", _ABOUT)


def _offered() -> list[str]:
    """Those on this machine and in the address; where there is internet access, all."""
    own = saved_classifiers.names("image")
    if internet.is_reachable():
        return [*_CLASSIFIERS, *own]
    named = {*st.query_params.get_all("networks"), *st.session_state.get("networks", ())}
    here = [
        name
        for name in _CLASSIFIERS
        if zoo.is_on_disk(zoo.image_network(name)) or {name, widgets.title_of(name)} & named
    ]
    return [*here, *own]


def controls() -> tuple[list[str], tuple[NamedPhoto, ...]]:
    titles = widgets.titles_of(_offered())
    if "networks" in st.session_state:  # a project may have been left
        st.session_state["networks"] = [n for n in st.session_state["networks"] if n in titles]
    chosen = st.multiselect(
        "Networks",
        list(titles),
        default=_DEFAULT,
        format_func=titles.__getitem__,
        key="networks",
        bind="query-params",
        wrap=True,
        help=(
            "Networks, and the classifiers of your project. What is not on this machine yet is "
            "downloaded on request."
        ),
    )
    left, right = st.columns([1, 2], gap="large")
    with left:
        handle = widgets.module_input(
            key="hub",
            help=(
                "An image classifier or feature vector that takes photos in [0, 1]. A URL is "
                "downloaded on request."
            ),
        )
        widgets.module_question("hub")
    with right:
        photos = inputs.photos_input("compare_photos")
    return list(dict.fromkeys([*chosen, handle] if handle else chosen)), photos


def _megabytes(spec: ImageNetworkSpec) -> str:
    return f"{spec.download_bytes / 1e6:,.0f} MB" if spec.download_bytes else "size unknown"


def fetch_missing(names: Sequence[str]) -> list[str]:
    """Offer what is not on disk; return the networks that can be used now."""
    usable = []
    for name in names:
        with errors.shown():
            spec = zoo.image_network(name)
            if zoo.is_on_disk(spec):
                usable.append(name)
            elif "://" in name or zoo.is_listed(name):
                _download(spec)
            else:
                zoo.weights_path(spec)  # raises: a folder that is not there cannot be fetched
    return usable


def _download(spec: ImageNetworkSpec) -> None:
    key = f"download_{spec.name}"
    with st.container(border=True):
        st.markdown(f"**{spec.title}** is not on this machine: {_megabytes(spec)} to download.")
        job = jobs.current(key)
        if job is not None:
            jobs.panel(key, job, _download_progress, queue=engine.downloads)
        if job is None or job.is_over:
            st.button(
                "Download",
                icon=":material/download:",
                key=f"{key}_button",
                on_click=_fetch,
                args=(key, spec),
                disabled=not internet.is_reachable(),
            )


def _fetch(key: str, spec: ImageNetworkSpec) -> None:
    title = f"Downloading {spec.title}"
    jobs.start(key, title, lambda: zoo.fetch(spec), queue=engine.downloads)


def _download_progress(step: zoo.FetchStep) -> tuple[float | None, str]:
    if step.total is None:
        return None, f"{step.done / 1e6:,.1f} MB"
    return step.done / step.total, f"{step.done / 1e6:,.1f} of {step.total / 1e6:,.1f} MB"


def usable(photos: Sequence[NamedPhoto]) -> tuple[NamedPhoto, ...]:
    """The photos that can be read; of the others the page says why not."""
    readable, unreadable = [], []
    for photo in photos:
        try:
            if photo.error is not None:
                raise photo.error
            cached_photos.thumbnail(photo.data, 96)
            readable.append(photo)
        except InvalidInputError as err:
            unreadable.append((photo.name, err))
    errors.unusable(unreadable)
    errors.noticed((photo.name, cached_photos.notices(photo.data)) for photo in readable)
    return tuple(readable)


def compared(photos: Sequence[NamedPhoto], names: Sequence[str]) -> list[NetworkResult]:
    """What the networks say of the photos, and what they cost, as far as it is known by now."""
    few = len(photos) <= _ANSWERED_AT_ONCE
    if few and measurements().keys() >= set(names):
        return _answers(photos, names)
    data = [photo.data for photo in photos]
    job = jobs.start_anew(
        "compare",
        (tuple(names), tuple(photo.identity for photo in photos)),
        f"Comparing {counted(len(names), 'network')} on {counted(len(photos), 'photo')}",
        lambda: cluster.steps(compare, data, names),
        is_long=True,  # two at once would measure each other
    )
    jobs.panel("compare", job, lambda step: (step.share, "predictions, then speed"))
    if few:
        return _answers(photos, names)
    results = []
    for result in job.snapshot.results if job.snapshot else ():
        with errors.shown():
            if result.error is not None:
                raise result.error
            results.append(result)
    return results


def _answers(photos: Sequence[NamedPhoto], names: Sequence[str]) -> list[NetworkResult]:
    return [result for name in names if (result := _answer(photos, name)) is not None]


def _answer(photos: Sequence[NamedPhoto], name: str) -> NetworkResult | None:
    """What one network says; None if it cannot, and the page says why."""
    with errors.shown():
        answers = tuple(
            cached_photos.classify(photo.data, backbone=name, top_k=5) for photo in photos
        )
        if not (zoo.is_listed(name) or zoo.is_saved(name)):
            inputs.remember_module(name)
        return NetworkResult(name, answers, measurements().get(name))
    return None


def side_by_side(photo: NamedPhoto, index: int, results: Sequence[NetworkResult]) -> None:
    picture = pictures.photo_array(photo.data, 480)
    grid = st.grid("auto", min_column_width=240, gap="small")
    titles = widgets.titles_of([result.backbone for result in results])
    for result in results:
        answer = result.classifications[index]
        with grid.cell():
            st.markdown(f"**{escaped(titles[result.backbone])}**")
            st.image(
                _map(photo, picture, result.backbone),
                width="stretch",
                alt=f"{photo.name} with the evidence for {answer.labels[0]}",
            )
            st.plotly_chart(
                charts.score_bars(answer.labels, answer.scores),
                config=charts.CONFIG,
                key=f"bars_{index}_{result.backbone}",
                alt=f"{answer.labels[0]} at {percent(answer.scores[0])}",
            )


def _map(photo: NamedPhoto, picture: np.ndarray, network: str) -> np.ndarray:
    """The class activation map where it is one forward pass, else the photo itself."""
    if "cam" not in explanation.methods(network):
        return picture
    class_map = cached_photos.explain(photo.data, backbone=network)
    return pictures.overlay(picture, class_map.values, class_map.region)


def agreement(groups: Sequence[Sequence[NetworkResult]], photos: int) -> None:
    st.subheader("Agreement", anchor=False)
    for place, results in enumerate(groups):  # of other classes there is nothing to agree about
        shares = comparison.agreement(results)
        names = list(widgets.titles_of([result.backbone for result in results]).values())
        st.plotly_chart(
            comparison_charts.agreement_map(names, shares),
            config=charts.CONFIG,
            width=200 + 140 * len(names),
            key=f"agreement_{place}",
            alt="Share of photos on which two networks have the same top prediction",
        )
    st.caption(
        f"Share of the {counted(photos, 'photo')} with the same top prediction; measured here."
    )


def cost(results: Sequence[NetworkResult]) -> None:
    rows = [
        (zoo.image_network(result.backbone), result.measurement)
        for result in results
        if result.measurement is not None
    ]
    if not rows:
        return
    st.subheader("Cost", anchor=False)
    points = [
        (spec.title, taken.latency_p50_ms, spec.published.top1, taken.parameters)
        for spec, taken in rows
        if spec.published
    ]
    if points:
        st.plotly_chart(
            comparison_charts.cost_scatter(points),
            config=charts.CONFIG,
            alt="Published accuracy against latency measured here, sized by parameters",
        )
    st.caption(
        "Latency is measured on this machine. Accuracy is as published by the authors for "
        "ImageNet-1k. The area of a point shows the number of parameters."
    )
    tested = [spec for spec, _ in rows if isinstance(spec, zoo.SavedImageNetwork)]
    for spec in tested:
        st.caption(
            f"{escaped(spec.title)} was trained here on "
            f"{counted(spec.classes, 'class')} of its own. {saved_classifiers.evaluation(spec)}; "
            "published figures are of other classes."
        )
    table = _measured(rows)
    st.dataframe(table, hide_index=True, column_config=_COLUMNS, alt="Cost of each network")
    downloads.table("Comparison (CSV)", table, "comparison.csv")


def not_here() -> None:
    """What others publish of the networks that would have to be downloaded."""
    specs = [s for s in map(zoo.image_network, _CLASSIFIERS) if not zoo.is_on_disk(s)]
    if not specs:
        return
    online = internet.is_reachable()
    title = (
        f"{counted(len(specs), 'network')} not on this machine, with published figures"
        if online
        else f"With internet access: {counted(len(specs), 'more network')}"
    )
    with st.expander(title):
        if not online:
            st.caption(widgets.NO_INTERNET)
        table = pd.DataFrame(
            [
                {
                    "Network": spec.title,
                    "published · top-1": spec.published and spec.published.top1,
                    "Download, MB": round(spec.download_bytes / 1e6),
                    "Parameters": spec.parameters,
                    "Input, px": spec.input_size,
                    "Licence": spec.licence,
                }
                for spec in specs
            ]
        )
        st.dataframe(table, hide_index=True, column_config=_COLUMNS, alt="Networks to download")
        choose = "Choose one above to download it. " if online else ""
        st.caption(f"{choose}All figures in this table are published, not measured here.")


def _measured(rows: Sequence[tuple[ImageNetworkSpec, Measurement]]) -> pd.DataFrame:
    titles = widgets.titles_of([spec.name for spec, _ in rows])
    has_own = any(isinstance(spec, zoo.SavedImageNetwork) for spec, _ in rows)

    def row_of(spec: ImageNetworkSpec, taken: Measurement) -> dict[str, object]:
        tested = spec.tested if isinstance(spec, zoo.SavedImageNetwork) else None
        own = {"own test · accuracy": tested and tested.accuracy} if has_own else {}
        return {
            "Network": titles[spec.name],
            "published · top-1": spec.published.top1 if spec.published else None,
            **own,
            "measured · p50, ms": round(taken.latency_p50_ms, 2),
            "measured · p95, ms": round(taken.latency_p95_ms, 2),
            "measured · photos/s": round(taken.photos_per_s),
            "measured · load, ms": round(taken.load_s * 1e3),
            "Memory, MiB": round(taken.memory_bytes / 2**20),
            "Parameters": taken.parameters,
            "Multiply-adds": taken.multiply_adds,
            "Input, px": spec.input_size,
            "Computed in": taken.precision,
            "Licence": spec.licence,
        }

    return pd.DataFrame([row_of(*row) for row in rows])


def page() -> None:
    names, photos = controls()
    photos = usable(photos)
    if not photos:
        st.info("None of these files is a photo that Graft can read.", icon=":material/image:")
        return
    names = fetch_missing(names)
    if not names:
        st.info("Choose at least one network that is on this machine.", icon=":material/compare:")
        not_here()
        return
    results = compared(photos, names)
    if results:
        links.keep_among("compare_photo", range(len(photos)))
        shown = st.pills(
            "Photo",
            range(len(photos)),
            default=0,
            required=True,
            format_func=lambda i: photos[i].name,
            key="compare_photo",
            bind="query-params",
            label_visibility="collapsed",
            wrap=True,
        )
        side_by_side(photos[shown], shown, results)
        groups = [group for group in comparison.by_classes(results) if len(group) > 1]
        if groups and len(photos) > 1:
            agreement(groups, len(photos))
        cost(results)
        use_from_code.show(use_from_code.call("compare", backbones=names))
    not_here()


page()
