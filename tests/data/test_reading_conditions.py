"""What a column of a table is taken for as a condition, and how its values reach the schema."""

import numpy as np
import pytest

from cwgan_jax.common.errors import DataError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.data.conditions.reading import classes_of, schema_of, told, types_of, values_of

N = 60


def lists(*rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


def repeated(*values):
    return np.array([values[i % len(values)] for i in range(N)])


def one(column, types=None, name="x"):
    (part,) = schema_of({name: column}, types or {})
    return part


FOUND = {
    "words": (repeated("cat", "a dog", "eel"), Classes("x", ("a dog", "cat", "eel"))),
    "few whole numbers": (repeated(3, 10, 2), Classes("x", ("2", "3", "10"))),
    "whole numbers as text": (repeated("3", "10", " 2"), Classes("x", ("2", "3", "10"))),
    "with leading zeros": (repeated("03", "10"), Classes("x", ("03", "10"))),
    "bool": (repeated(True, False), Classes("x", ("false", "true"))),
    "bytes": (repeated(b"cat", b"eel"), Classes("x", ("cat", "eel"))),
    "one-hot": (np.eye(3, dtype=np.float32)[np.arange(N) % 3], Classes("x", ("0", "1", "2"))),
    "multi-hot": (np.array([[1, 1], [0, 1], [0, 0]] * 9), Labels("x", ("0", "1"))),
    "lists": (lists(["b"], [], ["a", "b"]), Labels("x", ("a", "b"))),
    "joined": (repeated("a;b", "", "b; c"), Labels("x", ("a", "b", "c"))),
    "sentences": (repeated("a red three on blue", "A four"), Classes("x", ("A four", "a red three on blue"))),
    "objects": (np.array([1, 2, 1] * 20, object), Classes("x", ("1", "2"))),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_a_column_is_taken_for(name):
    column, expected = FOUND[name]
    assert one(column) == expected


def test_numbers_are_standardised():
    values = np.random.default_rng(0).normal(5, 3, N)
    for column in (values, values.astype(object), np.array([repr(x) for x in values.tolist()])):
        part = one(column)
        assert isinstance(part, Number)
        assert part.mean == pytest.approx(values.mean(), rel=1e-12)
        assert part.deviation == pytest.approx(values.std(), rel=1e-12)
        assert (part.low, part.high) == (values.min(), values.max())
    assert isinstance(one(np.arange(N)), Number)  # more different ones than classes


def test_names_say_it_where_values_do_not():
    """A hundred whole numbers are a number, unless the column is called label; captions may be short."""
    many = np.arange(N).repeat(2)
    assert isinstance(one(many), Number)
    assert one(many.astype(float), name="Label").names == tuple(map(str, range(N)))
    short = repeated(*(f"{colour} {i}" for i in range(6) for colour in ("red", "blue")))
    assert isinstance(one(short), Classes)
    assert isinstance(one(short, name="caption"), Text)
    words = {
        name for name in one(repeated("a red three on blue", "A four"), name="text").names if " " not in name
    }
    assert words == {"a", "blue", "four", "on", "red", "three"}


def test_types_that_are_said():
    types = types_of(" digit=class, x=number,angle = cycle:360,a=b=text, tags=labels")
    assert types == {"digit": "class", "x": "number", "angle": "cycle:360", "a=b": "text", "tags": "labels"}
    assert one(repeated(1.5, 2.5), {"x": "class"}) == Classes("x", ("1.5", "2.5"))
    assert one(repeated("7", "08"), {"x": "number"}).high == 8
    assert one(repeated("a, b", "b"), {"x": "labels"}) == Labels("x", ("a", "b"))
    assert one(repeated(0, 90), {"x": "cycle:360"}) == Cycle("x", 360.0)
    assert isinstance(one(repeated("red", "blue"), {"x": "text"}), Text)
    arrays = schema_of({"x": np.array([[0, 1], [1, 0]] * 5)}, {"x": "number"})
    assert [part.name for part in arrays] == ["x_0", "x_1"]


def test_rare_words_are_left_out():
    rows = [f"a {'red' if i % 2 else 'blue'} thing called n{i}" for i in range(N)]
    pairs = ("a blue", "a red", "blue thing", "red thing", "thing called")
    assert set(one(np.array(rows)).names) == {"a", "blue", "called", "red", "thing", *pairs}


COLUMNS = {
    "kind": repeated("cat", "eel"),
    "power": np.linspace(1, 9, N).astype(np.float32),
    "tags": repeated("a;b", "", "b"),
    "place": np.random.default_rng(0).normal(size=(N, 2)),
    "one": np.eye(2)[np.arange(N) % 2],
    "angle": np.arange(N),
}


def test_from_columns_to_vectors_and_back():
    """Through the schema as a checkpoint has it; numbers to their precision, the others exactly."""
    schema = schema_of(COLUMNS, {"angle": "cycle:360"})
    assert [(part.name, part.kind) for part in schema] == [
        ("kind", "class"),
        ("power", "number"),
        ("tags", "labels"),
        ("place_0", "number"),
        ("place_1", "number"),
        ("one", "class"),
        ("angle", "cycle"),
    ]
    schema = conditions.from_json(conditions.to_json(schema))
    vectors = conditions.encode(schema, values_of(schema, COLUMNS))
    assert vectors.shape == (N, 2 + 1 + 2 + 1 + 1 + 2 + 2)
    back = conditions.decode(schema, vectors)
    assert back["kind"] == COLUMNS["kind"].tolist()
    assert back["tags"] == COLUMNS["tags"].tolist()
    assert back["one"] == ["0", "1"] * (N // 2)
    np.testing.assert_allclose(back["power"], COLUMNS["power"], rtol=1e-6)
    np.testing.assert_allclose(back["place_1"], COLUMNS["place"][:, 1], atol=1e-6)
    np.testing.assert_allclose(
        np.cos(np.radians(back["angle"])), np.cos(np.radians(COLUMNS["angle"])), atol=1e-6
    )


def test_another_split_is_read_by_the_schema_of_the_training_split():
    """Where its own values would make something else of it."""
    schema = schema_of(COLUMNS, {})
    few = {name: column[:2] for name, column in COLUMNS.items()}
    few |= {"place": np.array([[0, 1], [1, 0]]), "power": np.array([1, 2]), "tags": np.array(["b", "a"])}
    assert values_of(schema, few)["place_0"] == [0.0, 1.0]
    assert values_of(schema, few)["tags"] == [["b"], ["a"]]
    labels = schema_of({"label": repeated(1.0, 2.0)}, {})
    assert values_of(labels, {"label": np.array(["2", "1.0"])}) == {"label": ["2", "1"]}


BAD = {
    "NaN": (np.array([1.0, np.nan, 2.0, np.inf]), {}, "row 2: the value is nan", "1 more rows"),
    "no value": (np.array(["a", "", "b", "a"]), {}, "row 2: there is no value"),
    "none": (np.array(["a", None, "b"], object), {}, "row 2: there is no value"),
    "a gap among numbers": (np.array(["1", "2", "", "4"]), {}, "row 3: there is no value"),
    "a word among numbers": (np.array(["1.5", "n/a", "x", "2"]), {}, "row 2", "1 more rows"),
    "no number": (np.array(["1", "two"]), {"x": "number"}, 'row 2: "two"'),
    "constant": (np.full(9, 1e9), {}, "all values are 1e+09", "leave the column out"),
    "names of their own": (np.array([f"n{i}" for i in range(50)]), {}, "50 different words in 50 rows"),
    "complex": (np.ones(3, complex), {}, "complex128", "allowed are"),
    "three axes": (np.ones((3, 2, 2)), {}, "float64[3, 2, 2]"),
    "two classes in a row": (lists(["a"], ["a", "b"]), {"x": "class"}, "row 2: 2 classes in place of one"),
    "objects": (np.array([{"a": 1}], object), {}, "objects with fields"),
    "no text": (np.array([b"\xff", b"a"]), {}, "row 1: the text is not UTF-8"),
    "nothing": (np.array([]), {}, "0 rows"),
    "a line break": (repeated("a\nb", "c"), {"x": "class"}, "not allowed as the name of a class"),
    "no such column": (repeated(1, 2), {"y": "class"}, "config.data.types is about y", "(x)"),
    "no labels": (lists([], []), {}, "no row has a label"),
    "no common word": (np.array([f"w{i} v{i}" for i in range(30)]), {"x": "text"}, "no word occurs in two"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused(name):
    column, types, *parts = BAD[name]
    with pytest.raises(DataError) as caught:
        schema_of({"x": column}, types, where="a.csv")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("a.csv: ")
    for part in parts:
        assert part in message, message


def test_rows_are_called_by_their_names():
    with pytest.raises(DataError, match=r"column x, b\.png: the value is nan"):
        schema_of({"x": np.array([1, np.nan])}, {}, rows=["a.png", "b.png"])


def test_columns_of_other_lengths_and_names():
    with pytest.raises(DataError, match="column b has 3 rows, a has 2"):
        schema_of({"a": np.arange(2), "b": np.arange(3)}, {})
    with pytest.raises(DataError, match=r'"a=1".*rename'):
        schema_of({"a=1": np.arange(2)}, {})
    with pytest.raises(DataError, match="there is no column kind, only power"):
        values_of(schema_of(COLUMNS, {}), {"power": COLUMNS["power"]})


@pytest.mark.parametrize("text", ["x", "x=", "=class", "x=classes", "x=cycle:", "x=cycle:-1", "x=cycle:nan"])
def test_types_that_there_are_not(text):
    with pytest.raises(DataError, match="is not of the form column=type"):
        types_of(text)


def test_what_is_told():
    line = told(schema_of({name: COLUMNS[name] for name in ("kind", "power", "tags")}, {}))
    assert line == "kind (2 classes: cat, eel), power (number from 1 to 9), tags (2 labels: a, b)"


def test_classes_are_numbered_as_in_the_schema_and_nothing_else_is_learnt(monkeypatch):
    words = {"animal": np.array(["dog", "cat", "emu", "cat"])}
    schema = schema_of(words, {})
    expected = conditions.stored(schema, values_of(schema, words))
    assert classes_of(words, {}).tolist() == expected.tolist() == [1, 0, 2, 0]
    monkeypatch.setattr(Text, "of", lambda *_, **__: pytest.fail("a vocabulary was learnt"))
    assert classes_of({"caption": np.array(["a red cat on a mat", "a blue dog"])}, {}) is None
    assert classes_of(words | {"size": np.arange(4)}, {}) is None
    assert classes_of({"one_hot": np.eye(2, dtype=int)[[1, 0, 1]]}, {}).tolist() == [1, 0, 1]
