"""The Smallest transfer room: two tasks on irises, and what the first one buys the second."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pandas as pd
import streamlit as st

from core import cluster
from core.smallest_transfer import (
    TASKS,
    IrisPoint,
    IrisRecord,
    IrisSettings,
    IrisStep,
    recorded,
    transfer_iris,
)
from core.wording import counted
from pages._transfer import training_charts
from pages._ui import charts, downloads, jobs, layout, widgets
from pages._ui.numbers import percent

_KEY = "iris"
_DEFAULTS = IrisSettings()
_COLUMNS = {
    "Shape": st.column_config.TextColumn(help="Inputs → units."),
    "Change": st.column_config.NumberColumn(
        format="%.3f",
        help=(
            "How much training on the target task changed the weights of the layer: the L2 "
            "norm of the change divided by that of the original weights. Exactly 0 for frozen "
            "layers."
        ),
    ),
}
_Measure = Literal["accuracy", "loss"]
_MEASURES: dict[_Measure, str] = {"accuracy": "Accuracy", "loss": "Loss"}


def room() -> None:
    """Settings at the left; beside them the run, or the one that was recorded."""
    controls, result = layout.two_parts()
    with controls:
        settings = _controls()
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            key="iris_start",
            on_click=_start,
            args=(settings,),
        )
        st.caption(
            "A small network is trained on the source task. Its hidden layers are cloned, the "
            "lower ones are frozen, and with a new output layer they are trained on the target "
            "task. A network with random weights is trained on the same flowers. Half of each "
            "species is reserved for testing."
        )
    with result:
        measure = _measure()
        job = jobs.current(_KEY)
        if job is not None:
            jobs.panel(
                _KEY,
                job,
                lambda step: (step.share, step.stage),
                preview=lambda step: _curves(step, measure),
            )
            if not job.is_over:
                return
        step = jobs.outcome(_KEY)
        if step is not None:
            _finished(step, settings, measure)
        else:
            _finished(recorded().step, settings, measure, record=recorded())


def _start(settings: IrisSettings) -> None:
    jobs.start(
        _KEY,
        "The smallest transfer",
        lambda: cluster.steps(transfer_iris, settings, apart=True),
        is_long=True,
    )


def _controls() -> IrisSettings:
    source = st.selectbox(
        "Source task",
        list(TASKS),
        format_func=_title,
        key="iris_source",
        bind="query-params",
        help="What the first network is trained on: half of all flowers, with labels.",
    )
    target = st.selectbox(
        "Target task",
        [name for name in TASKS if name != source],
        format_func=_title,
        key="iris_target",
        bind="query-params",
        help=(
            "What the cloned layers are used for. The less it is related to the source task, "
            "the smaller the gain; it can even become a loss."
        ),
    )
    examples = st.slider(
        "Examples per class",
        1,
        15,
        _DEFAULTS.examples,
        key="iris_examples",
        bind="query-params",
        help="Labelled flowers of the target task, for both networks.",
    )
    frozen = st.slider(
        "Frozen layers",
        0,
        len(_DEFAULTS.hidden),
        _DEFAULTS.frozen,
        key="iris_frozen",
        bind="query-params",
        help=(
            "How many of the cloned layers, counted from the input, keep their weights. With 0 "
            "all layers are trained; with 2 only the new output layer is."
        ),
    )
    seed = widgets.seed_input(
        key="iris_seed",
        default=_DEFAULTS.seed,
        most=2**31 - 1,
        help=(
            "Determines the test flowers, the examples and the random weights. The same seed "
            "gives the same result."
        ),
    )
    return IrisSettings(source=source, target=target, examples=examples, frozen=frozen, seed=seed)


def _measure() -> _Measure:
    return widgets.choice(
        "Curves",
        _MEASURES,
        key="iris_measure",
        help="Accuracy, or cross-entropy in nats, on the flowers of the test.",
        hidden=True,
    )


def _title(task: str) -> str:
    return TASKS[task].title


def _finished(
    step: IrisStep, chosen: IrisSettings, measure: _Measure, *, record: IrisRecord | None = None
) -> None:
    """Everything about a run that is over."""
    st.caption(_origin(step, record))
    if chosen != step.settings:
        st.info("This is a run with other settings; Start runs yours.", icon=":material/tune:")
    if step.layers:
        st.markdown(f"##### {_finding(step)}")
    _curves(step, measure)
    if not step.layers:
        return
    table = _layer_rows(step)
    st.dataframe(
        table, hide_index=True, column_config=_COLUMNS, alt="Layers of the transferred network"
    )
    if replace(step.settings, seed=_DEFAULTS.seed) == _DEFAULTS:
        st.caption(_over_seeds(recorded()))
    with st.container(horizontal=True):
        downloads.table("Curves (CSV)", _curve_rows(step), "curves.csv")
        downloads.table("Layers (CSV)", table, "layers.csv")


def _origin(step: IrisStep, record: IrisRecord | None) -> str:
    settings = step.settings
    what = (
        f"From “{_title(settings.source)}” to “{_title(settings.target)}”, "
        f"{settings.examples} of each class, {settings.frozen} of {len(settings.hidden)} hidden "
        f"layers frozen, seed {settings.seed}."
    )
    if record is None:
        return f"{what} Run here, now."
    versions = ", ".join(f"{name} {text}" for name, text in record.made.items() if name != "date")
    return (
        f"Recorded, not run now. {what} Made on {record.made['date']} with {versions}. Press "
        "Start to run it here."
    )


def _finding(step: IrisStep) -> str:
    """What transfer bought in this run, in flowers of the test."""
    hits, alone = (
        round(curve[-1].test_accuracy * step.test_flowers)
        for curve in (step.transferred, step.scratch)
    )
    gain = hits - alone
    flowers = counted(abs(gain), "flower")
    if gain > 0:
        verdict = f"transfer gains {flowers} here"
    else:
        verdict = f"transfer loses {flowers} here" if gain else "transfer changes nothing here"
    return (
        f"With {step.target_flowers} labelled flowers, the transferred network classifies "
        f"{hits} of {step.test_flowers} test flowers correctly, the one from random weights "
        f"{alone}: {verdict}."
    )


def _over_seeds(record: IrisRecord) -> str:
    runs = record.over_seeds
    return (
        "One run on so few flowers proves little. With these settings and the seeds 0 to "
        f"{runs['runs'] - 1}, recorded on {record.made['date']}, transfer won {runs['won']} "
        f"times, tied {runs['tied']} and lost {runs['lost']}; the mean test accuracy was "
        f"{percent(runs['transferred'])} with transfer and {percent(runs['scratch'])} without."
    )


def _curves(step: IrisStep, measure: _Measure) -> None:
    def values(curve: tuple[IrisPoint, ...]) -> list[tuple[int, float]]:
        return [(point.epoch, getattr(point, f"test_{measure}")) for point in curve]

    panels = {
        "source": {"source network": (values(step.source), charts.GREEN)},
        "target": {
            "transferred": (values(step.transferred), charts.GREEN),
            "from random weights": (values(step.scratch), charts.GREY),
        },
    }
    for column, (role, curves) in zip(st.columns(2), panels.items(), strict=True):
        task = _title(getattr(step.settings, role))
        column.markdown(f"**{role.capitalize()} task:** {task}")
        column.plotly_chart(
            training_charts.epoch_curves(curves, measure, step.settings.epochs),
            config=charts.CONFIG,
            key=f"iris_{role}_curves",
            alt=f"Test {measure} on the {role} task against epochs",
        )


def _layer_rows(step: IrisStep) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Layer": layer.name,
                "Shape": f"{layer.shape[0]} → {layer.shape[1]}",
                "Parameters": layer.parameters,
                "From": "cloned from the source" if layer.origin == "source" else "new, random",
                "Target task": "frozen" if layer.is_frozen else "learns",
                "Change": layer.moved,
            }
            for layer in step.layers
        ]
    )


def _curve_rows(step: IrisStep) -> pd.DataFrame:
    settings = step.settings
    curves = (
        ("source", settings.source, step.source),
        ("transferred", settings.target, step.transferred),
        ("random weights", settings.target, step.scratch),
    )
    return pd.DataFrame(
        [
            {
                "network": network,
                "task": task,
                "epoch": point.epoch,
                "training_loss": point.training_loss,
                "test_loss": point.test_loss,
                "test_accuracy": point.test_accuracy,
            }
            for network, task, curve in curves
            for point in curve
        ]
    )
