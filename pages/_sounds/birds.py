"""The room Birds: what the network of birdsong itself hears, species by species."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core import zoo
from core.sound.birds import BirdDetections
from core.sound.encoders import BIRD_NETWORK
from core.wording import counted
from pages._sounds import cached, sound_charts
from pages._sounds.bird_samples import BIRD_SAMPLES
from pages._sounds.notices import tells_something
from pages._sounds.sound_input import part_input, sound_input
from pages._ui import (
    charts,
    downloads,
    errors,
    layout,
    provenance,
    task_settings,
    use_from_code,
)

_ROWS = 12
_COLUMNS = {
    "Highest confidence": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
    "First at": st.column_config.NumberColumn(format="%.0f s"),
}


def room() -> None:
    """The sound at the left; beside it the species."""
    controls, result = layout.two_parts()
    sound = None
    with controls, errors.shown():
        sound = sound_input(samples=BIRD_SAMPLES, sample_key="bird")
        least = task_settings.slider("birds", "least", key="bird_least")
    with result, errors.shown():
        spec = zoo.network(BIRD_NETWORK)
        if sound is None:
            st.info(
                "Upload, record or choose a sound to see bird species.", icon=":material/raven:"
            )
            return
        birds = cached.birds_in(part_input(sound, "bird_part"))
        if tells_something(birds.notices, birds.undecided):
            _detections(birds, least)
        if sound.is_sample:
            st.caption(
                f"Synthesised after the song of a {sound.meant}, which is what BirdNET should "
                "report; any other species is a mistake."
                if sound.name != "Siren"
                else (
                    "No bird: BirdNET also recognises a few noises. Any species here is a mistake."
                )
            )
        st.caption(
            f"{spec.title} by the K. Lisa Yang Center for Conservation Bioacoustics and Chemnitz "
            f"University of Technology, computed here; licence {spec.licence}: **not for "
            "commercial use**. Independent scores of 6,522 species and noises in windows of 3 s, a "
            "second apart; no list of the species of a place narrows them down."
        )
        with st.expander("Its card"):
            provenance.model_card(spec)
        use_from_code.show(use_from_code.call("birds", least=least))


def _detections(birds: BirdDetections, least: float) -> None:
    table = species_table(birds, least)
    if table.empty:
        st.markdown("##### No species")
        st.info(
            f"BirdNET reports no species with a confidence of {least:.2f} or more in "
            f"{counted(len(birds.times), 'window')}.",
            icon=":material/raven:",
        )
        return
    st.markdown(f"##### {table['Species'][0]}, {table['Highest confidence'][0]:.2f}")
    noun = "species or noise" if len(table) == 1 else "species or noises"
    st.caption(f"{len(table):,} {noun} reported, in {counted(len(birds.times), 'window')}.")
    names = table["Species"].tolist()[:_ROWS]
    st.plotly_chart(
        sound_charts.scores_over_time(
            birds.times, birds.duration, names, _grid(birds, names, least)
        ),
        config=charts.CONFIG,
        key="birds_over_time",
        alt=f"When {', '.join(names)} were detected",
    )
    st.dataframe(
        table, column_config=_COLUMNS, hide_index=True, alt="Species, the most confident first"
    )
    rows = pd.DataFrame(
        [
            (d.time, d.time + birds.duration, d.scientific, d.common, d.confidence)
            for d in birds.detections
            if d.confidence >= least
        ],
        columns=["begin_s", "end_s", "scientific_name", "common_name", "confidence"],
    )
    downloads.table("Detections (CSV)", rows, "birds.csv")


def species_table(birds: BirdDetections, least: float) -> pd.DataFrame:
    """A row for each species, the surest first."""
    rows: dict[str, list] = {}
    for detection in birds.detections:
        if detection.confidence < least:
            continue
        row = rows.setdefault(
            detection.common, [detection.common, detection.scientific, 0.0, 0, detection.time]
        )
        row[2] = max(row[2], detection.confidence)
        row[3] += 1
    columns = ["Species", "Scientific name", "Highest confidence", "Windows", "First at"]
    table = pd.DataFrame(list(rows.values()), columns=columns)
    return table.sort_values("Highest confidence", ascending=False, ignore_index=True)


def _grid(birds: BirdDetections, names: list[str], least: float) -> np.ndarray:
    """(W, species) confidences; 0 for what is not reported."""
    grid = np.zeros((len(birds.times), len(names)))
    at = {time: i for i, time in enumerate(birds.times.tolist())}
    column = {name: i for i, name in enumerate(names)}
    for detection in birds.detections:
        if detection.common in column and detection.confidence >= least:
            grid[at[detection.time], column[detection.common]] = detection.confidence
    return grid
