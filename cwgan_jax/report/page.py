"""The report: all about the quality of a run on one page, which needs no network and no other file."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.files import write_whole
from cwgan_jax.common.metric import Metric
from cwgan_jax.evaluation import notices
from cwgan_jax.report import tables
from cwgan_jax.report.charts import number

# The page may load nothing, whatever a class is called.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


Section = tuple[str, str, str]
"""Key, title and HTML."""


class Content(NamedTuple):
    """All that the page shows; what is empty is left out.

    Attributes:
      title: name of the run.
      quality: what was measured: step, class_names, recipe, metrics, per_class, confusion, alarms,
        cautions, usefulness.
      declared: the metrics of the training, with the charts they belong to.
      metrics: lines of metrics.jsonl.
      watched: what was measured during the training, with the step in each line.
      sheets: step and file of the sample sheets, in order.
      real: u8[rows, columns, H, W, D], a class a row.
      fake: the same of the generator.
      row_names: of these rows; empty without classes.
      points: f[2, n, 2], a map of real and of generated features.
      point_labels: i[2, n], their classes.
      walks: u8[rows, frames, H, W, D], from one latent to another.
      nearest: u8[n, H, W, D] twice: generated images and the training images nearest to them.
      nearest_distance: f[n], between the two.
      config: nested, of the run.
      versions: what it ran with.
      more: sections that only such data have.
    """

    title: str
    quality: dict[str, Any]
    declared: Sequence[Metric]
    metrics: list[dict[str, Any]]
    watched: list[dict[str, Any]]
    sheets: list[tuple[int, Path]]
    real: np.ndarray
    fake: np.ndarray
    row_names: list[str]
    points: np.ndarray
    point_labels: np.ndarray
    walks: np.ndarray
    nearest: tuple[np.ndarray, np.ndarray]
    nearest_distance: np.ndarray
    config: dict[str, Any]
    versions: dict[str, str]
    more: Sequence[Section] = ()


def write(path: Path, content: Content) -> None:
    """Writes the page.

    Args:
      path: the HTML file.
      content: what it shows.
    """
    quality = content.quality
    measures, names = quality.get("metrics") or {}, quality.get("class_names") or []
    recipe = {key.replace("_", " "): text for key, text in (quality.get("recipe") or {}).items()}
    every = [
        ("curves", "Training", _curves(content, measures)),
        ("samples", "Samples", tables.samples(content.sheets)),
        ("beside", "Real and generated", tables.beside(content.real, content.fake, content.row_names)),
        *content.more,
        ("classes", "Classes", tables.classes(quality.get("per_class") or {}, names)),
        ("confusion", "Confusion", tables.confusion(quality.get("confusion") or [], names)),
        ("map", "Feature map", tables.points(content.points, content.point_labels, names)),
        ("walks", "Walks", tables.walks(content.walks, content.row_names)),
        ("nearest", "Nearest images", tables.nearest(*content.nearest, content.nearest_distance)),
        ("usefulness", "Usefulness", tables.usefulness(quality.get("usefulness") or {})),
        ("recipe", "Recipe", tables.facts(recipe)),
        ("config", "Config", tables.config(content.config)),
        ("versions", "Versions", tables.facts(content.versions)),
    ]
    title, header = f"{content.title}: quality report", _header(escape(content.title), quality)
    write_whole(path, encoded(page(title, header, every)))


def _curves(content: Content, measures: dict[str, Any]) -> str:
    unit = content.quality.get("unit", "images")
    return tables.curves(content.declared, content.metrics, content.watched, measures, unit)


def encoded(page: str) -> bytes:
    """A page as UTF-8; bytes of a path that are not text are escaped."""
    return page.encode(errors="backslashreplace")


def page(title: str, header: str, every: Sequence[Section], *, style: str = "") -> str:
    """A page that needs no network and no other file.

    Args:
      title: of the window.
      header: HTML.
      every: key, title and HTML of each section; what is empty is left out.
      style: CSS beside that of page.css.
    """
    shown = [section for section in every if section[2]]
    links = "".join(f'<a href="#{key}">{title}</a>' for key, title, _ in shown)
    body = "".join(
        f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>'
        f"{inner}</section>\n"
        for key, title, inner in shown
    )
    here = resources.files(__package__)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{(here / 'page.css').read_text('utf-8')}{style}</style>\n"
        f'</head>\n<body>\n{header}<nav aria-label="Sections">{links}</nav>\n'
        f"<main>\n{body}</main>\n<script>\n{(here / 'page.js').read_text('utf-8')}</script>\n"
        "</body>\n</html>\n"
    )


def _header(name: str, quality: dict[str, Any]) -> str:
    """Title, step, what stands before the figures, and key figures."""
    step = f"<p>Step {quality['step']}</p>" if "step" in quality else ""
    alarms = "".join(f"<li>{escape(alarm)}</li>" for alarm in notices.first(quality))
    if alarms:
        alarms = f'<div class="alarms" role="note"><b>Look at this first</b><ul>{alarms}</ul></div>'
    unit = quality.get("unit", "images")
    cards = "".join(_card(metric, unit) for metric in (quality.get("metrics") or {}).values())
    if cards:
        cards = f'<ul class="cards" aria-label="Key figures">{cards}</ul>'
    return f"<header><h1>{name}</h1>{step}{alarms}{cards}</header>\n"


def _card(metric: dict[str, Any], unit: str) -> str:
    spread, floor = metric.get("spread"), metric.get("floor")
    facts = [f"{number(spread[0])} to {number(spread[1])}"] if spread else []
    facts += [f"real {unit} {number(floor)}"] if floor is not None else []
    facts += [f"from {number(metric['n'])} {unit}"] if metric.get("n") else []
    return (
        f"<li><h2>{escape(metric['title'])}</h2><strong>{number(metric['value'])}</strong>"
        f"<p>{'<br>'.join(facts)}</p><small>{escape(metric.get('about', ''))}</small>"
        f"<small>{tables.better(metric)}</small></li>"
    )
