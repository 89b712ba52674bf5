"""The source `arrays`: what is read, as what, and which examples are held out."""

import numpy as np
import pytest
from scipy import io

from cwgan_jax import config, data
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import changes, conditions, scaling
from cwgan_jax.data.axes import axes_of
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text

N = 60


@pytest.fixture(scope="module")
def arrays():
    draw = np.random.default_rng(0)
    label = np.arange(N) % 3
    return {
        "x": (100 * draw.standard_normal((N, 32, 2))).astype(np.float32) + np.float32([0, 1000]),
        "digit": label,
        "word": np.array(["cat", "dog", "bird"])[label],
        "angle": draw.uniform(0, 360, N),
        "power": draw.uniform(size=(N, 2)),
        "tags": draw.integers(0, 2, (N, 3)),
        "one_hot": np.eye(3, dtype=int)[label],
        "caption": np.array([f"a {w} beside the house number {i}" for i, w in enumerate("ab" * (N // 2))]),
        "x_test": draw.standard_normal((7, 32, 2)).astype(np.float32),
        "digit_test": np.arange(7) % 3,
        "short": np.arange(5),
        "held": label == 1,
        "rows": np.array([3, 5, 8]),
    }


@pytest.fixture(scope="module")
def path(arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("arrays") / "a.npz"
    np.savez(path, **arrays)
    return path


def load(path, split="train", **keys):
    return data.load(config.Data(name="arrays", file=str(path), **{"key": "x"} | keys), split)


@pytest.mark.parametrize(
    ("shape", "letters", "kind"),
    [
        ((9, 128), "NL", "signals"),
        ((9, 128, 6), "NLC", "signals"),
        ((9, 12, 1000), "NCL", "signals"),
        ((9, 28, 28), "NHW", "fields"),
        ((9, 8, 8), "NHW", "fields"),
        ((9, 64, 64, 3), "NHWC", "fields"),
        ((9, 3, 64, 48), "NCHW", "fields"),
        ((9, 16, 16, 16), "NXYZ", "volumes"),
        ((9, 4, 32, 32, 32), "NCXYZ", "volumes"),
        ((9, 20, 24, 32, 2), "NXYZC", "volumes"),
    ],
)
def test_the_guess_of_the_axes(shape, letters, kind):
    axes = axes_of(shape, "", "x")
    assert (axes.letters, axes.kind, axes.asked) == (letters, kind, False)
    moved = axes.moved(np.empty(shape))
    assert moved.shape[0] == 9
    assert moved.ndim == axes.inner + 2
    if "C" in letters:
        assert moved.shape[-1] == shape[letters.index("C")]


def test_axes_that_are_said():
    x = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    moved = axes_of(x.shape, "hwcn", "x").moved(x)
    np.testing.assert_array_equal(moved, np.transpose(x, (3, 0, 1, 2)))
    assert axes_of((5, 7), "NC", "x").kind == "tables"
    for asked, message in (
        ("NLL", "a letter for each axis"),
        ("HWC", "a letter for each axis"),
        ("NLC", r"3 axes, but x \[2, 3, 4, 5\] has 4"),
    ):
        with pytest.raises(DataError, match=message):
            axes_of(x.shape, asked, "x")
    with pytest.raises(DataError, match="6 axes are more than"):
        axes_of((2, 9, 9, 9, 9, 9), "", "x")


def test_stored_numbers_are_standardised_by_the_training_split(path, arrays):
    train, test = load(path), load(path, "test")
    assert (train.kind, train.size, test.size) == ("signals", 54, 6)
    flat = train.example.astype(np.float64).reshape(-1, 2)
    np.testing.assert_allclose(flat.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(flat.std(0), 1, rtol=1e-6)
    assert train.example.dtype == np.float32
    assert train.scaling == test.scaling == scaling.from_json(scaling.to_json(train.scaling))
    both = np.concatenate([train.scaling.decode(x.example) for x in (train, test)])
    assert both.dtype == np.float32
    np.testing.assert_allclose(np.sort(both, 0), np.sort(arrays["x"], 0), rtol=1e-5, atol=1e-3)
    assert not set(both[:54, 0, 0]) & set(both[54:, 0, 0])


@pytest.mark.parametrize("dtype", ["uint16", "int8", "int32", "float16", "float64", "bool"])
def test_values_come_back_in_their_type(tmp_path, dtype):
    x = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 100, (20, 16)).astype(dtype)
    np.save(tmp_path / "x.npy", x)
    dataset = load(tmp_path / "x.npy", key="", test="0")
    back = dataset.scaling.decode(dataset.example)[..., 0]
    assert back.dtype == x.dtype
    exact = np.dtype(dtype).kind in "iub"
    np.testing.assert_allclose(back.astype(float), x, rtol=0 if exact else 1e-3, atol=0 if exact else 1e-5)
    if np.dtype(dtype).kind in "iu":
        far = dataset.scaling.decode(1e9 * np.sign(dataset.example))
        assert far.min() >= np.iinfo(dtype).min
        assert far.max() == np.iinfo(dtype).max


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((20, 16, 24), "images"),
        ((20, 16, 24, 3), "images"),
        ((20, 16, 24, 4), "images"),
        ((20, 16, 24, 2), "fields"),
    ],
)
def test_bytes_in_two_axes_are_pictures(tmp_path, shape, kind):
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    np.save(tmp_path / "x.npy", x)
    dataset = load(tmp_path / "x.npy", key="", test="0")
    assert (dataset.kind, dataset.shape[:2]) == (kind, (16, 24))
    if kind == "images":
        assert dataset.scaling is None
        np.testing.assert_array_equal(dataset.example, x.reshape(dataset.example.shape))


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        ("digit", [Classes]),
        ("word", [Classes]),
        ("one_hot", [Classes]),
        ("tags", [Labels]),
        ("angle", [Number]),
        ("power", [Number, Number]),
        ("caption", [Text]),
        ("word,angle,tags", [Classes, Number, Labels]),
        ("", []),
    ],
)
def test_conditions_are_read_as_what_they_are(path, arrays, names, parts):
    dataset = load(path, condition=names)
    assert [type(part) for part in dataset.schema] == parts
    assert dataset.condition.shape == (
        (54,) if parts == [Classes] else (54, conditions.width(dataset.schema))
    )
    assert dataset.condition.dtype == (np.int32 if parts == [Classes] else np.float32)
    assert dict(dataset.summary)["condition"].startswith(names.split(",")[0] or "none")


def test_a_type_can_be_said(path, arrays):
    dataset = load(path, condition="digit,angle", types="digit=number,angle=cycle:360", test="rows")
    assert [type(part) for part in dataset.schema] == [Number, Cycle]
    kept = np.setdiff1d(np.arange(N), [3, 5, 8])
    back = conditions.decode(dataset.schema, dataset.condition)
    np.testing.assert_allclose(back["angle"], arrays["angle"][kept], rtol=1e-5)
    np.testing.assert_allclose(back["digit"], arrays["digit"][kept], atol=1e-6)


@pytest.mark.parametrize("condition", ["", "angle"])
def test_a_share_is_held_out(path, condition):
    assert [load(path, x, condition=condition, test="0.25").size for x in ("train", "test")] == [45, 15]


def test_a_share_of_every_class(path):
    test = load(path, "test", condition="word", test="0.2")
    assert np.bincount(test.condition).tolist() == [4, 4, 4]
    again = load(path, "test", condition="word", test="0.2")
    np.testing.assert_array_equal(test.example, again.example)


def test_other_ways_to_hold_out(path, arrays, tmp_path):
    arrays_of_own = load(path, "test", condition="digit", test="x_test,digit_test")
    assert arrays_of_own.size == 7
    assert load(path, condition="digit", test="x_test,digit_test").size == N
    np.testing.assert_array_equal(arrays_of_own.condition, arrays["digit_test"])
    for name in ("rows.npy", "rows.txt"):
        where = path.with_name(name)
        np.save(where, arrays["rows"]) if name.endswith("npy") else where.write_text("3\n5\n8\n")
        test = load(path, "test", condition="angle", test=name)
        back = conditions.decode(test.schema, test.condition)["angle"]
        np.testing.assert_allclose(back, arrays["angle"][arrays["rows"]], rtol=1e-5)
    marks = np.where(arrays["held"], "test", "train")
    np.savez(tmp_path / "b.npz", x=arrays["x"], split=marks)
    assert load(tmp_path / "b.npz", "test", test="split").size == arrays["held"].sum()


def test_matlab(tmp_path, arrays):
    """Examples in the last axis, numbers of classes as double in a row, texts in cells."""
    moved = np.moveaxis(arrays["x"], 0, -1)
    words = arrays["word"].astype(object)
    io.savemat(tmp_path / "m.mat", {"x": moved, "digit": arrays["digit"][None] * 1.0, "word": words})
    dataset = load(tmp_path / "m.mat", condition="digit,word", axes="LCN", test="0")
    np.testing.assert_allclose(dataset.scaling.decode(dataset.example), arrays["x"], rtol=1e-5, atol=1e-3)
    assert [type(part) for part in dataset.schema] == [Classes, Classes]
    assert conditions.decode(dataset.schema, dataset.condition)["word"] == arrays["word"].tolist()
    with pytest.raises(DataError, match=r"is the last axis the examples\? config.data.axes=LCN"):
        load(tmp_path / "m.mat", condition="digit")


def test_signals_in_the_columns_of_a_table(tmp_path):
    x = np.random.default_rng(0).standard_normal((12, 16)).round(4)
    names = [f"t{i}" for i in range(16)]
    rows = [",".join([*names, "kind"]), *(",".join([*map(str, row), "ab"[i % 2]]) for i, row in enumerate(x))]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    dataset = load(tmp_path / "t.csv", key="", condition="kind", axes="NL", test="0")
    assert (dataset.kind, dataset.shape, dataset.class_names) == ("signals", (16, 1), ("a", "b"))
    np.testing.assert_allclose(dataset.scaling.decode(dataset.example)[..., 0], x, rtol=1e-5, atol=1e-6)


def test_a_constant_channel_is_a_warning(tmp_path):
    x = np.random.default_rng(0).standard_normal((20, 32, 3)).astype(np.float32)
    x[..., 1] = np.float32(0.1)
    np.save(tmp_path / "x.npy", x)
    dataset = load(tmp_path / "x.npy", key="", test="0")
    assert dataset.warnings == (
        "1 of 3 channels (1) are constant: there is nothing to learn in them, leave them out",
    )
    assert not dataset.example[..., 1].any()
    np.testing.assert_allclose(dataset.scaling.decode(dataset.example), x, rtol=1e-5, atol=1e-6)


def test_held_out_examples_that_cannot_be(path):
    with pytest.raises(DataError, match="condition word=dog: not among those of the training data"):
        load(path, "test", condition="word", test="held")
    with pytest.raises(DataError, match="no examples are held out; give a share"):
        load(path, "test", test="0")


def test_other_data_are_noticed_on_resume(path, arrays, tmp_path):
    def described(**keys):
        return data.described(load(keys.pop("path", path), test="rows", **keys))

    same = described(condition="angle")
    assert not changes.other_data(same, described(condition="angle"), True)
    other = arrays["x"].copy()
    other[0, 0, 0] += 1
    np.savez(tmp_path / "c.npz", **arrays | {"x": other})
    for keys in ({"path": tmp_path / "c.npz", "condition": "angle"}, {"condition": "digit"}, {"axes": "NCL"}):
        assert changes.other_data(same, described(**{"condition": "angle"} | keys), True), keys
