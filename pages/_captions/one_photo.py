"""The room for one photo: its captions by beam width, and how they came about."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.vision import captioning
from core.vision.captioning import CaptionSearch
from core.wording import escaped
from pages._captions import attention, cached, downloads, next_word, reference
from pages._captions.beam_tree import search_tree
from pages._captions.choices import SearchSettings, caption_call, honest, search_input, sentence
from pages._captions.samples import WRONG, samples
from pages._ui import errors, inputs, layout, pictures, provenance, use_from_code
from pages._ui.inputs import NamedPhoto

_TALL_PX = 420


def room() -> None:
    """The photo and the search at the left; the captions, and all about one of them, beside."""
    controls, result = layout.two_parts()
    with controls:
        photo = inputs.photo_input(samples(), wrong=WRONG)
        settings = search_input()
    with result, errors.shown():
        if photo is None:
            st.info("Upload or choose a photo to see captions.", icon=":material/image:")
            return
        searches = {
            width: cached.search(
                photo.data,
                beam_width=width,
                length_penalty=settings.length_penalty,
                temperature=settings.temperature,
            )
            for width in settings.widths
        }
        _captions(photo, searches)
        width = _details(photo, searches, settings)
        use_from_code.show(caption_call(settings, width))


def _captions(photo: NamedPhoto, searches: dict[int, CaptionSearch]) -> None:
    left, right = st.columns([1, 1.4])
    picture = pictures.photo_array(photo.data)
    height, width = picture.shape[:2]
    left.image(
        picture,
        caption=photo.credit or escaped(photo.name),
        width="stretch" if height <= 1.4 * width else max(60, _TALL_PX * width // height),
        alt=photo.name,
    )
    with right:
        for width, search in searches.items():
            best = search.captions[0]
            same = [w for w in searches if w < width and searches[w].captions[0].text == best.text]
            with st.container(border=True):
                st.markdown(
                    f":small[{'Greedy' if width == 1 else f'Beam {width}'}"
                    f"{f', as beam {same[0]}' if same else ''}]  \n**{sentence(best)}**  \n"
                    f":small[log-probability {best.log_probability:.2f}, "
                    f"{best.log_probability / len(best.steps):.2f} a word]"
                )
    st.caption(honest())


def _details(
    photo: NamedPhoto, searches: dict[int, CaptionSearch], settings: SearchSettings
) -> int:
    """All about the search of one width, which is returned."""
    widths = list(searches)
    width = widths[0]
    if len(widths) > 1:
        width = st.segmented_control(
            "Details",
            widths,
            default=captioning.DEFAULT_WIDTH if captioning.DEFAULT_WIDTH in widths else widths[0],
            required=True,
            format_func=lambda beam_width: f"Beam {beam_width}",
            key=f"detail_of_{'_'.join(map(str, widths))}",
            bind="query-params",
            wrap=True,
        )
    search = searches[width]
    layout.show_tabs(
        {
            "Beam search": lambda: search_tree(search, width),
            "Attention": lambda: attention.show(photo, search.captions[0]),
            "Next word": lambda: next_word.show(photo, search.captions[0], settings.temperature),
            "Compare with yours": lambda: reference.show(searches),
            "How it works": _made,
            "Download": lambda: downloads.show(photo, searches, settings),
        },
        key="caption_details",
    )
    return width


def _made() -> None:
    reader = captioning.captioner()
    st.markdown(
        f"{zoo.image_network(reader.network).title} turns the whole photo, resized to a "
        "square, into its last feature map. A small transformer reads that map and generates "
        "word after word. It was trained on the features of this network, so there is no "
        "backbone to choose here."
    )
    provenance.model_card(reader.spec)
    provenance.model_card(zoo.image_network(reader.network))
