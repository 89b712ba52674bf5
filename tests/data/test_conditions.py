"""Conditions: values to vectors and back, texts of the command line, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cwgan_jax import random
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.kinds import condition_of

DIGIT = Classes("digit", ("zero", "one", "two"))
ANGLE = Number.of("angle", [-30.0, 0.0, 30.0])
TAGS = Labels("tags", ("thick", "thin", "slanted"))
HOUR = Cycle("hour", 24.0)
CAPTION = Text.of("caption", ["A red three", "a blue one, on red"], ngrams=1)
SCHEMA = (DIGIT, ANGLE, TAGS, HOUR, CAPTION)
VALUES = {
    "digit": ["two", "zero"],
    "angle": [15.0, -30.0],
    "tags": ["thin;slanted", ""],
    "hour": [6.0, 18.0],
    "caption": ["red three", "on blue"],
}


def test_each_part_has_its_place_and_comes_back():
    vectors = conditions.encode(SCHEMA, VALUES)
    assert (vectors.shape, vectors.dtype) == ((2, conditions.width(SCHEMA)), np.float32)
    place = conditions.spans(SCHEMA)
    assert vectors[:, place["digit"]].tolist() == [[0, 0, 1], [1, 0, 0]]
    np.testing.assert_allclose(vectors[:, place["angle"]][:, 0], [15 / 24.4949, -30 / 24.4949], rtol=1e-5)
    assert vectors[:, place["tags"]].tolist() == [[0, 1, 1], [0, 0, 0]]
    np.testing.assert_allclose(vectors[:, place["hour"]], [[0, 1], [0, -1]], atol=1e-6)
    assert CAPTION.names == ("a", "blue", "on", "one", "red", "three")
    assert vectors[:, place["caption"]].tolist() == [[0, 0, 0, 0, 1, 1], [0, 1, 1, 0, 0, 0]]
    back = conditions.decode(SCHEMA, vectors)
    assert (back["digit"], back["tags"]) == (VALUES["digit"], VALUES["tags"])
    np.testing.assert_allclose([back["angle"], back["hour"]], [VALUES["angle"], VALUES["hour"]], atol=1e-5)


def test_a_schema_survives_json():
    assert conditions.from_json(conditions.to_json(SCHEMA)) == SCHEMA


def test_classes_alone_are_stored_as_numbers():
    alone = (DIGIT,)
    assert conditions.class_names(alone) == DIGIT.names
    assert conditions.class_names(SCHEMA) == conditions.class_names(()) == ()
    numbers = conditions.stored(alone, {"digit": ["one", "two"]})
    assert (numbers.tolist(), numbers.dtype) == ([1, 2], np.int32)
    assert conditions.stored(SCHEMA, VALUES).shape == (2, conditions.width(SCHEMA))


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        ((ANGLE, DIGIT), "angle=3, digit=two", {"angle": "3", "digit": "two"}),
        ((CAPTION,), "a red three, on blue", {"caption": "a red three, on blue"}),
        (
            (CAPTION, ANGLE),
            "caption=a red, thin three,angle=-3",
            {"caption": "a red, thin three", "angle": "-3"},
        ),
        ((DIGIT,), "two", {"digit": "two"}),
    ],
)
def test_texts_of_the_command_line(schema, text, expected):
    assert conditions.parse(schema, text) == expected


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        ((ANGLE, DIGIT), "angle=3", "condition digit is missing; all of these are needed: angle, digit"),
        ((ANGLE, DIGIT), "angle=3,angle=4,digit=two", "a name is given twice"),
        ((ANGLE, DIGIT), "angel=3,digit=two", "write angle=VALUE,digit=VALUE"),
        ((ANGLE,), "width=3", "write angle=VALUE"),
        ((), "angle=3", "trained without conditions"),
    ],
)
def test_what_cannot_be_read(schema, text, message):
    with pytest.raises(DataError, match=message):
        conditions.parse(schema, text)


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        (DIGIT, "tow", "condition digit=tow: not among those of the training data; did you mean two?"),
        (DIGIT, "9", "there are: zero, one, two"),
        (TAGS, "thin;loud", "condition tags=loud"),
        (ANGLE, "steep", "condition angle=steep: it must be a finite number"),
        (ANGLE, float("nan"), "condition angle=nan"),
        (HOUR, None, "condition hour=None"),
    ],
)
def test_values_that_are_refused(part, value, message):
    with pytest.raises(DataError, match=message.replace("?", r"\?")):
        part.encode([value])


def test_what_lies_outside_the_training_data_is_told():
    assert ANGLE.outside([30.0, -30.0]) == "" == CAPTION.outside(["a RED one"])
    assert "angle=31: the training data have -30 to 30" in ANGLE.outside([0.0, 31.0])
    assert "no word green, very" in CAPTION.outside(["a very green three"])


def test_vectors_are_drawn_uniformly_where_that_is_known():
    drawable = condition_of((ANGLE, DIGIT))
    draw = drawable.draw(random.key(0, random.Stream.LABEL), jnp.arange(3000))
    angle = np.asarray(draw[:, 0])
    low, high = ANGLE.encode([-30, 30])[:, 0]
    assert low <= angle.min() < low + 0.01
    assert high - 0.01 < angle.max() <= high
    np.testing.assert_allclose(np.quantile(angle, [0.25, 0.5, 0.75]), [low / 2, 0, high / 2], atol=0.1)
    np.testing.assert_allclose(draw[:, 1:].mean(0), 1 / 3, atol=0.04)
    again = drawable.draw(random.key(0, random.Stream.LABEL), jnp.arange(3000)[::-1])
    np.testing.assert_array_equal(again[::-1], draw)  # by the slot alone
    assert condition_of(SCHEMA).draw is None
    assert condition_of(SCHEMA, conditional=False).encode(jnp.ones((4, 2, 16)), jnp.float32).shape == (
        4,
        2,
        0,
    )


def test_one_number_and_no_spread():
    part = Number.of("size", [5.0, 5.0])
    assert part.encode([5.0, 6.0])[:, 0].tolist() == [0, 1]
    assert jax.tree.leaves(part.decode(np.zeros((1, 1)))) == [5.0]
