"""Plain forms hold nothing that the libraries refuse, and nothing that they would change."""

from __future__ import annotations

import string

import pytest
import stdnum.be.vat
import stdnum.eu.vat
import stdnum.iban
from email_validator import validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.fields import catalogue
from exact_import.values import emails, identifiers, phones
from exact_import.values.convert import PLAIN, Converter, Rules
from exact_import.values.placeholders import blanks_of
from exact_import.values.places import postcode
from exact_import.values.scalars import code

DIGITS = st.text(string.digits, min_size=9, max_size=11)


NEAR_BELGIAN = st.integers(0, 10**8 - 1).map(lambda n: f"{n:08d}{97 - n % 97:02d}")


NEAR_DUTCH = st.builds(
    lambda n, m: f"NL{n:09d}B{m:02d}", st.integers(0, 10**9 - 1), st.integers(0, 99)
)


def dutch_of_eleven(first: int) -> str:
    """Return a VAT number whose nine digits pass the old test, where there is one."""
    digits = f"{first:08d}"
    check = sum(w * int(d) for w, d in zip(range(9, 1, -1), digits, strict=True)) % 11
    return f"NL{digits}{check % 10}B01"


def dutch_of_97(body: int) -> str:
    """Return a VAT number whose two last digits are the check digits of since 2020."""
    check = 98 - int(f"2321{body:09d}1100") % 97
    return f"NL{body:09d}B{check:02d}"


@given(DIGITS | NEAR_BELGIAN | st.text(max_size=12))
@example("0000000097")
@example("0000000000")
@example("٠١٢٣٤٥٦٧٨٩")
def test_belgian_numbers(digits: str) -> None:
    if identifiers.enterprise_number(digits):
        assert stdnum.be.vat.validate(digits) == digits
        assert stdnum.eu.vat.validate(f"BE{digits}") == f"BE{digits}"


@given(
    NEAR_DUTCH
    | st.integers(0, 10**8 - 1).map(dutch_of_eleven)
    | st.integers(1, 10**9 - 1).map(dutch_of_97)
    | st.text("NLB0123456789", max_size=15)
)
def test_dutch_vat_numbers(number: str) -> None:
    if identifiers.dutch_vat_number(number):
        assert stdnum.eu.vat.validate(number) == number


@given(st.integers(1, 10**9 - 1).map(dutch_of_97))
def test_the_dutch_check_takes_the_numbers_of_since_2020(number: str) -> None:
    assert identifiers.dutch_vat_number(number) == stdnum.eu.vat.is_valid(number)


@given(
    st.builds(
        lambda country, body: country + stdnum.iban.calc_check_digits(f"{country}00{body}") + body,
        st.sampled_from(["BE", "NL", "DE", "LU"]),
        st.text(string.digits + "ABNA", min_size=12, max_size=18),
    )
    | st.text(string.digits + "BENLD", max_size=24)
)
@example("BE68539007547034")
@example("NL91ABNA0417164300")
def test_ibans(number: str) -> None:
    if identifiers.common_iban(number):
        assert stdnum.iban.validate(number, check_country=False) == number


EMAIL_MARKS = "aZ09._+-@é ,\u212a\u017f"


@settings(max_examples=scaled(500))
@given(
    st.text(EMAIL_MARKS, max_size=70)
    | st.emails()
    | st.builds(
        lambda local, host, top: f"{local}@{host}.{top}",
        st.text("ab0._+-", min_size=1, max_size=66),
        st.text("ab0.-", min_size=1, max_size=66),
        st.sampled_from(["be", "com", "test", "local", "example", "arpa", "xyz", "b"]),
    )
)
@example("jan@xn--a.be")
@example("a@b.onion")
def test_emails(text: str) -> None:
    if PLAIN["Email"]("").test(text):
        validate_email(text, check_deliverability=False)  # raises if it is none


@given(st.text("0123456789+ x", max_size=22))
def test_phones(text: str) -> None:
    if PLAIN["Phone"]("").test(text):
        assert phones.phone(text) == text


@given(st.text("ab0./:-@ ", max_size=30))
def test_websites(text: str) -> None:
    if PLAIN["Website"]("").test(text):
        assert emails.website(text) == text


@given(st.text("0123456789 AB", max_size=20), st.sampled_from(["NL", "BE", "DE"]))
def test_codes_postcodes_and_register_numbers(text: str, country: str) -> None:
    if PLAIN["Code"](country).test(text):
        assert code(text) == text
    if PLAIN["Postcode"](country).test(text):
        assert postcode(text, country) == text
    if PLAIN["ChamberOfCommerce"](country).test(text):
        assert identifiers.chamber_of_commerce(text, country) == text


@pytest.mark.parametrize("name", sorted(PLAIN))
@given(text=st.text(string.printable + "\u00a0é", max_size=20))
@example(text="null")
def test_whatever_is_plain_is_sent_as_it_stands(name: str, text: str) -> None:
    field = catalogue("account").get(name) or catalogue("contact")[name]
    result = Converter(Rules(country="BE")).convert(field, text.strip())
    if text.strip() in blanks_of(field):
        assert (result.value, len(result.problems)) == (None, 1)
    elif PLAIN[name]("BE").test(text.strip()):
        assert (result.value, result.problems) == (text.strip(), ())


SAMPLES = [
    "BE0403170701", "BE0403170702", "BE0000000000", "NL004495445B01", "0403170701", "12345678",
    "9000", "1234 AB", "jan@example.com", "jan@example", "www.example.be", "https://a.be/",
    "+32 9 123 45 67", "091234567", "a", "é", "1\n2", "BE0403170701\n", "-",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(PLAIN))
@given(texts=st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=12))
def test_many_are_judged_as_each_is_tested(name: str, texts: list[str]) -> None:
    plain = PLAIN[name]("BE")
    assert plain.others(texts) == [text for text in texts if not plain.test(text)]
