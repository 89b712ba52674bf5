"""What cwgan_jax.compare is given: configs, budgets, what it refuses; and which system it calls best."""

import cli_helpers as cli
import pytest
import quality_helpers as given
from compare_helpers import config, options, quicken

from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.compare import run as command
from cwgan_jax.compare import summary, systems


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    quicken(monkeypatch)


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
        (["a.py", "--config.data.domains=digits,mnist"], "digits,mnist: it translates; a comparison is of"),
        (["a.py", "--config.ramp.end=5"], "a.py: config.ramp.end=5"),
    ],
)  # fmt: skip
def test_bad_input_in_one_line(tmp_path, monkeypatch, arguments, said):
    config(tmp_path, "a")
    monkeypatch.chdir(tmp_path)
    assert said in cli.refused("compare", *arguments)
    assert not (tmp_path / "runs").exists()


def test_a_file_that_is_no_record_is_told(tmp_path):
    path = config(tmp_path, "a")
    record = tmp_path / "out" / "a" / "seed0" / "compare.json"
    record.parent.mkdir(parents=True)
    record.write_text("{")
    with pytest.raises(CheckpointError, match="not what a comparison wrote"):
        command.compare(options(tmp_path, [path]))
