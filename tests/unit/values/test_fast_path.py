"""Plain forms hold nothing that the libraries refuse, and nothing that they would change."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email

from exact_import.values import emails, identifiers, phones, places, scalars
from exact_import.values.convert import PLAIN


def test_the_plain_forms_are_plain() -> None:
    """What fills most files must not need the libraries."""
    assert PLAIN["VATNumber"]("BE").test("BE0403170701")
    assert PLAIN["VATNumber"]("NL").test("NL004495445B01")
    assert PLAIN["Email"]("").test("jan.peeters@example.co.uk")
    assert PLAIN["Phone"]("").test("+32 9 123 45 67")
    assert PLAIN["Website"]("").test("https://www.example.be/")
    with pytest.raises(EmailNotValidError):
        validate_email("a@b.test", check_deliverability=False)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (scalars.PLAIN_CODE, "9" * 18),
        (places.plain_postcode("NL"), "1234 AB"),
        (places.plain_postcode("DE"), "01067"),
        (phones.PLAIN_PHONE, "+3" + " 2" * 12),
        (identifiers.PLAIN_VAT_NUMBER, "NL004495445B01"),
        (emails.PLAIN_EMAIL, "a" * 51 + "@peach.be"),
    ],
)
def test_the_longest_of_a_plain_form(form: scalars.PlainForm, text: str) -> None:
    assert form.test(text)
    assert len(text) == form.longest
    assert not any(form.test(text[:at] + text[at] + text[at:]) for at in range(len(text)))
