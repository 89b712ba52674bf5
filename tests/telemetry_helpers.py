"""Telemetry with made-up metrics, and what it wrote; shared by its tests."""

import json

import jax.numpy as jnp
import numpy as np
from conftest import make_config, make_setting

from cwgan_jax.algorithms import adversarial_metrics
from cwgan_jax.training import telemetry

METRICS = adversarial_metrics.metrics_of(make_setting(make_config()))
NAMES = [metric.name for metric in METRICS]  # those of a critic with a gradient penalty


def metrics(first, count, **changes):
    """Metric number m of step n is n + m / 8; `changes` sets (name -> {step: value})."""
    step = np.arange(first, first + count, dtype=np.float32)
    series = {name: step + m / 8 for m, name in enumerate(NAMES)}
    for name, values in changes.items():
        for n, value in values.items():
            series[name][n - first] = value
    return {name: jnp.asarray(values) for name, values in series.items()}


def start(workdir, *, first=0, total=100, log_every=10, batch=8, metrics=METRICS):
    more = {"batch": batch, "unit": "images", "metrics": metrics}
    return telemetry.Telemetry(workdir, first=first, total=total, log_every=log_every, **more)


def lines(workdir):
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
