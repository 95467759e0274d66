"""When two company names are one, a spelling of each other, or nothing alike."""

from __future__ import annotations

import pytest

from exact_import.values.match_keys import without_city
from exact_import.values.names import (
    compare_names,
    core_words,
    edits_allowed,
    folded_name,
    folded_names,
    folded_person_names,
    legal_form,
    name_words,
    share_a_word,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bakkerij De Molen", "BAKKERIJ DE MOLEN BV"),
        ("Bakkerij De Molen", "De Molen, Bakkerij"),
        ("Crème & Café", "Creme en Cafe"),
        ("Brasserie L'Écluse", "BRASSERIE L'ECLUSE"),
        ("Dupont et Fils S.A.", "Dupont & Fils"),
        ("B.V. Jansen", "Jansen B.V."),
        ("Bouw B V", "Bouw bv"),
        ("Bouw N V", "Bouw nv"),
        ("Vitrerie Hansen S.à r.l.", "Vitrerie Hansen Sàrl"),
        ("Vitrerie Hansen S. à r. l.", "Vitrerie Hansen"),
        ("Vitrerie Hansen SARL-S", "Vitrerie Hansen"),
        ("Tandarts Lens Comm.V", "Tandarts Lens CommV"),
        ("Tandarts Lens Comm. V.", "Tandarts Lens"),
        ("Müller GmbH", "Mueller"),
        ("Müller", "Muller"),
        ("Gebr. Smit", "Gebroeders Smit"),
        ("Bakker & Zn.", "Bakker en Zonen"),
        ("Fa. De Boer", "Firma de Boer"),
        ("St. Jansapotheek", "Sint Jansapotheek"),
        ("Coöperatie Akker", "Cooperatie Akker"),
        ("Menuiserie Dubois SPRL", "Menuiserie Dubois SRL"),
    ],
)
def test_names_that_fold_alike_are_one(one: str, other: str) -> None:
    assert compare_names(one, other) == compare_names(other, one) == "same"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Garage Verhaeghe", "Garage Verhaege", "spelling"),
        ("Loodgieter Peeters", "Peters Loodgieter", "spelling"),
        ("Zonwering Lamel", "Zon Wering Lamel", "spelling"),
        ("Tuincentrum Groenhof", "Tuin Centrum Groen Hof", "spelling"),
        ("Ab Cd Ef Gh Ij", "Abcdefghij", "none"),
        ("Peeters Holding", "Maes Holding", "none"),
        ("Traiteur Lepel", "Traiteur De Lepel", "spelling"),
        ("Van Damme & Zonen", "Van Damme", "spelling"),
        ("Kippenhok Groep", "Kippenhok", "spelling"),
        ("Kruidenier Pepper", "Kruidneier Pepper", "spelling"),
        ("Tapijtreiniging Knoop", "Tapitjrenigin Knoop", "word"),
        ("Firma 12", "Firma 13", "none"),
        ("Zaal A", "Zaal B", "word"),
        ("Kapsalon Ilse", "Kapsalon Els", "none"),
        ("Bar Bas", "Bar Bos", "word"),
        ("Elektro Volt", "Volt", "similar"),
        ("Elektro Volt Kortrijk", "Volt Gent", "word"),
        ("Garage Peeters", "Garage Maes", "none"),
        ("Stomerij Damp", "Strijkatelier Plooi", "none"),
        ("", "Frituur Max", "unknown"),
    ],
)
def test_names_that_differ(one: str, other: str, expected: str) -> None:
    assert compare_names(one, other) == compare_names(other, one) == expected


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Menuiserie Dubois SPRL", "bv"),
        ("Bakkerij BVBA", "bv"),
        ("N.V. Staal", "nv"),
        ("Staal S.A.", "nv"),
        ("VZW De Brug", "vzw"),
        ("ASBL Le Pont", "vzw"),
        ("Stichting De Brug", "stichting"),
        ("Bakkerij", ""),
        ("NV", ""),
    ],
)
def test_a_legal_form_has_a_family(name: str, form: str) -> None:
    assert legal_form(name) == form


def test_a_name_that_is_all_legal_form_keeps_it() -> None:
    assert folded_name("NV") == "nv"
    assert folded_name("Stichting Co") == "co"


@pytest.mark.parametrize(
    "name",
    [
        *("Alfa Motor BV", "NV Alfa", "a b v", "BV NV", "Alfa", "12 Alfa", "A B", "bv", ""),
        *("Alfa N V", "Alfa s a rl", "Alfa comm v", "Alfa G CV", "Alfa sarl s", "s a rl"),
    ],
)
def test_the_short_way_to_fold_a_plain_name_is_the_long_one(name: str) -> None:
    assert folded_name(name) == " ".join(name_words(name))


def test_a_name_with_umlauts_has_two_writings() -> None:
    assert folded_names("Müller") == ("muller", "mueller")
    assert folded_names("Muller") == ("muller",)


@pytest.mark.parametrize(
    ("name", "edits"), [("Verhaeghe", 2), ("Bar Bas", 0), ("Garage Verhaeghe Gent", 3), ("", 0)]
)
def test_a_name_may_be_so_many_edits_apart(name: str, edits: int) -> None:
    assert edits_allowed(core_words(name_words(name))) == edits


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Kant Bouw", "Vastgoed Kant", True),
        ("De Zon", "Bakkerij De Zonn", True),
        ("Garage Maas", "Maes", True),
        ("Garage Maas", "Garage Claes", False),
        ("Garage Kant", "Garage Zon", False),
        ("Kant Beheer", "Zon Beheer", False),
        ("Het Huis", "Het Dak", False),
        ("Hal 12", "Dok 13", False),
        ("A1B Kant", "A2B Zon", False),
        ("Kant", "", False),
    ],
)
def test_a_telling_word_in_common(one: str, other: str, expected: bool) -> None:
    assert share_a_word(one, other) is share_a_word(other, one) is expected


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("Jan", {"jan"}),
        ("prof. dr. Jan", {"jan"}),
        ("Apr. Lies", {"lies"}),
        ("dr. Jürgen", {"jurgen", "juergen"}),
        ("Dr.", {"dr"}),
        ("Ing", {"ing"}),
    ],
)
def test_the_first_name_of_a_person_has_no_title(name: str, forms: set[str]) -> None:
    assert folded_person_names(name) == forms


@pytest.mark.parametrize(
    ("name", "city", "expected"),
    [
        ("Leroy Gent", "gent", ("leroy",)),
        ("Leroy (Gand)", "gent", ("leroy",)),
        ("Leroy La Haye", "denhaag", ("leroy",)),
        ("Leroy Saint-Trond", "sinttruiden", ("leroy",)),
        ("Claes Sint-Niklaas", "sintniklaas", ("claes",)),
        ("Claes Niklaas", "sintniklaas", ("claes", "niklaas")),
        ("Gent", "gent", ("gent",)),
        ("Leroy Gent", "", ("gent", "leroy")),
        ("Leroy", "gent", ("leroy",)),
    ],
)
def test_a_name_may_have_its_own_city_in_it(
    name: str, city: str, expected: tuple[str, ...]
) -> None:
    assert without_city(name_words(name), city) == expected
