"""Names in ZIP files that do not say their encoding: guessed from all of them, or named."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from core.errors import UnknownNameError
from core.media import NAME_ENCODINGS, read_zip
from core.media.zip_names import guess_encoding


def archive(names: list[bytes], extra: bytes = b"") -> bytes:
    """A ZIP file of empty files whose names are these bytes, not said to be UTF-8."""
    out, directory = io.BytesIO(), b""
    for name in names:
        offset = out.tell()
        head = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, 0, 0, len(name), len(extra))
        out.write(b"PK\3\4" + head + name + extra)
        directory += b"PK\1\2\x14\0" + head + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
        directory += extra
    start, count = out.tell(), len(names)
    out.write(directory + b"PK\5\6")
    out.write(struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), start, 0))
    return out.getvalue()


def names_in(data: bytes, encoding: str | None = None) -> list[str]:
    return [member.name for member in read_zip(data, encoding=encoding)]


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        ("Bücher Äpfel", "utf-8"),
        ("Bücher Äpfel", "cp437"),
        ("Bücher Äpfel", "cp850"),
        ("Bücher Äpfel", "cp1252"),
        ("Éléphant Zèbre", "cp850"),
        ("Żaba Świnia Kłamca", "cp852"),
        ("Żaba Świnia Kłamca", "cp1250"),
        ("Kočka Žirafa Včela", "cp1250"),
        ("кошки собаки", "cp866"),
        ("Кошки Собаки", "cp1251"),
        ("КОШКИ СОБАКИ", "cp866"),
        ("γάτες σκύλοι", "cp737"),
        ("γάτες σκύλοι", "cp1253"),
        ("kuşlar köpekler ağaçlar", "cp857"),
        ("חתולים כלבים", "cp862"),
        ("قطط كلاب", "cp1256"),
        ("แมว สุนัข", "cp874"),
        ("ねこ いぬ 写真 表示", "cp932"),  # the last one holds the byte of a backslash
        ("猫的照片 狗的照片", "gb18030"),
        ("貓的照片 狗的照片", "big5hkscs"),
        ("고양이 강아지", "cp949"),
    ],
)
def test_names_in_the_code_page_of_a_system_are_read_as_they_were_given(names, encoding):
    files = [f"{name}/{i}.jpg" for name in names.split() for i in range(2)]
    data = archive([name.encode(encoding) for name in files])
    assert names_in(data) == files
    assert names_in(data, encoding) == files


def test_somebody_who_knows_better_names_the_encoding():
    data = archive(["кот/1.jpg".encode("cp866")])
    assert read_zip(data).encoding == "cp866"
    assert names_in(data, "cp1251") == ["\u0404\u00ae\u0432/1.jpg"]
    with pytest.raises(UnknownNameError, match="cp86"):
        read_zip(data, encoding="cp86")


def test_names_that_say_their_encoding_are_not_guessed():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("Bücher/1.jpg", b"")
    members = read_zip(buffer.getvalue(), encoding="cp866")
    assert [member.name for member in members] == ["Bücher/1.jpg"]
    assert members.encoding is None and not members.stored_names


def test_a_field_with_the_name_in_unicode_is_believed_if_it_belongs_to_the_name():
    stored = b"B?cher/1.jpg\x81"
    for check, name in ((zlib.crc32(stored), "Bücher/1.jpg"), (1, "B?cher/1.jpgü")):
        body = struct.pack("<BL", 1, check) + "Bücher/1.jpg".encode()
        extra = struct.pack("<HH", 0x7075, len(body)) + body
        assert names_in(archive([stored], extra)) == [name]


def test_names_that_look_alike_are_the_same():
    composed, apart = "B\u00fccher/1.jpg", "Bu\u0308cher/2.jpg"
    first, second = names_in(archive([composed.encode(), apart.encode()]))
    assert first.split("/")[0] == second.split("/")[0] == "B\u00fccher"


@pytest.mark.parametrize("encoding", NAME_ENCODINGS)
def test_every_encoding_on_offer_is_one_that_python_knows(encoding):
    assert "abc".encode(encoding) == b"abc"


def test_nothing_beyond_ascii_is_no_guess():
    assert guess_encoding([b"a/b.jpg"]) == "utf-8"
    assert read_zip(archive([b"a/b.jpg"])).encoding is None
