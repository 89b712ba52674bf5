"""The section of a config about where a run is logged besides its own folder."""

import dataclasses

from cwgan_jax.common import options


@dataclasses.dataclass(frozen=True)
class Log:
    """An experiment tracker that gets the numbers and sheets of a run, too; see docs/runs.md.

    Attributes:
      tracker: `none`, `wandb` (Weights & Biases), `trackio` or `mlflow`, each a package of its own.
      project: that the run belongs to there (of MLflow: the experiment).
    """

    tracker: str = options.choice("none", "none", "wandb", "trackio", "mlflow")
    project: str = options.text("cwgan_jax", "a name")
