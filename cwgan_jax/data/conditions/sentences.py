"""The part of a condition that is a sentence, read by a pretrained encoder: an option, see `Sentence`."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from cwgan_jax.common import packages
from cwgan_jax.common.errors import DataError

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_KNOWN = 200  # captions of the training data that a checkpoint keeps


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A caption as the vector of a sentence encoder (Reimers and Gurevych 2019, arXiv:1908.10084).

    For free text, in which the same is said in many ways. Captions of a few words that follow a pattern are
    told apart better by `text.Text`, which needs no download. The encoder must lie on this machine already,
    for training and for sampling: nothing is fetched.

    Attributes:
      name: of the condition.
      names: captions of the training data, at most 200, among which `decode` finds the nearest.
      encoder: name of the encoder, or its folder.
      width: length of its vectors.
    """

    name: str
    names: tuple[str, ...]
    encoder: str
    width: int
    kind: ClassVar[str] = "sentence"
    output: ClassVar[str] = "linear"

    @classmethod
    def of(cls, name: str, captions: Sequence[str], encoder: str = MODEL) -> "Sentence":
        """Of the training data's captions; DataError if there is no such encoder on this machine."""
        known = tuple(sorted({str(text) for text in captions}))
        chosen = np.unique(np.linspace(0, len(known) - 1, min(len(known), _KNOWN)).astype(int))
        names = tuple(known[i] for i in chosen)
        return cls(name, names, encoder, _vectors(encoder, names[:1]).shape[1])

    def encode(self, values: Sequence[Any]) -> np.ndarray:
        """Captions -> f32[N, C]; each different one is encoded once."""
        different, place = np.unique([str(value) for value in values], return_inverse=True)
        if not len(different):
            return np.zeros((0, self.width), np.float32)
        return _vectors(self.encoder, tuple(different.tolist()))[place.ravel()]

    def decode(self, vectors: np.ndarray) -> list[Any]:
        """f[N, C] -> the nearest of the captions `names`."""
        nearest = (vectors @ _vectors(self.encoder, self.names).T).argmax(1)
        return [self.names[i] for i in nearest]

    def outside(self, values: Sequence[Any]) -> str:
        """Nothing: the encoder reads any text."""
        return ""


def _vectors(encoder: str, captions: tuple[str, ...]) -> np.ndarray:
    """f32[n, C], each of length 1."""
    made = _encoder(encoder).encode(list(captions), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(made, np.float32)


@functools.cache
def _encoder(name: str) -> Any:
    """The encoder, from this machine's disk; weights that could hold code are not read."""
    setting = "a condition of type sentence"
    packages.need(
        "sentence_transformers", "sentence-transformers", setting, "use the type text", extra="text"
    )
    import sentence_transformers

    try:
        return sentence_transformers.SentenceTransformer(
            name,
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # whatever the hub and the model's own code raise
        cause = " ".join(str(error).split())[:160]
        raise DataError(
            f"{setting}: the encoder {name} is not on this machine ({cause}); fetch it with"
            f" hf download {name}, or use the type text"
        ) from error
