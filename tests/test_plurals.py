"""One photo, two photos: numbers in sentences agree with their nouns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.wording import counted

ROOT = Path(__file__).parents[1]
_NUMBER_AND_NOUN = re.compile(
    r"\{([^{}'\"]+)\} (?:(?:training|test|validation|sample|more) )?"
    r"(?:classes|photos|texts|files|recordings|reviews|networks|windows|pairs|cores|styles|weights)\b(?!/)"
)
_NEVER_ONE = re.compile(r"_[A-Z]+|limits\.|max_|data\[|metrics\[")  # constants, recorded figures


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (0, "photo", "0 photos"),
        (1, "test photo", "1 test photo"),
        (2, "class", "2 classes"),
        (1, "class", "1 class"),
        (1200, "text", "1,200 texts"),
    ],
)
def test_a_noun_follows_its_number(count, noun, text):
    assert counted(count, noun) == text


def test_sentences_count_in_one_way():
    every = [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    others = {
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in every
        if "recipes" not in path.parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for match in _NUMBER_AND_NOUN.finditer(line)
        if not _NEVER_ONE.search(match[1])
    }
    assert others == set()
