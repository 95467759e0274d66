"""Files that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

from exact_import.errors import StorageError
from exact_import.files import PRIVATE, write_atomic


def write_whole(path: Path, content: str, mode: int = PRIVATE) -> None:
    """Write `content` to `path`, whole or not at all, with this mode; raises StorageError."""
    try:
        # In JSON the \udc.. of a name that is not UTF-8 is its very spelling.
        write_atomic(path, content.encode("utf-8", "backslashreplace"), mode=mode)
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {path}: {error.strerror or error}.",
            "Name another file, or make room.",
        ) from error
