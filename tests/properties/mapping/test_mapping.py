"""A header of any length is understood in time."""

from __future__ import annotations

import contextlib

from exact_import.errors import ExactImportError
from exact_import.mapping.column_mapping import make_mapping
from long_texts import slow_texts


def test_a_very_long_header_is_understood_in_time() -> None:
    def understand(header: str) -> None:
        with contextlib.suppress(ExactImportError):
            make_mapping([header, "Naam"], {}, "a.csv")

    assert slow_texts(understand) == {}
