"""What `publish` writes: a whole repository of a model, which other readers open; drawn from to the bit."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import run_helpers as runs
import sample_helpers as samples
from cli_helpers import call, refused
from hub_helpers import running
from safetensors.numpy import load_file

import cwgan_jax as cg
from cwgan_jax.commands import publish as command
from cwgan_jax.publish import card

pytestmark = pytest.mark.onnx
FILES = {
    "README.md",
    "model.safetensors",
    "config.json",
    "sheet.png",
    "generator.stablehlo",
    "generator.stablehlo.json",
}
MEASURED = {
    "step": 0,
    "metrics": {
        "frechet": {"title": "Frechet distance", "value": 1.5, "floor": 0.9},
        "agreement": {"title": "label agreement", "value": 0.987, "floor": None},
    },
    "recipe": {"generated images": "100"},
    "alarms": ["a class is missing"],
    "cautions": [],
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A run, and the folder that is published of it."""
    workdir = tmp_path_factory.mktemp("run") / "ants"
    samples.untrained(workdir, "conv")
    (workdir / "quality-step0-seeds1-3.json").write_text(
        json.dumps({"config": {"data": {"dir": str(workdir)}}, "steps": [MEASURED]})
    )
    out = workdir / "published"
    status, said, _ = call(
        "publish",
        f"--workdir={workdir}",
        "--licence=cc-by-4.0",
        "--title=Insects",
        "--data=four insects, of nobody",
    )
    assert status == 0
    assert f"in {out}; read {out}/README.md first" in said
    return workdir, out


def test_the_folder_is_whole_and_says_nothing_of_this_machine(published):
    workdir, out = published
    assert {path.name for path in out.iterdir()} >= FILES | {"quality.json"}
    texts = [path.read_text() for path in (out / "README.md", out / "config.json", out / "quality.json")]
    assert not any(str(workdir) in text for text in texts)


def test_the_page_shows_no_data_unasked(published):
    pytest.importorskip("jax2onnx", reason="the page holds ONNX: pip install '.[onnx]'")
    assert '"real": []' in (published[1] / "play/index.html").read_text()


def test_the_card_has_what_was_measured_and_how(published):
    text = (published[1] / "README.md").read_text()
    for words in (
        "# ants",
        "Insects.",
        "four insects, of nobody",
        "| Frechet distance | 1.5 | 0.9 |",
        "ant, bee, cat, dog",
    ):
        assert words in text, words
    assert "- **a class is missing**" in text
    assert "| label agreement | 0.987 |  |" in text


def test_other_libraries_read_it(published):
    """Those of safetensors and of the Hub, whose reader checks the front matter and the figures in it."""
    out = published[1]
    arrays = load_file(out / "model.safetensors")
    assert any(name.startswith("players/generator/params/") for name in arrays)
    hub = pytest.importorskip("huggingface_hub", reason="reads the card: pip install '.[hub]'")
    model_card = hub.ModelCard.load(out / "README.md")
    assert model_card.data.license == "cc-by-4.0"
    assert model_card.data.library_name == card.LIBRARY
    figures = {result.metric_type: result.metric_value for result in model_card.data.eval_results}
    assert figures == {"agreement": 0.987, "frechet": 1.5}


def test_a_round_trip_is_the_same_to_the_bit(published):
    workdir, out = published
    own, back = cg.load(workdir), cg.load(out)
    asked = {"condition": {"class": ["bee"]}, "count": 3, "seed": 7}
    np.testing.assert_array_equal(back.sample(**asked), own.sample(**asked))
    assert own.sample(**asked).std() > 1


def test_without_figures_the_card_says_how_to_have_them(published):
    about = card.About("x", "X", "x", "x", [], "none")
    described = {"config": json.loads((published[1] / "config.json").read_text()), "data": {"kind": "images"}}
    text = card.text(about, described, 3, None)
    assert "**Condition**: none" in text
    assert "Not measured yet" in text
    assert not text.startswith("---")


def test_what_is_there_is_not_replaced_unasked(published):
    assert "--overwrite" in refused("publish", f"--workdir={published[0]}")


def environment(address, home, token="hf_right"):
    more = {
        "HF_ENDPOINT": address,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": str(runs.ROOT),
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
    return kept | more | ({"HF_TOKEN": token} if token else {})


def cwgan(*arguments, **options):
    command = [sys.executable, "-m", "cwgan_jax", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def test_pushed_to_the_hub_and_drawn_from_there(published, tmp_path):
    pytest.importorskip("huggingface_hub", reason="talks to the Hub: pip install '.[hub]'")
    workdir, out = published
    (tmp_path / "out").mkdir()
    (tmp_path / "out/diary.txt").write_text("private")
    with running() as (hub, address):
        env = environment(address, tmp_path / "hf")
        done = cwgan(
            "publish",
            f"--workdir={workdir}",
            f"--out={tmp_path / 'out'}",
            "--overwrite",
            "--push=me/ants",
            "--private",
            env=env,
        )
        assert done.returncode == 0, done.stderr
        assert "pushed to" in done.stdout
        assert hub.private == {"me/ants": True}
        assert set(hub.files["me/ants"]) >= FILES
        assert "diary.txt" not in hub.files["me/ants"]
        assert hub.files["me/ants"]["model.safetensors"] == (out / "model.safetensors").read_bytes()
        drawn = cwgan("sample", "--pretrained=me/ants", "--count=2", env=env, cwd=tmp_path)
        assert drawn.returncode == 0, drawn.stderr
        assert "in drawn/me/ants/" in drawn.stdout
        nobody = cwgan("sample", "--pretrained=me/bees", env=env, cwd=tmp_path)
        assert (nobody.returncode, len(nobody.stderr.splitlines())) == (2, 1), nobody.stderr
        assert nobody.stderr.startswith("error: me/bees: there is no such folder here")
        wrong = cwgan(
            "publish",
            f"--workdir={workdir}",
            f"--out={tmp_path / 'more'}",
            "--push=me/ants",
            env=environment(address, tmp_path / "hf", "hf_wrong"),
        )
        assert wrong.returncode == 2
        assert wrong.stderr.splitlines()[-1].startswith("error: --push=me/ants: ")


def pushed_to_nobody(workdir, folder, token):
    """`publish --push` where no Hub answers."""
    env = environment("http://127.0.0.1:9", folder / "hf", token)
    return cwgan("publish", f"--workdir={workdir}", f"--out={folder / 'out'}", "--push=me/ants", env=env)


def test_a_hub_that_cannot_be_reached_is_one_line(published, tmp_path):
    pytest.importorskip("huggingface_hub", reason="talks to the Hub: pip install '.[hub]'")
    done = pushed_to_nobody(published[0], tmp_path, "hf_right")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: --push=me/ants: ")
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out/README.md").exists()


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("quality-best-step0-seeds1-3.json", True),
        ("quality-steps0-9-seeds1-3.json", True),
        ("quality-step0-seeds1-3-psi0.7.json", False),
        ("quality-step0-x100-seeds1-3.json", False),
        ("quality-step9-seeds1-3.json", False),
    ],
)
def test_the_figures_are_those_of_the_checkpoint_without_options(tmp_path, name, used):
    (tmp_path / name).write_text(json.dumps({"steps": [MEASURED | {"step": 9 if "step9" in name else 0}]}))
    assert command._quality(tmp_path, 0) == (tmp_path / name if used else None)


def test_without_a_login_nothing_is_written(published, tmp_path):
    pytest.importorskip("huggingface_hub", reason="talks to the Hub: pip install '.[hub]'")
    done = pushed_to_nobody(published[0], tmp_path, None)
    assert done.returncode == 2
    assert "nobody is logged in" in done.stderr
    assert not (tmp_path / "out").exists()
