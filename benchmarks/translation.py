"""Do translations keep what a picture shows? CycleGAN between domains whose true pairs are known.

    python benchmarks/translation.py letters digits          # cases of CASES; all, if none are named
    python benchmarks/translation.py --pictures               # draws docs/images/translation_*.png

`letters`: capital letters in two typefaces (configs/cyclegan.py:letters). `digits`: the bundled digits and
the same digits turned by 90 degrees (configs/cyclegan.py:quick), where no digit of the training splits is in
both sets: one has the odd ones, the other the even ones. It starts aligned; `digits, from new weights` does
not.

Training sees no pairs and no labels. Afterwards the held-out pictures of each domain are translated: the
share that a judge (a support vector machine that knows the other domain's training split) reads as what they
were, the same after the best renaming of the classes, the distance to the true partner, and what is lost on
the way there and back; beside the identity map's figures and those of untrained translators. Distances are
mean absolute differences, white is 1. A run that was stopped goes on. Writes results/translation.json.
"""

import argparse
import contextlib
import io
import json
import time
from pathlib import Path

import common
import jax
import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.svm import SVC

from cwgan_jax import algorithms, data
from cwgan_jax import config as config_
from cwgan_jax.cli import configs, settings
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import translate
from cwgan_jax.training import loop, plan

ROOT = Path(__file__).parents[1]
CASES = {
    "letters": ("letters", {}),
    "digits": ("quick", {"data.domains": "odd_digits,even_turned_digits"}),
    "digits, from new weights": (
        "quick",
        {"data.domains": "odd_digits,even_turned_digits", "translation.aligned_start": "false"},
    ),
}


def half(name, first):
    """A data set of every second example of another's training split, and its whole test split."""

    def source(section, split):
        whole = data.DATASETS[name](section, split)
        chosen = np.arange(first, whole.size, 2) if split == "train" else np.arange(whole.size)
        return whole._replace(
            size=len(chosen),
            read=lambda numbers: whole.read([int(chosen[i]) for i in numbers]),
            conditions=lambda: np.asarray(whole.conditions())[chosen],
        )

    return source


data.DATASETS["odd_digits"] = half("digits", 1)
data.DATASETS["even_turned_digits"] = half("turned_digits", 0)


def train(options, name):
    """Trains a case to the end: the folder of its run, and the seconds of this call."""
    started = time.perf_counter()
    variant, changes = CASES[name]
    folder = options.runs / f"{name}-{options.seed}".replace(", ", "-").replace(" ", "_")
    cfg = config_.resolve(
        configs.load_config(ROOT / "configs" / f"cyclegan.py:{variant}"),
        {**changes, **dict(options.override), "seed": str(options.seed), "train.devices": "1"},
    )
    settings.set_up_jax(cfg)
    print(f"{name}: {cfg.train.steps} steps", flush=True)
    with contextlib.redirect_stdout(io.StringIO()):
        status = loop.run(plan.make(cfg), folder)
    if status:
        raise SystemExit(status)
    return folder, time.perf_counter() - started


def model_of(folder, step=None):
    """The translators of a run."""
    return translate.load(folder / "checkpoints", step, set_up=lambda config: None, warn=print)


def untrained(model):
    """The same as they start."""
    state = jax.device_get(algorithms.initial(model.algorithm, model.config.seed))
    return model._replace(state=state, step=0)


def measure(model, test, judges):
    """Figures of both directions."""
    found = {}
    for way, (source, target) in {"AtoB": "AB", "BtoA": "BA"}.items():
        image = model(test[source].image, way)
        back = model(image, "BtoA" if way == "AtoB" else "AtoB")
        found[way] = {
            **agreement(judges[target], image, test[source].label),
            "to partner": distance(image, test[target].image),
            "there and back": distance(back, test[source].image),
        }
    return found


def floors(test, judges):
    """The figures of the identity map, and of the true partners."""
    result = {"identity": {}, "true partners": {}}
    for way, (source, target) in {"AtoB": "AB", "BtoA": "BA"}.items():
        for name, image in (("identity", test[source].image), ("true partners", test[target].image)):
            found = agreement(judges[target], image, test[source].label)
            result[name][way] = found | {"to partner": distance(image, test[target].image)}
    return result


def agreement(judge, image, label):
    """The share that is read as its label; and with classes renamed, one to one, as it suits best."""
    read = judge.predict(flat(image))
    table = np.zeros((label.max() + 1,) * 2, int)
    np.add.at(table, (label, read), 1)
    rows, columns = linear_sum_assignment(-table)
    return {
        "agreement": float((read == label).mean()),
        "renamed": float(table[rows, columns].sum() / len(label)),
    }


def distance(a, b):
    """Mean absolute difference of pictures u8, white is 1."""
    return float(np.abs(a.astype(float) - b).mean() / 255)


def flat(image):
    """u8[N, H, W, D] -> f[N, H W D]."""
    return image.reshape(len(image), -1) / 255


def splits(cfg):
    """Test splits by domain, and a judge of each domain."""
    section = cfg.data
    known = {
        domain: SVC(C=10).fit(flat(each.image), each.label)
        for domain, each in data.load_domains(section, "train").items()
    }
    return data.load_domains(section, "test"), known


def picture(model, test, path):
    """Draws real pictures, their translations, the true partners, and what comes back."""
    panels = []
    for way, (source, target) in {"AtoB": "AB", "BtoA": "BA"}.items():
        classes = test[source].label.max() + 1
        chosen = [np.flatnonzero(test[source].label == c)[0] for c in range(min(classes, 13))]
        real, partner = test[source].image[chosen], test[target].image[chosen]
        image = model(real, way)
        back = model(image, "BtoA" if way == "AtoB" else "AtoB")
        panels.append(sheets.Panel(way, np.stack([real, image, partner, back])))
    names = ("real", "translated", "true partner", "and back")
    sheets.save_png(sheets.sheet(panels, row_names=names), path)


def main():
    """Trains what is missing, measures, writes and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], default=list(CASES))
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "translation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", action="store_true", help="draw for docs/images too")
    parser.add_argument("--override", type=lambda x: tuple(x.split("=", 1)), action="append", default=[])
    options = parser.parse_args()
    path = common.RESULTS / "translation.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    result |= common.environment()
    for name in options.cases:
        folder, seconds = train(options, name)
        model = model_of(folder)
        test, judges = splits(model.config)
        found = {
            "trained": measure(model, test, judges),
            "untrained": measure(untrained(model), test, judges),
        }
        key = name if options.seed == 0 else f"{name}, seed {options.seed}"
        result[key] = {"steps": model.step, "seconds": round(seconds), **found, **floors(test, judges)}
        common.write("translation", result, quiet=True)
        for kind in ("trained", "untrained", "identity", "true partners"):
            for way, figures in result[key][kind].items():
                print(f"  {kind} {way}: " + "  ".join(f"{a} {b:.3f}" for a, b in figures.items()), flush=True)
        if options.pictures:
            name = key.replace(", ", "_").replace(" ", "_")
            picture(model, test, ROOT / "docs" / "images" / f"translation_{name}.png")


if __name__ == "__main__":
    main()
