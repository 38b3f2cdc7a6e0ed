"""Labelled data sets of any kind: what they are told apart by."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from core.text.transfer.dataset import TextDataset

TEXTS = {"sea": [("1", "a long wave"), ("2", "an anchor")], "sky": [("3", "a cloud")]}


@pytest.fixture
def dataset() -> TextDataset:
    return TextDataset.from_classes(TEXTS)


def test_a_digest_hangs_on_the_content_alone(dataset):
    again = TextDataset.from_classes(TEXTS)
    assert again is not dataset
    renamed = {label: [(f"{name}.txt", text) for name, text in t] for label, t in TEXTS.items()}
    for same in (again, copy.copy(dataset), pickle.loads(pickle.dumps(dataset))):
        assert same.digest == dataset.digest
    assert TextDataset.from_classes(renamed).digest == dataset.digest
    assert int(dataset.digest, 16) >= 0


def test_another_label_class_text_or_order_is_another_digest(dataset):
    others = [
        dataset.relabelled({0: "sky"}),
        dataset.without({0}),
        dataset.at(np.array([1, 0, 2])),
        TextDataset.from_classes({"land": TEXTS["sea"], "sky": TEXTS["sky"]}),
        TextDataset.from_classes({**TEXTS, "sky": [("3", "a clouds")]}),
    ]
    assert len({one.digest for one in (dataset, *others)}) == 6


def test_examples_keep_their_digests_when_others_go(dataset):
    assert dataset.without({0}).digests == dataset.digests[1:]
    assert dataset.relabelled({0: "sky"}).digests == dataset.digests


def test_examples_in_any_folders_or_none_are_read(pack):
    files = {"x/sea/1.txt": b"a wave", "x/sky/2.txt": b"a cloud", "3.txt": b"a tree", "4.txt": b""}
    dataset = TextDataset.without_labels_from_zip(pack(files))
    assert dataset.counts() == {"": 1, "sea": 1, "sky": 1}
    assert [file.name for file in dataset.skipped] == ["4.txt"]
    alone = TextDataset.without_labels([("1.txt", "a wave"), ("2.txt", "a cloud")])
    assert alone.counts() == {"": 2}


def test_a_table_without_labels_is_read(pack):
    table = pack({"table.csv": b"text,label\na long wave,sea\na small cloud,\na high cloud,sky\n"})
    dataset = TextDataset.without_labels_from_zip(table)
    assert [dataset.classes[text.label] for text in dataset.texts] == ["sea", "", "sky"]
