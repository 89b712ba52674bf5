"""How Orbax stores a step. Imported when the first step is read or written: Orbax takes 0.15 s to import."""

from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp

_PROCESSES = ocp.options.MultiprocessingOptions(active_processes={0})


class Manager(ocp.CheckpointManager):
    """Writes the steps of one folder, and keeps the newest."""

    def __init__(self, folder: Path, keep: int) -> None:
        options = ocp.CheckpointManagerOptions(
            preservation_policy=ocp.checkpoint_managers.LatestN(keep),
            enable_async_checkpointing=False,
            create=False,
            lightweight_initialize=True,  # leaves old steps unread: they may be damaged
            multiprocessing_options=_PROCESSES,
        )
        super().__init__(folder, options=options)

    def reached_preemption(self, step: int) -> bool:
        """False: a signal is the loop's to handle.

        Orbax would tell jax's preemption service n from process 0 alone. A loop that counts its turns
        otherwise would then agree on a turn far ahead: SIGTERM seemed ignored when tried.
        """
        del step
        return False

    def write(self, step: int, state: Any, about: dict[str, Any], digest: dict[str, Any]) -> None:
        """Writes a step: a pytree of numpy arrays, and two items that JSON can hold."""
        items = ocp.args.Composite(
            # Orbax refuses arrays without elements; `digest` holds their shape and dtype.
            state=ocp.args.StandardSave(jax.tree.map(lambda x: x if x.size else None, state)),
            about=ocp.args.JsonSave(about),
            digest=ocp.args.JsonSave(digest),
        )
        self.save(step, args=items, force=True)


def read_arrays(item: Path, like: Any) -> Any:
    """Reads the arrays of an item; `like` is a pytree of their shapes and dtypes."""
    return _read(item, ocp.StandardCheckpointHandler(), ocp.args.StandardRestore(like))


def read_json(item: Path) -> Any:
    """Reads an item that was saved as JSON."""
    return _read(item, ocp.JsonCheckpointHandler(), ocp.args.JsonRestore())


def _read(item: Path, handler: Any, args: Any) -> Any:
    with ocp.Checkpointer(handler, multiprocessing_options=_PROCESSES) as reader:
        return reader.restore(item, args=args)
