"""Files of other shapes with as many rows and columns, to see that a figure is not one file's."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import tables

_DUTCH = (
    "Relatiecode",
    "Bedrijfsnaam",
    "Straat",
    "Huisnummer",
    "Postcode",
    "Plaats",
    "Land",
    "BTW-nummer",
    "Telefoon",
    "E-mailadres",
    "Website",
    "Voornaam",
    "Achternaam",
    "E-mail contactpersoon",
    "Startdatum",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file differs from the usual one of `tables`; `bad` is its share of rows that do."""

    header: tuple[str, ...] = tables.HEADER
    encoding: str = "utf-8"
    quoted: bool = False
    bad: float = 0.01
    change: Callable[[list[str], int, random.Random], None] = lambda _row, _number, _dice: None
    pool: int = 0  # so many different rows, again and again; 0 for no end


def _distinct(row: list[str], number: int, dice: random.Random) -> None:
    """Make every cell of a row its own: no value comes twice."""
    row[0] = str(500_000 + number)
    row[1] = f"{row[1]} {number}"
    row[2] = f"{row[2]} {dice.randrange(10**6)}"
    row[3] = f"{number}"
    row[5] = f"{row[5]} {number}"
    row[7] = _vat(number)
    row[8] = f"+32 9 {number:06}"
    row[9] = f"kantoor{number}@example.com"
    row[10] = f"www.voorbeeld-{number}.be"
    row[11] = f"{row[11]}{number}"
    row[14] = f"{number % 28 + 1:02}/{number // 28 % 12 + 1:02}/{1900 + number // 336 % 120}"


def _vat(number: int) -> str:
    base = 4_000_000 + number
    return f"BE0{base:07}{97 - base % 97:02}"


def _people(row: list[str], number: int, _dice: random.Random) -> None:
    row[0] = str(500_000 + number)
    row[1] = row[7] = row[10] = row[9] = ""


def _accents(row: list[str], _number: int, dice: random.Random) -> None:
    row[1] = f"Café {row[1]} & Söhne"
    row[12] = dice.choice(("Müller", "Lefèvre", "Öztürk", "D'Hondt", "van den Broeck")) + row[12]


def _wrong(row: list[str], number: int, dice: random.Random) -> None:
    if dice.random() < 0.2:
        place = dice.choice((6, 7, 8, 9, 13, 14))
        row[place] = f"{row[place]}? {number}"


SHAPES = {
    "usual": Shape(),
    "distinct": Shape(change=_distinct),
    "dutch": Shape(header=_DUTCH),
    "people": Shape(change=_people),
    "windows": Shape(encoding="cp1252", change=_accents),
    "quoted": Shape(quoted=True),
    "repeated": Shape(pool=500),
    "errors": Shape(bad=0.1, change=_wrong),
}


def rows(shape: Shape, count: int) -> Iterator[list[str]]:
    """Yield `count` rows of a shape; the same every time."""
    dice = random.Random(7)
    made = tables.rows(shape.pool or count, bad=shape.bad)
    held: list[list[str]] = []
    for number in range(count):
        if shape.pool and number >= shape.pool:
            yield held[number % shape.pool]
            continue
        row = next(made)
        shape.change(row, number, dice)
        if shape.pool:
            held.append(row)
        yield row


def write(path: Path, name: str, count: int) -> Path:
    """Write a file of the shape `name` with `count` rows to `path` and return it."""
    shape = SHAPES[name]
    with path.open("w", encoding=shape.encoding, newline="") as file:
        writer = csv.writer(
            file, delimiter=";", quoting=csv.QUOTE_ALL if shape.quoted else csv.QUOTE_MINIMAL
        )
        writer.writerow(shape.header)
        writer.writerows(rows(shape, count))
    return path
