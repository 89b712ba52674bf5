"""cwgan_jax.compare: the same budget for all, nothing done twice, what diverges does not end it."""

import json
import signal
import types

import cli_helpers as cli
import numpy as np
import pytest
import run_helpers as runs
from compare_helpers import BASE, EVIL, FILE, OTHER, config, options, quicken, read
from conftest import relative
from report_helpers import Reader

from cwgan_jax import checkpoint
from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.common.files import json_lines
from cwgan_jax.compare import run as command
from cwgan_jax.compare import summary
from cwgan_jax.report import checkpoints
from cwgan_jax.sampling import load
from cwgan_jax.training import loop


@pytest.fixture(scope="module", autouse=True)
def compiled_once():
    with runs.compiled_once():
        yield


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    quicken(monkeypatch)


@pytest.fixture
def trained(monkeypatch):
    """What was trained: system, seed and the last step, in order."""
    found, run = [], loop.run

    def noted(plan, workdir):
        found.append((workdir.parent.name, plan.config.seed, plan.total))
        return run(plan, workdir)

    monkeypatch.setattr(loop, "run", noted)
    return found


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Two systems, two seeds: stopped by SIGTERM in the second run, then started again."""
    folder, said = tmp_path_factory.mktemp("compare"), []
    paths = [config(folder, "a"), config(folder, EVIL, **OTHER)]
    turns = iter([*[None] * (8 + 2), signal.SIGTERM])  # 8 of a, then those of the other
    with pytest.MonkeyPatch.context() as patch:
        quicken(patch)
        patch.setattr("builtins.print", lambda *line, **_: said.append(" ".join(line)))
        with pytest.MonkeyPatch.context() as stop:
            stop.setattr(loop.StopSignal, "requested", lambda self: next(turns))
            status = command.compare(options(folder, paths))
        before = said[-1]
        steps = checkpoint.steps(folder / "out" / EVIL / "seed0" / "checkpoints")
        done = []
        run = loop.run
        patch.setattr(loop, "run", lambda plan, workdir: done.append(workdir) or run(plan, workdir))
        assert command.compare(options(folder, paths)) == 0
    whole = json.loads((folder / "out" / "compare.json").read_text())
    return {"folder": folder, "paths": paths, "status": status, "said": before, "steps": steps} | {
        "done": [(path.parent.name, path.name) for path in done],
        "whole": whole,
        "table": "\n".join(said),
    }


def test_a_stop_is_passed_on_with_what_to_do(stopped):
    assert stopped["status"] == 143
    assert stopped["said"] == "SIGTERM: 1 of 4 runs are done; run the same command to go on"
    assert stopped["steps"] == [3]


def test_started_again_it_trains_only_what_is_left(stopped):
    assert stopped["done"] == [(EVIL, "seed0"), ("a", "seed1"), (EVIL, "seed1")]
    log = json_lines(stopped["folder"] / "out" / EVIL / "seed0" / "metrics.jsonl")
    assert [line["step"] for line in log] == [1, 2, 3, 4]


def test_what_is_done_is_neither_trained_nor_measured_again(stopped, trained, monkeypatch):
    before = (stopped["folder"] / "out" / "compare.json").read_text()
    monkeypatch.setattr(checkpoints, "measured", None)
    assert command.compare(options(stopped["folder"], stopped["paths"])) == 0
    assert trained == []
    assert (stopped["folder"] / "out" / "compare.json").read_text() == before


def test_other_counts_of_images_are_measured_anew(stopped, trained, monkeypatch):
    counts = []
    monkeypatch.setattr(
        checkpoints, "measured", lambda model, real, *, count, seeds: counts.append(count) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        command.compare(options(stopped["folder"], stopped["paths"])._replace(samples=200))
    assert (trained, counts) == ([], [200])


def test_all_take_the_same_images(stopped):
    a, b = stopped["whole"]["systems"]
    assert (a["steps"], a["images_per_step"]) == ([8], 8)
    assert (b["steps"], b["images_per_step"]) == ([4], 16)
    assert [(run["system"], run["seed"]) for run in stopped["whole"]["runs"]] == [
        *(("a", 0), (EVIL, 0), ("a", 1), (EVIL, 1)),
    ]
    assert all(list(run["figures"]) == ["0.04"] for run in stopped["whole"]["runs"])


def test_the_figures_are_those_of_the_checkpoints(stopped):
    model = load.load(
        stopped["folder"] / "out" / "a" / "seed1" / "checkpoints", 8, set_up=lambda config: None, warn=print
    )
    assert model.config.seed == 1
    measured = checkpoints.measured(model, read(), count=100, seeds=(1,)).quality["metrics"]
    found = stopped["whole"]["runs"][2]["figures"]["0.04"]
    assert {name: found[name] for name in measured} == {name: x["value"] for name, x in measured.items()}
    assert found["classes_covered"] == round(10 * measured["class_coverage"]["value"])


def test_the_summary_is_of_all_seeds(stopped):
    values = [run["figures"]["0.04"]["frechet"] for run in stopped["whole"]["runs"] if run["system"] == "a"]
    found = stopped["whole"]["summary"]["a"]["0.04"]["frechet"]
    assert found == {"median": np.mean(values), "least": min(values), "most": max(values), "seeds": 2}
    assert "agreement" in stopped["whole"]["summary"]["a"]["0.04"]
    assert "agreement" not in stopped["whole"]["summary"][EVIL]["0.04"]
    assert stopped["whole"]["figures"]["frechet"]["floor"] == read().floor["frechet"]
    assert f"{np.mean(values):.3g} ({min(values):.3g}-{max(values):.3g})" in stopped["table"]


def test_the_page_has_everything_and_loads_nothing(stopped):
    text = (stopped["folder"] / "out" / "compare.html").read_text("utf-8")
    page = Reader(text)
    assert all(image["src"].startswith("data:") for image in page.all("img"))
    assert not any("src" in attrs for attrs in page.all("script"))
    assert [attrs["href"] for attrs in page.all("link")] == ["data:,"]
    keys = [attrs["id"] for attrs in page.all("section")]
    assert keys[:6] == ["figures", "seeds", "training", "samples", "cost", "differences"]
    assert [attrs["href"] for attrs in page.all("a")] == [f"#{key}" for key in keys]
    assert len(page.all("img")) == 3 * 10  # a grid for each system and for real images
    dots = [attrs for attrs in page.all("i") if attrs.get("title", "").startswith("seed")]
    counts = [len(run["figures"]["0.04"].keys() & summary.MAIN) for run in stopped["whole"]["runs"]]
    assert len(dots) == sum(counts)
    said = " ".join(page.text)
    assert EVIL in said
    assert "typed <b>" in said
    assert "objective.loss" in said
    assert "train.steps" not in said
    assert "not done yet" not in said


def test_one_that_diverges_is_told_and_the_others_go_on(tmp_path, trained, capsys):
    fast = {"optimizer": {"critic_learning_rate": 1e30, "generator_learning_rate": 1e30}}
    path = tmp_path / "a.py"
    path.write_text(FILE.format(config=BASE | fast))
    this = options(tmp_path, [path, config(tmp_path, "b", **OTHER)], seeds=1, epochs=[0.02])
    assert command.compare(this) == 0
    whole = json.loads((tmp_path / "out" / "compare.json").read_text())
    bad, good = whole["runs"]
    assert "training has diverged" in bad["diverged"]
    assert bad["figures"] == {}
    assert good["diverged"] is None
    assert list(good["figures"]) == ["0.02"]
    assert "a (1 of 1 diverged)" in capsys.readouterr().out
    page = Reader((tmp_path / "out" / "compare.html").read_text("utf-8"))
    assert any("a seed 0 diverged" in text for text in page.text)
    assert trained == [("a", 0, 4), ("b", 0, 2)]
    assert command.compare(this) == 0
    assert len(trained) == 2


def test_longer_goes_on_and_a_step_that_was_not_kept_is_refused(tmp_path, trained, monkeypatch):
    """The shorter one from the command line, whose options may stand behind the files."""
    path = config(tmp_path, "a", **OTHER)
    monkeypatch.chdir(tmp_path)
    arguments = [path.name, "--seeds", "1", "--epochs=0.01", "--samples=100", "--out=out"]
    code, out, err = cli.call("compare", *arguments)
    assert (code, err) == (0, [])
    assert out.splitlines()[-1] == "look at out/compare.html; the figures are in out/compare.json"
    short = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert short["command"] == f"cwgan compare {' '.join(arguments)}"

    this = options(tmp_path, [path], seeds=1, epochs=[0.01, 0.02])
    assert command.compare(this) == 0
    assert trained == [("a", 0, 1), ("a", 0, 2)]
    long = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert long["runs"][0]["figures"].keys() == {"0.01", "0.02"}
    assert long["runs"][0]["figures"]["0.01"] == short["runs"][0]["figures"]["0.01"]
    page = Reader((tmp_path / "out" / "compare.html").read_text("utf-8"))
    assert "passes" in [attrs["id"] for attrs in page.all("section")]

    (tmp_path / "out" / "a" / "seed0" / "checkpoints" / "1").rename(tmp_path / "gone")
    with pytest.raises(CheckpointError, match="trained to step 2 already, without a checkpoint at 1"):
        command.compare(this._replace(samples=101))


def test_another_comparison_in_the_same_folder_is_refused(stopped, trained):
    with pytest.raises(CheckpointError) as error:
        command.compare(options(stopped["folder"], stopped["paths"], model__latent="6"))
    lines = str(error.value).splitlines()
    assert lines[0] == "config.model.latent: the checkpoint has 5, this run asks for 6"
    assert len(lines) == 2
    assert trained == []


@pytest.fixture
def on_an_accelerator(monkeypatch):
    """How many runs trained together, in order."""
    counts, together = [], loop.together

    def counted(every, *rest):
        counts.append(len(every))
        return together(every, *rest)

    monkeypatch.setattr(command, "jax", types.SimpleNamespace(default_backend=lambda: "gpu"))
    monkeypatch.setattr(loop, "together", counted)
    return counts


def test_accelerators_train_the_seeds_side_by_side(stopped, on_an_accelerator, tmp_path):
    assert command.compare(options(tmp_path, [config(tmp_path, "a")])) == 0
    assert on_an_accelerator == [2]
    whole = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert [run["seed"] for run in whole["runs"]] == [0, 1]
    for seed in ("seed0", "seed1"):
        step, leaves = runs.final_state(tmp_path / "out" / "a" / seed)
        alone = runs.final_state(stopped["folder"] / "out" / "a" / seed)
        assert step == alone[0]
        for path, leaf in leaves.items():  # float32: eight steps of another program
            assert relative(leaf, alone[1][path]) < 1e-3, path


def test_what_cannot_train_side_by_side_trains_alone(on_an_accelerator, tmp_path, monkeypatch):
    counted = loop.together

    def small(every, *rest):
        if len(every) > 1:
            raise ConfigError("the run needs 99 GiB of memory")
        return counted(every, *rest)

    monkeypatch.setattr(loop, "together", small)
    assert command.compare(options(tmp_path, [config(tmp_path, "a")])) == 0
    assert on_an_accelerator == [1, 1]
