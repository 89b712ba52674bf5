"""Model cards: what a model draws, what it was trained on, how good it is, and what it is not for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cwgan_jax import config as config_

# The figures that a card shows, in this order, of those that were measured.
FIGURES = (
    *("agreement", "exact", "frechet", "precision", "recall", "coverage", "diversity", "modes", "modes_kl"),
    *("spectrum", "c2st", "nearest"),
)
LIBRARY = "cwgan_jax"
TAGS = ("gan", "conditional-gan", "wasserstein-gan", "wgan-gp", "jax", "flax")
_TASKS = {"images": "unconditional-image-generation"}  # the Hub's names; there is none for the others


class About(NamedTuple):
    """What a card says, beside what the model itself knows.

    Attributes:
      name: of the model.
      title: what it draws, one sentence without a full stop.
      data: the data set, and where it is from.
      licence: a sentence on the licence of data and weights.
      licence_id: as the Hub calls it, such as `cc-by-4.0`; empty: the card has no front matter.
      usage: commands, one a line.
      files: (name, what it is) of the files beside the card.
      limits: what it is not for.
    """

    name: str
    title: str
    data: str
    licence: str
    usage: Sequence[str]
    limits: str
    licence_id: str = ""
    files: Sequence[tuple[str, str]] = ()


def text(about: About, described: Mapping[str, Any], step: int, quality: Mapping[str, Any] | None) -> str:
    """The card in Markdown.

    Args:
      about: what to say.
      described: what the checkpoint says of itself: `config` and `data`.
      step: of the checkpoint.
      quality: an entry of `steps` of a file of figures (`evaluate`); None: it was not measured.
    """
    config = config_.from_dict(described["config"])
    networks = [f"`{config.model.architecture}`", f"latents of {config.model.latent} numbers"]
    if features := getattr(config.model, "features", None):
        networks.insert(1, f"f = {features}")
    loss = getattr(config.objective, "loss", config.algorithm)
    lines = [
        *(front_matter(about, described, quality) if about.licence_id else ()),
        f"# {about.name}",
        "",
        f"{about.title}.",
        "",
        "```",
        *about.usage,
        "```",
        "",
        f"- **Networks**: {', '.join(networks)}.",
        f"- **Training**: {step:,} steps of {config.train.batch_size} examples, loss `{loss}`; every option"
        " is in the file of the weights.",
        f"- **Condition**: {_condition(described)}.",
        f"- **Data**: {about.data}.",
        f"- **Licence**: {about.licence}.",
        "",
    ]
    if about.files:
        lines += ["## Files", "", "| file | |", "|---|---|"]
        lines += [f"| `{name}` | {what} |" for name, what in about.files] + [""]
    lines += ["## Measured", "", *_figures(quality), ""]
    return "\n".join([*lines, "## What it is not for", "", about.limits, ""])


def _condition(described: Mapping[str, Any]) -> str:
    parts = described["data"].get("conditions", [])
    if not parts or not described["config"]["model"]["conditional"]:
        return "none; it draws whatever the data show"
    return "; ".join(_part(part) for part in parts)


def _part(part: Mapping[str, Any]) -> str:
    """One part of a condition, with its range or its first names."""
    if names := part.get("names"):
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return f"{part['kind']} `{part['name']}`: {', '.join(map(str, names[:20]))}{more}"
    if "low" in part:
        return f"{part['kind']} `{part['name']}`: {part['low']:.4g} to {part['high']:.4g}"
    return f"{part['kind']} `{part['name']}`"


def _figures(quality: Mapping[str, Any] | None) -> list[str]:
    """The table of what was measured, and how."""
    if quality is None:
        return ["Not measured yet: `cwgan evaluate` does, and `cwgan publish` then puts the figures here."]
    shown = [quality["metrics"][name] for name in FIGURES if name in quality["metrics"]]
    rows = [f"| {x['title']} | {x['value']:.4g} | {_or_none(x.get('floor'))} |" for x in shown]
    how = [f"- {key}: {value}" for key, value in quality["recipe"].items()]
    warnings = [f"- **{line}**" for line in (*quality.get("alarms", ()), *quality.get("cautions", ()))]
    table = ["| figure | generated | held-out real examples |", "|---|---|---|", *rows]
    return [*table, "", "How, in the words of `cwgan evaluate`:", "", *how, *warnings]


def _or_none(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def front_matter(about: About, described: Mapping[str, Any], quality: Mapping[str, Any] | None) -> list[str]:
    """The Hub's metadata as YAML; every value is written as JSON, which YAML contains."""
    task = _TASKS.get(described["data"]["kind"])
    data: dict[str, Any] = {"license": about.licence_id, "library_name": LIBRARY, "tags": list(TAGS)}
    if task:
        data["pipeline_tag"] = task
    if task and quality is not None:
        metrics = [
            {
                "type": name,
                "name": quality["metrics"][name]["title"],
                "value": quality["metrics"][name]["value"],
            }
            for name in FIGURES
            if name in quality["metrics"]
        ]
        dataset = {"name": described["config"]["data"]["name"], "type": described["config"]["data"]["name"]}
        result = {"task": {"type": task}, "dataset": dataset, "metrics": metrics}
        data["model-index"] = [{"name": about.name, "results": [result]}]
    return ["---", *(f"{key}: {json.dumps(value)}" for key, value in data.items()), "---", ""]
