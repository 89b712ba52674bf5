"""Style mixing and truncation; and the command line of everything that is drawn from latents."""

import functools

import numpy as np
import pytest
from cli_helpers import refused
from sample_helpers import (
    F32,
    IMAGES,
    LAYERS,
    distinct,
    grid,
    latents,
    sample,
    sheet,
    untrained,
)

from cwgan_jax.sampling import load, styles
from cwgan_jax.sampling.request import Drawing, DrawRequest


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("style")


@pytest.fixture(scope="module")
def style(workdir):
    return untrained(workdir, "style")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return functools.cache(lambda kind: untrained(tmp_path_factory.mktemp(kind), kind))


ON_SHEETS = [name for name in IMAGES if name not in ("folder", "file", "sweep")]


def test_style_tables(style, tmp_path):
    """The sources at the edges are the grid's; with the crossover at an end only one side counts."""
    drawn = {}
    for crossover in (0, 2, LAYERS):
        table = sheet("styles", style, [1, 3], 2, tmp_path, crossover=crossover)
        assert table.image.shape == (3, 3, 16, 16)
        assert (table.rows, table.columns) == (["fine", "bee #0", "bee #1"], ["coarse", "dog #2", "dog #3"])
        assert f"layers below {crossover} of {LAYERS}" in table.title
        drawn[crossover] = table.image
        assert (table.image[0, 0] == 255).all()
        # Drawn by two programs instead of one: at most a rounding apart.
        assert abs(table.image[1:, 0].astype(int) - grid(style, 1, 2)).max() <= 1
        assert abs(table.image[0, 1:].astype(int) - grid(style, 3, 4)[2:]).max() <= 1
    np.testing.assert_array_equal(drawn[0][1:, 1:], np.stack([drawn[0][0, 1:]] * 2))
    np.testing.assert_array_equal(drawn[LAYERS][1:, 1:], np.stack([drawn[LAYERS][1:, 0]] * 2, axis=1))
    assert distinct(drawn[2]) == 9
    default = sheet("styles", style, [1, 3], 2, tmp_path)
    np.testing.assert_array_equal(default.image, drawn[LAYERS // 2])


@pytest.mark.parametrize(("kind", "layers"), [("style", LAYERS), ("stylegan2", 6)])
def test_each_layer_takes_the_style_of_its_side(style, other, kind, layers):
    model = style if kind == "style" else other(kind)
    w = model.styles(latents(0, 2), model.conditions([0, 1]))
    assert w.shape == (2, layers, 5)
    seen = []
    for crossover in range(layers + 1):
        joined = np.concatenate([w[0, :crossover], w[1, crossover:]])[None]
        seen.append(model.from_styles(joined)[0])
        np.testing.assert_array_equal(styles.table(model, w[:1], w[1:], crossover)[1, 1], seen[-1])
    assert distinct(np.stack(seen)) == layers + 1


@pytest.mark.parametrize("kind", ["conv", "style", "plain"])
def test_sweep_of_truncation(style, other, tmp_path, kind):
    model, labels = style if kind == "style" else other(kind), [0] if kind == "plain" else [0, 3]
    table = sheet("truncation", model, labels, 3, tmp_path)
    assert table.columns == ["0", "0.3", "0.5", "0.7", "1", "1.3"]
    names = [[*name, f"#{i}"] for name in ([[]] if kind == "plain" else [["ant"], ["dog"]]) for i in range(3)]
    assert table.rows == [" ".join(name) for name in names]
    expected = [grid(model, label, 3) for label in labels]
    np.testing.assert_array_equal(table.image[:, 4], np.concatenate(expected))
    # The mean of w is one for all classes; a latent of zeros still has its class.
    assert distinct(table.image[:, 0]) == (2 if kind == "conv" else 1)
    assert distinct(table.image[:, 1:]) == 5 * len(table.rows)
    plain = sheet("grid", model, labels, 3, tmp_path, truncation=0.7)
    np.testing.assert_array_equal(plain.image.reshape(-1, 16, 16), table.image[:, 3])
    assert "truncation 0.7" in plain.title


def test_one_row_per_class_bears_its_name(style, tmp_path):
    assert sheet("truncation", style, [3, 0], 1, tmp_path).rows == ["dog", "ant"]


def test_truncation_shrinks_latents_or_draws_styles_towards_their_mean(style, other):
    z, condition, conv = latents(0, 3), style.conditions([0, 1, 2]), other("conv")
    shrunk = conv.examples(z, condition, truncation=0.5)
    np.testing.assert_array_equal(shrunk, conv.examples(z / 2, condition))
    for model in (style, other("stylegan2")):
        mean = np.asarray(model.generator["batch_stats"]["style"])
        assert abs(mean).max() > 0.1
        w, half = (model.styles(z, condition, truncation=psi) for psi in (1, 0.5))
        np.testing.assert_allclose(half, (w + mean) / 2, rtol=1e-4, atol=1e-5)
        assert half.dtype == F32
    drawn = style.from_styles(style.styles(z, condition, truncation=0.5))
    np.testing.assert_array_equal(style.examples(z, condition, truncation=0.5), drawn)


@pytest.mark.parametrize("format_", ["walk", "plane", "classes", "styles"])
def test_truncation_reaches_every_format(style, tmp_path, format_):
    without, with_ = (sheet(format_, style, [0, 1], 2, tmp_path, truncation=psi) for psi in (1.0, 0.2))
    differ = (without.image != with_.image).any((-2, -1))
    assert differ.sum() == differ.size - (format_ == "styles")  # its corner is white


@pytest.mark.parametrize("format_", ON_SHEETS)
def test_the_command_line_writes_the_same_bytes_and_other_ones_for_other_seeds(
    style, workdir, tmp_path, format_
):
    flags = [f"--format={format_}", "--count=2", "--classes=dog,1"]
    said = sample(workdir, tmp_path / "a", *flags, "--seed=3")
    drawn = IMAGES[format_].draw(style, DrawRequest(style.classes([3, 1]), 2, 3, tmp_path / "b"))
    assert said == f"step 0: {drawn.rows} x {drawn.columns} images in {tmp_path / 'a' / drawn.path.name}\n"
    a, b = ({path.name: path.read_bytes() for path in (tmp_path / out).iterdir()} for out in "ab")
    name = f"{format_}-step0-classes3_1-x2-seed3"
    assert set(a) == {f"{name}.png"} | ({f"{name}.gif"} if format_ in ("walk", "classes") else set())
    assert a == b
    one, other = (sheet(format_, style, [3, 1], 2, tmp_path, seed=seed).image for seed in (3, 4))
    alike = (one == other).all((-2, -1))
    at_zero = {"styles": 1, "truncation": 4}  # the corner; the pictures of the mean
    assert alike.sum() == at_zero.get(format_, 0)


@pytest.mark.parametrize(
    ("kind", "flags", "expected"),
    [
        ("conv", "--format=walk --interpolation=linear", ([0, 1, 2, 3], 10, 1, "linear", None)),
        ("conv", "--format=plane --truncation=0.5", ([0], 10, 0.5, "spherical", None)),
        ("conv", "--format=plane --classes=3,2 --count=7", ([3, 2], 7, 1, "spherical", None)),
        ("conv", "--format=classes", ([0, 1, 2, 3], 10, 1, "spherical", None)),
        ("conv", "--format=styles --crossover=0", ([0], 10, 1, "spherical", 0)),
        ("conv", "--format=truncation", ([0, 1, 2, 3], 1, 1, "spherical", None)),
        ("plain", "--format=truncation", ([0], 10, 1, "spherical", None)),
        ("plain", "--format=plane --truncation=0", ([0], 10, 0, "spherical", None)),
        ("plain", "--format=walk", (list(range(10)), 10, 1, "spherical", None)),
    ],
)
def test_flags(other, tmp_path, monkeypatch, kind, flags, expected):
    seen, loaded = [], other(kind)

    def draw(model, request):
        seen.append(request)
        return Drawing(tmp_path, 1, 1)

    monkeypatch.setattr(load, "find", lambda path: (path, 0))
    monkeypatch.setattr(load, "load", lambda *_, **__: loaded)
    for name, format_ in list(IMAGES.items()):
        monkeypatch.setitem(IMAGES, name, format_._replace(draw=draw))
    sample(tmp_path, tmp_path, *flags.split())
    (request,) = seen
    assert (request.rows.series.tolist(), request.each, *request[4:7]) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([f"--crossover={LAYERS + 1}"], "--crossover=5: this generator has 4 layers; give 0-4"),
        (["--crossover=-1"], "--crossover=-1"),
        (["--classes=0,1,2"], "3 --classes; give one, or one for the coarse and one for the fine styles"),
        (["--count=100"], "101 x 101 examples do not fit on one sheet"),
        (["--interpolation=linear"], "not for --format=styles; leave it out"),
    ],
)
def test_bad_style_tables_are_one_line(style, workdir, tmp_path, arguments, expected):
    message = refused("sample", f"--workdir={workdir}", f"--out={tmp_path}", "--format=styles", *arguments)
    assert expected in message
    assert not list(tmp_path.iterdir())
