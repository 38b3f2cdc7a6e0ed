"""A process that is killed while it saves: what it said was saved is there, and all opens."""

from __future__ import annotations

import json
import re

from sqlalchemy import delete

from core.projects.tables import CorrectionRow
from tests.bench.project_kills import Promised


def test_a_killed_process_loses_nothing_that_was_saved(python):
    code = "import runpy, sys; sys.argv = ['kills', '--times', '8', '--seed', '1'];"
    printed = python(code + "runpy.run_module('tests.bench.project_kills', run_name='__main__')")
    kills, projects, items, _, missing = map(int, re.findall(r"(\d+)(?= [kpic]|;)", printed)[:5])
    assert (kills, missing) == (8, 0)
    assert projects > 3
    assert items > 3


def test_what_is_missing_is_noticed(local_store, local):
    project = local_store.create("Garden")
    photos = project.add("photos", "Photos", {}, {"data": b"many"})
    project.correct(photos, 3, "dog", tested=False)
    promised = Promised()
    for event in (
        {"event": "project", "token": project.token},
        {
            "event": "item",
            "token": project.token,
            "id": photos.id,
            "digest": photos.parts["data"].digest,
        },
        {"event": "begin", "token": project.token, "id": photos.id, "position": 3},
        {
            "event": "correction",
            "token": project.token,
            "id": photos.id,
            "position": 3,
            "label": "dog",
        },
    ):
        promised.add(json.dumps(event))

    def missing() -> list[str]:
        return list(promised.missing(local_store, {project.token}))

    assert missing() == []
    with local_store.database.writing() as session:
        session.execute(delete(CorrectionRow))
    assert missing() == [f"correction 3 of {photos.id}"]
    project.remove(photos)
    assert f"item {photos.id}" in missing()
