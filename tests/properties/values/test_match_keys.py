"""A column compares as each of its texts does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exact_import.values.match_keys import (
    NumberKind,
    compact,
    compact_all,
    number_keys,
    place_key,
    place_keys,
    strong_numbers,
)

NUMBERS = ("", "BE0403170701", "0403.170.701", "NL081000261B01", "30111222", "ß1", "a\nb", "-")


columns = st.lists(st.sampled_from(NUMBERS) | st.text(max_size=6), max_size=8)


@given(columns)
def test_a_column_compares_as_each_of_its_texts_does(texts: list[str]) -> None:
    assert compact_all(texts) == list(map(compact, texts))
    known: dict[str, str] = {}
    for _ in range(2):
        assert place_keys(texts, known) == list(map(place_key, texts))


@given(columns)
def test_a_column_of_numbers_compares_as_each_of_them_does(texts: list[str]) -> None:
    kinds: tuple[NumberKind, ...] = ("VATNumber", "ChamberOfCommerce")
    for kind in kinds:
        alone = [
            strong_numbers(
                text if kind == "VATNumber" else "", text if kind != "VATNumber" else ""
            ).get(kind, "")
            for text in texts
        ]
        assert number_keys(kind, texts) == alone
