"""`[values]`: how its lines are read, and what becomes of cells."""

from __future__ import annotations

import pytest

from exact_import.config.declare import ValueMap, value_map


@pytest.mark.parametrize(
    ("text", "cell", "value"),
    [
        ("goud: A1, zilver: B2", "goud", "A1"),
        ("goud: A1, zilver: B2", " Goud ", "A1"),
        ("goud: A1, zilver: B2", "ZILVER", "B2"),
        ("goud: A1, zilver: B2", "brons", "brons"),
        ("goud: A1, zilver: B2", "", ""),
        ("goud: A1, zilver: B2,", "zilver", "B2"),
        ("goud: A1, *:", "brons", ""),
        ("goud: A1, *: ", "brons", ""),
        ("goud: A1, *: C3", "brons", "C3"),
        ("goud: A1, *: C3", "", ""),
        ("goud: A1, *: C3", "   ", "   "),
        ('goud: A1, "": C3', "", "C3"),
        ('goud: A1, "": C3', "  ", "C3"),
        ('"*": ster, *: C3', "*", "ster"),
        ('"Gent, Brugge": "West: 1", x: y', "gent,  brugge", "West: 1"),
        ('"Gent, Brugge": "West: 1", x: y', "gent, brugge", "West: 1"),
        ('"a ""b""": "c ""d"""', 'A "B"', 'c "d"'),
        ("twee  woorden: een woord", "Twee Woorden", "een woord"),
        ("goud: A1\nzilver: B2", "zilver", "B2"),
        ("\ngoud: A1,\nzilver: B2,\n", "zilver", "B2"),
        ("1: ja, 0: nee", "0", "nee"),
        ("", "goud", "goud"),
    ],
)
def test_what_a_cell_becomes(text: str, cell: str, value: str) -> None:
    assert value_map(text).of(cell) == value


def test_a_map_without_other_values_says_so() -> None:
    assert value_map("a: b") == ValueMap({"a": "b"})
    assert value_map("a: b, *: ") == ValueMap({"a": "b"}, "")
