"""Tables that come with installed packages: real data that need no download, each with a class."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.common import packages
from cwgan_jax.data import held_out
from cwgan_jax.data.conditions.parts import Classes
from cwgan_jax.data.dataset import Dataset
from cwgan_jax.data.files import open_file
from cwgan_jax.data.tables.columns import Columns

Rows = dict[str, np.ndarray]
_TEST_SHARE = 0.2


class Bundled(NamedTuple):
    """A table of an installed package.

    Attributes:
      read: () -> the columns by name.
      target: the column of classes, which is the condition.
    """

    read: Callable[[], Rows]
    target: str


def load(data: config.Data, split: str) -> Dataset:
    """One split of a bundled table, `data.name` of `TABLES`; 20 % of each class are the test split.

    Args:
      data: the config's section.
      split: "train" or "test".

    Raises:
      DataError: the package that has it is not installed.
    """
    read, target = TABLES[data.name]
    rows = read()
    classes, label = np.unique(rows.pop(target).astype(str), return_inverse=True)
    test = test_rows(label)
    columns = Columns.fit({name: column[~test] for name, column in rows.items()})
    chosen = test if split == "test" else ~test
    example = columns.encode({name: column[chosen] for name, column in rows.items()})
    return Dataset(
        example,
        label[chosen].astype(np.int32),
        (Classes(target, tuple(classes.tolist())),),
        summary=columns.summary,
        warnings=columns.warnings,
        kind="tables",
        scaling=columns,
    )


def test_rows(label: np.ndarray) -> np.ndarray:
    """Marks the test rows, bool[N]: 20 % of every class i[N], always the same ones."""
    return held_out.by_share(_TEST_SHARE, len(label), label)


def _scikit_learn(name: str) -> Callable[[], Rows]:
    def read() -> Rows:
        from sklearn import datasets

        bundle: Any = getattr(datasets, f"load_{name}")()
        rows = dict(zip(map(str, bundle.feature_names), bundle.data.T.copy(), strict=True))
        return rows | {"class": np.asarray(bundle.target_names)[bundle.target]}

    return read


def _csv(package: str, path: str) -> Rows:
    """A CSV file of an installed package, which is not imported."""
    others = "take another one: wine, breast_cancer"
    file = open_file(packages.folder(package, "this table", others, extra="tables") / path)
    return {name: file.read(name) for name in file.shapes}


def _diamonds() -> Rows:
    """53,940 round-cut diamonds: price in dollars, carat, cut, colour, clarity and measures."""
    return _csv("plotnine", "data/diamonds.csv")


def _randhie() -> Rows:
    """20,190 person-years of the RAND Health Insurance Experiment; three columns of health as one."""
    rows = _csv("statsmodels", "datasets/randhie/randhie.csv")
    good, fair, poor = (rows.pop(name).astype(bool) for name in ("hlthg", "hlthf", "hlthp"))
    return rows | {"health": np.select([good, fair, poor], ["good", "fair", "poor"], "excellent")}


TABLES: dict[str, Bundled] = {
    "breast_cancer": Bundled(_scikit_learn("breast_cancer"), "class"),
    "wine": Bundled(_scikit_learn("wine"), "class"),
    "diamonds": Bundled(_diamonds, "cut"),
    "randhie": Bundled(_randhie, "health"),
}
"""By `data.name`; to add one, write a function that reads it and one line here."""
