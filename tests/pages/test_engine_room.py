"""Engine room: poor settings, what is in memory, what runs and lies on disk, the model cards."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import engine, zoo
from core.settings import settings
from tests.listed_pages import NAVIGATION


def test_networks_in_memory_are_shown_and_can_be_evicted(visit, asked_first):
    engine.pool.clear()  # other tests may have left it there in another precision
    engine.predictor("efficientnet_lite0")
    app = visit("engine_room.py")
    key = engine.NetworkKey("efficientnet_lite0", None, settings().precision)
    assert key in [entry.key for entry in engine.pool.entries()]
    assert any("**EfficientNet-Lite0** · all outputs" in text.value for text in app.markdown)
    assert f"evict_{tuple(key)}" in asked_first(app)
    app.button(key=f"evict_{tuple(key)}").click().run()
    assert not app.exception
    assert key not in [entry.key for entry in engine.pool.entries()]
    assert not any("**EfficientNet-Lite0** · all outputs" in t.value for t in app.markdown)


def test_a_room_of_strangers_sees_everything_and_changes_nothing(visit, monkeypatch):
    engine.predictor("efficientnet_lite0")
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET", "2048")  # a poor setting
    others = visit("engine_room.py")
    assert any("whoever reaches this server may do everything" in t.value for t in others.caption)
    assert others.warning and {button.label for button in others.button} >= {
        "Evict", "Remove compiled networks", "Remove downloaded weights"
    }  # fmt: skip
    monkeypatch.setenv("GRAFT_ACCESS", "open")
    app = visit("engine_room.py")
    assert any("Access is open" in text.value for text in app.caption)
    assert any("**EfficientNet-Lite0** · all outputs" in text.value for text in app.markdown)
    labels = {button.label for button in app.button}
    assert not {label for label in labels if label.startswith(("Evict", "Remove"))}
    assert not [box for box in app.warning if "GRAFT" in box.value]
    assert not [text for text in app.caption if str(settings().cache) in text.value]


def test_a_layer_in_memory_has_a_plain_name(visit):
    engine.predictor("efficientnet_lite0", layer="block4a_expand_activation")
    app = visit("engine_room.py")
    title = "Middle layer: textures and patterns (block4a_expand_activation)"
    assert any(f"**EfficientNet-Lite0** · {title}" in text.value for text in app.markdown)


def test_poor_settings_are_listed_with_what_would_be_better(visit, monkeypatch):
    monkeypatch.delenv("GRAFT_NO_SKIPS", raising=False)
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET", "2048")
    app = visit("engine_room.py")
    (said,) = [text.value for text in app.warning if "GRAFT" in text.value]
    assert "no setting GRAFT\\_MEMORY\\_BUDGET, so" in said
    assert "Did you mean GRAFT\\_MEMORY\\_BUDGET\\_MIB?" in said
    monkeypatch.delenv("GRAFT_MEMORY_BUDGET")
    assert not [text for text in app.run().warning if "GRAFT" in text.value]


def test_an_empty_pool_is_explained(visit):
    app = visit("engine_room.py")
    engine.pool.clear()
    app.run()
    assert any("No networks yet" in caption.value for caption in app.caption)


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The table with that column, by its values."""
    (rows,) = [each.value for each in app.dataframe if column in each.value.columns]
    return rows.set_index(column)


def test_it_shows_what_takes_how_much_memory_and_how_much_it_may(visit, monkeypatch):
    monkeypatch.delenv("GRAFT_MEMORY_BUDGET_MIB", raising=False)
    engine.predictor("efficientnet_lite0")
    st.cache_data.clear()
    visit("home.py")  # its results are cached
    rows = table(visit("engine_room.py"), "What")
    used, bound = rows["MiB"], rows["At most, MiB"]
    pool = engine.pool.statistics()
    assert used["Networks"] == pytest.approx(pool.used / 2**20)
    assert bound["Networks"] == pool.budget / 2**20
    assert rows.loc["Caches of results on pages", "Number"] > 0
    assert bound["Results that sessions share"] == 128
    assert bound["All that visitors hold"] == 4096
    assert bound["All of these"] == 1024 + 384 + 4096
    parts = used.drop(["All that visitors hold", "All of these", "The process, with libraries"])
    assert used["All of these"] == pytest.approx(parts.sum())
    assert used["The process, with libraries"] > used.drop("The process, with libraries").max()


def test_jobs_of_all_sessions_are_listed(visit):
    job = engine.jobs.submit(lambda: iter([1, 2]), title="Counting to two", owner="somebody")
    assert job.wait(10)
    app = visit("engine_room.py")
    rows = table(app, "Job")
    assert rows.loc["Counting to two", "State"] == "done"
    assert rows.loc["Counting to two", "Session"] == "somebody"


def test_ones_own_jobs_can_be_cancelled_here_and_no_others(visit):
    app = visit("engine_room.py")
    mine, other = (
        engine.jobs.submit(lambda: itertools.repeat(None), title=title, owner=owner, is_long=True)
        for title, owner in (
            ("Counting *mine*", app.session_state["visitor"].name),
            ("Counting others'", "somebody else"),
        )
    )
    try:
        app.run()
        buttons = [b for b in app.button if b.label == "Cancel"]
        assert len(buttons) == 1
        buttons[0].click().run()
        assert mine.wait(10) and not other.is_over
        app.run()
        assert not [b for b in app.button if b.label == "Cancel"]
        rows = table(app, "Job")
        assert list(rows.loc["Counting *mine*", ["State", "Session"]]) == ["cancelled", "yours"]
    finally:
        engine.jobs.cancel(other)
    assert other.wait(10)


def test_disk_use_is_shown_and_removal_asks_twice(visit):
    app = visit("engine_room.py")
    boxes = [box for box in app.get("popover") if box.proto.popover.label == "Remove…"]
    assert len(boxes) == 2
    for box in boxes:
        assert any(button.label.startswith("Remove ") for button in box.button)
    assert int(app.metric[0].value.split()[0].replace(",", "")) > 0
    remove = next(b for b in app.button if b.label == "Remove downloaded weights")
    assert remove.disabled
    app.checkbox[0].check().run()
    assert not next(b for b in app.button if b.label == "Remove downloaded weights").disabled


def test_removing_compiled_networks_empties_that_part_of_the_cache(visit, own_cache):
    made = own_cache / "compiled" / "tiny-0"
    made.mkdir(parents=True)
    (made / "model.bin").write_bytes(bytes(3 << 20))
    app = visit("engine_room.py")
    assert app.metric[0].value == "3 MiB"
    next(b for b in app.button if b.label == "Remove compiled networks").click().run()
    assert not app.exception
    assert app.metric[0].value == "0 MiB"
    assert not made.exists()


@pytest.mark.parametrize("spec", zoo.networks(), ids=lambda spec: spec.name)
def test_every_network_has_a_card_at_its_address(visit_room, spec):
    card = visit_room(spec.title)
    assert f"| **Licence of the weights** | {spec.licence} |" in card
    assert f"| **Reference** | {spec.reference} |" in card


@pytest.fixture(scope="module")
def visit_room():
    """A function from a title to the card on the page; one visitor looks at them all."""
    app = AppTest.from_file(NAVIGATION, default_timeout=60).switch_page("engine_room.py").run()

    def card(title: str) -> str:
        app.selectbox(key="card").select(title).run()
        assert not app.exception
        return "\n".join(text.value for text in app.markdown)

    return card
