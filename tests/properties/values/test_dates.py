"""Every date is read back; any other text is refused."""

from __future__ import annotations

import datetime
import re

from hypothesis import given
from hypothesis import strategies as st

from exact_import.values.dates import DateOrder, moment, plain
from exact_import.values.vocabulary import InvalidValue


@given(st.dates(min_value=datetime.date(1930, 1, 1), max_value=datetime.date(9999, 12, 31)))
def test_every_date_is_read_back_from_the_forms_of_its_order(day: datetime.date) -> None:
    forms: dict[DateOrder, str] = {
        "dmy": f"{day.day}/{day.month}/{day.year}",
        "mdy": f"{day.month:02d}-{day.day:02d}-{day.year}",
        "ymd": f"{day.year}.{day.month:02d}.{day.day:02d}",
    }
    for order, text in forms.items():
        assert moment(text, order) == day.isoformat()
        assert moment(day.isoformat(), order) == day.isoformat()


@given(st.text(max_size=40) | st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}( \d\d:\d\d)?"))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        value = moment(text.strip(), "dmy")
    except InvalidValue:
        return
    if value:
        datetime.datetime.fromisoformat(value)
    else:
        assert not any(map(int, re.findall(r"\d+", text)[:3]))


@given(
    st.from_regex(r"[0-3][0-9]([-/.])[0-3][0-9]\1[0-9]{4}", fullmatch=True)
    | st.from_regex(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}", fullmatch=True),
    st.sampled_from(["dmy", "mdy", "ymd", ""]),
)
def test_the_usual_form_is_read_as_every_other(text: str, order: DateOrder) -> None:
    found = plain(text, order)
    assert not found or found == moment(text, order)
