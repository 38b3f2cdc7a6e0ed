"""The room Listen: what a recording holds, when, and what speaks for it."""

from __future__ import annotations

import streamlit as st

from core import cluster
from core.engine import JobState
from core.media import probe_audio
from core.sound import classification
from core.sound.classification import SoundClassification, SoundStep
from core.wording import counted, escaped
from pages._sounds import cached, over_time
from pages._sounds.choices import class_title, model_input
from pages._sounds.notices import tells_something
from pages._sounds.sound_input import NamedSound, sound_input
from pages._ui import charts, errors, jobs, layout, use_from_code
from pages._ui.numbers import percent

JOB = "sound_job"
_SHOWN = 6
_AT_ONCE_S = 120.0  # a longer sound is a job


def room() -> None:
    """The sound and the model at the left; beside them what is heard."""
    controls, beside = layout.two_parts()
    sound = model = None
    with controls, errors.shown():
        sound = sound_input()
        model = model_input()
    with beside, errors.shown():
        if model is None:
            return
        if sound is None:
            st.info(
                "Upload, record or choose a sound to see what it is.", icon=":material/graphic_eq:"
            )
            return
        result, to_the_end = _classify(sound, model)
        if result is None:
            return
        if not tells_something(result.notices, result.undecided):
            st.caption(f"Length: {_length(result.seconds)}.")
            st.audio(sound.data)
            return
        _verdict(result)
        over_time.pictures(
            sound, result, controls, lambda: _scores(sound, result), to_the_end=to_the_end
        )
        use_from_code.show(use_from_code.call("sounds", model=model))


def _classify(sound: NamedSound, model: str) -> tuple[SoundClassification | None, bool]:
    """The answer, by a job if the sound is long, None before it is over; whether it heard all."""
    seconds = probe_audio(sound.data).seconds
    if seconds is not None and seconds <= _AT_ONCE_S:
        return cached.classify(sound.data, model=model), True
    job = jobs.start_anew(
        JOB,
        (sound.identity, model),
        f"Classifying {sound.name}",
        lambda: cluster.steps(classification.classify_steps, sound.data, model=model),
    )
    jobs.panel(JOB, job, _progress)
    if not job.is_over or job.snapshot is None:
        return None, False
    return job.snapshot.result, job.state is JobState.DONE


def _progress(step: SoundStep) -> tuple[float | None, str]:
    best = step.result
    return (
        step.share,
        f"{best.seconds:,.0f} s analysed, {escaped(class_title(best.labels[0]))} so far",
    )


def _length(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.2g} ms"


def _verdict(result: SoundClassification) -> None:
    first, second = (escaped(class_title(label)) for label in result.labels[:2])
    st.markdown(
        f"##### {first.capitalize()}, {percent(result.scores[0])}\n"
        f":small[then {second}, {percent(result.scores[1])}; {_length(result.seconds)} in "
        f"{counted(len(result.windows.times), 'window')}]"
    )


def _scores(sound: NamedSound, result: SoundClassification) -> None:
    names = [class_title(label) for label in result.labels[:_SHOWN]]
    st.plotly_chart(
        charts.score_bars(names, result.scores[:_SHOWN]),
        config=charts.CONFIG,
        key="sound_scores",
        alt=", ".join(
            f"{name} {percent(score)}" for name, score in zip(names, result.scores, strict=False)
        ),
    )
    made_here = ""
    if sound.is_sample and sound.meant in result.labels:
        meant = class_title(sound.meant)
        right = result.labels[0] == sound.meant
        made_here = f" It was synthesised to sound like “{meant}”, and " + (
            "is classified as that."
            if right
            else ("**is not classified as that**: the imitation is not close enough.")
        )
    st.caption(
        "Probabilities for the whole sound, computed here. The classifier has "
        f"{counted(len(result.labels), 'class')}; any other kind of sound is assigned to one of "
        "these."
        f"{made_here}"
    )
