"""ZIP files are judged as a whole, and then read one file at a time."""

import io
import stat
import struct
import zipfile

import numpy as np
import pytest

from core.errors import GraftError, InvalidInputError
from core.media import IMAGE_SUFFIXES, ArchiveLimits, read_table, read_zip

DEFLATED = zipfile.ZIP_DEFLATED


def packed(files, compression=zipfile.ZIP_STORED):
    """A ZIP file of {name or ZipInfo: content}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def patched(data, signature, offset, layout, value):
    """`data` with a field of the last record that has this signature changed."""
    data = bytearray(data)
    struct.pack_into(layout, data, data.rindex(signature) + offset, value)
    return bytes(data)


def names(data, **options):
    return [member.name for member in read_zip(data, **options)]


CATS = {"cats/1.jpg": b"one", "cats/2.PNG": b"two", "notes.txt": b"three"}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, DEFLATED])
def test_files_come_in_order_with_their_content(compression):
    members = list(read_zip(packed(CATS, compression)))
    assert {member.name: member.data for member in members} == CATS
    assert [member.name for member in members] == list(CATS)
    assert all(member.error is None for member in members)


def test_a_path_is_read_as_its_bytes_are(tmp_path):
    path = tmp_path / "cats.zip"
    path.write_bytes(packed(CATS))
    assert names(path) == names(str(path)) == list(CATS)


def test_only_files_with_the_suffixes_asked_for_come():
    assert names(packed(CATS), suffixes=IMAGE_SUFFIXES) == ["cats/1.jpg", "cats/2.PNG"]


def test_an_archive_without_files_gives_none():
    assert names(packed({})) == []


def test_a_comment_and_bytes_ahead_of_the_archive_do_no_harm():
    buffer = io.BytesIO(packed(CATS))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"my cats"
    assert names(b"#!/bin/sh\n" + buffer.getvalue()) == list(CATS)


@pytest.mark.parametrize(
    "litter",
    [
        "folder/",
        "back\\",
        "__MACOSX/cats/._1.jpg",
        ".DS_Store",
        "cats/.hidden",
        ".git/config",
        "cats/Thumbs.db",
        "desktop.ini",
    ],
)
def test_what_nobody_meant_to_pack_is_skipped(litter):
    assert names(packed({litter: b"", "cats/1.jpg": b"one"})) == ["cats/1.jpg"]


def test_links_are_skipped():
    link = zipfile.ZipInfo("cats/link.jpg")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert names(packed({link: "/etc/passwd", "cats/1.jpg": b"one"})) == ["cats/1.jpg"]


@pytest.mark.parametrize(
    ("stored", "tidy"), [("cats\\1.jpg", "cats/1.jpg"), ("./cats//1.jpg", "cats/1.jpg")]
)
def test_names_are_tidied(stored, tidy):
    assert names(packed({stored: b"one"})) == [tidy]


@pytest.mark.parametrize(
    "name",
    [
        "../1.jpg",
        "cats/../../1.jpg",
        "..\\1.jpg",
        "/etc/1.jpg",
        "\\1.jpg",
        "C:\\1.jpg",
        "c:1.jpg",
        "../",
    ],
)
def test_names_that_lead_out_of_the_archive_are_refused(name):
    with pytest.raises(InvalidInputError, match="leads out of it"):
        read_zip(packed({"cats/1.jpg": b"one", name: b""}))


def test_the_whole_directory_is_judged_at_the_call():
    """Not at the first next(): the caller learns of it before any work is done."""
    with pytest.raises(InvalidInputError):
        read_zip(packed({"1.jpg": b"", "../2.jpg": b""}))


def test_an_encrypted_archive_is_refused():
    data = patched(packed({"cats/1.jpg": b"one"}), b"PK\x01\x02", 8, "<H", 1)
    with pytest.raises(InvalidInputError, match="without a password"):
        read_zip(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"some text", "another kind of file"),
        (packed(CATS)[:60], "incomplete"),
        (packed(CATS)[:-10], "incomplete"),
        (b"", "empty"),
        (None, "nothing was given"),
        ("nowhere/cats.zip", "cannot be read"),
    ],
    ids=["rar", "gzip", "text", "cut", "cut little", "empty", "nothing", "no file"],  # not the time
)
def test_what_is_no_archive_is_refused(data, message):
    with pytest.raises(InvalidInputError, match=message):
        read_zip(data)


def test_other_types_are_a_type_error():
    with pytest.raises(TypeError, match="BytesIO"):
        read_zip(io.BytesIO(packed(CATS)))


def test_an_archive_of_too_many_bytes_is_refused():
    data = packed(CATS)
    assert names(data, limits=ArchiveLimits(max_bytes=len(data)))
    with pytest.raises(InvalidInputError, match="at most"):
        read_zip(data, limits=ArchiveLimits(max_bytes=len(data) - 1))


@pytest.mark.parametrize("size", [1, 200_000])
def test_too_many_entries_are_refused(size):
    data = packed({"large": bytes(size)} | CATS)
    assert names(data, limits=ArchiveLimits(max_files=4))
    with pytest.raises(InvalidInputError, match="more than 3 entries"):
        read_zip(data, limits=ArchiveLimits(max_files=3))


def test_a_directory_swollen_by_comments_is_not_read():
    entry = zipfile.ZipInfo("1.jpg")
    entry.comment = bytes(2000)
    with pytest.raises(InvalidInputError, match="directory"):
        read_zip(packed({entry: b"one"}), limits=ArchiveLimits(max_files=1))


def test_the_end_is_found_where_zipfile_finds_it():
    """Not at a signature that somebody has hidden inside the end record."""
    assert names(patched(packed(CATS), b"PK\x05\x06", 8, "4s", b"PK\x05\x06")) == list(CATS)


def test_entries_are_counted_before_zipfile_makes_an_object_of_each(monkeypatch):
    data = patched(packed(CATS), b"PK\x05\x06", 10, "<H", 1)  # a count that lies
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(InvalidInputError, match="more than 2 entries"):
        read_zip(data, limits=ArchiveLimits(max_files=2))


def test_entries_are_counted_in_a_zip64_directory():
    data = packed(CATS)
    end = data.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, end + 12)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 3, 3, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    small = patched(data, b"PK\x05\x06", 12, "<L", 0)[end:]  # the old end record, out of date
    data = data[:end] + record + locator + small
    assert names(data) == list(CATS)
    with pytest.raises(InvalidInputError, match="more than 2 entries"):
        read_zip(data, limits=ArchiveLimits(max_files=2))


def test_files_that_unpack_to_too_much_together_are_refused():
    data = packed({"1": bytes(600), "2": bytes(600)}, DEFLATED)
    assert names(data, limits=ArchiveLimits(max_unpacked=1200))
    with pytest.raises(InvalidInputError, match="unpacks to 1,200 bytes"):
        read_zip(data, limits=ArchiveLimits(max_unpacked=1199))


def test_a_file_too_large_to_be_read_does_not_count_among_those_that_are():
    data = packed({"huge": bytes(600), "small": bytes(60)}, DEFLATED)
    huge, small = read_zip(data, limits=ArchiveLimits(max_member=100, max_unpacked=100))
    assert "at most" in str(huge.error)
    assert small.data == bytes(60)


def test_what_packs_a_thousandfold_is_read():
    """Silence, blank pictures: sizes decide, however well they pack."""
    data = packed({"silence": bytes(8 << 20), "cats/1.jpg": b"one"}, DEFLATED)
    assert len(data) < 20_000
    assert [len(member.data) for member in read_zip(data)] == [8 << 20, 3]


def test_a_bomb_that_lies_about_its_size_is_read_no_further_than_declared():
    data = packed({"bomb": bytes(8 << 20)}, DEFLATED)
    data = patched(patched(data, b"PK\x01\x02", 24, "<L", 100), b"PK\x03\x04", 22, "<L", 100)
    (member,) = read_zip(data)
    assert member.data == b""
    assert isinstance(member.error, InvalidInputError)


def test_a_file_shorter_than_declared_is_an_error():
    data = patched(packed({"short": b"abc"}, DEFLATED), b"PK\x01\x02", 24, "<L", 4)
    (member,) = read_zip(data)
    assert member.data == b""
    assert "declared" in str(member.error)


def test_entries_that_share_bytes_are_refused():
    """Two entries of the directory that point at one file, as in Fifield's bomb."""
    data = patched(packed({"a": b"kernel", "b": b"x"}), b"PK\x01\x02", 42, "<L", 0)
    with pytest.raises(InvalidInputError, match="share the same bytes"):
        read_zip(data)


def test_entries_that_reach_beyond_the_archive_are_errors_and_all_of_them_a_refusal():
    data = patched(packed({"a": b"kernel"}), b"PK\x01\x02", 20, "<L", 10_000)
    with pytest.raises(InvalidInputError, match="damaged or incomplete"):
        read_zip(data)
    first, last = read_zip(patched(packed({"a": b"x", "b": b"y"}), b"PK\x01\x02", 20, "<L", 10_000))
    assert first.data == b"x"
    assert "cut off" in str(last.error)


def test_one_encrypted_file_among_others_is_an_error():
    first, *_, last = read_zip(patched(packed(CATS), b"PK\x01\x02", 8, "<H", 1))
    assert first.error is None
    assert "without a password" in str(last.error)


def test_a_damaged_file_does_not_end_the_reading():
    data = packed({"1": b"first", "2": b"second", "3": b"third"}).replace(b"second", b"sEcond")
    first, second, third = read_zip(data)
    assert (first.data, second.data, third.data) == (b"first", b"", b"third")
    assert isinstance(second.error, InvalidInputError)
    assert str(second.error) == "It is damaged in the ZIP file; pack it again."
    assert first.error is third.error is None


def test_a_file_beyond_the_limit_does_not_end_the_reading():
    large, small = read_zip(packed({"a": b"abc", "b": b"ab"}), limits=ArchiveLimits(max_member=2))
    assert "at most" in str(large.error)
    assert small.data == b"ab"


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_cannot_be_unpacked_in_steps_are_an_error(compression):
    (member,) = read_zip(packed({"a": b"abc"}, compression))
    assert "unusual" in str(member.error)


def test_an_iterator_that_is_dropped_closes_its_file(tmp_path):
    """An open file would be a ResourceWarning, which is an error here."""
    path = tmp_path / "cats.zip"
    path.write_bytes(packed(CATS))
    read_zip(path)
    next(read_zip(path))
    path.unlink()


@pytest.mark.parametrize("seed", range(4))
def test_damage_anywhere_is_a_refusal_or_a_file_left_out(seed):
    rng = np.random.default_rng(seed)
    table = b"text,label\n" + b"a fine film,for\na dull film,against\n" * 9
    whole = packed({"a/train.csv": table, "a/b/1.txt": b"words"}, DEFLATED)
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), rng.integers(1, 9)):
            data[place] = rng.integers(0, 256)
        for read in (lambda data: [*read_zip(data)], read_table):
            try:
                read(bytes(data))
            except GraftError as err:
                assert "b'" not in str(err)
