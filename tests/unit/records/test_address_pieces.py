"""Street lines put together from a street column and columns of house numbers and boxes."""

from __future__ import annotations

import pytest

from exact_import.mapping.templates import Header, make_template
from exact_import.records.address_pieces import pieces_of, settle_pieces

HEADER = ("Straat", "Nr", "Bus")


def line_of(street: str, number: str, box: str = "") -> tuple[str, list[tuple[str, str]]]:
    """Return the line of one row, and for each problem the check and the sentence."""
    template = make_template("{Straat} {Nr} bus {Bus}", Header(HEADER))
    cells = (street, number, box)
    pieces = pieces_of(template, HEADER)
    assert pieces == (1, 2)
    lines, problems = settle_pieces(template, pieces, HEADER, [(cell,) for cell in cells])
    return lines.get(0, template.fill(cells)), [(one.check, one.message) for one in problems]


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (("Kerkstraat", "12"), "Kerkstraat 12"),
        (("Kerkstraat", "12", "3"), "Kerkstraat 12 bus 3"),
        (("Kerkstraat", "12", "hs"), "Kerkstraat 12 hs"),
        (("Kerkstraat", "12", "bel"), "Kerkstraat 12 bel"),
        (("Kerkstraat", "12", "Huis"), "Kerkstraat 12 Huis"),
        (("Kerkstraat", "12", "hs-2"), "Kerkstraat 12 hs-2"),
        (("Kerkstraat", "12", "A"), "Kerkstraat 12 bus A"),
        (("Kerkstraat", "12.0"), "Kerkstraat 12"),
        (("Kerkstraat 12", "12"), "Kerkstraat 12"),
        (("Kerkstraat 12", "12", "3"), "Kerkstraat 12 bus 3"),
        (("Kerkstraat 12 bus 3", "12", "3"), "Kerkstraat 12 bus 3"),
        (("Kerkstraat 12 bus 3", "", "3"), "Kerkstraat 12 bus 3"),
        (("Kerkstraat 12A", "12"), "Kerkstraat 12A"),
        (("Kerkstraat 12", "12B"), "Kerkstraat 12B"),
        (("Kerkstraat 12-14", "12-14"), "Kerkstraat 12-14"),
        (("Kerkstraat 3", "", "3"), "Kerkstraat 3 bus 3"),
        (("12 rue Haute", "12"), "12 rue Haute"),
        (("11 Novemberlaan", "11"), "11 Novemberlaan 11"),
        (("Rue du 11 Novembre", "4"), "Rue du 11 Novembre 4"),
        (("Industriezone 3", "14"), "Industriezone 3 14"),
        (("Plein 1944", "14"), "Plein 1944 14"),
    ],
)
def test_a_number_is_in_the_line_once(cells: tuple[str, ...], line: str) -> None:
    assert line_of(*cells) == (line, [])


@pytest.mark.parametrize(
    ("cells", "line"), [(("Kerkstraat 12", "14"), "Kerkstraat 12 14"), (("12 rue Haute", "5"), "")]
)
def test_two_house_numbers_are_said(cells: tuple[str, str], line: str) -> None:
    found, problems = line_of(*cells)
    assert found == (line or " ".join(cells))
    where = f'"{cells[0]}" has a house number already, but "Nr" is "{cells[1]}"'
    assert problems == [("several", f'{where}; sent as "{found}".')]


@pytest.mark.parametrize("cell", ["-", "/", "n.v.t.", "0", "geen"])
def test_a_word_for_none_is_no_house_number(cell: str) -> None:
    line, problems = line_of("Kerkstraat", cell)
    assert line == "Kerkstraat"
    assert problems == [("placeholder", f'"{cell}" was treated as an empty cell.')]


@pytest.mark.parametrize("cell", ["idem", "idem 13", '"', "zelfde"])
def test_a_mark_for_the_row_above_is_no_house_number(cell: str) -> None:
    assert [check for check, _ in line_of("Kerkstraat", cell)[1]] == ["ditto"]


@pytest.mark.parametrize("text", ["{Straat}", "{Straat|Nr}, {Bus} {Land}", "Kerkstraat", "{Nr}"])
def test_other_templates_have_no_pieces(text: str) -> None:
    header = (*HEADER, "Land")
    assert pieces_of(make_template(text, Header(header)), header) == ()
