"""Columns: which row names them, and whether there are texts in them."""

from __future__ import annotations

import pytest

from core.media import read_table


@pytest.mark.parametrize("names", [("a", "b"), ("price", "height")])
def test_names_above_numbers_are_no_data(names):
    table = read_table(f"{names[0]},{names[1]}\n1,2.5\n3,4.5\n5,6.5\n".encode())
    assert table.has_names and table.columns[0] == names[0]
    assert table.texts == ("2.5", "4.5", "6.5")


@pytest.mark.parametrize(
    ("rows", "example"),
    [
        ("x,y\n1,2.5\n3,4.5\n", "2.5"),
        ("name,city\nAnna,Hamburg\nBo,Rome\n", "city"),
        ("day\n2026-11-28T10:00Z\n2026-11-29T10:00Z\n", "2026-11-28T10:00Z"),
    ],
)
def test_a_column_without_texts_is_doubted(rows, example):
    doubt = read_table(rows.encode()).doubt
    assert doubt.startswith("Expected texts in ") and "single words or numbers" in doubt
    assert repr(example) in doubt


@pytest.mark.parametrize(
    "texts",
    [
        ["A fine film", "Great!", "", "Dull, and grey"],
        ["“I loved it”", "“So did I”"],
        ["这部电影很好看", "无聊"],
        ["หนังเรื่องนี้ดีมาก", "น่าเบื่อ"],
    ],
)
def test_texts_are_not_doubted(texts):
    rows = "\n".join(f'"{text}",{place % 2}' for place, text in enumerate(texts))
    assert read_table(f"review,label\n{rows}\n".encode()).doubt == ""
