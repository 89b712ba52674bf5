"""Shared by the tests of `cwgan export`: checkpoints, and what their generators draw."""

import functools
import re

import jax
import numpy as np
import run_helpers as runs
from conftest import full_optimisation, make_config

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import generation, initial, player
from cwgan_jax.networks import Form, build
from cwgan_jax.training import plan

EXPORT = "export"


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
        state = initial(planned.algorithm, planned.config.seed)
        own = state.players["generator"]
        fields = ("params", "stats", "average")
        changed = {field: jax.tree.map(varied, getattr(own, field)) for field in fields}
        state = state._replace(players=state.players | {"generator": own._replace(**changed)})
        writer.save(0, state, planned.about)
    return planned, state


def draw(planned, state, latent, label):
    """What the network itself makes of the inputs."""
    config, classes = planned.config, len(planned.dataset.class_names)
    module = build(config.model, Form(planned.dataset.shape)).generator
    condition = generation.one_hot(label, classes * config.model.conditional, config.model.dtype)
    variables = player.variables(state.players["generator"])
    apply = functools.partial(module.apply, variables, train=False)  # the weights are constants
    with full_optimisation():
        return np.asarray(jax.jit(apply)(latent, condition))


def inputs(batch, dtype=np.float32):
    latent = np.random.default_rng(1).standard_normal((batch, 5)).astype(dtype)
    return latent, np.arange(batch, dtype=np.int32)


def documented(first_lines):
    """The code of docs/export.md that begins so, for a file in this folder and Z = 5."""
    text = (runs.ROOT / "docs/export.md").read_text()
    (code,) = re.findall(rf"```python\n({first_lines}.*?)```", text, re.DOTALL)
    return code.replace("runs/digits/", "").replace("(10, 100)", "(10, 5)")
