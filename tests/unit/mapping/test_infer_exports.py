"""The full exports of programs that people use, imported without any mapping.

tests/exports holds a file of each, with its headers as that program writes them and invented
values; expected.json says what each of its fields is filled from.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exact_import.mapping.column_mapping import ColumnMapping, make_mapping
from exact_import.mapping.infer import recognise
from exact_import.tables.table import open_table

EXPORTS = Path(__file__).with_name("exports")
EXPECTED = json.loads((EXPORTS / "expected.json").read_text(encoding="utf-8"))


def rows(name: str) -> tuple[ColumnMapping, list[dict[str, str]]]:
    """Return the mapping of an export and the values that it gives for each row."""
    table = open_table(str(EXPORTS / name))
    mapping = make_mapping(table.header, {}, name)
    filled = [
        {
            f"{section}.{field}": value
            for section, templates in mapping.templates.items()
            for field, template in templates.items()
            if (value := template.fill(row.cells))
        }
        for row in table.rows()
    ]
    return mapping, filled


def test_every_export_has_its_expectation() -> None:
    assert sorted(EXPECTED) == sorted(path.name for path in EXPORTS.glob("*.csv"))


@pytest.mark.parametrize("name", EXPECTED)
def test_what_each_field_is_filled_from(name: str) -> None:
    found = recognise(open_table(str(EXPORTS / name)).header)
    assert {
        f"{section}.{field}": text
        for section, texts in found.templates.items()
        for field, text in texts.items()
    } == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_is_about_a_company_or_a_person(name: str) -> None:
    _, filled = rows(name)
    assert filled
    for row in filled:
        assert row.keys() & {"account.Name", "contact.LastName"}
        assert "account.ID" not in row or name == "exact-online-field-names.csv"


def test_outlook_in_dutch() -> None:
    mapping, (hendrik, loes) = rows("outlook-classic-nl.csv")
    assert hendrik["account.Name"] == loes["account.Name"] == "Jansen Installatie"
    assert hendrik["account.AddressLine1"] == "Dorpsstraat 18"
    assert hendrik["contact.BusinessPhone"] == "038-5550140"
    assert hendrik["contact.Mobile"] == "06-55501401"
    assert loes["contact.Email"] == "loes@jansen-installatie.example"
    assert {"Titel", "Huisadres, straat", "Sofinummer"} <= set(mapping.unrecognised)


def test_google_contacts_without_a_company_are_people() -> None:
    _, filled = rows("google-contacts-new.csv")
    claire = filled[2]
    assert "account.Name" not in claire
    assert (claire["contact.FirstName"], claire["contact.LastName"]) == ("Claire", "Dubois")


def test_companies_and_people_in_one_list() -> None:
    for name in ("odoo-contacts.csv", "odoo-technical.csv"):
        _, (company, person) = rows(name)
        assert company["account.Name"] == person["account.Name"] == "Houthandel Pauwels"
        assert "contact.LastName" not in company
        assert person["contact.FirstName"] == "Dirk"
        assert person["contact.LastName"] == "Pauwels"


def test_a_webshop_has_two_addresses() -> None:
    _, (wouter,) = rows("woocommerce-users.csv")
    assert wouter["account.AddressLine1"] == "Laan 2"
    assert wouter["delivery address.AddressLine1"] == "Magazijn 9"
    assert wouter["account.Email"] == "factuur@fietsen-wouter.example"
    assert wouter["contact.Email"] == "wouter@fietsen-wouter.example"


def test_exact_onlines_own_list() -> None:
    _, (drukkerij,) = rows("exact-online-accounts-nl.csv")
    assert drukkerij["account.Code"] == "10001"
    assert drukkerij["account.Email"] == "info@drukkerij-noord.example"
    assert drukkerij["contact.FirstName"] == "Anke"
    assert drukkerij["contact.MiddleName"] == "de"
    assert drukkerij["contact.LastName"] == "Wit"
