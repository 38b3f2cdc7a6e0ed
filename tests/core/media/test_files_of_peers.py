"""Files that other projects test themselves with: none crashes, hangs or takes much memory.

Pillow's pictures (github.com/python-pillow/Pillow, Tests/images) and mutagen's sounds
(github.com/quodlibet/mutagen, tests/data), in folders that GRAFT_PICTURES and GRAFT_SOUNDS name,
or beside the project.
"""

import os
import resource
import time
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.media import decode, decode_audio, photo_notices
from core.media.image.formats import image_format

PEERS = Path(__file__).parents[4] / "shared" / "peers"
MOST_MB = 267
MOST_S = 20
# Pillow's own, rare kinds of bitmaps and files that are broken on purpose.
REFUSED_PICTURES = 40  # 30 of the 438 of November 2026


def files(setting, beside):
    folder = Path(os.environ.get(setting) or PEERS / beside)
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    if not names:
        pytest.skip(f"needs files in {folder}, or in a folder that {setting} names")
    return names


def refusals(names, read):
    """Why files are refused, by their names; fails if one takes long or all take much memory."""
    before, why = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, {}
    for path in names:
        started = time.monotonic()
        try:
            read(path.read_bytes())
        except InvalidInputError as err:
            why[path.name] = str(err)
        assert time.monotonic() - started < MOST_S, path
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MOST_MB
    return why


def is_read_here(path):
    try:
        image_format(path.read_bytes())
    except InvalidInputError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_of_pillows_pictures_only_rare_ones_are_refused():
    pictures = [path for path in files("GRAFT_PICTURES", "pictures") if path.stat().st_size]
    refused = refusals(pictures, lambda data: (decode(data), photo_notices(data)))
    usual = {path.name for path in pictures if is_read_here(path)}
    assert len(usual & set(refused)) <= REFUSED_PICTURES


@pytest.mark.slow
def test_mutagens_sounds_are_read_or_refused():
    sounds = files("GRAFT_SOUNDS", "sounds")
    refused = refusals(sounds, lambda data: decode_audio(data, rate=16_000))
    assert len(refused) < len(sounds)
