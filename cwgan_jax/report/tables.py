"""Sections of the report, each as HTML; a section with nothing to show is empty."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax.common.metric import Metric, by_panel
from cwgan_jax.report import charts, embed
from cwgan_jax.report.cells import bar, table
from cwgan_jax.report.charts import number

_BETTER = {
    "higher": "Higher is better.",
    "lower": "Lower is better.",
    "near floor": "Best near that of real ones.",
}
_WORST = 10  # mistakes that are listed
_MATRIX = 100  # classes up to which a confusion matrix can be read


def better(measure: dict[str, Any]) -> str:
    """Which values of a figure are good, in words; empty if it does not say."""
    return _BETTER.get(measure.get("better", ""), "")


def curves(
    declared: Sequence[Metric],
    metrics: list[dict[str, Any]],
    watched: list[dict[str, Any]],
    measures: dict[str, dict[str, Any]],
    unit: str = "images",
) -> str:
    """Panels of the training, then one for each figure that was measured on the way.

    Args:
      declared: the metrics, with the panels they belong to.
      metrics: lines with a step.
      watched: the same of the quality.
      measures: title and floor of those that have them.
      unit: what examples are called.
    """
    drawn = []
    for panel, members in by_panel(declared).items():
        series = {metric.title: _series(metrics, metric.name) for metric in members}
        zero = any(metric.zero for metric in members)
        drawn.append(charts.curves(_capital(panel), series, zero=zero))
    known = dict.fromkeys(key for line in watched for key in line)
    for key in (key for key in known if key not in ("step", "samples", "judge")):
        measure = measures.get(key, {})
        drawn.append(
            charts.curves(
                _capital(measure.get("title") or key.replace("_", " ")),
                {"generated": _series(watched, key)},
                level=None if key == "frechet" else measure.get("floor"),  # at another number of images
                about=better(measure),
                unit=unit,
            )
        )
    panels = "".join(drawn)
    return f'<div class="charts">{panels}</div>' if panels else ""


def samples(sheets: Sequence[tuple[int, Path]]) -> str:
    """The sheets of the training, with a slider; the last one is shown first."""
    frames = embed.frames(sheets)
    if not frames:
        return ""
    *earlier, last = frames
    hidden = "".join(f'<div hidden data-step="{frame.step}">{frame.tag}</div>' for frame in earlier)
    controls = (
        '<div class="controls"><button type="button">Play</button><input type="range" aria-label="Sheet"'
        f' min="0" max="{len(earlier)}" value="{len(earlier)}"><output>step {last.step}</output></div>'
    )
    note = "<p>The same latents at every step. The arrow keys move the slider.</p>" if earlier else ""
    return (
        f'{note}<div class="player">{controls if earlier else ""}{hidden}'
        f'<div data-step="{last.step}">{last.tag}</div></div>'
    )


def beside(real: np.ndarray, fake: np.ndarray, names: Sequence[str]) -> str:
    """Real images beside generated ones, one class in each row."""
    halves = [
        f"<div><h3>{kind.capitalize()}</h3>{_rows(rows, names, f'{kind} images')}</div>"
        for kind, rows in (("real", real), ("generated", fake))
        if rows.size
    ]
    return f'<div class="beside">{"".join(halves)}</div>' if halves else ""


def classes(columns: dict[str, Sequence[float | None]], names: Sequence[str]) -> str:
    """A table with one class in each row and bars in its cells; a click on a title sorts it."""
    columns = {title: values for title, values in columns.items() if len(values) == len(names)}
    if not columns or not names:
        return ""
    tallest = {
        title: max([1.0, *(value for value in values if value is not None and np.isfinite(value))])
        for title, values in columns.items()
    }
    rows = []
    for c, name in enumerate(names):
        cells = [bar(values[c], tallest[title]) for title, values in columns.items()]
        rows.append(f'<tr><th scope="row" data-value="{c}">{escape(name)}</th>{"".join(cells)}</tr>')
    return table(["class", *columns], rows, sort=True)


def confusion(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """The confusion matrix, unless it is too large to read, and the most common mistakes."""
    if not len(counts):
        return ""
    matrix, names = np.asarray(counts), names or [str(c) for c in range(len(counts))]
    mistakes = matrix / np.maximum(matrix.sum(1, keepdims=True), 1) * (1 - np.eye(len(matrix)))
    worst = [divmod(int(i), len(matrix)) for i in np.argsort(-mistakes, axis=None, kind="stable")[:_WORST]]
    listed = "".join(
        f"<li>{escape(names[c])} read as {escape(names[k])}: {matrix[c, k]} of {matrix[c].sum()}</li>"
        for c, k in worst
        if mistakes[c, k]
    )
    common = f"<div><h3>Most common mistakes</h3><ol>{listed}</ol></div>" if listed else ""
    if len(matrix) > _MATRIX:
        return f"<p>A matrix of {len(matrix)} classes is too large to read, and left out.</p>{common}"
    note = "<p>Row: the class that was asked for. Column: the class that the judge read.</p>"
    return f'{note}<div class="confusion">{charts.confusion(matrix, names)}{common}</div>'


def points(where: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> str:
    """The t-SNE map."""
    if not where.size:
        return ""
    note = (
        "<p>t-SNE of the judge's features: pale spots are real images, solid dots generated ones. Spots"
        " without dots: the generator misses something. Dots without spots: unlike anything real. Distances"
        " between clusters mean nothing.</p>"
    )
    return note + charts.scatter(where, labels, names)


def walks(images: np.ndarray, names: Sequence[str]) -> str:
    """A strip of frames for each row; page.js plays them."""
    if not images.size:
        return ""
    note = "<p>From one latent to another. Smooth changes speak against learning by heart.</p>"
    button = '<div class="controls"><button type="button">Play</button></div>'
    size = f'data-width="{images.shape[3]}" data-frames="{images.shape[1]}"'
    return f'{note}<div class="walks" {size}>{button}{_rows(images, names, "frames of a walk")}</div>'


def nearest(fake: np.ndarray, real: np.ndarray, distance: np.ndarray) -> str:
    """Pairs of a generated image and the training image closest to it."""
    if not fake.size:
        return ""
    note = (
        "<p>Left: generated. Right: the training image nearest to it in the judge's features, with the"
        " distance. Alike is good; pixel for pixel the same would be a copy.</p>"
    )
    pairs = []
    for one, other, far in zip(fake, real, distance, strict=True):
        image = embed.strip(np.stack([one, other]), "A generated image and the nearest training image")
        pairs.append(f"<figure>{image}<figcaption>{number(float(far))}</figcaption></figure>")
    return f'{note}<div class="pairs">{"".join(pairs)}</div>'


def usefulness(result: dict[str, Any]) -> str:
    """What a classifier learns from generated images."""
    parts = []
    if trained := result.get("gan_train"):
        rows = [
            f'<tr><th scope="row">{kind}</th>{bar(trained[key], 1.0)}</tr>'
            for kind, key in (("generated images", "generated"), ("real images", "real"))
        ]
        about = (
            f"Accuracy on real test images of a classifier trained on {number(trained['images'])} generated"
            " images, and of one trained on the real ones."
        )
        parts.append(f"<p>{about}</p>{table(['trained on', 'accuracy'], rows)}")
    if lines := result.get("augmentation"):
        rows = [
            f'<tr><th scope="row">{number(line["real_images"])}</th>{bar(line["without"], 1.0)}'
            f"{bar(line['with'], 1.0)}</tr>"
            for line in lines
        ]
        about = "The same for few real images, without and with generated ones added."
        parts.append(f"<p>{about}</p>{table(['real images', 'without', 'with generated'], rows)}")
    return f'<div class="beside">{"".join(f"<div>{part}</div>" for part in parts)}</div>' if parts else ""


def facts(pairs: dict[str, Any]) -> str:
    """Names and values."""
    rows = "".join(
        f"<dt>{escape(str(key))}</dt><dd>{escape(str(value))}</dd>" for key, value in pairs.items()
    )
    return f"<dl>{rows}</dl>" if rows else ""


def config(nested: dict[str, Any]) -> str:
    """Each section of the config, folded."""
    plain = {key: value for key, value in nested.items() if not isinstance(value, dict)}
    parts = {"general": plain, **{key: value for key, value in nested.items() if isinstance(value, dict)}}
    return "".join(
        f'<details><summary>{escape(key)}</summary><dl class="code">'
        + "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in flat(part))
        + "</dl></details>"
        for key, part in parts.items()
        if part
    )


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a nested config by their dotted keys."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _series(lines: Sequence[dict[str, Any]], key: str) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(line["step"], line[key]) for line in lines if isinstance(line.get(key), int | float)]
    step, value = np.array(pairs, float).reshape(-1, 2).T
    return step, value


def _rows(images: np.ndarray, names: Sequence[str], what: str) -> str:
    """The name and the strip of each row; wide strips scroll."""
    named = len(names) == len(images)
    rows = []
    for i, row in enumerate(images):
        alt = f"{len(row)} {what}" + (f" of class {names[i]}" if named else "")
        label = f"<span>{escape(names[i])}</span>" if named else ""
        rows.append(f'<div class="row">{label}{embed.strip(row, alt)}</div>')
    longest = max(map(len, names), default=0)
    return f'<div class="rows" style="--columns:{images.shape[1]};--name:{longest}ch">{"".join(rows)}</div>'
