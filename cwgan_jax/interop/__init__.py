"""Weights in and out: PyTorch state dicts, and artifacts that run without this package."""
