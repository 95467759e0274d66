"""The encoding of a file is found, or named as a guess, or refused with the line."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from exact_import.errors import ConfigError, UsageError
from exact_import.tables.table import Table
from opened_tables import opened

if TYPE_CHECKING:
    from pathlib import Path

WESTERN = (
    "Naam;Straat;Plaats\nCafé Zoë;Kloosterstraße 1;Köln\nRenée Lefèvre;Rue de l'Hôpital 3;Liège\n"
    "François Noël;Chaussée d'Ixelles;à côté\n"
)
POLISH = (
    "Nazwa;Miasto\nŁukasz Wiśniewski;Kraków\nStanisław Górski;Łódź\nMałgorzata Żółć;Gdańsk\n"
    "Świętosława;Poznań\nGrażyna Dąbrowska;Wrocław\nZbigniew Wójcik;Częstochowa\n"
)
RUSSIAN = "Имя;Город\nИван Петров;Москва\nАнна Каренина;Санкт-Петербург\nСергей Иванов;Псков\n"


def text(table: Table) -> str:
    rows = [table.header, *(row.cells for row in table.rows())]
    return "".join(";".join(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (WESTERN, "utf-8"),
        (WESTERN, "utf-16-le"),
        (WESTERN, "utf-16-be"),
        (RUSSIAN, "utf-16-le"),
        (WESTERN, "cp1252"),
        ("Naam;Nota\nJan;“goed” – heel l’eau… € 5\n", "cp1252"),
        ("NAAM;PLAATS\nANDRÉ;LIÈGE\nZOË;’S GRAVENHAGE\n", "cp1252"),
        ("Naam;Plaats\nDušan;Brno\n", "cp1252"),
    ],
)
def test_common_encodings_are_certain(tmp_path: Path, written: str, encoding: str) -> None:
    table = opened(tmp_path, written.encode(encoding))
    assert (table.dialect.encoding, table.dialect.bom) == (encoding, False)
    assert text(table) == written
    assert table.problems == ()


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("given", [False, True])
def test_byte_order_marks(tmp_path: Path, mark: bytes, encoding: str, given: bool) -> None:
    named = encoding.removesuffix("-le").removesuffix("-be") if given else None
    table = opened(tmp_path, mark + WESTERN.encode(encoding), named)
    assert (table.dialect.encoding, table.dialect.bom) == (encoding, True)
    assert text(table) == WESTERN


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (WESTERN, "cp850"),
        ("Naam;Plaats\nAndré;Gent\n", "cp850"),
        (WESTERN, "mac-roman"),
        (WESTERN.upper().replace("SS", "ß"), "mac-roman"),
        ("Naam;Bedrag\nZoë;€ 5\n", "iso8859-15"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
    ],
)
def test_other_encodings_are_guessed_and_reported(
    tmp_path: Path, written: str, encoding: str
) -> None:
    table = opened(tmp_path, written.encode(encoding))
    assert text(table) == written
    assert table.dialect.encoding == encoding
    (problem,) = table.problems
    assert (problem.line, problem.severity) == (0, "warning")
    assert f'read as {encoding} ("' in problem.message


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_utf8_with_a_fault_is_not_taken_for_windows(tmp_path: Path, newline: str) -> None:
    lines = "Naam;Plaats\nZoë;Liège\nRenée;Gent\n".replace("\n", newline).encode()
    for good in (0, 60_000):
        content = lines + ("An;Brüssel" + newline).encode() * good + b"Caf\xe9;Gent" + b"\n"
        with pytest.raises(
            UsageError, match=rf"some\.csv, line {good + 4}: bytes that are not UTF"
        ):
            opened(tmp_path, content)


def test_a_mark_that_lies(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: bytes that are not UTF-8, though"):
        opened(tmp_path, codecs.BOM_UTF8 + b"Naam\nCaf\xe9\n")
    with pytest.raises(UsageError, match="line 2: bytes that are not UTF-16-LE, though"):
        opened(tmp_path, codecs.BOM_UTF16_LE + "Naam\nJan".encode("utf-16-le") + b"x")


def test_the_given_encoding_decides(tmp_path: Path) -> None:
    wrong = opened(tmp_path, WESTERN.encode(), "latin-1")
    raw = [wrong.raw_header, *(row.raw for row in wrong.rows())]
    assert "".join(";".join(row) + "\n" for row in raw) == WESTERN.encode().decode("latin-1")
    assert text(wrong) == WESTERN  # the damage that this does is repaired, and said
    assert any("Damaged text was repaired" in note for note in wrong.notes)
    assert opened(tmp_path, WESTERN.encode("cp850"), "CP850").problems == ()
    assert opened(tmp_path, b"Naam\nJan\n", "utf-8-sig").dialect.encoding == "utf-8"


def test_what_the_given_encoding_cannot_decode(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"some\.csv, line 2: bytes that are not utf-8"):
        opened(tmp_path, WESTERN.encode("cp1252"), "utf-8")
    with pytest.raises(UsageError, match="line 3: bytes that are not cp1252"):
        opened(tmp_path, b"Naam\n\xe9\na\x81", "cp1252")


@pytest.mark.parametrize(
    "name",
    ["", "klingon", "base64", "rot13", "idna", "punycode", "undefined", "unicode_escape", "\0"],
)
def test_what_is_no_encoding(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="not an encoding of text files"):
        opened(tmp_path, b"Naam\nJan\n", name)


def test_bytes_in_no_encoding(tmp_path: Path) -> None:
    """Whatever is made of them, it is said."""
    content = b"Naam;Plaats\n" + bytes(b for b in range(128, 256)) + b";x\n"
    assert opened(tmp_path, content).problems
