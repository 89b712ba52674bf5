"""Checkpoints: what goes in comes out bit for bit; what may not go in or come out is refused."""

import time

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import optax
import pytest
from checkpoint_helpers import ABOUT, assert_same, files_of, make_state, restore, spec_of, write
from checkpoint_helpers import folder as folder  # a fixture, as is the next
from checkpoint_helpers import written as written

from cwgan_jax import checkpoint
from cwgan_jax.checkpoint import Writer, steps
from cwgan_jax.common.errors import CheckpointError, DivergedError

# What goes in comes out


def test_round_trip_is_bit_exact(folder, capfd):
    saved, lines = restore(folder)
    assert saved.step == 2
    assert isinstance(saved.state.optimizer[0], optax.ScaleByAdamState)
    assert restore(folder, step=1)[0].step == 1
    assert lines == []
    assert capfd.readouterr() == ("", "")


def test_no_checkpoint_is_none(tmp_path):
    assert steps(tmp_path / "missing") == []
    assert restore(tmp_path / "missing") == (None, [])
    assert restore(tmp_path) == (None, [])


def test_steps_are_folders_with_plain_numbers(folder):
    for name in ("007", "x", "3.orbax-checkpoint-tmp", "-4", "10"):
        (folder / name).mkdir()
    (folder / "12").touch()
    assert steps(folder) == [1, 2, 10]


def test_buffers_may_be_donated_or_overwritten_after_save(tmp_path):
    step = jax.jit(lambda s: jax.tree.map(lambda x: x * 0 - 1, s), donate_argnums=0)
    array = np.arange(1e6, dtype=np.float32)
    state = {"device": jnp.asarray(array), "host": array.copy()}
    with Writer(tmp_path, keep=1) as writer:
        writer.save(1, state, {})
        state["host"][:] = -1
        assert float(step(state)["device"][0]) == -1
    saved = checkpoint.restore(tmp_path, lambda _: spec_of(state), set_aside=True, warn=pytest.fail)
    assert_same({"device": array, "host": array}, saved.state)


def test_the_last_few_are_kept(tmp_path):
    write(tmp_path, 1, 2, 3, 10, keep=2)
    assert steps(tmp_path) == [3, 10]
    write(tmp_path, 11, keep=2, after=10)
    assert steps(tmp_path) == [10, 11]


def test_saves_go_on_in_the_background(tmp_path):
    with Writer(tmp_path, keep=2) as writer:
        writer._thread.submit(time.sleep, 0.5)
        begin = time.monotonic()
        writer.save(1, make_state(1), {})
        assert time.monotonic() - begin < 0.4
        assert writer.latest is None
        writer.wait()
        assert writer.latest == 1
        assert steps(tmp_path) == [1]


def test_the_last_save_is_finished_when_the_body_fails(tmp_path):
    def body(writer):
        writer.save(1, make_state(1), ABOUT | {"n": 1})
        raise KeyError

    with pytest.raises(KeyError), Writer(tmp_path, keep=2) as writer:
        body(writer)
    assert restore(tmp_path)[0].step == 1


# What may not be saved


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ml_dtypes.bfloat16, np.complex64])
def test_a_state_that_is_not_finite_is_refused(tmp_path, dtype):
    with Writer(tmp_path, keep=2) as writer:
        for bad in (np.nan, np.inf):
            with pytest.raises(DivergedError, match=r"step 3 .*\['w'\] \(one of 1"):
                writer.save(3, {"i": np.arange(3), "w": np.array([1, bad], dtype)}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_step_is_written_once(folder):
    with Writer(folder, keep=9, after=2) as writer:
        before = [(path, path.stat().st_mtime_ns) for path in files_of(folder)]
        writer.save(2, make_state(2), ABOUT)
        writer.wait()
        assert [(path, path.stat().st_mtime_ns) for path in files_of(folder)] == before
        for n, state in ((2, make_state(3)), (1, make_state(1))):
            with pytest.raises(CheckpointError, match=rf"cannot save step {n}: .* checkpoint 2"):
                writer.save(n, state, ABOUT)
        writer.save(3, make_state(3), ABOUT | {"n": 3})
        writer.save(3, make_state(3), ABOUT)
    assert steps(folder) == [1, 2, 3]
    assert restore(folder)[0].step == 3


@pytest.mark.parametrize(("after", "start"), [(None, "anew"), (1, "from step 1")])
def test_a_run_may_not_start_below_what_is_there(folder, after, start):
    with pytest.raises(CheckpointError, match=f"holds checkpoint 2, but this run starts {start}"):
        Writer(folder, keep=2, after=after)


# Another config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s._replace(step=np.zeros(1, np.int32)), r"\.step is int32\[\] there and int32\[1\]"),
        (lambda s: s._replace(step=np.int64(0)), r"\.step is int32\[\] there and int64\[\] here"),
        (lambda s: s._replace(params={}), r"\['kernel'\] is float32\[40, 7\] there and absent here"),
        (lambda s: s._replace(params=[s.params]), r"\.params\[0\].* is absent there and float32"),
        (lambda s: s._replace(extra=s.extra | {"empty": np.zeros((0, 4), np.float32)}), r"\[0, 3\]"),
    ],
)
def test_another_structure_is_refused_and_not_set_aside(folder, change, message):
    template = spec_of(change(make_state()))
    with pytest.raises(CheckpointError, match=f"checkpoint 2 .* another config.*{message}"):
        checkpoint.restore(folder, lambda _: template, set_aside=True, warn=pytest.fail)
    assert steps(folder) == [1, 2]


def test_a_conflict_of_configs_passes_untouched(folder):
    conflict = CheckpointError("model.name: dcgan there, mlp here")

    def template(about):
        assert about == ABOUT | {"n": 2}
        raise conflict

    with pytest.raises(CheckpointError) as caught:
        checkpoint.restore(folder, template, set_aside=True, warn=pytest.fail)
    assert caught.value is conflict
    assert steps(folder) == [1, 2]
