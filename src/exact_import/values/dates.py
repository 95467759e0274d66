"""Dates: the order in which a file writes them, and their conversion.

docs/values.md gives the rules to users; docs/exact-online.md, "Dates", says what Exact Online
takes.
"""

from __future__ import annotations

import datetime
import functools
import re
from typing import Literal

from exact_import.text import fold, quote
from exact_import.values.vocabulary import InvalidValue, month_names

DateOrder = Literal["dmy", "mdy", "ymd", ""]

_TIME = (
    r"(?:[T ,]{1,2}(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?([AaPp][Mm])?"
    r"\s?(?:Z|UTC|[+-]\d\d:?\d\d)?)?"
)
_DATE = re.compile(r"(\d{1,4})([-/. ]|\. )(\d{1,2})\2(\d{1,4})" + _TIME)
# The usual form, "30/04/2023": most dates share how they start with others.
_LENGTH = 10
_PLAIN_START = re.compile(r"(\d\d)([-/.])(\d\d)\2", re.ASCII)
_MONTH_NAME = re.compile(
    r"(?:[^\W\d]+,? )?(\d{1,2})(?:[ .-]|\. )([^\W\d]{3,10})\.?[ -](\d{2,4})" + _TIME
)
_NAME_FIRST = re.compile(r"(?:[^\W\d]+,? )?([^\W\d]{3,10})\.? (\d{1,2}),? (\d{4})" + _TIME)
_DAYS = 4 * 366  # ways in which dates start, and then some
_MONTH_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NO_YEAR = re.compile(rf"--\d\d-?\d\d|{_MONTH_DAY}[/.-]{_MONTH_DAY}[/.]?")
_WORDED_NO_YEAR = re.compile(r"\d{1,2}(?:e|er|st|nd|rd|th)?[ .-]+([^\W\d_]{3,10})\.?")
_YEAR_ALONE = re.compile(r"(?:19|20)\d\d")
_COMPACT = re.compile(r"(19|20)\d{6}")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")
_EPOCH = datetime.datetime(1899, 12, 30)
EARLIEST = 1800  # an earlier year is a typing mistake
_EARLIEST = str(EARLIEST)


def moment(text: str, order: DateOrder = "") -> str:
    """Return a date for Exact Online, "2023-04-30", or "2023-04-30T14:05:00" with a time.

    `order` is the file's order of day, month and year; "" takes a date only if it can be read in
    one way. A time zone is dropped: the calendar date in the file counts. A date of zeros only,
    which Outlook writes for none, is "". See docs/exact-online.md, "Dates". Raises InvalidValue.
    """
    if date := plain(text, order):
        return date
    if match := _DATE.fullmatch(text):
        if not any(int(match[place]) for place in (1, 3, 4)):
            return ""
        year, month, day = _arranged(text, match, order)
        clock = match.groups()[4:]
    elif match := _MONTH_NAME.fullmatch(text) or _NAME_FIRST.fullmatch(text):
        first, second, last = match.groups()[:3]
        name, day_text = (second, first) if first.isdigit() else (first, second)
        month = month_names().get(fold(name), 0)
        year, day = _full_year(last), int(day_text)
        clock = match.groups()[3:]
    elif _COMPACT.fullmatch(text):
        year, month, day, clock = int(text[:4]), int(text[4:6]), int(text[6:]), ()
    elif match := _SERIAL.fullmatch(text):
        when = _EPOCH + datetime.timedelta(days=float(f"{match[1]}.{match[2] or 0}"))
        return _written(when.replace(microsecond=0))
    elif _NO_YEAR.fullmatch(text) or _is_day_of_month(text):
        message = f"{quote(text)} is a day without a year, which Exact Online cannot store."
        raise InvalidValue("date", message, None, mild=True)
    elif _YEAR_ALONE.fullmatch(text):
        message = f"{quote(text)} is a year without a day, which Exact Online cannot store."
        raise InvalidValue("date", message, None, mild=True)
    else:
        raise _no_date(text, order)
    try:
        when = datetime.datetime(year, month, day, *_clock(clock))
    except ValueError:
        raise _no_date(text, order) from None
    if year < EARLIEST:
        raise InvalidValue(
            "date",
            f"{quote(text)} is a date in the year {year} (expected {EARLIEST} or later).",
            None,
        )
    return _written(when)


def plain(text: str, order: DateOrder) -> str:
    """Return a date in the usual form, without a time, as `moment` does first; else ""."""
    if len(text) != _LENGTH or not text.isascii() or not text[6:].isdigit():
        return ""
    end = _end(text[:6], order)
    return text[6:] + end if end and text[6:] >= _EARLIEST else ""


@functools.lru_cache(_DAYS)
def _end(start: str, order: DateOrder) -> str:
    """Return "-04-30" for the start "30/04/" of a date, "" if that is not a day in every year."""
    match = _PLAIN_START.fullmatch(start)
    if match is None or order not in ("dmy", "mdy"):
        return ""
    day, month = (match[1], match[3]) if order == "dmy" else (match[3], match[1])
    try:
        return datetime.date(2001, int(month), int(day)).isoformat()[4:]
    except ValueError:
        return ""


def _is_day_of_month(text: str) -> bool:
    match = _WORDED_NO_YEAR.fullmatch(text)
    return match is not None and fold(match[1]) in month_names()


def _written(when: datetime.datetime) -> str:
    return when.isoformat() if when.time() != datetime.time() else when.date().isoformat()


def _clock(groups: tuple[str | None, ...]) -> tuple[int, int, int]:
    if not groups or groups[0] is None:
        return 0, 0, 0
    hour, minute, second, half = groups
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    return hours, int(minute or 0), int(second or 0)


def _full_year(text: str) -> int:
    """Read two digits as spreadsheets do: 30 to 99 are in the 1900s."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 30 else 2000)


def _arranged(text: str, match: re.Match[str], order: DateOrder) -> tuple[int, int, int]:
    first, mark, second, third = match.groups()[:4]
    a, b = int(first), int(second)
    if len(first) > 2:
        if len(first) != 4 or len(third) > 2:
            raise _no_date(text, order)
        return a, b, int(third)
    if order == "ymd" and len(third) <= 2:
        return _full_year(first), b, int(third)
    if len(third) not in (2, 4):
        raise _no_date(text, order)
    if order in ("", "ymd"):
        order = order_shown(a, b, mark)
        if order == "" and a != b:
            raise InvalidValue(
                "date",
                f"{quote(text)} can be day/month or month/day; set date_order = dmy or "
                "date_order = mdy in [import].",
                None,
            )
    day, month = (b, a) if order == "mdy" else (a, b)
    return _full_year(third), month, day


def order_shown(a: int, b: int, mark: str) -> DateOrder:
    """Return the order shown by a date beginning with `a`, `mark`, `b`, "" if it shows none.

    Dates with points are always written day first.
    """
    if b > 12 >= a:
        return "mdy"
    if a > 12 or mark.startswith("."):
        return "dmy"
    return ""


_ORDER_NAMES = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


def _no_date(text: str, order: DateOrder) -> InvalidValue:
    expected = f"the order {_ORDER_NAMES[order]}" if order else "a form such as 31-12-2024"
    return InvalidValue("date", f"{quote(text)} is not a valid date (expected {expected}).", None)


class DateOrderSeen:
    """Finds out, one value at a time, in which order a file writes its dates."""

    def __init__(self) -> None:
        self._clear: set[str] = set()
        self._open = ""
        self._starts: set[str] = set()  # of dates in the usual form, which tell it all

    def see(self, text: str) -> None:
        """Take one cell of a date column into account; other texts do not count."""
        usual = len(text) == _LENGTH and text[6:].isdigit()
        if usual and text[:6] in self._starts:
            return
        match = _DATE.fullmatch(text)
        if match is None:
            return
        first, mark, second, third = match.groups()[:4]
        if len(first) == 4:
            self._clear.add("ymd")
        elif len(third) in (2, 4):
            order = order_shown(int(first), int(second), mark)
            if order:
                self._clear.add(order)
            elif first.lstrip("0") != second.lstrip("0"):
                self._open = self._open or text
        if usual and len(self._starts) < _DAYS:
            self._starts.add(text[:6])

    @property
    def order(self) -> Literal["dmy", "mdy", "ymd", "ambiguous", ""]:
        """The order; "ambiguous" if the dates contradict or do not show it, "" if not needed."""
        if {"dmy", "mdy"} <= self._clear:
            return "ambiguous"
        if "dmy" in self._clear:
            return "dmy"
        if "mdy" in self._clear:
            return "mdy"
        if self._open:
            return "ambiguous"
        return "ymd" if self._clear else ""

    @property
    def doubtful(self) -> str:
        """The first ambiguous date, if no date shows the order; otherwise, ""."""
        return "" if {"dmy", "mdy"} & self._clear else self._open
