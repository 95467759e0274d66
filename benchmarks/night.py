"""The unchanged night: a file whose rows are as they were, into a division that nobody touched.

Each row names an account that the division has, and its only contact; the file was imported
before. What a night takes then is compared with a dry run of the same file, which reads and checks
the rows and knows nothing of the division: the floor. Memory is that of a night beyond the dry run
of 10 rows, for each row.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import common

SIZES = (30_000, 100_000)
SMALL = "10, dry run"
# The columns of the file, and what an export calls them.
COLUMNS = {
    "Code": "account.Code",
    "Company": "account.Name",
    "Street": "account.AddressLine1",
    "Postcode": "account.Postcode",
    "City": "account.City",
    "Country": "account.Country",
    "E-mail": "account.Email",
    "First name": "contact.FirstName",
    "Last name": "contact.LastName",
    "Contact e-mail": "contact.Email",
}


NIGHT = (sys.executable, "-m", "exact_import", "--json", "rows.csv")
DRY_RUN = (sys.executable, "-m", "exact_import", "--dry-run", "--json", "rows.csv")


def main() -> None:
    options = common.options(__doc__, times=7, quick=3).parse_args()
    sizes = [size // 10 for size in SIZES] if options.quick else SIZES
    times = common.times_of(options)
    print(f"{common.machine()}; {times} times in turn")
    with contextlib.ExitStack() as opened:
        home = opened.enter_context(common.folder())
        folders = {size: home / str(size) for size in sizes}
        for size, where in folders.items():
            server = opened.enter_context(common.sandbox(where, **common.UNLIMITED))
            server.remote.generate(accounts=size, contacts=size)
            (where / "config.ini").write_text(server.config.read_text())
            (where / "config.ini").chmod(0o600)
            common.run((sys.executable, "-m", "exact_import", "export", "all.csv"), where)
            write_rows(where / "all.csv", where / "rows.csv", size)
            first = common.run(NIGHT, where)
            second = json.loads(common.run(NIGHT, where).output)
            print(
                f"{size:,} rows: first import {first.cpu:.1f} s of CPU; then "
                f"{second['rows']['unchanged']:,} rows unchanged, "
                f"{second['api_calls']['total']} calls, {second['api_calls']['writes']} writes"
            )
        small = home / "small"
        small.mkdir()
        write_rows(home / str(sizes[0]) / "all.csv", small / "rows.csv", 10)
        show(measure(folders, small, times), sizes)


def measure(folders: Mapping[int, Path], small: Path, times: int) -> dict[str, list[common.Ran]]:
    """Run the nights and dry runs of all sizes in turn; `small` has the file of 10 rows."""
    cases = {SMALL: functools.partial(common.run, DRY_RUN, small, watch=True)}
    for size, where in folders.items():
        cases[f"{size:07}, dry run"] = functools.partial(common.run, DRY_RUN, where, watch=True)
        cases[f"{size:07}, night"] = functools.partial(common.run, NIGHT, where, watch=True)
    return common.in_turn(cases, times)


def show(found: Mapping[str, Sequence[common.Ran]], sizes: Sequence[int]) -> None:
    """Print what was measured."""
    for name, measured in found.items():
        wall = common.Spread([ran.wall for ran in measured])
        cpu = common.Spread([ran.cpu for ran in measured])
        peak = common.Spread([ran.peak for ran in measured])
        shown = name.lstrip("0")
        print(f"{shown:16}  {wall.show()} s, of CPU {cpu.show()} s; peak {peak.show('.0f')} MB")
    for size in sizes:
        nights, dries = found[f"{size:07}, night"], found[f"{size:07}, dry run"]
        ratio = common.ratios([ran.cpu for ran in nights], [ran.cpu for ran in dries])
        memory = common.Spread(
            [
                (most.peak - least.peak) * 1e3 / size
                for most, least in zip(nights, found[SMALL], strict=True)
            ]
        )
        print(f"{size:,} rows: night / dry run, CPU: {ratio.show()}; {memory.show()} KB a row")


def write_rows(export: Path, path: Path, size: int) -> None:
    """Write the first `size` rows of an export with the columns that such files have."""
    with (
        export.open(encoding="utf-8-sig", newline="") as source,
        path.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in itertools.islice(csv.DictReader(source, delimiter=";"), size):
            writer.writerow({column: row[name] for column, name in COLUMNS.items()})


if __name__ == "__main__":
    main()
