"""Which generated examples are kept: no near-copies, and only what is read as it was asked for."""

from typing import NamedTuple

import numpy as np

from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.evaluation.reader import Reader
from cwgan_jax.metrics.neighbours import nearest

_NEAR = 0.01  # quantile of the distances of held-out examples below which a generated one is a copy
_FAR = 0.95  # quantile of the reader's errors on held-out examples above which one is misread


class Checks(NamedTuple):
    """What is known of real examples.

    Attributes:
      reader: of conditions.
      features: f32[N, 128] of the training examples.
      near: the distance to a training example below which an example counts as a copy.
      far: part -> the error in what is read above which an example counts as misread.
    """

    reader: Reader
    features: np.ndarray
    near: float
    far: dict[str, float]

    def faults(self, example: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Judges stored examples [n, ...] that were drawn for conditions f[n, C].

        Returns:
          bool[n], which are near-copies of training examples, and bool[n], which are misread.
        """
        reading = self.reader.read(example)
        copies = nearest(reading.features, self.features)[1] <= self.near
        errors = errors_of(self.reader.schema, reading.condition, vectors)
        misread = np.zeros(len(example), bool)
        for name, error in errors.items():
            misread |= error > self.far[name]
        return copies, misread


def learn(train: Dataset, held_out: Dataset | None, reader: Reader) -> Checks:
    """Learns from held-out examples how near to the training set, and how far from what is read, is usual.

    Where none are held out, one half of the training examples stands for them: for their errors, which are
    then too small, and for their distances to the other half, which are too large.

    Args:
      train: the training split.
      held_out: other real examples, or None.
      reader: trained on the training split.
    """
    reading = reader.read(train.example)
    if held_out is None:
        real, vectors = reader.read(train.example), conditions.vectors(train.schema, train.condition)
        distance = nearest(real.features[::2], real.features[1::2])[1]
    else:
        real, vectors = reader.read(held_out.example), conditions.vectors(train.schema, held_out.condition)
        distance = nearest(real.features, reading.features)[1]
    errors = errors_of(train.schema, real.condition, vectors)
    far = {part.name: 0.0 if part.kind == "class" else _quantile(errors[part.name]) for part in train.schema}
    return Checks(reader, reading.features, float(np.quantile(distance, _NEAR)), far)


def _quantile(errors: np.ndarray) -> float:
    return float(np.quantile(errors, _FAR))


def errors_of(schema: Schema, read: np.ndarray, vectors: np.ndarray) -> dict[str, np.ndarray]:
    """How far what is read f[n, C] is from what was asked for f[n, C]: part -> f[n].

    Of a class 0 or 1; of labels and words the share that is read wrongly; of numbers the distance, in
    standard deviations.
    """
    errors = {}
    for part in schema:
        mine, theirs = (x[:, conditions.spans(schema)[part.name]] for x in (read, vectors))
        if part.kind == "class":
            errors[part.name] = (mine.argmax(1) != theirs.argmax(1)).astype(float)
        elif part.kind in ("labels", "text"):
            errors[part.name] = ((mine > 0.5) != (theirs > 0.5)).mean(1)
        else:
            errors[part.name] = np.linalg.norm(mine - theirs, axis=1)
    return errors
