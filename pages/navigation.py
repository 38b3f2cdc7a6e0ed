"""The script that Streamlit runs: which pages there are, and nothing else."""

from pathlib import Path

import streamlit as st

from core.settings import settings
from pages._server import places, sign_in
from pages._ui import layout, links, project, project_line
from pages._ui.person import may_administer

_PICTURES = Path(__file__).parent / "_ui"

# before the navigation, which fetches icons of pages from elsewhere for the tab
st.set_page_config(page_icon=_PICTURES / "graft.svg", layout="wide")
st.logo(_PICTURES / "wordmark.svg", icon_image=_PICTURES / "graft.svg", size="large")

has_to_sign_in = sign_in.is_needed()
account = st.Page(
    "account.py",
    title="Account",
    icon=":material/account_circle:",
    help="Who you are on this server, and keys for the web API.",
)
page = st.navigation(
    {
        "": [
            st.Page(
                "home.py",
                title="Home",
                icon=":material/potted_plant:",
                help="Overview of the pages, and the state of this machine.",
                default=True,
            )
        ],
        "See": [
            st.Page(
                "classify.py",
                title="Upload and classify",
                icon=":material/image_search:",
                help=(
                    "Classify one photo, many photos or live video, and see where the evidence is."
                ),
            ),
            st.Page(
                "backbones.py",
                title="Backbone comparison",
                icon=":material/compare:",
                help=(
                    "Compare pretrained networks on the same photos: predictions, maps and cost."
                ),
            ),
            st.Page(
                "transfer.py",
                title="Transfer lab",
                icon=":material/model_training:",
                help=(
                    "Train a classifier on your own photos, and see what transfer learning gains."
                ),
            ),
        ],
        "Read": [
            st.Page(
                "sentiment.py",
                title="Film reviews",
                icon=":material/reviews:",
                help=(
                    "Positive or negative, and the sentences that decide it; what transfer "
                    "learning gains on text."
                ),
            ),
            st.Page(
                "documents.py",
                title="Documents",
                icon=":material/description:",
                help=(
                    "The topic of a text, similar documents, and a classifier trained on your "
                    "own texts."
                ),
            ),
        ],
        "Hear": [
            st.Page(
                "sounds.py",
                title="Sounds",
                icon=":material/graphic_eq:",
                help=(
                    "Which sounds a recording holds and when, by networks pretrained on photos "
                    "and birdsong."
                ),
            )
        ],
        "Make": [
            st.Page(
                "captions.py",
                title="Captions",
                icon=":material/closed_caption:",
                help="A caption for a photo, and how beam search builds it word by word.",
            ),
            st.Page(
                "colorize.py",
                title="Colour",
                icon=":material/palette:",
                help="Colour for black-and-white photos: hints, confidence, and a guessing game.",
            ),
            st.Page(
                "style.py",
                title="Style transfer",
                icon=":material/brush:",
                help="A photo in the style of another picture, at once or by optimisation.",
            ),
            st.Page(
                "dream.py",
                title="DeepDream and filters",
                icon=":material/bedtime:",
                help=(
                    "What activates the layers and filters of a network, in a photo and in noise."
                ),
            ),
        ],
        "System": [
            st.Page(
                "projects.py",
                title="Projects",
                icon=":material/folder_open:",
                help="What is saved behind a private link: rename, copy, download, delete.",
            ),
            st.Page(
                "engine_room.py",
                title="Engine room",
                icon=":material/memory:",
                help="Networks in memory, jobs, disk caches and model cards.",
            ),
            *(
                [
                    st.Page(
                        "folders.py",
                        title="Folders",
                        icon=":material/folder_data:",
                        help="Work on all files of a folder of the server, or rows of a table.",
                    )
                ]
                if not has_to_sign_in and may_administer()
                else []
            ),
            *([account] if settings().access == "login" else []),
        ],
    },
    position="hidden" if has_to_sign_in else "sidebar",
)
st.set_page_config(page_title=f"{page.title} · Graft")
layout.page_style()
# without `st.stop`: after that Streamlit would go on to answer for widgets that were there before
if has_to_sign_in:
    sign_in.show()
elif places.come_in():
    links.enter(page)
    project.enter(page.url_path)
    project_line.show(page)
    page.run()
    project.keep(page.url_path)
