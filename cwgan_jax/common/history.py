"""What happened to a run beside its steps: history.jsonl, one JSON object for each event."""

import json
from pathlib import Path
from typing import Any

from cwgan_jax.common.files import json_lines, write_whole

BEGINS, ENDS, CHANGED = "alarm", "alarm over", "changed"


def lines(workdir: Path) -> list[dict[str, Any]]:
    """Every event of the run: `step`, `event`, and what there is to know of it."""
    return json_lines(workdir / "history.jsonl")


def add(workdir: Path, step: int, event: str, **facts: Any) -> None:
    """Writes an event of step n down."""
    _write(workdir, [*lines(workdir), {"step": step, "event": event, **facts}])


def rewind(workdir: Path, step: int | None) -> None:
    """Forgets what happened after step n, from which the run goes on; None: it starts anew."""
    known = lines(workdir)
    # What changed at step n itself was written after its checkpoint, by a resumed run that came no further.
    kept = [line for line in known if step is not None and line["step"] + (line["event"] == CHANGED) <= step]
    if kept != known:
        _write(workdir, kept)


def of(workdir: Path, kind: str) -> list[dict[str, Any]]:
    """The beginnings and ends of a kind of alarm."""
    return [line for line in lines(workdir) if line.get("kind") == kind]


def ringing(workdir: Path) -> dict[str, int]:
    """The alarms that have begun and not ended: kind -> the step since which there has been cause."""
    found: dict[str, int] = {}
    for line in lines(workdir):
        if line["event"] == BEGINS:
            found[line["kind"]] = line["since"]
        elif line["event"] == ENDS:
            found.pop(line["kind"], None)
    return found


def states(workdir: Path) -> list[tuple[str, int]]:
    """Of each alarm that is on: what is said of it at the end of a run, and since which step it is on."""
    on = ringing(workdir)
    begun = [line for line in lines(workdir) if line["event"] == BEGINS]
    last = {line["kind"]: line.get("state", line["kind"]) for line in begun}
    return [(last[kind], since) for kind, since in on.items()]


def _write(workdir: Path, events: list[dict[str, Any]]) -> None:
    content = "".join(json.dumps(event) + "\n" for event in events)
    write_whole(workdir / "history.jsonl", content.encode())
