"""Tables of the report, and their cells with bars."""

from collections.abc import Sequence
from html import escape

import numpy as np

from cwgan_jax.report.charts import NONE, number


def bar(value: float | None, most: float) -> str:
    """A cell with a number, and a bar that says how much of `most` it is."""
    if value is None or not np.isfinite(value):
        return f'<td data-value="-1">{NONE}</td>'
    share = min(1.0, max(0.0, value) / most)
    return f'<td class="bar" data-value="{value:.6g}" style="--share:{share:.3f}">{number(value)}</td>'


def table(titles: Sequence[str], rows: Sequence[str], *, sort: bool = False) -> str:
    """A table of rows <tr>; `sort`: a click on a title sorts it."""
    inner = '<button type="button">{}</button>' if sort else "{}"
    head = "".join(f'<th scope="col">{inner.format(escape(title))}</th>' for title in titles)
    box = '<div class="scroll" role="region" aria-label="Table" tabindex="0">'
    return f"{box}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
