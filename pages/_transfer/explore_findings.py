"""What was found in photos, below their map."""

from __future__ import annotations

import base64

import streamlit as st

from pages._transfer import cached
from pages._transfer.exploration import ExplorationView
from pages._ui import widgets
from pages._ui.findings import Findings

_TILE_PX = 320
_REPORT_PX = 224
_CARD_PX = 170


def findings_in(exploration: ExplorationView) -> Findings:
    """What is known by now; positions are those of the data set as it came in."""
    lab = exploration.lab

    def draw(position: int) -> None:
        photo = lab.original.photos[position]
        name = lab.original.classes[photo.label]
        st.image(
            cached.square(photo.data, _TILE_PX), width="stretch", alt=f"{photo.name}, of {name}"
        )

    def as_html(position: int) -> str:
        picture = base64.b64encode(cached.square(lab.original.photos[position].data, _REPORT_PX))
        return f'<img src="data:image/jpeg;base64,{picture.decode()}" alt="" loading="lazy">'

    return Findings(
        work=lab,
        review=exploration.whole.review,
        quality=exploration.whole.quality,
        noun="photo",
        prefix="lab_",
        draw=draw,
        as_html=as_html,
        network=widgets.title_of(exploration.whole.backbone),
        card_px=_CARD_PX,
        pairs=exploration.whole.duplicates,
    )
