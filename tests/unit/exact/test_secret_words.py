"""How the command of a password manager is split into words, by platform."""

from __future__ import annotations

import pytest

from exact_import.exact.auth.secret_command import words


@pytest.mark.parametrize(
    ("platform", "command", "expected"),
    [
        ("linux", "pass show exact", ["pass", "show", "exact"]),
        ("linux", "op read 'op://Work/Exact Online'", ["op", "read", "op://Work/Exact Online"]),
        # A Windows program splits its own command line, with the backslashes in it.
        (
            "win32",
            r'"C:\Tools\op.exe" read "Exact"',
            r'"C:\Tools\op.exe" read "Exact"',
        ),
    ],
)
def test_each_platform_splits_as_its_programs_do(
    platform: str, command: str, expected: str | list[str]
) -> None:
    assert words(command, platform) == expected
