"""How the processes of a run agree. With a single process every function here only does its own part.

Small values travel through the key-value store of jax's coordination service (which lives in process 0),
where waiting is no work for the devices and may take as long as process 0 does; a peer that dies meanwhile
is noticed by its missing heartbeat. Large ones, the state, travel by a collective of the devices.
"""

import contextlib
import os
import pickle
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils

from cwgan_jax.errors import PeerError, UserError

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


def once(function: Callable[[], T]) -> T:
    """Runs `function` in process 0; every process returns what it returned, or raises what it raised.

    Args:
      function: its value, or its UserError, must be picklable.
    """
    if count() == 1:
        return function()
    message = _outcome(function) if first() else b""
    name = _name()
    size = int(_exchange(f"{name}/size", str(len(message)).encode() if first() else None))
    if size <= _LARGE:
        message = _exchange(f"{name}/value", message if first() else None)
    else:
        content = np.frombuffer(message, np.uint8) if first() else np.zeros(size, np.uint8)
        message = np.asarray(multihost_utils.broadcast_one_to_all(content)).tobytes()
    return _value([message])[0]


def together(function: Callable[[], T], same: Callable[[T], Any] | None = None) -> T:
    """Runs `function` in every process; if it fails anywhere, all raise the error of the first to fail.

    Args:
      function: may raise a UserError; what it returns stays in its process.
      same: what must be equal in all processes, of the value; picklable.

    Raises:
      PeerError: it is not equal.
    """
    if count() == 1:
        return function()
    name, value = _name(), None

    def summary() -> Any:
        nonlocal value
        value = function()
        return same(value) if same else None

    mine = _outcome(summary)
    _client().key_value_set_bytes(f"{name}/{index()}", mine)
    found = _value([_get(f"{name}/{i}") for i in range(count())])
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
        here = {int(key.rpartition("/")[2]) for key, _ in _client().key_value_dir_get("here/")}
        gone = {int(key.rpartition("/")[2]): text for key, text in _client().key_value_dir_get("gone/")}
        missing = [i for i in range(count()) if i not in here]
        told = [f"process {i} stopped: {text}" for i, text in sorted(gone.items())]
        silent = [f"lost process {i}" for i in missing if i not in gone]
        return "; ".join(told + silent) or None
    return "lost process 0, which holds the others together"


def _outcome(function: Callable[[], Any]) -> bytes:
    """A value or a UserError, as bytes."""
    try:
        return pickle.dumps((True, function()))
    except UserError as error:
        return pickle.dumps((False, error))


def _value(messages: list[bytes]) -> list[Any]:
    """The values; raises the first error, marked as one that all processes raise."""
    outcomes = [pickle.loads(message) for message in messages]
    for i, (good, value) in enumerate(outcomes):
        if not good:
            value.process, value.shared = i, True
            raise value
    return [value for _, value in outcomes]


def _exchange(key: str, value: bytes | None) -> bytes:
    """Process 0 gives a value, all get it."""
    if value is not None:
        _client().key_value_set_bytes(key, value)
        return value
    return _get(key)


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
