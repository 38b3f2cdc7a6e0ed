"""The Train room: one training, a race of strategies, or a learning curve."""

from __future__ import annotations

from dataclasses import asdict, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import cluster, zoo
from core.learning.training import split_of
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer import STRATEGIES, Strategy, TrainingSettings
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import RaceStep, rescue
from core.vision.transfer.race_record import RaceRecord, record, recorded
from core.vision.transfer.training import FROZEN
from core.wording import counted
from core.zoo import anatomy
from core.zoo.joined import MOST, SEPARATOR
from pages._transfer import advice, data, lanes, learners, network_drawing, race_view
from pages._transfer.state import LABS, Lab, settings_of
from pages._ui import (
    charts,
    errors,
    jobs,
    layout,
    links,
    saved_runs,
    task_settings,
    use_from_code,
    widgets,
)

_SIZES = (2, 5, 10, 20, 50, 100, 200, 500)
_TASK = "train-photos"
_MODULE = "train_module"


def room() -> None:
    """Settings at the left; the race, or one that was recorded, beside them."""
    lab = data.ensure_lab()
    controls, result = layout.two_parts()
    entrants: list[TrainingSettings] = []
    with controls, errors.shown():
        entrants, place = _controls(lab)
        place.button(
            "Train",
            type="primary",
            icon=":material/model_training:",
            disabled=not entrants,
            on_click=LABS.begin,
            args=(lab, entrants),
        )
        for name in dict.fromkeys(settings.strategy for settings in entrants):
            st.caption(f"**{lanes.STRATEGY_TITLES[name]}.** {STRATEGIES[name]}")
    with result:
        widgets.module_question(_MODULE)
        advice.panel(lab, entrants[0] if entrants else TrainingSettings())
        _result(lab)
        use_from_code.show(
            *(
                use_from_code.call(_TASK, **asdict(settings))
                for settings in entrants
                if settings.photos_per_class is None
            )
        )


def run_again() -> None:
    """Repeat the race on the data set as it is corrected now; to be called in a callback."""
    lab = LABS.current()
    if lab is not None and lab.race is not None:
        LABS.begin(lab, settings_of(lab.race))
    layout.enter_room("Train")


def _controls(lab: Lab) -> tuple[list[TrainingSettings], DeltaGenerator]:
    """What to train, and a place for the button that does, above what is seldom changed."""
    how = widgets.choice("Experiment", ["Strategies", "Learning curve"], key="train_how")
    chosen = st.pills(
        "Strategies",
        list(lanes.STRATEGY_TITLES),
        selection_mode="multi",
        default=["features", "fine_tune", "scratch"],
        format_func=lanes.STRATEGY_TITLES.__getitem__,
        key="train_strategies",
        bind="query-params",
        wrap=True,
    )
    place = st.container()
    names = [name for name in lanes.STRATEGY_TITLES if name in chosen]
    backbones = _backbones()
    side_by_side = _side_by_side(backbones)
    seed = task_settings.count_input(_TASK, "seed", key="train_seed")
    common = TrainingSettings(seed=seed)
    with st.expander("More settings"):
        common = _more(common)
        depth = _depth(backbones) if "fine_tune" in names else None
        frozen = [*side_by_side, *_module()]
    dataset = lab.corrected().dataset
    split = split_of(dataset, common)
    st.caption(
        f"{counted(len(split.train), 'training photo')}, "
        f"{counted(len(split.validation), 'validation photo')} "
        f"for early stopping, {counted(len(split.test), 'test photo')} not used in training."
    )
    if how == "Strategies":
        sizes: list[int | None] = [None]
    else:
        most = max(dataset.at(split.train).counts().values())
        sizes = [*[size for size in _SIZES if size < most], None]
    return [
        replace(
            common,
            strategy=name,
            backbone=backbone,
            photos_per_class=size,
            depth=depth if name == "fine_tune" else None,
        )
        for name in names
        for backbone in _backbones_for(name, backbones, frozen)
        for size in sizes
    ], place


def _backbones() -> list[str]:
    """Networks to train on: each strategy is tried with each of them."""
    on_disk = [spec.name for spec in widgets.image_networks_on_disk() if spec.feature_layers]
    titles = widgets.titles_of(on_disk or [DEFAULT_BACKBONE])
    key = "train_backbone"
    links.name_unknown(key, list(titles.values()), next(iter(titles)))
    chosen = st.multiselect(
        "Backbones",
        list(titles),
        default=[next(iter(titles))],
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
        wrap=True,
        help=(
            "Pretrained networks; each strategy is tried with each of them. Listed are the "
            "networks on this machine."
        ),
    )
    return [name for name in titles if name in chosen]


def _side_by_side(backbones: list[str]) -> list[str]:
    """The name of all networks side by side, if that is wanted."""
    can_be = 2 <= len(backbones) <= MOST
    is_wanted = st.toggle(
        "Also side by side",
        key="train_side_by_side",
        bind="query-params",
        disabled=not can_be,
        help=(
            f"With two to {MOST} backbones: frozen features of all of them together, as of one "
            "wider network."
        ),
    )
    return [SEPARATOR.join(backbones)] if is_wanted and can_be else []


def _module() -> list[str]:
    """A TF-Hub module as one more backbone, if there is one."""
    module = widgets.module_input(
        key=_MODULE,
        label="A TF-Hub module as one more backbone",
        help="A feature vector of TF-Hub, by its URL or as the folder of a SavedModel. It stays "
        "frozen.",
    )
    return [module] if module else []


def _backbones_for(strategy: Strategy, backbones: list[str], frozen: list[str]) -> list[str]:
    """What a strategy is tried with; `frozen` ones cannot be tuned."""
    if not lanes.takes_backbone(strategy):
        return [DEFAULT_BACKBONE]
    return [*backbones, *frozen] if strategy in FROZEN else backbones


def _more(settings: TrainingSettings) -> TrainingSettings:
    """With what is seldom changed."""
    test = task_settings.slider(_TASK, "test_share", key="train_test_share")
    validation = task_settings.slider(_TASK, "validation_share", key="train_validation_share")
    epochs = task_settings.optional_input(_TASK, "epochs", key="train_rounds")
    patience = task_settings.optional_input(_TASK, "patience", key="train_patience")
    rate = task_settings.optional_select_slider(_TASK, "learning_rate", key="train_rate")
    dropout = task_settings.optional_select_slider(_TASK, "dropout", key="train_dropout")
    units = task_settings.optional_select_slider(
        _TASK, "hidden_units", key="train_hidden", unset="none"
    )
    return replace(
        settings,
        test_share=test,
        validation_share=validation,
        epochs=int(epochs) if epochs else None,
        patience=int(patience) if patience else None,
        learning_rate=rate,
        dropout=dropout,
        hidden_units=int(units) if units else None,
    )


def _depth(backbones: list[str]) -> str | None:
    """After which layer the backbone is tuned, chosen on a drawing of it."""
    if len(backbones) != 1 or backbones[0] not in anatomy.networks():
        st.caption("With one backbone, the layer after which it is tuned can be chosen.")
        return None
    (backbone,) = backbones
    seen, spec = anatomy.anatomy(backbone), zoo.image_network(backbone)
    usual = seen.layers[(seen.last_blocks or 1) - 1].name
    options = list(seen.depths)
    links.follow("train_depth", usual, backbone)
    setting = task_settings.described(_TASK, "depth")
    depth = st.select_slider(
        setting.label,
        options,
        usual,
        key="train_depth",
        bind="query-params",
        help=setting.help,
    )
    states = network_drawing.states(seen, "fine_tune", depth)
    st.plotly_chart(
        network_drawing.drawing(seen, states, spec.input_size, is_small=True),
        config=charts.CONFIG,
        key="train_drawing",
        alt=f"{spec.title}: size of the output of each layer with weights, and which learn",
    )
    st.caption("A bar for each layer, as high as its output has pixels; the green ones learn.")
    return None if depth == usual else depth


def _result(lab: Lab) -> None:
    def view(step: RaceStep, dataset: ImageDataset) -> RaceRecord:
        return record(step, dataset, lab.name)

    _rescue(lab)  # perhaps by another job
    saved_runs.panel(LABS, lab)
    job = jobs.current(LABS.job) if lab.job is not None else None
    if job is not None:
        training_set = lab.corrected() if lab.attempt is None else lab.attempt.training_set
        jobs.panel(
            LABS.job,
            job,
            LABS.progress,
            preview=lambda step: race_view.running(view(step, training_set.dataset)),
            is_steady=False,  # who knows when a training stops early
        )
        LABS.current()  # the job may have ended since
    if lab.race is None:
        if job is None:
            _recorded()
        return
    if lab.job is None or lab.job.is_over:
        _choice(lab)
        advice.held(lab)
        before = view(lab.before, lab.trained_on) if lab.before is not None else None
        race_view.finished(view(lab.race, lab.trained_on), before=before)
        learners.show(lab)
        if lab.ready():
            st.caption("Review the classifiers in “Mistakes” and download them in “Export”.")


def _choice(lab: Lab) -> None:
    """Which of two races to use, if one was cancelled and another had finished before it."""
    if lab.beside is None:
        return
    other = lanes.accuracies(lab.beside[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Show the other race",
            icon=":material/swap_horiz:",
            on_click=lab.swap,
            help="“Mistakes” and “Export” use the classifiers of the race shown here.",
        )
        st.caption(f"There is another race: {other}.")


def _rescue(lab: Lab) -> None:
    """After Cancel: make classifiers of the best weights so far, which takes seconds."""
    stopped = lab.to_rescue()
    if stopped is None or lab.attempt is None:
        return
    dataset = lab.attempt.training_set.dataset
    job = jobs.start(
        LABS.job,
        "Restoring the best weights",
        lambda: cluster.steps(rescue, dataset, stopped, apart=True),
        goes_on=True,
    )
    lab.stopped, lab.job = stopped, job


def _recorded() -> None:
    races = recorded()
    name = widgets.choice(
        "Recorded", [race.data for race in races], key="train_recorded", hidden=True
    )
    race_view.finished(next(race for race in races if race.data == name), is_recorded=True)
