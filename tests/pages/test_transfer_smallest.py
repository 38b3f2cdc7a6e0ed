"""The Smallest transfer room: what it opens on, and a run of one's own."""

from __future__ import annotations

from core.smallest_transfer import recorded


def test_the_room_opens_on_a_run_that_is_said_to_be_recorded(visit):
    app = visit("transfer.py", room="Smallest example")
    (origin,) = [c.value for c in app.caption if c.value.startswith("Recorded, not run now")]
    assert recorded().made["date"] in origin
    moved = app.dataframe[0].value.set_index("Target task")["Change"]
    assert moved["frozen"] == 0 and (moved["learns"] > 0).all()


def test_a_run_of_ones_own_replaces_it_and_hangs_on_the_settings(visit, finish):
    app = visit("transfer.py", room="Smallest example", iris_seed="4", iris_examples="5")
    app.button(key="iris_start").click().run()
    finish(app, "iris")
    step = app.session_state["iris"].snapshot
    assert (step.settings.seed, step.settings.examples) == (4, 5)
    assert not [c for c in app.caption if c.value.startswith("Recorded, not run now")]
    (finding,) = [m.value for m in app.markdown if "the transferred network classifies" in m.value]
    assert "15 labelled flowers" in finding
    frozen = [layer for layer in step.layers if layer.is_frozen]
    assert frozen and all(layer.moved == 0 for layer in frozen)


def test_a_link_with_other_settings_says_that_start_runs_them(visit):
    app = visit("transfer.py", room="Smallest example", iris_seed="4")
    assert [note.value for note in app.info] == [
        "This is a run with other settings; Start runs yours."
    ]
