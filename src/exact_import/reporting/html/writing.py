"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from exact_import.errors import StorageError


def write_whole(path: Path, content: str, mode: int = 0o600) -> None:
    """Write `content` to `path`, whole or not at all, with this mode; raises StorageError."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".exact-import-", dir=path.parent)
        draft = Path(name)
        try:
            # In JSON the \udc.. of a name that is not UTF-8 is its very spelling.
            with os.fdopen(
                descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n"
            ) as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.chmod(mode)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {path}: {error.strerror or error}.",
            "Name another file, or make room.",
        ) from error
