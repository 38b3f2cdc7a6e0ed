"""The report of a data set: one page, complete, and harmless whatever examples are called."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from core.learning.findings.quality import QualityFinding
from core.learning.findings.report import SetReport, report_html
from core.learning.findings.review import review
from core.text.transfer.dataset import TextDataset

BAD = "<script>alert(1)</script>"


class Elements(HTMLParser):
    """Names of elements, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)

    def handle_data(self, data):
        self.text += f" {data}"


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    vectors = (3 * np.eye(16)[labels] + rng.normal(0, 0.5, (90, 16))).astype(np.float32)
    labels[6] = 1
    named = {
        name: [(f"{BAD} {i:03}", f"text {i}") for i in range(90) if labels[i] == at]
        for at, name in enumerate(("a<b", "birch", "cedar"))
    }
    dataset = TextDataset.from_classes(named)
    places = [int(member.name[-3:]) for member in dataset.members]
    *_, last = review(vectors[places], labels[places], 3)
    return SetReport(
        dataset=dataset,
        name=f"Trees {BAD}",
        credit="Made up.",
        network="MiniLM",
        made="2026-11-30",
        review=last,
        quality=[QualityFinding(4, "short", 1.0, "1 word")],
        content=lambda position: f"<pre>text at {position}</pre>",
        noun="text",
        corrections=2,
    )


def test_all_that_was_found_is_on_the_page(report):
    page = Elements(report_html(report))
    wrong = {one.position for one in report.review.labels.findings}
    for position in wrong | {4}:
        assert f"text at {position} " in page.text.replace("\n", " ") + " "
    for words in ("labels that may be wrong", "1 text of poor quality", "2 corrections", "1 word"):
        assert words in " ".join(page.text.split()).replace("label that", "labels that")
    assert "a<b and birch" in page.text
    assert page.names.count("figure") >= len(wrong) + 1


def test_no_name_of_an_example_or_a_class_becomes_part_of_the_page(report):
    text = report_html(report)
    assert BAD not in text
    assert "script" not in Elements(text).names
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "")


def test_before_anything_is_known_the_page_counts_the_classes(report):
    from dataclasses import replace

    page = Elements(report_html(replace(report, review=None, quality=None, corrections=0)))
    assert "figure" not in page.names
    assert "cedar" in page.text
