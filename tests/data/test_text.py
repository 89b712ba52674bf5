"""Captions: their words and pairs of words, as scikit-learn counts them, and what order is."""

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.text import Text

CAPTIONS = ["A red three on blue", "a blue three on red", "a green ONE, on blue", "two"]


def test_terms_are_those_of_scikit_learn():
    for ngrams in (1, 2, 3):
        there = CountVectorizer(ngram_range=(1, ngrams), token_pattern=r"\w+", binary=True).fit(CAPTIONS)
        here = Text.of("caption", CAPTIONS, ngrams)
        assert list(here.names) == there.get_feature_names_out().tolist()
        new = ["a red one on green", *CAPTIONS]
        np.testing.assert_array_equal(here.encode(new), there.transform(new).toarray())


def test_pairs_tell_the_order():
    pairs, bag = (Text.of("caption", CAPTIONS, ngrams) for ngrams in (2, 1))
    one, other = CAPTIONS[:2]
    assert (pairs.encode([one]) != pairs.encode([other])).any()
    assert (bag.encode([one]) == bag.encode([other])).all()
    assert pairs.decode(pairs.encode(CAPTIONS)) == [
        "a red three on blue",
        "a blue three on red",
        "a green one on blue",
        "two",
    ]
    assert bag.decode(bag.encode([one])) == ["a blue on red three"]
    assert "a b a" not in pairs.decode(np.zeros((1, pairs.width)))  # nothing is no words, and ends


def test_the_most_frequent_terms_are_kept():
    kept = Text.of("caption", CAPTIONS, most=4)
    assert kept.names == ("a", "blue", "on", "on blue")  # of equally frequent ones the first


def test_older_checkpoints_have_words_alone():
    stored = {"kind": "text", "name": "caption", "names": ["a", "red"]}
    assert conditions.from_json([stored]) == (Text("caption", ("a", "red"), 1),)
    now = (Text.of("caption", CAPTIONS),)
    assert conditions.from_json(conditions.to_json(now)) == now
