"""Sentences through an encoder: a stand-in, since none comes with the tests; what is missing is told."""

import sys
import types

import numpy as np
import pytest

from cwgan_jax.common.errors import DataError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import sentences
from cwgan_jax.data.conditions.reading import schema_of, types_of, values_of
from cwgan_jax.data.conditions.sentences import Sentence

CAPTIONS = ["a red three", "a blue one", "a red three", "two"]


class Encoder:
    """Letters counted."""

    def __init__(self, name, **options):
        assert options["local_files_only"]
        assert options["model_kwargs"] == {"use_safetensors": True}
        if name == "missing":
            raise OSError("no such\nmodel")

    def encode(self, texts, *, normalize_embeddings, show_progress_bar):
        count = np.array([[text.count(letter) for letter in "abdehlnortuw"] for text in texts], float)
        return count / np.linalg.norm(count, axis=1, keepdims=True)


@pytest.fixture
def installed(monkeypatch):
    module = types.SimpleNamespace(SentenceTransformer=Encoder)
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    sentences._encoder.cache_clear()
    yield
    sentences._encoder.cache_clear()


def test_captions_become_vectors_and_come_back(installed):
    part = Sentence.of("caption", CAPTIONS)
    vectors = part.encode(CAPTIONS)
    assert (vectors.shape, vectors.dtype, part.width) == ((4, 12), np.float32, 12)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert part.decode(vectors) == CAPTIONS
    assert conditions.from_json(conditions.to_json((part,))) == (part,)


def test_a_column_can_be_of_this_type(installed):
    columns = {"caption": np.array(CAPTIONS)}
    (part,) = schema_of(columns, types_of("caption=sentence"))
    assert part == Sentence.of("caption", CAPTIONS)
    assert list(values_of((part,), columns)["caption"]) == CAPTIONS


def test_what_is_missing_is_said_in_one_line(installed, monkeypatch):
    with pytest.raises(
        DataError, match=r"encoder missing is not on this machine \(no such model\); fetch it"
    ):
        Sentence.of("caption", CAPTIONS, "missing")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    sentences._encoder.cache_clear()
    with pytest.raises(DataError, match="a condition of type sentence takes sentence-transformers"):
        Sentence.of("caption", CAPTIONS)
