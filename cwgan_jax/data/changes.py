"""In what the data of a checkpoint and the present ones are not the same."""

from collections.abc import Sequence
from typing import Any

from cwgan_jax import data


def other_data(theirs: dict[str, Any], ours: dict[str, Any], conditional: bool) -> list[str]:
    """In what the data of a checkpoint and the present ones are not the same, a line for each reason.

    Args:
      theirs: what `data.described` says of the checkpoint's; no fingerprint: its weights are imported.
      ours: the same of the present ones.
      conditional: whether the present model sees the classes; imported weights of one that does not go with
        any number of them.
    """
    lines: list[str] = []
    before, after = theirs.get("others", {}), ours.get("others", {})
    if before.keys() != after.keys():
        return [f"the checkpoint is of {1 + len(before)} data sets, the run of {1 + len(after)}"]
    for name in before:
        lines += [f"{name}: {line}" for line in other_data(before[name], after[name], conditional)]
    if theirs["shape"] != ours["shape"]:
        was, now = ("x".join(map(str, x["shape"])) for x in (theirs, ours))
        lines.append(f"the checkpoint's examples are {was}, those of the data {now}")
    if theirs["kind"] != ours["kind"]:
        lines.append(f"the checkpoint is for {theirs['kind']}, the data are {ours['kind']}")
    old, new = (list(data.class_names(x)) for x in (theirs, ours))
    if theirs["fingerprint"] is None:
        if len(old) != (len(new) if conditional else 0):
            lines.append(f"the imported weights are for {len(old)} classes, the data have {len(new)}")
        return lines
    was, now = (", ".join(part["name"] for part in x["conditions"]) or "none" for x in (theirs, ours))
    if was != now and not (old and new):
        lines.append(f"the checkpoint's condition is {was}, that of the data {now}")
    elif len(old) != len(new):
        lines.append(f"the checkpoint has {len(old)} classes, the data {len(new)}{_named(old, new)}")
    elif old != new and sorted(old) == sorted(new):
        lines.append("the classes are the checkpoint's in another order")
    elif old != new:
        pairs = [f"{b} was {a}" for a, b in zip(old, new, strict=True) if a != b]
        lines.append(f"classes have other names than in the checkpoint: {_some(pairs)}")
    elif not lines and not data.same(theirs["fingerprint"], ours["fingerprint"]):
        lines.append(
            "the examples or their conditions are not those that the checkpoint was trained on: some were"
            " added, removed or changed"
        )
    return lines


def _named(old: Sequence[str], new: Sequence[str]) -> str:
    """Which classes are new and which are gone, in brackets."""
    found = {"new": [x for x in new if x not in old], "gone": [x for x in old if x not in new]}
    told = "; ".join(f"{word}: {_some(names)}" for word, names in found.items() if names)
    return f" ({told})" if told else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
