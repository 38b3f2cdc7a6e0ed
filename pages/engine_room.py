"""Poor settings, networks and what else takes memory, jobs, disk caches, model cards."""

import os
from itertools import chain
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.caching.cache_data_api import get_data_cache_stats_provider
from streamlit.runtime.caching.global_cache_budget import get_global_cache_budget

from core import cluster, engine, zoo
from core.access import ACCESS
from core.engine import Job, JobQueue
from core.engine.compiled import disk_usage, remove_compiled_forms
from core.memory.held import held
from core.memory.results import shared_budget, shared_bytes
from core.memory.sizes import resident_bytes
from core.settings import settings
from core.startup.poor import poor_settings
from core.vision.transfer.trained_model import TRAINED
from core.wording import counted, escaped
from core.zoo.sources import remove_downloads
from pages._ui import durations, errors, layout, provenance, widgets
from pages._ui.asking_button import asking_button
from pages._ui.fragments import fragment
from pages._ui.inputs import digest
from pages._ui.layer_names import layer_title
from pages._ui.person import may_administer
from pages._ui.visitors import visitor

_MIB = 2**20
_PARTS = {
    "embedding": "vectors of texts",
    "sentences": "vectors of sentences",
    "logit": "the verdict on a text",
    "logit, gradient": "the verdict on a text, with its gradient",
}

_ABOUT = (
    "The pretrained networks that all pages share: each is loaded once, never changed, "
    "and serves every task trained on top of it."
)

layout.heading("Engine room", _ABOUT)
is_admin = may_administer()
st.caption(ACCESS[settings().access])
top = st.container()  # filled at the end, since a database may be slow to answer


def advice() -> None:
    """What could be better about the settings, if anything."""
    environment = digest(repr(sorted(os.environ.items())).encode())
    if sentences := _poor(environment):
        st.subheader("Settings", anchor=False)
    for sentence in sentences:
        st.warning(escaped(sentence), icon=":material/settings_alert:")


@st.cache_data(ttl=60, max_entries=1, show_spinner=False)
def _poor(environment: str) -> list[str]:
    """For a minute, or until the environment is another one."""
    return poor_settings()


def memory() -> None:
    st.subheader("In memory", anchor=False)
    pool = engine.pool.statistics()
    share = pool.used / pool.budget
    st.progress(
        min(1.0, share),
        f"{pool.used / _MIB:,.0f} of {pool.budget / _MIB:,.0f} MiB. {counted(pool.loads, 'load')}, "
        f"{counted(pool.hits, 'request')} answered from memory, "
        f"{counted(pool.evictions, 'eviction')}",
    )
    entries = engine.pool.entries()
    if not entries:
        st.caption("No networks yet: they are opened when first used.")
    for entry in entries:
        if not isinstance(entry.key, engine.NetworkKey):
            continue
        precision = entry.key.precision
        title = _title(entry.key)
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{title}** · {_part(entry.key)} · {precision}  \n"
                f"about {entry.bytes / _MIB:,.0f} MiB · {counted(entry.requests, 'request')} · "
                f"last used {entry.used:,.0f} s ago",
                width="stretch",
            )
            if is_admin:
                _eviction(entry.key, title)


def _eviction(key: engine.NetworkKey, title: str) -> None:
    asking_button(
        "Evict",
        f"**{title}** leaves the memory of this server. Running "
        "requests finish; the network is opened again when needed.",
        engine.pool.evict,
        key=f"evict_{_mark(key)}",
        args=(key,),
        opener="Evict…",
        icon=":material/eject:",
    )


def _title(key: engine.NetworkKey) -> str:
    """What a network is called here, where everybody may look: what people save is theirs."""
    if key.name.startswith(TRAINED):
        return key.name.capitalize()
    return "A saved classifier" if zoo.is_saved(key.name) else widgets.written(key.name)


def _mark(key: engine.NetworkKey) -> str:
    """Tells a network from others without the name of one that somebody has saved."""
    return digest(repr(tuple(key)).encode()) if zoo.is_saved(key.name) else str(tuple(key))


def _part(key: engine.NetworkKey) -> str:
    """What is computed of a network."""
    if key.layer is None:
        return "all outputs"
    if zoo.is_saved(key.name):
        return key.layer
    spec = zoo.network(key.name)
    if isinstance(spec, zoo.ImageNetworkSpec) and spec.builder:
        return layer_title(key.name, key.layer)
    return _PARTS.get(key.layer, key.layer)


def holdings() -> None:
    """What takes how much of the memory of this process, and how much it may take."""
    whole = st.column_config.NumberColumn(format="%.0f")
    columns = ["What", "Number", "MiB", "At most, MiB"]
    rows = [(what, number, _mib(size), _mib(most)) for what, number, size, most in _holdings()]
    st.dataframe(
        pd.DataFrame(rows, columns=columns),
        hide_index=True,
        column_config=dict.fromkeys(columns[1:], whole),
        alt="What takes how much of the memory",
    )


def _holdings() -> list[tuple[str, int | None, int | None, int | None]]:
    """Rows of the table; sizes in bytes."""
    now, pool, kinds = settings(), engine.pool.statistics(), held()
    caches: list[Any] = [*chain(*get_data_cache_stats_provider().get_stats().values())]
    cached = sum(each.byte_length for each in caches)
    most_cached = get_global_cache_budget().max_bytes
    shared, shared_size = shared_bytes()
    by_visitors = sum(each.bytes for each in kinds.values())
    whole = pool.used + cached + shared_size + by_visitors
    return [
        ("Networks", len(engine.pool.entries()), pool.used, pool.budget),
        ("Caches of results on pages", len(caches), cached, most_cached),
        ("Results that sessions share", shared, shared_size, shared_budget()),
        *((kind, each.number, each.bytes, None) for kind, each in kinds.items()),
        ("All that visitors hold", None, by_visitors, now.held_bytes),
        ("All of these", None, whole, now.memory_bytes),
        ("The process, with libraries", None, resident_bytes(), None),
    ]


def _mib(size: int | None) -> float | None:
    """From bytes, as far as they are known."""
    return None if size is None else size / _MIB


def work() -> None:
    st.subheader("Jobs", anchor=False)
    me = visitor().name
    queues = (engine.jobs, engine.downloads, engine.saves, engine.folders)
    every = [(queue, job) for queue in queues for job in queue.jobs()]
    if not every:
        st.caption("Nothing is running or waiting.")
        return
    for queue, job in every:
        if job.owner == me and not job.is_over:
            _own(queue, job)
    rows = [
        {
            "Job": job.title,
            "State": str(job.state),
            "Session": "yours" if job.owner == me else job.owner,
            "Ahead": queue.position(job),
            "Ran, s": round(job.elapsed_s, 1),
        }
        for queue, job in every
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Jobs of all sessions")


def _own(queue: JobQueue, job: Job[Any]) -> None:
    """A job of this session that is not over, and a button to cancel it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        place = queue.position(job)
        if place:
            state = durations.waiting(place, queue.waiting_time(job))
        else:
            state = "running" if job.time_left is None else durations.left(job.time_left)
        st.markdown(f"**{escaped(job.title)}**: {state}", width="stretch")
        st.button(
            "Cancel",
            key=f"cancel_{job.submitted}",
            on_click=queue.cancel,
            args=(job,),
            help="The finished part is kept on its page.",
        )


def machines() -> None:
    """Nodes, replicas and queues of the cluster."""
    st.subheader("Cluster", anchor=False)
    with errors.shown():
        now = cluster.current_status()
        gone = f", {counted(now.gone, 'node')} gone" if now.gone else ""
        cpus = sum(node.cpus for node in now.nodes)
        st.caption(
            f"{counted(len(now.nodes), 'node')}{gone}; {now.free_cpus:g} of {cpus:g} CPUs are "
            "free, as Ray counts them."
        )
        nodes = [
            {
                "Node": f"{node.name}{' (head)' if node.is_head else ''}",
                **({"Address": node.address} if is_admin else {}),
                "CPUs": node.cpus,
                "GPUs": node.gpus,
                "Memory, MiB": _mib(node.memory),
            }
            for node in now.nodes
        ]
        st.dataframe(pd.DataFrame(nodes), hide_index=True, alt="Nodes of the cluster")
        replicas = [
            {
                "Answers about": each.family,
                "State": each.state.lower(),
                "Replicas": ", ".join(f"{n} {name.lower()}" for name, n in each.replicas.items()),
            }
            for each in now.deployments
        ]
        if replicas:
            st.dataframe(pd.DataFrame(replicas), hide_index=True, alt="Deployments and replicas")
        else:
            st.caption("No replicas yet: they are started when this server is busy.")
        me = visitor().name
        turns = [
            {
                "Session": "yours" if each.owner == me else each.owner or "none",
                "Running": each.running,
                "Waiting": each.waiting,
            }
            for each in now.standings
        ]
        if turns:
            st.dataframe(pd.DataFrame(turns), hide_index=True, alt="Jobs on the cluster by session")


def disk() -> None:
    st.subheader("On disk", anchor=False)
    usage = disk_usage()
    compiled = usage["compiled"]
    fetched = sum(size for part, size in usage.items() if part != "compiled")
    st.caption("In the folder `GRAFT_CACHE`; weights inside installed packages are not counted.")
    left, right = st.columns(2)
    with left.container(border=True):
        st.metric("Compiled networks", f"{compiled / _MIB:,.0f} MiB")
        if is_admin:  # what is drawn, even if disabled, can be asked for
            asking_button(
                "Remove compiled networks",
                "They are compiled again when needed, in about ten seconds each.",
                remove_compiled_forms,
                key="remove_compiled",
                disabled=not compiled,
            )
    with right.container(border=True):
        st.metric("Downloaded weights", f"{fetched / _MIB:,.0f} MiB")
        if is_admin:
            _removal_of_downloads(disabled=not fetched)


def _removal_of_downloads(*, disabled: bool) -> None:
    with st.popover("Remove…", icon=":material/delete:", disabled=disabled):
        st.markdown("Without an internet connection they can't be downloaded again.")
        sure = st.checkbox("I can download them again")
        st.button("Remove downloaded weights", on_click=remove_downloads, disabled=not sure)


def cards() -> None:
    st.subheader("Model cards", anchor=False)
    names = [spec.name for spec in zoo.networks()]
    name = widgets.network_choice(names, key="card")
    provenance.model_card(zoo.network(name))


fragment(memory, run_every=2)()
holdings()
fragment(work, run_every=2)()
if cluster.is_used():
    fragment(machines, run_every=5)()
disk()
cards()
if is_admin:
    with top, errors.shown():
        advice()
