"""The room How good: what the recipe has measured, and what of it can be believed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core import zoo
from core.sound import classification
from pages._sounds import sound_charts
from pages._sounds.choices import class_title, model_input
from pages._sounds.figures import INPUTS, figures
from pages._ui import charts, downloads, evaluation_charts
from pages._ui.numbers import percent

_BY_FOLD, _LEAKING = "By fold", "Windows at random"
_PUBLISHED = {
    "esc10": "Published, not measured here: human listeners 95.7% on ESC-10 "
    "([Piczak, 2015](https://doi.org/10.1145/2733373.2806390)).",
    "urbansound8k": (
        "Published, not measured here: about 84% on all ten folds of UrbanSound8K "
        "by strong networks pretrained on other sounds; they train on nine folds at "
        "a time, the layers here on two."
    ),
}
_MOST_CONFUSED = 5


def room() -> None:
    """Accuracies by data set, by number of clips, and what is taken for what."""
    recorded = figures()
    card = zoo.shipped(classification.DEFAULT_MODEL).card
    made = card["made"]
    st.caption(
        f"Recorded, not measured now: `{card['recipe']}` trained and tested the layers on "
        f"{made['date']}."
    )
    st.markdown(f"##### {finding(recorded)}")
    halves = st.grid(2, min_column_width=380, gap="medium")
    for name, data in recorded.items():
        with halves.container(border=True, height="stretch"):
            _accuracies(name, data)
    _leak(recorded)
    _clips(recorded)
    _confusion()
    downloads.table("Metrics (CSV)", table_of(recorded), "sounds.csv")
    _origin(card)


def finding(recorded: dict[str, Any]) -> str:
    """Which of the two networks carries over better to each data set."""
    better, parts = [], []
    for data in recorded.values():
        birds, photos = (data["by_fold"][name]["accuracy"] for name in ("birds", "photos"))
        better.append(birds > photos)
        parts.append(f"{percent(birds)} against {percent(photos)} on {short(data)}")
    if all(better):
        return f"Birdsong transfers better than photos: {', '.join(parts)}"
    if not any(better):
        return f"Photos transfer better than birdsong, which reaches {', '.join(parts)}"
    return f"Birdsong or photos, depending on the data: birdsong {', '.join(parts)}"


def short(data: dict[str, Any]) -> str:
    """The name of a data set without its folds."""
    return data["title"].split(",")[0]


def _accuracies(name: str, data: dict[str, Any]) -> None:
    st.markdown(
        f"**{data['title']}**  \n:small[{data['clips']:,} clips of {data['recordings']:,} "
        f"recordings in {len(data['classes'])} classes]"
    )
    by_fold = [data["by_fold"][source]["accuracy"] for source in INPUTS]
    leaking = [data["leaking"][source] for source in INPUTS]
    st.plotly_chart(
        sound_charts.split_bars(
            list(INPUTS.values()),
            {_BY_FOLD: by_fold, f"{_LEAKING} (leaks)": leaking},
        ),
        config=charts.CONFIG,
        key=f"bars_{name}",
        alt="; ".join(
            f"{title}: {percent(a)} by fold, {percent(b)} by windows at random"
            for title, a, b in zip(INPUTS.values(), by_fold, leaking, strict=True)
        ),
    )
    best = max(INPUTS, key=lambda source: data["by_fold"][source]["accuracy"])
    folds = data["by_fold"][best]["folds"]
    spread = ", ".join(percent(value) for value in folds.values())
    clips = data["by_recording"][best]
    st.caption(
        f"{INPUTS[best]}, fold by fold: {spread}. Clips of one recording are right or wrong "
        f"together: of {data['recordings']:,} recordings {percent(clips['right'])} are mostly "
        f"right, and {clips['half_of_mistakes']} hold half of the mistakes. "
        f"{_PUBLISHED.get(name, '')}"
    )


def _leak(recorded: dict[str, Any]) -> None:
    st.subheader("Why the grey bars are higher and misleading", anchor=False)
    gaps = [
        f"{100 * (data['leaking']['both'] - data['by_fold']['both']['accuracy']):.1f} points on "
        f"{short(data)}"
        for data in recorded.values()
    ]
    st.markdown(
        "The authors of both data sets assigned clips to folds so that all slices of one "
        "recording are in the same fold. **By fold**, a layer is tested on recordings that it "
        "was not trained on. **Windows at random**, the book's split, puts windows of one "
        "clip, and slices of one recording, on both sides: the layer was trained on the same "
        "dog in the same room a second earlier. With both networks that adds "
        f"{' and '.join(gaps)}. The book reports 88.7% on UrbanSound8K that way; your "
        "recordings are new to the layer, so expect the accuracy of the green bars."
    )


def _clips(recorded: dict[str, Any]) -> None:
    st.subheader("Accuracy by number of clips", anchor=False)
    halves = st.grid(2, min_column_width=380, gap="medium")
    alls = []
    for name, data in recorded.items():
        most = round(data["clips"] / len(data["classes"]))
        alls.append(f"about {most:,} on {short(data)}")
        curves = {
            INPUTS[source]: [(point["clips"], point["accuracy"]) for point in points]
            for source, points in data["by_clips"].items()
        }
        with halves.cell():
            st.markdown(f"**{data['title']}**")
            st.plotly_chart(
                sound_charts.clip_curves(curves, most),
                config=charts.CONFIG,
                key=f"clips_{name}",
                alt=clips_text(curves),
            )
    st.caption(
        "Accuracy by fold after training on at most this many clips per class, drawn once at "
        f"random; “all” is {' and '.join(alls)}. The higher a curve starts, the more the "
        "pretraining helps."
    )


def clips_text(curves: dict[str, list]) -> str:
    """The first and the last point of each curve, in words."""
    return "; ".join(
        f"{title}: {percent(points[0][1])} with {points[0][0]} clip of each class, "
        f"{percent(points[-1][1])} with all"
        for title, points in curves.items()
    )


def _confusion() -> None:
    st.subheader("Confusion matrix", anchor=False)
    model = model_input()
    card = zoo.shipped(model).card
    names = [class_title(label) for label in card["classes"]]
    counts = np.array(card["metrics"]["confusion"])
    right, total = int(np.trace(counts)), int(counts.sum())
    chart = evaluation_charts.confusion_matrix(names, counts, dark=st.context.theme.type == "dark")
    st.plotly_chart(
        chart,
        config=charts.CONFIG,
        key="sound_confusion",
        alt=f"Confusion matrix: {right:,} of {total:,} clips correct",
    )
    wrong = counts * (1 - np.eye(len(names), dtype=np.int64))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_CONFUSED]
    pairs = [(divmod(int(i), len(names)), int(wrong.flat[i])) for i in order]
    often = ", ".join(f"{names[t]} for {names[s]} ({count})" for (t, s), count in pairs if count)
    st.caption(
        f"{right:,} of {total:,} clips correct, {percent(right / total)}: every clip by a layer "
        f"that was not trained on its fold. Macro F1 {card['metrics']['macro_f1']:.3f}, "
        f"expected calibration error {card['metrics']['expected_calibration_error']:.3f}. Most "
        f"frequent confusions: {often}."
    )


def table_of(recorded: dict[str, Any]) -> pd.DataFrame:
    """Every figure in a row of its own."""
    rows = []
    for data in recorded.values():
        for source, title in INPUTS.items():
            by_fold_scores = data["by_fold"][source]
            rows.append((data["title"], title, "by fold", "all", by_fold_scores["accuracy"]))
            rows += [
                (data["title"], title, f"fold {fold}", "all", value)
                for fold, value in by_fold_scores["folds"].items()
            ]
            rows.append((data["title"], title, "windows at random", "all", data["leaking"][source]))
            rows += [
                (data["title"], title, "by fold", point["clips"], point["accuracy"])
                for point in data["by_clips"].get(source, ())
                if point["clips"] is not None
            ]
    return pd.DataFrame(
        rows, columns=["data", "heard_by", "split", "clips_of_each_class", "accuracy"]
    )


def _origin(card: dict[str, Any]) -> None:
    st.subheader("Data and recipe", anchor=False)
    made = ", ".join(
        f"{name} {value}"
        for name, value in card["made"].items()
        if name not in ("date", "processor")
    )
    rows = [
        ("Task", card["task"]),
        ("Data", card["data"]),
        ("Split", card["split"]),
        ("Photos", "EfficientNet-Lite0, shown one log-mel spectrogram"),
        (
            "Photos, three channels",
            "the same network, shown the book's channels: log-mel, the mean of its harmonic and "
            "percussive part, its change",
        ),
        ("Birdsong", "BirdNET 2.4, on the sound as it is and an octave higher"),
        ("Seed", str(card["seed"])),
        ("Recipe", f"`{card['recipe']}`"),
        ("Made", f"{card['made']['date']} with {made}"),
        ("Licence", zoo.network(classification.DEFAULT_MODEL).licence),
    ]
    head, *others = (f"| **{name}** | {text} |" for name, text in rows)
    st.markdown("\n".join([head, "|---|---|", *others]))
