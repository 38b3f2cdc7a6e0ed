"""Folders, buckets and tables on a cluster: the same files as by one process, and resumed."""

from __future__ import annotations

import io
import json
import pickle
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from core import cluster, engine
from core.cli.commands import app
from core.cluster import folders
from core.cluster.connection import CPUS_OF_WORK
from core.media import TableLimits
from core.tasks import TASKS
from core.tasks.folders import items
from core.tasks.folders.buckets import BucketError
from core.tasks.folders.work import Work
from tests.waiting import SLACK, wait_until

pytestmark = [
    pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning"),  # Ray's
    pytest.mark.timeout(300),  # the processes of a node take their time on a machine that is busy
]
ROOT = Path(__file__).parents[3]
BAD = b"Dear diary, this is no photo."


@pytest.fixture(scope="module", autouse=True)
def _cluster(nodes):
    """The same for all of them."""


@pytest.fixture(scope="module")
def photos(tmp_path_factory, crops) -> Path:
    """A folder of twenty photos and a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "more").mkdir()
    for i, crop in enumerate(crops):
        (folder / ("more" if i % 2 else ".") / f"{i:02}.png").write_bytes(crop)
    (folder / "note.jpg").write_bytes(BAD)
    return folder


@pytest.fixture
def both_ways(tmp_path, monkeypatch):
    """A function that runs a command on the cluster and by this process; both must agree."""

    def run(*words):
        there, here = tmp_path / "there.parquet", tmp_path / "here.parquet"
        words = [str(word) for word in words]
        on_cluster = CliRunner().invoke(app, [*words, "-o", str(there), "--cluster"])
        monkeypatch.setenv("GRAFT_CLUSTER", "none")
        by_process = CliRunner().invoke(app, [*words, "-o", str(here)])
        assert on_cluster.exit_code == by_process.exit_code, on_cluster.output
        assert on_cluster.stderr == by_process.stderr
        tables = [pd.read_parquet(path) for path in (there, here)]
        pd.testing.assert_frame_equal(*tables, atol=0.02)  # other batches, in bf16
        told = [pq.read_schema(path).metadata[b"graft"] for path in (there, here)]
        assert told[0] == told[1]
        assert {path.name for path in tmp_path.iterdir()} == {there.name, here.name}
        return on_cluster, tables[0], json.loads(told[0])

    return run


@pytest.fixture(scope="module")
def in_bucket(photos, s3) -> str:
    """The same folder in a bucket."""
    import s3fs

    s3fs.S3FileSystem(use_listings_cache=False).put(f"{photos}/", f"{s3}/photos/", recursive=True)
    return f"{s3}/photos"


@pytest.mark.slow  # the test below has the same workers
def test_folders_and_buckets_give_the_same_table_and_the_same_refusals(
    both_ways, photos, in_bucket
):
    result, table, told = both_ways("embed", photos, in_bucket)
    assert result.exit_code == 1
    refused = [line.partition(": Expected a photo")[0] for line in result.stderr.splitlines()]
    assert refused == [f"{photos}/note.jpg", f"{in_bucket}/note.jpg"]
    assert [len(table), len({*table["path"]})] == [40, 40]
    assert told["task"] == "embed"
    assert told["settings"] == {"backbone": "efficientnet_lite0"}
    assert told["networks"][0]["checksum"].startswith("sha256:")
    assert {"openvino", "python"} <= told["versions"].keys()


def test_a_folder_of_a_bucket_is_explored_as_by_one_process(in_bucket, tmp_path, monkeypatch):
    """The nodes look at the photos; those in no folder, beside that of a class, are named."""

    def explored(name, *more):
        output = tmp_path / name
        result = CliRunner().invoke(app, ["explore", in_bucket, "-o", str(output), *more])
        assert result.exit_code == 1, result.output
        table = pd.read_parquet(output)
        columns = ("path", "class", "finding", "other_path")
        rows = {*zip(*(table[column] for column in columns), strict=True)}
        return result.stderr, rows, pq.read_schema(output).metadata

    there = explored("there.parquet", "--cluster")
    monkeypatch.setenv("GRAFT_CLUSTER", "none")
    assert there == explored("here.parquet")
    errors, rows, _ = there
    beside = [f"{in_bucket}/{i:02}.png" for i in range(0, 20, 2)]
    named = [line.partition(": ")[0] for line in errors.splitlines()]
    assert sorted(named) == sorted([*beside, f"{in_bucket}/note.jpg"])
    outliers = {path for path, _, finding, _ in rows if finding == "outlier"}
    assert outliers == {f"{in_bucket}/more/{i:02}.png" for i in range(1, 20, 2)}  # the oddest first
    assert {path.name for path in tmp_path.iterdir()} == {"there.parquet", "here.parquet"}


def test_a_network_that_is_not_there_is_named_and_leaves_nothing(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(folders, "connected", lambda _: pytest.fail("nothing is to be done"))
    words = ["classify", str(photos / "00.png"), "--backbone", "resnet51", "--cluster", "-o"]
    result = CliRunner().invoke(app, [*words, str(tmp_path / "classes.csv")])
    assert result.exit_code == 1
    assert "Did you mean" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow  # 400 photos, and workers that start twice
def test_a_page_follows_a_folder_and_ends_it_by_leaving(crops, tmp_path):
    """It is left when the first of many photos are done."""
    free = cluster.current_status().free_cpus  # replicas may have the others
    task, output, folder = TASKS["classify"], tmp_path / "classes.parquet", tmp_path / "photos"
    folder.mkdir()
    for i in range(400):
        (folder / f"{i:03}.png").write_bytes(crops[i % 20])
    (folder / "note.jpg").write_bytes(BAD)
    refused: list[tuple[str, str]] = []

    def steps(named):
        refuse = lambda *each: refused.append(each)  # noqa: E731
        return cluster.folder_steps(task, task.settings(), [str(named)], output, refuse)

    with closing(steps(folder)) as some:
        assert next(step for step in some if step.done).total == 401
        assert cluster.current_status().free_cpus >= CPUS_OF_WORK  # for the job of somebody else
    wait_until(lambda: cluster.current_status().free_cpus >= free, 5 * SLACK)
    assert not output.exists()
    first, *_, last = steps(folder)
    assert first.done > 0
    assert (last.done, last.refused, last.written) == (401, 1, 400)
    assert [name for name, _ in refused] == [str(folder / "note.jpg")]
    assert len(pd.read_parquet(output)) == 400
    with pytest.raises(BucketError, match="check its name"):
        list(steps("s3://not-there/photos"))


@pytest.mark.slow  # a command of its own joins the cluster
def test_an_interrupt_ends_the_work_and_one_process_goes_on(tmp_path, crops, monkeypatch):
    """It is interrupted when the first of many photos are done."""
    folder, output = tmp_path / "photos", tmp_path / "classes.csv"
    part = tmp_path / "classes.csv.part"
    folder.mkdir()
    for i in range(400):
        (folder / f"{i}.png").write_bytes(crops[i % 20])
    free = cluster.current_status().free_cpus  # replicas may have the others
    words = ["classify", str(folder), "-o", str(output)]
    running = subprocess.Popen(
        [sys.executable, "-m", "core.cli", *words, "--cluster"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background commands, and what they start, ignore the signal otherwise
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: part.exists() and b"10.png" in part.read_bytes(), 120)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=10 * SLACK)
    assert running.returncode == 130
    assert "same command again" in errors
    wait_until(lambda: cluster.current_status().free_cpus >= free, 5 * SLACK)
    with closing(sqlite3.connect(part)) as base:
        done = [Path(path) for (path,) in base.execute("SELECT item FROM done")]
    for path in done:
        path.write_bytes(BAD)  # which would be refused if it were read again
    monkeypatch.setenv("GRAFT_CLUSTER", "none")
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert len(pd.read_csv(output)) == 400
    assert not part.exists()


@pytest.fixture
def by_worker(monkeypatch):
    """A function that does in this process what the cluster does: pieces of what is named."""
    monkeypatch.setattr(engine, "use_cores", lambda count: None)

    def run(name, named, makes_pictures=False):
        task = TASKS[name]
        work = Work(task, {}, makes_pictures, lambda *_: pytest.fail("nodes call the task"))
        worker = folders._Worker(name, task.settings(), {}, makes_pictures)
        blocks = folders._blocks(work, items.items_of(task.inputs[0], [str(named)]))
        rows = [row for block in blocks for row in worker(block)]
        messages = [pickle.loads(row["content"][0].as_py()) for row in rows]
        assert {kind for kind, _ in messages} == {"pieces"}
        return [piece for _, pieces in messages for piece in pieces]

    return run


def test_rows_of_a_large_table_are_read_by_workers(by_worker, tmp_path, monkeypatch):
    reviews = [f"{('A wonderful', 'A dull')[i % 2]} film, part {i}." for i in range(100)]
    frame = pd.DataFrame({"stars": [i % 5 for i in range(100)], "review": reviews})
    frame.to_parquet(tmp_path / "reviews.parquet", row_group_size=30)
    as_a_whole = by_worker("sentiment", tmp_path / "reviews.parquet")
    monkeypatch.setattr(items, "TABLE_LIMITS", TableLimits(max_rows=99))
    monkeypatch.setattr(items, "read_rows", lambda *_: pytest.fail("it is too large"))
    row_by_row = by_worker("sentiment", tmp_path / "reviews.parquet")
    assert [piece.items for piece in row_by_row] == [piece.items for piece in as_a_whole]
    tables = [pa.concat_tables(p.rows for p in pieces) for pieces in (row_by_row, as_a_whole)]
    frames = [table.to_pandas() for table in tables]
    pd.testing.assert_frame_equal(*frames, atol=0.02)  # other batches, in bf16
    assert list(frames[0].columns) == ["stars", "review", "probability", "verdict"]
    assert list(frames[0]["review"]) == reviews


def test_pictures_come_back_from_workers(by_worker, photos):
    pieces = by_worker("colorize", photos / "more", makes_pictures=True)
    assert [str(piece.place) for piece in pieces] == [f"{i:02}.png" for i in range(1, 20, 2)]
    assert {Image.open(io.BytesIO(piece.picture)).size for piece in pieces} == {(180, 200)}


def test_workers_that_end_again_and_again_are_a_sentence(monkeypatch):
    import ray

    def batches(*_):
        yield pa.table({"content": [b"a piece"]})
        raise ray.exceptions.ActorDiedError

    monkeypatch.setattr(folders, "_batches", batches)
    driver = folders._Driver((), [], is_shared=True)
    assert driver.next() == [b"a piece"]
    ((kind, error),) = map(pickle.loads, driver.next())
    assert kind == "error"
    assert "ends of workers on the same inputs" in str(error)


def test_blocks_grow_with_what_is_listed():
    task = TASKS["classify"]
    work = Work(task, {}, False, lambda *_: b"")
    named = [f"{i}.png" for i in range(50_000)]
    blocks = folders._blocks(work, items.items_of(task.inputs[0], named))
    sizes = [len(pickle.loads(block["content"][0].as_py())) for block in blocks]
    assert sum(sizes) == 50_000
    assert sizes[:4] == [16] * 4
    assert max(sizes) == 256
    assert len(sizes) < 400
