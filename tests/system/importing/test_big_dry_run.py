"""The memory of a dry run: so many bytes for each row, as docs/values.md says, and no more.

The file has 60,000 rows, at full depth three times the 100,000 that the program is built for;
EXACT_IMPORT_TEST_ROWS=1000000 is for who wants to see the million itself.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from depth import scaled, thinned

pytestmark = [
    pytest.mark.bigfile,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]

ROWS = int(os.environ.get("EXACT_IMPORT_TEST_ROWS", max(60_000, scaled(300_000))))
FEW = 20_000  # enough for all that does not grow with the file
# Of its own peak only the process itself knows: what its parent had is counted with it elsewhere.
TOLD = """
import atexit, sys
from exact_import.__main__ import main

def tell():
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    print(int(peak.split()[1]) * 1024, file=sys.stderr)

atexit.register(tell)
main()
"""
HEADERS = {
    "whole": "Code,Bedrijf,Straat,Huisnummer,Postcode,Plaats,Land,BTW-nummer,Telefoon,"
    "E-mail bedrijf,Website,Voornaam,Achternaam,E-mail,Functie",
    "names": "Bedrijf,Straat,Plaats,Telefoon",
}
# Bytes for each row: its cells, what they are converted to, and one key's values.
MOST = {"whole": 1500, "names": 700}


def lines(kind: str, rows: int) -> Iterator[str]:
    dice = random.Random(5)
    for n in range(rows):
        name = f"{dice.choice(('Bakkerij', 'Garage', 'Slagerij'))} {dice.randrange(10**6)} {n}"
        street, phone = f"Kerkstraat {n % 300}", f"+32 9 {n % 10**6:06d}"
        if kind == "names":
            yield f"{name},{street},Gent,{phone}\n"
            continue
        number = f"{n:08d}"
        vat = f"BE{number}{97 - int(number) % 97:02d}"
        yield (
            f"{n + 1},{name} & Zonen,Kerkstraat,{n % 300},{1000 + n % 8999},Gent,België,{vat},"
            f"{phone},info{n}@bedrijf{n}.be,www.bedrijf{n}.be,Jan,Peeters {n},"
            f"jan.peeters{n}@example.be,Zaakvoerder\n"
        )


def peak(folder: Path, kind: str, rows: int) -> int:
    """Return the peak memory, in bytes, of a dry run of so many rows, all of which are right."""
    path = folder / f"{rows}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADERS[kind] + "\n")
        file.writelines(lines(kind, rows))
    ended = subprocess.run(
        [sys.executable, "-c", TOLD, "--dry-run", "--json", str(path)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    path.unlink()
    document = json.loads(ended.stdout)
    assert ended.returncode == 0, document["problems"][:3]
    assert document["records"]["accounts"] == rows
    return int(ended.stderr)


@pytest.mark.parametrize("kind", thinned(list(HEADERS)))
def test_memory_by_row(kind: str, tmp_path: Path) -> None:
    few, many = peak(tmp_path, kind, FEW), peak(tmp_path, kind, ROWS)
    by_row = (many - few) / (ROWS - FEW)
    print(f"{kind}: {few / 1e6:.0f} MB and {by_row:.0f} bytes for each row")  # noqa: T201 -- for -s
    assert by_row < MOST[kind]
