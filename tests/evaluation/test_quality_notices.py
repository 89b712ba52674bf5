"""What stands before the figures: alarms of the images, and which figures not to rely on."""

import numpy as np
import quality_helpers as given

from cwgan_jax.evaluation import measure, notices, usefulness
from cwgan_jax.evaluation.judge import Reading
from cwgan_jax.report import page, runs


def cautions(**changes):
    """Of the digits and their judge, with changes to what is known of them."""
    real = given.real()
    known = {name: getattr(real, name) for name in ("reference", "held_out", "floor", "noise")}
    return notices.cautions(**(known | changes))


def first(count):
    """The first held-out images."""
    whole = given.real().held_out
    return measure.Set(
        whole.image[:count], whole.target[:count], Reading(*(x[:count] for x in whole.reading))
    )


def test_nothing_is_said_against_a_good_judge_of_enough_images():
    assert cautions() == []


def test_a_judge_that_misreads_real_images_is_not_relied_on():
    whole = given.real().held_out
    wrong = np.where(np.arange(len(whole.target)) % 3, whole.target, (whole.target + 1) % 10)
    (said,) = cautions(held_out=whole._replace(target=wrong))
    assert said.startswith(
        "weak judge: it reads 66% of the held-out real images correctly; do not rely on label"
    )
    assert "but on the Frechet and the kernel distance" in said


def test_few_real_images_are_told():
    assert cautions(held_out=first(40))[0].startswith("few real images: 40 held-out ones;")
    whole = given.real().held_out
    rare = np.flatnonzero((whole.target != 4) | (np.cumsum(whole.target == 4) <= 19))
    held_out = measure.Set(whole.image[rare], whole.target[rare], Reading(*(x[rare] for x in whole.reading)))
    (said,) = cautions(held_out=held_out)
    assert "fewer than 20 held-out ones of 4; do not rely on the figures of these classes" in said


class Brightness:
    """A judge that sees no more than how bright the channels of a picture are: noise looks real to it."""

    def read(self, image, index=None):
        image = image if index is None else image[index]
        return Reading(image.mean((1, 2)) + 1e-3 * image.std((1, 2)), np.full((len(image), 10), 0.1))


def test_precision_that_noise_has_too_is_not_relied_on():
    real = given.real()
    assert real.noise < 0.1
    blind = Brightness()
    features = blind.read(real.train.image).features
    reference = real.reference._replace(judge=blind, features=features)
    noise = notices.noise_precision(reference, real.held_out)
    assert noise > 0.6
    (said,) = cautions(noise=noise)
    precision = real.floor["precision"]
    assert precision > 0.8
    assert said.startswith(
        f"precision flatters: even noise has {noise:.2f} with this judge, real images {precision:.2f}"
    )


ENTRY = {"alarms": ["dropped classes: a<b"], "cautions": ["weak judge"], "metrics": {}}


def test_terminal_and_page_say_the_same_before_the_figures(capsys):
    said = ["alarm: dropped classes: a<b", "warning: weak judge"]
    runs._show({"run 6": ENTRY})
    assert capsys.readouterr().out.splitlines()[:2] == said
    header = page._header("run", ENTRY)
    assert "<li>alarm: dropped classes: a&lt;b</li><li>warning: weak judge</li>" in header


def test_side_by_side_alarms_have_the_names_of_their_runs():
    other = ENTRY | {"alarms": []}
    assert notices.before({"a 6": ENTRY, "b 9": other}) == [
        "alarm: a 6: dropped classes: a<b",
        "warning: weak judge",
    ]


def test_gan_train_stands_in_the_table(capsys):
    found = usefulness.metrics({"gan_train": {"generated": 0.9, "real": 0.95, "images": 300}})
    runs._show({"run 6": ENTRY | {"metrics": found}})
    assert capsys.readouterr().out.splitlines()[-1].split() == ["GAN-train", "0.9", "0.95"]
    assert usefulness.metrics({}) == {}


def test_noise_has_the_colours_and_the_spectrum_of_the_images():
    image, draw = (
        np.random.default_rng(1).integers(60, 200, (5, 16, 16, 3), np.uint8),
        np.random.default_rng(0),
    )
    shuffled, phases = notices._shuffled(image, draw), notices._random_phases(image, draw)
    for one, other in zip(image, shuffled, strict=True):
        assert sorted(map(tuple, one.reshape(-1, 3))) == sorted(map(tuple, other.reshape(-1, 3)))
    np.testing.assert_allclose(phases.mean((1, 2)), image.mean((1, 2)), atol=2)
    power = [np.abs(np.fft.fft2(x.astype(float), axes=(1, 2))) for x in (image, phases)]
    assert np.corrcoef(power[0].ravel(), power[1].ravel())[0, 1] > 0.95
