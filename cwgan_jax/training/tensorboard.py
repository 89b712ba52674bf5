"""TensorBoard files."""

import datetime
import importlib
import importlib.util
import io
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image


class Board:
    """A TensorBoard file, written by the thread that calls.

    tensorboardX's own writer has a thread, which a full disk ends without a word; the next call then waits
    for it for ever. Its modules are imported at the first record, when the device has work to do meanwhile.
    """

    def __init__(self, folder: Path, purge: int) -> None:
        """Records into `folder`; what earlier files say of the steps from `purge` on no longer counts."""
        self._folder, self._purge = folder, purge
        self._messages: Any = None
        self._records: Any = None

    def scalar(self, step: int, name: str, value: float) -> None:
        """Adds a number."""
        self._write(step=step, summary={"value": [{"tag": name, "simple_value": value}]})

    def image(self, step: int, name: str, image: np.ndarray) -> None:
        """Adds a picture u8[H, W, 3]."""
        height, width, channels = image.shape
        content = io.BytesIO()
        Image.fromarray(image).save(content, "PNG")
        picture = {
            "height": height,
            "width": width,
            "colorspace": channels,
            "encoded_image_string": content.getvalue(),
        }
        self._write(step=step, summary={"value": [{"tag": name, "image": picture}]})

    def flush(self) -> None:
        """Writes what is still waiting."""
        if self._records:
            self._records.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._records:
            self._records.close()

    def _write(self, **fields: Any) -> None:
        if self._records is None:
            self._messages, records = _tensorboardx()
            self._folder.mkdir(exist_ok=True)
            name = f"events.out.tfevents.{datetime.datetime.now().timestamp():.0f}.{os.getpid()}"
            self._records = records.RecordWriter(str(self._folder / name))
            self._write(file_version="brain.Event:2")
            self._write(step=self._purge, session_log={"status": self._messages.SessionLog.START})
        event = self._messages.Event(wall_time=datetime.datetime.now().timestamp(), **fields)
        self._records.write(event.SerializeToString())


def _tensorboardx() -> tuple[ModuleType, ModuleType]:
    """The modules of the file's messages and records, without running tensorboardX's `__init__`.

    That one imports torch and comet_ml wherever they are installed: seconds, memory and a second pool of
    threads in the process that trains.
    """
    name = "tensorboardX"
    if name not in sys.modules:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.modules[name] = importlib.util.module_from_spec(spec)  # knows its folder; nothing is executed
        try:
            return _tensorboardx()
        finally:
            del sys.modules[name]  # whoever else imports it gets the whole
    return importlib.import_module(f"{name}.proto.event_pb2"), importlib.import_module(
        f"{name}.record_writer"
    )
