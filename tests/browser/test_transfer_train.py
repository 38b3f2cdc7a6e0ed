"""Training in a real browser: Cancel, two visitors at once, and other pages meanwhile."""

from __future__ import annotations

import statistics
import time

import pytest
import requests

from tests.waiting import SLACK

# slow: what each is made of has a quicker test, among those of the room, of jobs and of processes
pytestmark = [pytest.mark.browser, pytest.mark.slow]
TRAIN = "transfer?room=Train&train_strategies="


def press_train(page):
    page.get_by_test_id("stBaseButton-primary").click()


def test_cancel_ends_training_within_a_second_and_keeps_the_best(visit):
    page = visit(TRAIN + "Fine-tuned+last+blocks")
    press_train(page)
    page.get_by_text("epoch 1 of at most").wait_for(timeout=60_000)
    clicked = time.monotonic()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Restoring the best weights").first.wait_for()
    spent_s = time.monotonic() - clicked
    print(f"cancelled {spent_s:.2f} s after the click")
    page.get_by_text("Review the classifiers").wait_for(timeout=60_000)
    assert spent_s < 2.5 * SLACK  # seen well below 1 s; busy build machines are given more


def test_two_visitors_train_and_a_third_still_gets_quick_answers(visit, server, cat):
    first = visit(TRAIN + "Frozen+features")
    second = visit(TRAIN + "Frozen+features&train_seed=1")
    press_train(first)
    first.get_by_role("button", name="Cancel").wait_for()
    press_train(second)
    second.get_by_text("waiting for 1 job ahead of it").wait_for()
    taken_ms = []
    done = second.get_by_text("Review the classifiers")
    until = time.monotonic() + 120
    while not done.count() and time.monotonic() < until:
        for _ in range(5):
            started = time.perf_counter()
            answer = requests.post(f"{server.url}/api/classify", data=cat, timeout=30)
            taken_ms.append((time.perf_counter() - started) * 1e3)
            assert answer.ok
        time.sleep(0.4)
    median = statistics.median(taken_ms)
    print(f"classification while two train: p50 {median:.0f} ms of {len(taken_ms)} requests")
    assert done.count() and first.get_by_text("Review the classifiers").count()
    assert median < 250 * SLACK  # seen far below the 100 ms that are promised
