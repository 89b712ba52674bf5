"""Matches the tensors of a file with those of a network: prefixes of wrappers, names that do not fit."""

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop.layout import OPTIONAL, TABLES
from cwgan_jax.interop.state_dict import Tensor

_SHOWN = 3  # names of either side in an error


class Named(NamedTuple):
    """The tensors of a file under the names of a network.

    Attributes:
      tensors: by name.
      notes: what was done to the names, each in a few words.
    """

    tensors: dict[str, Tensor]
    notes: list[str]


def match(path: Path, tensors: Mapping[str, Tensor], expected: Collection[str]) -> Named:
    """Finds the tensors of a network in a file, whatever prefix a wrapper has put before their names.

    A prefix that all tensors of the network share is dropped (`module.`, `_orig_mod.`, `ema.`, a user's own,
    several of them in any order). Single numbers beside the network are passed over: the `n_averaged` of an
    averaged model, a decay, a count.

    Args:
      path: of the file, for messages.
      tensors: what `state_dict.read` gave.
      expected: the names of the network; those of tensors that nothing reads may be missing, such as
        `num_batches_tracked`, which old versions of PyTorch did not write.

    Raises:
      ConfigError: names are missing or left over, or several networks in the file have these names.
    """
    needed = [name for name in expected if not name.endswith(OPTIONAL)]
    prefix = _prefix(path, tensors, expected)
    own = {name.removeprefix(prefix): name for name in tensors if name.startswith(prefix)}
    roots = tuple({f"{prefix}{name.partition('.')[0]}." for name in expected})
    passed = [name for name, x in tensors.items() if set(x.shape) <= {1} and not name.startswith(roots)]
    fitting = {own[name] for name in own if name in expected}
    surplus = [name for name in tensors if name not in fitting and name not in passed]
    missing = [name for name in needed if name not in own]
    if missing or surplus:
        raise ConfigError(f"{path}: {_unlike(missing, surplus)}")
    notes = [f"prefix {prefix} dropped"] if prefix else []
    notes += [f"{_some(passed)} passed over"] if passed else []
    return Named({name: tensors[there] for name, there in own.items() if there in fitting}, notes)


def unwrapped(path: Path, tensors: Mapping[str, Tensor], expected: Collection[str]) -> dict[str, Tensor]:
    """All tensors of a file whose names have the prefix of most of the expected names, without it.

    Raises:
      ConfigError: several networks in the file have these names.
    """
    prefix = _prefix(path, tensors, expected)
    return {name.removeprefix(prefix): x for name, x in tensors.items() if name.startswith(prefix)}


def _prefix(path: Path, tensors: Collection[str], expected: Collection[str]) -> str:
    """The prefix of most of the expected names in a file; empty if none of them is there."""
    needed = [name for name in expected if not name.endswith(OPTIONAL)]
    before = [
        there.removesuffix(name) for there in tensors for name in expected if f".{there}".endswith(f".{name}")
    ]
    count = Counter(before)
    whole = sorted(prefix for prefix in count if all(f"{prefix}{name}" in tensors for name in needed))
    if len(whole) > 1:
        shown = " and ".join(repr(prefix[:100]) for prefix in whole[:_SHOWN])
        raise ConfigError(f"{path}: it holds several such networks, under {shown}; save one of them alone")
    return count.most_common(1)[0][0] if count else ""


def _unlike(missing: list[str], surplus: list[str]) -> str:
    """Names the tensors that are missing or left over, and says what to do."""
    if len(missing) == 1 and missing[0] in TABLES and not surplus:
        return f"there is no {missing[0]}; for networks without labels set --config.model.conditional=false"
    if not missing and len(surplus) == 1 and surplus[0].endswith(TABLES):
        return f"{surplus[0]} is not expected; for networks with labels set --config.model.conditional=true"
    parts = [f"this network needs {_some(missing)}, not in the file"] if missing else []
    parts += [f"the file has {_some(surplus)}, not in this network"] if surplus else []
    return "; ".join([*parts, "give the config of this network, or rename the tensors (docs/interchange.md)"])


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name[:100]) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
