"""What a command is told to write, looked at before anything: it may destroy nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from exact_import.errors import UsageError
from exact_import.tables.paths import expand, parse_rejects_name
from exact_import.tables.source import STDIN

_LOOK = 4096
# How a file of each option begins when it is one of ours, and what it is called.
_OURS = {
    "out": ("--out", "plan", (b"{", b'"exact-import plan"')),
    "report": (
        "--report",
        "report",
        (b"<!doctype html>", b"content=\"default-src 'none'; style-src 'sha256-"),
    ),
}


def check_outputs(said: Mapping[str, Any], config: Path) -> None:
    """Raise UsageError where an option's file is one that this command reads, or someone else's.

    `said` is what the command line said, `config` the configuration in use. Nothing is opened for
    writing; a file that is there is replaced by --out and --report only where it is an earlier
    plan or page of this program.
    """
    written = [
        (option, Path(said[name]))
        for name, option in (
            ("out", "--out"),
            ("report", "--report"),
            ("rejects", "--rejects"),
            ("log_file", "--log-file"),
        )
        if said.get(name)
    ]
    if not written:
        return
    read = list(_read(said, config))
    for place, (option, path) in enumerate(written):
        # Rejects go to a further name where theirs is taken.
        others = [] if option == "--rejects" else read
        for what, other in [*others, *written[:place]]:
            if _same(path, other):
                raise UsageError(
                    f"{option} and {what} name the same file, {path}; nothing was read or sent.",
                    f"Name another file with {option}.",
                )
    for option, path in written:
        if option != "--log-file" and not path.absolute().parent.is_dir():
            raise UsageError(
                f"{option} {path}: there is no such folder; nothing was read or sent.",
                "Make it first, or name another.",
            )
    for name, (option, called, marks) in _OURS.items():
        if said.get(name):
            _spare(Path(said[name]), option, called, marks)


def _read(said: Mapping[str, Any], config: Path) -> Iterator[tuple[str, Path]]:
    """Yield what the command reads, each with what messages call it."""
    try:
        sources = expand([str(name) for name in said.get("files") or ()])
    except UsageError:
        sources = []  # said in its own place
    yield from (("the CSV to import", Path(name)) for name in sources if name != STDIN)
    if said.get("plan"):
        yield "the plan to apply", Path(said["plan"])
    if said.get("file") and said["file"] != STDIN:
        yield "the CSV to write", Path(said["file"])
    yield "--config", config
    yield "the journal", config.with_name(f"{config.stem}.journal.sqlite3")
    for folder in (config.parent, Path()):
        yield "the settings in .env", folder / ".env"


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return one.absolute() == other.absolute()


def _spare(path: Path, option: str, called: str, marks: tuple[bytes, bytes]) -> None:
    if parse_rejects_name(path.name):
        raise UsageError(
            f"{option} {path} is a name for refused rows.", f"Name another file with {option}."
        )
    try:
        if not path.is_file():
            return
        with path.open("rb") as stream:
            head = stream.read(_LOOK)
    except OSError as error:
        raise UsageError(
            f"{option} {path} is there already and cannot be read: {error.strerror}.",
            "Name another file.",
        ) from None
    first, second = marks
    if head and not (head.startswith(first) and second in head):
        raise UsageError(
            f"{path} is there already, and is not a {called} of exact-import; "
            "nothing was read or sent.",
            f"Name another file with {option}, or remove this one.",
        )
