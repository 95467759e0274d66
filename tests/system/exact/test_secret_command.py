"""The secret that another program, such as a password manager, prints."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from exact_import.errors import ConfigError
from exact_import.exact.auth.storage import Storage


def written(folder: Path, text: str) -> Path:
    path = folder / "config.ini"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_secret_can_come_from_a_command(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    program = tmp_path / "my pass.py"
    program.write_text("import sys; print('  can$(id)ary', sys.argv[1:], ' \\nurl: x')")
    command = f"'{sys.executable}' '{program}' '$HOME' ;id"
    storage = Storage(written(tmp_path, f"[application]\nclient_secret_command = {command}\n"))
    assert storage.get_client_secret() == "can$(id)ary ['$HOME', ';id']"
    program.unlink()
    assert storage.get_client_secret() == "can$(id)ary ['$HOME', ';id']"
    assert "canary" not in caplog.text
    assert "can$" not in caplog.text


@pytest.mark.parametrize(
    ("command", "match"),
    [
        ("/no/such/program", "cannot be run: No such file"),
        ("'unbalanced", "cannot be run: it cannot be understood"),
        ("false", "failed with status 1"),
        ("true", "printed nothing"),
        (r"printf '\377'", "printed something that is not text"),
    ],
)
def test_a_secret_command_that_fails_is_named(tmp_path: Path, command: str, match: str) -> None:
    storage = Storage(written(tmp_path, f"[application]\nclient_secret_command = {command}\n"))
    with pytest.raises(ConfigError, match=match):
        storage.get_client_secret()
