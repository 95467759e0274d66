"""Signals are held back while a refresh is under way, in every thread, and act afterwards."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from exact_import.exact.clock import guarded, shield


@pytest.fixture
def arrived() -> Iterator[list[int]]:
    """The signals that acted; SIGINT raises KeyboardInterrupt as usual."""
    acted: list[int] = []

    def act(number: int, _: FrameType | None) -> None:
        acted.append(number)

    before = signal.signal(signal.SIGTERM, act)
    # A job in the background of a shell begins with this signal ignored.
    at_first = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield acted
    signal.signal(signal.SIGTERM, before)
    signal.signal(signal.SIGINT, at_first)


def test_a_signal_acts_when_the_block_has_ended(arrived: list[int]) -> None:
    done = []

    def work() -> None:
        with shield():
            signal.raise_signal(signal.SIGINT)
            with shield():
                signal.raise_signal(signal.SIGTERM)
            done.append(list(arrived))

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [[]]
    assert arrived == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_each_kind_acts_once(arrived: list[int]) -> None:
    with shield():
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
    assert arrived == [signal.SIGTERM]


def test_an_error_within_does_not_lose_the_signal(arrived: list[int]) -> None:
    def work() -> None:
        with shield():
            signal.raise_signal(signal.SIGTERM)
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        work()
    assert arrived == [signal.SIGTERM]


def test_outside_the_block_signals_act_at_once(arrived: list[int]) -> None:
    with guarded():
        signal.raise_signal(signal.SIGTERM)
        assert arrived == [signal.SIGTERM]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)
    assert arrived == [signal.SIGTERM] * 2


def test_a_block_in_another_thread_holds_back_too(arrived: list[int]) -> None:
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with shield():
            inside.set()
            leave.wait(10)

    with guarded():
        thread = threading.Thread(target=work)
        thread.start()
        inside.wait(10)
        signal.raise_signal(signal.SIGTERM)
        assert arrived == []
        leave.set()
        thread.join()
        # Python runs handlers in the main thread, at its next step.
        for _ in range(1000):
            if arrived:
                break
        assert arrived == [signal.SIGTERM]


def test_an_ignored_signal_stays_ignored(arrived: list[int]) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with guarded():
            signal.raise_signal(signal.SIGINT)
        with shield():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert arrived == []
