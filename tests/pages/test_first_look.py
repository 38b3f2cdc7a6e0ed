"""A first look at texts and sounds: the sample, corrections, what can be downloaded."""

from __future__ import annotations

import pytest

from pages._documents.first_look import ROOM as TEXTS
from pages._sounds.first_look import ROOM as SOUNDS

ROOMS = [
    pytest.param("documents.py", TEXTS, "text", id="texts"),
    pytest.param("sounds.py", SOUNDS, "recording", id="sounds"),
]


def said(app) -> str:
    return "\n".join(each.value for each in (*app.caption, *app.markdown, *app.subheader))


@pytest.mark.parametrize(("page", "room", "noun"), ROOMS)
def test_the_room_opens_on_the_sample_that_the_server_looked_at(visit, page, room, noun, messages):
    steps = list(room.prepare())
    assert steps[-1].stage == "done"
    assert list(room.prepare()) == [steps[-1]]
    app = visit(page, room="First look")
    assert messages(app) == []
    assert room.job not in app.session_state
    work = app.session_state[f"{room.training.trainer.job}_desk"]
    assert f"{len(work.original.members)} {noun}s" in said(app)
    assert "What to look at" in said(app)
    assert "classes" in said(app)


@pytest.mark.parametrize(("page", "room", "noun"), ROOMS)
def test_a_correction_is_that_of_the_training_too(visit, page, room, noun, messages):
    list(room.prepare())
    app = visit(page, room="First look")
    menu = next(m for m in app.get("menu_button") if m.key == f"{room.prefix}correct")
    menu.click("Exclude").run()
    work = app.session_state[f"{room.training.trainer.job}_desk"]
    assert work.corrections == {0: None}
    assert "1 correction; training uses them" in said(app)
    app.button(key=f"{room.prefix}take_back").click().run()
    assert work.corrections == {}
    assert messages(app) == []


@pytest.mark.parametrize(("page", "room", "noun"), ROOMS)
def test_what_was_looked_at_is_not_embedded_again_for_training(page, room, noun):
    work = room.training.sample()
    *_, last = room.explore(work.original, work.cache)
    (network,) = {name for name, _ in work.cache.vectors}
    assert work.cache.missing(network, work.original.digests) == []
    assert last.vectors.shape[0] == len(work.original.members)
