"""Files in a bucket, as those of a folder; what cannot be read is a sentence."""

from __future__ import annotations

import socket
import sys

import pandas as pd
import pytest
from fsspec.registry import _registry
from typer.testing import CliRunner

from core.cli.commands import app
from core.tasks.folders import buckets


@pytest.fixture(autouse=True)
def _asked_anew():
    """Environments differ between tests."""
    buckets._file_system.cache_clear()
    yield
    buckets._file_system.cache_clear()


@pytest.fixture(scope="module")
def bucket(s3, crops) -> str:
    """A bucket of its own, with more files than a page of a list has."""
    import s3fs

    there = s3fs.S3FileSystem(use_listings_cache=False)
    there.mkdir("holiday")
    there.mkdir("nothing")
    for i in range(9):
        there.pipe(f"s3://holiday/photos/{i % 3}/{i}.png", crops[i])
    there.pipe("s3://holiday/photos/note.txt", b"These are of the summer.")
    there.pipe("s3://holiday/photos-of-others/x.png", crops[9])
    there.pipe("s3://holiday/odd/../x.png", crops[0])
    there.pipe("s3://holiday/reviews.csv", b"text\nA wonderful film.\nA dull, boring film.\n")
    return "s3://holiday"


@pytest.fixture
def graft(tmp_path, monkeypatch):
    """A function that runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_files_below_a_name_are_listed_page_by_page(bucket):
    photos = [f"{bucket}/photos/{i % 3}/{i}.png" for i in (0, 3, 6, 1, 4, 7, 2, 5, 8)]
    for url in (f"{bucket}/photos", f"{bucket}/photos/"):
        assert list(buckets.files_of_bucket(url, {".png"})) == photos
    assert len(list(buckets.files_of_bucket(bucket, {".png"}))) == 11
    assert list(buckets.files_of_bucket(f"{bucket}/photos", {".wav"})) == []


def test_a_file_is_itself(bucket, crops):
    url = f"{bucket}/photos/0/0.png"
    assert list(buckets.files_of_bucket(url, {".png"})) == [url]
    assert buckets.read_from_bucket(url) == crops[0]


def test_commands_take_buckets_as_they_take_folders(graft, bucket, tmp_path):
    assert graft("classify", f"{bucket}/photos", "-o", "classes.csv").exit_code == 0
    assert len(pd.read_csv("classes.csv")) == 9
    assert graft("sentiment", f"{bucket}/reviews.csv", "-o", "verdicts.csv").exit_code == 0
    assert list(pd.read_csv("verdicts.csv")["verdict"]) == ["positive", "negative"]
    shown = graft("classify", f"{bucket}/photos/0/0.png", "--top", "1")
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"{bucket}/photos/0/0.png:")


def test_no_name_in_a_bucket_leads_out_of_the_folder_for_pictures(graft, bucket, tmp_path):
    assert graft("colorize", f"{bucket}/odd", "-o", "inner").exit_code == 0
    assert list(tmp_path.rglob("*.png")) == [tmp_path / "inner" / "x.png"]


@pytest.mark.parametrize("more", [[], ["-o", "classes.csv"]])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("s3://not-there", "Expected a bucket. Received: s3://not-there, which is not there"),
        ("s3://not-there/photos", "Expected a bucket. Received: s3://not-there"),
        ("s3://holiday/gone.png", "s3://holiday/gone.png, which is not there"),
        ("s3://nothing", "Received: no"),
    ],
)
def test_what_is_not_there_is_named(graft, bucket, tmp_path, url, reason, more):
    result = graft("classify", url, *more)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert reason in line
    assert not list(tmp_path.iterdir())


def test_without_credentials_a_sentence_says_how_to_give_some(graft, bucket, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = graft("classify", f"{bucket}/photos", "-o", "classes.csv")
    assert result.exit_code == 1
    assert "Expected credentials to read s3://holiday. Received: none." in result.stderr


def test_a_store_that_does_not_answer_is_a_sentence(graft, bucket, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        result = graft("classify", f"{bucket}/photos", "-o", "classes.csv")
    assert result.exit_code == 1
    assert "Expected to read s3://holiday. Received:" in result.stderr
    assert "AWS_ENDPOINT_URL" in result.stderr


def test_without_its_package_a_sentence_names_the_extra(graft, bucket, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3")  # where it is by now
    result = graft("classify", f"{bucket}/photos", "-o", "classes.csv")
    assert result.exit_code == 1
    assert "extra `s3`" in result.stderr
