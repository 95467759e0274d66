"""How wide the terminal is, as far as anything says it."""

from __future__ import annotations

import os

import pytest

from exact_import.cli.console import terminal_width


@pytest.mark.parametrize(
    ("said", "measured", "expected"),
    [("120", 66, 120), ("0", 66, 66), ("wide", 66, 66), ("", 66, 66), ("", 0, 80), ("", None, 80)],
)
def test_columns_come_before_what_the_terminal_says(
    said: str, measured: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size(_descriptor: int) -> os.terminal_size:
        if measured is None:
            raise OSError
        return os.terminal_size((measured, 24))

    monkeypatch.setenv("COLUMNS", said)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert terminal_width() == expected
