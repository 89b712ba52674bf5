"""From sets of images to figures: known faults are told from healthy sets, on real digits and their judge."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import quality_helpers as given
from run_helpers import ROOT

from cwgan_jax import data
from cwgan_jax.common import files
from cwgan_jax.config import Data
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.evaluation import figures, measure, notices
from cwgan_jax.metrics.figure import summary
from cwgan_jax.report import checkpoints, runs

sys.path.insert(0, str(ROOT / "benchmarks"))
import known_cases


@pytest.fixture(scope="module")
def cases():
    return known_cases.cases(given.real(), 359)


@pytest.fixture(scope="module")
def found(cases):
    """The figures of each known case."""
    real = given.real()
    return {name: figures.figures(real.reference, made, real.held_out) for name, made in cases.items()}


HEALTHY = "healthy (real test images)"


@pytest.mark.parametrize("name", known_cases.SHOWN_BY)
def test_each_fault_is_told_by_the_figure_meant_for_it(found, name):
    assert known_cases.detected(name, found[name])
    assert not known_cases.detected(name, found[HEALTHY])


def test_a_fault_does_not_ring_every_bell(found):
    assert found["collapsed"]["agreement"] > 0.9
    assert found["shuffled labels"]["frechet"] == found[HEALTHY]["frechet"]
    assert found["memorised"]["precision"] > 0.9
    assert found["one class dropped"]["modes"] == 9
    assert found["one class dropped"]["least_diversity"] > 0.5


@pytest.mark.parametrize(
    ("name", "alarms"),
    [
        (HEALTHY, []),
        ("collapsed", ["collapse"]),
        ("one class dropped", ["dropped classes, hardly ever read"]),
        ("memorised", ["copies"]),
    ],
)
def test_the_alarm_of_each_fault_rings_and_no_other(cases, found, name, alarms):
    real = given.real()
    said = notices.alarms(real.reference, real.held_out, cases[name], [found[name]])
    assert [line.partition(":")[0] for line in said] == alarms


def test_every_figure_has_a_name(found):
    assert set(found[HEALTHY]) == set(figures.FIGURES)
    assert {figure.better for figure in figures.FIGURES.values()} == {"higher", "lower", "near floor"}


def test_collapsed_classes_are_named():
    real = given.real()
    image, label = real.held_out.image.copy(), real.held_out.target
    image[label == 3] = image[label == 3][0]
    assert measure.collapsed(real.reference, given.as_set(image, label)) == ["3"]
    assert measure.collapsed(real.reference, real.held_out) == []


def test_few_images_of_many_classes_are_measured_together():
    real = given.real()
    some = np.concatenate([np.flatnonzero(real.test.label == c)[:2] for c in range(10)])
    few = given.as_set(real.test.image[some], real.test.label[some])
    assert measure.diversity(real.reference, few).shape == (1,)
    alike = given.as_set(real.test.image[np.zeros(20, int)], real.test.label[some])
    assert measure.collapsed(real.reference, alike) == ["all classes"]


def alike(*classes):
    """The training images, all of each of these classes the same picture, read."""
    train = given.real().train
    image = train.image.copy()
    for c in classes:
        image[train.label == c] = image[train.label == c][0]
    return measure.reference(given.judge(), train._replace(example=image))


def test_a_class_of_one_picture_is_not_divided_by():
    """Its real images do not differ: neither the figures nor their JSON may hold what is not finite."""
    held_out, reference = given.real().held_out, alike(3)
    ratio = measure.diversity(reference, held_out)
    assert np.flatnonzero(np.isnan(ratio)).tolist() == [3]
    assert 0.7 < measure.light(reference, held_out)["diversity"] < 1.4
    assert figures.by_class(reference, held_out)["diversity"][3] is None
    assert measure.collapsed(reference, held_out) == []


def test_a_data_set_of_one_picture_has_no_diversity_to_compare_with():
    real = given.real()
    one = real.train._replace(example=np.repeat(real.train.image[:1], len(real.train.label), 0))
    found = measure.light(measure.reference(given.judge(), one), real.held_out)
    assert set(found) == {"agreement", "frechet", "class_entropy"}
    assert np.isfinite(list(found.values())).all()


def test_json_has_no_numbers_that_are_not_finite():
    values = {
        "a": float("nan"),
        "b": [np.float64("inf"), (1.5, -np.inf)],
        "c": {"d": True, "e": "nan", "f": 3},
    }
    assert json.loads(files.to_json(values)) == {
        "a": None,
        "b": [None, [1.5, None]],
        "c": {"d": True, "e": "nan", "f": 3},
    }


def test_images_are_asked_for_in_the_proportions_of_the_real_labels():
    assert measure._counts(np.array([1, 1, 2]), 8).tolist() == [2, 2, 4]
    assert measure._counts(np.array([1, 1, 1]), 8).sum() == 8
    assert measure._counts(np.array([0, 5]), 3).tolist() == [0, 3]


def test_without_labels_there_is_no_agreement():
    real = given.real()
    free = real.held_out._replace(target=None)
    values = figures.figures(real.reference, free, real.held_out)
    assert "agreement" not in values
    assert "agreement" not in figures.by_class(real.reference, free)
    assert values["frechet"] == real.floor["frechet"]


def test_the_median_of_the_seeds_is_given_with_its_spread():
    sets = [{"agreement": x, "frechet": 2 * x} for x in (0.5, 0.9, 0.6)]
    made = summary(figures.FIGURES, sets, {"agreement": 0.99}, 100)
    assert made["agreement"]["value"] == 0.6
    assert made["agreement"]["spread"] == [0.5, 0.9]
    assert made["agreement"]["floor"] == 0.99
    assert made["frechet"]["floor"] is None
    json.dumps(made)


def test_tables_of_one_run_and_of_several():
    def metrics(x):
        return summary(figures.FIGURES, [{"agreement": x}, {"agreement": x + 0.1}], None, 9)

    alone = runs.table({"a 5": metrics(0.5)}).splitlines()
    assert alone[0].split() == ["a", "5", "least", "to", "most", "real"]
    assert alone[1].split()[-4:] == ["0.55", "0.5", "to", "0.6"]
    both = runs.table({"a 5": metrics(0.5), "b 7": metrics(0.7)}).splitlines()
    assert both[1].split() == ["label", "agreement", "0.55", "0.75"]
    assert len({len(line) for line in both}) == 1


def test_other_data_are_refused():
    real = given.real()
    about = data.described(real.train)

    def model(conditional=True, **changes):
        config = SimpleNamespace(model=SimpleNamespace(conditional=conditional))
        return SimpleNamespace(data=about | changes, config=config)

    checkpoints.check_same(model(), real.train)
    checkpoints.check_same(model(conditional=False), real.train)
    for wrong, message in (
        (model(fingerprint=["0" * 64, "0" * 64]), "not those"),
        (model(shape=[32, 32, 1]), "32x32x1, those of the data 16x16x1"),
        (
            model(conditions=conditions.to_json(of_classes("012345678")), fingerprint=None),
            "for 9 classes, the data have 10",
        ),
    ):
        with pytest.raises(checkpoints.CheckpointError, match=message):
            checkpoints.check_same(wrong, real.train)


def test_too_few_images_are_refused_before_a_judge_is_trained(monkeypatch):
    real = given.real()
    few = checkpoints.data.Dataset(real.test.image[:9], real.test.label[:9], real.test.schema)
    monkeypatch.setattr(
        checkpoints.data, "load", lambda section, split: {"train": real.train, "test": few}[split]
    )
    monkeypatch.setattr(checkpoints.stacked_judge, "judge", None)
    with pytest.raises(checkpoints.DataError, match="1438 training and 9 test images are too few"):
        checkpoints.real(SimpleNamespace(name="digits"), 100)


def test_the_judge_reads_images_only():
    with pytest.raises(checkpoints.DataError, match="ring are points: the judge reads images only"):
        checkpoints.real(Data(name="ring"), 100)


def test_figures_that_depend_on_n_are_of_as_many_images_as_the_floor():
    """718 training images against all are far nearer than 359 of them; the floor is of 359."""
    real = given.real()
    some = given.as_set(real.train.image[:718], real.train.label[:718])
    found = figures.figures(real.reference, some, real.held_out)
    assert found["frechet"] > 1.2 * measure.light(real.reference, some)["frechet"]


def test_copies_of_the_test_split_in_the_training_split_leave_memorising_out():
    real = given.real()
    leaked = real.held_out._replace(image=real.train.image[:300], target=real.train.label[:300])
    leaked = leaked._replace(reading=given.judge().read(leaked.image))
    values = figures.figures(real.reference, real.held_out, leaked)
    assert not {"nearest", "copies"} & set(values)
    assert "nearest" not in summary(figures.FIGURES, [values], None, 9)
