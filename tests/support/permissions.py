"""Who may use a file, as far as the system shows it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path


def is_private(path: Path) -> bool:
    """Return True if the owner, and nobody else, may read and write the file or use the folder.

    On Windows access lists decide, which Python does not show: there it is always True.
    """
    expected = 0o700 if path.is_dir() else 0o600
    return sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == expected
