"""Reads a header line as a file without rows has it."""

from __future__ import annotations

from exact_import.mapping.infer import Inference, recognise


def read(line: str) -> Inference:
    """Recognise a header written with semicolons."""
    return recognise(line.split(";"))


def fields(line: str) -> dict[str, str]:
    """Return every field that a header fills, as "contact.Email", with its template."""
    return {
        f"{section}.{name}": text
        for section, texts in read(line).templates.items()
        for name, text in texts.items()
    }
