"""Which signals end a command in good order."""

from __future__ import annotations

import signal

import pytest

from exact_import.exact.clock import on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_are_taken_and_given_back(number: signal.Signals) -> None:
    taken: list[int] = []
    before = signal.getsignal(number)
    with on_signals(lambda arrived, _: taken.append(arrived)):
        signal.raise_signal(number)
    assert taken == [number]
    assert signal.getsignal(number) is before


@pytest.mark.posix
def test_ctrl_break_counts_as_sigterm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGHUP, raising=False)  # Windows has it
    taken: list[int] = []
    with on_signals(lambda arrived, _: taken.append(arrived)):
        signal.raise_signal(signal.SIGHUP)
    assert taken == [signal.SIGTERM]
