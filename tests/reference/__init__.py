"""The judge: plain PyTorch for the reference systems, and what holds the package against it."""
