"""Files made on the spot, so that none has to be kept."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def encoded():
    """A function that encodes a Pillow image or an array of pixels."""

    def encode(picture, form, **options):
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def png():
    """A function that writes a PNG chunk by chunk, for what Pillow does not write."""

    def write(width, height, *, bits, colour, rows=b""):
        def chunk(kind, body):
            return (
                struct.pack(">I", len(body))
                + kind
                + body
                + struct.pack(">I", zlib.crc32(kind + body))
            )

        header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
        data = chunk(b"IDAT", zlib.compress(rows))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")

    return write


@pytest.fixture(scope="session")
def photo():
    """(48, 64, 3) uint8: smooth, so that lossy formats keep it, and without any symmetry."""
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([x * 4, y * 5, 60 + x + 2 * y], axis=-1).astype(np.uint8)
