"""Home: what there is to see, and the state of this machine."""

from __future__ import annotations

import pytest

from core import engine, zoo


def test_it_shows_a_picture_and_a_link_for_every_room(visit):
    app = visit("home.py")
    assert not app.error
    assert [link.value for link in app.page_link] == [
        "**Upload and classify**",
        "**Backbone comparison**",
        "**Transfer lab**",
        "**Film reviews**",
        "**Documents**",
        "**Sounds**",
        "**Captions**",
        "**Colour**",
        "**Style transfer**",
        "**DeepDream and filters**",
        "**Engine room**",
    ]
    assert len(app.get("image")) == 8
    assert len(app.get("plotly_chart")) == 2
    assert "a race recorded on" in app.caption[2].value
    assert "espresso" in app.caption[0].value
    assert "the sentences that decide it" in app.caption[3].value


def test_it_states_what_this_machine_has(visit):
    facts = {metric.label: metric.value for metric in visit("home.py").metric}
    assert facts["Networks in memory"] == str(len({e.key.name for e in engine.pool.entries()}))
    on_disk = sum(zoo.is_on_disk(spec) for spec in zoo.networks())
    assert facts["Networks on disk"] == f"{on_disk} of {len(zoo.networks())}"
    assert facts["Internet"] == "on request"


@pytest.mark.parametrize("access", ["local", "open"])
def test_it_says_who_may_do_what(visit, monkeypatch, access):
    monkeypatch.setenv("GRAFT_ACCESS", access)
    assert f"Access is {access}" in visit("home.py").caption[-1].value


def test_without_weights_it_says_how_to_fetch_them(visit, monkeypatch):
    from core.zoo import sources
    from pages._ui import cached_photos

    monkeypatch.setattr(sources, "locate", lambda source: None)
    engine.pool.clear()
    for results in (cached_photos.explain, cached_photos.activations):
        results.clear()
    app = visit("home.py")
    assert "graft fetch efficientnet_lite0" in app.error[0].value
    assert app.metric  # the rest of the page is there
