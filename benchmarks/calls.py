"""How many calls an import makes, against the row-by-row way with the stock library.

Row by row: for each row look its account up by its code and write it (make it, or send it again),
then look its contact up by name and write that. The kinder row-by-row way of a night compares, and
writes only what differs. All is counted from the sandbox's log, calls for tokens apart.

The division already holds records of others. Every run begins, as each night's does, with an
access token that has expired. A night later 2 % of the rows have a new phone and 1 % are new rows
in the place of others. Counts are the same every time, so each is taken once.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import math
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Self

import common
import tables

OTHERS = 2500  # accounts of others in the division, and as many contacts
A_MINUTE = 60

_ACCOUNT = {"Name": "Company", "Postcode": "Postcode", "City": "City", "Phone": "Phone"}
_CONTACT = {"FirstName": "First name", "LastName": "Last name", "Email": "Contact e-mail"}


def main() -> None:
    parser = common.options(__doc__, times=1, quick=1)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.child:
        config, file, way = said.child
        _row_by_row(Path(config), Path(file), kinder=way == "kinder")
        return
    rows = 100 if said.quick else 1000
    print(f"{common.machine()}; {rows} rows, {OTHERS} accounts and contacts of others")
    with common.folder() as home:
        first, night = _files(home, rows)
        print("Ours:")
        with _Counted(home / "ours") as ours:
            own = {
                "first import": ours.count("first import", first),
                "night": ours.count("night", night),
                "unchanged": ours.count("unchanged", night),
            }
        print("Row by row, the stock library:")
        with _Counted(home / "theirs") as theirs:
            other = {
                "first import": theirs.count("first import", first, "plain"),
                "night, kinder": theirs.count("night, kinder", night, "kinder"),
                # It makes as many calls whatever it finds, so that it may come last.
                "night": theirs.count("night", night, "plain"),
            }
    for name, count in other.items():
        ratio = count / own[name.partition(",")[0]]
        print(f"{name}: row by row / ours = {ratio:.1f}")


def _files(home: Path, rows: int) -> tuple[Path, Path]:
    """Write the file of the first day and that of the night after."""
    new, phone = rows // 100, tables.HEADER.index("Phone")
    everything = list(tables.rows(rows + new, bad=0))
    changed = {row[0] for row in everything[:: rows // (2 * new)]}
    later = [
        [*row[:phone], "+32 9 999 99 99", *row[phone + 1 :]] if row[0] in changed else row
        for row in everything[new:]
    ]
    first, night = home / "first.csv", home / "night.csv"
    for path, content in ((first, everything[:rows]), (night, later)):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(tables.HEADER)
            writer.writerows(content)
    return first, night


class _Counted:
    """A sandbox of which every call is counted."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self._home = home
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        limits = {**common.UNLIMITED, "refuse_refresh_before": 0}
        self._server = self._open.enter_context(common.sandbox(self._home / "sandbox", **limits))
        self._server.remote.generate(accounts=OTHERS, contacts=OTHERS)
        self._config = self._home / "config.ini"
        self._config.write_text(self._server.config.read_text())
        self._config.chmod(0o600)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def count(self, name: str, file: Path, row_by_row: str = "") -> int:
        """Return how many calls the import of `file` makes, those for tokens not counted.

        It is exact-import's, unless a `row_by_row` way ("plain" or "kinder") is named.
        """
        remote = self._server.remote
        expired = re.sub(r"(?m)^access_expiry.*", "access_expiry = 1", self._config.read_text())
        self._config.write_text(expired)
        seen = int(remote.counts()["calls"])
        held = sum(len(remote.records(kind)) for kind in ("accounts", "contacts"))
        if row_by_row:
            self._row_by_row(file, row_by_row)
        else:
            common.run_import(self._home, str(file))
        calls = remote.log(seen)
        tokens = sum(call["token"] for call in calls)
        kinds = Counter(
            f"{call['method']} {call['endpoint']}" for call in calls if not call["token"]
        )
        total, reads = kinds.total(), sum(n for kind, n in kinds.items() if kind.startswith("GET"))
        print(
            f"  {name}: {total:,} calls ({reads:,} reads, {total - reads:,} writes) and "
            f"{tokens} for tokens; {total / A_MINUTE:.0f} minutes at {A_MINUTE} a minute"
        )
        print(f"    {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}")
        print(f"    {held:,} records: reading may take {math.ceil(held / 1000) + 5}")
        return total

    def _row_by_row(self, file: Path, way: str) -> None:
        # It reads all that it trusts anew for every call: here only the sandbox's certificate.
        trusted = {"SSL_CERT_FILE": str(self._server.ca_file), "SSL_CERT_DIR": str(self._home)}
        subprocess.run(
            [sys.executable, __file__, "--child", str(self._config), str(file), way],
            env={**os.environ, **trusted},
            check=True,
        )


def _row_by_row(config: Path, file: Path, *, kinder: bool) -> None:
    from exactonline.api import ExactApi
    from exactonline.storage.ini import IniStorage

    api = ExactApi(storage=IniStorage(str(config)))
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            code, select = row["Code"], ",".join(("ID", *_ACCOUNT))
            found = api.relations.filter(relation_code=code, select=select)
            wanted = {name: row[column] for name, column in _ACCOUNT.items()}
            account = _put(api.relations, found, wanted, {"Code": code}, kinder=kinder)
            wanted = {name: row[column] for name, column in _CONTACT.items()}
            where = (
                f"Account eq guid'{account}' and FirstName eq '{wanted['FirstName']}' "
                f"and LastName eq '{wanted['LastName']}'"
            )
            found = api.contacts.filter(filter=where, select=",".join(("ID", *_CONTACT)))
            _put(api.contacts, found, wanted, {"Account": account}, kinder=kinder)


def _put(
    manager: Any,
    found: list[dict[str, str]],
    wanted: dict[str, str],
    new: dict[str, str],
    *,
    kinder: bool,
) -> str:
    """Make the record, or send it again if it is there; the kinder way only where it differs."""
    if not found:
        made: dict[str, str] = manager.create({**new, **wanted})
        return made["ID"]
    differs = any(found[0][name] != value for name, value in wanted.items())
    if differs or not kinder:
        manager.update(found[0]["ID"], wanted)
    return found[0]["ID"]


if __name__ == "__main__":
    main()
