"""Whole runs of train.py, in this process or in one of their own."""

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from conftest import TINY

from cwgan_jax import algorithms, checkpoint, config, parallel
from cwgan_jax.algorithms import abstract
from cwgan_jax.training import loop, plan, ready

ROOT = Path(__file__).parents[1]


def in_process(cfg, workdir, *, curves=False):
    """Trains; returns the exit status. To draw losses.png, where asked for, takes as long as a tiny run."""
    with pytest.MonkeyPatch.context() as patch:
        if not curves:
            patch.setattr(loop.curves, "metrics", lambda *_, **__: None)
        return loop.run(plan.make(cfg), workdir)


def command(workdir, **changes):
    """train.py on the tiny config."""
    overrides = TINY | {key.replace("__", "."): str(value) for key, value in changes.items()}
    return [
        *(sys.executable, str(ROOT / "train.py"), f"--config={ROOT / 'configs/mnist.py'}"),
        "--config.data.name=digits",
        f"--workdir={workdir}",
        "--config.train.ema_decay=0",
        *(f"--config.{key}={value}" for key, value in overrides.items()),
    ]


def start(arguments, **keywords):
    """A process of its own, on one device, with its output captured."""
    environment = {**os.environ, "JAX_NUM_CPU_DEVICES": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **keywords
    )


def finish(arguments, timeout=120, **keywords):
    """Runs to the end: (exit status, standard output, standard error)."""
    process = start(arguments, **keywords)
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def final_state(workdir):
    """Every leaf of the newest checkpoint, by path; digests are verified on the way."""

    def template(about):
        cfg, algorithm = plan.rebuild(about)
        with jax.enable_x64(cfg.model.dtype == "float64"):
            return abstract(algorithm)

    saved = checkpoint.restore(Path(workdir) / "checkpoints", template, set_aside=False, warn=print)
    leaves = jax.tree_util.tree_flatten_with_path(saved.state)[0]
    return saved.step, {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def rewound(workdir, folder, step):
    """A copy of a run as it was when it had saved a step: later checkpoints are gone."""
    shutil.copytree(workdir, folder)
    for path in (folder / "checkpoints").iterdir():
        if path.name.isdigit() and int(path.name) > step:
            shutil.rmtree(path)
    assert (folder / "checkpoints" / str(step)).exists()
    return folder


def assert_same(a, b):
    """Two final states are equal bit for bit."""
    assert a[0] == b[0]
    assert a[1].keys() == b[1].keys()
    for path, leaf in a[1].items():
        assert leaf.tobytes() == b[1][path].tobytes(), path


def resolved(workdir):
    """The config saved in a workdir."""
    return config.from_dict(json.loads((Path(workdir) / "config.json").read_text()))


@contextlib.contextmanager
def compiled_once():
    """Runs of equal configs take the algorithm and the programs of the first of them.

    To trace a step again takes longer than a tiny run. For tests that run the same several times, and replace
    nothing that is traced.
    """
    made, programs, make = {}, {}, algorithms.make

    def key(cfg):
        """Without what no step reads."""
        train = dataclasses.replace(cfg.train, steps=1)
        return dataclasses.replace(cfg, seed=0, train=train, quality=config.Quality())

    def once(cfg, spec):
        if key(cfg) not in made:
            made[key(cfg)] = make(cfg, spec)
        return made[key(cfg)]

    class Runner(parallel.Runner):
        def __init__(self, cfg, *arguments, **keywords):
            self._key = key(cfg), keywords.get("runs", 1)
            super().__init__(cfg, *arguments, **keywords)

        def _program(self, state, inputs, steps):
            if (self._key, steps) not in programs:
                programs[self._key, steps] = super()._program(state, inputs, steps)
            return self._programs.setdefault(steps, programs[self._key, steps])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(algorithms, "make", once)
        patch.setattr(ready, "Runner", Runner)
        yield
