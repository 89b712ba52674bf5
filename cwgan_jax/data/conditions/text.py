"""The part of a condition that is a text: the words of a caption, and which of them stand together."""

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

_MOST = 10  # names listed in a message
_WORD = re.compile(r"\w+")


def listed(names: Sequence[str]) -> str:
    """Names for a message: the first ten, and how many more there are."""
    return ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")


def words(text: str) -> list[str]:
    """The words of a caption, in lower case."""
    return _WORD.findall(text.lower())


def terms(text: str, most: int) -> list[str]:
    """The runs of one to `most` words of a caption, as scikit-learn's `ngram_range=(1, most)` has them."""
    found = words(text)
    return [
        " ".join(found[i : i + size]) for size in range(1, most + 1) for i in range(len(found) - size + 1)
    ]


@dataclasses.dataclass(frozen=True)
class Text:
    """A caption, as the set of its words and of its pairs of neighbouring words.

    A set of words alone cannot tell "red on blue" from "blue on red"; the pairs "on blue" and "on red" can.
    What a new caption says must be said by words and pairs of the training data: what is unknown is left out.

    Attributes:
      name: of the condition.
      names: C words and runs of words, in lower case.
      ngrams: how many words a run has at the most; 1: no order is read.
    """

    name: str
    names: tuple[str, ...]
    ngrams: int = 1
    kind: ClassVar[str] = "text"
    output: ClassVar[str] = "sigmoid"

    @classmethod
    def of(
        cls, name: str, captions: Sequence[str], ngrams: int = 2, most: int = 1024, least: int = 1
    ) -> "Text":
        """What the training data's captions have.

        Args:
          name: of the condition.
          captions: of the training data.
          ngrams: see `Text`.
          most: as many words and runs are kept, those that the most captions have.
          least: how many captions must have what is kept.
        """
        count = Counter(term for text in captions for term in set(terms(text, ngrams)))
        known = [term for term in count if count[term] >= least]
        kept = sorted(known, key=lambda term: (-count[term], term))[:most]
        return cls(name, tuple(sorted(kept)), ngrams)

    @property
    def width(self) -> int:
        """C."""
        return len(self.names)

    def encode(self, values: Sequence[Any]) -> np.ndarray:
        """Captions -> f32[N, C] of 0 and 1; what is not known is left out, see `outside`."""
        number = {term: i for i, term in enumerate(self.names)}
        result = np.zeros((len(values), self.width), np.float32)
        for row, value in zip(result, values, strict=True):
            row[[number[term] for term in terms(str(value), self.ngrams) if term in number]] = 1
        return result

    def decode(self, vectors: np.ndarray) -> list[Any]:
        """f[N, C] -> the words above a half: in their order where the pairs tell it, else alphabetically."""
        found = ([self.names[i] for i in np.flatnonzero(row > 0.5)] for row in vectors)
        return [" ".join(_in_order(each)) for each in found]

    def outside(self, values: Sequence[Any]) -> str:
        """A line if the captions have words that the training data have not; empty: they have none."""
        new = sorted({word for value in values for word in words(str(value))} - set(self.names))
        if not new:
            return ""
        return f"condition {self.name}: the training data have no word {listed(new)}; it is not read"


def _in_order(found: Sequence[str]) -> list[str]:
    """The words among these terms, one behind the other as far as the pairs among them say."""
    left = sorted(term for term in found if " " not in term)
    pairs = (term.split() for term in found)
    follows = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    firsts = [word for word in left if word not in follows.values()]
    result: list[str] = []
    for word in (*firsts, *left):
        while word in left:
            left.remove(word)
            result.append(word)
            word = follows.get(word, "")
    return result
