"""Widgets that many rooms have, each kept in the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import streamlit as st

from core import zoo
from core.access import check_module
from core.media import ENCODINGS
from core.wording import escaped
from core.zoo import internet
from pages._ui import errors, links
from pages._ui.person import person

NO_INTERNET = ":material/cloud_off: No internet connection: what is not on this machine yet can't \
be downloaded now."
Option = TypeVar("Option", bound=str)
T = TypeVar("T")


class NamedFile(Protocol):
    """What Streamlit's widgets for files, cameras and microphones return."""

    name: str

    def getvalue(self) -> bytes:
        """The content."""


def choice(
    label: str,
    options: Sequence[Option] | Mapping[Option, str],
    *,
    key: str,
    default: Option | None = None,
    hidden: bool = False,
    on_change: Callable[[], None] | None = None,
    help: str | None = None,
) -> Option:
    """One of a few options in a row.

    Parameters
    ----------
    options : with what to call each, where that is something else.
    default : the first without it.
    hidden : whether the label is only for those who do not see the page.
    """
    titles = options if isinstance(options, Mapping) else {name: name for name in options}
    first = next(iter(titles)) if default is None else default
    links.name_unknown(key, list(titles.values()), first)
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        default=first,
        required=True,
        key=key,
        bind="query-params",
        help=help,
        on_change=on_change,
        label_visibility="collapsed" if hidden else "visible",
        wrap=True,
    )
    return chosen or first  # an empty value in the URL is None


def sample_choice(names: Sequence[str], *, key: str, wrong: Mapping[str, str] | None = None) -> str:
    """The name of a sample, the first one to begin with.

    Parameters
    ----------
    wrong : of the samples that show where the page goes wrong, why it does.
    """
    links.name_unknown(key, names, names[0])
    chosen = st.pills(
        "Sample",
        names,
        default=names[0],
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    name = chosen if chosen in names else names[0]  # an empty value in the URL is None
    if wrong and name in wrong:
        st.caption(f":material/report: **Where it goes wrong.** {wrong[name]}")
    elif wrong:
        listed = ", ".join(sample for sample in names if sample in wrong)
        st.caption(f"Where it goes wrong: {listed}.")
    return name


def network_choice(
    names: Sequence[str], *, key: str, label: str = "Network", help: str | None = None
) -> str:
    """One of some networks, the first one to begin with."""
    titles = titles_of(names)
    links.read_name(key, titles)
    links.name_unknown(
        key,
        list(titles.values()),
        names[0],
        "Backbone comparison opens modules and fetches networks; a saved classifier needs its "
        "project.",
    )
    if st.session_state.get(key, names[0]) not in titles:  # its project was left
        st.session_state[key] = names[0]
    return st.selectbox(
        label,
        names,
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
        help=help,
    )


def module_input(*, key: str, help: str, label: str = "A TF-Hub module") -> str:
    """The URL of a module of TF-Hub, or the folder where one lies; empty until there is one.

    One that a link names is not opened before a click in `module_question`, which stands where the
    result is.
    """
    online = internet.is_reachable()
    handle = st.text_input(
        label,
        placeholder="URL or folder of a SavedModel" if online else "Folder of a SavedModel",
        key=key,
        bind="query-params",
        help=help,
        on_change=_allow_module,
        args=(key,),
    )
    if not online:
        st.caption(NO_INTERNET)
    if _module_waits(key) or not handle.strip():
        return ""
    with errors.shown():
        check_module(handle.strip(), person())
        return handle.strip()
    return ""


def module_question(key: str) -> bool:
    """Ask whether to open what a link names in the `module_input` of that key; whether it asks.

    Opening a module runs what is in it.
    """
    if not _module_waits(key):
        return False
    handle = str(st.session_state.get(key, st.query_params.get(key)))
    with errors.shown():
        check_module(handle.strip(), person())
        _ask_for(handle, key)
    return True


def _ask_for(handle: str, key: str) -> None:
    st.warning(
        f"The link names the module {escaped(handle)}. Opening a module runs its code on the "
        "machine that serves this page. Open it only if you trust it.",
        icon=":material/shield:",
    )
    st.button("Open this module", key=f"{key}_allow", on_click=_allow_module, args=(key,))


def _allow_module(key: str) -> None:
    st.session_state[f"{key}_allowed"] = st.session_state[key]


def _module_waits(key: str) -> bool:
    handle = str(st.session_state.get(key, st.query_params.get(key, "")))
    return bool(handle.strip()) and st.session_state.get(f"{key}_allowed") != handle


def seed_input(*, key: str, default: int = 0, most: int = 9999, help: str | None = None) -> int:
    """What decides everything that is random."""
    seed = st.number_input("Seed", 0, most, default, key=key, bind="query-params", help=help)
    return int(seed or 0)


def latest(key: str, file: NamedFile | None, read: Callable[[str, bytes], T]) -> T | None:
    """What was handed over last; the widget itself forgets it on a page change."""
    if file is not None:
        st.session_state[key] = read(file.name, file.getvalue())
    kept: T | None = st.session_state.get(key)
    return kept


def image_networks_on_disk() -> list[zoo.ImageNetworkSpec]:
    """The image networks whose weights are on this machine."""
    return [
        spec
        for spec in zoo.networks()
        if isinstance(spec, zoo.ImageNetworkSpec) and zoo.is_on_disk(spec)
    ]


def title_of(network: str) -> str:
    """What a page calls a network."""
    return zoo.network(network).title


def written(network: str) -> str:
    """What a page calls a network inside Markdown; a visitor's own title has no meaning there."""
    return title_of(network) if zoo.is_listed(network) else escaped(title_of(network))


def titles_of(networks: Sequence[str]) -> dict[str, str]:
    """What a page calls each of some networks; those that people call alike are numbered."""
    titles: dict[str, str] = {}
    for network in dict.fromkeys(networks):
        title = numbered = title_of(network)
        number = 1
        while numbered in titles.values():
            number += 1
            numbered = f"{title} ({number})"
        titles[network] = numbered
    return titles


def encoding_choice(*, key: str) -> None:
    """Another encoding for a text file, where the one it was read in is wrong."""
    st.selectbox(
        "Encoding",
        [None, *ENCODINGS],
        format_func=lambda name: "Automatic" if name is None else ENCODINGS[name],
        key=key,
        bind="query-params",
        persist_state="session",
    )
