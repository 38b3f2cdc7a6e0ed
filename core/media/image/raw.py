"""Camera raw files, told from photos by their bytes: many are TIFFs with a small preview first."""

from __future__ import annotations

import struct

# TIFF 6.0 and TIFF/EP
_COMPRESSION, _PHOTOMETRIC, _MAKE, _SUB_IFDS = 259, 262, 271, 330
_DNG_VERSION = 50706
_RAW_PHOTOMETRIC = frozenset((32803, 34892))  # a colour filter array; linear raw
# Sony ARW, Samsung SRW, Nikon NEF, Kodak, Pentax PEF
_RAW_COMPRESSION = frozenset((32767, 32769, 32770, 32772, 34713, 65000, 65535))
_MAKES = {
    "nikon": "Nikon NEF",
    "sony": "Sony ARW",
    "pentax": "Pentax PEF",
    "ricoh": "Pentax PEF",
    "samsung": "Samsung SRW",
    "hasselblad": "Hasselblad 3FR",
    "phase one": "Phase One IIQ",
    "leaf": "Leaf MOS",
    "epson": "Epson ERF",
    "kodak": "Kodak DCR",
    "canon": "Canon TIF",
}
_MAGICS = (
    (b"FUJIFILMCCD-RAW", "Fujifilm RAF"),
    (b"IIRO", "Olympus ORF"),
    (b"IIRS", "Olympus ORF"),
    (b"MMOR", "Olympus ORF"),
    (b"IIU\0", "Panasonic RW2"),
    (b"FOVb", "Sigma X3F"),
    (b"\0MRM", "Minolta MRW"),
    (b"II\x1a\0\0\0HEAPCCDR", "Canon CRW"),
    (b"ARRI\x12\x34\x56\x78", "ARRIRAW"),
)
_SHORT, _LONG, _IFD = 3, 4, 13
_MOST_TAGS = 512
_TAG = "HHI4s"


def camera_raw(data: bytes) -> str | None:
    """What kind of camera raw file this is, such as "Canon CR2"; None if it is none."""
    for magic, name in _MAGICS:
        if data.startswith(magic):
            return name
    if data[4:12] == b"ftypcrx ":
        return "Canon CR3"
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _in_tiff(data)
    return None


def _in_tiff(data: bytes) -> str | None:
    if data[8:10] == b"CR":
        return "Canon CR2"
    if data[8:12] in (b"IIII", b"MMMM"):
        return "Phase One IIQ"
    order = "<" if data[:2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", data, 4)
        tags = _tags(data, order, first)
        if _DNG_VERSION in tags:
            return "DNG"
        sub_ifds = _numbers(data, order, tags[_SUB_IFDS])[:8] if _SUB_IFDS in tags else []
        for each in (tags, *(_tags(data, order, at) for at in sub_ifds)):
            kinds = [
                _numbers(data, order, each[t])[0] if t in each else 0
                for t in (_PHOTOMETRIC, _COMPRESSION)
            ]
            if kinds[0] in _RAW_PHOTOMETRIC or kinds[1] in _RAW_COMPRESSION:
                return _by_make(data, order, tags)
    except (struct.error, IndexError):  # damaged: the decoder will say so
        return None
    return None


def _tags(data: bytes, order: str, at: int) -> dict[int, tuple[int, int, bytes]]:
    """Type, count and last four bytes of each tag of a directory."""
    (count,) = struct.unpack_from(f"{order}H", data, at)
    entries = (
        struct.unpack_from(f"{order}{_TAG}", data, at + 2 + 12 * i)
        for i in range(min(count, _MOST_TAGS))
    )
    return {tag: (kind, length, value) for tag, kind, length, value in entries}


def _numbers(data: bytes, order: str, entry: tuple[int, int, bytes]) -> list[int]:
    """The whole numbers of a tag, some hundred at most."""
    kind, count, value = entry
    count = min(count, 128)
    if kind not in (_SHORT, _LONG, _IFD):
        return [0]
    form = f"{order}{count}{'H' if kind == _SHORT else 'I'}"
    if struct.calcsize(form) <= 4:
        return list(struct.unpack_from(form, value))
    (at,) = struct.unpack(f"{order}I", value)
    return list(struct.unpack_from(form, data, at))


def _by_make(data: bytes, order: str, tags: dict[int, tuple[int, int, bytes]]) -> str:
    name = b""
    if _MAKE in tags:
        _, count, value = tags[_MAKE]
        (at,) = struct.unpack(f"{order}I", value)
        name = value[:count] if count <= 4 else data[at : at + min(count, 64)]
    make = name.decode("latin-1").lower()
    return next((title for key, title in _MAKES.items() if key in make), "TIFF/EP")
