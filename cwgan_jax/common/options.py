"""How the options of a config are declared, and how text from the command line is read for them.

A section is a dataclass; its options are the fields declared by a function of this module.
"""

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
    """A key of a table; the table is looked up when a value is checked, not when the field is declared."""
    return dataclasses.field(default=default, metadata={"table": table})


class Chosen(NamedTuple):
    """A section whose class, and so its options, depends on one of its keys: "chosen" in a field's metadata.

    Attributes:
      key: the key that chooses, a field of all classes of the table.
      default: its default.
      table: () -> {value of the key: the dataclass that the section then is}.
    """

    key: str
    default: str
    table: Callable[[], Mapping[str, type]]

    def make(self) -> Any:
        """The section with all defaults."""
        return self.table()[self.default]()

    def classes(self, name: Any) -> list[type]:
        """The class of a value of the key; all classes if there is no such value."""
        table = self.table()
        return [table[name]] if isinstance(name, str) and name in table else list(table.values())


def text(default: str, allowed: str) -> Any:
    """Any text."""
    return option(default, allowed, lambda _: True)


class Option(NamedTuple):
    """What may stand at a key: its types, the default, what is allowed in words, and the test for it."""

    types: tuple[type, ...]
    default: Any
    allowed: str
    check: Check


class Conflict(NamedTuple):
    """Options that cannot go together, though each is allowed by itself.

    Attributes:
      keys: dotted; the message is about the first one.
      why: what is wrong with its value, and what to change.
    """

    keys: tuple[str, ...]
    why: str


def declared(
    cls: type, choices: Mapping[str, Any] | None = None, *, prefix: str = "", defaults: Any = None
) -> Iterator[tuple[str, Option]]:
    """Every key, dotted, with what may stand there.

    Args:
      cls: a dataclass whose fields have defaults.
      choices: values by dotted key, among them those that choose the class of a section (see `Chosen`); where
        one does not exist, that section has the options of all its classes.
      prefix: of the keys.
      defaults: an instance, whose values are the defaults; None: those of the class.
    """
    hints, defaults = typing.get_type_hints(cls), defaults or cls()
    for field in dataclasses.fields(cls):
        kind, key = hints[field.name], f"{prefix}{field.name}"
        if "chosen" in field.metadata:
            yield from _of_chosen(field.metadata["chosen"], choices or {}, f"{key}.")
        elif dataclasses.is_dataclass(kind):
            inner = getattr(defaults, field.name)
            yield from declared(typing.cast(type, kind), choices, prefix=f"{key}.", defaults=inner)
        elif field.metadata:
            kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
            default, table = getattr(defaults, field.name), field.metadata.get("table")
            yield key, _of_table(default, table()) if table else Option(kinds, default, **field.metadata)


def _of_table(default: str, table: Mapping[str, Any]) -> Option:
    return Option((str,), default, f"one of: {', '.join(table)}", table.__contains__)


def _of_chosen(section: Chosen, choices: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Option]]:
    """The keys of a section, first the one that chooses its class."""
    chooses = f"{prefix}{section.key}"
    keys = {chooses: _of_table(section.default, section.table())}
    for cls in section.classes(choices.get(chooses, section.default)):
        for key, option in declared(cls, choices, prefix=prefix):
            keys.setdefault(key, option)
    yield from keys.items()


def build(cls: type, values: Mapping[str, Any], prefix: str = "") -> Any:
    """Makes a dataclass, and those in it, from values by dotted key; fields without a value are defaults."""
    hints, arguments = typing.get_type_hints(cls), {}
    for field in dataclasses.fields(cls):
        kind, key = hints[field.name], f"{prefix}{field.name}"
        if "chosen" in field.metadata:
            section = field.metadata["chosen"]
            kind = section.classes(values[f"{key}.{section.key}"])[0]
        if dataclasses.is_dataclass(kind):
            arguments[field.name] = build(typing.cast(type, kind), values, f"{key}.")
        elif key in values:
            arguments[field.name] = values[key]
    return cls(**arguments)


def read(text: str, kinds: tuple[type, ...]) -> Any:
    """Reads command-line text as one of `kinds`; text that is none of them comes back, to be refused."""
    lower = text.lower()
    if str in kinds and int not in kinds:
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
    before = f"{section or name}."
    inside = [other.removeprefix(before) for other in keys if other.startswith(before)]
    first = dict.fromkeys(other.partition(".")[0] for other in inside)
    # By its last part, or the section that it may be meant for.
    ends = {other.rpartition(".")[2]: other for other in reversed(inside)}
    ends |= {part: part for part in first}
    if section and (close := difflib.get_close_matches(name, ends, n=1)):
        meant = ends[close[0]]
        which = f"config.{section}.{meant}" if meant in inside else f"a key of config.{section}.{meant}"
        return f"there is no such key; did you mean {which}?"
    if inside:
        return f"there is no such key; config.{section or name} has: {', '.join(first)}"
    alike = [other for other in keys if name and other.rpartition(".")[2] == name]
    alike = difflib.get_close_matches(key, alike, n=1, cutoff=0)
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
