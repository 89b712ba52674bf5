"""What evaluate.py writes is named after what is in it, and replaces nothing unless that is asked for."""

import shutil

import pytest
from cli_helpers import call, refused
from sample_helpers import untrained

from cwgan_jax.report.checkpoints import Measured
from cwgan_jax.report.evaluators import EVALUATORS, Evaluator


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A checkpoint 0 of four classes, not trained."""
    folder = tmp_path_factory.mktemp("untrained") / "run"
    untrained(folder, "conv")
    return folder


@pytest.fixture
def unmeasured(monkeypatch):
    """evaluate.py without the measuring."""
    evaluator = Evaluator(
        reference=lambda *_: None,
        check=lambda *_: None,
        measure=lambda *_: Measured({"metrics": {}, "alarms": []}, []),
    )
    monkeypatch.setitem(EVALUATORS, "images", evaluator)


@pytest.mark.usefixtures("unmeasured")
def test_nothing_measured_is_overwritten_unless_that_is_asked_for(workdir, tmp_path):
    run = shutil.copytree(workdir, tmp_path / "run")
    for more, name in (
        ("--step=0", "run/quality-step0-seeds1-3.json"),
        ("--truncation=0.5", "run/quality-step0-seeds1-3-psi0.5.json"),
        ("--samples=500", "run/quality-step0-x500-seeds1-3.json"),
        (f"--out={tmp_path / 'elsewhere'}", "elsewhere/quality-step0-seeds1-3.json"),
    ):
        status, out, _ = call("evaluate", f"--workdir={run}", more)
        assert (status, out.splitlines()[-1]) == (0, f"written to {tmp_path / name}")
        said = refused("evaluate", f"--workdir={run}", more)
        assert f"{tmp_path / name}: measured already; --overwrite" in said
        assert call("evaluate", f"--workdir={run}", more, "--overwrite")[0] == 0
    assert len(list(run.glob("*.json"))) == 3


@pytest.mark.usefixtures("unmeasured")
def test_workdirs_with_commas_and_blanks(workdir, tmp_path):
    names = ("my run, v2", "other", "third")
    first, other, third = (shutil.copytree(workdir, tmp_path / name) for name in names)
    assert call("evaluate", f"--workdir={first}", f"--workdir={other}, {third}")[0] == 0
    for run in (first, other, third):
        assert (run / "quality-step0-seeds1-3.json").exists()
    said = refused("evaluate", f"--workdir={first}", f"--workdir={other}", f"--out={tmp_path}", "--overwrite")
    assert "for one run only" in said
