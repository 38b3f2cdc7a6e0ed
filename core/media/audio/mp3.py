"""How long an MP3 file says it is, if it says so at all.

References
----------
http://gabriel.mp3-tech.org/mp3infotag.html (Xing and LAME); Fraunhofer's VBRI header
"""

from __future__ import annotations

import struct

# ISO/IEC 11172-3 and 13818-3, by the two bits of the version: 2.5, none, 2, 1
_RATES = {0: (11_025, 12_000, 8_000), 2: (22_050, 24_000, 16_000), 3: (44_100, 48_000, 32_000)}
_LAYER_III = 1
_MONO = 3
_HAS_FRAMES, _HAS_ALL = 1, 15
_VBRI_AT, _VBRI_FRAMES_AT = 36, 50


def declared_seconds(head: bytes) -> float | None:
    """What the header of an encoder says; None without one: the rest would be a guess.

    Parameters
    ----------
    head : the file from its first frame on, some 200 bytes.
    """
    if len(head) < 200 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if version not in _RATES or layer != _LAYER_III or head[2] >> 2 & 3 == 3:
        return None
    rate = _RATES[version][head[2] >> 2 & 3]
    frame = 1152 if version == 3 else 576
    is_mono = head[3] >> 6 == _MONO
    at = 4 + ((17 if is_mono else 32) if version == 3 else (9 if is_mono else 17))
    frames = cut = 0
    if head[at : at + 4] in (b"Xing", b"Info") and head[at + 7] & _HAS_FRAMES:
        (frames,) = struct.unpack_from(">I", head, at + 8)
        if head[at + 7] == _HAS_ALL:  # then LAME's part follows, with what it put around the sound
            delays = int.from_bytes(head[at + 141 : at + 144], "big")
            cut = (delays >> 12) + (delays & 0xFFF)
    elif head[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        (frames,) = struct.unpack_from(">I", head, _VBRI_FRAMES_AT)
    return max(0, frames * frame - cut) / rate or None
