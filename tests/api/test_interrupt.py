"""Ctrl-C while `fit` trains: the first one asks the run to save, the second one ends it."""

import signal

import pytest

from cwgan_jax.api.interrupt import Interrupt


def test_an_interruption_asks_once_and_raises_the_second_time(capsys):
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as stop:
        assert stop.requested() is None
        signal.raise_signal(signal.SIGINT)
        assert stop.requested() == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
