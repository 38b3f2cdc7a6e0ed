"""Other pictures of a sound, linked to its player: what it is made of, and how it goes on."""

from __future__ import annotations

import streamlit as st

from pages._sounds import cached, sound_charts
from pages._sounds.feature_pictures import Feature, FeaturePicture
from pages._sounds.sound_view import sound_view
from pages._ui import charts, layout, spectrogram

_TITLES: dict[Feature, str] = {
    "harmonic": "Harmonic part",
    "percussive": "Percussive part",
    "chromagram": "Chromagram",
    "delta": "Delta",
}


def pictures(audio: bytes, player: str) -> None:
    """A tab for each kind; only the open one is computed.

    Parameters
    ----------
    player : key of the container of the `st.audio` to link them to.
    """
    layout.show_tabs(
        {
            "Waveform and tempo": lambda: _outline(audio),
            "Harmonic and percussive": lambda: _halves(audio, player),
            "Chromagram": lambda: _one(
                "chromagram",
                audio,
                player,
                "How much of each of the twelve pitch classes there is, whatever the octave; the "
                "strongest of each moment is white, with A at 440 Hz.",
            ),
            "Delta": lambda: _one(
                "delta",
                audio,
                player,
                "How fast each band changes, over nine frames: green gets louder, orange dies "
                "away; the full colour stands for 300 dB a second and more.",
            ),
        },
        key="sound_feature",
    )


def _halves(audio: bytes, player: str) -> None:
    kinds: tuple[Feature, Feature] = ("harmonic", "percussive")
    for kind, picture in zip(kinds, cached.pictures(audio, kinds), strict=True):
        st.markdown(f"**{_TITLES[kind]}**")
        _view(kind, picture, player)
    st.caption(
        "What is steady in time, and what is steady in pitch: medians along each axis of "
        "the spectrogram part them (Fitzgerald, 2010). Both in dB below the loudest."
    )


def _one(kind: Feature, audio: bytes, player: str, caption: str) -> None:
    (picture,) = cached.pictures(audio, (kind,))
    _view(kind, picture, player)
    st.caption(caption)


def _outline(audio: bytes) -> None:
    wave, pulse = cached.outline(audio)
    st.plotly_chart(
        sound_charts.waveform(
            wave.times, wave.minimum, wave.maximum, pulse.beat_times.tolist() if pulse else ()
        ),
        config=charts.CONFIG,
        key="sound_waveform",
        alt="The waveform" + (", with its beats" if pulse else ""),
    )
    if pulse is None:
        st.caption("**Tempo**: none; no pulse makes sense of it. Computed here.")
    else:
        st.caption(
            f"**Tempo**: {pulse.beats_per_minute:.0f} beats a minute, at the dotted lines. "
            f"Computed here; onsets resemble themselves a beat later by {pulse.likeness:.2f}."
        )


def _view(kind: Feature, picture: FeaturePicture, player: str) -> None:
    sound_view(
        spectrogram.data_url(spectrogram.narrowed(picture.pixels)),
        seconds=picture.seconds,
        ticks=picture.ticks,
        player=player,
        label=_TITLES[kind],
        key=f"sound_{kind}",
    )
