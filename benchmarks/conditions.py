"""Are pictures what their conditions say? Numbers and captions, seen and held out, beside real pictures.

    python benchmarks/conditions.py --task=numbers [--seeds=3] [--minutes=60] [--only embedding hard]
    python benchmarks/conditions.py --task=captions
    python benchmarks/conditions.py --task=numbers --workdir=runs/rotated_digits   # one run, not the table

`numbers`: configs/rotated_digits.py as it is (an embedding network), with the two kinds of vicinal sampling,
with a table alone (plain concatenation), and with the numbers cut into ten bins each, which are classes; the
same steps each. `captions`: configs/coloured_digits.py as it is, without the auxiliary classifier, and with
words alone. Everything else as in the config. Readers of its own (condition_readers.py) read what is shown;
they have never seen the digits that generators are trained on. Real pictures of those digits, drawn anew
under the same conditions, give the floor.

Runs that are complete are not trained again, one that was stopped goes on; after --minutes no further run is
begun. Writes results/conditions_TASK.json after each.
"""

import argparse
import contextlib
import io
import json
import time
from pathlib import Path

import common
import condition_readers as readers
import numpy as np

from cwgan_jax import config as config_
from cwgan_jax import data
from cwgan_jax.algorithms import Request, generation
from cwgan_jax.cli import configs, settings
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import parts
from cwgan_jax.data.conditions.text import Text
from cwgan_jax.data.sets import coloured_digits, renderings, rotated_digits
from cwgan_jax.sampling import load
from cwgan_jax.training import loop, plan

ROOT = Path(__file__).parents[1]
COUNT, BINS = 4000, 10
SYSTEMS = {
    "numbers": {
        "embedding": {},
        "hard": {"data.vicinity": "hard"},
        "soft": {"data.vicinity": "soft"},
        "concatenated": {"model.condition_layers": "0"},
        "bins": {"data.name": "binned_digits", "model.condition_layers": "0"},
    },
    "captions": {
        "pairs": {},
        "unread": {"objective.auxiliary.critic": "0", "objective.auxiliary.generator": "0"},
        "words": {"data.name": "bag_of_words"},
    },
}
CONFIGS = {"numbers": "rotated_digits", "captions": "coloured_digits"}


def _binned(source, schema, columns):
    """A source under other conditions."""
    condition = conditions.encode(schema, columns)
    read = lambda numbers: ((x, condition[i]) for i, (x, _) in zip(numbers, source.read(numbers)))  # noqa: B905, E731
    return source._replace(schema=schema, read=read, conditions=lambda: condition)


def bins_of(columns):
    """The conditions of the numbers, with the angle and the stroke as classes of ten bins each."""
    names = tuple(map(str, range(BINS)))
    schema = (rotated_digits.SCHEMA[0], parts.Classes("angle", names), parts.Classes("stroke", names))
    for name, (low, high) in (("angle", rotated_digits.ANGLE), ("stroke", rotated_digits.STROKE)):
        share = (np.asarray(columns[name]) - low) / (high - low)
        columns = columns | {name: np.clip((BINS * share).astype(int), 0, BINS - 1).tolist()}
    return schema, columns


def binned_digits(section, split):
    """`rotated_digits` with bins in place of numbers."""
    source = rotated_digits.source(section, split)
    return _binned(source, *bins_of(conditions.decode(source.schema, source.conditions())))


def bag_of_words(section, split):
    """`coloured_digits` with captions as sets of words."""
    source = coloured_digits.source(section, split)
    captions = conditions.decode(source.schema, source.conditions())
    seen = [each.caption for each in coloured_digits.combinations()[0]]
    return _binned(source, (Text.of("caption", seen, ngrams=1),), captions)


data.DATASETS |= {"binned_digits": binned_digits, "bag_of_words": bag_of_words}


def asked_numbers():
    """Conditions of the measurement: half of the angles as in training, half in the band held out."""
    draw = np.random.default_rng(5)
    digit, label = (x[:: renderings.EACH] for x in renderings.digits("train"))
    some = draw.integers(0, len(label), COUNT)
    low, high = rotated_digits.HELD_OUT
    angle = draw.uniform(rotated_digits.ANGLE[0], rotated_digits.ANGLE[1] - (high - low), COUNT)
    angle[angle >= low] += high - low
    angle[COUNT // 2 :] = draw.uniform(low, high, COUNT - COUNT // 2)
    stroke = draw.uniform(*rotated_digits.STROKE, COUNT)
    return digit[some], label[some], angle, stroke


def figures_of_numbers(reader, image, asked):
    """How far what is read is from what was asked, seen and held out."""
    _, label, angle, stroke = asked
    digit, turned, thick = readers.read_rotated(reader, image)
    result = {}
    for name, here in (("seen", slice(0, COUNT // 2)), ("held_out", slice(COUNT // 2, None))):
        result |= {
            f"angle_{name}": float(np.abs(turned - angle)[here].mean()),
            f"angle_bias_{name}": float((turned - angle)[here].mean()),
            f"stroke_{name}": float(np.abs(thick - stroke)[here].mean()),
            f"digit_{name}": float((digit == label)[here].mean()),
        }
    return result


def numbers(options, model=None):
    """Figures of a model; of none: of real pictures."""
    size = 16 if model is None else model.data["shape"][0]
    reader, asked = readers.of_rotated(size, options.runs / "readers"), asked_numbers()
    if model is None:
        return figures_of_numbers(reader, readers.pictures(*asked, size), asked)
    columns = {"digit": asked[1].tolist(), "angle": asked[2], "stroke": asked[3]}
    if model.config.data.name == "binned_digits":
        _, columns = bins_of(columns)
    return figures_of_numbers(reader, drawn(model, columns), asked)


def drawn(model, columns):
    """A generated picture of each condition."""
    condition = conditions.encode(model.schema, columns).astype(model.dtype)
    latent = generation.latents(1, 0, len(condition), size=model.config.model.latent, dtype=model.dtype)
    return model.draw(Request(latent, condition))


def captions(options, model=None):
    """Figures of a model, of captions seen and held out; of none: of real pictures of the test split."""
    size = 16 if model is None else model.data["shape"][0]
    reader, result = readers.of_inks(size, options.runs / "readers"), {}
    for name, some in zip(("seen", "held_out"), coloured_digits.combinations(), strict=True):
        shown = [some[i % len(some)] for i in range(COUNT // 2)]
        if model is None:
            image = real_colours(shown, size)
        else:
            image = drawn(model, {"caption": [each.caption for each in shown]})
        right = readers.read_coloured(reader, image) == np.array(shown)
        for i, part in enumerate(("digit", "ink", "paper")):
            result[f"{part}_{name}"] = float(right[:, i].mean())
        result[f"all_{name}"] = float(right.all(1).mean())
    return result


def real_colours(shown, size):
    """Pictures of training digits under these combinations."""
    digit, label = (x[:: renderings.EACH] for x in renderings.digits("train"))
    draw = np.random.default_rng(6)
    chosen = [draw.choice(np.flatnonzero(label == each.digit)) for each in shown]
    source = coloured_digits.pictures(digit[chosen], shown, draw.uniform(0, 1, (len(shown), 2, 3)))
    return readers.to_arrays(source, (size, size), 3)[0]


def train(options, system, seed):
    """Trains a system to the end; its model and the minutes of this call."""
    changes = {"seed": str(seed), **SYSTEMS[options.task][system], **dict(options.override)}
    if options.steps:
        changes |= {"train.steps": str(options.steps), "ramp.end": str(options.steps)}
    path = ROOT / "configs" / f"{CONFIGS[options.task]}.py"
    cfg = config_.resolve(configs.load_config(path), changes)
    settings.set_up_jax(cfg)
    name = f"{options.task}-{system.replace(', ', '-')}{options.tag}-{cfg.train.steps}-{seed}"
    folder, start = options.runs / name, time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        status = loop.run(plan.make(cfg), folder)
    if status:
        raise SystemExit(status)
    return model_of(folder), (time.perf_counter() - start) / 60


def model_of(folder):
    """The newest model of a run."""
    return load.load(*load.find(folder), set_up=lambda config: None, warn=print)


def shown(figures):
    """On one line."""
    return "  ".join(f"{name} {x:.3g}" for name, x in figures.items())


def main():
    """Trains what is missing, measures, writes and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=SYSTEMS, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--override", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    parser.add_argument("--tag", default="", help="of a pilot with --override, whose results stay apart")
    parser.add_argument("--runs", type=Path, default=Path("runs/conditions"))
    parser.add_argument("--workdir", type=Path, help="of one run, which is measured alone")
    options = parser.parse_args()
    measure, start = {"numbers": numbers, "captions": captions}[options.task], time.perf_counter()
    print(f"{'real':14} {shown(real := measure(options))}", flush=True)
    if options.workdir:
        print(f"{options.workdir.name:14} {shown(measure(options, model_of(options.workdir)))}")
        return
    name = f"conditions_{options.task}{options.tag}"
    path = common.RESULTS / f"{name}.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else {}
    for seed in range(options.seeds):
        for system in options.only or SYSTEMS[options.task]:
            key = f"{system} {seed}"
            if key in rows or time.perf_counter() - start > 60 * options.minutes:
                continue
            model, minutes = train(options, system, seed)
            rows[key] = measure(options, model) | {"minutes": round(minutes, 2), "step": model.step}
            print(f"{key:14} {shown(rows[key])}", flush=True)
            common.write(name, common.environment() | {"real": real, "rows": rows}, quiet=True)


if __name__ == "__main__":
    main()
