"""Draws what is missing of every group, and keeps what passes the checks."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.augmentation.checks import Checks
from cwgan_jax.augmentation.groups import Group, asked
from cwgan_jax.data import Dataset
from cwgan_jax.data.conditions import Part
from cwgan_jax.sampling.load import Model

TRIES = 10
"""Examples drawn for one that is needed, at the most."""
_AT_ONCE = 1000


class Tally(NamedTuple):
    """What was done for a group.

    Attributes:
      name: of the group.
      real: training examples.
      wanted: how many were to be added.
      drawn: how many were generated.
      copies: of these, near-copies of training examples.
      misread: of the others, those that are not read as what they were asked for.
      added: how many were kept.
    """

    name: str
    real: int
    wanted: int
    drawn: int
    copies: int
    misread: int
    added: int

    def __str__(self) -> str:
        """On one line."""
        if not self.wanted:
            return f"{self.name}: {self.real:,} real, nothing to add"
        short = f" of {self.wanted:,} wanted" if self.added < self.wanted else ""
        return (
            f"{self.name}: {self.real:,} real, {self.added:,} added{short}; {self.drawn:,} drawn, of which"
            f" {self.copies:,} were near-copies and {self.misread:,} misread"
        )


class Additions(NamedTuple):
    """Generated examples with what they were drawn for.

    Attributes:
      example: as stored, [n, ...].
      columns: part of the condition -> its values [n].
      tallies: one for each group.
    """

    example: np.ndarray
    columns: dict[str, list[Any]]
    tallies: list[Tally]


def top_up(
    model: Model,
    train: Dataset,
    part: Part,
    groups: list[Group],
    checks: Checks,
    *,
    target: int,
    seed: int = 0,
    truncation: float = 1.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Additions:
    """Tops every group up to `target` examples.

    Args:
      model: to draw from.
      train: its training split.
      part: of the condition, by which the examples are grouped.
      groups: see `groups.groups`.
      checks: what is kept.
      target: real and generated examples of a group together; a group that has more gets none.
      seed: of latents and conditions.
      truncation: psi, see `generation.generate`.
      progress: called with (groups done, groups in all).
    """
    examples, tallies = [np.zeros((0, *train.shape), _dtype(train))], []
    columns: dict[str, list[Any]] = {each.name: [] for each in train.schema}
    for number, group in enumerate(groups):
        draw = np.random.default_rng((seed, number))
        wanted = max(0, target - len(group.members))
        drawn = copies = misread = added = 0
        while added < wanted and drawn < TRIES * wanted:
            count = min(_AT_ONCE, TRIES * wanted - drawn, max(wanted - added, 100))
            values, vectors = asked(train, part, group, count, draw)
            latent = model.each_latent(seed, np.asarray(number), np.arange(drawn, drawn + count))
            example = model.examples(latent, vectors.astype(latent.dtype), truncation=truncation)
            copied, wrong = checks.faults(example, vectors)
            kept = np.flatnonzero(~copied & ~wrong)[: wanted - added]
            # What was drawn behind the last one that is needed does not count.
            used = int(kept[-1]) + 1 if len(kept) == wanted - added else count
            drawn, added = drawn + used, added + len(kept)
            copies += int(copied[:used].sum())
            misread += int((wrong & ~copied)[:used].sum())
            examples.append(example[kept])
            for name, column in columns.items():
                column.extend(values[name][i] for i in kept.tolist())
        tallies.append(Tally(group.name, len(group.members), wanted, drawn, copies, misread, added))
        progress(number + 1, len(groups))
    return Additions(np.concatenate(examples), columns, tallies)


def _dtype(train: Dataset) -> np.dtype:
    return np.dtype(np.uint8 if train.kind == "images" and train.scaling is None else np.float32)
