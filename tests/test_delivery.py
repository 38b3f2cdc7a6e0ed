"""Dockerfile and deploy/: what linters say, and what whoever runs them relies on."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import requests
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from core.settings import NAMES
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
IMAGE = f"graft:{PROJECT['version']}"
KUBERNETES = ("1.33", "1.37")  # what providers run, and the newest that is known
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
MANIFESTS: list[dict[str, Any]] = [
    *yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text("utf-8"))
]
OF_GRAFT = [name for name, each in COMPOSE["services"].items() if each["image"].startswith("graft")]
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY$|DATABASE$")
UNITS = {"m": 1 << 20, "g": 1 << 30, "Mi": 1 << 20, "Gi": 1 << 30}


def instructions() -> list[tuple[str, str]]:
    """Those of the Dockerfile, each with its rest in one line."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


def last(name: str) -> str:
    return [rest for each, rest in instructions() if each == name][-1]


def manifest(kind: str, name: str) -> dict[str, Any]:
    (found,) = (m for m in MANIFESTS if (m["kind"], m["metadata"]["name"]) == (kind, name))
    return found


RAY = manifest("RayCluster", "graft-ray")["spec"]
HEAD, (WORKERS,) = RAY["headGroupSpec"], RAY["workerGroupSpecs"]
DASHBOARD = manifest("Deployment", "graft-dashboard")["spec"]["template"]
PODS = {"head": HEAD["template"], "workers": WORKERS["template"], "dashboard": DASHBOARD}


def container(pod: str) -> dict[str, Any]:
    (found,) = PODS[pod]["spec"]["containers"]
    return found


def size(text: str) -> int:
    """In bytes, as Docker and Kubernetes write it; of `${NAME:-default}` the default."""
    number, unit = re.fullmatch(r"(?:\$\{\w+:-)?(\d+)(\w+)\}?", text).groups()
    return int(number) * UNITS[unit]


def linted(*command: str | Path) -> str:
    """What a linter says of a file with which it is not content."""
    program = shutil.which(command[0], path=Path(sys.executable).parent) or str(command[0])
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_hadolint_is_content_with_the_dockerfile(tmp_path):
    assert linted("hadolint", ROOT / "Dockerfile") == ""
    (tmp_path / "Dockerfile").write_text("FROM python\n")
    assert "DL3006" in linted("hadolint", tmp_path / "Dockerfile")


def test_the_compose_file_follows_its_schema(tmp_path):
    check = ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    assert linted(*check, DEPLOY / "compose.yaml") == ""
    (tmp_path / "compose.yaml").write_text("services: {a: {image: b, memory: 1g}}")
    assert "memory" in linted(*check, tmp_path / "compose.yaml")


@pytest.mark.parametrize("version", KUBERNETES)
def test_manifests_follow_the_schemas_of_kubernetes(version):
    """That of RayCluster is in no package, but those of the pods that it describes are."""
    known = [each for each in MANIFESTS if each["kind"] != "RayCluster"]
    pods = [{"apiVersion": "v1", "kind": "PodTemplate", "template": PODS[name]} for name in PODS]
    for each in [*known, *pods]:
        kubernetes_validate.validate(each, version, strict=True)
    pods[0]["template"] = {"spec": {"container": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pods[0], version, strict=True)


def test_every_variable_of_graft_is_a_setting():
    files = [ROOT / "Dockerfile", *DEPLOY.iterdir()]
    assert {".env.example", "compose.yaml", "kuberay.yaml"} <= {path.name for path in files}
    for path in files:
        assert {*re.findall(r"GRAFT_[A-Z_]+", path.read_text("utf-8"))} <= {*NAMES}, path.name


def test_python_and_ray_are_those_of_the_requirements():
    (base,) = {
        rest for name, rest in instructions() if name == "FROM" and rest.startswith("python")
    }
    version = re.match(r"python:(\d+\.\d+\.\d+)-", base)[1]
    assert version in SpecifierSet(PROJECT["requires-python"])
    lines = (ROOT / "requirements-cluster.txt").read_text("utf-8").splitlines()
    pins = {Requirement(line).name: Requirement(line) for line in lines if line[0] != "#"}
    assert str(pins["ray"].specifier) == f"=={RAY['rayVersion']}"
    extras = {"cluster", "postgres", "s3"}
    needed = {Requirement(r).name for e in extras for r in PROJECT["optional-dependencies"][e]}
    assert needed <= pins.keys()  # of which the image is made


def test_dashboards_and_nodes_run_one_image():
    assert {COMPOSE["services"][name]["image"] for name in OF_GRAFT} == {
        f"graft:${{TAG:-{PROJECT['version']}}}"
    }
    assert {"dashboard", "ray-head", "ray-worker"} <= {*OF_GRAFT}
    assert {container(pod)["image"] for pod in PODS} == {IMAGE}


def test_nobody_is_root_and_the_image_is_only_read():
    stages: dict[str, str] = {}  # with the user of each
    for name, rest in instructions():
        if name == "FROM":
            source, _, stage = rest.partition(" AS ")
            stages[stage] = stages.get(source, "root")
        elif name == "USER":
            stages[stage] = rest
    assert stages["cpu"] == stages["gpu"] == "1000:1000"
    for name in OF_GRAFT:
        service = COMPOSE["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert not {"user", "privileged", "cap_add"} & service.keys(), name
    for name, pod in PODS.items():
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert pod["spec"]["securityContext"]["runAsUser"] == 1000
        security = container(name)["securityContext"]
        assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
        mounted = {volume["mountPath"] for volume in container(name)["volumeMounts"]}
        assert mounted >= {"/tmp", *json.loads(last("VOLUME"))}


def values(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every environment variable and setting in a file, with its value."""
    if isinstance(tree, list):
        for each in tree:
            yield from values(each)
    elif isinstance(tree, dict):
        if {"name", "value"} <= tree.keys():
            yield tree["name"], tree["value"]
        for key, each in tree.items():
            yield from values(each, key)
    elif name:
        yield name, tree


def test_secrets_come_from_outside():
    found = [(name, value) for name, value in values([COMPOSE, MANIFESTS]) if SECRET.search(name)]
    assert {"POSTGRES_PASSWORD", "AWS_SECRET_ACCESS_KEY", "RAY_AUTH_TOKEN"} <= {n for n, _ in found}
    for name, value in found:
        assert re.search(r"\$\{[A-Z0-9_]+:\?", str(value)), name
    assert "Secret" not in {each["kind"] for each in MANIFESTS}
    example = (DEPLOY / ".env.example").read_text("utf-8")
    filled = dict(re.findall(r"^(?:# )?([A-Z0-9_]+)=(.*)$", example, re.M))
    assert {name for name, _ in found if name in filled} == {"POSTGRES_PASSWORD", "RAY_AUTH_TOKEN"}
    assert [name for name, value in filled.items() if SECRET.search(name) and value] == []
    asked = re.findall(r"\$\{([A-Z0-9_]+)", (DEPLOY / "compose.yaml").read_text("utf-8"))
    assert {*asked} <= filled.keys()
    assert "deploy/.env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_the_ports_of_ray_are_reached_from_inside_alone():
    services = COMPOSE["services"]
    assert [name for name in services if "ports" in services[name]] == ["dashboard"]
    assert services["dashboard"]["ports"] == ["127.0.0.1:${PORT:-8501}:8501"]
    assert COMPOSE["networks"]["inside"]["internal"]
    assert {*services} - {"dashboard"} == {
        name for name in services if services[name]["networks"] == ["inside"]
    }
    policy = manifest("NetworkPolicy", "graft-ray")["spec"]
    assert policy["podSelector"]["matchLabels"] == {"ray.io/cluster": "graft-ray"}
    own, dashboards = policy["ingress"]
    assert own == {"from": [{"podSelector": policy["podSelector"]}]}
    labels = {"app.kubernetes.io/name": "graft-dashboard"}
    assert dashboards["from"] == [{"podSelector": {"matchLabels": labels}}]
    assert labels.items() <= DASHBOARD["metadata"]["labels"].items()
    assert [port["port"] for port in dashboards["ports"]] == [10001]
    assert RAY["authOptions"] == {"mode": "token"} and HEAD["serviceType"] == "ClusterIP"


def test_nodes_have_the_settings_of_dashboards():
    environments = {name: COMPOSE["services"][name]["environment"] for name in OF_GRAFT}
    nowhere_else = {"GRAFT_CLUSTER", "GRAFT_HELD_MIB", "GRAFT_MEMORY_BUDGET_MIB"}
    shared = environments["dashboard"].items() - {
        item for item in environments["dashboard"].items() if item[0] in nowhere_else
    }
    assert {"GRAFT_DATABASE", "GRAFT_BLOBS", "RAY_AUTH_TOKEN"} <= dict(shared).keys()
    assert all(shared <= environment.items() for environment in environments.values())
    assert container("head")["envFrom"] == container("workers")["envFrom"]
    assert container("head")["envFrom"] == container("dashboard")["envFrom"]


def starts() -> Iterator[tuple[str, int, int, int]]:
    """Of each node its name, and bytes of its objects, of /dev/shm and of all its memory."""
    for name in ("ray-head", "ray-worker"):
        service = COMPOSE["services"][name]
        options = dict(part.split("=") for part in service["command"] if "=" in part)
        objects = int(options["--object-store-memory"])
        yield name, objects, size(service["shm_size"]), size(service["mem_limit"])
    for name, group in (("head", HEAD), ("workers", WORKERS)):
        volumes = {v["name"]: v["emptyDir"] for v in PODS[name]["spec"]["volumes"]}
        memory = container(name)["resources"]["limits"]["memory"]
        objects = int(group["rayStartParams"]["object-store-memory"])
        yield name, objects, size(volumes["shm"]["sizeLimit"]), size(memory)


def test_objects_of_ray_fit_into_shared_memory_and_that_into_the_container():
    assert len([*starts()]) == 4
    for name, objects, shared_bytes, memory in starts():
        assert 0.8 * shared_bytes < objects < shared_bytes < memory / 3, name


def test_what_visitors_can_fill_fits_into_the_memory_of_a_dashboard():
    mib = 1024 + 384  # of networks and results, by default
    environment = COMPOSE["services"]["dashboard"]["environment"]
    held = {each["name"]: each.get("value") for each in container("dashboard")["env"]}
    for value, limit in (
        (environment["GRAFT_HELD_MIB"], COMPOSE["services"]["dashboard"]["mem_limit"]),
        (held["GRAFT_HELD_MIB"], container("dashboard")["resources"]["limits"]["memory"]),
    ):
        assert (mib + int(value) + 2048) << 20 < size(limit)


def test_ray_knows_the_options_that_start_its_nodes():
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    from ray.scripts.scripts import start

    known = {option for parameter in start.params for option in parameter.opts}
    for name in ("ray-head", "ray-worker"):
        program, command, *options = COMPOSE["services"][name]["command"]
        assert (program, command) == ("ray", "start")
        assert {option.partition("=")[0] for option in options} <= known
    for group in (HEAD, WORKERS):
        assert {f"--{name}" for name in group["rayStartParams"]} <= known


def test_the_health_checks_ask_an_address_that_answers(server):
    healthcheck = shlex.split(last("HEALTHCHECK").partition("CMD")[0])
    assert "--start-period=60s" in healthcheck
    python, *command = json.loads(last("HEALTHCHECK").partition("CMD")[2])
    assert python == "python3" and "127.0.0.1:8501" in command[-1]

    def is_well(host: str) -> bool:
        code = command[-1].replace("127.0.0.1:8501", host)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        return done.returncode == 0

    wait_until(lambda: is_well(server.url.removeprefix("http://")), 60)  # it may still start
    assert not is_well("127.0.0.1:9")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        path = container("dashboard")[probe]["httpGet"]["path"]
        assert requests.get(f"{server.url}{path}", timeout=60).json()["status"] == "ok"


def test_what_the_image_is_made_of_is_sent_to_the_build_and_nothing_else():
    hides, *admits = (
        line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] != "#"
    )
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    needed = {*wheel["targets"]["wheel"]["only-include"], *PROJECT["license-files"]}
    needed |= {PROJECT["readme"], "pyproject.toml", "requirements.txt", "requirements-cluster.txt"}
    assert hides == "*"
    assert {line[1:] for line in admits if line[0] == "!"} == needed
    assert all((ROOT / name).exists() for name in needed)


def test_what_runs_is_one_process_that_gets_the_signals():
    assert json.loads(last("CMD"))[:2] == ["graft", "run"]
    assert not [rest for name, rest in instructions() if name in ("ENTRYPOINT", "SHELL")]
    assert all(isinstance(COMPOSE["services"][n].get("command", []), list) for n in OF_GRAFT)
