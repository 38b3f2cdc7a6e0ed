"""What rooms for pictures by optimisation share: the run that a job makes, and what it leaves."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from PIL import Image

from core import cluster
from core.learning.stored import checked
from core.optvis.openings import opening
from pages._ui import axes, charts, downloads, jobs, saved_pictures
from pages._ui.charts import colours, plain
from pages._ui.optimising_run import Run

_FRAMES = 40
_GIF_PX = 448


def run(
    steps: Callable[[], Iterator[Any]],
    losses: Callable[[Any], dict[str, float]],
    about: dict[str, Any],
    *,
    frame: Callable[[Any], int] | None = None,
) -> Iterator[Run]:
    """Drive a generator of steps with `image`, `iteration`, `steps` and `share`; keep its history.

    Parameters
    ----------
    steps : may come from elsewhere; see `core.cluster.steps`.
    frame : the number of a step's frame, of which the last picture is kept; some 40 equal parts
        of the run without it.
    """
    history: list[dict[str, float]] = []
    frames: dict[int, np.ndarray] = {}
    number = frame or (lambda step: step.iteration * _FRAMES // max(1, step.steps))
    for step in cluster.fresh(steps()):
        history.append({"iteration": step.iteration, **losses(step)})
        frames[number(step)] = step.image
        text = f"step {step.iteration} of {step.steps}"
        yield Run(step.image, step.share, text, history, list(frames.values()), about)


def show_run(
    key: str, show: Callable[[Run], None], preview: Callable[[Run], None], *, ahead: str, press: str
) -> None:
    """Draw the job `key` of this session as far as it is; or the last run of its project, or one
    that was made ahead of time.

    Parameters
    ----------
    show, preview : draw a run that is over, and one that is not.
    ahead : the name of that run in `core.optvis.openings`.
    press : what the button is called that makes another.
    """
    saved_pictures.watch(key)
    job = jobs.current(key)
    if job is not None:
        jobs.panel(key, job, lambda run: (min(1.0, run.share), run.text), preview=preview)
        if not job.is_over:
            return
        run = jobs.outcome(key)
        if run is not None:
            show(run)
            return
    saved_pictures.say_interrupted(key)
    if (kept := saved_pictures.last(key)) is not None:
        checked(lambda: show(kept))  # who knows who has written it
        return
    st.caption(f"Precomputed example. Choose a photo and settings, then press {press}.")
    made = opening(ahead)  # only the result was kept
    show(Run(made.image, 1.0, "", made.record.get("losses", []), [], made.record))


def curves(history: list[dict[str, float]], key: str, title: str = "loss") -> None:
    """The curves of a run, once there are two points."""
    if len(history) > 1:
        figure = loss_curves(history, title=title)
        st.plotly_chart(figure, config=charts.CONFIG, key=key, alt=f"Curves of the {title}")


def loss_curves(history: Sequence[Mapping[str, float]], *, title: str = "loss") -> go.Figure:
    """A curve for each number but `iteration`, on a logarithmic axis."""
    names = [name for name in history[-1] if name != "iteration"] if history else []
    figure = go.Figure()
    for name, colour in zip(names, colours(len(names)), strict=True):
        figure.add_scatter(
            x=[row["iteration"] for row in history if row.get(name, 0) > 0],
            y=[row[name] for row in history if row.get(name, 0) > 0],
            mode="lines" if len(history) > 2 else "lines+markers",
            name=name,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{name}: %{{y:.3g}} after %{{x}} steps<extra></extra>",
        )
    axes.counts(figure, "x", [row["iteration"] for row in history], "steps")
    axes.logarithmic(figure, "y", [row[name] for row in history for name in names], title)
    above = len(names) > 1
    legend = {"orientation": "h", "y": 1, "yanchor": "bottom"}
    figure.update_layout(showlegend=above, legend=legend)
    # two rows of names in a narrow window
    return plain(figure, height=290, margin={"t": 48} if above else None)


def run_downloads(image: np.ndarray, about: dict[str, Any], name: str, frames: list) -> None:
    """Buttons for the picture, its settings, and the run as a GIF."""
    with st.container(horizontal=True):
        downloads.picture("Picture (PNG)", image, f"{name}.png")
        st.download_button(
            "Settings (JSON)",
            lambda: json.dumps(about, indent=1).encode(),
            f"{name}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        if len(frames) > 2:
            st.download_button(
                "The run (GIF)",
                lambda: gif(frames),
                f"{name}.gif",
                "image/gif",
                icon=":material/download:",
                on_click="ignore",
            )


def gif(frames: list[np.ndarray], *, seconds: float = 0.1) -> bytes:
    """An endless GIF of pictures, all in the size of the last, at most 448 px wide."""
    height, width = frames[-1].shape[:2]
    share = min(1.0, _GIF_PX / width)
    size = (max(1, round(share * width)), max(1, round(share * height)))
    pictures = [Image.fromarray(f).resize(size, Image.Resampling.BICUBIC) for f in frames]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 * seconds),
        loop=0,
    )
    return buffer.getvalue()
