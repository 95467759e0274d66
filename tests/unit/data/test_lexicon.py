"""In which order the language of a header writes dates."""

from __future__ import annotations

import pytest

from exact_import.data.lexicon import writes_day_first


@pytest.mark.parametrize(
    ("header", "day_first"),
    [
        ("Naam;Geboortedatum", True),
        ("Bedrijfsnaam;E-mail;Website;Klant sinds", True),
        ("Raison sociale;Date de début", True),
        ("Prénom;Nom;E-mail;Date de naissance", True),
        ("Name;Straße;Ort;PLZ;Geburtstag", True),
        ("Kundennummer;Name;E-Mail", True),
        # one word of Dutch in an English export proves nothing, and Exact Online's names neither
        ("First Name;Last Name;Email;Geboortedatum", False),
        ("Company;City;Customer since", False),
        ("Name;Address;Birthday", False),
        ("Code;Name;VATNumber;StartDate", False),
        ("Name;Landmark;E-mail", False),
        ("Email;Mobile;Date", False),
        ("", False),
    ],
)
def test_the_language_of_a_header(header: str, day_first: bool) -> None:
    assert writes_day_first(header.split(";")) == day_first
    assert writes_day_first(header.upper().split(";")) == day_first
