"""Any header is understood, in any order, and in a time that grows with its columns."""

from __future__ import annotations

import functools
import itertools
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depth import scaled, thinned
from exact_import.data.header_words import read_header
from exact_import.data.lexicon import _lexicon, squeezed
from exact_import.fields import KIND_OF, catalogue
from exact_import.mapping.column_mapping import make_mapping
from exact_import.mapping.infer import recognise
from exact_import.mapping.samples import Samples
from exact_import.mapping.templates import Header, make_template
from exact_import.tables.table import open_table

WORDS = st.sampled_from(sorted(_lexicon()))


HEADER = st.one_of(
    st.text(max_size=15),
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join),
    st.tuples(WORDS, WORDS).map("".join),
    st.sampled_from(["Name", "Email", "ID", "Account.Name", "E-mail 1", "Address 2 - City", ""]),
)


@given(st.lists(HEADER, max_size=12), st.sets(st.integers(0, 11)))
def test_any_header_is_understood_one_way_or_left_alone(header: list[str], used: set[int]) -> None:
    found = recognise(header, used)
    known = Header(header)
    taken: list[int] = []
    for section, texts in found.templates.items():
        for name, text in texts.items():
            assert name == "FullName" or catalogue(KIND_OF[section])[name].writable
            template = make_template(text, known)
            assert not template.constant or name == "Status"
            taken.extend(template.columns)
    shared = found.templates.get("contact", {}).get("FullName", "")
    assert len(taken) - len(set(taken)) <= (1 if shared else 0)
    assert not used.intersection(taken)
    left = [h.strip() for i, h in enumerate(header) if i not in used and i not in taken]
    assert [h for h in left if h and h not in ("_line", "_error")] == list(found.unrecognised)
    assert len(found.choices) == len(header)
    if found.templates.get("account", {}).get("Name"):
        make_mapping(header, {}, "any.csv", used=used)


@given(st.text(max_size=20))
def test_case_accents_and_punctuation_do_not_matter(text: str) -> None:
    assert read_header(text.upper().lower()) == read_header(f" {text.upper().lower()} ")
    assert squeezed("É-mail_ADRES") == "emailadres"


# Headers that say whose they are, whatever stands beside them.
CLEAR = {
    "Bedrijfsnaam": "account.Name",
    "Klantnummer": "account.Code",
    "Straat": "account.AddressLine1",
    "Huisnummer": "account.AddressLine1",
    "Busnummer": "account.AddressLine1",
    "Postcode": "account.Postcode",
    "Gemeente": "account.City",
    "Land": "account.Country",
    "Btw-nummer": "account.VATNumber",
    "Ondernemingsnummer": "account.ChamberOfCommerce",
    "Website": "account.Website",
    "Telefoon bedrijf": "account.Phone",
    "E-mail bedrijf": "account.Email",
    "Voornaam": "contact.FirstName",
    "Tussenvoegsel": "contact.MiddleName",
    "Achternaam": "contact.LastName",
    "E-mail contactpersoon": "contact.Email",
    "Telefoon contactpersoon": "contact.Phone",
    "Functie": "contact.JobTitleDescription",
    "Geslacht": "contact.Gender",
    "Geboortedatum": "contact.BirthDate",
    "IBAN": "bank account.BankAccount",
    "BIC": "bank account.BICCode",
    "Leveringsadres": "delivery address.AddressLine1",
    "Leveringspostcode": "delivery address.Postcode",
    "Leveringsplaats": "delivery address.City",
    "Kleur": "",
    "Aantal medewerkers": "",
}


@given(header=st.permutations(sorted(CLEAR)))
def test_a_clear_header_means_the_same_in_any_order(header: list[str]) -> None:
    choices = recognise(header).choices
    found = {one.header: f"{one.section}.{one.field}" if one.section else "" for one in choices}
    assert found == CLEAR


EXPORTS = sorted((Path(__file__).parents[2] / "unit" / "mapping" / "exports").glob("*.csv"))
# The columns around these tell whether they are the company's or the person's.
WHOSE = {"Email", "Phone", "Language"}


@functools.cache
def columns_of(path: Path) -> list[tuple[str, list[str]]]:
    """Return the headers of an export with their cells."""
    table = open_table(str(path))
    cells = zip(*(row.cells for row in table.rows()), strict=True)
    return [*zip(table.header, map(list, cells), strict=True)]


def meaning(columns: list[tuple[str, list[str]]]) -> set[tuple[str, str, str]]:
    """Return what each column is used as, without whose it is where its place says that."""
    names, cells = zip(*columns, strict=True)
    choices = recognise(names, samples=Samples(cells)).choices
    return {
        (one.header, "" if one.field in WHOSE else one.section, one.field)
        for one in choices
        if one.section
    }


@given(path=st.sampled_from(EXPORTS), order=st.randoms(use_true_random=False))
def test_an_export_means_the_same_in_any_order(path: Path, order: random.Random) -> None:
    columns = columns_of(path)
    assert meaning(order.sample(columns, len(columns))) == meaning(columns)


def test_thousands_of_columns_are_as_few_to_understand() -> None:
    """Each is read once, and what is repeated is not looked at again."""
    many = [f"Kolom {number} van het rapport" for number in range(16_000)]
    found = recognise(["Bedrijf", *many, *["E-mail"] * 300, "Gemeente"])
    assert found.templates["account"]["City"] == "{Gemeente}"
    assert len(found.unrecognised) == 16_299


@pytest.mark.parametrize(
    "header",
    thinned(
        ["Veld {} van het rapport", "E-mail {}", "Naam van de {}", "Contact - E-mail {}", "{}"]
    ),
)
def test_sixteen_times_the_columns_take_about_sixteen_times_the_time(header: str) -> None:
    fresh = itertools.count()  # a header that was read before is known

    def cpu_time(columns: int) -> float:
        names = [header.format(next(fresh)) for _ in range(columns)]
        started = time.process_time()
        recognise(names)
        return time.process_time() - started

    columns = max(4_096, scaled(16_384))
    few = min(cpu_time(columns // 16) for _ in range(5))
    # One that compares each column with all others takes 60 to 100 times as long.
    assert min(cpu_time(columns) for _ in range(3)) < 35 * few
