"""The judge: what it reads, how it is cached; the classifier that learns from generated images."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import quality_helpers as given
from conftest import full_steps, long, make_config

from cwgan_jax import data
from cwgan_jax.evaluation import judge, stacked_judge, usefulness


@pytest.fixture(autouse=True)
def fast():
    with full_steps():  # here the training outweighs the compilation
        yield


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "cwgan_jax" / "judges"


def test_it_reads_held_out_digits():
    test = given.splits()[1]
    reading = given.judge().read(test.image)
    assert (reading.label == test.label).mean() > 0.95  # 0.98 when written, after 160 steps
    np.testing.assert_allclose(reading.probability.sum(-1), 1, atol=1e-5)
    assert reading.features.shape == (len(test.label), judge.FEATURES)


def test_a_reading_depends_on_its_image_alone():
    image = given.splits()[1].image
    whole = given.judge().read(image)
    part = given.judge().read(image, np.array([7, 3]))
    np.testing.assert_array_equal(part.features, whole.features[[7, 3]])
    np.testing.assert_array_equal(given.judge().read(image[3:4]).features, whole.features[3:4])


def test_training_is_a_function_of_its_seed():
    few = data.Dataset(*(x[:200] for x in given.splits()[0][:2]), given.splits()[0].schema)
    a, b, c = (judge.train(few, seed=seed, epochs=0, least=20) for seed in (0, 0, 1))
    assert leaves(a) == leaves(b) != leaves(c)


def leaves(made):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(made.variables)]


def test_cached_by_its_data(cache, monkeypatch):
    trained = []

    def train(dataset, progress):
        trained.append(dataset)
        return given.judge()

    monkeypatch.setattr(judge, "train", train)
    real, _ = given.splits()
    first = judge.judge(real)
    assert leaves(judge.judge(real)) == leaves(first) == leaves(given.judge())
    assert len(trained) == 1
    changed = real.image.copy()
    changed[0, 0, 0] ^= 1
    judge.judge(real._replace(example=changed))
    assert len(trained) == 2
    whole = judge.cached(real).read_bytes()
    for damage in (b"", b"not a judge", whole[:-100], whole[:-1] + bytes([whole[-1] ^ 1])):
        judge.cached(real).write_bytes(damage)
        assert leaves(judge.judge(real)) == leaves(first)
    assert len(trained) == 6


def test_a_cache_that_cannot_be_written_costs_no_run(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "cwgan_jax").write_text("a file where the folder should be")
    monkeypatch.setattr(judge, "train", lambda dataset, progress: given.judge())
    assert leaves(judge.judge(given.splits()[0])) == leaves(given.judge())
    assert "warning: " in capsys.readouterr().out


def test_float32_also_where_the_generator_is_in_float64(x64):
    few = data.Dataset(*(x[:200] for x in given.splits()[0][:2]), given.splits()[0].schema)
    made = judge.train(few, epochs=0, least=20)
    assert {np.asarray(leaf).dtype for leaf in jax.tree.leaves(made.variables)} == {np.dtype(np.float32)}
    with jax.enable_x64(False):
        assert leaves(judge.train(few, epochs=0, least=20)) == leaves(made)
    assert made.read(few.image[:3]).features.dtype == np.float32


def test_progress_goes_up_to_the_end():
    seen = []
    few = data.Dataset(*(x[:150] for x in given.splits()[0][:2]), given.splits()[0].schema)
    judge.train(few, lambda done, total: seen.append((done, total)), epochs=0, least=40)
    assert seen == [(20, 40), (40, 40)]


@pytest.mark.parametrize(("size", "layers"), [(8, 1), (16, 2), (28, 3), (33, 3), (64, 4), (128, 5)])
def test_any_size_and_depth(size, layers):
    image = jnp.zeros((2, size, size, 3))
    module = judge.Classifier(7)
    start = functools.partial(module.init_with_output, train=False)
    (features, logits), variables = jax.eval_shape(start, jax.random.key(0), image)
    assert (features.shape, logits.shape) == ((2, judge.FEATURES), (2, 7))
    assert sum(name.startswith("conv") for name in variables["params"]) == layers


def test_shifts_move_the_whole_image_and_repeat_its_edge():
    image = np.zeros((50, 16, 16, 1), np.float32)
    image[:, 8, 8] = 1
    shifted = np.asarray(judge._shifted(image, jax.random.key(0)))
    places = {tuple(np.argwhere(x[..., 0])[0]) for x in shifted}
    assert shifted.sum() == 50
    assert {8 - p for p, _ in places} == {8 - q for _, q in places} == {-1, 0, 1}
    assert (np.asarray(judge._shifted(np.ones((3, 16, 16, 1)), jax.random.key(0))) == 1).all()


def test_stacked_digits_are_read_channel_by_channel():
    real = given.splits()[1]
    which = np.array([[3, 50, 7], [200, 10, 30]])
    image = np.moveaxis(real.image[which][..., 0], 1, -1)
    both = stacked_judge.StackedJudge(given.judge())
    reading, single = both.read(image), given.judge().read(real.image)
    assert both.classes == 1000
    np.testing.assert_array_equal(reading.label, single.label[which] @ [100, 10, 1])
    np.testing.assert_allclose(reading.probability.sum(-1), 1, atol=1e-5)
    np.testing.assert_array_equal(reading.features, single.features[which].reshape(2, -1))


def test_the_judge_of_stacked_mnist_is_that_of_single_digits(monkeypatch, cache):
    loaded = []
    monkeypatch.setattr(stacked_judge.data, "load", lambda section, split: loaded.append((section, split)))
    monkeypatch.setattr(stacked_judge, "judge_of", lambda dataset, progress: given.judge())
    made = stacked_judge.judge(make_config(data__name="stacked_mnist").data, None, None)
    assert isinstance(made, stacked_judge.StackedJudge)
    assert made.name == given.judge().name
    assert [(section.name, section.channels, split) for section, split in loaded] == [("mnist", 1, "train")]


@long
def test_gan_train_tells_useful_images_from_useless_ones(monkeypatch):
    monkeypatch.setattr(usefulness, "_STEPS", 60)
    monkeypatch.setattr(usefulness, "_EPOCHS", 1)
    real, test = given.splits()
    some = slice(0, 400)
    quiet = lambda done, total: None  # noqa: E731
    right = usefulness.gan_train(given.as_set(real.image[some], real.label[some]), real, test, quiet)
    wrong = (real.label[some] + 1) % 10
    useless = usefulness.gan_train(given.as_set(real.image[some], wrong), real, test, quiet)
    assert right["generated"] > 0.85 > 0.1 > useless["generated"]
    assert right["real"] == useless["real"] > 0.85
    assert right["images"] == right["real_images"] == 400


@long
def test_augmentation_helps_where_the_images_are_good(monkeypatch):
    monkeypatch.setattr(usefulness, "_STEPS", 40)
    monkeypatch.setattr(usefulness, "REAL", (10, 5000))
    real, test = given.splits()
    rows = usefulness.augmentation(
        given.as_set(real.image[:500], real.label[:500]), real, test, lambda done, total: None
    )
    assert [row["real_images"] for row in rows] == [10]  # there are not 5,000
    assert rows[0]["with"] > rows[0]["without"] + 0.2
    assert len(rows[0]["with_per_class"]) == 10


def test_few_images_are_balanced():
    label = np.array([0] * 50 + [1] * 3 + [2] * 50)
    chosen = label[usefulness.balanced(label, 12)]
    assert np.bincount(chosen).tolist() == [5, 3, 4]
