"""Dates: the order of a file, and what each date becomes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from exact_import.values.dates import DateOrder, DateOrderSeen, moment, plain
from exact_import.values.vocabulary import InvalidValue


def order_of(samples: Iterable[str]) -> str:
    """Return the order in which the cells of a column write day, month and year."""
    seen = DateOrderSeen()
    for text in samples:
        seen.see(text)
    return seen.order


@pytest.mark.parametrize(
    ("samples", "order"),
    [
        ([], ""),
        (["", "geen", "44927", "1 jan 2024"], ""),
        (["2024-01-31", "2024-02-01"], "ymd"),
        (["01/02/2024", "31/01/2024"], "dmy"),
        (["01/02/2024", "01/31/2024"], "mdy"),
        (["1-2-24", "31-1-24 10:00"], "dmy"),
        (["1.2.2024"], "dmy"),
        (["01/02/2024", "03/04/2024"], "ambiguous"),
        (["01/02/2024", "2024-01-31"], "ambiguous"),
        (["31/01/2024", "01/31/2024"], "ambiguous"),
        (["04/04/2024", "05/05/2024", "1/2/345"], ""),
    ],
)
def test_the_order_of_a_file(samples: list[str], order: str) -> None:
    assert order_of(samples) == order
    assert order_of(reversed(samples)) == order


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [
        ("31/12/2024", "", "2024-12-31"),
        ("12/31/2024", "", "2024-12-31"),
        ("03/04/2024", "dmy", "2024-04-03"),
        ("03/04/2024", "mdy", "2024-03-04"),
        ("3.4.2024", "", "2024-04-03"),
        ("3. 4. 2024", "", "2024-04-03"),
        ("4/4/2024", "", "2024-04-04"),
        ("24-01-05", "ymd", "2024-01-05"),
        ("1-2-29", "dmy", "2029-02-01"),
        ("1-2-30", "dmy", "1930-02-01"),
        ("2024-12-31", "mdy", "2024-12-31"),
        ("2024/12/31", "dmy", "2024-12-31"),
        ("2024-12-31 00:00:00", "", "2024-12-31"),
        ("2024-12-31T14:05:09.123Z", "", "2024-12-31T14:05:09"),
        ("2024-07-01T00:00:00+02:00", "", "2024-07-01"),
        ("31/12/2024 14:05", "dmy", "2024-12-31T14:05:00"),
        ("12/31/2024, 2:05 PM", "mdy", "2024-12-31T14:05:00"),
        ("12/31/2024 12:05 AM", "mdy", "2024-12-31T00:05:00"),
        ("20241231", "", "2024-12-31"),
        ("45657", "", "2024-12-31"),
        ("45657,5", "", "2024-12-31T12:00:00"),
        ("31-12-9999", "", "9999-12-31"),
        ("1 mrt 2024", "", "2024-03-01"),
        ("1 maart 2024", "", "2024-03-01"),
        ("01-jan-24", "", "2024-01-01"),
        ("12 août 2021", "", "2021-08-12"),
        ("3. März 2020", "", "2020-03-03"),
        ("15 déc. 2020", "", "2020-12-15"),
        ("January 5, 2020", "", "2020-01-05"),
        ("maandag 6 mei 2024", "", "2024-05-06"),
        ("Mon, May 6, 2024", "", "2024-05-06"),
    ],
)
def test_dates_become_iso(text: str, order: DateOrder, value: str) -> None:
    assert moment(text, order) == value


@pytest.mark.parametrize(
    ("text", "order", "words"),
    [
        ("03/04/2024", "", "date_order = dmy"),
        ("12/31/2024", "dmy", "day, month, year"),
        ("31/12/2024", "mdy", "month, day, year"),
        ("31/02/2024", "", "not a valid date"),
        ("31/12/224", "", "not a valid date"),
        ("1/2/3", "dmy", "not a valid date"),
        ("224/12/31", "", "not a valid date"),
        ("2024/12/311", "", "not a valid date"),
        ("31/12-2024", "", "not a valid date"),
        ("01/01/0203", "dmy", "expected 1800 or later"),
        ("2024-13-01", "", "not a valid date"),
        ("2024-12-31 25:00", "", "not a valid date"),
        ("1 foo 2024", "", "not a valid date"),
        ("20241331", "", "not a valid date"),
        ("gisteren", "", "not a valid date"),
        ("1" * 5000, "", "not a valid date"),
        ("31/12/2024" + " " * 5000 + "x", "", "not a valid date"),
    ],
)
def test_what_is_no_date_is_refused(text: str, order: DateOrder, words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        moment(text, order)
    assert words in caught.value.message


@pytest.mark.parametrize(
    "text", ["0/0/00", "0-0-00", "0.0.00", "00/00/0000", "0000-00-00", "0000-00-00 00:00:00"]
)
def test_a_date_of_zeros_is_no_date_and_no_mistake(text: str) -> None:
    assert moment(text) == ""
    assert order_of([text, "01/02/2024"]) in ("ambiguous", "dmy")


@pytest.mark.parametrize("text", ["--05-12", "--0512", "03/02", "31-12", "3.2."])
def test_a_day_without_a_year_is_reported_and_left_out(text: str) -> None:
    with pytest.raises(InvalidValue, match="without a year") as refused:
        moment(text)
    assert refused.value.mild
    assert refused.value.kept is None


def test_the_usual_form_takes_the_short_way() -> None:
    assert plain("31/12/2023", "dmy") == plain("12-31-2023", "mdy") == "2023-12-31"
