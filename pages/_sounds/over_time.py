"""When, and at which frequencies: the player, the spectrogram with a map over it, the windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.sound import classification
from core.sound.classification import ClassWindows, Evidence, SoundClassification
from core.wording import escaped
from pages._sounds import cached, other_pictures, sound_charts
from pages._sounds.choices import class_title
from pages._sounds.sound_input import NamedSound
from pages._sounds.sound_view import sound_view
from pages._ui import charts, downloads, errors, links, spectrogram
from pages._ui.spectrogram import Spectrogram

_ROWS = 6
_TARGET = "sound_target"
_WHOLE_S = 120.0  # as much as can be explained at once
_PART_S = 30
_PLAYER = "sound_player"


def pictures(
    sound: NamedSound,
    result: SoundClassification,
    controls: DeltaGenerator,
    scores: Callable[[], None],
    *,
    to_the_end: bool,
) -> None:
    """Everything about one sound that has an axis of time.

    Parameters
    ----------
    controls : where the choice of a class goes.
    scores : draws those of the sound as a whole.
    to_the_end : whether all of the sound was heard.
    """
    audio, windows = sound.data, result.windows
    if result.seconds > _WHOLE_S or not to_the_end:
        audio, windows = _part(sound, result)
    with controls:
        target = _target(sound, result)
        mapped = st.toggle("Overlay the evidence map", True, key="sound_map", bind="query-params")
    with st.container(key=_PLAYER):
        st.audio(cached.playable(audio))
    drawn = cached.spectrogram(audio)
    evidence = cached.explain(audio, target=target, model=result.model) if mapped else None
    shown = _shown(result, target)
    pixels = spectrogram.picture(drawn)
    above = (
        spectrogram.evidence_layer(evidence, (min(1_200, pixels.shape[1]), 256))
        if evidence
        else None
    )
    sound_view(
        spectrogram.data_url(pixels),
        seconds=drawn.seconds,
        ticks=spectrogram.ticks(),
        above=spectrogram.data_url(above) if above else "",
        times=windows.times,
        duration=windows.duration,
        rows=[
            (class_title(label), windows.scores[:, windows.classes.index(label)]) for label in shown
        ],
        player=_PLAYER,
        label=f"Spectrogram of {sound.name} and the classes in each window",
        key="sound_view",
    )
    _explain(target if mapped else None, result, windows)
    scores()
    _downloads(sound, result, drawn, evidence)
    with st.expander(
        "Other views", on_change="rerun", key="sound_others", bind="query-params"
    ) as others:
        if others.open:
            with errors.shown():
                other_pictures.pictures(audio, _PLAYER)


def _part(sound: NamedSound, result: SoundClassification) -> tuple[bytes, ClassWindows]:
    """All of a long sound at a glance, and a part of it to look at closely."""
    windows = result.windows
    shown = [windows.classes.index(label) for label in result.labels[:_ROWS]]
    st.plotly_chart(
        sound_charts.scores_over_time(
            windows.times,
            windows.duration,
            [class_title(windows.classes[i]) for i in shown],
            windows.scores[:, shown],
        ),
        config=charts.CONFIG,
        key="whole_sound",
        alt=f"Classes in {result.seconds:,.0f} s, by time",
    )
    last = int(result.seconds) - _PART_S
    start = 0
    if last > 0:
        start = st.slider(
            f"Show {_PART_S} s, from second", 0, last, key="sound_part", bind="query-params"
        )
    length = min(_PART_S, int(result.seconds) - start)
    st.caption(f"The player and the charts below cover these {length} s.")
    near = (windows.times >= start) & (windows.times + windows.duration <= start + length)
    if not near.any():
        near[np.abs(windows.times - start).argmin()] = True
    part = ClassWindows(
        times=np.maximum(windows.times[near] - start, 0),
        duration=windows.duration,
        classes=windows.classes,
        scores=windows.scores[near],
    )
    return cached.part(sound.data, start, length), part


def _target(sound: NamedSound, result: SoundClassification) -> str:
    """The class to explain; of every sound the most probable one until another is chosen."""
    links.keep_among(_TARGET, result.labels, sound.identity)
    return st.selectbox(
        "Evidence for",
        result.labels,
        format_func=class_title,
        key=_TARGET,
        bind="query-params",
        help=(
            "The map shows when, and at which frequencies, the sound is evidence for this class."
        ),
    )


def _shown(result: SoundClassification, target: str) -> list[str]:
    labels = list(result.labels[:_ROWS])
    return labels if target in labels else [*labels[:-1], target]


def _explain(target: str | None, result: SoundClassification, windows: ClassWindows) -> None:
    map_text = (
        f"Green: evidence for “{escaped(class_title(target))}”; orange: evidence against. It is a "
        "class activation map, computed from the last feature maps of the frozen networks and the "
        f"weights of the layer; {_blur(result.model)}. "
        if target
        else ""
    )
    short = (
        "The sound is shorter than a window and is repeated to fill one. "
        if len(windows.times) == 1 and result.seconds <= windows.duration
        else ""
    )
    st.caption(
        f"Log-mel spectrogram, the loudest 80 dB, from 20 to 16,000 Hz. {map_text}Below it the "
        f"probabilities of windows of {windows.duration:.0f} s, a second apart. {short}Click to "
        "play from there."
    )


def _blur(model: str) -> str:
    """What the map cannot tell, which depends on the networks behind the classifier."""
    sources = classification.head(model).sources
    if sources == ("birds",):
        return "BirdNET's map has no frequency axis: it shows when, not at which pitch"
    if sources == ("photos",):
        return "it is coarse, seven rows in all"
    return "it is coarse, and BirdNET's part of it has no frequency axis"


def _downloads(
    sound: NamedSound, result: SoundClassification, drawn: Spectrogram, evidence: Evidence | None
) -> None:
    windows = result.windows
    table = pd.DataFrame(windows.scores, columns=list(windows.classes))
    table.insert(0, "end_s", windows.times + windows.duration)
    table.insert(0, "begin_s", windows.times)
    with st.container(horizontal=True):
        downloads.table("Scores of the windows (CSV)", table, "sound_windows.csv")
        pixels = (
            spectrogram.with_evidence(drawn, evidence) if evidence else spectrogram.picture(drawn)
        )
        downloads.picture("Spectrogram (PNG)", pixels, "spectrogram.png")
        if sound.is_sample:
            st.download_button(
                "Sample (WAV)",
                sound.data,
                f"{sound.name.lower()}.wav",
                "audio/wav",
                icon=":material/download:",
                on_click="ignore",
            )
