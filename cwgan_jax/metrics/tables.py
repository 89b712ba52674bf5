"""Figures of generated tables against held-out real rows; `marginals` has those of single columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cwgan_jax.data.tables.columns import Columns, Table
from cwgan_jax.metrics import marginals
from cwgan_jax.metrics.figure import Figure
from cwgan_jax.metrics.neighbours import nearest

ROWS = 5_000  # of either side, in figures that take long
_LIGHT = 2_000
_FOLDS = 3
_COPY = 0.01  # share of held-out rows that are as near to a training row as what counts as a near-copy
_TREES = 100

FIGURES = {
    "marginal": Figure(
        "distance of the columns", "near floor", "mean over the columns; W1 over the deviation, or variation"
    ),
    "association": Figure(
        "difference of associations", "near floor", "mean over the pairs of columns; correlations in [-1, 1]"
    ),
    "c2st": Figure(
        "told from real rows (C2ST)", "near floor", "cross-validated accuracy of a classifier; 0.5: it cannot"
    ),
    "c2st_auc": Figure(
        "told from real rows, AUC",
        "near floor",
        "area under the curve of the classifier; 0.5: it cannot",
    ),
    "rare": Figure(
        "rare categories covered", "higher", "of those below 5 %, the share that occurs half as often or more"
    ),
    "nearest": Figure(
        "distance to training rows", "near floor", "median to the nearest, over held-out rows'; 0: copies"
    ),
    "copies": Figure(
        "near-copies", "near floor", "share as near to a training row as the nearest 1 % of held-out ones"
    ),
    "accuracy": Figure(
        "accuracy, trained on generated", "near floor", "on held-out real rows; the floor: trained on real"
    ),
    "f1": Figure("F1, trained on generated", "near floor", "mean over the classes, on held-out real rows"),
    "r2": Figure("R2, trained on generated", "near floor", "of the target's numbers, on held-out real rows"),
}


def figures(
    real_train: Table,
    real_test: Table,
    generated: Table,
    target: str | None = None,
    *,
    columns: Columns | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """All figures of generated rows; the floor is that of real training rows in their place.

    Args:
      real_train: what the generator was trained on, columns by name.
      real_test: held-out real rows.
      generated: generated rows, or, for the floor, `real_train` itself.
      target: the column that a classifier or a regression is to tell from the others; None: there is none.
      columns: of the real rows; None: fitted to `real_train`.
      seed: of the classifiers, and of which rows are compared where there are many.

    Returns:
      By the names of `FIGURES`; `rare` is NaN where there is no rare category. Distances to training rows are
      those of the held-out rows themselves where `generated` is `real_train`.
    """
    columns = columns or Columns.fit(real_train)
    some = draw_rows(generated, ROWS, seed)
    test = draw_rows(real_test, ROWS, seed)
    distances = marginals.marginal_distances(columns, real_test, generated)
    gap = marginals.association_gap(
        marginals.associations(columns, test), marginals.associations(columns, some)
    )
    told = c2st(columns, test, some, seed=seed)
    values = {"marginal": float(np.mean(list(distances.values()))), "association": gap, **told}
    values["rare"] = marginals.rare_coverage(columns, real_test, generated)
    values |= copies(columns, test if generated is real_train else some, real_train, test)
    return values | (trained_on(columns, generated, real_test, target, seed=seed) if target else {})


def light(columns: Columns, real: Table, generated: Table, *, seed: int = 0) -> dict[str, float]:
    """The figures `marginal`, `association` and `c2st`, of at most 2,000 rows of either side."""
    real, generated = (draw_rows(table, _LIGHT, seed) for table in (real, generated))
    distances = marginals.marginal_distances(columns, real, generated)
    matrices = (marginals.associations(columns, table) for table in (real, generated))
    return {
        "marginal": float(np.mean(list(distances.values()))),
        "association": marginals.association_gap(*matrices),
        "c2st": c2st(columns, real, generated, seed=seed)["c2st"],
    }


def draw_rows(table: Table, count: int, seed: int) -> dict[str, np.ndarray]:
    """At most `count` rows, in a random order."""
    arrays = {name: np.asarray(column) for name, column in table.items()}
    size = len(next(iter(arrays.values())))
    chosen = np.random.default_rng(seed).permutation(size)[:count]
    return {name: column[chosen] for name, column in arrays.items()}


def c2st(columns: Columns, real: Table, generated: Table, *, seed: int = 0) -> dict[str, float]:
    """How well a classifier tells real rows from generated ones (Lopez-Paz and Oquab 2017, arXiv:1610.06545).

    Gradient boosting of trees, three-fold cross-validation, equally many rows of either side.

    Returns:
      c2st: accuracy on rows that it has not seen.
      c2st_auc: area under the curve. Both are 0.5 where the distributions are the same, 1 where the two can
        always be told apart.
    """
    from sklearn import metrics, model_selection
    from threadpoolctl import threadpool_limits

    count = min(_size(real), _size(generated))
    sides = [_matrix(columns, draw_rows(table, count, seed)) for table in (real, generated)]
    x, y = np.concatenate(sides), np.repeat([1, 0], count)
    folds = model_selection.StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    classifier = _trees("Classifier", columns, marginals.numbers(columns, real), seed)
    with threadpool_limits(1):  # threads that wait for each other on a busy machine take fifty times as long
        score = model_selection.cross_val_predict(classifier, x, y, cv=folds, method="predict_proba")[:, 1]
    return {
        "c2st": float(metrics.accuracy_score(y, score > 0.5)),
        "c2st_auc": float(metrics.roc_auc_score(y, score)),
    }


def trained_on(
    columns: Columns, train: Table, test: Table, target: str, *, seed: int = 0
) -> dict[str, float]:
    """Tells a target column from the others: trained on some rows, tested on other real ones.

    Returns:
      accuracy and f1 (mean over the classes) of a target of categories, or r2 of one of numbers.
    """
    from sklearn import metrics
    from threadpoolctl import threadpool_limits

    own, other = marginals.numbers(columns, train), marginals.numbers(columns, test)
    classes = target in marginals.categorical(columns)
    y, truth = own.pop(target), other.pop(target)
    there, asked = ~np.isnan(y), ~np.isnan(truth)
    x, seen = (np.stack(list(part.values()), 1) for part in (own, other))
    if classes and len(np.unique(y)) < 2:  # collapsed onto one class: that is what would be read
        read = np.full(len(truth), y[0])
    else:
        model = _trees("Classifier" if classes else "Regressor", columns, own, seed)
        with threadpool_limits(1):
            read = model.fit(x[there], y[there]).predict(seen)
    truth, read = truth[asked], read[asked]
    if not classes:
        return {"r2": float(metrics.r2_score(truth, read))}
    f1 = metrics.f1_score(truth, read, average="macro", zero_division=0)
    return {"accuracy": float(metrics.accuracy_score(truth, read)), "f1": float(f1)}


def copies(columns: Columns, generated: Table, train: Table, test: Table) -> dict[str, float]:
    """Distances to the nearest training row, of generated and of held-out real rows.

    A row's place has its rank in each column of numbers, in [0, 1], and a distance of 1 between different
    categories. In the spirit of Meehan et al. 2020 (arXiv:2004.05675).

    Returns:
      nearest: median distance over that of held-out rows; NaN where half of these are training rows too.
      copies: share of the generated rows that are as near to a training row as the nearest 1 % of held-out
        ones, or nearer.
    """
    places = _places(columns, train)
    own, usual = (nearest(places(table), places(train))[1] for table in (generated, test))
    middle = float(np.median(usual))
    near = float((own <= np.quantile(usual, _COPY)).mean())
    return {"nearest": float(np.median(own)) / middle if middle > 1e-6 else float("nan"), "copies": near}


def _places(columns: Columns, train: Table) -> Any:
    """(table) -> f64[N, F], by the ranks of the training rows."""
    counts = marginals.categorical(columns)
    sorted_ = {name: np.sort(x[~np.isnan(x)]) for name, x in marginals.numbers(columns, train).items()}

    def places(table: Table) -> np.ndarray:
        parts = []
        for name, x in marginals.numbers(columns, table).items():
            if name in counts:
                parts.append((x[:, None] == np.arange(-1, counts[name])) / np.sqrt(2))
                continue
            order, gone = sorted_[name], np.isnan(x)
            rank = np.searchsorted(order, x) + np.searchsorted(order, x, "right")
            rank = np.where(gone, 0.5, rank / (2 * len(order)))
            parts.append(np.stack([rank, gone / np.sqrt(2)], 1))
        return np.concatenate(parts, 1)

    return places


def _size(table: Table) -> int:
    return len(next(iter(table.values())))


def _matrix(columns: Columns, table: Table) -> np.ndarray:
    """f64[N, F], the columns that have more than one value."""
    return np.stack(list(marginals.numbers(columns, table).values()), 1)


def _trees(what: str, columns: Columns, features: Mapping[str, Any], seed: int) -> Any:
    """scikit-learn's gradient boosting: `Classifier` or `Regressor`; it takes missing numbers as they are."""
    from sklearn import ensemble

    counts = marginals.categorical(columns)
    few: Sequence[bool] = [0 < counts.get(name, 0) < 255 for name in features]
    model = getattr(ensemble, f"HistGradientBoosting{what}")
    return model(max_iter=_TREES, categorical_features=few, early_stopping=False, random_state=seed)
