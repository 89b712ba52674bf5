"""What must be set of jax and of XLA before a command computes."""

import os

import jax

from cwgan_jax import random
from cwgan_jax.config import Config
from cwgan_jax.parallel import compilation

_SAME_BITS = "xla_gpu_deterministic_ops"


def ask_for_same_bits() -> None:
    """Asks XLA for the same bits in every run on a GPU, unless XLA_FLAGS says otherwise.

    To be called before jax first uses a device. Without it a GPU adds numbers up in an order that changes
    from run to run, and even one compiled program gives two results.
    """
    options = os.environ.get("XLA_FLAGS", "")
    if _SAME_BITS not in options:
        os.environ["XLA_FLAGS"] = f"--{_SAME_BITS}=true {options}".strip()


def set_up_jax(config: Config) -> None:
    """Sets jax up for a config: precision, flags that change numbers, where compiled programs are kept."""
    random.pin()
    jax.config.update("jax_enable_x64", config.model.dtype == "float64")
    compilation.keep()
