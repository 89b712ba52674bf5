"""Conditional Wasserstein GANs with gradient penalty in pure functional JAX."""
