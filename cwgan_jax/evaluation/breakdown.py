"""Figures of conditions taken apart: by class, label or range of a number; beside held-out real examples."""

from typing import Any

import numpy as np

from cwgan_jax.data.conditions import Part, spans
from cwgan_jax.evaluation.conditioned import Reference, Set
from cwgan_jax.evaluation.measure import rounded
from cwgan_jax.metrics import conditions, labels

BINS = 10
_MOST = 12  # combinations that are listed

Pair = tuple[np.ndarray, np.ndarray]
"""What was asked for and what was read, f[N, width] each."""


def of_parts(reference: Reference, examples: Set, held_out: Set) -> dict[str, dict[str, Any]]:
    """Of each part of the conditions, by its name, what there is to say of it; as JSON.

    Args:
      reference: real training examples.
      examples: generated ones, which were asked for their conditions.
      held_out: real ones that no network was trained on.
    """
    result = {}
    for part in reference.reader.schema:
        span = spans(reference.reader.schema)[part.name]
        pairs = [_pair(each, span) for each in (examples, held_out)]
        known = reference.known[:, span]
        made = _of_number if conditions.MEASURES[part.kind].right is None else _OF[part.kind]
        result[part.name] = {"kind": part.kind, **made(part, known, *pairs)}
    return result


def combinations(reference: Reference, examples: Set, held_out: Set) -> list[dict[str, Any]]:
    """The combinations of classes, labels and words that are read right least often, the worst first.

    Returns:
      At most twelve: `values` by the parts' names, the number and the share read right of generated and of
      held-out real examples, and how many training examples have it.
    """
    schema, where = reference.reader.schema, spans(reference.reader.schema)
    discrete = [part for part in schema if conditions.MEASURES[part.kind].right]
    if not discrete:
        return []
    columns = np.concatenate([np.arange(reference.known.shape[1])[where[part.name]] for part in discrete])
    rows, index = np.unique(examples.condition[:, columns] > 0.5, axis=0, return_inverse=True)
    right, own = (_right(reference, each) for each in (examples, held_out))
    count = np.bincount(index.ravel())
    share = np.bincount(index.ravel(), right) / count
    found = []
    for i in np.lexsort((-count, share))[:_MOST]:
        member = np.flatnonzero(index.ravel() == i)[0]
        real = ((held_out.condition[:, columns] > 0.5) == rows[i]).all(1)
        found.append(
            {
                "values": {
                    part.name: part.decode(examples.condition[member : member + 1, where[part.name]])[0]
                    for part in discrete
                },
                "generated": int(count[i]),
                "right": float(share[i]),
                "real": int(real.sum()),
                "real_right": float(own[real].mean()) if real.any() else None,
                "training": int(((reference.known[:, columns] > 0.5) == rows[i]).all(1).sum()),
            }
        )
    return found


def _right(reference: Reference, examples: Set) -> np.ndarray:
    assert examples.reading is not None
    return conditions.right(reference.reader.schema, examples.condition, examples.reading.condition)


def _pair(examples: Set, span: slice) -> Pair:
    assert examples.reading is not None
    return examples.condition[:, span], examples.reading.condition[:, span]


def _of_classes(part: Any, known: np.ndarray, ours: Pair, real: Pair) -> dict[str, Any]:
    """Agreement by class, and the confusion matrix."""
    asked, read = (x.argmax(1) for x in ours)
    return {
        "names": list(part.names),
        "training": known.sum(0).astype(int).tolist(),
        "agreement": rounded(labels.per_class(asked, read, part.width)),
        "real": rounded(labels.per_class(real[0].argmax(1), real[1].argmax(1), part.width)),
        "confusion": labels.confusion(asked, read, part.width).tolist(),
    }


def _of_labels(part: Any, known: np.ndarray, ours: Pair, real: Pair) -> dict[str, Any]:
    """Of each label or word: how often it is asked for and read, and how often it is right."""
    right, own = (((asked > 0.5) == (read > 0.5)).mean(0) for asked, read in (ours, real))
    return {
        "names": list(part.names),
        "training": known.sum(0).astype(int).tolist(),
        "asked": rounded((ours[0] > 0.5).mean(0)),
        "read": rounded((ours[1] > 0.5).mean(0)),
        "right": rounded(right),
        "real": rounded(own),
    }


def _of_number(part: Part, known: np.ndarray, ours: Pair, real: Pair) -> dict[str, Any]:
    """The mean absolute error in ten ranges of equal width, in the user's unit."""
    values = np.array(part.decode(known), float)
    asked, own = (np.array(part.decode(pair[0]), float) for pair in (ours, real))
    error, usual = (np.abs(conditions.difference(part, *pair)) for pair in (ours, real))
    every = np.concatenate([values, asked, own])
    edges = np.linspace(every.min(), every.max(), BINS + 1)
    period = getattr(part, "period", None)

    def place(x: np.ndarray) -> np.ndarray:
        return np.clip(np.searchsorted(edges, x, "right") - 1, 0, BINS - 1)

    ranges = []
    for k in range(BINS):
        here, there = error[place(asked) == k], usual[place(own) == k]
        ranges.append(
            {
                "low": float(edges[k]),
                "high": float(edges[k + 1]),
                "training": int((place(values) == k).sum()),
                "generated": len(here),
                "error": float(here.mean()) if len(here) else None,
                "real_error": float(there.mean()) if len(there) else None,
            }
        )
    return {"ranges": ranges, "gaps": [list(gap) for gap in conditions.gaps(values, period)]}


_OF = {"class": _of_classes, "labels": _of_labels, "text": _of_labels}
