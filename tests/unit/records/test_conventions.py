"""In which order a file writes its dates, with which mark its decimals; what was rewritten."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exact_import.fields import catalogue
from exact_import.records.conventions import Conventions, ConventionsSeen, hidden_conventions

START = catalogue("account")["StartDate"]
CREDIT = catalogue("account")["CreditLineSales"]
DISCOUNT = catalogue("account")["DiscountSales"]
NAME = catalogue("account")["Name"]


def seen(dates: Sequence[str] = (), numbers: Sequence[str] = ()) -> ConventionsSeen:
    """Return what was seen of a file with these dates and credit lines."""
    found = ConventionsSeen()
    for known, texts in ((START, dates), (CREDIT, numbers)):
        see = found.watch(known)
        assert see is not None
        for text in texts:
            see(text)
    return found


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["31/01/2024", "03/04/2024"], "dmy"),
        (["01/31/2024", "03/04/2024"], "mdy"),
        (["2024-01-31"], "ymd"),
        # Neither tells, or they say two things, or there is nothing to tell.
        (["03/04/2024"], ""),
        (["31/01/2024", "01/31/2024"], ""),
        (["03/03/2024"], ""),
        (["soon", ""], ""),
        ([], ""),
    ],
)
def test_the_order_of_dates(dates: list[str], expected: str) -> None:
    assert seen(dates).conventions == (expected, "")


@pytest.mark.parametrize(
    ("numbers", "expected", "matters"),
    [
        (["1.234,50"], ",", True),
        (["1,234.50", "7"], ".", True),
        (["1234,5", "1234.5"], "", True),
        # Thousands or decimals: nothing tells.
        (["1.234"], "", True),
        (["0.234"], ".", True),
        (["12"], "", True),
        ([], "", False),
    ],
)
def test_the_mark_before_decimals(numbers: list[str], expected: str, matters: bool) -> None:
    found = seen(numbers=numbers)
    assert found.conventions == ("", expected)
    assert found.numbers is matters


def test_in_a_percentage_thousands_are_never_parted() -> None:
    found = ConventionsSeen()
    see = found.watch(DISCOUNT)
    assert see is not None
    see("2.125")
    assert found.conventions.decimal == "."
    assert found.watch(NAME) is None


@pytest.mark.parametrize(
    ("conventions", "dates", "numbers", "expected"),
    [
        # What the rows themselves tell need not be told.
        (Conventions("dmy", ","), ["31/01/2024"], ["1,5"], {}),
        (Conventions("dmy", ","), [], [], {}),
        (Conventions("", ""), ["03/04/2024"], ["1.234"], {}),
        (Conventions("dmy", ","), ["03/04/2024"], ["1.234"], {"dates": "dmy", "decimals": "comma"}),
        (Conventions("mdy", "."), ["03/04/2024"], ["1.234"], {"dates": "mdy", "decimals": "point"}),
        (Conventions("dmy", ""), ["01/31/2024"], [], {"dates": "dmy"}),
    ],
)
def test_what_is_reported_of_some_rows_of_a_file(
    conventions: Conventions, dates: list[str], numbers: list[str], expected: dict[str, str]
) -> None:
    assert hidden_conventions(conventions, seen(dates, numbers)) == expected
