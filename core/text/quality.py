"""Texts that are no good: too short or long, in another language, boilerplate, not prose, garbled.

References
----------
Languages: py3langid, after Lui and Baldwin (2012), langid.py: an off-the-shelf language
identification tool, https://aclanthology.org/P12-3005. What UTF-8 looks like that was read as
another encoding: Speer, ftfy, https://doi.org/10.5281/zenodo.2591652
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.learning.findings.quality import (
    QualityFinding,
    findings_where,
    in_order,
    robust_distances,
)
from core.wording import counted

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SHORTEST = 2  # words
_SPREAD_OF_LENGTHS = 0.3  # of logarithms
_FAR = 5.0  # lengths have long tails: 3.5 calls a film review of 950 words odd
_TIMES = 20.0  # as long as half of the texts: where lengths are spread, none is far
_LOOKED_AT = 500  # characters that tell a language
_LEAST_LETTERS = 40  # to tell a language by
# Of 3,000 film reviews and posts in English, one is said to be in another language at 0.9; of
# single sentences in nine languages, all are found.
_CONFIDENT = 0.9
_MOST_COMMON = 0.5  # share of texts in one language, below which there is no usual one
_LEAST_SENTENCE_WORDS = 8  # “Please let me know.” says nothing
_LEAST_REPEATS, _REPEATED_SHARE = 5, 0.002
_LEAST_LETTER_SHARE = 0.5
_LEAST_GARBLED, _GARBLED_SHARE = 3, 0.02
_SHOWN = 60  # characters of a sentence

_NO_PROSE = re.compile(r"<[^<>]{1,300}>|&#?\w{1,10};|\bhttps?://\S+|\{[^{}]{0,300}\}")
_GARBLED = re.compile("[\u00c2\u00c3\u00d0\u00d1][\u0080-\u00bf]|\u00e2[\u0080\u20ac]|\ufffd")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_AT_AN_END = 2_000  # characters among which the first and the last sentence are looked for


@dataclass(frozen=True, slots=True)
class TextMeasures:
    """What is measured of a text.

    Attributes
    ----------
    words : int >= 0
    letters : float in [0, 1], the share of letters among what is neither white space nor markup,
        where markup counts as what is no letter.
    garbled : int, of characters that look as if they were decoded wrongly.
    characters : int, of the text.
    language : code of ISO 639-1; empty if it can't be told.
    first, last : sentences; empty if they are short, or there is only one.
    """

    words: int
    letters: float
    garbled: int
    characters: int
    language: str
    first: str
    last: str


def measured(text: str) -> TextMeasures:
    """The measures of a text, in a millisecond or so."""
    prose = _NO_PROSE.sub(" ", text)
    dense = sum(map(len, text.split()))
    letters = sum(map(str.isalpha, prose))
    first, last = _ends(text)
    return TextMeasures(
        words=len(text.split()),
        letters=letters / max(1, dense),
        garbled=len(_GARBLED.findall(text)),
        characters=len(text),
        language=language_of(prose),
        first=first,
        last=last,
    )


def language_of(text: str) -> str:
    """The language of a text as a code of ISO 639-1, empty if it is uncertain."""
    head = text[:_LOOKED_AT]
    if sum(map(str.isalpha, head)) < _LEAST_LETTERS:
        return ""
    code, probability = _identifier().classify(head)
    return str(code) if probability >= _CONFIDENT else ""


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # takes a moment

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _ends(text: str) -> tuple[str, str]:
    """The first and the last sentence, with single spaces and in small letters."""
    text = text.strip()
    head = _SENTENCE_END.split(text[:_AT_AN_END])
    tail = _SENTENCE_END.split(text[-_AT_AN_END:])
    if len(head) < 2 or len(tail) < 2:
        return "", ""
    return _sentence(head[0]), _sentence(tail[-1])


def _sentence(text: str) -> str:
    words = text.lower().split()
    return " ".join(words) if len(words) >= _LEAST_SENTENCE_WORDS else ""


def find_poor_texts(
    measures: Sequence[TextMeasures], digests: Sequence[str]
) -> tuple[QualityFinding, ...]:
    """What is wrong with texts, the most frequent issue first.

    Issues are "very short", "very long", "other language", "boilerplate" (its first or last
    sentence is that of many others), "little prose" and "garbled characters".

    Parameters
    ----------
    measures : of N texts.
    digests : of their contents; copies of a text do not count as others that begin alike.
    """
    words = np.array([one.words for one in measures], np.float64)
    letters = np.array([one.letters for one in measures], np.float64)
    garbled = np.array([one.garbled for one in measures], np.float64)
    characters = np.array([one.characters for one in measures], np.float64)
    apart = robust_distances(np.log(words + 1), least_spread=_SPREAD_OF_LENGTHS)
    median = float(np.median(words)) if len(words) else 0.0
    usual = f"half of the texts have {median:,.0f} or more"
    findings = [
        *findings_where(
            (words <= _SHORTEST) | (apart < -_FAR),
            "very short",
            words,
            lambda x: f"{counted(int(x), 'word')}; {usual}",
        ),
        *findings_where(
            (apart > _FAR) | (words > _TIMES * max(1.0, median)),
            "very long",
            words,
            lambda x: f"{counted(int(x), 'word')}; {usual}",
        ),
        *findings_where(
            letters < _LEAST_LETTER_SHARE,
            "little prose",
            letters,
            lambda x: f"letters outside of markup are {100 * x:.0f} % of it",
        ),
        *findings_where(
            (garbled >= _LEAST_GARBLED) | (garbled > _GARBLED_SHARE * characters),
            "garbled characters",
            garbled,
            lambda x: f"{counted(int(x), 'place')} that look decoded wrongly",
        ),
        *_other_languages([one.language for one in measures]),
        *_boilerplate(measures, digests),
    ]
    return in_order(findings)


def _other_languages(languages: Sequence[str]) -> Iterable[QualityFinding]:
    counts = Counter(code for code in languages if code)
    if not counts:
        return
    ((usual, count),) = counts.most_common(1)
    share = count / counts.total()
    if share <= _MOST_COMMON:
        return
    for position, code in enumerate(languages):
        if code and code != usual:
            detail = f"it looks like “{code}”; {100 * share:.0f} % of the texts are “{usual}”"
            yield QualityFinding(position, "other language", counts[code] / len(languages), detail)


def _boilerplate(
    measures: Sequence[TextMeasures], digests: Sequence[str]
) -> Iterable[QualityFinding]:
    firsts = dict(zip(reversed(digests), reversed(range(len(digests))), strict=True)).values()
    least = max(_LEAST_REPEATS, _REPEATED_SHARE * len(measures))
    for end in ("first", "last"):
        sentences = [getattr(one, end) for one in measures]
        counts = Counter(sentences[i] for i in firsts if sentences[i])
        for position, sentence in enumerate(sentences):
            if sentence and counts[sentence] >= least:
                shown = sentence if len(sentence) <= _SHOWN else sentence[: _SHOWN - 1] + "…"
                detail = f"{counted(counts[sentence], 'text')} with this {end} sentence: {shown}"
                yield QualityFinding(position, "boilerplate", float(counts[sentence]), detail)
