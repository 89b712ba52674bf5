"""How the processes of a run agree. With a single process every function here only does its own part.

Small values travel through the key-value store of jax's coordination service (which lives in process 0),
where waiting is no work for the devices and may take as long as process 0 does; a peer that dies meanwhile
is noticed by its missing heartbeat. Large ones, the state, travel by a collective of the devices.
"""

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils

from cwgan_jax.common.errors import PeerError
from cwgan_jax.parallel import messages

T = TypeVar("T")

_WAIT = 24 * 3600 * 1000  # milliseconds; heartbeats, not this, end the waiting for a process that died
_LARGE = 2**20  # bytes
_GRACE = 1.0  # seconds in which every process that is still there sees what happened
_calls = 0


def count() -> int:
    """How many processes the run has."""
    return _state().num_processes if _client() else 1


def index() -> int:
    """Which of them this one is."""
    return _state().process_id if _client() else 0


def first() -> bool:
    """Whether this is the process that prints, writes and draws."""
    return index() == 0


def once(function: Callable[[], T], like: Callable[[], Any] | None = None) -> T:
    """Runs `function` in process 0; every process returns what it returned, or raises what it raised.

    Args:
      function: returns what JSON can hold; with `like`, a tree of that structure, or None.
      like: makes, the same in every process, a tree of jax.ShapeDtypeStruct, arrays or numbers.

    Raises:
      PeerError: what arrived is not from a process of this run.
    """
    if count() == 1:
        return function()
    tree = like() if like else None
    mine = messages.packed(function, tree) if first() else b""
    return _values([_of_first(_name(), mine, messages.most(tree))], tree)[0]


def together(function: Callable[[], T], same: Callable[[T], Any] | None = None) -> T:
    """Runs `function` in every process; if it fails anywhere, all raise the error of the first to fail.

    Args:
      function: may raise a UserError; what it returns stays in its process.
      same: what must be equal in all processes, of the value; what JSON can hold.

    Raises:
      PeerError: it is not equal, or what arrived is not from a process of this run.
    """
    if count() == 1:
        return function()
    name, value = _name(), None

    def summary() -> str:
        nonlocal value
        value = function()
        described = json.dumps(same(value) if same else None, sort_keys=True)
        return hashlib.sha256(described.encode()).hexdigest()

    _set(f"{name}/{index()}", messages.packed(summary))
    found = _values([_get(f"{name}/{i}") for i in range(count())])
    for i, other in enumerate(found):
        if other != found[0]:
            raise PeerError(
                f"process {i} has another config, data set or version than process 0; start all of them with"
                " the same arguments and files"
            )
    return value  # type: ignore[return-value]


def stop_asked(turn: int) -> bool:
    """Whether all processes must stop at this turn, since one of them got SIGTERM.

    Args:
      turn: counts the calls from 0, the same in every process; to be asked at every turn.
    """
    return multihost_utils.reached_preemption_sync_point(turn)


def gathered(value: np.ndarray) -> np.ndarray:
    """The value of every process, stacked on a new leading axis; a collective of the devices."""
    return np.asarray(multihost_utils.process_allgather(value)) if count() > 1 else value[None]


def leave(status: int, message: str = "") -> None:
    """Ends this process at once; the others can say `message`, if it is what they fail for."""
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(Exception):
        if message:
            _client().key_value_set(f"gone/{index()}", message)
    time.sleep(2 * _GRACE if first() else 0)  # the store goes with process 0
    os._exit(status)  # sys.exit would wait for the others


def lost() -> str | None:
    """After a collective failed: which peers are gone and, where they could say it, why.

    Returns:
      One line, or None if every process is still there.
    """
    with contextlib.suppress(Exception):
        _client().key_value_set(f"here/{index()}", "")
        time.sleep(_GRACE)
        here, gone = _said("here"), _said("gone")
        missing = [i for i in range(count()) if i not in here]
        told = [f"process {i} stopped: {messages.printable(gone[i])}" for i in sorted(gone)]
        silent = [f"lost process {i}" for i in missing if i not in gone]
        return "; ".join(told + silent) or None
    return "lost process 0, which holds the others together"


def _of_first(name: str, mine: bytes, most: int) -> bytes:
    """The message of process 0, of at most so many bytes, in every process."""
    size = len(mine)
    if first():
        _set(f"{name}/size", str(size).encode())
    else:
        announced = _get(f"{name}/size")
        size = int(announced) if announced.isdigit() and len(announced) < 20 else most + 1
        if size > most:
            raise _foreign(f"{announced[:20]!r} bytes are announced, {most} allowed")
    if size > _LARGE:
        content = np.frombuffer(mine, np.uint8) if first() else np.zeros(size, np.uint8)
        return np.asarray(multihost_utils.broadcast_one_to_all(content)).tobytes()
    if not first():
        return _get(f"{name}/value")
    _set(f"{name}/value", mine)
    return mine


def _values(received: list[bytes], like: Any = None) -> list[Any]:
    """The values; raises the first error, marked as one that all processes raise."""
    try:
        outcomes = [messages.unpacked(message, like) for message in received]
    except ValueError as error:
        raise _foreign(str(error)) from error
    for i, outcome in enumerate(outcomes):
        if outcome.error:
            outcome.error.process, outcome.error.shared = i, True
            raise outcome.error
    return [outcome.value for outcome in outcomes]


def _foreign(cause: str) -> PeerError:
    return PeerError(
        f"a message that no process of this run can have sent ({cause}): start all of them with the same"
        " version, and let nobody else reach the coordinator's port (docs/scaling.md)"
    )


def _set(key: str, value: bytes) -> None:
    try:
        _client().key_value_set_bytes(key, value)
    except jax.errors.JaxRuntimeError as error:
        if "ALREADY_EXISTS" not in str(error):
            raise
        raise _foreign(f"{key} is there already") from error


def _said(kind: str) -> dict[int, str]:
    """What the processes left in the store, by their number."""
    found = {key.rpartition("/")[2]: text for key, text in _client().key_value_dir_get(f"{kind}/")}
    return {i: found[str(i)] for i in range(count()) if str(i) in found}


def _get(key: str) -> bytes:
    return _client().blocking_key_value_get_bytes(key, _WAIT)


def _name() -> str:
    """A name for each exchange: all processes make the same ones in the same order."""
    global _calls
    _calls += 1
    return f"cwgan_jax/{_calls}"


def _state() -> Any:
    return jax._src.distributed.global_state  # the store has no public name


def _client() -> Any:
    return _state().client
