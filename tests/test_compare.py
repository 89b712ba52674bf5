"""cwgan_jax.compare: the same budget for all, nothing done twice, what diverges does not end it."""

import functools
import json
import signal

import cli_helpers as cli
import numpy as np
import pytest
import quality_helpers as given
from report_helpers import Reader

from cwgan_jax import checkpoint, draw, loop
from cwgan_jax.compare import __main__ as command
from cwgan_jax.compare import summary, systems
from cwgan_jax.errors import CheckpointError, ConfigError
from cwgan_jax.files import json_lines
from cwgan_jax.quality import evaluation, figures, judge, labels, measure

EVIL = "b&<i>'"
# 1,438 digits in batches of 8: 8 steps; in the paper schedule with K = 2 half as many.
EPOCHS = [0.04]
FILE = """
import ml_collections


def get_config():
    return ml_collections.ConfigDict({given})
"""
BASE = {
    "data": {"name": "digits", "size": 16},
    "model": {"architecture": "mlp", "features": 2, "latent": 5, "embedding": 3},
    "objective": {"critic_updates": 2},
    "train": {"batch_size": 8, "steps_per_call": 1, "devices": 1},
    "quality": {"every": 100},
}
OTHER = {
    "model": {"conditional": False},
    "objective": {"loss": "hinge", "constraint": "none", "schedule": "paper"},
}


def config(folder, name, **changes):
    """A config file: BASE with changes in its sections."""
    path = folder / f"{name}.py"
    path.write_text(FILE.format(given={key: BASE.get(key, {}) | changes.get(key, {}) for key in BASE}))
    return path


def asked(folder, paths, *, epochs=EPOCHS, seeds=2, **overrides):
    overrides = {key.replace("__", "."): value for key, value in overrides.items()}
    return command.Asked(paths, overrides, seeds, epochs, folder / "out", None, 100, "typed <b>")


@functools.cache
def read():
    """The digits, read by a small judge that was hardly trained: good enough to be compared with itself."""
    train, test = given.splits()
    tiny = judge.train(train, epochs=0, least=20, width=4)
    reference = measure.reference(tiny, train)
    held_out = measure.Set(test.image, test.label, tiny.read(test.image))
    return evaluation.Real(train, test, reference, held_out, few(reference, held_out, held_out))


def few(reference, some, held_out):
    """The figures that take little time."""
    found = measure.light(reference, some)
    return found | {"class_coverage": float(labels.present(some.reading.label, reference.share).mean())}


def real(section, count, check):
    """In place of a judge that is trained well."""
    check(read().train)
    return read()


def quicken(patch):
    patch.setattr(evaluation, "real", real)
    patch.setattr(figures, "figures", few)
    patch.setattr(
        loop, "_finish", lambda plan, workdir, seconds: None
    )  # plots, which have tests of their own


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
            stop.setattr(loop.StopSignal, "asked", lambda self: next(turns))
            status = command.compare(asked(folder, paths))
        before = said[-1]
        steps = checkpoint.steps(folder / "out" / EVIL / "seed0" / "checkpoints")
        done = []
        run = loop.run
        patch.setattr(loop, "run", lambda plan, workdir: done.append(workdir) or run(plan, workdir))
        assert command.compare(asked(folder, paths)) == 0
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
    monkeypatch.setattr(evaluation, "measured", None)
    assert command.compare(asked(stopped["folder"], stopped["paths"])) == 0
    assert trained == []
    assert (stopped["folder"] / "out" / "compare.json").read_text() == before


def test_other_counts_of_images_are_measured_anew(stopped, trained, monkeypatch):
    counts = []
    monkeypatch.setattr(
        evaluation, "measured", lambda model, real, *, count, seeds: counts.append(count) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        command.compare(asked(stopped["folder"], stopped["paths"])._replace(samples=200))
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
    model = draw.load(
        stopped["folder"] / "out" / "a" / "seed1" / "checkpoints", 8, set_up=lambda config: None, warn=print
    )
    assert model.config.seed == 1
    measured = evaluation.measured(model, read(), count=100, seeds=(1,)).quality["metrics"]
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
    path.write_text(FILE.format(given=BASE | fast))
    this = asked(tmp_path, [path, config(tmp_path, "b", **OTHER)], seeds=1, epochs=[0.02])
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
    code, out, err = cli.call("cwgan_jax/compare/__main__", *arguments)
    assert (code, err) == (0, [])
    assert out.splitlines()[-1] == "look at out/compare.html; the figures are in out/compare.json"
    short = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert short["command"] == f"python -m cwgan_jax.compare {' '.join(arguments)}"

    this = asked(tmp_path, [path], seeds=1, epochs=[0.01, 0.02])
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
        command.compare(asked(stopped["folder"], stopped["paths"], model__latent="6"))
    lines = str(error.value).splitlines()
    assert lines[0] == "config.model.latent: the checkpoint has 5, this run asks for 6"
    assert len(lines) == 2
    assert trained == []


def about(better, floor=None):
    return {"better": better, "floor": floor}


def whole(values, seeds=2, **figures):
    """What compare.json holds, of one figure `x` by system and seed."""
    made = [
        {"system": name, "seed": k, "figures": {} if x is None else {"1": {"x": x}}}
        for name, given in values.items()
        for k, x in enumerate(given)
    ]
    return {"systems": [{"name": n} for n in values], "runs": made, "seeds": seeds, "figures": figures}


@pytest.mark.parametrize(
    ("figure", "best"),
    [
        (about("higher"), {"c"}),
        (about("lower"), {"a"}),
        (about("near floor", 5.2), {"b"}),
        (about("near floor"), set()),
    ],
)
def test_best_is_the_median_and_which_way_is_good(figure, best):
    values = {"a": [1, 2], "b": [4, 6], "c": [9, 8], "d": [100, None]}
    assert summary.best(whole(values, x=figure), "x", 1.0) == best


def test_all_alike_is_no_best():
    assert summary.best(whole({"a": [0, 0], "b": [0, 0]}, x=about("lower")), "x", 1.0) == set()


def test_many_steps_are_whole_calls(tmp_path):
    path = config(tmp_path, "a")
    configs = systems.read([path], {}, None)
    (found,) = systems.plans(configs, given.splits()[0], [10, 100], frozenset())
    assert found.goals == (1800, 17980)  # 1,797.5 and 17,975 steps
    stage = systems.stage(found, 3, found.goals[0], frozenset())
    assert stage.config.seed == 3
    assert (stage.total, stage.config.train.steps, stage.config.train.log_every) == (1800, 1800, 80)
    kept = systems.stage(found, 3, 1800, frozenset({"train.checkpoint_every"}))
    assert kept.config.train.checkpoint_every == found.plan.config.train.checkpoint_every


def test_the_images_of_all_must_have_one_shape(tmp_path):
    paths = [
        config(tmp_path, "a"),
        config(tmp_path, "b", data={"size": 28}),
        config(tmp_path, "c", data={"channels": 3}),
    ]
    with pytest.raises(
        ConfigError, match=r"b\.py: config\.data\.size=28, but .*a\.py has 16; .*data\.size=16"
    ):
        systems.read(paths[:2], {}, None)
    with pytest.raises(ConfigError, match=r"c\.py: config\.data\.channels=3, but .*a\.py has none"):
        systems.read(paths[::2], {}, None)
    assert len(systems.read(paths[:2], {"data.size": "16"}, None)) == 2


def test_all_have_the_data_of_the_first(tmp_path, capsys):
    paths = [config(tmp_path, "a", data={"dir": "/there"}), config(tmp_path, "b", data={"name": "mnist"})]
    found = systems.read(paths, {}, None)
    assert {config.data.name for config in found.values()} == {"digits"}
    assert {config.data.dir for config in found.values()} == {"/there"}
    assert {config.quality.every for config in found.values()} == {None}
    assert f"{paths[1]}: trained on digits here" in capsys.readouterr().out
    assert next(iter(systems.read(paths, {}, "/moved").values())).data.dir == "/moved"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "config files are missing"),
        (["a.py", "a.py"], "another system is called a already"),
        (["none.py"], "there is no such file"),
        (["a.py", "--epochs=10,many"], "--epochs=10,many: give numbers above 0"),
        (["a.py", "--epochs=0"], "--epochs=0: give numbers above 0"),
        (["a.py", "--epochs=nan"], "--epochs=nan: give numbers above 0"),
        (["--seeds=0", "a.py"], "seeds"),
        (["a.py", "--config.train.steps=5"], "config.train.steps: not in a comparison: the budget"),
        (["a.py", "--config.seed=5"], "config.seed: not in a comparison"),
        (["a.py", "--config.train.batch_size=none"], "a.py: config.train.batch_size"),
        (["a.py", "--config.data.name=ring", "--config.model.architecture=points"], "ring are points"),
        (["a.py", "--config.train.batch_size=2000"], "a.py: config.train.batch_size=2000: there are only"),
        (["a.py", "--config.optimizer.decay_steps=5"], "a.py: config.optimizer.decay_steps=5"),
    ],
)  # fmt: skip
def test_bad_input_in_one_line(tmp_path, monkeypatch, arguments, said):
    config(tmp_path, "a")
    monkeypatch.chdir(tmp_path)
    assert said in cli.refused("cwgan_jax/compare/__main__", *arguments)
    assert not (tmp_path / "runs").exists()


def test_a_file_that_is_no_record_is_told(tmp_path):
    path = config(tmp_path, "a")
    record = tmp_path / "out" / "a" / "seed0" / "compare.json"
    record.parent.mkdir(parents=True)
    record.write_text("{")
    with pytest.raises(CheckpointError, match="not what a comparison wrote"):
        command.compare(asked(tmp_path, [path]))
