"""What there is to see, and the state of this machine."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from core import engine, zoo
from core.access import ACCESS
from core.optvis.openings import opening
from core.settings import settings
from core.sound.classification import DEFAULT_MODEL as DEFAULT_SOUND_MODEL
from core.text import documents
from core.text.sentiment import DEFAULT_MODEL
from core.vision import captioning
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.race_record import recorded
from core.wording import counted
from pages._captions import cached as captions
from pages._captions.choices import sentence
from pages._captions.samples import photographer
from pages._colorize.opening import OPENING
from pages._sentiment import cached as reviews
from pages._sentiment.samples import SHORT
from pages._sounds import cached as sounds
from pages._sounds.choices import class_title
from pages._sounds.samples import SAMPLES as SOUNDS
from pages._transfer import lanes
from pages._ui import cached_photos, charts, errors, pictures, provenance, spectrogram, widgets
from pages._ui.fragments import fragment
from pages._ui.numbers import percent
from pages._ui.samples import SAMPLES
from pages._ui.shaded_text import shaded_text
from pages._ui.verdict import sure, word

st.title("Graft", anchor=False)
st.markdown(
    "##### See and use transfer learning: networks pretrained on a million photos, applied to "
    "yours.\n"
    "Everything runs on the machine that serves this page. Your photos, texts and sounds stay "
    "on it."
)


class _Tile(NamedTuple):
    """A page to go to; `draw` shows what it does, and returns what to say of that."""

    page: str
    title: str
    icon: str
    draw: Callable[[], str]


@fragment
def rooms() -> None:
    grid = st.grid("auto", min_column_width=250, gap="medium")
    for tile in _TILES:
        with grid.container(border=True, height="stretch"), errors.shown():
            text = tile.draw()
            st.page_link(
                f"{tile.page}.py", label=f"**{tile.title}**", icon=f":material/{tile.icon}:"
            )
            st.caption(text)


def _classify() -> str:
    photo = SAMPLES["Coffee"].photo
    class_map = cached_photos.explain(photo, backbone=DEFAULT_BACKBONE)
    picture = pictures.photo_array(photo, 480)
    st.image(
        pictures.overlay(picture, class_map.values, class_map.region),
        width="stretch",
        alt=f"A cup of coffee, with the evidence for {class_map.label} in bright colours",
    )
    return (
        f"“{class_map.label}”, predicted by {widgets.title_of(DEFAULT_BACKBONE)}, with the "
        "evidence in the photo. One photo, a ZIP file of photos, or live video."
    )


def _backbones() -> str:
    ready = [name for name in ("efficientnet_lite0", "efficientnet_lite2") if _ready(name)]
    photo = SAMPLES["Palace"].photo
    maps = [cached_photos.explain(photo, backbone=name) for name in ready]
    picture = pictures.photo_array(photo, 480)
    st.image(
        pictures.side_by_side(
            [pictures.overlay(picture, m.values, m.region) for m in maps] or [picture]
        ),
        width="stretch",
        alt=(
            "A palace: the left half with the evidence for one network, the right half for another"
        ),
    )
    says = " and ".join(f"{widgets.title_of(m.backbone)} sees a “{m.label}”" for m in maps)
    if len(maps) == 2 and maps[0].label == maps[1].label:
        titles = " and ".join(widgets.title_of(m.backbone) for m in maps)
        says = f"{titles} both see a “{maps[0].label}”"
    return (
        f"{says + '. ' if says else ''}Pretrained networks side by side: what they predict, "
        "and what they cost on this machine."
    )


def _transfer() -> str:
    race = recorded()[0]
    shown = [lane for lane in race.lanes if lane.settings.strategy in ("scratch", "features")]
    names = [lanes.STRATEGY_TITLES[lane.settings.strategy] for lane in shown]
    accuracies = np.array([lane.correct / lane.tested for lane in shown])
    st.plotly_chart(
        charts.labelled_bars(names, accuracies),
        config=charts.CONFIG,
        alt=", ".join(f"{n}: {percent(a)}" for n, a in zip(names, accuracies, strict=True)),
    )
    return (
        f"{race.data}, accuracy in a race recorded on {race.made['date']}. Train on your own "
        "photos, review the mistakes, download the model."
    )


def _sentiment() -> str:
    review = reviews.explain(SHORT, method="leave_one_out", model=DEFAULT_MODEL)
    shaded_text(review.text, review.places, review.saliency, signed=True, key="short_review")
    return (
        f"“{word(review.probability)}”, probability {sure(review.probability)}, and the "
        "sentences that decide it. One review, a table of reviews, and what transfer learning "
        "gains on text."
    )


def _documents() -> str:
    shares = documents.card()["metrics"]["search"]
    ways = ("meaning", "keywords")
    st.plotly_chart(
        charts.labelled_bars(
            [f"By {way}" for way in ways], np.array([shares[way] for way in ways])
        ),
        config=charts.CONFIG,
        alt=", ".join(f"By {way}: {percent(shares[way])}" for way in ways),
    )
    return (
        "How many of the ten nearest posts share the category, as measured by the recipe. The "
        "topic of a text, its place on a map, and a classifier trained on your own texts."
    )


def _sounds() -> str:
    sound = SOUNDS["Siren"].data
    classes = sounds.classify(sound, model=DEFAULT_SOUND_MODEL)
    evidence = sounds.explain(sound, target=None, model=DEFAULT_SOUND_MODEL)
    st.image(
        spectrogram.with_evidence(sounds.spectrogram(sound), evidence),
        width="stretch",
        alt=f"The spectrogram of a siren, with the evidence for {class_title(evidence.label)}",
    )
    return (
        f"“{class_title(classes.labels[0])}”, probability {percent(classes.scores[0])}, with its "
        "time and frequency. A recording, a microphone, and birds by name."
    )


def _captions() -> str:
    photo = photographer()
    st.image(
        pictures.photo_array(photo, 480)[:_TILE_ROWS],
        width="stretch",
        alt="A man looking through a camera on a tripod",
    )
    says = ""
    if _ready(captioning.captioner().network):
        width = captioning.DEFAULT_WIDTH
        caption = captions.search(photo, beam_width=width).captions[0]
        text = sentence(caption).removesuffix(".")
        says = f"“{text}”, by a decoder trained on photos of people and dogs. "
    return (
        f"{says}A caption for a photo, the beam search behind it, and the attention for each word."
    )


def _colorize() -> str:
    st.image(
        OPENING.read_bytes(),
        width="stretch",
        alt="A man with a film camera: the left half grey, the right half in colour",
    )
    return (
        "Plausible colours for black-and-white photos. Add hints, see the confidence, and let "
        "an audience guess which photo is real."
    )


def _style() -> str:
    painted = opening("style")
    st.image(
        painted.image,
        width="stretch",
        alt=f"{painted.record['photo']} in the style of {painted.record['styles'][0]}",
    )
    return (
        "A photo in the style of another picture, step by step. Nine variants to choose from, "
        "and the run as a GIF."
    )


def _dream() -> str:
    st.image(
        opening("dream").image,
        width="stretch",
        alt="A palace with the creatures that a network sees in it",
    )
    return (
        "What a network recognises in a photo, amplified, and what activates each of its "
        "filters most."
    )


def _engine_room() -> str:
    activations = cached_photos.activations(
        SAMPLES["Rocket"].photo, backbone=DEFAULT_BACKBONE, layer=_EARLY_LAYER
    )
    st.image(
        pictures.activation_grid(activations.values, columns=6, rows=4),
        width="stretch",
        alt="What an early layer of a network responds with to a photo of a rocket",
    )
    return "Memory, jobs, caches, and a card for every network with its source and licence."


_TILES = (
    _Tile("classify", "Upload and classify", "image_search", _classify),
    _Tile("backbones", "Backbone comparison", "compare", _backbones),
    _Tile("transfer", "Transfer lab", "model_training", _transfer),
    _Tile("sentiment", "Film reviews", "reviews", _sentiment),
    _Tile("documents", "Documents", "description", _documents),
    _Tile("sounds", "Sounds", "graphic_eq", _sounds),
    _Tile("captions", "Captions", "closed_caption", _captions),
    _Tile("colorize", "Colour", "palette", _colorize),
    _Tile("style", "Style transfer", "brush", _style),
    _Tile("dream", "DeepDream and filters", "bedtime", _dream),
    _Tile("engine_room", "Engine room", "memory", _engine_room),
)


def _ready(name: str) -> bool:
    spec = zoo.image_network(name)
    return zoo.is_on_disk(spec) and engine.is_compiled(spec)


def _precision(native: str) -> str:
    return native if settings().precision == "native" else "f32"


def machine() -> None:
    here = engine.machine()
    pool = engine.pool.statistics()
    keys = [entry.key for entry in engine.pool.entries()]
    names = {key.name for key in keys if isinstance(key, engine.NetworkKey)}
    on_disk = sum(zoo.is_on_disk(spec) for spec in zoo.networks())
    facts = {
        "Networks run on": "GPU" if engine.device() == "gpu" else counted(here.cores, "core"),
        "Computed in": provenance.precision_text(_precision(here.native)),
        "Networks in memory": str(len(names)),
        "Memory, MiB": f"{pool.used / 2**20:,.0f} of {pool.budget / 2**20:,.0f}",
        "Networks on disk": f"{on_disk} of {len(zoo.networks())}",
        "Internet": "off" if settings().offline else "on request",
    }
    with st.container(border=True):
        st.markdown(f"**This machine** · {here.processor}")
        with st.grid("auto", min_column_width=130):
            for name, value in facts.items():
                st.metric(name, value)
        st.caption(ACCESS[settings().access])


_TILE_ROWS = 320  # of a picture that is 480 wide: as high as the other tiles
_EARLY_LAYER = zoo.image_network(DEFAULT_BACKBONE).feature_layers[0]
rooms()
machine()
