"""The real server: its web API, how soon it answers, and what it loads for that."""

from __future__ import annotations

import io
import json
import re
import socket
import statistics
import time

import pytest
import requests
from PIL import Image

from core.access import ACCESS
from core.media import IMAGE_LIMITS
from tests.listed_pages import PAGE_FILES
from tests.refused import refused as is_refused
from tests.waiting import SLACK


def post(server, data: bytes, **query: str | int) -> requests.Response:
    return requests.post(f"{server.url}/api/classify", data=data, params=query, timeout=60)


def refused(server, status: int, data: bytes, **query: str | int) -> str:
    """The message of an answer, which must be a refusal."""
    return is_refused(post(server, data, **query), status)


def test_a_fresh_server_draws_the_first_page_soon_and_without_tensorflow(start_server, cat):
    server = start_server()
    asked = time.monotonic()
    drawn = server.draw()
    first_page_s = time.monotonic() - asked
    asked = time.monotonic()
    answer = post(server, cat)
    first_answer_s = time.monotonic() - asked
    print(f"first page {first_page_s:.2f} s, then the first classification {first_answer_s:.2f} s")
    assert drawn["status"] == "ready", drawn
    assert answer.status_code == 200, answer.text
    assert not server.has_tensorflow
    # the aims are 2.5 s and 1 s on an idle laptop; busy build machines are given more
    assert first_page_s < 10 * SLACK
    assert first_answer_s < 5 * SLACK


def test_the_first_classification_of_a_fresh_server_comes_soon(start_server, cat):
    server = start_server()
    asked = time.monotonic()
    answer = post(server, cat)
    spent_s = time.monotonic() - asked
    print(f"first classification {spent_s:.2f} s")
    assert answer.status_code == 200, answer.text
    assert spent_s < 5 * SLACK


def test_the_ladder_opens_soon(server):
    spent_s = []
    for _ in range(2):  # the first visitor opens six networks
        asked = time.monotonic()
        drawn = server.draw("transfer", transfer_room="The ladder")
        spent_s.append(time.monotonic() - asked)
        assert drawn["status"] == "ready", drawn
    print("the ladder: {:.2f} s, then {:.2f} s".format(*spent_s))
    assert spent_s[1] < 2 * SLACK  # the aim is 1 s on an idle laptop


def test_whoever_leaves_in_the_middle_leaves_nothing_behind(server, cat):
    host, port = server.url.removeprefix("http://").split(":")
    for task in ("classify", "sentiment", "dream"):
        with socket.create_connection((host, int(port))) as connection:
            head = f"POST /api/{task} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9000\r\n\r\n"
            connection.sendall(head.encode() + cat[:1000])
    began = requests.post(f"{server.url}/api/dream?size=64&octaves=1&steps=2", data=cat, timeout=60)
    events = f"{server.url}{began.json()['links']['events']}"
    with requests.get(events, stream=True, timeout=60) as answer:
        next(answer.iter_content(1))
    assert post(server, cat).status_code == 200
    requests.delete(f"{server.url}{began.json()['links']['self']}", timeout=60)
    assert "Traceback" not in server.log


def test_it_says_at_its_start_who_may_do_what(server):
    requests.get(f"{server.url}/api/health", timeout=60)  # it has started
    assert ACCESS["local"] in server.log


def test_health_names_device_and_memory(server):
    answer = requests.get(f"{server.url}/api/health", timeout=60)
    assert answer.status_code == 200
    state = answer.json()
    assert state["status"] == "ok"
    assert state["device"] in ("cpu", "gpu")
    assert 0 <= state["memory"]["used_bytes"] <= state["memory"]["budget_bytes"]


def test_backbones_are_listed_with_what_is_on_disk(server):
    rows = requests.get(f"{server.url}/api/backbones", timeout=60).json()["backbones"]
    by_name = {row["name"]: row for row in rows}
    assert by_name["efficientnet_lite0"]["on_disk"] is True
    assert by_name["efficientnet_lite0"]["parameters"] == 4_694_024
    assert by_name["efficientnet_lite0"]["published_top1"] == pytest.approx(0.751)
    assert by_name["convnext_tiny"]["input_size"] == 224
    assert "all_minilm_l6_v2" not in by_name  # it reads text


def test_a_png_is_classified(server, cat):
    answer = post(server, cat, top_k=3, backbone="efficientnet_lite1").json()
    assert answer["backbone"] == "efficientnet_lite1"
    assert answer["labels"][0] in ("Egyptian cat", "tabby", "tiger cat")
    assert len(answer["labels"]) == len(answer["wnids"]) == len(answer["scores"]) == 3
    assert answer["scores"] == sorted(answer["scores"], reverse=True)


def test_a_jpeg_is_classified(server, cat):
    buffer = io.BytesIO()
    Image.open(io.BytesIO(cat)).save(buffer, "JPEG")
    answer = post(server, buffer.getvalue()).json()
    assert "cat" in answer["labels"][0]
    assert len(answer["scores"]) == 5


@pytest.mark.parametrize("name", ["empty.png", "text.jpg", "truncated.png", "vast.png"])
def test_what_is_no_photo_is_refused(server, odd_files, name):
    message = refused(server, 400, odd_files[name])
    assert message.endswith(".")
    assert "Traceback" not in message


@pytest.mark.parametrize(
    "top_k",
    ["0", "1001", "-1", "many", "", "1.5", "\u00b2", pytest.param("9" * 5000, id="5,000 digits")],
)
def test_a_top_k_out_of_bounds_is_refused(server, cat, top_k):
    assert "top_k" in refused(server, 400, cat, top_k=top_k)


def test_an_unknown_network_is_refused_with_close_names(server, cat):
    message = refused(server, 404, cat, backbone="efficientnet_lite9")
    assert "efficientnet_lite0" in message


def test_a_network_that_is_not_on_disk_is_refused_with_the_command(start_server, cat, tmp_path):
    server = start_server(GRAFT_CACHE=str(tmp_path), HOME=str(tmp_path))
    message = refused(server, 409, cat, backbone="convnext_tiny")
    assert "graft fetch convnext_tiny" in message


def test_a_network_for_text_is_refused(server, cat):
    assert "all-MiniLM-L6-v2" in refused(server, 400, cat, backbone="all_minilm_l6_v2")


def test_a_network_without_classes_is_refused(server, cat):
    assert "classifier" in refused(server, 400, cat, backbone="hed_vgg16")


@pytest.mark.parametrize(
    "backbone", ["https://tfhub.dev/google/imagenet/classification/5", "/etc", "../models", ""]
)
def test_strangers_cannot_make_the_server_fetch_or_read_a_module(server, cat, backbone):
    refused(server, 404, cat, backbone=backbone)


def test_a_body_larger_than_a_photo_may_be_is_refused(server):
    message = refused(server, 413, bytes(IMAGE_LIMITS.max_bytes + 1))
    assert "32 MiB" in message


def test_other_methods_and_paths_are_refused_as_problems(server):
    for method, path, status in (("GET", "classify", 405), ("GET", "nonsense", 404)):
        answer = requests.request(method, f"{server.url}/api/{path}", timeout=60)
        is_refused(answer, status)


def test_small_answers_are_sent_at_once_on_a_kept_connection(server):
    """With Nagle's algorithm, the end of each waits 40 ms for an acknowledgement.

    It is off once the app has started; the port is open before.
    """
    requests.get(f"{server.url}/api/health", timeout=60)
    with requests.Session() as session:
        taken_s = []
        for _ in range(21):
            asked = time.monotonic()
            session.get(f"{server.url}/api/health", timeout=60)
            taken_s.append(time.monotonic() - asked)
    assert statistics.median(taken_s) < 0.03


def test_metrics_count_requests_by_route_and_nothing_that_strangers_make_up(server, cat):
    post(server, cat)
    requests.get(f"{server.url}/api/made-up", timeout=60)
    text = requests.get(f"{server.url}/metrics", timeout=60).text
    assert 'graft_api_requests_total{route="/classify",status="200"}' in text
    assert "graft_pool_used_bytes" in text
    assert int(re.findall(r'graft_batch_size_bucket{le="\+Inf"} (\d+)', text)[0]) >= 1
    assert "made-up" not in text


@pytest.mark.parametrize("page", ["", *(file.removesuffix(".py") for file in PAGE_FILES[1:])])
def test_every_page_is_served_at_its_own_address(server, page):
    answer = requests.get(f"{server.url}/{page}", timeout=60)
    assert answer.status_code == 200
    assert "<title>" in answer.text
    drawn = server.draw(page)
    assert drawn["status"] == "ready"
    assert drawn["page"]["url_path"] == page
    assert '"exception"' not in json.dumps(drawn["tree"])


def test_charts_do_not_meet_pandas_half_imported(python):
    """Plotly looks into pandas as soon as any thread has begun to import it."""
    code = """
import sys
import app
print("pandas" in sys.modules and hasattr(sys.modules["pandas"], "Series"))
"""
    assert python(code).split()[-1] == "True"
