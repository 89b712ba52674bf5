"""CycleGAN's runs: resumed bit for bit, on one device as on four, what they leave behind, and translating."""

import cycle_helpers as helpers
import jax
import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import call, refused
from PIL import Image

from cwgan_jax.algorithms import Request, cyclegan, generation
from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.common.files import json_lines
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.sampling import load, translate
from cwgan_jax.training import plan

# More pictures than the pool holds before the checkpoint in the middle, so that some have been exchanged.
RUN = {
    "train__ema_decay": 0.5,
    "train__devices": 4,
    "data__resize": 10,
    "translation__pool": 5,
    "model__halvings": 1,
}


@pytest.fixture(scope="module", autouse=True)
def compiled_once():
    with runs.compiled_once():
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on four devices of six steps, with checkpoints 3 and 6."""
    workdir = tmp_path_factory.mktemp("cyclegan") / "run"
    assert runs.in_process(helpers.config(**RUN), workdir) == 0
    return workdir


def test_a_resumed_run_has_the_same_bits(trained, tmp_path):
    part = runs.rewound(trained, tmp_path / "part", 3)
    assert runs.in_process(helpers.config(**RUN), part) == 0
    whole = runs.final_state(trained)
    runs.assert_same(runs.final_state(part), whole)
    pools = [leaf for path, leaf in whole[1].items() if "pool_" in path and ".example" in path]
    assert [leaf.shape for leaf in pools] == [(5, 8, 8, 1)] * 2
    assert all(leaf.any((1, 2, 3)).all() for leaf in pools)


def test_one_device_follows_the_trajectory_of_four(trained, tmp_path):
    assert runs.in_process(helpers.config(**RUN | {"train__devices": 1}), tmp_path) == 0
    one, four = runs.final_state(tmp_path)[1], runs.final_state(trained)[1]
    for path, leaf in four.items():  # rounding of f32, which Adam's division by small gradients enlarges
        np.testing.assert_allclose(one[path], leaf, rtol=1e-3, atol=1e-3, err_msg=path)


def test_what_a_run_leaves_behind(trained):
    line = json_lines(trained / "metrics.jsonl")[-1]
    assert {metric.name for metric in cyclegan.metrics_of(helpers.config())} <= line.keys()
    with Image.open(trained / "samples" / "000006.png") as sheet:
        assert sheet.width > 2 * 8 * 64  # two panels of eight pictures


def test_batches_of_one(tmp_path):
    least = {"model__blocks": 1, "model__halvings": 0, "translation__identity": 0}
    cfg = helpers.config(train__batch_size=1, train__steps=2, **least)
    assert runs.in_process(cfg, tmp_path) == 0
    step, state = runs.final_state(tmp_path)
    assert step == 2
    assert state[".controllers['pool_A'].filled"] == 2


def test_other_data_of_either_domain_are_refused(trained):
    planned = plan.make(helpers.config(**RUN | {"data__domains": "digits,digits"}))
    with pytest.raises(CheckpointError, match="data: B: the examples or their conditions are not those that"):
        plan.accept(planned, trained, _about(trained))
    other = plan.make(helpers.config(**RUN, translation__cycle=3))
    with pytest.raises(CheckpointError, match=r"config\.translation\.cycle: the checkpoint has 10\.0"):
        plan.accept(other, trained, _about(trained))


def _about(workdir):
    return load.restore(workdir / "checkpoints", None, set_up=lambda config: None, warn=print).about


def test_what_needs_latents_is_refused_in_one_line(trained):
    for command in ("sample", "evaluate"):
        said = refused(command, f"--workdir={trained}")
        assert "config.algorithm=cyclegan translates, and has no generator of latents" in said
        assert "--format=translate" in said


@pytest.fixture
def pictures(tmp_path):
    """Three pictures of other sizes and modes, one of them in a folder of its own."""
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    draw = np.random.default_rng(0)
    for name, shape in (("p1.png", (8, 8)), ("p2.jpg", (20, 13, 3)), ("more/p10.png", (7, 30))):
        Image.fromarray(draw.integers(0, 256, shape, np.uint8)).save(folder / name)
    return folder


def test_translate_writes_a_file_for_each(trained, pictures, tmp_path):
    out = tmp_path / "out"
    asked = "--format=translate", f"--workdir={trained}", f"--input={pictures}", f"--out={out}"
    status, said, err = call("sample", "--direction=AtoB", *asked)
    assert (status, err) == (0, [])
    assert said == f"step 6: AtoB, 3 images in {out}\n"
    assert {str(path.relative_to(out)) for path in out.rglob("*.png")} == {"p1.png", "p2.png", "more/p10.png"}
    model = translate.load(trained / "checkpoints", None, set_up=lambda config: None, warn=pytest.fail)
    with Image.open(pictures / "p1.png") as file:
        image = np.asarray(file)[None, ..., None]
    request = Request(np.zeros((1, 0)), np.zeros((1, 0)), image, "AtoB")
    drawn = PIXELS.decode(model.algorithm.sample(model.state, request))[0, ..., 0]
    with Image.open(out / "p1.png") as file:
        assert abs(np.asarray(file).astype(int) - np.asarray(drawn).astype(int)).max() <= 1
    other = model(image, "BtoA")
    assert (other != model(image, "AtoB")).any()  # the other translator
    assert call("sample", "--direction=AtoB", *asked)[0] == 0  # the same bits are no conflict
    assert "the file is there already, with other" in refused("sample", "--direction=BtoA", *asked)


def test_what_cannot_be_translated_is_one_line(trained, pictures, tmp_path):
    run = f"--workdir={trained}"
    for flags, message in (
        (["--format=translate"], "--direction is missing; give --direction=AtoB or --direction=BtoA"),
        (["--direction=AtoC"], "--direction=AtoC: there is no such; give --direction=AtoB"),
        (["--direction=AtoB"], "--input is missing: give a folder of pictures, or one picture"),
        (["--direction=AtoB", f"--input={tmp_path / 'no'}"], "there is no such file or folder"),
        (["--direction=AtoB", f"--input={trained / 'checkpoints'}"], "there are no pictures in it"),
        (["--direction=AtoB", "--format=walk"], "--direction=AtoB: only for --format=translate"),
        (["--direction=AtoB", "--classes=3"], "--classes=3: not for --format=translate"),
        (["--direction=AtoB", "--out=x.png"], "--format=translate does not write one file; give a folder"),
        (["--format=translate", "--out=x.csv"], "--format=translate does not write one file; give a folder"),
    ):
        assert message in refused("sample", run, *flags), flags
    (pictures / "p1.jpg").write_bytes((pictures / "p2.jpg").read_bytes())
    asked = [run, "--direction=AtoB", f"--input={pictures}", f"--out={tmp_path / 'out'}"]
    assert "p1.jpg and p1.png would both become p1.png; rename one" in refused("sample", *asked)
    (pictures / "p1.jpg").write_bytes(b"no picture")
    (pictures / "p1.png").unlink()
    assert "p1.jpg: not a readable picture" in refused("sample", *asked)
    assert not (tmp_path / "out").exists()


def test_a_translation_does_not_depend_on_its_companions():
    cfg = helpers.config()
    setting = helpers.setting(cfg)
    algorithm = cyclegan.make(cfg, setting.spec)
    state = jax.device_get(jax.jit(algorithm.init)(np.uint32(0)))
    image = np.random.default_rng(0).integers(0, 256, (17, 8, 8, 1), np.uint8)
    every = generation.translate(algorithm, state, image, "BtoA", PIXELS.decode)
    for some in (image[16:], image[3:5]):
        alone = generation.translate(algorithm, state, some, "BtoA", PIXELS.decode)
        place = 16 if len(some) == 1 else 3
        np.testing.assert_array_equal(alone, every[place : place + len(some)])
