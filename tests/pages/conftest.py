"""Pages as visitors find them, without a browser."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from core import engine
from core.media import encode_jpeg
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import RaceStep, race
from core.vision.transfer.training_run import TrainingSettings
from pages._transfer.state import Lab
from pages._ui.training_set import TrainingSet
from tests.listed_pages import NAVIGATION, PAGE_FILES


@pytest.fixture(scope="module", autouse=True)
def earlier_tests_cost_nothing() -> None:
    """Streamlit collects garbage after every run, and networks of other tests are many objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def scripts_are_compiled_once() -> Iterator[None]:
    """A server compiles each page once; AppTest would do so for every run."""
    scripts = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: scripts)
        yield


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """For components, as a server does when it starts; AppTest would do so for every visitor."""
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session", autouse=True)
def all_jobs_end() -> Iterator[None]:
    """An interpreter that leaves while a job is inside OpenVINO is aborted."""
    yield
    for queue in (engine.jobs, engine.downloads):
        for job in queue.jobs():
            queue.cancel(job)
            job.wait(60)


@pytest.fixture
def asked_first() -> Callable[[AppTest], set[str | None]]:
    """A function from a page to the keys of buttons that a first button opens."""

    def keys(app: AppTest) -> set[str | None]:
        return {button.key for box in app.get("popover") for button in box.button}

    return keys


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """A function that opens a page as a new visitor, with settings in the URL."""

    def open_page(page: str, **settings: str | list[str]) -> AppTest:
        return opened(page, settings)

    return open_page


def opened(page: str, settings: dict[str, str | list[str]], **state: Any) -> AppTest:
    """A page as a new visitor finds it who follows a link, with `state` in the session."""
    app = AppTest.from_file(NAVIGATION, default_timeout=180)  # a library may be compiled first
    if page != PAGE_FILES[0]:
        app.switch_page(page)
    for name, value in state.items():
        app.session_state[name] = value
    for name, value in settings.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def open_tab(app: AppTest, key: str, name: str) -> None:
    """Choose a tab, as the next run is told by a browser: by its value and in the address."""
    app.session_state[key] = app.query_params[key] = name


@pytest.fixture
def finish() -> Callable[[AppTest, str], None]:
    """A function that waits for a visitor's job and draws the page again, as a browser does."""

    def wait(app: AppTest, job: str) -> None:
        assert app.session_state[job].wait(100)  # seconds; a busy machine takes long
        app.run()
        assert not app.exception

    return wait


@pytest.fixture
def in_this_process(monkeypatch) -> None:
    """What pages leave to another process is done here, where TensorFlow is loaded already."""
    monkeypatch.setattr(engine, "run_in_process", lambda work, *arguments: work(*arguments))


@pytest.fixture
def messages() -> Callable[[AppTest], list[str]]:
    """A function that lists the errors and warnings on a page."""

    def read(app: AppTest) -> list[str]:
        assert not app.exception
        return [box.value for box in (*app.error, *app.warning)]

    return read


@pytest.fixture
def unbound() -> Callable[[AppTest], list[str]]:
    """A function that lists the choices of a page that its URL does not say."""
    kinds = ("slider", "number_input", "selectbox", "multiselect", "toggle", "button_group")

    def read(app: AppTest) -> list[str]:
        assert not app.exception
        protos = [widget.proto for kind in kinds for widget in app.get(kind)]
        assert protos
        return [proto.label or proto.id for proto in protos if not proto.query_param_key]

    return read


@pytest.fixture(scope="session")
def trained() -> tuple[ImageDataset, RaceStep]:
    """Drawn pictures of three colours, a few with a wrong label, and two classifiers of them."""
    rng = np.random.default_rng(0)
    colours = {"blue": (40, 60, 200), "green": (40, 180, 70), "red": (200, 50, 40)}

    def picture(name: str) -> bytes:
        noisy = np.array(colours[name]) + rng.normal(0, 30, (90, 110, 3))
        return encode_jpeg(noisy.clip(0, 255).astype(np.uint8))

    drawn = {name: [name] * 12 for name in colours}
    for name, other in (("blue", "green"), ("green", "red"), ("red", "blue")):
        drawn[name] += [other] * 2
    dataset = ImageDataset.from_classes(
        {
            name: [(f"{name}/{i}.jpg", picture(shown)) for i, shown in enumerate(every)]
            for name, every in drawn.items()
        }
    )
    common = TrainingSettings(test_share=0.4)
    return dataset, list(race(dataset, [common, replace(common, photos_per_class=3)]))[-1]


@pytest.fixture
def lab(trained) -> Lab:
    """A visitor's work, with two classifiers."""
    dataset, step = trained
    everything = np.arange(len(dataset.photos))
    return Lab(dataset, "Colours", training_set=TrainingSet(dataset, everything), race=step)


@pytest.fixture
def enter(lab) -> Callable[..., AppTest]:
    """A function that opens a room of the transfer lab for a visitor who has trained."""

    def open_room(room: str, **settings: str) -> AppTest:
        return opened("transfer.py", {"room": room, **settings}, lab=lab)

    return open_room
