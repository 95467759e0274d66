"""Any text is composed and stripped of accents as Unicode has it."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from exact_import.text import (
    compose,
    without_accents,
)


@given(st.text())
def test_accents_are_joined_to_letters_and_taken_off_as_unicode_has_it(text: str) -> None:
    assert compose(text) == unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFKD", text)
    assert without_accents(text) == "".join(c for c in decomposed if not unicodedata.combining(c))
