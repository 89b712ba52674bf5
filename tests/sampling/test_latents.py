"""Lines, planes and class walks: the sheets of sample.py hold what the mathematics says."""

import functools

import numpy as np
import pytest
from flax import traverse_util
from PIL import Image
from sample_helpers import F32, distinct, grid, latents, sheet, untrained

from cwgan_jax.algorithms import Request
from cwgan_jax.sampling import classes, interpolate


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return functools.cache(lambda kind: untrained(tmp_path_factory.mktemp(kind), kind))


@pytest.mark.parametrize("kind", ["conv", "style"])
@pytest.mark.parametrize("way", ["spherical", "linear"])
def test_walks_and_planes_end_in_pictures_of_the_grid(model, tmp_path, kind, way):
    model = model(kind)
    strip = sheet("walk", model, [2, 1], 5, tmp_path, interpolation=way)
    assert strip.image.shape == (2, 5, 16, 16)
    assert strip.rows == ["cat", "bee"]
    for row, label in zip(strip.image, (2, 1), strict=True):
        np.testing.assert_array_equal(row[[0, -1]], grid(model, label, 2))
    plane = sheet("plane", model, [2], 3, tmp_path, interpolation=way)
    assert plane.image.shape == (3, 3, 16, 16)
    assert plane.rows == plane.columns == ["0.00", "0.50", "1.00"]
    assert "class cat" in plane.title
    np.testing.assert_array_equal(plane.image[::2, ::2].reshape(4, 16, 16), grid(model, 2, 4))
    assert distinct(plane.image) == 9


def test_without_classes(model, tmp_path):
    model = model("plain")
    plane = sheet("plane", model, [0], 2, tmp_path)
    np.testing.assert_array_equal(plane.image.reshape(4, 16, 16), grid(model, 0, 4))
    assert "class" not in plane.title
    one = sheet("plane", model, [0], 1, tmp_path)
    np.testing.assert_array_equal(one.image[0], grid(model, 0, 1))


def test_straight_walks_are_straight(model, tmp_path):
    model, z = model("conv"), latents(0, 4)
    line = np.stack([(1 - share) * z[0] + share * z[1] for share in (0, 0.25, 0.5, 0.75, 1)]).astype(
        "float32"
    )
    np.testing.assert_allclose(interpolate.line(z[0], z[1], 5), line, rtol=1e-6, atol=1e-6)
    drawn = sheet("walk", model, [0], 5, tmp_path, interpolation="linear").image[0]
    # An ulp of the latents may move a picture by a rounding.
    assert abs(drawn.astype(int) - model.examples(line, model.conditions(0))[..., 0]).max() <= 1
    round_ = sheet("walk", model, [0], 5, tmp_path).image[0]
    assert (drawn != round_).any((-2, -1)).tolist() == [False, True, True, True, False]
    with Image.open(next(tmp_path.glob("walk-*.gif"))) as gif:
        assert gif.n_frames == 4 * 9


def test_planes_are_bilinear_or_spherical_both_ways():
    z = latents(0, 4)
    flat = interpolate.plane(z, 3, interpolation="linear")
    np.testing.assert_allclose(flat[1, 1], z.mean(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(flat[0, 1], (z[0] + z[1]) / 2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(flat[1, 2], (z[1] + z[3]) / 2, rtol=1e-5, atol=1e-6)
    on_sphere = z / np.linalg.norm(z, axis=1, keepdims=True)
    square = interpolate.plane(on_sphere, 5)
    np.testing.assert_allclose(np.linalg.norm(square, axis=-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(square[:, 0], interpolate.walk(on_sphere[0], on_sphere[2], 5))
    np.testing.assert_array_equal(square[0], interpolate.walk(on_sphere[0], on_sphere[1], 5))
    middle = np.linalg.norm(interpolate.plane(on_sphere, 5, interpolation="linear")[2, 2])
    assert middle < 0.8  # the line passes near the origin
    np.testing.assert_array_equal(interpolate.plane(z, 1), z[:1, None])


@pytest.mark.parametrize("kind", ["conv", "norms", "style"])
def test_a_class_walk_passes_through_the_classes(model, tmp_path, kind):
    """At whole positions are the pictures of that class, at the latents that the grid gives the first one."""
    model = model(kind)
    drawn = sheet("classes", model, [2, 0, 3], 2, tmp_path)
    assert drawn.image.shape == (2, 13, 16, 16)
    blank = ["", "", ""]
    assert drawn.columns == ["cat", *blank, "ant", *blank, "dog", *blank, "cat"]
    assert drawn.rows == ["#0", "#1"]
    np.testing.assert_array_equal(drawn.image[:, 0], grid(model, 2, 2))
    for column, label in zip((0, 4, 8, 12), (2, 0, 3, 2), strict=True):
        np.testing.assert_array_equal(
            drawn.image[:, column], model.examples(latents(2, 2), model.conditions(label))[..., 0]
        )
    assert distinct(drawn.image) == 2 * 12
    with Image.open(next(tmp_path.glob("classes-*.gif"))) as gif:
        assert (gif.n_frames, gif.info["loop"], gif.info["duration"]) == (3 * 8, 0, 80)


@pytest.mark.parametrize(
    ("kind", "tables"),
    [
        ("conv", ["label_embed/embedding"]),
        ("norms", [f"norm_{i}/{name}" for i in range(2) for name in ("bias", "scale")]),
        ("style", ["mapping/label_embed/embedding"]),
    ],
)
def test_a_mixture_of_classes_is_the_class_whose_rows_are_the_mixture_of_theirs(model, kind, tables):
    """What a class is to a generator is its row of a few tables; all else is the same for all classes."""
    model, share = model(kind), np.array([0.25, 0, 0, 0.75])
    params = traverse_util.flatten_dict(model.generator["params"], sep="/")
    for name in tables:
        rows = np.asarray(params[name])
        params[name] = np.concatenate([(share @ rows)[None].astype(F32), rows[1:]])
    generator = model.generator | {"params": traverse_util.unflatten_dict(params, sep="/")}
    expected = model._replace(generator=generator).examples(latents(1, 6), model.conditions(0))
    condition = np.broadcast_to(share.astype(F32), (6, 4))
    mixed = model.draw(Request(latents(1, 6), condition))
    # Two orders of the same sum: an ulp may move a pixel by a rounding.
    assert abs(mixed.astype(int) - expected).max() <= 1
    for label in (0, 3):
        assert (abs(mixed.astype(int) - model.examples(latents(1, 6), model.conditions(label))) > 1).any()


def test_a_round_trip_over_the_classes():
    share = classes.round_trip(np.eye(4)[[2, 0, 1]])
    assert share.shape == (25, 4)
    np.testing.assert_allclose(share.sum(1), 1)
    np.testing.assert_array_equal(share[::8], np.eye(4)[[2, 0, 1, 2]])
    np.testing.assert_array_equal(share[[4, 14]], [[0.5, 0, 0.5, 0], [0.25, 0.75, 0, 0]])
