"""How many generated images does a classifier trained on real ones read as the label asked for?

    python benchmarks/label_agreement.py --workdir=runs/digits [--count=1000] [--seeds=3]

The judge is a support-vector machine (RBF kernel, C = 10) on the pixels of the training split of the data
set; it never sees a generated image before it judges. Its own accuracy on the held-out split comes first.
Agreement is given for `--seeds` sets of `--count` images, the classes equally often.
"""

import argparse
import datetime
import json
import platform
import sys
from pathlib import Path

import jax
import numpy as np
from sklearn.svm import SVC

from cwgan_jax import cli, config, data, draw, sampling


def main() -> None:
    """Prints the figures and writes them beside the other results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--train_limit", type=int, default=10000, help="training images for the judge")
    options = parser.parse_args()

    folder, step = draw.find(Path(options.workdir))
    model = draw.load(folder, step, set_up=cli.set_up_jax, warn=lambda line: print(line, file=sys.stderr))
    judge, accuracy = trained_judge(model.config.data, options.train_limit)
    each = options.count // len(model.class_names)
    agreement = [agreement_of(model, judge, each, seed) for seed in range(1, options.seeds + 1)]
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {jax.devices()[0].device_kind}",
        "versions": {"jax": jax.__version__, "numpy": np.__version__},
        "data": model.config.data.name,
        "step": model.step,
        "judge_accuracy_on_held_out_real_images": accuracy,
        "images_per_seed": each * len(model.class_names),
        "agreement_by_seed": agreement,
        "agreement_median": float(np.median(agreement)),
    }
    path = Path(__file__).parent / "results" / f"label_agreement_{model.config.data.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"median {result['agreement_median']:.4f}; written to {path}")


def trained_judge(section: config.Data, limit: int) -> tuple[SVC, float]:
    """The judge, trained on at most `limit` real training images, and its accuracy on the held-out ones."""
    train, test = (data.load(section, split) for split in ("train", "test"))
    judge = SVC(C=10.0).fit(features(train.image[:limit]), train.label[:limit])
    accuracy = float(judge.score(features(test.image), test.label))
    print(f"judge on {len(test.label)} held-out real images: {accuracy:.4f}")
    return judge, accuracy


def agreement_of(model: draw.Model, judge: SVC, each: int, seed: int) -> float:
    """The share of `each` images per class that the judge reads as asked for; seed 0 drew the sheets."""
    classes = list(range(len(model.class_names)))
    size = model.config.model.latent
    image = sampling.rows(
        model.networks, model.generator, seed=seed, classes=classes, columns=each, size=size
    )
    read = judge.predict(features(image.reshape(-1, *image.shape[2:]))).reshape(len(classes), each)
    right = read == np.array(classes)[:, None]
    worst = int(right.mean(1).argmin())
    print(
        f"seed {seed}: {right.mean():.4f} of {right.size} as asked for; worst class"
        f" {model.class_names[worst]} {right[worst].mean():.3f}"
    )
    return float(right.mean())


def features(image: np.ndarray) -> np.ndarray:
    """u8[N, H, W, D] -> f[N, H W D] in [0, 1]."""
    return image.reshape(len(image), -1) / 255.0


if __name__ == "__main__":
    main()
