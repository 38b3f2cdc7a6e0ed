"""The table of tasks: each is described in full, and a new one is everywhere at once."""

from __future__ import annotations

import json

import pytest
import typer
from pydantic import ValidationError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from core.api.app import web_api
from core.cli.task_commands import add_commands
from core.errors import GraftError, UnknownNameError
from core.tasks import TASKS, task
from tests.made_up_task import REPEAT


def test_a_task_that_is_made_up_is_in_the_api_and_described_there():
    client = TestClient(web_api([REPEAT]))
    assert client.post("/repeat", json={"text": "ha", "times": 3}).json() == {
        "text": "ha ha ha",
        "letters": 8,
    }
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    operation = described["paths"]["/repeat"]["post"]
    assert operation["summary"] == "Say it again"
    body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    times = described["components"]["schemas"][body.rsplit("/", 1)[1]]["properties"]["times"]
    assert (times["minimum"], times["maximum"], times["default"]) == (1, 9, 2)


def test_a_task_that_is_made_up_is_a_command_with_its_settings_as_options():
    app = typer.Typer()
    add_commands(app, {"repeat": REPEAT, "again": REPEAT})
    run = CliRunner().invoke
    result = run(app, ["repeat", "ha", "--times", "3", "--json"])
    assert json.loads(result.stdout) == {"input": "ha", "text": "ha ha ha", "letters": 8}
    refused = run(app, ["repeat", "ha", "--times", "10"])
    assert refused.exit_code == 2
    assert "--times" in refused.stderr
    assert "How often to say it." in run(app, ["repeat", "--help"]).stdout


@pytest.mark.parametrize("each", TASKS.values(), ids=lambda each: each.name)
def test_a_task_is_described_in_full(each):
    assert each.title and each.about.endswith(".")
    for name, field in each.settings.model_fields.items():
        assert field.title, f"{each.name}: {name}"
    with pytest.raises(ValidationError):
        each.settings(nonsense=1)


@pytest.mark.parametrize("each", TASKS.values(), ids=lambda each: each.name)
def test_numbers_have_bounds(each):
    schema = each.settings.model_json_schema()["properties"]
    for name, described in schema.items():
        kinds = described.get("anyOf", [described])
        for kind in kinds:
            if kind.get("type") in ("integer", "number"):
                assert {"minimum", "exclusiveMinimum"} & kind.keys(), f"{each.name}: {name}"


def test_an_unknown_task_is_refused_with_close_names():
    assert task("classify") is TASKS["classify"]
    with pytest.raises(UnknownNameError, match="classify"):
        task("clasify")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "Expected reviews. Received: nothing of that name."),
        ({"reviews": "Fine."}, "Expected reviews as a list. Received: a single one."),
        ({"reviews": ["Fine."], "review": "Fine."}, "no input named 'review'. Did you mean"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_a_sentence(inputs, reason):
    sentiment = TASKS["sentiment"]
    with pytest.raises(GraftError, match=reason):
        sentiment(inputs, sentiment.settings())
