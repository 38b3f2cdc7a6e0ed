"""All that was found in a data set: in short, in tabs, and as a report."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from core.learning.findings.report import SetReport, report_html
from core.wording import counted
from pages._ui import finding_groups, finding_lists, layout
from pages._ui.findings import Findings
from pages._ui.text import slug


def show(findings: Findings) -> None:
    """All that was found, in tabs."""
    pairs = (
        {"Near duplicates": partial(finding_lists.pairs, findings)} if findings.has_pairs else {}
    )
    layout.show_tabs(
        {
            "Labels": partial(finding_lists.labels, findings),
            **pairs,
            "Odd ones": partial(finding_lists.odd_ones, findings),
            "Quality": partial(finding_lists.quality, findings),
            "Confused classes": partial(finding_groups.confused, findings),
            "Weak groups": partial(finding_groups.weak, findings),
        },
        key=f"{findings.prefix}finding",
    )


def in_short(findings: Findings) -> str:
    """How much was found, in a line of Markdown; nothing as long as that is nothing."""
    parts = []

    def add(count: int, noun: str, after: str = "") -> None:
        if count:
            parts.append(f"**{counted(count, noun)}**{after}")

    review = findings.review
    is_judged = review is not None and not review.is_unjudged
    if review is not None and review.labels is not None and is_judged:
        found = len(findings.suggestions)
        expected = min(review.labels.expected, found)
        wrong = f", of which about {expected:,} {'is' if expected == 1 else 'are'} wrong"
        add(found, "label", f" to look at{wrong}")
    if findings.quality is not None:
        examples = {one.position for one in findings.quality}
        add(len(examples), findings.noun, " of poor quality")
    if review is not None and review.confused is not None and is_judged:
        alike = sum(not pair.are_told_apart for pair in review.confused)
        add(alike, "pair", " of classes that cannot be told apart")
    if review is not None and review.weak is not None and is_judged:
        add(len(review.weak), "weak group")
    add(len(findings.pairs or ()), "pair", " of near duplicates")
    if review is not None and review.is_unjudged:
        parts.append(f"labels not checked: that takes two classes with two {findings.noun}s each")
    elif review is not None and review.stage == "done" and not parts:
        return "**Nothing looks wrong**, by all that is looked for below."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def report_button(findings: Findings) -> None:
    """All of it as one page to hand on."""
    work = findings.work
    st.download_button(
        "Report (HTML)",
        lambda: report_html(
            SetReport(
                dataset=work.original,
                name=work.name,
                credit=work.credit,
                network=findings.network,
                made=f"{date.today():%-d %B %Y}",
                review=findings.review,
                quality=findings.quality,
                content=findings.as_html,
                noun=findings.noun,
                corrections=len(work.corrections),
            )
        ),
        f"{slug(work.name, findings.noun)}-report.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        help="What was found, with the first examples of each kind, as one page to hand on.",
    )
