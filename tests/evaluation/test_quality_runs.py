"""Quality while training and after: quality.jsonl, the best checkpoint, the alarm, evaluate.py."""

import json
import os
import shutil
import signal
import time
from html.parser import HTMLParser

import cli_helpers as cli
import numpy as np
import pytest
import quality_helpers as given
import run_helpers as runs
from conftest import make_config

from cwgan_jax import checkpoint
from cwgan_jax.common import errors
from cwgan_jax.evaluation import monitor, stacked_judge
from cwgan_jax.report import contents
from cwgan_jax.training import plan

WATCHED = {"quality__every": 2, "quality__samples": 100, "train__devices": 1}
WATCHED["model__architecture"] = "mlp"  # compiled sooner


@pytest.fixture(autouse=True)
def quick_judge(monkeypatch):
    monkeypatch.setattr(stacked_judge, "judge_of", lambda dataset, progress: given.judge())
    # The page's map takes a second; the other kinds' pages are tested with it.
    monkeypatch.setattr(contents, "tsne", lambda features: features[:, :2])


def run(workdir, **changes):
    return runs.in_process(make_config(**(WATCHED | changes)), workdir)


@pytest.fixture(scope="module", autouse=True)
def compiled_once():
    with runs.compiled_once():
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """6 steps, measured at 2, 4 and 6."""
    workdir = tmp_path_factory.mktemp("watched") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stacked_judge, "judge_of", lambda dataset, progress: given.judge())
        assert run(workdir) == 0
    return workdir


@pytest.fixture
def workdir(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def lines(workdir):
    return [json.loads(line) for line in (workdir / "quality.jsonl").read_text().splitlines()]


def best(workdir):
    return checkpoint.steps(workdir / "best")


def test_measured_every_so_often(finished):
    found = lines(finished)
    assert [line["step"] for line in found] == [2, 4, 6]
    names = {"agreement", "frechet", "diversity", "least_diversity", "class_entropy"}
    assert all(set(line) == {"step", "samples", "judge"} | names for line in found)


def test_the_best_checkpoint_is_kept_apart(finished):
    found = lines(finished)
    assert best(finished) == [min(found, key=lambda line: line["frechet"])["step"]]
    code, out, _ = cli.call("sample", f"--workdir={finished}/best", "--count=1", f"--out={finished}/b")
    assert code == 0
    assert f"step {best(finished)[0]}:" in out


def test_resumed_from_an_older_checkpoint_it_finds_the_same(finished, workdir):
    shutil.rmtree(workdir / "checkpoints" / "6")
    assert run(workdir) == 0
    assert lines(workdir) == lines(finished)
    assert best(workdir) == best(finished)


def test_what_was_measured_otherwise_is_not_compared_with(workdir):
    """As many images more, another distance: the best is found anew among what is measured from here on."""
    (worst,) = best(workdir)
    made = plan.make(make_config(**(WATCHED | {"quality__samples": 200})))
    assert monitor.Monitor(made, workdir, 6, lambda: None).record.best is None
    made = plan.make(make_config(**WATCHED))
    value = next(line["frechet"] for line in lines(workdir) if line["step"] == worst)
    assert monitor.Monitor(made, workdir, 6, lambda: None).record.best == -value
    shutil.rmtree(workdir / "best")
    assert monitor.Monitor(made, workdir, 6, lambda: None).record.best is None


def test_a_signal_while_the_judge_is_trained_stops_the_run(tmp_path, monkeypatch, capsys):
    def interrupted(dataset, progress):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.2)
        progress(1, 10)

    monkeypatch.setattr(stacked_judge, "judge_of", interrupted)
    with pytest.raises(SystemExit) as end:
        run(tmp_path)
    assert end.value.code == errors.EXIT_TERMINATED
    assert "SIGTERM: stopped before the first step" in capsys.readouterr().out


def test_chosen_by_agreement(tmp_path):
    assert run(tmp_path, quality__best="agreement") == 0
    found = lines(tmp_path)
    most = max(line["agreement"] for line in found)
    assert best(tmp_path) == [next(line["step"] for line in found if line["agreement"] == most)]


def test_without_labels(tmp_path):
    assert run(tmp_path, model__conditional=False, train__steps=2) == 0
    assert "agreement" not in lines(tmp_path)[0]
    with pytest.raises(errors.ConfigError, match=r"config\.quality\.best=agreement: .* use frechet"):
        plan.make(make_config(model__conditional=False, quality__every=2, quality__best="agreement"))


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.headings, self._in = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._in = tag == "h2"

    def handle_data(self, data):
        if self._in:
            self.headings.append(data.strip())
        self._in = False


def evaluate(*arguments):
    return cli.call("evaluate", "--samples=100", "--seeds=2", "--nousefulness", *arguments)


def figures(workdir, steps):
    return workdir / f"quality-{steps}-x100-seeds1-2.json"


def test_evaluate_writes_figures_and_a_page(workdir):
    code, out, err = evaluate(f"--workdir={workdir}")
    assert (code, err) == (0, [])
    assert "label agreement" in out
    page = workdir / "report-step6-x100-seeds1-2.html"
    assert out.splitlines()[-1] == f"written to {figures(workdir, 'step6')}; look at {page}"
    found = json.loads(figures(workdir, "step6").read_text())
    assert [entry["step"] for entry in found["steps"]] == [6]
    metrics = found["steps"][0]["metrics"]
    assert metrics["agreement"]["n"] == 100
    assert metrics["agreement"]["spread"][0] <= metrics["agreement"]["value"]
    assert np.sum(found["steps"][0]["confusion"]) == 200
    assert found["versions"]["jax"]
    assert len(Page(page.read_text()).headings) >= 6


def test_evaluate_takes_the_best_or_all(workdir):
    """One by its number, and the newest, are in the next tests."""
    (chosen,) = best(workdir)
    steps = {"best": [chosen], "all": [3, 6]}
    for step, expected in steps.items():
        assert evaluate(f"--workdir={workdir}", f"--step={step}", "--overwrite")[0] == 0
        name = {"all": "steps3-6", "best": f"best-step{chosen}"}[step]
        found = json.loads(figures(workdir, name).read_text())
        assert [entry["step"] for entry in found["steps"]] == expected


def test_truncation_costs_diversity_and_is_told(workdir):
    assert evaluate(f"--workdir={workdir}", "--truncation=0")[0] == 0
    name = "quality-step6-x100-seeds1-2-psi0.json"
    found = json.loads((workdir / name).read_text())["steps"][0]
    assert found["recipe"]["truncation"] == "psi 0"
    assert found["metrics"]["diversity"]["value"] == pytest.approx(0, abs=1e-6)  # one latent for all
    said = cli.refused("evaluate", f"--workdir={workdir}", "--truncation=nan")
    assert "--truncation=nan: not allowed" in said


def test_a_damaged_checkpoint_does_not_cost_the_others(workdir):
    for file in (workdir / "checkpoints" / "3" / "about").rglob("*"):
        file.write_text("")
    code, _, err = evaluate(f"--workdir={workdir}", "--step=all")
    assert code == 0
    assert len(err) == 1
    assert "damaged: 3" in err[0]
    found = json.loads(figures(workdir, "steps3-6").read_text())
    assert [entry["step"] for entry in found["steps"]] == [6]


def test_nothing_that_can_be_measured(workdir):
    for file in (workdir / "checkpoints").rglob("about/**/*"):
        if file.is_file():
            file.write_text("")
    code, out, err = evaluate(f"--workdir={workdir}", "--step=all")
    assert (code, out) == (2, "")
    assert "none of its checkpoints can be read; nothing was measured" in err[-1]
    assert not figures(workdir, "steps3-6").exists()


def test_evaluate_puts_runs_side_by_side(finished, workdir, tmp_path):
    other = shutil.copytree(finished, tmp_path / "other")
    code, out, _ = evaluate(f"--workdir={workdir},{other}", "--step=3")
    assert code == 0
    assert [str(workdir), "3", str(other), "3", "real"] in [line.split() for line in out.splitlines()]
    assert (other / "report-step3-x100-seeds1-2.html").exists()


def test_evaluate_refuses_in_one_line(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "best")
    for arguments, message in {
        (): "--workdir=DIR is missing",
        (f"--workdir={tmp_path}/none",): "there is no checkpoint",
        (f"--workdir={tmp_path}/run,{tmp_path}/run/checkpoints/6",): "are the same run at the same step",
        (f"--workdir={tmp_path}/run", "--step=best"): "there is no best checkpoint",
        (f"--workdir={tmp_path}/run", "--step=5"): "no checkpoint 5",
        (f"--workdir={tmp_path}/run", "--step=last"): "give newest, best, all or the number",
        (f"--workdir={tmp_path}/run", "--config.seed=1"): "the config is taken from the checkpoint",
        (f"--workdir={tmp_path}/run", "--samples=5"): "samples",
    }.items():
        assert message in cli.refused("evaluate", *arguments)
