"""Do generated examples help a classifier of few real ones, if the generator saw no more than these?

    python benchmarks/augmentation.py [--sets digits breast_cancer] [--few 10 20] [--imbalanced=100]

For each data set, number of real examples and seed: some training examples of each class are chosen. A
generator is trained on these alone, and so is the reader that throws out what is misread. A classifier (an
RBF support vector machine) is trained on the real ones, on generated ones, and on both; beside class
weights, oversampling, SMOTE (imbalanced-learn) and, of pictures, shifts. All are tested on the whole
held-out split: balanced accuracy. With --imbalanced, half of the classes have that many examples instead.
Writes results/augmentation.json after each run, and goes on from there; at the end it says whether it helped.
"""

import argparse
import json
import warnings

import common
import numpy as np

import cwgan_jax as cg
from cwgan_jax import config, data
from cwgan_jax.augmentation import checks, job
from cwgan_jax.augmentation.groups import groups, part_of
from cwgan_jax.evaluation import reader

RECIPES = {"digits": "digits", "breast_cancer": "table", "wine": "table"}
FIRST = "real alone"
GENERATED = ("generated alone", "real and generated", "real and generated, unchecked")
SHIFTS = [(0, 2), (2, 0), (0, -2), (-2, 0)]  # pixels, of pictures of 16x16


def load(name):
    """Both splits as (values in their own units, class numbers)."""
    splits = [data.load(config.Data(name=name, size=16), split) for split in ("train", "test")]
    plain = [x.example if x.scaling is None else x.scaling.decode(np.asarray(x.example)) for x in splits]
    return [(x, each.label) for x, each in zip(plain, splits, strict=True)]


def take(x, rows):
    """Some of the examples, of an array or of columns."""
    return {name: column[rows] for name, column in x.items()} if isinstance(x, dict) else x[rows]


def flat(x):
    """Examples as rows of numbers f[N, F]."""
    if isinstance(x, dict):
        return np.stack([np.asarray(column, float) for column in x.values()], 1)
    return np.asarray(x, float).reshape(len(x), -1)


def chosen(label, few, many, seed):
    """Numbers of the real examples: `few` of every class, but `many` of every second one."""
    draw = np.random.default_rng(seed)
    classes = draw.permutation(np.unique(label))
    counts = {c: many if i % 2 else few for i, c in enumerate(classes)}
    return np.concatenate([draw.permutation(np.flatnonzero(label == c))[:n] for c, n in counts.items()])


def score(x, label, test, **options):
    """Balanced accuracy on the held-out split of a classifier of examples f[N, F]."""
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    model = make_pipeline(StandardScaler(), SVC(C=10.0, **options)).fit(x, label)
    return float(balanced_accuracy_score(test[1], model.predict(flat(test[0]))))


def others(x, label, test, seed, target):
    """What is usually done with few examples."""
    from imblearn.over_sampling import SMOTE, RandomOverSampler

    rows, few = flat(x), int(np.bincount(label).min())
    found = {
        FIRST: score(rows, label, test),
        "class weights": score(rows, label, test, class_weight="balanced"),
    }
    found["oversampling"] = score(*RandomOverSampler(random_state=seed).fit_resample(rows, label), test)
    wanted = {int(c): target for c in np.unique(label)}  # as many as generated ones make
    smote = SMOTE(sampling_strategy=wanted, k_neighbors=min(5, few - 1), random_state=seed)
    found["SMOTE"] = score(*smote.fit_resample(rows, label), test)
    if not isinstance(x, dict):
        moved = [np.roll(x, shift, (1, 2)) for shift in SHIFTS]
        found["shifts"] = score(flat(np.concatenate([x, *moved])), np.tile(label, 5), test)
    return found


class Unchecked:
    """Keeps everything."""

    def faults(self, example, vectors):
        """As `Checks.faults`."""
        return np.zeros(len(example), bool), np.zeros(len(example), bool)


def generated(name, x, label, seed, target, options):
    """What a generator of these real ones makes: (examples, labels) checked, the same unchecked, tallies."""
    settings = {"quality.every": None, "train.sample_every": 10**6, "train.checkpoint_every": 10**6}
    names = np.array([f"class {c}" for c in label])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of constant columns
        model = cg.fit(
            x,
            {"target": names},
            config=RECIPES[name],
            steps=options.steps,
            seed=seed,
            test=0,
            progress=False,
            settings=settings,
        )
    inner = model.engine
    train = data.load(model.config.data, "train")
    part = part_of(train.schema, "")
    found = groups(train, part, 1)
    judge = reader.train(train, inner.kind.codec, seed=seed, least=options.reader_steps)
    learnt = checks.learn(train, None, judge)
    drawn, tallies = [], []
    for each in (learnt, Unchecked()):
        more = job.top_up(inner, train, part, found, each, target=target, seed=seed)
        values = more.example if train.scaling is None else train.scaling.decode(more.example)
        numbers = np.array([int(text.removeprefix("class ")) for text in more.columns["target"]], int)
        drawn.append((flat(values), numbers))
        tallies.append([tally._asdict() for tally in more.tallies])
    return (*drawn, tallies[0])


def measure(name, few, many, seed, options):
    """The balanced accuracy of everything, for one choice of real examples."""
    (x, label), test = load(name)
    rows = chosen(label, few, many, seed)
    x, label = take(x, rows), label[rows]
    target = max(options.target, int(np.bincount(label).max()) + options.target // 2)
    result = others(x, label, test, seed, target)
    kept, every, tallies = generated(name, x, label, seed, target, options)
    real = flat(x)
    if len(np.unique(kept[1])) > 1:
        result["generated alone"] = score(*kept, test)
    both = [(np.concatenate([real, more[0]]), np.concatenate([label, more[1]])) for more in (kept, every)]
    result["real and generated"], result["real and generated, unchecked"] = (score(*x, test) for x in both)
    return {"scores": result, "groups": tallies}


def verdict(runs):
    """In plain words, whether generated examples helped in these runs, which differ in their seed.

    The interval is Student's, at 95 %.
    """
    from scipy.stats import t

    scores = [run["scores"] for run in runs]
    usual = [name for name in scores[0] if name not in GENERATED]
    means = {name: float(np.mean([run[name] for run in scores])) for name in usual}
    best, ours = max(means, key=means.get), "real and generated"
    lines = []
    for other in dict.fromkeys((FIRST, best)):
        difference = np.array([run[ours] - run[other] for run in scores])
        half = t.ppf(0.975, len(scores) - 1) * difference.std(ddof=1) / np.sqrt(len(scores))
        half = half if len(scores) > 1 else np.inf
        sure = abs(difference.mean()) > half
        word = "better" if difference.mean() > 0 else "worse"
        said = f"{word} than {other}" if sure else f"no clear difference from {other}"
        spread = f" +- {half:.3f}" if np.isfinite(half) else ", one seed only"
        lines.append(f"{said} ({difference.mean():+.3f}{spread})")
    return f"{ours}: " + "; ".join(lines)


def main():
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=["digits", "breast_cancer"], choices=RECIPES)
    parser.add_argument("--few", nargs="+", type=int, default=[10, 20])
    parser.add_argument("--imbalanced", type=int, default=None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--reader_steps", type=int, default=1000)
    parser.add_argument("--target", type=int, default=100)
    parser.add_argument("--name", default="augmentation")
    options = parser.parse_args()
    path = common.RESULTS / f"{options.name}.json"
    old = json.loads(path.read_text()) if path.exists() else {}
    result = {
        **common.environment("scikit-learn", "imbalanced-learn"),
        "runs": old.get("runs", {}),
        "verdicts": {},
    }
    for name in options.sets:
        for few in options.few:
            many = options.imbalanced or few
            setting, runs = f"{name}, {few} to {many} of a class, {options.steps} steps", []
            for seed in range(options.seeds):
                key = f"{setting}, seed {seed}"
                if key not in result["runs"]:
                    result["runs"][key] = measure(name, few, many, seed, options)
                    common.write(options.name, result, quiet=True)
                runs.append(result["runs"][key])
                scores = {k: round(x, 3) for k, x in runs[-1]["scores"].items()}
                print(key, scores, flush=True)
            result["verdicts"][setting] = verdict(runs)
            print(f"{setting}: {result['verdicts'][setting]}", flush=True)
    common.write(options.name, result)


if __name__ == "__main__":
    main()
