"""The room YAMNet: which of AudioSet's 521 sounds a module of TF-Hub hears."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.sound.yamnet import YAMNET, SoundTags
from pages._sounds import cached, sound_charts
from pages._sounds.notices import tells_something
from pages._sounds.sound_input import NamedSound, part_input, sound_input
from pages._ui import charts, downloads, errors, layout, widgets

_MODULE = "sound_module"
_ROWS = 10
_WINDOW_S = 0.96


def room() -> None:
    """The sound and the module at the left; beside them what is heard."""
    controls, result = layout.two_parts()
    sound, module = None, ""
    with controls, errors.shown():
        sound = sound_input()
        module = widgets.module_input(
            key=_MODULE,
            help=(
                f"A module with YAMNet's signature, such as {YAMNET}. TensorFlow opens it, "
                "which takes some seconds the first time."
            ),
        )
        st.caption(
            "YAMNet was trained on AudioSet, two million clips of videos. It is not included "
            "with this app: enter its URL or folder."
        )
    with result, errors.shown():
        if widgets.module_question(_MODULE):
            return
        if not module or sound is None:
            missing = "you enter a module" if sound else "you choose a sound"
            st.info(f"The classes appear here once {missing}.", icon=":material/hearing:")
            return
        _show(sound, cached.tag(part_input(sound, "yamnet_part"), module=module))


def _show(sound: NamedSound, tags: SoundTags) -> None:
    if not tells_something(tags.notices, tags.undecided):
        return
    ranked = tags.ranked()
    (first, share), (second, less) = ranked[:2]
    st.markdown(f"##### {first}, {share:.2f}\n:small[then {second}, {less:.2f}]")
    names = [name for name, _ in ranked[:_ROWS]]
    columns = [tags.labels.index(name) for name in names]
    st.plotly_chart(
        sound_charts.scores_over_time(tags.times, _WINDOW_S, names, tags.scores[:, columns]),
        config=charts.CONFIG,
        key="yamnet_over_time",
        alt=f"Classes in {sound.name}: {', '.join(names)}",
    )
    st.caption(
        f"Scores by `{tags.module}`, computed here in windows of {_WINDOW_S} s, every 0.48 s. "
        "Each class is scored independently: the scores do not add up to 1 and are not "
        "probabilities."
    )
    table = pd.DataFrame(np.round(tags.scores, 5), columns=list(tags.labels))
    table.insert(0, "begin_s", tags.times)
    downloads.table("Scores of the windows (CSV)", table, "yamnet.csv")
