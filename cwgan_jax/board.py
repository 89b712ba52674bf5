"""TensorBoard files."""

import datetime
import os
from pathlib import Path
from typing import Any

import numpy as np


class Board:
    """A TensorBoard file, written by the thread that calls.

    tensorboardX's own writer has a thread, which a full disk ends without a word; the next call then waits
    for it for ever. What it imports (torch, where there is one: 2 s) waits for the first record, when the
    device has work to do meanwhile.
    """

    def __init__(self, folder: Path, purge: int) -> None:
        """Records into `folder`; what earlier files say of the steps from `purge` on no longer counts."""
        self._folder, self._purge = folder, purge
        self._records: Any = None

    def scalar(self, step: int, name: str, value: float) -> None:
        """Adds a number."""
        self._write(step=step, summary=self._summary().scalar(name, value))

    def image(self, step: int, name: str, image: np.ndarray) -> None:
        """Adds a picture u8[H, W, 3]."""
        self._write(step=step, summary=self._summary().image(name, image, dataformats="HWC"))

    def flush(self) -> None:
        """Writes what is still waiting."""
        if self._records:
            self._records.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._records:
            self._records.close()

    def _summary(self) -> Any:
        from tensorboardX import summary

        return summary

    def _write(self, **fields: Any) -> None:
        from tensorboardX.proto.event_pb2 import Event, SessionLog
        from tensorboardX.record_writer import RecordWriter

        if self._records is None:
            self._folder.mkdir(exist_ok=True)
            name = f"events.out.tfevents.{datetime.datetime.now().timestamp():.0f}.{os.getpid()}"
            self._records = RecordWriter(str(self._folder / name))
            self._write(file_version="brain.Event:2")
            self._write(step=self._purge, session_log=SessionLog(status=SessionLog.START))
        event = Event(wall_time=datetime.datetime.now().timestamp(), **fields)
        self._records.write(event.SerializeToString())
