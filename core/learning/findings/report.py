"""What was found in a data set as one HTML page that can be handed on: nothing in it is loaded from
elsewhere, and nothing in it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from core.learning.datasets import LabelledExamples
from core.learning.findings.quality import QualityFinding
from core.learning.findings.review import Review
from core.wording import counted

_SHOWN = 24
"""Examples of a kind of finding; all of them are in the tables that can be downloaded."""
_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .9rem .25rem 0; text-align: left; }
tr { border-bottom: 1px solid var(--line); } td.n { text-align: right; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
figure { margin: 0; padding: .6rem; border: 1px solid var(--line); border-radius: .5rem; }
figure img { width: 100%; border-radius: .3rem; } audio { width: 100%; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; font: inherit; margin: 0 0 .4rem; max-height: 12rem; overflow: auto; }
@media print { figure { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class SetReport:
    """A data set, what was found in it, and how its examples are shown.

    Attributes
    ----------
    name, credit : of the data set.
    network : what it was looked at by.
    made : the day.
    content : of an example's position the HTML that shows it, escaped where it has to be.
    noun : what an example is.
    corrections : how many labels were corrected and examples left out by then.
    """

    dataset: LabelledExamples
    name: str
    credit: str
    network: str
    made: str
    review: Review | None
    quality: Sequence[QualityFinding] | None
    content: Callable[[int], str]
    noun: str
    corrections: int = 0


def report_html(report: SetReport) -> str:
    """The page."""
    dataset = report.dataset
    total = counted(len(dataset.members), report.noun)
    parts = [
        f"<h1>{escape(report.name)}</h1>",
        f"<p>{total} in {counted(len(dataset.classes), 'class')}, looked at with Graft by "
        f"{escape(report.network)} on {escape(report.made)}. {escape(report.credit)}</p>",
        _summary(report),
        _table(
            ("Class", f"{report.noun.capitalize()}s"),
            [(name, f"{count:,}") for name, count in dataset.counts().items()],
        ),
        *_labels(report),
        *_quality(report),
        *_odd_ones(report),
        *_confused(report),
        *_weak(report),
    ]
    title = f"{escape(report.name)}: a first look"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; media-src data:; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _summary(report: SetReport) -> str:
    review, parts = report.review, []
    if review is not None and review.is_unjudged:
        parts.append("labels not checked")
    elif review is not None and review.labels is not None:
        parts.append(f"{counted(len(review.labels.findings), 'label')} that may be wrong")
    if report.quality is not None:
        poor = {one.position for one in report.quality}
        parts.append(f"{counted(len(poor), report.noun)} of poor quality")
    if review is not None and review.weak is not None and not review.is_unjudged:
        parts.append(counted(len(review.weak), "weak group"))
    if report.corrections:
        parts.append(f"{counted(report.corrections, 'correction')} made since")
    return f"<p><b>{'; '.join(parts)}.</b></p>" if parts else ""


def _labels(report: SetReport) -> Iterable[str]:
    review = report.review
    if review is None or review.labels is None or not review.labels.findings:
        return
    classes, found, expected = (
        report.dataset.classes,
        review.labels.findings,
        review.labels.expected,
    )
    are = "is" if expected == 1 else "are"
    yield "<h2>Labels that may be wrong</h2>"
    yield (
        "<p>A classifier that had not learned from these sees another class in them; the likeliest "
        f"first{_of_all(len(found))}. About {expected:,} {are} wrong.</p>"
    )
    yield _grid(
        _figure(
            report,
            one.position,
            f"labelled <b>{escape(classes[one.given])}</b>, looks like "
            f"<b>{escape(classes[one.suggested])}</b>; label quality {one.quality:.2f}",
        )
        for one in found[:_SHOWN]
    )


def _quality(report: SetReport) -> Iterable[str]:
    if not report.quality:
        return
    yield "<h2>Poor quality</h2>"
    by_issue: dict[str, list[QualityFinding]] = {}
    for one in report.quality:
        by_issue.setdefault(one.issue, []).append(one)
    for issue, found in by_issue.items():
        many = counted(len(found), report.noun)
        yield f"<h3>{escape(issue.capitalize())}: {many}{_of_all(len(found))}</h3>"
        yield _grid(_figure(report, one.position, escape(one.detail)) for one in found[:_SHOWN])


def _odd_ones(report: SetReport) -> Iterable[str]:
    review = report.review
    if review is None or review.outliers is None or not review.outliers.findings:
        return
    wrong = set() if review.labels is None else {one.position for one in review.labels.findings}
    odd = [one for one in review.outliers.findings if one.position not in wrong]
    yield "<h2>Odd ones out</h2>"
    yield "<p>Least like others of their class; there are such in every data set.</p>"
    yield _grid(_figure(report, one.position, "") for one in odd[: _SHOWN // 2])


def _confused(report: SetReport) -> Iterable[str]:
    review = report.review
    if review is None or not review.confused:
        return
    classes = report.dataset.classes
    yield "<h2>Classes that are confused</h2>"
    yield _table(
        ("Classes", "Confused", "95% interval", "Told apart"),
        [
            (
                f"{classes[pair.first]} and {classes[pair.second]}",
                f"{pair.confused:,} of {pair.total:,}",
                f"{pair.interval[0]:.1%} to {pair.interval[1]:.1%}",
                "yes" if pair.are_told_apart else "no",
            )
            for pair in review.confused[:_SHOWN]
        ],
    )


def _weak(report: SetReport) -> Iterable[str]:
    review = report.review
    if review is None or not review.weak:
        return
    yield "<h2>Weak groups</h2>"
    for number, group in enumerate(review.weak, 1):
        low, high = group.interval
        yield (
            f"<h3>Group {number}: {group.accuracy:.1%} correct ({low:.1%} to {high:.1%}), "
            f"elsewhere {group.accuracy_elsewhere:.1%}</h3>"
        )
        yield _grid(
            _figure(report, int(position), "") for position in group.positions[: _SHOWN // 4]
        )


def _of_all(count: int) -> str:
    return f" (the first {_SHOWN} of {count:,})" if count > _SHOWN else ""


def _figure(report: SetReport, position: int, about: str) -> str:
    example = report.dataset.members[position]
    label = escape(report.dataset.classes[example.label])
    caption = "<br>".join(filter(None, (about or label, escape(example.name))))
    return f"<figure>{report.content(position)}<figcaption>{caption}</figcaption></figure>"


def _grid(figures: Iterable[str]) -> str:
    return f'<div class="grid">{"".join(figures)}</div>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
