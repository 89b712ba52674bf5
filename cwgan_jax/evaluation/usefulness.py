"""Does it help a classifier? Trained on generated images and tested on real ones, or on both together.

GAN-train of Shmelkov et al. 2018 (arXiv:1807.09499); GAN-test is the label agreement of `figures`.
"""

from typing import Any

import numpy as np

from cwgan_jax import data
from cwgan_jax.data import conditions
from cwgan_jax.data.codec import Codec
from cwgan_jax.evaluation import conditioned, reader
from cwgan_jax.evaluation.judge import BATCH, OnStep, train
from cwgan_jax.evaluation.measure import Set, rounded
from cwgan_jax.metrics import conditions as of_conditions
from cwgan_jax.metrics import labels
from cwgan_jax.metrics.figure import Figure

REAL = (10, 100, 1000)  # real images that generated ones are added to
_WIDTH = 16  # of the classifiers: half of the judge's, since eight of them are trained
_STEPS = 300
_EPOCHS = 4

GAN_TRAIN = Figure(
    "GAN-train", "near floor", "accuracy on real test images of a classifier that saw generated ones only"
)


def gan_train(images: Set, real: data.Dataset, test: data.Dataset, progress: OnStep) -> dict[str, Any]:
    """Accuracy on real test images of a classifier that saw generated images only, and of one of real ones.

    Both see equally many images (as far as there are real ones) and train for equally many steps.

    Args:
      images: the generated images, with the labels they were made for.
      real: the training split.
      test: held-out real images.
      progress: called with (done, total).
    """
    generated, alone, total = _sides(images.image, images.label.astype(np.int32), real)
    of_generated = _accuracies("generated", generated, test, total, progress, (0, 2))
    of_real = _accuracies("real", alone, test, total, progress, (1, 2))
    return of_generated | of_real | {"images": generated.size, "real_images": alone.size}


def transfer(
    examples: conditioned.Set, real: data.Dataset, test: data.Dataset, codec: Codec, progress: OnStep
) -> dict[str, Any]:
    """What a reader that saw generated examples only reads in real test examples, beside one of real ones.

    As `gan_train`, for any kind of data and any condition: of classes, labels and words the shares that are
    right, of numbers the error.

    Args:
      examples: the generated ones, with the conditions they were made for.
      real: the training split.
      test: held-out real examples.
      codec: of the kind of data.
      progress: called with (done, total).

    Returns:
      `generated` and `real`, the figures of `metrics.conditions` by name; `images` and `real_images`, how
      many examples there were.
    """
    schema = real.schema
    stored = examples.condition.argmax(1).astype(np.int32) if real.class_names else examples.condition
    generated, alone, total = _sides(examples.example, stored, real)
    asked = conditions.vectors(schema, test.condition)
    result: dict[str, Any] = {"images": generated.size, "real_images": alone.size}
    for place, (name, side) in enumerate((("generated", generated), ("real", alone))):

        def told(done: int, steps: int, place: int = place) -> None:
            progress(place * steps + done, 2 * steps)

        made = reader.train(side, codec, told, epochs=0, least=total, width=_WIDTH)
        result[name] = of_conditions.values(schema, asked, made.read(test.example).condition)
    return result


def transfer_metrics(result: dict[str, Any], schema: conditions.Schema) -> dict[str, Any]:
    """The figures of `transfer` in the form of the others: of each part the first one."""
    if not (trained := result.get("transfer")):
        return {}
    about = "on real test examples, of a reader that saw generated ones only; real: of one that saw real ones"
    entries = {}
    for name, figure in of_conditions.figures(schema).items():
        if name in trained["generated"] and name.startswith(("agreement", "exact", "error")):
            made = figure._replace(
                title=f"{figure.title}, trained on generated", better="near floor", about=about
            )
            values = [trained["generated"][name]]
            entries[f"transfer_{name}"] = made.entry(values, trained["real"][name], trained["images"])
    return entries


def _sides(
    example: np.ndarray, condition: np.ndarray, real: data.Dataset
) -> tuple[data.Dataset, data.Dataset, int]:
    """Generated examples, at most as many real ones, and for how many steps to train on either."""
    count = min(len(example), real.size)
    some = data.indices(1, 0, 1, real.size, count)[0]
    alone = real._replace(example=real.example[some], condition=real.condition[some])
    return (
        real._replace(example=example, condition=condition),
        alone,
        max(_STEPS, _EPOCHS * len(example) // BATCH),
    )


def metrics(result: dict[str, Any]) -> dict[str, Any]:
    """GAN-train in the form of the other figures; empty where it was not measured."""
    if not (trained := result.get("gan_train")):
        return {}
    return {"gan_train": GAN_TRAIN.entry([trained["generated"]], trained["real"], trained["images"])}


def augmentation(
    images: Set, real: data.Dataset, test: data.Dataset, progress: OnStep
) -> list[dict[str, Any]]:
    """Accuracy on real test images of classifiers of few real images, without and with generated ones.

    10, 100 and 1,000 real training images, one random choice of each. Beside generated ones they are repeated
    until they are as many; equally many steps either way. The generator saw all the training images: this
    says what its images are worth to someone who has it and few real ones, not that a GAN makes much out of
    little.

    Args:
      images: the generated images, with the labels they were made for.
      real: the training split.
      test: held-out real images.
      progress: called with (done, total).
    """
    rows = []
    sizes = [size for size in REAL if size <= len(real.label)]
    for i, size in enumerate(sizes):
        few = balanced(real.label, size)
        image, label = real.image[few], real.label[few]
        times = -(-len(images.image) // size)
        both = data.Dataset(
            np.concatenate([np.tile(image, (times, 1, 1, 1)), images.image]),
            np.concatenate([np.tile(label, times), images.label]).astype(np.int32),
            test.schema,
        )
        alone = data.Dataset(image, label, test.schema)
        row: dict[str, Any] = {"real_images": size}
        row |= _accuracies("without", alone, test, _STEPS, progress, (2 * i, 2 * len(sizes)))
        row |= _accuracies("with", both, test, _STEPS, progress, (2 * i + 1, 2 * len(sizes)))
        rows.append(row)
    return rows


def balanced(label: np.ndarray, count: int) -> np.ndarray:
    """Numbers i[count] of randomly chosen examples, of each class as evenly as can be."""
    order = data.indices(0, 0, 1, len(label), len(label))[0]
    turn = np.empty(len(label), int)
    for c in np.unique(label):
        members = order[label[order] == c]
        turn[members] = np.arange(len(members))
    return np.sort(np.lexsort((label, turn))[:count])


def _accuracies(
    name: str, dataset: data.Dataset, test: data.Dataset, steps: int, progress: OnStep, part: tuple[int, int]
) -> dict[str, Any]:
    """Trains a classifier, the part[0]-th of part[1]; its accuracy, in all and by class."""
    place, parts = part
    classifier = train(
        dataset,
        lambda done, total: progress(place * total + done, parts * total),
        epochs=0,
        least=steps,
        width=_WIDTH,
    )
    read, classes = classifier.read(test.image).label, len(test.class_names)
    each = labels.per_class(test.label, read, classes)
    return {name: labels.agreement(test.label, read), f"{name}_per_class": rounded(each)}
