"""Where a run takes place: devices and processes. Nothing else knows of them.

`runner` runs the step (`steps`) on one device (`jax.jit`) or several (`jax.pmap`); `launch` joins the
processes of a pod by `jax.distributed`; `processes` is how they agree with each other.
"""

from cwgan_jax.parallel.launch import MODES, Launch, start
from cwgan_jax.parallel.memory import keep_buffers, return_memory
from cwgan_jax.parallel.runner import Runner, devices
from cwgan_jax.parallel.steps import joined, part, stacked, train_steps

__all__ = [
    "MODES",
    "Launch",
    "Runner",
    "devices",
    "joined",
    "keep_buffers",
    "part",
    "return_memory",
    "stacked",
    "start",
    "train_steps",
]
