"""Which images every stage of a measurement is given: no stage sees what it is measured with.

Each leak is planted once, so that the check is known to see it; the code as it is has none.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import data
from cwgan_jax.algorithms import generation
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.evaluation import figures, measure, monitor, usefulness
from cwgan_jax.evaluation.judge import Reading
from cwgan_jax.report import checkpoints
from cwgan_jax.training import plan

CLASSES = ("a", "b", "c")


def some(count, seed):
    """Random pictures, of which no two are alike; as many of each class."""
    image = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 1), np.uint8)
    return data.Dataset(image, np.arange(count, dtype=np.int32) % 3, of_classes(CLASSES))


TRAIN, TEST, MADE = some(90, 0), some(60, 1), some(75, 2)


def keys(image):
    """What tells the pictures: their bytes, or those of the features that `Pixels` makes of them."""
    return {np.asarray(x).astype(np.uint8).tobytes() for x in image}


class Pixels:
    """A judge whose features are the pixels, so that they tell which picture they are of."""

    classes, name = len(CLASSES), "pixels"

    def __init__(self, seen=None):
        self.seen = set() if seen is None else seen

    def read(self, image, index=None):
        image = image if index is None else image[index]
        self.seen |= keys(image)
        label = image.reshape(len(image), -1).sum(1) % 3
        return Reading(image.reshape(len(image), -1).astype(np.float32), np.eye(3, dtype=np.float32)[label])


@pytest.fixture
def seen(monkeypatch):
    """Fills with the pictures that each stage is given."""
    found = {"tested on": set(), "trained on": []}

    def judge(section, dataset, progress):
        found["judge"] = keys(dataset.image)
        return Pixels()

    def train(dataset, progress, **_):
        found["trained on"].append(keys(dataset.image))
        return Pixels(found["tested on"])

    def memorised(made, near_to, held_out, **_):
        found["copies looked for in"], found["usual distance of"] = keys(near_to), keys(held_out)
        return SimpleNamespace(ratio=1.0, copies=0.0)

    def every(reference, given, held_out):
        if given is held_out:
            found["floor"] = keys(given.image), keys(reference.features)
        return plain(reference, given, held_out)

    plain = figures.figures
    monkeypatch.setattr(checkpoints.data, "load", lambda _, split: {"train": TRAIN, "test": TEST}[split])
    monkeypatch.setattr(checkpoints.stacked_judge, "judge", judge)
    monkeypatch.setattr(usefulness, "train", train)
    monkeypatch.setattr(usefulness, "REAL", (10,))
    monkeypatch.setattr(figures.neighbours, "memorised", memorised)
    monkeypatch.setattr(figures, "figures", every)
    made = measure.Set(MADE.image, MADE.label, Pixels().read(MADE.image))
    monkeypatch.setattr(measure, "generated", lambda *_, **__: made)
    return found


def measured():
    """Measures a checkpoint, from the data to the classifiers."""
    real = checkpoints.real(SimpleNamespace(name="pictures"), 1000)
    config = SimpleNamespace(model=SimpleNamespace(latent=5, conditional=True))
    model = SimpleNamespace(step=1, draw=some, dtype=None, config=config)
    checkpoints.useful(checkpoints.measured(model, real, count=75, seeds=(1,)), real)


def named(seen):
    """The leaks among what the stages were given; the empty set if all is as it should be."""
    train, test, made = (keys(x.image) for x in (TRAIN, TEST, MADE))
    generated, baseline, *few = seen["trained on"]
    floor, against = seen["floor"]
    wrong = {
        "judge": seen["judge"] != train,
        "floor": bool(floor & against) or floor != test or against != train,
        "copies": seen["copies looked for in"] != train or seen["usual distance of"] != test,
        "GAN-train": generated != made,
        "baseline": not baseline < train,
        "few": not all(x <= train | made for x in few),
        "tested on": seen["tested on"] != test,
    }
    return {name for name, leaked in wrong.items() if leaked}


def test_every_stage_is_given_what_it_should(seen):
    measured()
    assert named(seen) == set()


def instead(module, name, **changes):
    """Calls a function with other arguments: {position: what is made of all of them}."""

    def plant(monkeypatch):
        plain = getattr(module, name)

        def planted(*given, **named):
            places = {int(key[1:]): change(given) for key, change in changes.items()}
            return plain(*(places.get(i, x) for i, x in enumerate(given)), **named)

        monkeypatch.setattr(module, name, planted)

    return plant


def both(a, b):
    return a._replace(
        example=np.concatenate([a.image, b.image]), condition=np.concatenate([a.label, b.label])
    )


PLANTED = {
    "the judge is trained on test images": (
        instead(checkpoints.stacked_judge, "judge", _1=lambda given: TEST),
        {"judge"},
    ),
    "the judge has seen generated images": (
        instead(checkpoints.stacked_judge, "judge", _1=lambda given: both(TRAIN, MADE)),
        {"judge"},
    ),
    "the floor is of the images it is measured against": (
        instead(measure, "reference", _1=lambda given: TEST),
        {"floor", "copies"},
    ),
    "copies are looked for in the held-out images": (
        instead(figures.neighbours, "memorised", _1=lambda given: given[2], _2=lambda given: given[1]),
        {"copies"},
    ),
    "GAN-train's baseline is trained on test images": (
        instead(usefulness, "gan_train", _1=lambda given: TEST),
        {"baseline"},
    ),
    "GAN-train's images are real ones": (
        instead(usefulness, "gan_train", _0=lambda given: given[0]._replace(image=TRAIN.image[:75])),
        {"GAN-train"},
    ),
    "classifiers are tested on training images": (
        instead(usefulness, "gan_train", _2=lambda given: given[1]),
        {"tested on"},
    ),
    "few real images are test images": (
        instead(usefulness, "augmentation", _1=lambda given: TEST),
        {"few"},
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_leak_is_seen(seen, monkeypatch, name):
    plant, expected = PLANTED[name]
    plant(monkeypatch)
    measured()
    assert named(seen) == expected


def test_while_training_the_judge_is_of_the_training_split(monkeypatch, tmp_path):
    made, seen = plan.make(make_config(quality__every=2)), []
    monkeypatch.setattr(
        monitor.stacked_judge, "judge", lambda section, dataset, progress: seen.append(dataset)
    )
    monkeypatch.setattr(monitor.measure, "reference", lambda judge, dataset: seen.append(dataset))
    with pytest.raises(AttributeError):  # that judge has no name
        monitor.Monitor(made, tmp_path, 0, lambda: None)
    train, test = (data.load(made.config.data, split) for split in ("train", "test"))
    assert len(seen) == 2
    for dataset in seen:
        assert data.fingerprint(dataset) == data.fingerprint(train)
        assert not keys(dataset.image) & keys(test.image)


@pytest.mark.parametrize(("seed", "shared"), [(monitor.SEED, 0), (2, 7)])
def test_the_checkpoint_is_not_chosen_by_the_latents_it_is_judged_on(seed, shared):
    """`best/` is chosen while training; evaluate.py draws with the seeds 1, 2, ... (planted: one of them)."""
    rows = [
        {np.asarray(z).tobytes() for z in generation.latents(n, 0, 7, size=5, dtype=np.float32)}
        for n in (seed, 1, 2, 3)
    ]
    assert len(rows[0] & (rows[1] | rows[2] | rows[3])) == shared
