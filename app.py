"""The server: Graft's pages, warmed up in the background, and the web API beside them."""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pandas  # noqa: F401 - Plotly looks into it, also while another thread still imports it
import streamlit as st
from starlette.routing import Mount, Route
from streamlit.runtime.caching.global_cache_budget import get_global_cache_budget

from core import engine, sign_in, zoo
from core.access import ACCESS, may_administer
from core.api.app import web_api
from core.api.metrics import metrics
from core.api.sockets import send_at_once
from core.errors import GraftError
from core.media import encode_png, encode_wav
from core.memory.results import shared_budget
from core.optvis.style_samples import style_sample
from core.projects import runs
from core.projects.regular_sweeping import start_sweeping
from core.settings import settings
from core.sound import classification as sounds
from core.sound.encoders import RATE as SOUND_RATE
from core.sound.encoders import levels_of
from core.startup.poor import poor_settings
from core.startup.wrong import end_if_below, end_if_exposed, end_if_wrong
from core.text import documents, sentiment
from core.vision import captioning, colorization
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.feature_files import remove_feature_files
from core.vision.transfer.trained_model import remove_files
from pages._server.collecting import start_collecting
from pages._server.large_files import LARGE_FILES
from pages._server.messages import let_nobody_clear_caches, let_pages_send_more
from pages._server.middleware import middleware

_log = logging.getLogger(__name__)
_SECOND_BACKBONE = "efficientnet_lite2"  # which the first page compares with the default


def _warm_up() -> None:
    """Open what the first page shows, so that the first visitor does not wait for it."""
    early_layer = zoo.image_network(DEFAULT_BACKBONE).feature_layers[0]
    try:
        engine.predictor(DEFAULT_BACKBONE)
        engine.predictor(DEFAULT_BACKBONE, layer=early_layer)
        if engine.is_compiled(zoo.image_network(_SECOND_BACKBONE)):
            engine.predictor(_SECOND_BACKBONE)
        sentiment.predict(["A film."], model=sentiment.DEFAULT_MODEL)
        documents.predict(["A letter."])
        silence = np.zeros(SOUND_RATE, np.float32)
        sounds.classify(encode_wav(silence, SOUND_RATE))
        style_sample("Swirls")
        levels_of(silence)  # for pictures; its library takes seconds
        if engine.is_compiled(zoo.image_network(captioning.captioner().network)):
            captioning.caption(encode_png(np.zeros((8, 8, 3), np.uint8)))
        if engine.is_compiled(zoo.image_network(colorization.ENCODER)):
            colorization.colorize(encode_png(np.zeros((8, 8, 3), np.uint8)))
    except GraftError as err:
        _log.warning("not warmed up: %s", err)
    if not may_administer():  # then the Engine room, which everybody sees, does not say it
        for sentence in poor_settings():
            _log.warning(sentence)
    from pages._documents.first_look import ROOM as TEXTS
    from pages._sounds.first_look import ROOM as SOUNDS
    from pages._transfer import cached, ladder  # st.cache_* wants the runtime, here by now
    from pages._transfer.sample_sets import DEFAULT_SET

    # jobs, so that they do not disturb what pages measure; whoever comes meanwhile goes first
    engine.jobs.submit(
        lambda: cached.explore_sample(DEFAULT_SET, DEFAULT_BACKBONE),
        title=f"Exploring {DEFAULT_SET}",
        owner="warm-up",
        is_background=True,
    )
    for room in (SOUNDS, TEXTS):
        room.training.prepare()
    for title, prepare in (
        ("Looking at sample recordings", SOUNDS.prepare),
        ("Looking at sample texts", TEXTS.prepare),
        ("Opening the ladder", ladder.prepare),
    ):
        engine.jobs.submit(prepare, title=title, owner="warm-up", is_background=True)
    gc.collect()
    gc.freeze()  # what has been opened stays


@contextlib.asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    send_at_once()
    sys.stderr.write(f"{ACCESS[settings().access]}\n")
    get_global_cache_budget().reconfigure(settings().results_bytes - shared_budget())
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    background = [start_sweeping(), start_collecting()]
    yield
    for stop in background:
        stop.set()
    runs.leave()
    engine.jobs.close(patience_s=2.0)
    engine.downloads.close()
    engine.saves.close(patience_s=5.0)
    engine.folders.close(patience_s=5.0)
    remove_files()
    remove_feature_files()


end_if_wrong()
end_if_exposed(st.get_option("server.address"))
end_if_below(st.get_option("server.baseUrlPath"))
login = sign_in.login() if settings().access == "login" else None
let_pages_send_more()
let_nobody_clear_caches()
app = st.App(
    Path(__file__).parent / "pages" / "navigation.py",
    lifespan=_lifespan,
    secrets=None if login is None else login.secrets(),
    routes=[Mount("/api", app=web_api()), Route("/metrics", metrics), LARGE_FILES],
    middleware=middleware(login),
)
