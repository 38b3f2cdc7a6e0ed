"""Files made on the spot, so that none has to be kept."""

import io
import struct
import zlib

import numpy as np
import pytest
import soundfile
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


@pytest.fixture(scope="session")
def sounding():
    """A function that encodes (n,) or (n, channels) samples with libsndfile."""

    def encode(samples, rate, form, subtype=None, **options):
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=form, subtype=subtype, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def muxed():
    """A function that puts (n,) samples at 48 kHz, or none, and a film, or none, into a file.

    All channels of the layout are the same.
    """
    import av

    def encode(samples, container, codec, *, film=False, layout="mono", **options):
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container, options=options) as output:
            if film:
                pictures = output.add_stream("mpeg4", rate=10, width=64, height=48)
                pictures.pix_fmt = "yuv420p"
            if samples is not None:
                sound = output.add_stream(codec, rate=48_000, layout=layout)
            if film:
                for _ in range(20):
                    black = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
                    output.mux(pictures.encode(black))
                output.mux(pictures.encode(None))
            if samples is not None:
                packed = np.repeat(samples, av.AudioLayout(layout).nb_channels)[None]
                frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
                frame.sample_rate, frame.pts = 48_000, 0
                resampler = av.AudioResampler(
                    format=sound.codec_context.format.name,
                    layout=layout,
                    rate=48_000,
                    frame_size=sound.codec_context.frame_size or 1024,
                )
                for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                    output.mux(sound.encode(piece))
                output.mux(sound.encode(None))
        return buffer.getvalue()

    return encode
