"""How the fields of a config are declared, and how text from the command line is read for them."""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Check = Callable[[Any], bool]

_NEAR = 0.75  # how alike a key must be to be suggested, as difflib counts it


def option(default: Any, allowed: str, check: Check) -> Any:
    """A field with its default, what is allowed in words, and the test for it."""
    return dataclasses.field(default=default, metadata={"allowed": allowed, "check": check})


def count(default: int | None, low: int = 1, high: int = 2**31 - 1) -> Any:
    """A whole number in [low, high]; none is allowed too if it is the default."""
    optional = " or none" if default is None else ""
    allowed = f"a whole number in [{low}, {high}]{optional}"
    return option(default, allowed, lambda v: v is None or low <= v <= high)


def real(default: float | None, allowed: str, check: Check) -> Any:
    """A finite number that passes `check`; none is allowed too if it is the default."""
    optional = default is None
    return option(default, allowed, lambda v: (v is None and optional) or (math.isfinite(v) and check(v)))


def choice(default: Any, *choices: Any) -> Any:
    """One of a few values."""
    shown = ", ".join("none" if choice is None else str(choice) for choice in choices)
    return option(default, f"one of: {shown}", lambda v: v in choices)


def key(default: str, table: Callable[[], Mapping[str, Any]]) -> Any:
    """A key of a table, which is asked for when a value is judged."""
    return dataclasses.field(default=default, metadata={"table": table})


def text(default: str, allowed: str) -> Any:
    """Any text."""
    return option(default, allowed, lambda _: True)


class Option(NamedTuple):
    """What may stand at a key: its types, the default, what is allowed in words, and the test for it."""

    types: tuple[type, ...]
    default: Any
    allowed: str
    check: Check


def declared(cls: type, prefix: str = "", defaults: Any = None) -> Iterator[tuple[str, Option]]:
    """Every key, dotted, with what may stand there.

    Args:
      cls: a dataclass whose fields have defaults.
      prefix: of the keys.
      defaults: an instance, whose values are the defaults; None: those of the class.
    """
    hints, defaults = typing.get_type_hints(cls), defaults or cls()
    for field in dataclasses.fields(cls):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind):
            inner = getattr(defaults, field.name)
            yield from declared(typing.cast(type, kind), f"{prefix}{field.name}.", inner)
        else:
            kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
            told = dict(field.metadata)
            if "table" in told:
                table = told.pop("table")()
                told = {"allowed": f"one of: {', '.join(table)}", "check": table.__contains__}
            yield f"{prefix}{field.name}", Option(kinds, getattr(defaults, field.name), **told)


def read(text: str, kinds: tuple[type, ...]) -> Any:
    """Reads command-line text as one of `kinds`; text that is none of them comes back, to be refused."""
    lower = text.lower()
    if str in kinds:
        return text
    if bool in kinds:
        return {"true": True, "false": False}.get(lower, text)
    if type(None) in kinds and lower == "none":
        return None
    try:
        return float(text) if float in kinds else int(text)
    except ValueError:
        return text


def unknown(key: str, known: Iterable[str]) -> str:
    """Says that a key does not exist; and which one comes nearest, or which there are where none is near."""
    keys, (section, _, name) = list(known), key.rpartition(".")
    beside = [other.rpartition(".")[2] for other in keys if other.startswith(f"{section or name}.")]
    if section and (close := difflib.get_close_matches(name, beside, n=1)):
        return f"there is no such key; did you mean config.{section}.{close[0]}?"
    if beside:
        return f"there is no such key; config.{section or name} has: {', '.join(beside)}"
    alike = [other for other in keys if name and other.rpartition(".")[2] == name]
    if near := alike or difflib.get_close_matches(key, keys, n=1, cutoff=_NEAR):
        return f"there is no such key; did you mean config.{near[0]}?"
    first = dict.fromkeys(other.partition(".")[0] for other in keys)
    return f"there is no such key or section; config has: {', '.join(first)}"


def shown(value: Any) -> str:
    """Returns a value on one line, for an error message."""
    try:
        return " ".join(str(value).split())
    except ValueError:  # a whole number of more digits than Python prints
        return "(a number of thousands of digits)"
