"""The configuration of a run: its sections, and the one place that judges what a user wrote."""

from cwgan_jax.common.model import Model
from cwgan_jax.config.augment_section import Augment
from cwgan_jax.config.data_section import Data
from cwgan_jax.config.idle import without_effect
from cwgan_jax.config.penalties import PathLength, Penalties, Penalty, lazy_intervals
from cwgan_jax.config.quality_section import Quality
from cwgan_jax.config.resolve import describe, from_dict, left_out, resolve, to_dict
from cwgan_jax.config.resume import ALLOWABLE, RESUMABLE, allowed, differences, resume_conflicts
from cwgan_jax.config.sections import (
    Config,
    Objective,
    Optimizer,
    Ramp,
    Train,
)

__all__ = [
    "ALLOWABLE",
    "RESUMABLE",
    "Augment",
    "Config",
    "Data",
    "Model",
    "Objective",
    "Optimizer",
    "PathLength",
    "Penalties",
    "Penalty",
    "Quality",
    "Ramp",
    "Train",
    "allowed",
    "describe",
    "differences",
    "from_dict",
    "lazy_intervals",
    "left_out",
    "resolve",
    "resume_conflicts",
    "to_dict",
    "without_effect",
]
