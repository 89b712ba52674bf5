"""What gpu_step.py times: each function prepares a contender, and gives how to run it and its memory."""

import time


def prepare_ours(setting):
    """A function that makes so many steps, and waits."""
    import common
    import jax
    import plain_flax

    from cwgan_jax import data

    cfg = common.cwgan_gp_conv(
        model__features=setting["features"],
        model__precision=setting["precision"],
        model__implementation=setting["implementation"],
        train__batch_size=setting["batch"],
    )
    if setting["kind"] == "flax":
        jax.config.update("jax_default_matmul_precision", "default")
        plain_flax.register()
    dataset, steps = common.noise(cfg, 60_000), setting["steps"]
    runner, state = common.runner_of(cfg, dataset, steps)
    place = {"n": 0, "state": state}

    def run(count):
        metrics = None
        for _ in range(max(1, count // steps)):
            index = data.indices(0, place["n"], steps, dataset.size, setting["batch"])
            place["state"], metrics = runner(place["state"], {"real": index})
            place["n"] += steps
        jax.block_until_ready(metrics)
        return max(1, count // steps) * steps

    return run, {"memory_mib": runner.memory / 2**20}


def prepare_torch(setting):
    """The same for PyTorch."""
    import torch
    import torch_steps

    way = setting["way"]
    layout = torch.channels_last if "channels last" in way else torch.contiguous_format
    made = torch_steps.Setting(setting["features"], setting["batch"], layout)
    if way.startswith("whole"):
        one = torch_steps.captured(made, setting["precision"])
    else:
        make = torch_steps.eager if way.startswith("eager") else torch_steps.compiled
        one = torch_steps.with_precision(make(made), setting["precision"])

    def run(count):
        for _ in range(count):
            one()
        torch_steps.wait()
        return count

    run(3)
    return run, {"memory_mib": torch.cuda.max_memory_reserved() / 2**20}


def prepare_ceilings(_):
    """TFLOP/s of a large product in each precision, GB/s of a large copy."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    rows = np.random.default_rng(0).standard_normal((8192, 8192), np.float32)
    a = jnp.asarray(rows)
    long = jnp.tile(a.ravel(), 16)
    copy = jax.jit(lambda x: x + 1)

    def product(x, precision):
        return jax.jit(lambda y: jnp.matmul(y, y, precision=precision)), x

    runs = {
        "full": product(a, "highest"),
        "tf32": product(a, "default"),
        "bfloat16": product(a.astype(jnp.bfloat16), "default"),
        "copy": (copy, long),
    }

    def run(_):
        found = {}
        for name, (function, x) in runs.items():
            jax.block_until_ready(function(x))
            start = time.perf_counter()
            for _ in range(10):
                y = function(x)
            jax.block_until_ready(y)
            found[name] = (time.perf_counter() - start) / 10
        products = {name: 2 * 8192**3 / s / 1e12 for name, s in found.items() if name != "copy"}
        return products | {"copy_gb_per_second": 2 * long.nbytes / found["copy"] / 1e9}

    run(1)
    return run, {}


def prepare_layers(setting):
    """Microseconds of each convolution of cwgan_gp_conv with all its first derivatives, by implementation."""
    import jax
    import jax.numpy as jnp

    from cwgan_jax.networks.kernels.convolutions import Method, conv, conv_transpose

    f, batch = setting["features"], setting["batch"]
    shapes = {
        "critic 1": (conv, 32, 1, f),
        "critic 2": (conv, 16, f, 2 * f),
        "critic 3": (conv, 8, 2 * f, 4 * f),
        "generator 2": (conv_transpose, 4, 8 * f, 4 * f),
        "generator 3": (conv_transpose, 8, 4 * f, 2 * f),
        "generator 4": (conv_transpose, 16, 2 * f, 1),
    }
    runs = {}
    for name, (function, size, inputs, outputs) in shapes.items():
        x = jax.random.normal(jax.random.key(0), (batch, size, size, inputs))
        kernel = jax.random.normal(jax.random.key(1), (4, 4, inputs, outputs)) * 0.05
        for implementation in ("xla", "matmul", "winograd"):
            method = Method(implementation, setting["precision"])

            def value(x, kernel, function=function, method=method):
                return jnp.square(function(x, kernel, stride=2, padding=1, method=method)).sum()

            compiled = jax.jit(jax.grad(value, argnums=(0, 1))).lower(x, kernel).compile()
            runs[f"{name}, {implementation}"] = (compiled, x, kernel)

    def run(_):
        found = {}
        for name, (function, x, kernel) in runs.items():
            jax.block_until_ready(function(x, kernel))
            start = time.perf_counter()
            for _ in range(50):
                y = function(x, kernel)
            jax.block_until_ready(y)
            found[name] = (time.perf_counter() - start) / 50 * 1e6
        return found

    run(1)
    return run, {}


PREPARE = {
    "ours": prepare_ours,
    "flax": prepare_ours,
    "torch": prepare_torch,
    "ceilings": prepare_ceilings,
    "layers": prepare_layers,
}
