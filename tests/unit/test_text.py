"""Text as messages show it, and as people compare it."""

from __future__ import annotations

import pytest

from exact_import.text import (
    compose,
    counted,
    fold,
    harmless,
    joined,
    one_line,
    plural,
    quote,
    sheet_of_file,
    split_sheet,
    suggest,
    without_accents,
    wrapped,
)


def test_a_quoted_value_is_one_short_line() -> None:
    assert quote("a\n b") == '"a b"'
    assert quote("x" * 40) == f'"{"x" * 40}"'
    assert quote("x" * 41) == f'"{"x" * 39}…"'


def test_nothing_in_a_text_steers_a_terminal() -> None:
    assert one_line("a\x1b[31m\n b\u202ec") == "a\ufffd[31m b\ufffdc"
    assert harmless("a\x1b[31m\n\tb\x9bc") == "a\ufffd[31m\n\tb\ufffdc"


def test_a_count_has_its_noun() -> None:
    assert [counted(number, "row") for number in (0, 1, 3000)] == ["0 rows", "1 row", "3,000 rows"]
    assert plural("address") == "addresses"


def test_words_are_listed_as_in_a_sentence() -> None:
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(["a", "b", "c"], "or") == "a, b or c"


def test_folded_text_has_no_case_accents_and_punctuation() -> None:
    assert fold("  Café_de-l'Étoile,  B.V. ") == "cafe de l etoile b v"
    assert fold("STRAẞE") == fold("strasse")
    assert fold("?!") == ""


def test_thousands_of_accents_in_a_row_stay_as_they_are() -> None:
    text = "é" + "\u0316\u0301" * 5000 + "e\u0301"
    assert compose(text).startswith("é")
    assert compose(text).endswith("\u0301é")
    assert len(compose(text)) == len(text) - 1
    assert without_accents(text) == "ee"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Phon", "Phone"),
        ("PHONE", "Phone"),
        ("télephone", ""),
        ("e mail", "E-mail"),
        ("", ""),
        ("Phone" * 9, ""),
    ],
)
def test_the_nearest_word_is_suggested(text: str, meant: str) -> None:
    assert suggest(text, ["Phone", "Mobile", "E-mail"], likeness=0.75) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30 dgn", "30 dagen"),
        ("45 dagen", ""),
        ("30 dagen netto", "30 dagen"),
        ("c0ntant", "Contant"),
    ],
)
def test_another_number_is_not_suggested(text: str, meant: str) -> None:
    assert suggest(text, ["Contant", "30 dagen", "60 dagen"], likeness=0.7) == meant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", "one two\nthree"),
        ("  1. one two three", "  1. one\n     two\n     three"),
        ("  https://a.example/b-c-d e", "  https://a.example/b-c-d\n  e"),
        ("a\n\nb", "a\n\nb"),
    ],
)
def test_long_lines_are_broken_between_words(text: str, expected: str) -> None:
    assert wrapped(text, 9) == expected


@pytest.mark.parametrize(
    ("sheet", "named", "split"),
    [
        ("Klanten", 'a.xlsx, sheet "Klanten"', ("a.xlsx", "Klanten")),
        ('Klanten "nieuw"', "a.xlsx, sheet \"Klanten 'nieuw'\"", ("a.xlsx", "Klanten 'nieuw'")),
        ("", "a.xlsx", ("a.xlsx", "")),
    ],
)
def test_a_sheet_is_named_with_its_file(sheet: str, named: str, split: tuple[str, str]) -> None:
    assert sheet_of_file("a.xlsx", sheet) == named
    assert split_sheet(named) == split
