"""Advice that names the command as it has to be typed: with --sandbox where that was said."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import click

from exact_import.errors import ExactImportError

_COMMAND = re.compile(
    r"exact-import (login|logout|divisions|doctor|plan|apply|runs|undo|forget|export|watch)\b"
    r"(?! --sandbox)"
)


def for_sandbox(text: str) -> str:
    """Return `text` with --sandbox behind each command of ours that can be told of it."""
    return _COMMAND.sub(r"exact-import \1 --sandbox", text)


def as_said(text: str) -> str:
    """Return `text` as it goes for the command under way."""
    context = click.get_current_context(silent=True)
    there = context is not None and context.params.get("sandbox")
    return for_sandbox(text) if there else text


def adapted(fault: ExactImportError, arguments: Sequence[str] | None = None) -> ExactImportError:
    """Return `fault` with advice for the command under way, or for the one of `arguments`."""
    if arguments is None:
        fault.message, fault.advice = as_said(fault.message), as_said(fault.advice)
    elif "--sandbox" in arguments or _yes(os.environ.get("EXACT_IMPORT_USE_SANDBOX", "")):
        fault.message, fault.advice = for_sandbox(fault.message), for_sandbox(fault.advice)
    return fault


def _yes(text: str) -> bool:
    return text.casefold() in ("1", "true", "t", "yes", "y", "on")
