"""The API answers as its OpenAPI document says, whatever is sent: Schemathesis, with all checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from core import engine
from core.api import app as api
from core.api.jobs import JobTable

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
def operations():
    """Those of all tasks, whose jobs wait for ever."""
    config = schemathesis.Config.from_path(CONFIGURATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "JobTable", lambda: JobTable(engine.JobQueue(workers=0)))
        app = api.web_api()
    described = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    return [operation.ok() for operation in described.get_all_operations()]


@pytest.mark.parametrize("mode", GenerationMode)
def test_answers_are_as_described(mode, operations):
    for operation in operations:
        if mode is GenerationMode.POSITIVE or operation.body or operation.query:
            check(operation.as_strategy(generation_mode=mode))


def check(cases):
    @settings(
        max_examples=2,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def is_as_described(case):
        case.call_and_validate()

    is_as_described()


@pytest.mark.slow
def test_the_real_server_answers_as_described(start_server, tmp_path):
    server = start_server(GRAFT_API_RATE="100000 per second")
    command = [Path(sys.executable).with_name("st"), f"--config-file={CONFIGURATION}", "run"]
    command += [f"{server.url}/api/openapi.json", "--max-examples=20", "--continue-on-failure"]
    run = subprocess.run(
        [*command, "--request-timeout=120", "--max-time=600", "--no-color"],
        cwd=tmp_path,  # it leaves a cache
        capture_output=True,
        text=True,
        check=False,
    )
    print(run.stdout)
    assert run.returncode == 0, run.stdout[-20_000:]
    assert "Traceback" not in server.log
