"""Every number is read back from every way to write it, and stays in its range."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_import.values.scalars import decimal_mark, integer, number
from exact_import.values.vocabulary import InvalidValue


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    st.sampled_from([(".", ","), (" ", ","), (",", "."), ("'", ".")]),
)
def test_every_amount_is_read_back_from_every_custom(
    amount: Decimal, marks: tuple[str, str]
) -> None:
    group, mark = marks
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", group)
    assert number(text) == amount
    assert number(text, mark) == amount


@given(st.integers(-(2**33), 2**33), st.sampled_from(["Byte", "Int16", "Int32"]))
def test_whole_numbers_stay_in_their_range(value: int, edm: str) -> None:
    low, high = {"Byte": (0, 255), "Int16": (-32768, 32767), "Int32": (-(2**31), 2**31 - 1)}[edm]
    if low <= value <= high:
        assert integer(str(value), edm) == value
    else:
        with pytest.raises(InvalidValue, match="out of range"):
            integer(str(value), edm)


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.sampled_from([",", "."]),
)
def test_the_mark_that_a_number_gives_away_reads_it(amount: Decimal, mark: str) -> None:
    text = f"{amount:,.2f}".replace(",", "#").replace(".", mark).replace("#", ".,"[mark == "."])
    found = decimal_mark(text)
    assert found == mark
    assert number(text, found) == amount
