"""What a reader reads of the condition in examples, against what was asked for: figures for each part.

Conditions are vectors f[N, C] as `data.conditions` has them; what is read are vectors of the same form, with
probabilities in place of zeros and ones.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.data.conditions import Part, Schema, class_names, spans
from cwgan_jax.metrics.figure import Figure

_UNSEEN = "_unseen"  # behind the names of figures of conditions that no training example has
_LEAST = 20  # examples of such conditions, below which they have no figures


class _Measure(NamedTuple):
    """How one kind of part is measured.

    Attributes:
      figures: (what the part is called) -> what its figures are called, by their names without the part's.
      values: (part, asked f[N, width], read f[N, width]) -> their values.
      right: (asked, read) -> bool[N], whether it was read as asked; None: there is only near and far.
    """

    figures: Callable[[str], dict[str, Figure]]
    values: Callable[[Any, np.ndarray, np.ndarray], dict[str, float]]
    right: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


def names(schema: Schema) -> list[str]:
    """What stands behind the names of the parts' figures: nothing of plain classes, else `_` and a name."""
    if class_names(schema):
        return [""]
    short = [re.sub(r"\W+", "_", part.name).strip("_") for part in schema]
    return ["_" + x for x in (short if len(set(short)) == len(short) else [part.name for part in schema])]


def figures(schema: Schema) -> dict[str, Figure]:
    """The figures of conditions of this schema, see `values`; nothing without conditions."""
    found: dict[str, Figure] = {}
    for part, name in zip(schema, names(schema), strict=True):
        called = "" if class_names(schema) else f" of {part.name}"
        found |= {key + name: figure for key, figure in MEASURES[part.kind].figures(called).items()}
    if len(_discrete(schema)) > 1:
        found["exact"] = Figure(
            "all read as asked", "higher", "share of examples in which every class, label and word is right"
        )
    for key in _also_unseen(schema):
        title = found[key].title + ", unseen conditions"
        about = "of conditions that no training example has, by their combination or by a number"
        found[key + _UNSEEN] = found[key]._replace(title=title, about=about)
    return found


def values(
    schema: Schema, asked: np.ndarray, read: np.ndarray, unseen: np.ndarray | None = None
) -> dict[str, float]:
    """The figures of N examples, by the names of `figures`.

    Of a class `agreement`, the share that is read as asked. Of labels and texts `exact`, the share of
    examples with all of them right, and `labels` or `words`, the share of single ones. Of numbers `error`,
    the mean absolute difference in the user's units (the label score of CcGAN: Ding et al. 2021,
    arXiv:2011.07466, Sec. 4), and `r2`. `exact` is all classes, labels and words together.

    Args:
      schema: of the conditions.
      asked: f[N, C], what was asked for, or what real examples have.
      read: f[N, C], what is read.
      unseen: bool[N], conditions that no training example has, see `unseen`; their figures apart, where there
        are at least twenty.
    """
    result = _values(schema, asked, read)
    if unseen is not None and unseen.sum() >= _LEAST:
        apart = _values(schema, asked[unseen], read[unseen])
        result |= {key + _UNSEEN: apart[key] for key in _also_unseen(schema)}
    return result


def right(schema: Schema, asked: np.ndarray, read: np.ndarray) -> np.ndarray:
    """bool[N]: whether every class, label and word is read as asked; all true if there are only numbers."""
    result, where = np.ones(len(asked), bool), spans(schema)
    for part in _discrete(schema):
        check = MEASURES[part.kind].right
        assert check is not None
        result &= check(asked[:, where[part.name]], read[:, where[part.name]])
    return result


def unseen(schema: Schema, known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Which conditions f[N, C] lie where training examples, f[M, C], have none, bool[N].

    Their classes, labels and words do not occur together, or a number lies in a gap, see `gaps`.
    """
    where, result = spans(schema), np.zeros(len(asked), bool)
    if discrete := _discrete(schema):
        columns = np.concatenate([np.arange(asked.shape[1])[where[part.name]] for part in discrete])
        there = {row.tobytes() for row in np.ascontiguousarray(known[:, columns] > 0.5)}
        rows = np.ascontiguousarray(asked[:, columns] > 0.5)
        result |= np.array([row.tobytes() not in there for row in rows], bool)
    for part in schema:
        if not MEASURES[part.kind].right:
            x, y = (np.array(part.decode(z[:, where[part.name]])) for z in (known, asked))
            for low, high in gaps(x, getattr(part, "period", None)):
                result |= (y > low) & (y < high)
    return result


def gaps(x: np.ndarray, period: float | None = None) -> list[tuple[float, float]]:
    """The ranges without values f[M]: wider than chance leaves them, and than 2 % of the middle 98 % of all.

    Of M values drawn uniformly from a range R the widest gap is about R log(M) / M; three times that counts.
    What lies beyond the values by as much is a gap to infinity, or of a number with a period around its end.
    """
    x = np.sort(np.asarray(x, np.float64))
    low, high = np.quantile(x, (0.01, 0.99)) if period is None else (0.0, period)
    least = (high - low) * max(0.02, 3 * np.log(max(len(x), 2)) / len(x))
    wide = np.diff(x) > max(least, 1e-9 * max(abs(low), abs(high)))
    found = [(float(a), float(b)) for a, b in zip(x[:-1][wide], x[1:][wide], strict=True)]
    if period is None:
        return [(-np.inf, float(x[0] - least)), *found, (float(x[-1] + least), np.inf)]
    around = x[0] + period - x[-1] > least
    return [(-np.inf, float(x[0])), *found, (float(x[-1]), np.inf)] if around else found


def difference(part: Part, asked: np.ndarray, read: np.ndarray) -> np.ndarray:
    """How far numbers f[N, width] are read from those asked for, f64[N] in the user's units, with their sign.

    Of a number with a period in [-period / 2, period / 2).
    """
    gap = np.array(part.decode(read), np.float64) - np.array(part.decode(asked), np.float64)
    if (period := getattr(part, "period", None)) is None:
        return gap
    return (gap + period / 2) % period - period / 2


def _values(schema: Schema, asked: np.ndarray, read: np.ndarray) -> dict[str, float]:
    result: dict[str, float] = {}
    where = spans(schema)
    for part, name in zip(schema, names(schema), strict=True):
        pair = asked[:, where[part.name]], read[:, where[part.name]]
        result |= {key + name: x for key, x in MEASURES[part.kind].values(part, *pair).items()}
    if len(_discrete(schema)) > 1:
        result["exact"] = float(right(schema, asked, read).mean())
    return result


def _discrete(schema: Schema) -> list[Part]:
    return [part for part in schema if MEASURES[part.kind].right]


def _also_unseen(schema: Schema) -> list[str]:
    """Figures that conditions without training examples have: whether all is right, and each error."""
    first = [
        (next(iter(MEASURES[part.kind].figures(""))) + name, MEASURES[part.kind].right is not None)
        for part, name in zip(schema, names(schema), strict=True)
    ]
    discrete = [name for name, is_discrete in first if is_discrete]
    errors = [name for name, is_discrete in first if not is_discrete]
    return (["exact"] if len(discrete) > 1 else discrete) + errors


def _class_figures(called: str) -> dict[str, Figure]:
    title = f"agreement{called}" if called else "label agreement"
    about = "share of examples that are read as the class asked for"
    return {"agreement": Figure(title, "higher", about, short=title if called else "agreement")}


def _class_values(part: Part, asked: np.ndarray, read: np.ndarray) -> dict[str, float]:
    return {"agreement": float(_same_class(asked, read).mean())}


def _same_class(asked: np.ndarray, read: np.ndarray) -> np.ndarray:
    return np.asarray(asked.argmax(1) == read.argmax(1))


def _set_figures(what: str) -> Callable[[str], dict[str, Figure]]:
    """Of what is there or not: `labels` or `words`."""

    def made(called: str) -> dict[str, Figure]:
        return {
            "exact": Figure(
                f"all {what} right{called}", "higher", f"share of examples with all {what} right"
            ),
            what: Figure(f"{what} right{called}", "higher", f"share of single {what}, there or not, right"),
        }

    return made


def _set_values(what: str) -> Callable[[Any, np.ndarray, np.ndarray], dict[str, float]]:
    def made(part: Part, asked: np.ndarray, read: np.ndarray) -> dict[str, float]:
        same = (asked > 0.5) == (read > 0.5)
        return {"exact": float(same.all(1).mean()), what: float(same.mean())}

    return made


def _same_set(asked: np.ndarray, read: np.ndarray) -> np.ndarray:
    return np.asarray(((asked > 0.5) == (read > 0.5)).all(1))


def _number_figures(called: str) -> dict[str, Figure]:
    return {
        "error": Figure(f"error{called}", "lower", "mean absolute, of what is read against what was asked"),
        "r2": Figure(f"R2{called}", "higher", "share of the variance asked for that is read; 1: all of it"),
    }


def _number_values(part: Part, asked: np.ndarray, read: np.ndarray) -> dict[str, float]:
    asked, read = asked.astype(np.float64), read.astype(np.float64)
    if part.width == 2:  # of a number with a period, the point on the circle
        read = read / np.maximum(np.linalg.norm(read, axis=1, keepdims=True), 1e-12)
    spread = np.square(asked - asked.mean(0)).sum()
    r2 = 1 - np.square(read - asked).sum() / spread if spread > 0 else np.nan
    return {"error": float(np.abs(difference(part, asked, read)).mean()), "r2": float(r2)}


def _sentence_figures(called: str) -> dict[str, Figure]:
    about = "mean cosine of the angle between the vectors of the captions asked for and of those read"
    return {"similarity": Figure(f"similarity{called}", "higher", about)}


def _sentence_values(part: Part, asked: np.ndarray, read: np.ndarray) -> dict[str, float]:
    lengths = np.linalg.norm(asked, axis=1) * np.linalg.norm(read, axis=1)
    return {"similarity": float(((asked * read).sum(1) / np.maximum(lengths, 1e-12)).mean())}


MEASURES: dict[str, _Measure] = {
    "class": _Measure(_class_figures, _class_values, _same_class),
    "labels": _Measure(_set_figures("labels"), _set_values("labels"), _same_set),
    "number": _Measure(_number_figures, _number_values),
    "cycle": _Measure(_number_figures, _number_values),
    "text": _Measure(_set_figures("words"), _set_values("words"), _same_set),
    "sentence": _Measure(_sentence_figures, _sentence_values),
}
"""By the kind of the part, as `data.conditions.PARTS`."""
