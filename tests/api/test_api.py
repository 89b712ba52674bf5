"""`fit`, `Model` and `load`: the engine's own runs, in the units and the types of what was given."""

import subprocess
import sys
import threading

import matplotlib
import numpy as np
import pytest

import cwgan_jax as cg
from cwgan_jax.api import inputs, training
from cwgan_jax.augmentation import run as augment
from cwgan_jax.common.errors import CheckpointError, ConfigError, DataError
from cwgan_jax.data.axes import Axes
from cwgan_jax.evaluation import reader

TINY = {
    "model.architecture": "mlp",
    "model.features": 4,
    "model.latent": 3,
    "objective.critic_updates": 1,
    "train.devices": 1,
    "train.batch_size": 8,
    "quality.every": None,
}


def signals(count=40):
    draw = np.random.default_rng(0)
    power, angle = draw.uniform(1, 3, count), draw.uniform(0, 90, count)
    wave = 1000 + power[:, None] * np.sin(np.linspace(0, 6, 16) + angle[:, None])
    return wave.astype(np.float32), {"power": power, "angle": angle}


def tiny(path):
    """A recipe with nothing in it but what makes it small."""
    lines = ["import ml_collections", "def get_config():", "    config = ml_collections.ConfigDict()"]
    sections = {key.partition(".")[0] for key in TINY}
    lines += [f"    config.{section} = {{}}" for section in sorted(sections)]
    lines += [
        f"    config.{key.partition('.')[0]}['{key.partition('.')[2]}'] = {value!r}"
        for key, value in TINY.items()
    ]
    file = path / "tiny.py"
    file.write_text("\n".join([*lines, "    return config", ""]))
    return file


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("recipe"))


@pytest.fixture(scope="module")
def model(recipe, tmp_path_factory):
    x, condition = signals()
    folder = tmp_path_factory.mktemp("run")
    return cg.fit(x, condition, config=recipe, steps=3, workdir=folder, progress=False)


def test_importing_the_package_imports_no_jax():
    code = "import cwgan_jax, sys; assert 'jax' not in sys.modules; assert cwgan_jax.__version__"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        cg.fitt  # noqa: B018


def test_what_is_drawn_is_as_what_was_given(model):
    y = model.sample(condition=[[1.5, 30], [2, 45]], count=3)
    assert y.shape == (6, 16)
    assert y.dtype == np.float32
    assert 900 < y.mean() < 1100
    assert model.conditions_.keys() == {"power", "angle"}
    assert model.conditions_["power"].startswith("number from 1.")
    assert model.classes_ == ()


def test_the_forms_of_a_condition(model):
    one = model.sample(condition=[[1.5, 30], [2, 30]], seed=3)
    for same in (
        np.array([[1.5, 30], [2, 30]]),
        {"power": [1.5, 2], "angle": 30},
        {"angle": np.array([30, 30]), "power": (1.5, 2)},
    ):
        np.testing.assert_array_equal(model.sample(condition=same, seed=3), one)
    np.testing.assert_array_equal(model.sample(condition="power=1.5,angle=30", seed=3), one[:1])
    assert (model.sample(condition=[[1.5, 30], [2, 30]], seed=4) != one).any()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (None, "condition is missing: say what to draw"),
        ([[1.5]], r"give 2 values a row, in this order: power \(number\), angle \(number\)"),
        ([1.5, 30], "give 2 values a row"),
        ([], "is empty"),
        ({"power": [1.5, 2], "angle": [1, 2, 3]}, "angle has 3 values, power has 2"),
        ({"power": 1.5}, "angle is missing"),
        ({"power": 1, "angle": 2, "size": 3}, "size: there is none of that name"),
        ([["high", 30]], "power=high: it must be a finite number"),
    ],
)
def test_mistakes_with_conditions_take_one_line(model, condition, message):
    with pytest.raises(DataError, match=message) as error:
        model.sample(condition=condition)
    assert "\n" not in str(error.value)


def test_outside_of_the_training_range_it_warns_where_it_was_called(model):
    with pytest.warns(UserWarning, match="power=9: the training data have 1.0") as caught:
        model.sample(condition=[[9, 30]])
    assert caught[0].filename == __file__


def test_saved_and_loaded_it_draws_the_same_to_the_bit(model, tmp_path):
    ask = {"condition": [[1.5, 30]], "count": 2, "seed": 1}
    saved = model.save(tmp_path / "saved")
    for again in (cg.load(saved), cg.load(model.workdir), cg.load(model.workdir / "checkpoints" / "3")):
        assert again.step == 3
        np.testing.assert_array_equal(again.sample(**ask), model.sample(**ask))
    with pytest.raises(CheckpointError, match="there is something already"):
        model.save(saved)


def test_the_run_goes_on_in_any_thread_and_refuses_other_data(model, recipe, tmp_path):
    x, condition = signals()
    results = []
    how = {"config": recipe, "workdir": model.workdir, "progress": False}
    thread = threading.Thread(target=lambda: results.append(cg.fit(x, condition, steps=4, **how)))
    thread.start()  # in another than the main thread, as a server would
    thread.join()
    assert [longer.step for longer in results] == [4]
    assert len(list(model.workdir.glob("data-*"))) == 1
    with pytest.raises(CheckpointError, match="other"):
        cg.fit(x + 1, condition, steps=5, **how)
    np.testing.assert_array_equal(
        cg.load(model.workdir, step=3).sample([[1.5, 30]]), model.sample([[1.5, 30]])
    )


@pytest.mark.parametrize("letters", ["NHWC", "HWCN", "CNHW"])
def test_axes_come_back_in_their_order(letters):
    x = np.random.default_rng(0).standard_normal((3, 4, 5, 6))
    axes = Axes(letters, True)
    np.testing.assert_array_equal(axes.restored(axes.moved(x)), x)
    alone = Axes(letters.replace("C", ""), True)
    np.testing.assert_array_equal(alone.restored(alone.moved(x[0])), x[0])


def test_tables_come_back_as_data_frames_and_a_temporary_run_goes_with_its_model(
    recipe, tmp_path, monkeypatch
):
    pandas = pytest.importorskip("pandas")
    matplotlib.use("svg")  # as a user may have chosen
    draw = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "size": draw.normal(50, 9, 60),
            "legs": draw.integers(2, 90, 60),
            "species": pandas.Categorical(np.array(["cat", "dog"])[np.arange(60) % 2]),
        }
    )
    settings = {"model.architecture": "table", "train.batch_size": 8}
    model = cg.fit(frame, "species", config=recipe, steps=2, progress=False, settings=settings)
    drawn = model.sample(["dog", "cat"], count=3)
    assert list(drawn.columns) == ["size", "legs", "species"]
    assert drawn.legs.dtype == frame.legs.dtype
    assert drawn.species.tolist() == ["dog"] * 3 + ["cat"] * 3
    assert drawn.legs.between(frame.legs.min(), frame.legs.max()).all()
    assert len(model.sample(count=2)) == 4
    assert model.classes_ == ("cat", "dog")
    with pytest.raises(DataError, match="did you mean dog"):
        model.sample("dogg")
    assert "Model of rows" in repr(model)
    added = _topped_up(model.workdir, tmp_path / "more", monkeypatch)
    more = pandas.read_parquet(tmp_path / "more" / "generated.parquet")
    assert list(more.columns) == ["size", "legs", "species", "generated"]
    assert more.legs.dtype == frame.legs.dtype
    assert [(more.species == x.name).sum() for x in added.tallies] == [x.added for x in added.tallies]
    assert len(more) == len(added.example) > 0
    before = matplotlib.get_backend()
    assert "<img" in model._repr_html_()
    assert matplotlib.get_backend() == before != "agg"
    folder = model.workdir
    assert folder.is_dir()
    del model
    assert not folder.exists()


def test_a_table_whose_condition_is_more_than_a_class_has_an_embedding_network(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    table = {"x": x, "y": y, "kind": np.array(["a", "b"])[np.arange(60) % 2]}
    for condition, layers in (("kind", 0), (["kind", "y"], 2)):
        made = training._plan(table, condition, None, {"seed": "0"}, tmp_path, 0.1)
        assert made.config.model.generator_labels == "batch_norm"
        assert made.config.model.condition_layers == layers


def _topped_up(workdir, out, monkeypatch):
    """As `cwgan augment` does, with a reader of a few steps."""
    few = lambda dataset, codec, progress: reader.train(dataset, codec, epochs=0, least=20, width=2)  # noqa: E731
    monkeypatch.setattr(augment.reader, "reader", few)
    return augment.run(workdir, augment.Options(target=40, out=out), set_up=lambda config: None, warn=print)


def test_settings_and_recipes():
    x, condition = signals()
    with pytest.raises(ConfigError, match="x and config are both missing"):
        cg.fit()
    with pytest.raises(ConfigError, match="there is no such file"):
        cg.fit(x, config="sigals")
    with pytest.raises(ConfigError, match="domains=digits,turned_digits: it translates, and a Model draws"):
        cg.fit(config="cyclegan:quick")
    with pytest.raises(ConfigError, match="featurs"):
        cg.fit(x, condition, config="signals:quick", settings={"model.featurs": 3})
    with pytest.raises(ConfigError, match="follow from x and condition"):
        cg.fit(x, condition, settings={"data.file": "y.npz"})


@pytest.mark.parametrize(
    ("x", "condition", "message"),
    [
        (np.zeros((5, 16)), np.zeros(4), "4 entries, x 5 examples"),
        (np.full((5, 16), np.nan), None, "no finite numbers"),
        ([[1, 2], [3]], None, "same shape"),
        (np.array([{"a": 1}] * 5), None, "type object|numbers or text"),
        ({"a": [1, 2], "b": [1, 2, 3]}, None, "b has 3 rows, a has 2"),
        ({"a": [1, 2], "b": [1, 2]}, ["a", "c"], "c: the table has only the columns a, b"),
        ({"a": [1, 2]}, "a", "leave at least one"),
        ({"a,b": [1, 2]}, None, "must have no comma"),
        (np.zeros((5, 16)), "power", "x has no columns"),
    ],
)
def test_mistakes_with_data_take_one_line(x, condition, message):
    with pytest.raises(DataError, match=message) as error:
        cg.fit(x, condition, config="signals", progress=False)
    assert "\n" not in str(error.value)


def test_what_is_given_is_written_once_under_the_digest_of_its_contents(tmp_path):
    x, condition = signals(6)
    path = inputs.write(inputs.read(x, condition), tmp_path)
    assert inputs.write(inputs.read(x.copy(), dict(condition)), tmp_path) == path
    assert inputs.write(inputs.read(x + 1, condition), tmp_path) != path
    with np.load(path) as file:
        np.testing.assert_array_equal(file["x"], x)
        np.testing.assert_array_equal(file["angle"], condition["angle"])
    labels = inputs.read(x, [["a", "b"], ["c"], [], ["a"], ["b"], ["c"]])
    assert labels.columns["condition"].tolist() == ["a;b", "c", "", "a", "b", "c"]
