"""Sections of compare.html, each as HTML; a section with nothing to show is empty."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from cwgan_jax.compare import dots, summary
from cwgan_jax.compare.summary import Whole
from cwgan_jax.report import charts, contents, embed, tables
from cwgan_jax.report.charts import NONE, number
from cwgan_jax.report.checkpoints import Real

Logs = Mapping[tuple[str, int], list[dict[str, Any]]]  # metrics.jsonl by system and seed

_SET = (
    "seed",
    *(f"train.{key}" for key in ("steps", "epochs", "log_every", "sample_every", "checkpoint_every")),
)  # by the comparison itself


def figures(whole: Whole, shown: Sequence[str]) -> str:
    """A table with one system in each row: medians and spreads, the best marked, real images at the end."""
    if not shown:
        return ""
    epochs = whole["epochs"][-1]
    marked = {figure: summary.best(whole, figure, epochs) for figure in shown}
    rows = []
    for i, name in enumerate(summary.names(whole)):
        cells = []
        for figure in shown:
            each = list(summary.values(whole, name, figure, epochs).values())
            cells.append(_cell(each, whole["seeds"], best=name in marked[figure]))
        rows.append(_row(name, i, cells))
    titles = [whole["figures"][figure]["title"] for figure in shown]
    floor = "".join(f"<td>{_three(whole['figures'][figure]['floor'])}</td>" for figure in shown)
    foot = f'<tr><th scope="row">real images</th>{floor}</tr>'
    note = (
        f"After {epochs:g} passes: the median over the seeds, and below it the least and the most."
        " ★ is the best median, among systems that have all seeds. A click on a title sorts."
    )
    about = {
        whole["figures"][figure]["title"]: f"{whole['figures'][figure]['about']}."
        f" {tables.better(whole['figures'][figure])}"
        for figure in shown
    }
    meanings = f"<details><summary>What they mean</summary>{tables.facts(about)}</details>"
    return f"<p>{note}</p>{_table(['system', *titles], rows, foot=foot, sort=True)}{meanings}"


def seeds(whole: Whole, shown: Sequence[str]) -> str:
    """One panel for each figure, with one row for each system and one dot for each seed."""
    epochs, drawn = whole["epochs"][-1], []
    for figure in shown:
        about = whole["figures"][figure]
        values = {name: summary.values(whole, name, figure, epochs) for name in summary.names(whole)}
        drawn.append(dots.plot(about["title"], values, level=about["floor"], about=tables.better(about)))
    panels = "".join(drawn)
    note = "A dot is a seed, the bar their median, the dashed line the real images."
    return f'<p>{note}</p><div class="charts">{panels}</div>' if panels else ""


def passes(whole: Whole, shown: Sequence[str]) -> str:
    """The medians against the passes over the data, where there are several."""
    if len(whole["epochs"]) < 2:
        return ""
    drawn = []
    for figure in shown:
        about, series = whole["figures"][figure], {}
        for name in summary.names(whole):
            medians = whole["summary"][name]
            pairs = [
                (e, medians[f"{e:g}"][figure]["median"])
                for e in whole["epochs"]
                if figure in medians[f"{e:g}"]
            ]
            x, y = np.array(pairs, float).reshape(-1, 2).T
            series[name] = (x, y)
        drawn.append(
            charts.curves(
                about["title"], series, level=about["floor"], about=tables.better(about), against="passes"
            )
        )
    return f'<div class="charts">{"".join(drawn)}</div>'


def training(whole: Whole, logs: Logs) -> str:
    """For each metric one panel for each system, with one curve for each seed.

    Metrics that not all systems have are folded away.
    """
    titles: dict[str, list[str]] = {}  # of each metric, one for each system that has it
    for system in whole["systems"]:
        for metric in system["metrics"]:
            titles.setdefault(metric["name"], []).append(_title(metric))
    small = {name: _small(whole, logs, name, each) for name, each in titles.items()}
    parts = [small[name] for name, each in titles.items() if len(each) == len(whole["systems"])]
    folded = [small[name] for name, each in titles.items() if len(each) < len(whole["systems"])]
    note = "The scales differ from panel to panel: what is optimised differs too."
    more = (
        f"<details><summary>More of the training</summary>{''.join(folded)}</details>" if any(folded) else ""
    )
    return f"<p>{note}</p>{''.join(parts)}{more}" if any(parts) else ""


def samples(whole: Whole, grids: Mapping[str, np.ndarray | None], real: Real) -> str:
    """Images of each system side by side, and real ones."""
    labels = contents.shown_classes(len(real.train.class_names))
    named = [real.train.class_names[c] for c in labels]
    conditional = {system["name"]: system["conditional"] for system in whole["systems"]}
    drawn = [
        _grid(name, images, named if conditional[name] else [])
        for name, images in grids.items()
        if images is not None
    ]
    if not drawn:
        return ""
    shown = _grid("real images", contents.real_rows(real, labels), named)
    note = "Of seed 0, the last that was measured. A class a row where the system is conditional."
    return f'<p>{note}</p><div class="grids">{"".join(drawn)}{shown}</div>'


def cost(whole: Whole) -> str:
    """Seconds, steps and parameters."""
    players = dict.fromkeys(player for system in whole["systems"] for player in system["parameters"])
    rows = []
    for i, system in enumerate(whole["systems"]):
        name = system["name"]
        taken = [run["seconds"] for run in whole["runs"] if run["system"] == name and _is_whole(whole, run)]
        plain = [system["steps"][-1], system["images_per_step"]]
        plain += [system["parameters"].get(player) for player in players]
        cells = [
            _cell(taken, whole["seeds"]),
            *(f'<td data-value="{n or 0}">{number(n)}</td>' for n in plain),
        ]
        rows.append(_row(name, i, cells))
    titles = ["system", "seconds of training", "steps", "real images a step"]
    titles += [f"parameters of the {player}" for player in players]
    return _table(titles, rows, sort=True)


def differences(whole: Whole) -> str:
    """The keys in which the configs differ."""
    flat = [dict(tables.flat(system["config"])) for system in whole["systems"]]
    everything = dict.fromkeys(key for one in flat for key in one)
    keys = [k for k in everything if k not in _SET and len({str(one.get(k, NONE)) for one in flat}) > 1]
    rows = []
    for key in keys:
        cells = "".join(f"<td>{escape(_plain(one[key]) if key in one else NONE)}</td>" for one in flat)
        rows.append(f'<tr><th scope="row">{escape(key)}</th>{cells}</tr>')
    return f'<div class="code">{_table(["key", *summary.names(whole)], rows)}</div>' if rows else ""


def _title(metric: dict[str, Any]) -> str:
    """The chart of a metric and, if that does not say it, which of its curves."""
    chart = f"{metric['panel']}, {metric['unit']}" if metric["unit"] else metric["panel"]
    title = chart if metric["title"] in chart else f"{chart}: {metric['title']}"
    return title[:1].upper() + title[1:]


def _small(whole: Whole, logs: Logs, key: str, titles: Sequence[str]) -> str:
    """A panel for each system that has this metric; the systems may call it by different titles."""
    drawn = []
    for system in whole["systems"]:
        series = {}
        for seed in range(whole["seeds"]):
            pairs = [
                (line["step"] / system["steps"][-1] * whole["epochs"][-1], line[key])
                for line in logs[system["name"], seed]
                if isinstance(line.get(key), int | float)
            ]
            x, y = np.array(pairs, float).reshape(-1, 2).T
            series[f"seed {seed}"] = (x, y)
        drawn.append(charts.curves(system["name"], series, against="passes"))
    panels = "".join(drawn)
    title = " / ".join(dict.fromkeys(titles))
    return f'<h3>{escape(title)}</h3><div class="charts small">{panels}</div>' if panels else ""


def _grid(name: str, images: np.ndarray, named: Sequence[str]) -> str:
    rows = []
    for i, row in enumerate(images):
        label = f"<span>{escape(named[i])}</span>" if named else ""
        alt = f"{len(row)} images of {name}" + (f", class {named[i]}" if named else "")
        rows.append(f'<div class="row">{label}{embed.strip(row, alt)}</div>')
    look = f"--columns:{images.shape[1]};--name:{max(map(len, named), default=0)}ch"
    return f'<div><h3>{escape(name)}</h3><div class="rows" style="{look}">{"".join(rows)}</div></div>'


def _cell(values: Sequence[float], seeds: int, *, best: bool = False) -> str:
    if not values:
        return f'<td data-value="-1">{NONE}</td>'
    middle = float(np.median(values))
    spread = f"{_three(min(values))}{NONE}{_three(max(values))}" if len(values) > 1 else ""
    if len(values) < seeds:
        spread += f" ({len(values)} of {seeds} seeds)"
    mark = '<span class="star">★</span> ' if best else ""
    look = ' class="best"' if best else ""
    return f'<td{look} data-value="{middle:.6g}">{mark}{_three(middle)}<small>{spread.strip()}</small></td>'


def _row(name: str, i: int, cells: Sequence[str]) -> str:
    return f'<tr><th scope="row" data-value="{i}">{escape(name)}</th>{"".join(cells)}</tr>'


def _table(titles: Sequence[str], rows: Sequence[str], *, foot: str = "", sort: bool = False) -> str:
    inner = '<button type="button">{}</button>' if sort else "{}"
    head = "".join(f'<th scope="col">{inner.format(escape(title))}</th>' for title in titles)
    last = f"<tfoot>{foot}</tfoot>" if foot else ""
    return (
        '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table class="systems">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>{last}</table></div>"
    )


def _is_whole(whole: Whole, run: dict[str, Any]) -> bool:
    return f"{whole['epochs'][-1]:g}" in run["figures"]


def _three(value: float | None) -> str:
    """Three digits, so that the columns stay narrow."""
    return number(value if value is None or abs(value) >= 1000 else float(f"{value:.3g}"))


def _plain(value: Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
