"""Cells with several e-mail addresses or telephone numbers: each goes somewhere or is named."""

from __future__ import annotations

import pytest

from exact_import.fields import Kind, catalogue
from exact_import.values.convert import Converted, Converter, Rules
from exact_import.values.phones import read_phones


def converted(kind: Kind, name: str, text: str, country: str = "BE") -> Converted:
    return Converter(Rules(country=country)).convert(catalogue(kind)[name], text, country)


@pytest.mark.parametrize(
    ("country", "text", "numbers"),
    [
        ("BE", "09 123 45 67 / 0475 12 34 56", ["09 123 45 67", "0475 12 34 56 mobile"]),
        ("BE", "tel 09 123 45 67 gsm 0475123456", ["09 123 45 67", "0475123456 mobile"]),
        ("BE", "0475123456 0476123456", ["0475123456 mobile", "0476123456 mobile"]),
        ("BE", "02/123.45.67 - 0475/12.34.56", ["02/123.45.67", "0475/12.34.56 mobile"]),
        ("BE", "02 123 45 67 02 123 45 68", ["02 123 45 67", "02 123 45 68"]),
        (
            "BE",
            "+32 9 123 45 67 - +32 475 12 34 56",
            ["+32 9 123 45 67", "+32 475 12 34 56 mobile"],
        ),
        ("BE", "09 123 45 67; fax 09 123 45 68", ["09 123 45 67", "09 123 45 68 fax"]),
        ("BE", "0475 12 34 56 gsm, 09 123 45 67 werk", ["0475 12 34 56 mobile", "09 123 45 67"]),
        ("BE", "T: 09 123 45 67 | F: 09 123 45 68", ["09 123 45 67", "09 123 45 68 fax"]),
        ("BE", "09 123 45 67x12", ["09 123 45 67 +x12"]),
        ("BE", "09 123 45 67 (tst 12)", ["09 123 45 67 +tst 12"]),
        ("NL", "020-1234567 / 06-12345678", ["020-1234567", "06-12345678 mobile"]),
        ("FR", "01.23.45.67.89/06.12.34.56.78", ["01.23.45.67.89", "06.12.34.56.78 mobile"]),
        ("FR", "01 23 45 67 89 06 12 34 56 78", ["01 23 45 67 89", "06 12 34 56 78 mobile"]),
        ("DE", "030 1234567 / 0171 1234567", ["030 1234567", "0171 1234567 mobile"]),
        ("LU", "26 12 34 / 621 123 456", ["26 12 34", "621 123 456 mobile"]),
    ],
)
def test_the_numbers_of_a_cell(country: str, text: str, numbers: list[str]) -> None:
    cell = read_phones(text, country)
    assert cell is not None
    assert [
        f"{one.text} {one.line}".strip() + (f" +{one.extension}" if one.extension else "")
        for one in cell.numbers
    ] == numbers
    assert not cell.rest


@pytest.mark.parametrize(
    "text",
    [
        "09/123.45.67",
        "(09) 123 45 67",
        "+32 (0)9 123 45 67",
        "09 123 45 67 / 68",
        "0475-12-34-56/57",
        "0475 12 34 5O",
        "0475 12 34 X6",
        "0475 12 34 56 7",
        "BE0403170701",
        "0800-BAKKER",
        "12",
        "niet bekend",
        "0475 12 34 56" * 30,
    ],
)
def test_one_number_and_what_is_unclear_stay_whole(text: str) -> None:
    assert read_phones(text, "BE") is None


@pytest.mark.parametrize(
    ("kind", "name", "text", "value", "also", "left_out"),
    [
        ("contact", "Phone", "09 123 45 67 / 0475 12 34 56", "09 123 45 67",
         {"Mobile": "0475 12 34 56"}, ""),
        ("contact", "Mobile", "09 123 45 67 / 0475 12 34 56", "0475 12 34 56",
         {"Phone": "09 123 45 67"}, ""),
        ("contact", "BusinessPhone", "09 123 45 67 ext 12", "09 123 45 67",
         {"BusinessPhoneExtension": "12"}, ""),
        ("contact", "Phone", "09 123 45 67 ext 12", "09 123 45 67 ext 12", {}, ""),
        ("contact", "Phone", "fax 09 123 45 67", None, {"BusinessFax": "09 123 45 67"}, ""),
        ("account", "Phone", "09 123 45 67 tst. 12", "09 123 45 67", {"PhoneExtension": "12"}, ""),
        ("account", "Phone", "Tel. 09 123 45 67", "09 123 45 67", {}, ""),
        ("account", "Phone", "09 123 45 67 / 0475 12 34 56", "09 123 45 67", {}, "0475 12 34 56"),
        ("account", "Phone", "0475 12 34 56 (Jan)", "0475 12 34 56", {}, "(Jan)"),
        ("account", "Phone", "09/123.45.67 (na 18u)", "09/123.45.67", {}, "(na 18u)"),
        ("account", "Phone", "09 123 45 67 / 09.123.45.67", "09 123 45 67", {}, ""),
        ("account", "Email", "a@x.example; b@x.example", "a@x.example", {}, "b@x.example"),
        ("account", "Email", "a@x.example/b@x.example", "a@x.example", {}, "b@x.example"),
        ("account", "Email", "A <a@x.example>, B <b@x.example>", "a@x.example", {}, "b@x.example"),
        ("account", "Email", "a@x.example, A@X.example", "a@x.example", {}, ""),
        ("account", "Email", "a@x..example b@x.example", "b@x.example", {}, "a@x..example"),
        ("account", "Email", "a@x.example (privé)", "a@x.example", {}, "(privé)"),
        ("account", "Email", "E-mail: a@x.example", "a@x.example", {}, ""),
    ],
)  # fmt: skip
def test_what_no_field_takes_is_named(
    kind: Kind, name: str, text: str, value: str | None, also: dict[str, str], left_out: str
) -> None:
    found = converted(kind, name, text)
    assert (found.value, dict(found.also)) == (value, also)
    assert [severity for severity, _ in found.problems] == (["warning"] if left_out else [])
    if left_out:
        assert f'"{left_out}" is left out' in found.problems[0][1]


def test_an_export_of_this_program_keeps_its_numbers() -> None:
    text = "09 123 45 67 / 0475 12 34 56"
    exported = Converter(Rules(country="BE", exported=True))
    assert exported.convert(catalogue("contact")["Phone"], text, "BE").value == text


@pytest.mark.parametrize(
    ("kind", "name", "text", "value", "also", "left_out"),
    [
        ("account", "Website", "www.x.example, www.y.example", "www.x.example", {},
         "www.y.example"),
        ("account", "Website", "www.x.example / shop.y.example/a", "www.x.example", {},
         "shop.y.example/a"),
        ("account", "Website", "www.x.example info@x.example", None, {}, None),
        ("account", "Website", "info@x.example", None, {"Email": "info@x.example"}, ""),
        ("account", "Website", "www.x.example, info@x.example", "www.x.example",
         {"Email": "info@x.example"}, ""),
        ("account", "Website", "www.exa mple.example", None, {}, None),
        ("account", "Website", "www.x.example (oud)", "www.x.example", {}, "(oud)"),
        ("bank account", "BankAccount", "BE68 5390 0754 7034 EUR", "BE68539007547034", {}, ""),
        ("bank account", "BankAccount", "BE68 5390 0754 7034 - TRIOBEBB", "BE68539007547034",
         {"BICCode": "TRIOBEBB"}, ""),
        ("bank account", "BankAccount", "IBAN BE68539007547034 BIC: TRIOBEBB", "BE68539007547034",
         {"BICCode": "TRIOBEBB"}, ""),
        ("bank account", "BankAccount", "NL91ABNA0417164300 (ABNANL2A)", "NL91ABNA0417164300",
         {"BICCode": "ABNANL2A"}, ""),
        ("bank account", "BankAccount", "BE68 5390 0754 7034 / NL91ABNA0417164300",
         "BE68539007547034", {}, "NL91ABNA0417164300"),
        ("bank account", "BankAccount", "BE68 5390 0754 7034 rekening", None, {}, None),
        ("bank account", "BankAccount", "BE68 5390 0754 7035 - TRIOBEBB", None, {}, None),
    ],
)  # fmt: skip
def test_web_addresses_and_bank_accounts(
    kind: Kind, name: str, text: str, value: str | None, also: dict[str, str], left_out: str | None
) -> None:
    found = converted(kind, name, text)
    assert (found.value, dict(found.also)) == (value, also)
    severities = [severity for severity, _ in found.problems]
    assert severities == (["error"] if left_out is None else ["warning"] if left_out else [])
    assert (left_out or "") in " ".join(message for _, message in found.problems)


@pytest.mark.parametrize(
    ("name", "text", "value", "also"),
    [
        ("Phone", "09 222 33 44 / an@a.example", "09 222 33 44", {"Email": "an@a.example"}),
        ("Phone", "an@a.example", None, {"Email": "an@a.example"}),
        ("Email", "an@a.example - 09 222 33 44", "an@a.example", {"Phone": "09 222 33 44"}),
        ("AddressLine1", "Dorp 2, 8000 Brugge", "Dorp 2", {"Postcode": "8000", "City": "Brugge"}),
        ("AddressLine1", "Plein 1944, achterin", "Plein 1944, achterin", {}),
        (
            "Name",
            "Alfa BV, Dorp 2, 8000 Brugge, België",
            "Alfa BV",
            {"AddressLine1": "Dorp 2", "Postcode": "8000", "City": "Brugge", "Country": "BE"},
        ),
        ("Name", "Bos, Kok & Zonen", "Bos, Kok & Zonen", {}),
        ("LastName", "Berg, van den", "Berg", {"MiddleName": "van den"}),
        ("LastName", "Mevr. De Smet", "De Smet", {"Gender": "V"}),
        ("LastName", "Heerema", "Heerema", {}),
        ("LastName", "De Heer", "De Heer", {}),
        ("FirstName", "Mevr.", None, {"Gender": "V"}),
        ("Name", "Bos, Kok & Zonen, 2000 Antwerpen", "Bos, Kok & Zonen, 2000 Antwerpen", {}),
        ("AddressLine2", "1001 Building A", "1001 Building A", {}),
        ("AddressLine1", "Markt 3 (9000 Gent)", "Markt 3", {"Postcode": "9000", "City": "Gent"}),
        ("AddressLine2", "9000 Gent", None, {"Postcode": "9000", "City": "Gent"}),
        ("AddressLine2", "Gebouw 3000", "Gebouw 3000", {}),
        ("AddressLine3", "België", None, {"Country": "BE"}),
    ],
)
def test_values_of_other_fields_in_a_cell_go_there(
    name: str, text: str, value: str | None, also: dict[str, str]
) -> None:
    result = converted("contact" if name in ("FirstName", "LastName") else "account", name, text)
    assert (result.value, result.also, result.problems) == (value, also, ())


def test_what_no_field_takes_of_a_mixed_cell_is_said() -> None:
    result = converted("contact", "Email", "an@a.example / jo@a.example / 0475 11 22 33")
    assert (result.value, result.also) == ("an@a.example", {"Mobile": "0475 11 22 33"})
    assert ['"jo@a.example" is left out' in message for _, message in result.problems] == [True]


def test_words_beside_several_addresses_are_said() -> None:
    result = converted("account", "Email", "e-mail: an@a.example en jo@a.example (boekhouding)")
    assert result.value == "an@a.example"
    said = '"jo@a.example" and "boekhouding" are left out'
    assert [said in message for _, message in result.problems] == [True]


def test_a_remark_behind_a_bank_account_is_said() -> None:
    result = converted("bank account", "BankAccount", "BE68 5390 0754 7034 (KBC)")
    assert result.value == "BE68539007547034"
    assert ['"(KBC)" is left out' in message for _, message in result.problems] == [True]
