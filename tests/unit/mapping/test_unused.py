"""What is said of columns that no field uses: only what their cells and headers bear out."""

from __future__ import annotations

import pytest

from exact_import.fields import RecordKind
from exact_import.mapping.column_mapping import make_mapping
from exact_import.mapping.samples import Samples
from exact_import.mapping.unused import unused_policies

COLUMNS = {
    "Bedrijf": ["Alfa BV", "Beta BV"],
    "Voornaam": ["Jan", "An"],
    "Achternaam": ["Maes", "Vos"],
    "Telefoon": ["09 555 01 10", "09 555 01 11"],
    "Website": ["www.alfa.example", "www.beta.example"],
    "Straat": ["Dorp 1", "Markt 2"],
    "Plaats": ["Gent", "Mol"],
}


def notes_on(header: str, *cells: str) -> list[str]:
    """Return all that is said of a column beside the usual ones."""
    columns = [*COLUMNS.items(), (header, [*cells])]
    samples = Samples([cells for _, cells in columns])
    mapping = make_mapping([name for name, _ in columns], {}, "a.csv", samples=samples)
    notes = [one.message for one in mapping.unused if one.header == header]
    return notes + [note for note in mapping.notes if note.startswith(f'"{header}"')]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Vestigingsnummer", ("000012345678", "000087654321")),
        ("Ordernummer", ("0612345678", "0623456789")),
        ("Artikelnr", ("0912345678", "0912345679")),
        ("EAN", ("0541234567890", "0541234567891")),
        ("Référence", ("0478123456", "0478123457")),
        ("Dossier", ("09/123.45", "09/124.56")),
        ("Openingsuren", ("ma-vr 9-17", "di-za 10-18")),
        ("Verpakking", ("Kolli 5", "Kolli 12")),
        ("Aanhef", ("Beste Jan", "Beste An")),
        ("Laatste factuur", ("13/03/2023", "05/06/2022")),
        ("Startdatum contract", ("13/03/2023", "05/06/2022")),
        ("Organisatie/persoon", ("Organisatie", "Persoon")),
        ("Boekjaar einde", ("31/12/2024", "30/06/2024")),
        ("Startdatum", ("ja", "nee")),
        # what other columns of the row say as well
        ("Weergavenaam", ("Maes, Jan", "An Vos")),
        ("Telefoon 2", ("09 555 01 10", "")),
    ],
)
def test_numbers_and_labels_of_the_source_are_only_listed(
    header: str, cells: tuple[str, ...]
) -> None:
    assert notes_on(header, *cells) == []


@pytest.mark.parametrize(
    ("header", "cells", "advice"),
    [
        ("Noodnummer", ("0475 12 34 56", "0475 12 34 57"), "holds telephone numbers"),
        ("Bereikbaar", ("0475123456", "0475123457"), "holds telephone numbers"),
        ("Registered office", ("1 High St, London SW1A 1AA", "2 Mall, Leeds"), "may be addresses"),
        ("Fax (oud)", ("09 555 01 20", "09 555 01 21"), "write Fax = {Fax (oud)} under [account]"),
        ("Netnummer", ("09", "014"), "write Phone = {Netnummer} {Telefoon} under [contact]"),
        ("Fax 2", ("09 555 01 20", "09 555 01 21"), "write Fax = {Fax 2} under [account]"),
        ("Locatie", ("Kerkstraat 3", "Grote Markt 12"), "holds streets"),
        (
            "Startdatum",
            ("13/03/2023", "05/06/2022"),
            "write StartDate = {Startdatum} under [account]",
        ),
        ("Klant sinds", ("13/03/2023", "05/06/2022"), "write StartDate = {Klant sinds}"),
        ("Contactpersoon", ("Xhemajli", "Q."), 'instead of "Voornaam", write FullName ='),
        ("Postbus", ("12", "Postbus 34"), "write AddressLine1 = {Postbus} under [postal address]"),
        ("Postbus postcode", ("9000", "8000"), "write Postcode = {Postbus postcode} under [postal"),
        ("Locatie", ("Postbus 12", "Postbus 34"), "holds streets"),
        ("Lid tot", ("13/03/2023", "05/06/2022"), "write EndDate = {Lid tot} under [account]"),
        ("Firma 2", ("Abt. X", "Jan Maes"), "write Name = {Bedrijf} {Firma 2} under [account]"),
        (
            "Date de fin",
            ("13/03/2023", "05/06/2022"),
            "write EndDate = {Date de fin} under [account]",
        ),
        # what another column fills is not taken from it unsaid
        ("Web Site", ("www.a.example", "www.b.example"), 'instead of "Website", write Website ='),
        ("Partner", ("Els", "Piet"), 'instead of "Voornaam", write FirstName = {Partner}'),
        ("Naam partner", ("Els Bos", "Piet Maes"), 'instead of "Voornaam", write FullName ='),
        ("Web Site", ("linkedin.com/in/a", "linkedin.com/in/b"), "holds personal pages"),
        ("Zwischen", ("van de", "de"), "write MiddleName = {Zwischen} under [contact]"),
        ("Web Site", ("ja", "nee"), "is not used, because its cells hold something else"),
    ],
)
def test_data_of_a_contact_is_reported_once(
    header: str, cells: tuple[str, ...], advice: str
) -> None:
    (note,) = notes_on(header, *cells)
    assert advice in note


@pytest.mark.parametrize(("street", "warned"), [("rue de la Gare", True), ("5 rue Haute", False)])
def test_house_numbers_are_reported_if_streets_have_none(street: str, warned: bool) -> None:
    header = ["Client", "N°", "Bis/Ter", "Nom voie", "Ville"]
    samples = Samples([["Dupont SARL"], ["12"], ["bis"], [street], ["Lyon"]])
    mapping = make_mapping(header, {}, "a.csv", samples=samples)
    advice = "write AddressLine1 = {Nom voie} {N°} under [account]"
    assert any(advice in one.message for one in mapping.unused) == warned


@pytest.mark.parametrize(
    ("header", "cells", "warned"),
    [
        ("Locatie", ["De Zon", "Het Huis"], True),
        ("Kleur", ["Rood", "Blauw"], False),
        ("Opmerking X", ["belt liever niet", "komt langs"], False),
    ],
)
def test_what_may_name_the_companies_of_a_list_of_people(
    header: str, cells: list[str], warned: bool
) -> None:
    columns = {"Voornaam": ["Jan", "An"], "Achternaam": ["Maes", "Vos"], header: cells}
    mapping = make_mapping([*columns], {}, "a.csv", samples=Samples([*columns.values()]))
    assert [one.field for one in mapping.unused] == ["Name"] * warned


def test_a_name_in_a_second_language_is_reported() -> None:
    header = ["Naam NL", "Naam FR"]
    samples = Samples([["Stad Brussel", "Stad Ukkel"], ["Ville de Bruxelles", "Ville d'Uccle"]])
    (said,) = make_mapping(header, {}, "a.csv", samples=samples).unused
    assert said.message == (
        '"Naam FR" is not used, but holds what its header calls a name. To import it instead of '
        '"Naam NL", write Name = {Naam FR} under [account] in the mapping (`exact-import map '
        "--write` makes one)."
    )


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("account", "remarks", ["account Remarks"]),
        ("", "fax", ["Fax"]),
        ("contact", "phone", ["contact Phone"]),
        ("account", "phone", []),
        ("", "phone", []),
        ("", "biccode", []),
    ],
)
def test_a_policy_for_a_field_without_a_column_is_named(
    kind: str, name: str, shown: list[str]
) -> None:
    mapped: dict[RecordKind, list[str]] = {"account": ["Name", "Phone"], "contact": ["LastName"]}
    assert [*unused_policies({(kind, name): "fill"}, mapped)] == [
        f"[policy] {one}: no column goes to this field, so this line has no effect."
        for one in shown
    ]
