"""A file with a mistake on each row: every bad line is told, with its column, and no good one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from depth import thinned
from exact_import.values.vocabulary import CHECKS

SAMPLE = Path(__file__).parents[3] / "samples" / "contacts-with-mistakes.csv"


def checked(*arguments: str | Path, folder: Path) -> tuple[int, dict[str, Any]]:
    """Run a dry run in `folder`; return the exit status and the JSON document."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("EXACT_")}
    ended = subprocess.run(
        [sys.executable, "-m", "exact_import", "--dry-run", "--json", *map(str, arguments)],
        cwd=folder,
        env=kept,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )
    return ended.returncode, json.loads(ended.stdout)


def test_the_sample_of_mistakes(tmp_path: Path) -> None:
    status, found = checked(SAMPLE, folder=tmp_path)
    assert status == 1
    assert found["rows"]["read"] == 19
    messages = {
        (one["line"], one["column"]): (one["severity"], one["message"]) for one in found["problems"]
    }
    expected = {
        (3, "Bedrijfsnaam"): ("error", "no company name and no person name"),
        (4, "BTW-nummer"): ("error", "check digits"),
        (5, "Ondernemingsnummer"): ("error", "8 digits"),
        (6, "E-mail"): ("warning", "holds several values"),
        (7, "E-mail"): ("error", "not a valid e-mail address"),
        (8, "Land"): ("error", 'Did you mean "België"?'),
        (10, "Relatiecode"): ("error", "digits are lost"),
        (11, "Actief vanaf"): ("error", "not a valid date"),
        (12, "Korting verkoop"): ("error", "not a valid number"),
        (13, "Status"): ("warning", 'Did you mean "klant"?'),
        (14, "Website"): ("error", "not a valid web address"),
        (15, "Bedrijfsnaam"): ("error", "spreadsheet error"),
        (16, ""): ("error", '"Brugge" on line 16 but "Aalst" on line 17'),
        (17, ""): ("error", '"Brugge" on line 16 but "Aalst" on line 17'),
        (18, "Telefoon"): ("warning", "not a valid telephone number"),
        (20, ""): ("error", "19 cells where the header has 18"),
    }
    assert messages.keys() == expected.keys()
    assert len(found["problems"]) == len(expected)
    for place, (severity, part) in expected.items():
        assert messages[place][0] == severity, place
        assert part in messages[place][1], place
    assert found["rows"]["rejected"] == 13


class Slip(NamedTuple):
    """A cell that a check refuses or doubts, in a field of a section."""

    section: str
    field: str
    text: str


SLIPS: dict[str, Sequence[Slip]] = {
    "type": [
        Slip("account", "CreditLineSales", "vijf"),
        Slip("account", "Blocked", "misschien"),
        Slip("account", "DiscountSales", "120 %"),
        Slip("account", "VATNumber", "1" * 2000),
    ],
    "date": [
        Slip("account", "StartDate", "30/02/2024"),
        Slip("contact", "BirthDate", "ergens in mei"),
    ],
    "guid": [Slip("account", "ID", "10001")],
    "code": [Slip("account", "Code", "1001,0")],
    "vat": [Slip("account", "VATNumber", "BE0123456748")],
    "chamber_of_commerce": [Slip("account", "ChamberOfCommerce", "0403.170.702")],
    "iban": [Slip("bank account", "BankAccount", "BE68 5390 0754 7035")],
    "peppol": [Slip("account", "PeppolIdentifier", "0208:0403170702")],
    "email": [
        Slip("account", "Email", "jan.example.be"),
        Slip("contact", "Email", "jan@example.be, an@"),
    ],
    "website": [Slip("account", "Website", "geen web adres")],
    "country": [Slip("account", "Country", "Belgje")],
    "language": [Slip("account", "Language", "Klingon?")],
    "currency": [Slip("account", "SalesCurrency", "munten")],
    "status": [Slip("account", "Status", "gearchiveerd")],
    "gender": [Slip("contact", "Gender", "team")],
    "excel": [Slip("account", "Code", "1,23457E+11"), Slip("account", "City", "#REF!")],
    "length": [Slip("account", "AddressLine1", "Kerkstraat " * 30)],
    "phone": [Slip("account", "Phone", "12"), Slip("contact", "Mobile", "vraag Jan")],
    "bic": [Slip("bank account", "BICCode", "KREDIET")],
    "bsn": [Slip("account", "BSN", "123456789")],
    "several": [
        Slip("contact", "Phone", "09 123 45 67 ::: 09 123 45 68"),
        Slip("contact", "Email", "jan@example.be, an@example.be"),
    ],
    "duplicate": [Slip("account", "VATNumber", "BE0999708130")],
    "placeholder": [Slip("account", "ChamberOfCommerce", "n.v.t.")],
    "ditto": [Slip("account", "City", "idem")],
    "encoding": [Slip("account", "City", "Li\ufffdge"), Slip("account", "City", "Li?ge")],
    "place": [Slip("account", "Postcode", "Gent")],
    "name": [Slip("account", "Name", "goed@example.be")],
}  # fmt: skip
GOOD: dict[tuple[str, str], str] = {
    ("account", "Name"): "Goed",
    ("account", "Country"): "België",
    ("contact", "LastName"): "Peeters",
    ("bank account", "BankAccount"): "BE68 5390 0754 7034",
}


def table() -> tuple[str, str, dict[int, tuple[str, Slip]]]:
    """Return a file in which every other row is good, its INI, and the slips by line."""
    slips = [(check, slip) for check, found in SLIPS.items() for slip in found]
    places = list(dict.fromkeys([*GOOD, *((slip.section, slip.field) for _, slip in slips)]))
    sections: dict[str, list[str]] = {}
    for section, field in places:
        sections.setdefault(section, []).append(f"{field} = {{{section}.{field}}}")
    ini = "\n".join(f"[{name}]\n" + "\n".join(lines) + "\n" for name, lines in sections.items())
    lines = [";".join(f"{section}.{field}" for section, field in places)]
    by_line: dict[int, tuple[str, Slip]] = {}
    vat_of_the_first_row = {("account", "VATNumber"): "0999.708.130"}
    for number, (check, slip) in enumerate(slips):
        for wrong in (False, True):
            code = {("account", "Code"): str(2000 + 2 * number + wrong)}
            cells = {**GOOD, **code, ("account", "Name"): f"Goed {number} {wrong}"}
            if len(lines) == 1:
                cells |= vat_of_the_first_row
            if wrong:
                cells[slip.section, slip.field] = slip.text
                by_line[len(lines) + 1] = (check, slip)
            lines.append(";".join(cells.get(place, "") for place in places))
    return "\r\n".join(lines) + "\r\n", ini, by_line


def test_there_is_a_slip_for_every_check() -> None:
    assert SLIPS.keys() == CHECKS.keys() - {"reference"}  # which only the company can tell


@pytest.mark.parametrize("level", thinned(["", "error", "warning", "off"]))
def test_every_slip_is_reported_with_its_line_and_column_and_no_good_row_is(
    tmp_path: Path, level: str
) -> None:
    text, ini, by_line = table()
    if level:
        ini += "[validation]\n" + "".join(f"{check} = {level}\n" for check in CHECKS)
    (tmp_path / "config.ini").write_text("[import]\ncountry = BE\n" + ini, "utf-8")
    (tmp_path / "contacts.csv").write_bytes(text.encode())
    status, found = checked("contacts.csv", folder=tmp_path)
    problems = {one["line"]: one for one in found["problems"]}
    if level == "off":
        assert problems == {}
        assert status == 0
        return
    assert len(found["problems"]) == len(problems)
    assert problems.keys() == by_line.keys()
    for line, (check, slip) in by_line.items():
        assert problems[line]["severity"] == (level or CHECKS[check][0]), (check, slip)
        assert problems[line]["field"] == slip.field
        if check != "duplicate":
            assert problems[line]["column"] == f"{slip.section}.{slip.field}"
    errors = [one for one in problems.values() if one["severity"] == "error"]
    assert found["rows"]["rejected"] == len(errors)
    assert status == (1 if errors else 0)
