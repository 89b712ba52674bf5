"""The generator as a file of its own: what is in it, where it runs, and every bad input in one line."""

import hashlib
import json
import os
import sys

import jax
import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import call, refused
from conftest import full_optimisation
from export_helpers import EXPORT, documented, draw, inputs, saved

# Loads a file where neither this package nor what it is built on can be imported.
ALONE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("cwgan_jax", "flax", "optax", "orbax", "absl", "ml_collections"):
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Refuse())
import jax
import numpy as np

generator = jax.export.deserialize(open(sys.argv[1], "rb").read())
given = np.load(sys.argv[2])
for batch in (1, 7):
    np.save(f"{batch}.npy", generator.call(given["latent"][:batch], given["label"][:batch]))
try:
    import cwgan_jax
except ImportError as error:
    print(error)
"""


def in_process(*arguments):
    """Runs the command: what it says."""
    status, said, err = call(EXPORT, *arguments)
    assert (status, err) == (0, []), err
    return said


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """The folder, plan and state of a conditional generator."""
    workdir = tmp_path_factory.mktemp("conditional")
    return workdir, *saved(workdir)


@pytest.fixture(scope="module")
def exported(conditional):
    """Its file, made by a process of its own."""
    workdir = conditional[0]
    command = [sys.executable, "-m", "cwgan_jax", "export", f"--workdir={workdir.name}"]
    status, out, err = runs.finish(command, cwd=workdir.parent)
    assert (status, err) == (0, "")
    path = workdir / "generator.stablehlo"
    first, second = out.splitlines()
    assert first.startswith(f"step 0: {path.stat().st_size:,} bytes in {workdir.name}/generator.stablehlo;")
    assert ".call(latent, label);" in second
    return path


def test_runs_without_this_package(conditional, exported, tmp_path):
    _, planned, state = conditional
    latent, label = inputs(7)
    np.savez(tmp_path / "given.npz", latent=latent, label=label)
    command = [sys.executable, "-c", ALONE, str(exported), "given.npz"]
    assert runs.finish(command, cwd=tmp_path) == (0, "cwgan_jax is not here\n", "")
    for batch in (1, 7):
        image = np.load(tmp_path / f"{batch}.npy")
        assert (image.shape, image.dtype) == ((batch, 16, 16, 1), np.float32)
        expected = draw(planned, state, latent[:batch], label[:batch])
        # The same program of the same compiler on the same machine.
        np.testing.assert_array_equal(image, expected)
    assert np.abs(image).max() <= 1
    assert image.std() > 0.1


def test_the_same_file_whichever_machine_writes_it(conditional, exported, tmp_path, monkeypatch):
    """For both platforms, and without a word on where it was made."""
    content = exported.read_bytes()
    assert jax.export.deserialize(content).platforms == ("cpu", "cuda")
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    in_process(f"--workdir={conditional[0]}", f"--out={tmp_path / 'again'}")
    assert (tmp_path / "again").read_bytes() == content
    assert b".py" not in content


def test_nothing_is_overwritten_unless_that_is_asked_for(conditional, exported):
    before = exported.read_bytes()
    said = refused(EXPORT, f"--workdir={conditional[0]}")
    assert f"{exported}: the file is there already; replace it with --overwrite" in said
    in_process(f"--workdir={conditional[0]}", "--overwrite")
    assert exported.read_bytes() == before


def test_says_what_goes_in_and_what_comes_out(conditional, exported):
    about = json.loads((exported.parent / "generator.stablehlo.json").read_text())
    assert about == {
        "format": "stablehlo",
        "file": "generator.stablehlo",
        "sha256": hashlib.sha256(exported.read_bytes()).hexdigest(),
        "inputs": [
            {
                "name": "latent",
                "shape": ["b", 5],
                "dtype": "float32",
                "values": "independent standard normal",
            },
            {"name": "label", "shape": ["b"], "dtype": "int32", "values": [0, 9]},
        ],
        "output": {"name": "image", "shape": ["b", 16, 16, 1], "dtype": "float32", "values": [-1, 1]},
        "truncation": 1.0,
        "class_names": [str(digit) for digit in range(10)],
        "conditions": [{"kind": "class", "name": "class", "names": [str(digit) for digit in range(10)]}],
        "step": 0,
        "jax": jax.__version__,
        "model": conditional[1].about["config"]["model"],
    }


def test_the_documented_lines_load_it(exported, monkeypatch):
    monkeypatch.chdir(exported.parent)
    names = {}
    exec(documented("import jax\n"), names)
    assert names["image"].shape == (10, 16, 16, 1)


def test_bad_inputs_of_the_file_are_refused_or_seen(exported):
    """The behaviour that docs/export.md states."""
    generator = jax.export.deserialize(exported.read_bytes())
    latent, label = inputs(2)
    with pytest.raises(ValueError, match="Expected value >= 1 for dimension variable 'b'"):
        generator.call(latent[:0], label[:0])
    with pytest.raises(ValueError, match="Found inconsistency between dimension size"):
        generator.call(latent, label[:1])
    assert np.isnan(generator.call(latent, np.full(2, 10, np.int32))).all()
    np.testing.assert_array_equal(
        generator.call(latent, np.full(2, -1, np.int32)), generator.call(latent, np.full(2, 9, np.int32))
    )


def test_unconditional_in_float64_without_a_moving_average(tmp_path):
    planned, state = saved(tmp_path, average=False, model__conditional=False, model__dtype="float64")
    said = in_process(f"--workdir={tmp_path / 'checkpoints/0'}")
    assert ".call(latent);" in said
    about = json.loads((tmp_path / "generator.stablehlo.json").read_text())
    assert [given["name"] for given in about["inputs"]] == ["latent"]
    assert (about["inputs"][0]["dtype"], about["class_names"]) == ("float64", [])
    with jax.enable_x64(True), full_optimisation():
        latent, label = inputs(3, np.float64)
        image = jax.export.deserialize((tmp_path / "generator.stablehlo").read_bytes()).call(latent)
        assert image.dtype == np.float64
        np.testing.assert_array_equal(image, draw(planned, state, latent, label))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--step=4", "--overwrite"], "no checkpoint 4 in "),
        (["--step=x"], "--step=x"),
        (["--step=-1"], "--step=-1"),
        (["--format=tf"], "--format=tf"),
        (["--truncation=nan"], "--truncation=nan: not allowed; it must be a number in -10 to 10"),
        (["--config.seed=3"], "--config.seed: the config is taken from the checkpoint"),
        (["--colour"], "colour"),
        (["run"], "unexpected argument 'run'"),
        (["--out=."], "--out=.: . is not a file; give one like generator.stablehlo"),
        (["--out=pipe"], "--out=pipe: pipe is not a file"),
        (["--out=taken"], "--out=taken: taken.json is not a file"),
        (["--out=/proc/nothing/g"], "/proc/nothing"),
        (["--out=a file/g"], "a file: File exists"),
        ([f"--out={'x' * 300}"], "File name too long"),
    ],
)
def test_bad_input_is_one_line(conditional, tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.json").mkdir()
    (tmp_path / "a file").write_text("")
    os.mkfifo("pipe")
    assert expected in refused(EXPORT, f"--workdir={conditional[0]}", *arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "pipe", "taken.json"]


def test_no_checkpoint_there(tmp_path):
    assert "--workdir=DIR is missing" in refused(EXPORT)
    assert "--workdir=DIR is missing" in refused(EXPORT, "--workdir=")
    assert "there is no checkpoint" in refused(EXPORT, f"--workdir={tmp_path}")
    assert "there is no checkpoint" in refused(EXPORT, f"--workdir={tmp_path / 'missing'}")
