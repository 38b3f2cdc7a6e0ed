"""What looks alike is written alike, and what a reader tells apart stays."""

from __future__ import annotations

import pytest

from core.media.normal_text import normal_text


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("don\u2019t, don\u02bct, don\u00b4t, don`t", "don't, don't, don't, don't"),
        ("\u201cWow\u201d, \u2018so\u2019, \u201eja\u201c", '"Wow", \'so\', "ja"'),
        (
            "so\u00adft, zero\u200bwidth, \ufeffmark, \u2066left\u2069",
            "soft, zerowidth, mark, left",
        ),
        ("10\u00a0000\u202f\u20ac,\u3000wide", "10 000 \u20ac, wide"),
        ("na\u0069\u0308ve", "na\u00efve"),
        (
            "\ufb01lm \uff27\uff4f\uff4f\uff44\uff01 \U0001d4ef\U0001d4fe\U0001d4f5",
            "film Good! ful",
        ),
        ("well\u2026 self\u2011made\u2028next", "well... self-made\nnext"),
        ("film\u200d", "film"),
    ],
)
def test_what_looks_alike_is_written_alike(written, normal):
    assert normal_text(written) == normal
    assert normal_text(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "plain `code` and it's \u2013 or \u2014",
        "\u00bd of m\u00b2, 1\u00aa, \u2122, \u00abgut\u00bb",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f \U0001f3f4\U000e0067\U000e007f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # a joiner that is seen
        "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
    ],
)
def test_what_a_reader_tells_apart_stays(text):
    assert normal_text(text) == text
