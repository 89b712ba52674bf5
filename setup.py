"""The packages; all else is in pyproject.toml. The recipes of configs/ are installed as cwgan_jax/recipes."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["cwgan_jax*"]), "cwgan_jax.recipes"],
    package_dir={"cwgan_jax.recipes": "configs"},
)
