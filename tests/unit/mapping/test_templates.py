"""Templates: what they make of a row's cells, and what is wrong with the ones that are wrong."""

from __future__ import annotations

import pytest

from exact_import.mapping.templates import Header, TemplateError, make_template

HEADER = Header(["Straat", "Nr", "Bus", "Plaats", "E-mail", "Tweede e-mail", "A|B", "Naam klant"])


def fill(text: str, *cells: str, header: Header = HEADER) -> str:
    """Fill `text` from the first `cells`; the others are empty."""
    padded = cells + ("",) * (len(header.cells) - len(cells))
    return make_template(text, header).fill(padded)


@pytest.mark.parametrize(
    ("text", "cells", "value"),
    [
        ("{Straat}", (" Kade ",), "Kade"),
        ("{Straat} {Nr}", ("Kade", "8"), "Kade 8"),
        ("{Straat} {Nr}", ("Kade", ""), "Kade"),
        ("{Straat} {Nr}", ("", "8"), "8"),
        ("{Straat} {Nr}", ("", " "), ""),
        ("{Straat} {Nr}, {Bus}", ("Kade", "8", ""), "Kade 8"),
        ("{Straat} {Nr}, {Plaats}", ("Kade", "", "", "Gent"), "Kade, Gent"),
        ("{Straat}, {Nr}, {Bus}, {Plaats}", ("", "8", "", "Gent"), "8, Gent"),
        ("{Straat} {Nr} bus {Bus}", ("Kade", "8", "3"), "Kade 8 bus 3"),
        ("{Straat} {Nr} bus {Bus}", ("Kade", "8", ""), "Kade 8"),
        ("{Straat} {Nr} bus {Bus}", ("Kade", "8", "bus 3"), "Kade 8 bus 3"),
        ("{Straat} {Nr} bus {Bus}", ("Rue de la Loi", "16", "bte 4"), "Rue de la Loi 16 bte 4"),
        ("{Straat} {Nr} bus {Bus}", ("Kade", "8", "box4"), "Kade 8 box4"),
        ("{Straat} {Nr} bus {Bus}", ("Kade", "8", "Bus 3"), "Kade 8 Bus 3"),
        ("{Straat} {Nr} bus {Bus}", ("Kade", "8", "Busje"), "Kade 8 bus Busje"),
        ("{Straat} ({Plaats})", ("Kade", "", "", "Gent"), "Kade (Gent)"),
        ("{Straat} ({Plaats})", ("Kade",), "Kade"),
        ("{Straat} ({Plaats})", ("", "", "", "Gent"), "(Gent)"),
        ("{Straat} ({Nr}) {Plaats}", ("Kade", "", "", "Gent"), "Kade Gent"),
        ("{Nr}kg {Bus}", ("", "8", ""), "8kg"),
        ("{Nr}kg {Bus}", ("", "", "x"), "x"),
        ("{Nr} {Bus}%", ("", "8", ""), "8"),
        ("{Nr}-{Bus}", ("", "8", "3"), "8-3"),
        ("{Nr}-{Bus}", ("", "8", ""), "8"),
        ("{Nr}/{Bus}", ("", "", "3"), "3"),
        ("{Straat} - {Plaats}", ("Kade",), "Kade"),
        ("NL{Nr}", ("", "8"), "NL8"),
        ("NL{Nr}", ("",), ""),
        ("Tel. {Nr}", ("", "8"), "Tel. 8"),
        ("Tel. {Nr} {Bus}", ("", "", "8"), "Tel. 8"),
        ("{Straat} {Nr} (import)", ("Kade", ""), "Kade (import)"),
        ("{Straat} {Nr} (import)", ("", ""), ""),
        ("{E-mail|Tweede e-mail}", ("", "", "", "", "a@x.example", "b@x.example"), "a@x.example"),
        ("{E-mail|Tweede e-mail}", ("", "", "", "", " ", "b@x.example"), "b@x.example"),
        ("{E-mail|Tweede e-mail} {Nr}", ("", "8", "", "", "", "b@x.example"), "b@x.example 8"),
        ("{{{Straat}}}", ("Kade",), "{Kade}"),
        ("{Straat} {{x}}", ("Kade",), "Kade {x}"),
        ("100% {Straat} {Nr}", ("Kade", "8"), "100% Kade 8"),
        ("{A|B}", ("", "", "", "", "", "", "exact"), "exact"),
        ("{ straat }", ("Kade",), "Kade"),
        ("{NAAMKLANT}", ("", "", "", "", "", "", "", "Acme"), "Acme"),
        ("{#4}", ("", "", "", "Gent"), "Gent"),
        ("{Straat#1}", ("Kade",), "Kade"),
    ],
)
def test_filling(text: str, cells: tuple[str, ...], value: str) -> None:
    assert fill(text, *cells) == value


def test_a_template_knows_its_columns_and_whether_it_is_constant() -> None:
    template = make_template("{Nr|Bus} {Straat} {Nr}", HEADER)
    assert template.columns == (1, 2, 0)
    assert not template.constant
    constant = make_template("Klant {{1}}", HEADER)
    assert constant.constant
    assert constant.columns == ()
    assert constant.fill(("",) * 8) == "Klant {1}"


def test_templates_compare_by_their_text() -> None:
    assert make_template("{Nr}", HEADER) == make_template("{Nr}", HEADER)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{Strat}", ["there is no column {Strat}; did you mean {Straat}?"]),
        ("{Xyzzy}", ["there is no column {Xyzzy}; the file has: Straat, Nr, Bus, Plaats, E-mail"]),
        ("{}", ["there is no column {}; the file has"]),
        ("{Plaats#2}", ["there is no column {Plaats#2}"]),
        ("{#9}", ["there is no column {#9}"]),
        ("{E-mail|Fax}", ["there is no column {Fax}"]),
        ("Straat", ['"Straat" is a column of the file; write {Straat} to use its cells']),
        ("{Straat", ['"{" has no matching brace; write {{ for a brace itself.']),
        ("Straat}", ['"}" has no matching brace; write }} for a brace itself.']),
        ("{Strat} {Plats", ["{Strat}", '"{" has no matching brace']),
    ],
)
def test_complaints(text: str, problems: list[str]) -> None:
    with pytest.raises(TemplateError) as caught:
        make_template(text, HEADER)
    for expected in problems:
        assert any(expected in problem for problem in caught.value.problems)


def test_a_header_that_stands_twice_has_to_be_counted() -> None:
    header = Header(["E-mail", "Naam", "E-mail", "", ""])
    with pytest.raises(TemplateError, match=r"columns 1 and 3; write \{E-mail#1\} or"):
        make_template("{E-mail}", header)
    cells = ("a", "b", "c", "d", "e")
    assert make_template("{E-mail#2}", header).fill(cells) == "c"
    assert make_template("{#5}", header).fill(cells) == "e"


def test_a_header_that_looks_like_a_count_is_a_header() -> None:
    header = Header(["Tel#2", "Tel"])
    assert make_template("{Tel#2}", header).columns == (0,)


def test_spelling_decides_before_case() -> None:
    header = Header(["naam", "Naam"])
    assert make_template("{Naam}", header).columns == (1,)
    with pytest.raises(TemplateError, match="columns 1 and 2"):
        make_template("{NAAM}", header)


def test_headers_that_differ_in_spaces_can_each_be_named() -> None:
    header = Header(["Naam  klant", "Naam klant"])
    assert [header.reference(index) for index in (0, 1)] == ["{#1}", "{Naam klant}"]


CONTACTS = Header(["Contacten", "Naam", "Code[1]", 'Lijst["," 1]', "A|B"])


@pytest.mark.parametrize(
    ("text", "cells", "value"),
    [
        ('{Contacten[";", 1]}', ("Jan; Piet;Joris",), "Jan"),
        ('{Contacten[";",2]}', ("Jan; Piet;Joris",), "Piet"),
        ('{Contacten[";", 4]}', ("Jan; Piet;Joris",), ""),
        ('{Contacten[";", -1]}', ("Jan; Piet;Joris",), "Joris"),
        ('{Contacten[";", -2]}', ("Jan; Piet;Joris",), "Piet"),
        ('{Contacten[";", -4]}', ("Jan; Piet;Joris",), ""),
        ('{Contacten[";", 2-]}', ("Jan; Piet;Joris",), "Piet;Joris"),
        ('{Contacten["; ", 1-2]}', ("Jan; Piet; Joris",), "Jan; Piet"),
        ('{Contacten[";", 1]}', ("",), ""),
        ('{Contacten[";", 2]}', ("Jan;;Joris",), ""),
        ('{contacten [ ";" , 1 ] }', ("Jan;Piet",), "Jan"),
        ('{Naam[" ", 1]}', ("", "  Jan   van den Berg "), "Jan"),
        ('{Naam[" ", 2-]}', ("", "  Jan   van den Berg "), "van den Berg"),
        ('{Naam[" ", 2-]}, {Naam[" ", 1]}', ("", "Jan Maes"), "Maes, Jan"),
        ('{Naam[" ", 2-]}, {Naam[" ", 1]}', ("", ""), ""),
        ('{Contacten["|", 2]}', ("Jan|Piet",), "Piet"),
        ('{Contacten["|", 2]|Naam}', ("Jan", "An Maes"), "An Maes"),
        ('{Contacten["|", 2]|Naam["|", 1]}', ("Jan", "An|Bo"), "An"),
        ("{Code[1]}", ("", "", "x,y"), "x,y"),
        ("{A|B}", ("", "", "", "", "z"), "z"),
        ('{#1[";", 1]}', ("Jan;Piet",), "Jan"),
    ],
)
def test_a_part_of_a_cell(text: str, cells: tuple[str, ...], value: str) -> None:
    assert fill(text, *cells, header=CONTACTS) == value


@pytest.mark.parametrize("part", ["-1-", "3-2", "-1-2"])
def test_a_part_that_cannot_be(part: str) -> None:
    with pytest.raises(TemplateError, match="expected a part such as"):
        make_template(f'{{Naam[" ", {part}]}}', CONTACTS)


def test_a_part_of_a_column_that_is_not_there() -> None:
    with pytest.raises(TemplateError, match=r"no column \{Name\}; did you mean \{Naam\}"):
        make_template('{Name[" ", 1]}', CONTACTS)


def test_a_split_cell_is_used_as_its_column_is() -> None:
    assert make_template('{Contacten[";", 1]} {Naam}', CONTACTS).columns == (0, 1)
