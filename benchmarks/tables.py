"""Tables of invented customers for the benchmarks: the same seed gives the same file."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

HEADER = (
    "Code",
    "Company",
    "Street",
    "Number",
    "Postcode",
    "City",
    "Country",
    "VAT number",
    "Phone",
    "E-mail",
    "Website",
    "First name",
    "Last name",
    "Contact e-mail",
    "StartDate",
)
_FIRST = [
    "Jan",
    "Piet",
    "Marie",
    "Anna",
    "Luc",
    "Sofie",
    "Tom",
    "Eva",
    "Koen",
    "Lies",
    "Bart",
    "Nele",
    "Wim",
    "Els",
    "Joris",
    "Hanne",
]
_LAST = [
    "Peeters",
    "Janssens",
    "Maes",
    "Jacobs",
    "Mertens",
    "Willems",
    "Claes",
    "Goossens",
    "Wouters",
    "De-Smet",
    "Bakker",
]
_WORDS = [
    "Noord",
    "Zuid",
    "Oost",
    "West",
    "Alfa",
    "Beta",
    "Delta",
    "Omega",
    "Vlaams",
    "Haven",
    "Markt",
    "Brug",
    "Toren",
    "Molen",
]
_TRADES = [
    "Bouw",
    "Transport",
    "Metaal",
    "Hout",
    "Electro",
    "Media",
    "Advies",
    "Groep",
    "Techniek",
    "Voeding",
]
_STREETS = [
    "Kerkstraat",
    "Dorpsstraat",
    "Stationsstraat",
    "Molenweg",
    "Nieuwstraat",
    "Veldweg",
    "Hoogstraat",
]
_CITIES = [
    "Gent",
    "Antwerpen",
    "Brugge",
    "Leuven",
    "Mechelen",
    "Hasselt",
    "Kortrijk",
    "Oostende",
    "Aalst",
    "Genk",
]
_BAD = {6: "Atlantis", 7: "BE0123456780", 9: "info(at)example", 13: "a@b@c", 14: "soon"}


def rows(count: int, *, seed: int = 42, bad: float = 0.01) -> Iterator[list[str]]:
    """Yield `count` rows; a fifth are a further person of the company above.

    `bad` is the share of rows with one cell that is wrong.
    """
    dice = random.Random(seed)
    company: list[str] = []
    for number in range(count):
        if not company or dice.random() >= 0.2:
            company = _company(number + 1, dice)
        first, last = dice.choice(_FIRST), f"{dice.choice(_LAST)}{number % 9973}"
        email = f"{first}.{last}@{company[10].removeprefix('www.')}".lower()
        row = [*company, first, last, email, ""]
        row[14] = f"{number % 28 + 1:02}/{number % 12 + 1:02}/{2000 + number % 24}"
        if dice.random() < bad:
            place = dice.choice(list(_BAD))
            row[place] = _BAD[place]
        yield row


def _company(number: int, dice: random.Random) -> list[str]:
    name = f"{dice.choice(_WORDS)} {dice.choice(_TRADES)} {number}"
    base = 10_000_000 + number
    domain = f"www.{name.replace(' ', '-').lower()}.be"
    return [
        str(100_000 + number),
        f"{name} bv",
        dice.choice(_STREETS),
        str(dice.randrange(1, 400)),
        str(dice.randrange(1000, 9999)),
        dice.choice(_CITIES),
        "België" if number % 3 else "BE",
        f"BE0{base % 10**7 + 4 * 10**6:07}{97 - (base % 10**7 + 4 * 10**6) % 97:02}",
        f"+32 9 {dice.randrange(100, 999)} {dice.randrange(10, 99)} {dice.randrange(10, 99)}",
        f"info@{domain.removeprefix('www.')}",
        domain,
    ]


def write(path: Path, count: int, *, seed: int = 42, bad: float = 0.01) -> Path:
    """Write a CSV of `count` rows to `path` and return it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows(count, seed=seed, bad=bad))
    return path
