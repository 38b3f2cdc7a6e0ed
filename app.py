"""The server: Graft's pages, warmed up in the background, and JSON routes beside them."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core import engine, zoo
from core.errors import GraftError, InvalidInputError, UnknownNameError, WeightsUnavailableError
from core.media import IMAGE_LIMITS, encode_png, encode_wav
from core.optvis.style_samples import style_sample
from core.sound import classification as sounds
from core.sound.encoders import RATE as SOUND_RATE
from core.sound.encoders import levels_of
from core.text import documents, sentiment
from core.vision import captioning, colorization
from core.vision.classification import DEFAULT_BACKBONE, classify
from core.vision.transfer.trained_model import remove_files

_log = logging.getLogger(__name__)
_STATUS = {InvalidInputError: 400, UnknownNameError: 404, WeightsUnavailableError: 409}
_SECOND_BACKBONE = "efficientnet_lite2"  # which the first page compares with the default
_MOST_DIGITS = 4  # int() refuses thousands of them with an error of its own


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
    from pages._documents.train import ROOM as TEXTS
    from pages._sounds.train import ROOM as SOUNDS
    from pages._transfer import cached  # st.cache_* wants the runtime, which is there by now
    from pages._transfer.sample_sets import DEFAULT_SET

    # jobs, so that they disturb neither what pages measure nor whoever comes first
    engine.jobs.submit(
        lambda: cached.explore_sample(DEFAULT_SET, DEFAULT_BACKBONE),
        title=f"Exploring {DEFAULT_SET}",
        owner="warm-up",
    )
    SOUNDS.prepare()
    TEXTS.prepare()
    gc.collect()
    gc.freeze()  # Streamlit collects after every run: looking through libraries would take 0.1 s


@contextlib.asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield
    engine.jobs.close(patience_s=2.0)
    engine.downloads.close()
    remove_files()


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)


async def health(_request: Request) -> JSONResponse:
    """`GET /api/health`: that the server answers, and what it holds in memory."""
    pool = engine.pool.statistics()
    return JSONResponse(
        {
            "status": "ok",
            "device": engine.device(),
            "memory": {"used_bytes": pool.used, "budget_bytes": pool.budget},
        }
    )


async def backbones(_request: Request) -> JSONResponse:
    """`GET /api/backbones`: the image networks, and which can be used now."""
    rows = [
        {
            "name": spec.name,
            "title": spec.title,
            "input_size": spec.input_size,
            "parameters": spec.parameters,
            "classes": spec.classes,
            "published_top1": spec.published and spec.published.top1,
            "licence": spec.licence,
            "on_disk": zoo.is_on_disk(spec),
        }
        for spec in zoo.networks()
        if isinstance(spec, zoo.ImageNetworkSpec)
    ]
    return JSONResponse({"backbones": rows})


async def classify_photo(request: Request) -> JSONResponse:
    """`POST /api/classify?backbone=NAME&top_k=K`: the body is a photo; labels and scores come back.

    Names of the table only: a URL or a folder would let a stranger make this machine fetch it.
    """
    backbone = request.query_params.get("backbone", DEFAULT_BACKBONE)
    top_k = request.query_params.get("top_k", "5")
    if not top_k.isdecimal() or len(top_k) > _MOST_DIGITS:
        return _refusal(400, f"Expected top_k in 1..1000. Received: {top_k[:40]!r}.")
    photo = await _body(request)
    if photo is None:
        return _refusal(
            413, f"Expected a photo of at most {IMAGE_LIMITS.max_bytes / 2**20:.0f} MiB."
        )
    try:
        if not zoo.is_listed(backbone):
            raise UnknownNameError.among("network", backbone, [s.name for s in zoo.networks()])
        result = await run_in_threadpool(classify, photo, backbone=backbone, top_k=int(top_k))
    except GraftError as err:
        return _refusal(_STATUS.get(type(err), 503), str(err))
    return JSONResponse(
        {
            "backbone": result.backbone,
            "precision": result.precision,
            "labels": result.labels,
            "wnids": result.wnids,
            "scores": [round(float(score), 6) for score in result.scores],
        }
    )


async def unknown(request: Request) -> JSONResponse:
    """Any other path or method below `/api`; without this, Streamlit would send its page."""
    return _refusal(
        404,
        f"There is no {request.method} {request.url.path}. Known: GET /api/health, "
        "GET /api/backbones, POST /api/classify.",
    )


async def _body(request: Request) -> bytes | None:
    """The request's body, or None as soon as it is larger than a photo may be."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > IMAGE_LIMITS.max_bytes:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


app = st.App(
    Path(__file__).parent / "pages" / "navigation.py",
    lifespan=_lifespan,
    routes=[
        Route("/api/health", health),
        Route("/api/backbones", backbones),
        Route("/api/classify", classify_photo, methods=["POST"]),
        Route("/api/{path:path}", unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ],
)
