"""Cells become values, field by field."""

from __future__ import annotations

import pytest

from converting import BE, converted, refusal
from exact_import.fields import catalogue
from exact_import.values.convert import Converter, Rules
from exact_import.values.vocabulary import CHECKS, Level


@pytest.mark.parametrize(
    ("name", "country", "text", "value"),
    [
        ("VATNumber", "BE", "0123.456.749", "BE0123456749"),
        ("VATNumber", "BE", "BE 0123.456.749", "BE0123456749"),
        ("VATNumber", "BE", "be0123456749", "BE0123456749"),
        ("VATNumber", "BE", "123456749", "BE0123456749"),
        ("VATNumber", "BE", "BE 123.456.749", "BE0123456749"),
        ("VATNumber", "BE", "BTW BE 0123.456.749", "BE0123456749"),
        ("VATNumber", "BE", "TVA: BE0123456749", "BE0123456749"),
        ("VATNumber", "BE", "(BE) 0123.456.749", "BE0123456749"),
        ("VATNumber", "BE", "0123.456.749 BE", "BE0123456749"),
        ("VATNumber", "BE", "BTW BE 0123.456.749 RPR Gent", "BE0123456749"),
        ("VATNumber", "BE", "NL004495445B01", "NL004495445B01"),
        ("VATNumber", "NL", "0044.95.445.B01", "NL004495445B01"),
        ("VATNumber", "NL", "NL002455799B11", "NL002455799B11"),
        ("VATNumber", "FR", "FR 61 954 506 077", "FR61954506077"),
        ("VATNumber", "DE", "136695976", "DE136695976"),
        ("VATNumber", "GR", "094259216", "EL094259216"),
        ("VATNumber", "GR", "GR094259216", "EL094259216"),
        ("VATNumber", "US", "12-3456789", "12-3456789"),
        ("VATNumber", "CH", "CHE-107.787.577 MWST", "CHE-107.787.577 MWST"),
        ("VATNumber", "BE", "GB 980 7806 84", "GB 980 7806 84"),
        ("ChamberOfCommerce", "NL", "12345678", "12345678"),
        ("ChamberOfCommerce", "NL", "KvK 1234 5678", "12345678"),
        ("ChamberOfCommerce", "NL", "KvK Utrecht 12345678", "12345678"),
        ("ChamberOfCommerce", "NL", "12345678 0000", "12345678"),
        ("ChamberOfCommerce", "BE", "0403.170.701", "0403170701"),
        ("ChamberOfCommerce", "BE", "BE0403170701", "0403170701"),
        ("ChamberOfCommerce", "BE", "403.170.701", "0403170701"),
        ("ChamberOfCommerce", "DE", "HRB 12345", "HRB 12345"),
        ("BankAccount", "BE", "BE68 5390 0754 7034", "BE68539007547034"),
        ("BankAccount", "BE", "iban nl91abna0417164300", "NL91ABNA0417164300"),
        ("BankAccount", "BE", "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("BankAccount", "US", "000123456", "000123456"),
        ("BICCode", "BE", "gebabebb", "GEBABEBB"),
        ("Email", "BE", "Jan.Peeters@Example.be", "Jan.Peeters@Example.be"),
        ("Email", "BE", '"Peeters, Jan" <jan@example.be>', "jan@example.be"),
        ("Email", "BE", "mailto:jan@example.be", "jan@example.be"),
        ("Email", "BE", "jan@example.be;", "jan@example.be"),
        ("BusinessEmail", "BE", "josé@exämple.be", "josé@exämple.be"),
        ("Phone", "BE", "+32 (0)9 123 45 67", "+32 (0)9 123 45 67"),
        ("Phone", "BE", "\u202a+32 9 123 45 67\u202c", "+32 9 123 45 67"),
        ("Fax", "BE", "09/123.45.67", "09/123.45.67"),
        ("Mobile", "NL", "06-12345678 x12", "06-12345678 x12"),
        ("Phone", "NL", "14 020", "14 020"),
        ("Website", "BE", "www.example.be", "www.example.be"),
        ("Website", "BE", "https://example.be/a?b=c@d", "https://example.be/a?b=c@d"),
        ("Country", "", "Holland", "NL"),
        ("Country", "", "NL ", "NL"),
        ("Language", "", "nl_BE", "NL-BE"),
        ("Language", "", "fr-FR", "FR"),
        ("Language", "", "Vlaams", "NL-BE"),
        ("Language", "", "Niederländisch", "NL"),
        ("Language", "", "Zweeds", "SV"),
        ("SalesCurrency", "", "€", "EUR"),
        ("PurchaseCurrency", "", "usd", "USD"),
        ("Status", "", "Klant", "C"),
        ("Status", "", "p", "P"),
        ("Status", "", "Lead", "S"),
        ("Status", "", "geen", "A"),
        ("Gender", "", "Mevr.", "V"),
        ("Gender", "", "Herr", "M"),
        ("Gender", "", "x", "O"),
        ("Code", "", "1 234", "1234"),
        ("Code", "", "000123", "000123"),
        ("Postcode", "NL", "1234ab", "1234 AB"),
        ("Postcode", "NL", "NL-1234AB", "1234 AB"),
        ("Postcode", "BE", "B-9000", "B-9000"),
        ("Postcode", "BE", "z:9000", "9000"),
        ("Phone", "BE", "p:+32470123456", "+32470123456"),
        ("Postcode", "GB", "sw1a 1aa", "sw1a 1aa"),
        ("Blocked", "", "Nee", False),
        ("Blocked", "", "x", True),
        ("IsMailing", "", "ja", 1),
        ("IsMailing", "", "255", 255),
        ("SecurityLevel", "", "12.0", 12),
        ("Latitude", "", "50.846", 50.846),
        ("Latitude", "", "50,846", 50.846),
        ("AccountManager", "", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
         "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("ID", "", "3F2504E04F8911D39A0C0305E82C3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("Name", "", "Bakkerij \u00a0 De\u200b Korenbloem\n", "Bakkerij De Korenbloem"),
        ("Name", "", "Jose\u0301", "José"),
        ("Name", "", "#1 Pizza", "#1 Pizza"),
        ("Name", "", "Null", "Null"),
        ("AddressLine1", "BE", "Kerkstraat 12 bus 3", "Kerkstraat 12 bus 3"),
        ("Remarks", "", "een\r\n  twee  drie \u00a0\r\n\r\nvier", "een\n  twee  drie\n\nvier"),
        ("RSIN", "", "1112.22.333", "111222333"),
        ("Name", "", "", None),
        ("VATNumber", "", " \u00a0", None),
    ],
)  # fmt: skip
def test_cells_become_values(
    name: str, country: str, text: str, value: str | float | bool | None
) -> None:
    result = converted(name, text, country)
    assert (result.value, result.problems) == (value, ())
    assert type(result.value) is type(value)


@pytest.mark.parametrize(
    ("name", "country", "text", "words"),
    [
        (
            "VATNumber",
            "BE",
            "BE0123456748",
            '"BE0123456748" is not a valid Belgian VAT number: its check',
        ),
        ("VATNumber", "BE", "BE0123", "too few or too many"),
        ("VATNumber", "NL", "NL123456789B99", "check digits"),
        ("VATNumber", "NL", "0123.456.749", "expected a form such as NL123456789B01"),
        ("VATNumber", "BE", "BE0403170701 Gent", "expected a form such as BE0123456749"),
        ("VATNumber", "BE", "9,99E+08", "digits are lost"),
        ("ChamberOfCommerce", "NL", "1234567", "expected 8 digits"),
        ("ChamberOfCommerce", "NL", "0403.170.701", "It looks Belgian"),
        ("ChamberOfCommerce", "BE", "12345678", "not a valid Belgian enterprise number"),
        ("ChamberOfCommerce", "BE", "0403170702", "check digits"),
        ("BankAccount", "BE", "BE68539007547035", "check digits"),
        ("BankAccount", "BE", "123-4567890-12", "does not begin with a country"),
        ("Email", "BE", "jan@example", "not a valid e-mail address"),
        ("Email", "BE", "jan.example.be", "not a valid e-mail address"),
        ("PeppolIdentifier", "", "0208:0403170702", "does not fit scheme 0208"),
        ("PeppolIdentifier", "", "0088:5412345678901", "does not fit scheme 0088"),
        ("PeppolIdentifier", "", "7777:1", "is not a Peppol participant"),
        ("PeppolIdentifier", "", "Billit", "expected a form such as"),
        ("Email", "BE", "jan@example.be, an@", "keep one"),
        ("Email", "BE", "info@@example.be", "not a valid e-mail address"),
        ("Email", "BE", "x" * 500 + "@example.be", "not a valid e-mail address"),
        ("Email", "BE", "x" * 5000 + "@example.be", "has 5011 characters"),
        ("Website", "BE", "www.met spatie.be", "not a valid web address"),
        ("Website", "BE", "jan@example", "not a valid web address"),
        ("Country", "", "Narnia", 'Unknown country "Narnia"'),
        ("Country", "", "EU", "Unknown country"),
        ("SalesCurrency", "", "XYZ", "Unknown currency"),
        ("Code", "", "K-12", "1 to 18 digits"),
        ("Code", "", "1" * 19, "1 to 18 digits"),
        ("Code", "", "12.0", "has decimals"),
        ("Code", "", "1,00E+05", "digits are lost"),
        ("Code", "", "١٢٣", "1 to 18 digits"),
        ("Phone", "", "3,2475E+10", "digits are lost"),
        ("Blocked", "", "misschien", "neither yes nor no"),
        ("IsMailing", "", "256", "expected 0 to 255"),
        ("SecurityLevel", "", "ja", "not a whole number"),
        ("SecurityLevel", "", "12,5", "not a whole number"),
        ("SecurityLevel", "", "3000000000", "out of range"),
        ("IncotermVersionSales", "", "40000", "expected -32768 to 32767"),
        ("AccountManager", "", "Jan Peeters", "expected a GUID"),
        ("AccountManager", "", "{3F2504E0-4F8911D3-9A0C-0305E82C3301}", "expected a GUID"),
        ("Logo", "", "logo.png", "cannot be imported"),
        ("Name", "", "#REF!", "spreadsheet error"),
        ("Name", "", "#N/B", "spreadsheet error"),
        ("City", "", "#########", "spreadsheet error"),
        ("StartDate", "", "morgen", "not a valid date"),
        ("CreditLineSales", "", "veel", "not a valid number"),
    ],
)
def test_what_cannot_be_is_refused(name: str, country: str, text: str, words: str) -> None:
    assert words in refusal(name, text, country)


def test_long_values_are_shortened_in_messages() -> None:
    message = refusal("Email", "e" * 500)
    assert f'"{"e" * 39}…"' in message
    assert len(message) < 200


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("Country", "Duitslnd", "Duitsland"),
        ("Country", "Belgje", "Belgie"),
        ("Language", "Nederlans", "Nederlands"),
        ("Status", "prospct", "prospect"),
        ("Gender", "vrou", "vrouw"),
    ],
)
def test_the_nearest_word_is_suggested(name: str, text: str, meant: str) -> None:
    ((_, told),) = converted(name, text).problems
    message = told.casefold()
    assert "did you mean" in message
    assert meant.casefold() in message.replace("ë", "e")


@pytest.mark.parametrize(
    ("name", "text"),
    [("Status", "gearchiveerd"), ("Status", "klannt"), ("Gender", "team"), ("Language", "C++")],
)
def test_an_unknown_word_costs_the_value_and_not_the_row(name: str, text: str) -> None:
    result = converted(name, text)
    assert result.value is None
    ((severity, message),) = result.problems
    assert severity == "warning"
    assert f'"{text}"' in message
    asked = Rules(levels={name.lower(): "error"})
    refusal(name, text, converter=Converter(asked))


@pytest.mark.parametrize(
    ("text", "status", "supplier"),
    [
        ("leverancier", "A", True),
        ("Lieferanten", "A", True),
        ("klant/leverancier", "C", True),
        ("Klant en leverancier", "C", True),
        ("Customer, Vendor", "C", True),
        ("prospect", "P", False),
    ],
)
def test_a_supplier_is_kept_apart_from_the_status(text: str, status: str, supplier: bool) -> None:
    result = converted("Status", text)
    assert result.value == status
    assert dict(result.also) == ({"IsSupplier": True} if supplier else {})


@pytest.mark.parametrize(
    ("name", "text", "note"),
    [
        ("VATNumber", "0123.456.749", "0123.456.749 → BE0123456749"),
        ("VATNumber", "BE 0123.456.749", ""),
        ("Country", "Holland", "Holland → NL"),
        ("Country", "nl", ""),
        ("StartDate", "31/12/2024", "31/12/2024 → 2024-12-31"),
        ("StartDate", "2024-12-31", ""),
        ("CreditLineSales", "1.234", "1.234 → 1234"),
        ("CreditLineSales", "1234,5", ""),
        ("DiscountSales", "5", "5 → 0.05"),
        ("DiscountSales", "0,05", ""),
        ("Blocked", "ja", ""),
        ("Name", "a  b", ""),
        ("BankAccount", "BE68 5390 0754 7034", ""),
    ],
)
def test_a_change_of_meaning_is_noted_and_tidying_is_not(name: str, text: str, note: str) -> None:
    assert converted(name, text).note == note


def test_believed_lengths_warn_and_known_ones_refuse() -> None:
    long = converted("Name", "N" * 51)
    assert long.value == "N" * 51
    assert long.problems == (
        ("warning", f'"{"N" * 39}…" has 51 characters; Exact Online probably stores at most 50.'),
    )
    assert converted("Name", "N" * 50).problems == ()
    assert "takes at most 3" in refusal("SalesVATCode", "1234")


@pytest.mark.parametrize("text", ["41.71.64.300", "P 1234567", "Giro 765432", "532013000"])
def test_an_account_number_from_before_iban_costs_no_row(text: str) -> None:
    result = converted("BankAccount", text, "NL")
    assert result.value is None
    ((severity, message),) = result.problems
    assert severity == "warning"
    assert "from before IBAN" in message


@pytest.mark.parametrize("level", ["error", "warning", "off"])
@pytest.mark.parametrize(
    ("check", "name", "text", "kept"),
    [
        ("vat", "VATNumber", "BE0123456748", "BE0123456748"),
        ("chamber_of_commerce", "ChamberOfCommerce", "12 34", "12 34"),
        ("iban", "BankAccount", "BE00 1", "BE00 1"),
        ("bic", "BICCode", "x", "x"),
        ("peppol", "PeppolIdentifier", "0208:1", "0208:1"),
        ("email", "Email", "jan@example", "jan@example"),
        ("website", "Website", "a b", "a b"),
        ("phone", "Phone", "12", "12"),
        ("country", "Country", "Narnia", "Narnia"),
        ("language", "Language", "Klingon", None),
        ("currency", "SalesCurrency", "XYZ", "XYZ"),
        ("code", "Code", "K12", "K12"),
        ("bsn", "BSN", "123456789", "123456789"),
        ("status", "Status", "vriend", None),
        ("gender", "Gender", "jongen", None),
        ("type", "Blocked", "misschien", None),
        ("guid", "ID", "x", None),
        ("date", "StartDate", "morgen", None),
        ("excel", "Name", "#REF!", None),
        ("length", "Name", "N" * 51, "N" * 51),
        ("placeholder", "Email", "geen", None),
        ("encoding", "Name", "\ufffd", "\ufffd"),
    ],
)
def test_every_check_obeys_the_ini(
    check: str, name: str, text: str, kept: str | None, level: Level
) -> None:
    result = converted(name, text, converter=Converter(Rules(country="BE", levels={check: level})))
    if level == "off":
        assert result.problems == ()
    else:
        assert [severity for severity, _ in result.problems] == [level]
        if level == "warning" and kept is None and check != "placeholder":
            assert result.problems[0][1].endswith("The field is left out.")
    assert result.value == (None if level == "error" else kept)
    assert check in CHECKS


def test_the_rows_country_decides_and_the_rules_country_fills_in() -> None:
    dutch = Converter(Rules(country="NL"))
    assert converted("VATNumber", "0123.456.749", "BE", dutch).value == "BE0123456749"
    assert converted("VATNumber", "0123.456.749", "", dutch).value is None
    assert converted("VATNumber", "0123.456.749", "", BE).value == "BE0123456749"
    assert converted("ChamberOfCommerce", "12345678", "NL", BE).value == "12345678"


def test_a_field_is_converted_by_what_it_is_not_by_where_it_lies() -> None:
    """Two fields of one name in two kinds, and fields that are made and dropped, keep apart."""
    converter = Converter(Rules())
    account, contact = catalogue("account")["Email"], catalogue("contact")["Email"]
    assert converter.convert(account, "a@b.nl").value == converter.convert(contact, "a@b.nl").value
    assert converter.of(account) is converter.of(account)


def test_country_of_a_row() -> None:
    assert [BE.country(text) for text in ("België", "", "Narnia")] == ["BE", None, None]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Email", "jan@example.be ::: info@example.be", "jan@example.be"),
        ("Phone", "+32 9 123 45 67 ::: 09 123 45 68", "+32 9 123 45 67"),
        ("Country", "BE ::: NL", "BE"),
        ("AddressLine1", "Kade 8 ::: Markt 1", "Kade 8"),
    ],
)
def test_of_several_values_the_first_is_taken_and_told(name: str, text: str, value: str) -> None:
    result = converted(name, text)
    assert result.value == value
    assert [severity for severity, _ in result.problems] == ["warning"]
    assert "several values" in result.problems[0][1]
    strict = Converter(Rules(country="BE", levels={"several": "error"}))
    assert "several values" in refusal(name, text, converter=strict)


def test_of_several_values_the_first_must_be_right_too() -> None:
    result = converted("Email", "jan.example.be ::: info@example.be")
    assert result.value is None
    assert [severity for severity, _ in result.problems] == ["warning", "error"]


def test_an_empty_value_among_several_is_not_worth_a_word() -> None:
    assert converted("Country", " ::: BE").problems == ()
    assert converted("Country", " ::: BE").value == "BE"


def test_a_note_may_hold_the_mark_of_several_values() -> None:
    assert converted("Remarks", "a ::: b") == ("a ::: b", (), "", {})
    assert converted("Remarks", ":::") == (":::", (), "", {})
    assert converted("Email", ":::").value is None


def test_a_mailbox_within_exchange_is_left_out_with_a_warning() -> None:
    result = converted("Email", "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients")
    assert result.value is None
    assert [severity for severity, _ in result.problems] == ["warning"]


def test_a_rewritten_value_says_what_it_was() -> None:
    assert converted("VATNumber", "0123.456.749").note == "0123.456.749 → BE0123456749"
    assert converted("Country", "Holland").note == "Holland → NL"
    assert converted("Status", "leverancier").note == "leverancier → A, IsSupplier"
    assert converted("Email", "jan@example.be").note == ""
