"""Shared by the tests of cwgan_jax.interop.export: checkpoints, and what their generators draw."""

import functools
import re

import jax
import numpy as np
import run_helpers as runs
from conftest import full_optimisation, make_config

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import step
from cwgan_jax.training import plan

EXPORT = "cwgan_jax/interop/export"


def saved(workdir, *, average=True, **changes):
    """Checkpoint 0 of a generator with large weights, whose moving average is another: (plan, state)."""
    planned = plan.make(make_config(train__ema_decay=0.5 if average else 0, **changes))
    rng = np.random.default_rng(0)

    def varied(leaf):
        return (2 * leaf + rng.uniform(-0.2, 0.2, leaf.shape)).astype(leaf.dtype)

    with (
        jax.enable_x64(planned.config.model.dtype == "float64"),
        checkpoint.Writer(workdir / "checkpoints", keep=1) as writer,
    ):
        state = jax.jit(functools.partial(step.init, planned.config, planned.networks))()
        state = state._replace(
            generator=jax.tree.map(varied, state.generator),
            batch_stats=jax.tree.map(varied, state.batch_stats),
            average=jax.tree.map(varied, state.average),
        )
        writer.save(0, state, planned.about)
    return planned, state


def draw(planned, variables, latent, label):
    """What the network itself makes of the inputs."""
    apply = functools.partial(planned.networks.generator.apply, variables, train=False)
    with full_optimisation():
        return np.asarray(jax.jit(apply)(latent, label))


def inputs(batch, dtype=np.float32):
    latent = np.random.default_rng(1).standard_normal((batch, 5)).astype(dtype)
    return latent, np.arange(batch, dtype=np.int32)


def documented(first_lines):
    """The code of docs/export.md that begins so, for a file in this folder and Z = 5."""
    text = (runs.ROOT / "docs/export.md").read_text()
    (code,) = re.findall(rf"```python\n({first_lines}.*?)```", text, re.DOTALL)
    return code.replace("runs/digits/", "").replace("(10, 100)", "(10, 5)")
