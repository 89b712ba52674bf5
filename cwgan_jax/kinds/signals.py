"""Signals: f32[L, D], standardised, of one axis of time; drawn as lines, measured by their spectra."""

from cwgan_jax.kinds import numbers
from cwgan_jax.metrics import signals
from cwgan_jax.pictures.numbers import lines

KIND = numbers.make("signals", lines, signals.light, signals.FIGURES)
