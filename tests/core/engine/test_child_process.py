"""Work in another process: what comes back, what goes wrong, and how it ends."""

from __future__ import annotations

import itertools
import operator
import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from core import zoo
from core.engine.child_process import run_in_process
from core.errors import UnknownNameError, WorkerError
from tests.waiting import wait_until

PID_THEN_SLEEP = [(os.getpid,), (time.sleep, 60)]  # for operator.call


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_last_snapshot_comes_for_certain():
    *_, last = run_in_process(range, 100_000)
    assert last == 99_999


def test_it_is_another_process_that_leaves_the_cores_to_others():
    *_, pid = run_in_process(map, operator.call, [os.getpid])
    *_, own = run_in_process(map, os.nice, [0], background=False)
    *_, niceness = run_in_process(map, os.nice, [0])
    assert own == os.nice(0)
    assert pid != os.getpid()
    assert niceness >= 10


def test_until_the_first_snapshot_there_is_none_but_there_are_chances_to_leave():
    steps = run_in_process(map, time.sleep, [60])
    started = time.monotonic()
    assert [next(steps) for _ in range(3)] == [None] * 3
    assert time.monotonic() - started < 3


def test_leaving_ends_the_process_at_once():
    steps = run_in_process(itertools.starmap, operator.call, PID_THEN_SLEEP)
    pid = next(filter(None, steps))
    assert is_alive(pid)
    started = time.monotonic()
    steps.close()
    assert time.monotonic() - started < 1
    assert not is_alive(pid)


def test_what_goes_wrong_there_is_raised_here():
    steps = run_in_process(map, int, ["1", "one"])
    with pytest.raises(ValueError, match="one") as raised:
        list(steps)
    assert any("in serve" in note for note in raised.value.__notes__)  # where it happened


def test_errors_for_visitors_stay_what_they_are():
    with pytest.raises(UnknownNameError, match="efficientnet_lite0"):
        list(run_in_process(map, zoo.image_network, ["efficientnet_lite9"]))


def test_a_process_that_dies_is_an_error():
    with pytest.raises(WorkerError, match="code is 3"):
        list(run_in_process(map, os._exit, [3]))


def _killed(signals):
    for number in signals:
        yield "begun"
        os.kill(os.getpid(), number)
        time.sleep(60)


def test_a_process_that_is_killed_is_a_sentence_and_the_next_one_answers():
    with pytest.raises(WorkerError, match="memory of this machine ran out"):
        list(run_in_process(_killed, [signal.SIGKILL]))
    assert list(run_in_process(map, int, ["1"]))[-1] == 1


def test_a_task_that_cannot_be_handed_over_is_an_error():
    with pytest.raises(Exception, match="pickle"):
        list(run_in_process(map, lambda x: x, [1]))


def test_what_it_left_in_its_temporary_folder_goes_with_it():
    steps = run_in_process(map, operator.call, [tempfile.mkdtemp])
    folder = Path(next(filter(None, steps)))
    assert folder.is_dir()
    steps.close()
    assert not folder.exists()


def test_what_is_printed_does_not_get_between_the_snapshots(capfd):
    assert [s for s in run_in_process(map, print, ["a line"])][-1] is None
    assert "a line" in capfd.readouterr().err


def test_large_arrays_arrive_as_they_were():
    arrays = [np.arange(100_000, dtype=np.float32), np.ones((300, 200), np.int64)]
    *_, last = run_in_process(iter, [[*arrays, arrays[0]]])
    for sent, received in zip([*arrays, arrays[0]], last, strict=True):
        np.testing.assert_array_equal(sent, received)
    assert last[0] is last[2]


def test_an_array_that_was_there_before_is_not_sent_again(tmp_path):
    from core.engine.messages import Receiver, Sender

    array = np.random.default_rng(0).random(10_000)
    path = tmp_path / "messages"
    sizes = []
    with path.open("wb") as stream:
        send = Sender(stream)
        for content in ([array], [array, 1], [2], [array]):
            send("snapshot", content)
            sizes.append(stream.tell())
    first, again, without, anew = np.diff([0, *sizes])
    assert min(first, anew) > array.nbytes
    assert max(again, without) < 1000
    with path.open("rb") as stream:
        receive = Receiver(stream)
        messages = [receive()[1] for _ in range(4)]
    for message in (messages[0], messages[1], messages[3]):
        np.testing.assert_array_equal(message[0], array)
    assert messages[0][0] is messages[1][0]


def test_the_process_goes_when_its_parent_does(python):
    code = """
import itertools, operator, os, time
from core.engine.child_process import run_in_process
steps = run_in_process(itertools.starmap, operator.call, [(os.getpid,), (time.sleep, 60)])
print(next(filter(None, steps)), flush=True)
os._exit(0)
"""
    pid = int(python(code))  # returns when nobody holds the error output any more
    wait_until(lambda: not is_alive(pid), 30)
