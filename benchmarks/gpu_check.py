"""What a GPU computes: one step against PyTorch in float64, and whether runs give the same bits.

python benchmarks/gpu_check.py [--features=64] [--only=equivalence|bits] [--at_once=12]

`equivalence`: one step of cwgan_gp_conv with K = 1 on real digits, in each precision and implementation: the
largest of its relative differences from plain PyTorch in float64 on the CPU, the median over five batches of
8 (a batch on a kink of a leaky ReLU differs by 1e-3, whoever computes it). `bits`: 50 steps with K = 5 under
several XLA flags, in two processes each: a digest of the state, and of the same steps in other calls and
after a resume.
Every case is a process; results go to results/gpu_check.json.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
FLAGS = {
    "default": "",
    "deterministic": "--xla_gpu_deterministic_ops=true",
    "exclude": "--xla_gpu_exclude_nondeterministic_ops=true",
}
_STEPS = 50
_ONE_UPDATE = {"train__batch_size": 8, "objective__critic_updates": 1, "data__name": "digits"}


def cases():
    """{name: (setting, XLA flags)} of every process."""
    ways = ("auto", "matmul", "xla", "winograd")
    kinds = {
        ("float64", "full"): ways,
        ("float32", "full"): ways,
        ("float32", "tf32"): ways[:3],
        ("float32", "bfloat16"): ways,
    }
    found = {
        f"equivalence, {dtype}, {precision}, {implementation}": (
            {"kind": "equivalence", "dtype": dtype, "precision": precision, "implementation": implementation},
            FLAGS["deterministic"],
        )
        for (dtype, precision), implementations in kinds.items()
        for implementation in implementations
    }
    runs = [("deterministic", "tf32", "auto"), ("exclude", "tf32", "auto"), ("default", "tf32", "auto")]
    for flags, precision, implementation in runs:
        setting = {"kind": "bits", "precision": precision, "implementation": implementation}
        for process in (1, 2):
            found[f"bits, {flags}, {implementation}, {precision}, process {process}"] = setting, FLAGS[flags]
    found["pmap on one device"] = {"kind": "pmap"}, ""
    return found


def equivalence(setting):
    """Median relative differences of one step from PyTorch in float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import common
    import numpy as np

    sys.path.insert(0, str(TESTS))
    from reference import bridge, compare, inputs, training
    from reference.measure import dead_biases, difference, worst_leaf
    from step_helpers import take

    jax.config.update("jax_disable_most_optimizations", False)  # as users have it; the tests set it

    from cwgan_jax import config, data

    changes = _ONE_UPDATE | {"model__features": setting["features"]}
    cfg = common.cwgan_gp_conv(
        **changes,
        model__dtype=setting["dtype"],
        model__precision=setting["precision"],
        model__implementation=setting["implementation"],
    )
    exact = common.cwgan_gp_conv(**changes, model__dtype="float64")
    ours, exact = common.setting_of(cfg), common.setting_of(exact)
    dataset = data.load(config.Data(name="digits", size=32), "train")
    state = common.initial(ours)
    wide = jax.tree.map(lambda x: x.astype(np.float64) if x.dtype == np.float32 else x, jax.device_get(state))
    found = []
    for n in range(1 if setting["dtype"] == "float64" else 5):
        batch = inputs.batch(cfg, dataset, n)
        draws = [
            training.Draw(*(x.double() if x.is_floating_point() else x for x in draw))
            for draw in bridge.draws(ours, n, batch)
        ]
        lost, gradients = torch_step(exact, wide, draws)
        begun = state._replace(step=jax.numpy.asarray(n, jax.numpy.int32))
        new, metrics = take(ours, begun, batch)
        row = {name: difference(metrics[name], getattr(lost, name)) for name in compare.LOSSES}
        for name, gradient in gradients.items():
            moment = new.players[name].optimizer[0].mu
            own = jax.tree.map(lambda m: m / (1 - cfg.optimizer.beta1), moment)
            row[f"gradient of the {name}"] = worst_leaf(own, gradient, dead=dead_biases(gradient))
        found.append(row)
    return {name: float(np.median([row[name] for row in found])) for name in found[0]}


def torch_step(setting, state, draws):
    """PyTorch's losses of a step with K = 1, and the gradients of both networks."""
    from reference import bridge, compare, training

    pair = bridge.carried(setting, state)
    gradients = {"critic": compare.critic_gradient(setting, state, draws[0])}
    lost = training.train_step(*pair, *bridge.adams(setting.config, pair), draws, 10.0, updates=1)
    template = state.players["generator"].params
    return lost, gradients | {"generator": bridge.gradients(pair[0], setting, template)}


def bits(setting):
    """Digests of the state after the same steps, made in several ways in this process."""
    import common
    import jax
    import numpy as np

    from cwgan_jax import data

    cfg = common.cwgan_gp_conv(
        model__features=setting["features"],
        model__precision=setting["precision"],
        model__implementation=setting["implementation"],
    )
    digits = data.load(data_section(cfg), "train")

    def trained(runner, state, first, stop, count):
        state = runner.place(state)
        for n in range(first, stop, count):
            index = data.indices(0, n, count, digits.size, cfg.train.batch_size)
            state, _ = runner(state, {"real": index})
        return jax.device_get(state)

    def digest(state):
        total = hashlib.sha256()
        for leaf in jax.tree.leaves(state):
            total.update(np.ascontiguousarray(leaf).tobytes())
        return total.hexdigest()[:12]

    (tens, begin), (other, _) = (common.runner_of(cfg, digits, count) for count in (10, 25))
    begin = jax.device_get(begin)
    half = trained(other, begin, 0, _STEPS // 2, 25)
    return {
        "calls of 10": digest(trained(tens, begin, 0, _STEPS, 10)),
        "again": digest(trained(tens, begin, 0, _STEPS, 10)),
        "calls of 25": digest(trained(other, begin, 0, _STEPS, 25)),
        "resumed halfway": digest(trained(other, half, _STEPS // 2, _STEPS, 25)),
    }


def data_section(cfg):
    """The bundled digits at the size of the system."""
    import dataclasses

    return dataclasses.replace(cfg.data, name="digits")


def pmap(setting):
    """The step under pmap with one device against the one under jit: relative differences in float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import functools

    import common
    import numpy as np

    from cwgan_jax.algorithms import adversarial
    from cwgan_jax.parallel.collectives import over_devices

    cfg = common.cwgan_gp_conv(model__features=setting["features"] // 4, model__dtype="float64")
    setting = common.setting_of(cfg)
    state, batch = common.initial(setting), common.random_batch(cfg)
    plain = functools.partial(adversarial.train_step, setting)
    mapped = jax.pmap(
        functools.partial(plain, reduce=over_devices("device", 1)),
        axis_name="device",
        in_axes=(None, 0),
        out_axes=None,
    )
    alone, beside = state, state
    for _ in range(10):
        alone, _ = jax.jit(plain)(alone, batch)
        beside, _ = mapped(beside, jax.tree.map(lambda x: x[None], batch))
    apart = [
        float(np.linalg.norm(np.float64(a) - np.float64(b)) / max(np.linalg.norm(np.float64(a)), 1e-300))
        for a, b in zip(jax.tree.leaves(alone), jax.tree.leaves(beside), strict=True)
    ]
    return {"largest relative difference of a leaf after 10 steps": max(apart)}


def run(name, setting, flags):
    """One case in a process of its own: what it found, or None."""
    environment = os.environ | {"XLA_FLAGS": flags, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    environment["OMP_NUM_THREADS"] = "1"  # PyTorch's, of several processes side by side
    command = [sys.executable, __file__, f"--child={json.dumps(setting)}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name}: FAILED: {done.stderr[-600:]}", flush=True)
        return None
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{name}: { ({k: f'{v:.1e}' if isinstance(v, float) else v for k, v in found.items()}) }", flush=True
    )
    return found


def main():
    """Several cases at a time, a process each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--child")
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--at_once", type=int, default=12)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if options.child:
        setting = json.loads(options.child)
        made = {"equivalence": equivalence, "bits": bits, "pmap": pmap}[setting["kind"]](setting)
        print(json.dumps(made), flush=True)
        return
    import common

    result = common.environment("torch") | {"features": options.features, "cases": {}}
    with ThreadPoolExecutor(options.at_once) as pool:
        running = {
            pool.submit(run, name, setting | {"features": options.features}, flags): name
            for name, (setting, flags) in cases().items()
            if options.only in name
        }
        for future in as_completed(running):
            if found := future.result():
                result["cases"][running[future]] = found
                common.write("gpu_check", result, quiet=True)


if __name__ == "__main__":
    main()
