"""What is said of a text that is not a valid e-mail address."""

from __future__ import annotations

import pytest

from exact_import.values.emails import email_reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("info.maes.example", "it has no @"),
        ("in fo@maes.example", "it has a space"),
        ("info@@maes.example", "it has more than one @"),
        ("@maes.example", "nothing is before the @"),
        ("info@", "nothing is after the @"),
        ("info@maes..example", "it has two dots in a row"),
        ("info.@maes.example", "a dot is next to the @"),
        ("info@maes.example.", "it begins or ends with a dot"),
        ("i" * 65 + "@maes.example", "what is before the @ is longer than 64 characters"),
        ("info@maes", "what is after the @ has no dot"),
        ("info@-maes.example", "what is after the @ is not the name of a domain"),
        ("info@192.168.1.1", "what is after the @ is not the name of a domain"),
        ("in(fo)@maes.example", 'it must not have "(" and ")"'),
        ("info@ma_es.example", 'it must not have "_"'),
        ("info@maes.example", ""),
    ],
)
def test_what_is_wrong_is_said_in_a_few_words(text: str, reason: str) -> None:
    assert email_reason(text) == reason
