"""What the C library is told about the buffers of a step."""

import ctypes
import os

import pytest

from cwgan_jax.parallel import keep_buffers


@pytest.mark.parametrize(("processors", "told"), [(2, [(-3, 2**26), (-1, 2**27)]), (64, [])])
def test_kept_only_where_few_threads_would_keep_them(monkeypatch, processors, told):
    calls = []

    class Library:
        @staticmethod
        def mallopt(*arguments):
            calls.append(arguments)

    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library)
    keep_buffers()
    assert calls == told
