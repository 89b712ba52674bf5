"""The section of conditions: what was read in generated and in real examples against what was asked for."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from cwgan_jax.data.conditions import Part, spans
from cwgan_jax.evaluation.conditioned import Reference, Set
from cwgan_jax.metrics import conditions
from cwgan_jax.report import charts, plots, tables
from cwgan_jax.report.axes import Range
from cwgan_jax.report.cells import bar, table
from cwgan_jax.report.charts import number
from cwgan_jax.report.page import Section
from cwgan_jax.report.plots import GENERATED, REAL

_MATRIX = 40  # classes up to which there is a confusion matrix


def sections(
    quality: dict[str, Any], reference: Reference | None, examples: Set, held_out: Set
) -> list[Section]:
    """One section with all parts of the condition; none where nothing was asked for.

    Args:
      quality: an entry of the file of figures, with `parts` and `combinations`.
      reference: real training examples.
      examples: the generated ones.
      held_out: real ones.
    """
    if reference is None or "parts" not in quality:
        return []
    blocks = []
    for part in reference.reader.schema:
        facts, span = quality["parts"][part.name], spans(reference.reader.schema)[part.name]
        if conditions.MEASURES[part.kind].right is None:
            blocks.append(_number(part, facts, span, examples, held_out))
        elif part.kind == "class":
            blocks.append(_classes(part, facts))
        else:
            blocks.append(_labels(part, facts))
    blocks.append(_combinations(quality.get("combinations") or []))
    note = (
        "<p>A reader, trained on real examples only, reads the condition in generated examples and in"
        " held-out real ones. Its own mistakes are in both.</p>"
    )
    return [
        (
            "conditions",
            "Conditions",
            note + "".join(f'<div class="part">{block}</div>' for block in blocks if block),
        )
    ]


def _number(part: Part, facts: dict[str, Any], span: slice, examples: Set, held_out: Set) -> str:
    """Read against asked, beside the real examples, and the error by range."""
    pairs = {side: _decoded(part, x, span) for side, x in ((GENERATED, examples), (REAL, held_out))}
    asked = np.concatenate([pair[0] for pair in pairs.values()])
    within = (float(asked.min()), float(asked.max()))
    gaps = [(low, high) for low, high in facts["gaps"] if max(low, within[0]) < min(high, within[1])]
    spare = 0.05 * (within[1] - within[0]) or 1.0
    within = within[0] - spare, within[1] + spare
    drawn = [
        plots.against_asked(part.name, side, *pair, within=within, gaps=gaps, asked_for=side == GENERATED)
        for side, pair in pairs.items()
    ]
    told = " Shaded: ranges without training examples." if gaps else ""
    return (
        f"<h3>{escape(part.name)}</h3><p>Dashed: read as asked.{told}</p>"
        f'<div class="charts">{"".join(drawn)}</div>{_ranges(facts["ranges"], gaps)}'
    )


def _decoded(part: Part, examples: Set, span: slice) -> tuple[np.ndarray, np.ndarray]:
    """What was asked for and what was read, f[N] each, in the user's unit; the second next to the first."""
    assert examples.reading is not None
    asked, read = examples.condition[:, span], examples.reading.condition[:, span]
    values = np.array(part.decode(asked), float)
    return values, values + conditions.difference(part, asked, read)


def _ranges(rows: Sequence[dict[str, Any]], gaps: Sequence[Range]) -> str:
    """The error in each range; those without training examples are marked."""
    most = max([1e-12, *(x for row in rows for x in (row["error"], row["real_error"]) if x is not None)])
    lines = []
    for row in rows:
        low, high = row["low"], row["high"]
        none = not row["training"]
        partly = any(max(low, a) < min(high, b) - 1e-9 for a, b in gaps)
        seen = "none" if none else number(row["training"]) + (" (not everywhere)" if partly else "")
        cells = bar(row["error"], most) + bar(row["real_error"], most)
        title = f'<th scope="row">{number(low)} to {number(high)}</th>'
        lines.append(f"<tr>{title}<td>{seen}</td><td>{number(row['generated'])}</td>{cells}</tr>")
    return table(["range", "training examples", "generated", "error, generated", "error, real"], lines)


def _classes(part: Part, facts: dict[str, Any]) -> str:
    """Agreement by class, and which are taken for which."""
    columns = {
        "agreement": facts["agreement"],
        "of real examples": facts["real"],
    }
    shown = tables.classes(columns, facts["names"])
    if len(facts["names"]) <= _MATRIX:
        counts = np.asarray(facts["confusion"])
        shown += f'<div class="confusion">{charts.confusion(counts, facts["names"])}</div>'
    return f"<h3>{escape(part.name)}</h3>{shown}"


def _labels(part: Part, facts: dict[str, Any]) -> str:
    """How often each label or word is asked for, read, and right."""
    columns = {
        "right": facts["right"],
        "right of real ones": facts["real"],
        "asked for": facts["asked"],
        "read": facts["read"],
    }
    return f"<h3>{escape(part.name)}</h3>{tables.classes(columns, facts['names'])}"


def _combinations(rows: Sequence[dict[str, Any]]) -> str:
    """The combinations that are right least often."""
    if not rows:
        return ""
    lines = []
    for row in rows:
        text = ", ".join(map(str, row["values"].values()))
        training = number(row["training"]) if row["training"] else "none"
        cells = bar(row["right"], 1.0) + bar(row["real_right"], 1.0)
        title = f'<th scope="row">{escape(text)}</th>'
        lines.append(f"<tr>{title}<td>{training}</td><td>{number(row['generated'])}</td>{cells}</tr>")
    titles = ["asked for", "training examples", "generated", "all right", "all right, real"]
    return f"<h3>Conditions that are right least often</h3>{table(titles, lines)}"


def transfer(result: dict[str, Any], titles: dict[str, str]) -> list[Section]:
    """What a reader learns from generated examples alone, and from real ones; nothing where not measured.

    Args:
      result: of `usefulness.transfer`, under `transfer`.
      titles: of the figures, by name.
    """
    if not (trained := result.get("transfer")):
        return []
    lines = []
    for name, value in trained["generated"].items():
        cells = f"<td>{number(value)}</td><td>{number(trained['real'][name])}</td>"
        lines.append(f'<tr><th scope="row">{escape(titles.get(name, name))}</th>{cells}</tr>')
    note = (
        f"<p>Figures of held-out real examples, as a reader sees them that was trained on"
        f" {number(trained['images'])} generated examples only, and one that was trained on"
        f" {number(trained['real_images'])} real ones.</p>"
    )
    shown = table(["", "trained on generated", "trained on real"], lines)
    return [("transfer", "Usefulness", note + shown)]
