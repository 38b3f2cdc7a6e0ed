"""The script that Streamlit runs: which pages there are, and nothing else."""

from pathlib import Path

import streamlit as st

from pages._ui import layout, links

_PICTURES = Path(__file__).parent / "_ui"

# before the navigation, which fetches icons of pages from elsewhere for the tab
st.set_page_config(page_icon=_PICTURES / "graft.svg", layout="wide")
st.logo(_PICTURES / "wordmark.svg", icon_image=_PICTURES / "graft.svg", size="large")

page = st.navigation(
    {
        "": [
            st.Page(
                "home.py",
                title="Home",
                icon=":material/potted_plant:",
                help="What there is to see, and the state of this machine.",
                default=True,
            )
        ],
        "See": [
            st.Page(
                "classify.py",
                title="Upload and classify",
                icon=":material/image_search:",
                help="One photo, many photos or live video: what is on it, and where.",
            ),
            st.Page(
                "backbones.py",
                title="Backbone comparison",
                icon=":material/compare:",
                help="Pretrained networks side by side on the same photos: answers, maps, cost.",
            ),
            st.Page(
                "transfer.py",
                title="Transfer lab",
                icon=":material/model_training:",
                help="Photos in folders become a classifier of your own; see what transfer buys.",
            ),
        ],
        "Read": [
            st.Page(
                "sentiment.py",
                title="Film reviews",
                icon=":material/reviews:",
                help="For or against, and which sentences say so; what transfer buys with words.",
            ),
            st.Page(
                "documents.py",
                title="Documents",
                icon=":material/description:",
                help="What a text is about, what is like it, and a classifier of your own texts.",
            ),
        ],
        "Hear": [
            st.Page(
                "sounds.py",
                title="Sounds",
                icon=":material/graphic_eq:",
                help="What a recording holds and when, by networks of photos and of birdsong.",
            )
        ],
        "Make": [
            st.Page(
                "captions.py",
                title="Captions",
                icon=":material/closed_caption:",
                help="A sentence about a photo, and how beam search finds it word by word.",
            ),
            st.Page(
                "colorize.py",
                title="Colour",
                icon=":material/palette:",
                help="Grey photos in colour: hints to steer it, how sure it is, a game for a room.",
            ),
            st.Page(
                "style.py",
                title="Style transfer",
                icon=":material/brush:",
                help="A photo with the look of another picture, by optimisation or at once.",
            ),
            st.Page(
                "dream.py",
                title="DeepDream and filters",
                icon=":material/bedtime:",
                help="What layers and filters of a network like to see, in a photo and in noise.",
            ),
        ],
        "Behind": [
            st.Page(
                "engine_room.py",
                title="Engine room",
                icon=":material/memory:",
                help="Networks in memory, jobs, disk caches and model cards.",
            )
        ],
    }
)
st.set_page_config(page_title=f"{page.title} · Graft")
layout.page_style()
links.enter(page)
page.run()
