"""What was found in a data set, and how its examples are drawn, each with a way to correct it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from core.learning.findings.pairs import DuplicatePair
from core.learning.findings.quality import QualityFinding
from core.learning.findings.review import Review
from pages._ui import corrections, evaluation_panel
from pages._ui.workspace import Workspace

STEP = 12
FEW = 6  # examples of a group
LATER = "It is looked for now."


def unjudged(noun: str) -> str:
    """Said where there is nothing to judge labels by."""
    return f"Not checked: that takes at least two classes with two {noun}s each."


@dataclass(frozen=True)
class Findings:
    """What was found, and how its examples are drawn.

    Attributes
    ----------
    work : positions of findings are positions in its data set as it came in.
    quality : what is wrong with examples whatever their labels; None if it is not known yet.
    noun : what an example is, such as "photo".
    prefix : of the keys of widgets.
    draw : shows the content of an example.
    as_html : the same as HTML for a report, escaped where it has to be.
    network : what looked at the examples.
    card_px : how wide that has to be at least.
    pairs : near duplicates; None where they are not known yet.
    has_pairs : whether they are shown here.
    """

    work: Workspace
    review: Review | None
    quality: tuple[QualityFinding, ...] | None
    noun: str
    prefix: str
    draw: Callable[[int], None]
    as_html: Callable[[int], str]
    network: str
    card_px: int
    pairs: tuple[DuplicatePair, ...] | None = None
    has_pairs: bool = False

    @cached_property
    def suggestions(self) -> dict[int, str]:
        """The class that is suggested for each example whose label looks wrong, worst first."""
        if self.review is None or self.review.labels is None:
            return {}
        classes = self.work.original.classes
        return {one.position: classes[one.suggested] for one in self.review.labels.findings}

    @cached_property
    def odd(self) -> list[int]:
        """Odd ones out whose labels look right, the oddest first."""
        if self.review is None or self.review.outliers is None:
            return []
        return [
            one.position
            for one in self.review.outliers.findings
            if one.position not in self.suggestions
        ]

    @property
    def kinds(self) -> dict[int, str]:
        """What was found of examples, of each the first of these: its label, quality, place."""
        of_quality = {one.position: one.issue.capitalize() for one in self.quality or ()}
        return (
            dict.fromkeys(self.odd, "Odd one")
            | of_quality
            | dict.fromkeys(self.suggestions, "Label")
        )

    def named(self, position: int) -> str:
        """The class of an example as it came."""
        return self.work.original.classes[self.work.original.members[position].label]


def shown(findings: Findings, positions: Sequence[int], key: str) -> list[int]:
    """As many of a list as are shown by now; `key` tells lists apart."""
    first = evaluation_panel.first_rows(positions, f"{findings.prefix}{key}", STEP)
    return [int(position) for position in first]


def cards(
    findings: Findings, positions: Sequence[int], key: str, about: Callable[[int], str]
) -> None:
    """Examples side by side, each with a few words and a way to correct it."""
    work = findings.work
    with st.grid("auto", min_column_width=findings.card_px, gap="small"):
        for position in positions:
            with st.container(gap="xsmall", border=True):
                findings.draw(position)
                st.markdown(about(position))
                corrections.badge_of_original(work, position)
                corrections.menu_of_original(
                    work,
                    position,
                    f"{findings.prefix}{key}_correct_{position}",
                    findings.noun,
                    findings.suggestions.get(position),
                )
