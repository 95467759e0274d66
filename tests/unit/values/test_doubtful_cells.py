"""Cells that hold nothing, are damaged, or hold what belongs to another field or row."""

from __future__ import annotations

import pytest

from converting import BE, converted, refusal
from exact_import.fields import catalogue
from exact_import.text import quote
from exact_import.values.convert import Converter, Rules


@pytest.mark.parametrize(
    "text",
    ["vrijgesteld", "niet btw-plichtig", "particulier", "in aanvraag", "non assujetti", "BE", "0"],
)
def test_a_number_without_digits_is_none(text: str) -> None:
    for name in ("VATNumber", "ChamberOfCommerce"):
        result = converted(name, text, "BE")
        assert result.value is None
        assert result.problems == (("warning", f'"{text}" was treated as an empty cell.'),)


@pytest.mark.parametrize("text", ["-", "n.v.t.", "N/A", "geen", "NULL", "néant", "k.A."])
@pytest.mark.parametrize(
    "name", ["VATNumber", "Email", "Website", "StartDate", "Country", "Blocked"]
)
def test_words_for_nothing_count_as_empty(name: str, text: str) -> None:
    result = converted(name, text)
    assert result.value is None
    assert [severity for severity, _ in result.problems] == ["warning"]


@pytest.mark.parametrize(
    ("field", "text", "warned"),
    [
        ("Name", "Caf? Zo? BV", False),
        ("City", "Li?ge", True),
        ("Name", "Imprimerie G?rard", True),
        ("Name", "Wie? Wat BV", False),
        ("Website", "https://a.example/x?y=z", False),
    ],
)
def test_a_question_mark_inside_a_word_is_pointed_out(field: str, text: str, warned: bool) -> None:
    result = converted(field, text)
    assert result.value == text
    assert ["accented letter" in message for _, message in result.problems] == [True] * warned


@pytest.mark.parametrize(
    ("field", "text", "value", "problem"),
    [
        ("Postcode", "9000.0", "9000", ""),
        ("Postcode", "9000,0", "9000", ""),
        ("Postcode", "9.000", "9000", ""),
        ("Postcode", "Dorp 2", None, "has a word in it"),
        ("Postcode", "Postbus 12", None, "has a word in it"),
        ("Phone", "zie gsm", None, "is left out"),
        ("Email", "geen e-mail", None, "treated as an empty cell"),
        ("Email", "anonymous", None, "treated as an empty cell"),
        ("Website", "pas de site", None, "treated as an empty cell"),
        ("Website", "in aanbouw", None, "treated as an empty cell"),
        ("Name", "vacant", None, "treated as an empty cell"),
        ("Name", "Beta NV - FAILLIET", "Beta NV - FAILLIET", "no longer exists"),
        ("BirthDate", "1970", None, "year without a day"),
        ("AddressLine1", "12", "12", "is a street and not a number"),
        ("AddressLine1", "zelfde als factuuradres", None, "refers to another address"),
        ("AddressLine1", "idem adres", None, "refers to another address"),
        ("AddressLine1", "Wiedauwkaai 3", "Wiedauwkaai 3", ""),
        ("Postcode", "75002", "75002", "fill in the country"),
        ("Postcode", "900", "900", "expected 4 digits"),
        ("Postcode", "900O", "900O", "if 9000 is right"),
        ("Postcode", "B-9O00", "B-9O00", "if 9000 is right"),
        ("Postcode", "1O12 AB", "1O12 AB", "if 1012 AB is right"),
        ("Name", "Alfa t.a.v. An Bos", "Alfa t.a.v. An Bos", "names a contact person too"),
        ("Name", "Alfa BV 09 222 33 44", "Alfa BV 09 222 33 44", "more than a name"),
        ("Name", "Alfa BV BE0403.170.701", "Alfa BV BE0403.170.701", "more than a name"),
        ("Name", "Alfa BV, Dorp 1, 9000 Gent, BE1", "Alfa BV, Dorp 1, 9000 Gent, BE1", "more than"),
        ("Name", "#1001", "#1001", "has no letters"),
        ("Name", "Alfa 2000 BV", "Alfa 2000 BV", ""),
        ("Name", "Alfa tav An Bos", "Alfa tav An Bos", "names a contact person too"),
        ("Name", "Alfa c/o An Bos", "Alfa c/o An Bos", "names a contact person too"),
        ("Name", "Voorbeeld BV", "Voorbeeld BV", "looks like an example"),
        ("Name", "Musterhaus GmbH", "Musterhaus GmbH", ""),
        ("LastName", "Bos, Kok", "Bos, Kok", "has a comma"),
        ("BirthDate", "3 mei", None, "day without a year"),
        ("Gender", "Geachte mevrouw", "V", ""),
        ("Gender", "Geachte heer/mevrouw", None, ""),
        ("Language", "NLB", "NL-BE", ""),
        ("Name", "4711", "4711", "has no letters"),
        ("Name", "12/05/2024", "12/05/2024", "has no letters"),
        ("Name", "4711 BV", "4711 BV", ""),
        ("LastName", "0475 12 34 56", "0475 12 34 56", "has no letters"),
        ("Postcode", "SW1A 1AA", "SW1A 1AA", ""),
        ("Postcode", "Gent", None, "is not a postcode"),
        ("Postcode", "n.v.t.", None, "treated as an empty cell"),
        ("City", "9000", "9000", "is not a city"),
        ("City", "-", None, "treated as an empty cell"),
        ("City", "'s-Hertogenbosch", "'s-Hertogenbosch", ""),
        ("City", "9000 Gent", "Gent", ""),
        ("City", "Liège", "Liège", ""),
        ("Name", "info@peach.example", "info@peach.example", "is an e-mail address"),
        ("Website", "www,peach.example", "www,peach.example", "looks mistyped"),
        ("Website", "http:/www.peach.example", "http:/www.peach.example", "looks mistyped"),
        ("Website", "https//peach.example", "https//peach.example", "looks mistyped"),
        ("Website", "https://peach.example/a,b", "https://peach.example/a,b", ""),
        ("Email", "'info@peach.example'.", "info@peach.example", ""),
        ("AddressLine1", "Kade 1-feb", "Kade 1-feb", "has a date in it"),
        ("AddressLine1", "Kade jan-02", "Kade jan-02", "has a date in it"),
        ("AddressLine1", "Kade 2024-02-01", "Kade 2024-02-01", "has a date in it"),
        ("AddressLine1", "Rue du 11 novembre 5", "Rue du 11 novembre 5", ""),
        ("AddressLine1", "Mei-laan 1-2", "Mei-laan 1-2", ""),
        ("LastName", "Maes (j@x.example)", "Maes (j@x.example)", "has an e-mail address in it"),
        ("Name", "Peach (info@peach.example)", "Peach (info@peach.example)", ""),
    ],
)
def test_a_value_that_belongs_to_another_field(
    field: str, text: str, value: str | None, problem: str
) -> None:
    result = converted(field, text)
    assert result.value == value
    assert [problem in message for _, message in result.problems] == [True] * bool(problem)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("City", "n.v.t.", None),
        ("City", "Onbekend", None),
        ("AddressLine1", "-", None),
        ("AddressLine1", "?", None),
        ("Name", "NULL", None),
        ("Name", "N.V.T.", None),
        ("Name", "Geen BV", "Geen BV"),
        ("Name", "Particulier", None),
        ("Name", "personne privée", None),
        ("Name", "Particulier Beheer", "Particulier Beheer"),
        # Words and marks that may be meant.
        ("Name", "Null", "Null"),
        ("SearchCode", "NA", "NA"),
        ("Remarks", "geen", "geen"),
        ("Remarks", "NULL", None),
    ],
)
def test_a_text_for_nothing_is_no_value(field: str, text: str, value: str | None) -> None:
    result = converted(field, text)
    assert result.value == value
    assert [message for _, message in result.problems] == (
        [f'"{text}" was treated as an empty cell.'] if value is None else []
    )


@pytest.mark.parametrize("text", ["nan", "unknown", "\\N"])
def test_a_text_for_nothing_is_doubted_in_a_column(text: str) -> None:
    field = catalogue("account")["City"]
    doubtful = Converter(Rules()).doubtful(field)
    assert set(doubtful(["Gent", text, "Luik"], "")) == {text}
    assert list(doubtful(["Gent", "Luik"], "")) == []


def test_a_damaged_character_is_pointed_out() -> None:
    result = converted("Name", "Caf\ufffd")
    assert result.value == "Caf\ufffd"
    assert "--encoding" in result.problems[0][1]


@pytest.mark.parametrize(
    "text", ["Unspecified", "Niet-gespecificeerd", "Keine Angabe", "Non spécifié"]
)
def test_a_gender_that_nobody_chose_is_an_empty_cell(text: str) -> None:
    assert converted("Gender", text) == (None, (), "", {})


@pytest.mark.parametrize("name", ["Name", "City", "Phone", "Email", "VATNumber", "SearchCode"])
@pytest.mark.parametrize("text", ["idem", "Idem", "IDEM", '"', "''", "ditto", "zie boven"])
def test_a_mark_that_points_at_another_row_is_refused(name: str, text: str) -> None:
    assert refusal(name, text) == (
        f"{quote(text)} refers to another row; write the value itself in this row."
    )


def test_a_remark_may_say_idem() -> None:
    assert converted("Remarks", "idem").value == "idem"
    assert converted("Name", "Idem Wonen BV").value == "Idem Wonen BV"


def test_marks_of_other_rows_are_never_plain() -> None:
    for name in ("Name", "City", "SearchCode"):
        doubtful = BE.doubtful(catalogue("account")[name])
        assert "idem" in doubtful(["Gent", "idem"], "BE")


@pytest.mark.parametrize(
    ("name", "text"),
    [("Name", "#REF! BV"), ("AddressLine1", "#N/B 13"), ("AddressLine1", "Kerkstraat #WAARDE!")],
)
def test_a_spreadsheet_error_in_one_of_several_cells_is_refused(name: str, text: str) -> None:
    assert "is a spreadsheet error" in refusal(name, text)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Phone", "3291234567.0", "3291234567"),
        ("Phone", "91234567,0", "91234567"),
        ("VATNumber", "123456749.0", "BE0123456749"),
        ("ChamberOfCommerce", "123456749.0", "0123456749"),
    ],
)
def test_a_number_keeps_no_decimals_of_a_spreadsheet(name: str, text: str, value: str) -> None:
    assert converted(name, text).value == value


@pytest.mark.parametrize(
    ("text", "sign"),
    [("$ 500", "$"), ("500 USD", "USD"), ("£500", "£"), ("€ 500", ""), ("500", "")],
)
def test_an_amount_in_another_currency_is_said(text: str, sign: str) -> None:
    result = converted("CreditLineSales", text)
    assert result.value == 500
    expected = [("warning", True)] if sign else []
    assert [(level, f'without "{sign}"' in said) for level, said in result.problems] == expected


@pytest.mark.parametrize(
    ("text", "postcode", "country"),
    [
        ("9000 (BE)", "9000", "BE"),
        ("9000 (België)", "9000", "BE"),
        ("1012 AB, Nederland", "1012 AB", "NL"),
    ],
)
def test_a_country_behind_a_postcode_is_taken_apart(text: str, postcode: str, country: str) -> None:
    result = converted("Postcode", text, country)
    assert (result.value, result.problems) == (postcode, ())
    assert result.also == {"Country": country}
