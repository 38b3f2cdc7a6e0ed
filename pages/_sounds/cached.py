"""What is heard in sounds, shared by reruns and sessions and keyed by the encoded sound."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from core.cluster import spread
from core.media import decode_audio, encode_wav, probe_audio, stream_audio
from core.sound import birds, classification, yamnet
from core.sound.encoders import RATE
from pages._sounds import feature_pictures
from pages._ui import spectrogram as spectrograms

_GUESSED = ("MP3", "AAC", "AMR")
_LISTENING = "Classifying; the first time on this machine, networks are compiled"
_BY_MODULE = "Classifying; TensorFlow is opening the module"

classify = st.cache_data(max_entries=128, show_spinner=_LISTENING)(spread(classification.classify))
explain = st.cache_data(max_entries=128, show_spinner=_LISTENING)(spread(classification.explain))
birds_in = st.cache_data(max_entries=32, show_spinner=_LISTENING)(spread(birds.birds_in))
tag = st.cache_data(max_entries=16, show_spinner=_BY_MODULE)(yamnet.tag)
spectrogram = st.cache_data(max_entries=64, show_spinner=False)(spectrograms.spectrogram)
pictures = st.cache_data(max_entries=32, show_spinner="Drawing")(feature_pictures.feature_pictures)
outline = st.cache_data(max_entries=32, show_spinner="Drawing")(feature_pictures.outline)


@st.cache_data(max_entries=64, show_spinner=False)
def notices(audio: bytes) -> tuple[tuple[str, ...], str]:
    """Notices about an encoded sound, and why nothing can be told of it, if so."""
    sound = decode_audio(audio, rate=RATE)
    return sound.notices, sound.undecided


@st.cache_data(max_entries=16, show_spinner="Extracting this part")
def part(audio: bytes, start_s: int, length_s: int) -> bytes:
    """A part of an encoded sound as a WAV file, at 48 kHz and in one channel."""
    first, last, at = start_s * RATE, (start_s + length_s) * RATE, 0
    blocks = []
    for block in stream_audio(audio, rate=RATE):
        blocks.append(block[max(0, first - at) : max(0, last - at)])
        at += len(block)
        if at >= last:
            break
    return encode_wav(np.concatenate(blocks), RATE)


def playable(audio: bytes) -> bytes:
    """An encoded sound of at most some minutes as browsers play and seek in it.

    Of an MP3 without a header they guess the length, and AMR they do not know.
    """
    info = probe_audio(audio)
    if info.format not in _GUESSED or info.seconds is None:
        return audio
    return part(audio, 0, math.ceil(info.seconds) + 1)
