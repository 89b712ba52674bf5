"""Our trainer of tables against `ctgan` (PyPI): the same rows, the same budget, side by side.

    python benchmarks/tables.py [--tables diamonds randhie] [--epochs=10] [--seeds=2]

For each table and seed: ctgan with its defaults for some epochs; ours (configs/table.py) for as many passes
over the rows, and once more for as many seconds as ctgan took. The class is a column for ctgan and the
condition for us; as many rows as there are for training, at most 20,000, are drawn from each, ours under the
classes of training rows, and compared with the held-out 20 %. Both use all cores. Tables that are not named
keep their figures. The recipe was chosen on the held-out rows of `diamonds`; `randhie` had no part in that.
Writes results/tables.json. Takes ctgan, pandas and the packages that the tables come with.
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import common
import jax
import numpy as np

from cwgan_jax import algorithms, config, data, kinds
from cwgan_jax.algorithms import Request, generation
from cwgan_jax.cli import configs
from cwgan_jax.data.codec import NUMBERS
from cwgan_jax.data.tables.columns import Columns
from cwgan_jax.kinds import tables as kind
from cwgan_jax.metrics import tables as metrics

ROWS = 20_000
CALL = 20  # steps of a compiled call
SHOWN = ("c2st", "c2st_auc", "accuracy", "f1", "marginal", "association", "copies")


def rows_of(dataset):
    """In the user's units, the class as a column."""
    return kind.rows(dataset, np.asarray(dataset.example), dataset.condition)


def ours(name, seed, *, epochs=None, seconds=None):
    """Trains ours for some passes or seconds: (generated rows, seconds, steps, passes)."""
    train = data.load(config.Data(name=name), "train")
    cfg = settings(name, seed)
    rounds = cfg.objective.critic_updates if cfg.objective.schedule == "paper" else 1
    per_step = rounds * cfg.train.batch_size / train.size
    start = time.perf_counter()
    if epochs is None:  # a few steps tell how many there is time for, so that the rates can fall to zero
        steps = 20 * CALL
        _, took, compiled = run(cfg, train, 5 * CALL)
        steps = max(CALL, int((seconds - 2 * compiled - took) / took * 5 * CALL) // CALL * CALL)
    else:
        steps = max(CALL, round(epochs / per_step / CALL) * CALL)
    cfg = settings(name, seed, steps)
    algorithm, state = run(cfg, train, steps)[0]
    took = time.perf_counter() - start
    label = train.condition[np.random.default_rng(seed).permutation(train.size)[:ROWS]]
    latent = generation.latents(seed, 0, len(label), size=cfg.model.latent, dtype=np.float32)
    vectors = generation.one_hot(label, len(train.class_names), np.float32)
    example = generation.sample(algorithm, state, Request(latent, vectors), NUMBERS.decode)
    return kind.rows(train, example, label), took, steps, steps * per_step


def settings(name, seed, steps=100):
    """Of configs/table.py."""
    changes = {"seed": seed, "data.name": name, "train.steps": steps, "ramp.end": steps}
    given = configs.load_config(Path(__file__).parents[1] / "configs/table.py")
    return config.resolve(given, {key: str(value) for key, value in changes.items()})


def run(cfg, train, steps):
    """Trains: ((algorithm, state), seconds without compilation, seconds of compilation)."""
    algorithm = algorithms.make(cfg, kinds.spec_of(cfg, data.described(train)))
    state, batch = algorithms.initial(algorithm, cfg.seed), cfg.train.batch_size
    rounds, slot = algorithm.inputs["real"], np.arange(batch, dtype=np.int32)
    example, label = jax.device_put(train.example), jax.device_put(train.condition)

    @jax.jit
    def call(state, index):
        def one(state, index):
            real = data.Examples(example[index], label[index])
            return algorithm.step(state, algorithms.Batch({"real": real}, slot))

        return jax.lax.scan(one, state, index)

    start, compiled = time.perf_counter(), 0.0
    for n in range(0, steps, CALL):
        index = data.indices(cfg.seed, n * rounds, CALL * rounds, train.size, batch)
        state, last = call(state, index.reshape(CALL, rounds, batch))
        jax.block_until_ready(last)
        if n == 0:
            compiled, start = time.perf_counter() - start, time.perf_counter()
    return (algorithm, jax.device_get(state)), time.perf_counter() - start, compiled


def theirs(rows, columns, seed, epochs):
    """Trains ctgan with its defaults: (generated rows, seconds)."""
    import pandas
    import torch
    from ctgan import CTGAN

    warnings.simplefilter("ignore")
    torch.set_num_threads(len(os.sched_getaffinity(0)))  # as XLA takes
    torch.manual_seed(seed)
    np.random.seed(seed)
    frame = pandas.DataFrame(rows)
    categories = [c.name for c in columns.columns if c.blocks and c.blocks[0][0] == "softmax"]
    start = time.perf_counter()
    model = CTGAN(epochs=epochs, enable_gpu=False)
    model.fit(frame, categories)
    took = time.perf_counter() - start
    drawn = model.sample(min(len(frame), ROWS))
    return {name: drawn[name].to_numpy() for name in frame}, took


def main():
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", default=["diamonds", "randhie"])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    path = common.RESULTS / "tables.json"
    old = json.loads(path.read_text())["tables"] if path.exists() else {}
    result = {**common.environment("ctgan", "torch"), "tables": old}
    for name in options.tables:
        train, test = (data.load(config.Data(name=name), split) for split in ("train", "test"))
        real, held_out, target = rows_of(train), rows_of(test), train.schema[0].name
        columns, found = Columns.fit(real), []

        def measure(rows, columns=columns, real=real, held_out=held_out, target=target):
            return metrics.figures(real, held_out, rows, target, columns=columns)

        def note(what, values, more, found=found, name=name):
            found.append({"what": what, **more, **{key: round(values[key], 4) for key in SHOWN}})
            print(name, found[-1], f"load {os.getloadavg()[0]:.1f}", flush=True)

        note("real rows", measure(real), {})
        for seed in range(options.seeds):
            drawn, took = theirs(real, columns, seed, options.epochs)
            note("ctgan", measure(drawn), {"seed": seed, "seconds": round(took, 1), "epochs": options.epochs})
            for what, budget in (("epochs", {"epochs": options.epochs}), ("seconds", {"seconds": took})):
                drawn, mine, steps, epochs = ours(name, seed, **budget)
                more = {"seed": seed, "seconds": round(mine, 1), "epochs": round(epochs, 1), "steps": steps}
                note(f"ours, as many {what}", measure(drawn), more)
        about = {"rows": train.size, "epochs": options.epochs, "load": os.getloadavg()[0]}
        result["tables"][name] = {**about, "figures": found}
        common.write("tables", result, quiet=True)


if __name__ == "__main__":
    main()
