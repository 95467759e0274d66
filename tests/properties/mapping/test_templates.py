"""Whatever cells a template is filled from, each is in the text once and in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exact_import.mapping.templates import Header, make_template

HEADER = Header(["Straat", "Nr", "Bus", "Plaats", "E-mail", "Tweede e-mail", "A|B", "Naam klant"])


def fill(text: str, *cells: str, header: Header = HEADER) -> str:
    """Fill `text` from the first `cells`; the others are empty."""
    padded = cells + ("",) * (len(header.cells) - len(cells))
    return make_template(text, header).fill(padded)


HEADERS = st.lists(st.text(max_size=12), min_size=1, max_size=6)


@given(HEADERS)
def test_every_column_can_be_named(cells: list[str]) -> None:
    header = Header(cells)
    for index in range(len(cells)):
        template = make_template(header.reference(index), header)
        assert template.columns == (index,)
        assert not template.constant
    every = header.alternatives(range(len(cells)))
    assert make_template(every, header).columns == tuple(range(len(cells)))


CELL = st.text(alphabet="ab ,\n(3)", max_size=5)


@given(CELL)
def test_a_single_column_is_its_cell_stripped(cell: str) -> None:
    assert fill("{Straat}", cell) == cell.strip()


JOINT = st.sampled_from([" ", ", ", " - ", " (", ") ", "/", " bus ", "  "])


@given(st.lists(CELL, min_size=4, max_size=4), st.lists(JOINT, min_size=3, max_size=3))
def test_what_is_empty_leaves_no_trace(cells: list[str], joints: list[str]) -> None:
    text = "{{Straat}}{}{{Nr}}{}{{Bus}}{}{{Plaats}}".format(*joints)
    value = fill(text, *cells)
    filled = [" ".join(filter(None, cell.strip().split(" "))) for cell in cells if cell.strip()]
    assert "  " not in value
    assert value == value.strip()
    assert bool(value) == bool(filled)
    if len(filled) == 1:
        assert value.strip("()") == filled[0].strip("()")
    at = 0
    for piece in filled:  # every cell is in it, and in order
        at = value.index(piece, at) + len(piece)


@given(st.lists(st.text(alphabet="abc3", min_size=1, max_size=4), min_size=4, max_size=4))
def test_without_empty_cells_the_text_is_as_written(cells: list[str]) -> None:
    value = fill("<{Straat}> {Nr}, {Bus}; {Plaats}!", *cells)
    assert value == "<{}> {}, {}; {}!".format(*cells)
