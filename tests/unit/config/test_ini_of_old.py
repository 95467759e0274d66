"""What Python 2's reader took and today's does not is a sentence that names the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.config import ini_file
from exact_import.errors import ConfigError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[application]\nrem the app\nclient_id = a\n", "line 2: neither a [section] nor"),
        ("[application]\n# Zoë\n".encode("latin-1"), "line 2: this is not text in UTF-8"),
        (b"[application]\nclient_id = a\nclient_id = b\n", "line 3: duplicate setting client_id"),
        (b"[application]\n[application]\n", "line 2: duplicate section [application]"),
    ],
)
def test_it_is_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "config.ini"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as wrong:
        ini_file.read(path)
    assert message in wrong.value.message
