"""What other programs export imports as it is, with no configuration and no row refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox_env import SandboxEnv, table

EXPORTS = Path(__file__).parents[2] / "unit" / "mapping" / "exports"
_WHERE = ("AddressLine1", "Postcode", "City", "Country")

# By file: the accounts (name, e-mail, street, postcode, city, country) and the contacts (account,
# name, e-mail) that somebody who exported it would expect. A country that the file does not give
# is "": Exact Online then takes the division's.
EXPECTED: Mapping[str, tuple[set[tuple[str, ...]], set[tuple[str, ...]]]] = {
    "exact-online-accounts-en.csv": (
        {("Drukkerij Noord B.V.", "info@drukkerij-noord.example", "Kade 8", "9712 AA", "Groningen",
          "NL")},
        {("Drukkerij Noord B.V.", "Anke de Wit", "")},
    ),
    "exact-online-accounts-nl.csv": (
        {("Drukkerij Noord B.V.", "info@drukkerij-noord.example", "Kade 8", "9712 AA", "Groningen",
          "NL")},
        {("Drukkerij Noord B.V.", "Anke de Wit", "")},
    ),
    "exact-online-field-names.csv": (
        {("Drukkerij Noord B.V.", "info@drukkerij-noord.example", "Kade 8", "9712 AA", "Groningen",
          "NL")},
        set(),
    ),
    "google-contacts-new.csv": (
        {("Maes & Zonen", "", "Havenlaan 12 bus 3", "2000", "Antwerpen", "BE"),
         ("De Groot Advies", "", "", "", "", ""),
         ("Claire Dubois", "claire.dubois@courriel.example", "", "", "", "")},
        {("Maes & Zonen", "Sofie Maes", "sofie@maes-zonen.example"),
         ("De Groot Advies", "Piet de Groot", "piet@degroot-advies.example"),
         ("Claire Dubois", "Claire Dubois", "claire.dubois@courriel.example")},
    ),
    "google-contacts-old.csv": (
        {("Bakkerij Vermeulen", "", "Molenstraat 4", "9000", "Gent", "BE"),
         ("Broek Techniek", "", "", "", "", ""),
         ("Élodie Lefèvre", "elodie.lefevre@courriel.example", "", "", "", "")},
        {("Bakkerij Vermeulen", "An Vermeulen", "an@bakkerij-vermeulen.example"),
         ("Broek Techniek", "Joris van den Broek", "joris@broek-techniek.example"),
         ("Élodie Lefèvre", "Élodie Lefèvre", "elodie.lefevre@courriel.example")},
    ),
    "hubspot-companies.csv": (
        {("Studio Eva", "", "Koningsplein 1", "1000", "Brussel", "BE")},
        set(),
    ),
    "hubspot-contacts.csv": (
        {("Studio Eva", "", "Koningsplein 1", "1000", "Brussel", "BE")},
        {("Studio Eva", "Eva Mertens", "eva@studio-eva.example")},
    ),
    "odoo-contacts.csv": (
        {("Houthandel Pauwels", "info@houthandel-pauwels.example", "Bosstraat 40", "9300", "Aalst",
          "BE")},
        {("Houthandel Pauwels", "Dirk Pauwels", "dirk@houthandel-pauwels.example")},
    ),
    "odoo-technical.csv": (
        {("Houthandel Pauwels", "info@houthandel-pauwels.example", "Bosstraat 40", "9300", "Aalst",
          "BE")},
        {("Houthandel Pauwels", "Dirk Pauwels", "dirk@houthandel-pauwels.example")},
    ),
    "outlook-classic-de.csv": (
        {("Krüger Möbel GmbH", "", "Bahnhofstraße 9", "50667", "Köln", "DE")},
        {("Krüger Möbel GmbH", "Jutta Krüger", "jutta@krueger-moebel.example")},
    ),
    "outlook-classic-en.csv": (
        {("Willems Bouw", "", "Industrieweg 7", "3500", "Hasselt", "BE")},
        {("Willems Bouw", "Bram Willems", "bram@willemsbouw.example"),
         ("Willems Bouw", "Ines Peeters", "ines@willemsbouw.example")},
    ),
    "outlook-classic-fr.csv": (
        {("Menuiserie Lambert", "", "Rue de la Gare 22", "5000", "Namur", "BE")},
        {("Menuiserie Lambert", "Benoît Lambert", "benoit@menuiserie-lambert.example")},
    ),
    "outlook-classic-nl.csv": (
        {("Jansen Installatie", "", "Dorpsstraat 18", "8011 AB", "Zwolle", "NL")},
        {("Jansen Installatie", "Hendrik Jansen", "hendrik@jansen-installatie.example"),
         ("Jansen Installatie", "Loes Bakker", "loes@jansen-installatie.example")},
    ),
    "outlook-new.csv": (
        {("Claes Garage", "", "Steenweg 101", "3000", "Leuven", "BE")},
        {("Claes Garage", "Tom Claes", "tom@claesgarage.example"),
         ("Claes Garage", "Nora El Amrani", "nora@claesgarage.example")},
    ),
    "shopify-customers-old.csv": (
        {("Atelier Lotte", "", "Nieuwstraat 5", "8000", "Brugge", "BE")},
        {("Atelier Lotte", "Lotte De Smet", "lotte@atelier-lotte.example")},
    ),
    "shopify-customers.csv": (
        {("Atelier Lotte", "", "Nieuwstraat 5", "8000", "Brugge", "BE"),
         ("Max Visser", "max.visser@post.example", "Kanaalweg 33", "3526 KL", "Utrecht", "NL")},
        {("Atelier Lotte", "Lotte De Smet", "lotte@atelier-lotte.example"),
         ("Max Visser", "Max Visser", "max.visser@post.example")},
    ),
    "teamleader-companies.csv": (
        {("Van Damme Textiel", "info@vandamme-textiel.example", "Leiestraat 14", "8500", "Kortrijk",
          "BE")},
        set(),
    ),
    "teamleader-contacts.csv": (
        {("Van Damme Textiel", "", "Leiestraat 14", "8500", "Kortrijk", "BE")},
        {("Van Damme Textiel", "Karel Van Damme", "karel@vandamme-textiel.example")},
    ),
    "woocommerce-analytics.csv": (
        {("Fietsen Wouter", "wouter@fietsen-wouter.example", "", "1012 AB", "Amsterdam", "NL")},
        set(),
    ),
    "woocommerce-users.csv": (
        {("Fietsen Wouter", "factuur@fietsen-wouter.example", "Laan 2", "1012 AB", "Amsterdam",
          "NL")},
        {("Fietsen Wouter", "Wouter Smit", "wouter@fietsen-wouter.example")},
    ),
}  # fmt: skip


def text(record: Mapping[str, Any], name: str) -> str:
    return str(record.get(name) or "").strip()


def held(env: SandboxEnv) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
    """Return the accounts and contacts that the division holds, as `EXPECTED` has them."""
    accounts = {
        (text(one, "Name"), text(one, "Email"), *(text(one, name) for name in _WHERE))
        for one in env.accounts()
    }
    contacts: set[tuple[str, ...]] = {
        (
            text(one, "AccountName"),
            " ".join(filter(None, (text(one, n) for n in ("FirstName", "MiddleName", "LastName")))),
            text(one, "Email"),
        )
        for one in env.contacts()
    }
    return accounts, contacts


def without_default_country(
    accounts: set[tuple[str, ...]], expected: set[tuple[str, ...]]
) -> set[tuple[str, ...]]:
    unstated = {one[:-1] for one in expected if not one[-1]}
    return {(*one[:-1], "") if one[:-1] in unstated else one for one in accounts}


def test_every_sample_export_is_tested() -> None:
    assert {path.name for path in EXPORTS.glob("*.csv")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_export_imports_without_configuration(env: SandboxEnv, name: str) -> None:
    first = env.json(EXPORTS / name)
    assert [one for one in first["problems"] if one["line"] > 1] == []
    accounts, contacts = held(env)
    wanted, people = EXPECTED[name]
    assert without_default_country(accounts, wanted) == wanted
    assert contacts == people
    assert len(env.accounts()) == len(wanted)
    assert len(env.contacts()) == len(people)
    second = env.json(EXPORTS / name)
    assert second["rows"]["unchanged"] == second["rows"]["read"] == first["rows"]["read"]
    assert second["api_calls"]["writes"] == 0


def filled(name: str, *rows: Mapping[str, str]) -> str:
    """Return a file with the header of a sample export and these rows, cells by their header."""
    with (EXPORTS / name).open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))
    assert not {column for row in rows for column in row} - set(header)
    return table(
        [f'"{column}"' for column in header],
        *([f'"{row.get(column, "")}"' for column in header] for row in rows),
    )


def test_what_google_contacts_has_in_one_cell_or_without_a_person(env: SandboxEnv) -> None:
    path = env.write(
        "contacts.csv",
        filled(
            "google-contacts-new.csv",
            {
                "First Name": "Sofie",
                "Last Name": "Maes",
                "Organization Name": "Maes",
                "Birthday": " --05-12",
                "E-mail 1 - Value": "sofie@maes.example ::: info@maes.example",
                "Phone 1 - Value": "+32 3 555 01 20 ::: +32 475 55 01 20",
            },
            {
                "Organization Name": "Belastingdienst",
                "Organization Title": "Loket",
                "Birthday": "1990-01-31",
                "Notes": "Alleen op woensdag",
                "Phone 1 - Value": "+32 257 257 57",
            },
        ),
    )
    found = env.json(path)
    assert [(one["line"], one["column"], one["severity"]) for one in found["problems"]] == [
        (2, "Birthday", "warning"),
        (2, "E-mail 1 - Value", "warning"),
        (3, "Birthday", "warning"),
    ]
    assert "Organization Title" in found["problems"][-1]["message"]
    (person,) = env.contacts()
    assert (person["Email"], person["Phone"]) == ("sofie@maes.example", "+32 3 555 01 20")
    assert person["Mobile"] == "+32 475 55 01 20"
    assert not person.get("BirthDate")
    office = next(one for one in env.accounts() if one["Name"] == "Belastingdienst")
    assert (office["Remarks"], office["Phone"]) == ("Alleen op woensdag", "+32 257 257 57")
    assert env.json(path)["rows"]["unchanged"] == 2


def test_rows_without_a_contact_are_reported_if_the_mapping_has_them(env: SandboxEnv) -> None:
    env.configure("[account]\nName = {Bedrijf}\n[contact]\nLastName = {Naam}\nNotes = {Nota}\n")
    path = env.write("contacts.csv", "Bedrijf,Naam,Nota\r\nMaes,,Belt nooit\r\n")
    (problem,) = env.json(path, status=1)["problems"]
    assert (problem["line"], problem["severity"]) == (2, "error")


def test_a_mailbox_of_outlook_and_words_of_another_kind_cost_the_field_only(
    env: SandboxEnv,
) -> None:
    path = env.write(
        "contacts.csv",
        filled(
            "outlook-classic-en.csv",
            {
                "First Name": "Bram",
                "Last Name": "Willems",
                "Company": "Willems Bouw",
                "Gender": "Team",
                "Language": "see the notes",
                "Birthday": "0/0/00",
                "E-mail Address": "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients",
            },
        ),
    )
    found = env.json(path)
    assert {(one["column"], one["severity"]) for one in found["problems"]} == {
        ("Gender", "warning"),
        ("Language", "warning"),
        ("E-mail Address", "warning"),
    }
    (person,) = env.contacts()
    assert (text(person, "Email"), text(person, "LastName")) == ("", "Willems")


def test_the_labels_of_google_contacts_and_a_second_contact_in_the_row(env: SandboxEnv) -> None:
    labels = {
        "First Name": "Sofie",
        "Last Name": "Maes",
        "Organization Name": "Maes",
        "Phone 1 - Label": "Mobile",
        "Phone 1 - Value": "+32 475 55 01 20",
        "Phone 2 - Label": "Mobile",
        "Phone 2 - Value": "+32 475 55 01 21",
    }
    found = env.json(env.write("google.csv", filled("google-contacts-new.csv", labels)))
    (problem,) = found["problems"]
    assert (problem["severity"], "+32 475 55 01 21" in problem["message"]) == ("warning", True)
    (sofie,) = env.contacts()
    assert (sofie["Mobile"], sofie.get("Phone")) == ("+32 475 55 01 20", None)
    header = ["Bedrijf", "Contact 1 naam", "Contact 1 e-mail", "Contact 2 naam", "Contact 2 e-mail"]
    row = ["Alfa BV", "Jan Smets", "jan@alfa.example", "An Vos", "an@alfa.example"]
    path = env.write("two.csv", table(header, row))
    assert env.json(path)["records"] == {"accounts": 1, "contacts": 2}
    assert {one.get("Email") for one in env.contacts()} - {None} == {row[2], row[4]}
    again = env.json(path)
    assert (again["rows"]["unchanged"], again["contacts"]["unchanged"]) == (1, 2)
