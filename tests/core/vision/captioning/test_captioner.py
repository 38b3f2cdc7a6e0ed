"""Captions by the shipped decoder; its vocabulary and its card."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core import zoo
from core.errors import InvalidInputError
from core.vision import captioning
from core.vision.captioning import Captioner, caption, captioner, explore, next_words
from core.vision.captioning.vocabulary import BEGIN, UNKNOWN, CaptionVocabulary, tokenize


def test_a_photo_gets_as_many_captions_as_the_beam_is_wide(cat):
    captions = caption(cat, beam_width=4)
    assert len({c.text for c in captions}) == 4
    scores = [c.score for c in captions if c.is_finished]
    assert scores == sorted(scores, reverse=True)
    for c in captions:
        assert c.text == " ".join(step.word for step in c.steps if step.word).replace(" 's", "'s")
        assert c.log_probability == pytest.approx(sum(s.log_probability for s in c.steps))
        assert (c.steps[-1].word == "") == c.is_finished


def test_attention_is_shared_out_over_the_photo(cat):
    for step in caption(cat, beam_width=1)[0].steps:
        assert step.attention.ndim == 2
        assert step.attention.sum() == pytest.approx(1, abs=1e-3)
        assert step.attention.min() >= 0


def test_the_same_photo_gets_the_same_captions(crops):
    """Long ones too: once a kernel was wrong from 16 words on, differently each time."""
    for photo in crops[:3]:
        assert explore(photo, beam_width=10).nodes == explore(photo, beam_width=10).nodes


def test_a_beam_of_one_says_the_most_probable_word_each_time(cat):
    (greedy,) = caption(cat, beam_width=1)
    words = [step.word for step in greedy.steps]
    for i in (0, 3):
        ((word, probability), *_) = next_words(cat, words[:i])
        assert word == words[i]
        assert np.log(probability) == pytest.approx(greedy.steps[i].log_probability, abs=1e-3)


def test_temperature_moves_probabilities_apart_or_together(cat):
    tops = [next_words(cat, temperature=t)[0][1] for t in (0.5, 1.0, 2.0)]
    assert tops == sorted(tops, reverse=True)


def test_however_low_the_temperature_the_likeliest_word_is_sure(cat):
    ((word, probability), *_) = next_words(cat, temperature=1e-3)
    assert word == next_words(cat)[0][0]
    assert probability == pytest.approx(1)
    assert caption(cat, temperature=1e-3)[0].text


def test_the_search_has_the_word_of_every_node(cat):
    search = explore(cat, beam_width=3)
    assert len(search.words) == len(search.nodes)
    assert {node.fate for node in search.nodes} == {"kept", "finished", "pruned"}


def test_two_photos_get_different_captions(cat, encode):
    from skimage import data

    assert caption(cat)[0].text != caption(encode(data.rocket()))[0].text


@pytest.mark.parametrize("shape", [(1, 1), (30, 300), (300, 30)])
def test_odd_pictures_get_a_caption(encode, shape):
    blank = np.full((*shape, 3), 255, np.uint8)
    assert caption(encode(blank))[0].text


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"beam_width": 0}, "beam width in 1..50"),
        ({"beam_width": 51}, "beam width in 1..50"),
        ({"length_penalty": -1.0}, "length_penalty >= 0"),
        ({"temperature": 0.0}, "temperature > 0"),
    ],
)
def test_numbers_out_of_bounds_are_refused(cat, settings, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        caption(cat, **settings)


def test_bytes_of_no_photo_and_unknown_words_are_refused(cat):
    with pytest.raises(InvalidInputError):
        caption(b"no photo")
    with pytest.raises(InvalidInputError, match="all of them known"):
        next_words(cat, ["xylograph"])


def test_a_decoder_refuses_weights_that_it_has_not_learned_with():
    spec = captioner().spec
    other = {**spec.card["decoder"], "network": "efficientnet_lite0"}
    with pytest.raises(InvalidInputError, match="has learned with"):
        Captioner(dataclasses.replace(spec, card={**spec.card, "decoder": other}))


def test_captioning_needs_no_tensorflow(python):
    code = (
        "import io, sys; from PIL import Image; from core.vision.captioning import caption;"
        "b = io.BytesIO(); Image.new('RGB', (64, 64)).save(b, 'PNG'); caption(b.getvalue());"
        "print('tensorflow' in sys.modules)"
    )
    assert python(code).strip() == "False"


def test_words_are_those_of_the_standard_evaluation():
    assert tokenize("A man 's T-shirt, in black & white .") == [
        *("a", "man", "'s", "t-shirt", "in", "black", "white")
    ]
    vocabulary = CaptionVocabulary.of(["a dog", "a dog 's ball", "a cat"], min_count=2)
    assert vocabulary.words == ("a", "dog")
    assert vocabulary.ids("a dog flies") == [4, 5, UNKNOWN]
    assert vocabulary.sentence([BEGIN, 4, 5]) == "a dog"


def test_the_card_says_how_good_it_is_and_what_with():
    card = captioner().spec.card
    assert zoo.shipped(captioning.CAPTIONER).card
    assert card["metrics"]["bleu_4"] == max(
        row["bleu"][3]
        for row in card["metrics"]["by_beam"]
        if (row["beam"], row["length_penalty"])
        == (card["metrics"]["beam"], card["metrics"]["length_penalty"])
    )
