"""How much memory a dry run takes for 200,000 and for 1,000,000 rows, above that for 10 rows.

The rows stay in memory, so the floor is what their cells take as Python strings: so many bytes for
each row are measured in a process of its own, which reads the file by the csv module and keeps it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

import common
import tables

SIZES = (10, 200_000, 1_000_000)
FLOOR = """
import csv, sys
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = list(map(tuple, csv.reader(file, delimiter=";")))
"""


def main() -> None:
    said = common.options(__doc__, times=7, quick=1).parse_args()
    sizes = [10, 20_000, 100_000] if said.quick else SIZES
    times = common.times_of(said)
    print(f"{common.machine()}; {times} times in turn")
    with common.folder() as home:
        cases: dict[str, Callable[[], common.Ran]] = {}
        for size in sizes:
            file = str(tables.write(home / f"{size}.csv", size))
            ours = (sys.executable, "-m", "exact_import", "--dry-run", "--json", file)
            floor = (sys.executable, "-c", FLOOR, file)
            for name, command in (("ours", ours), ("csv, kept", floor)):
                cases[f"{name}, {size:9,} rows"] = functools.partial(
                    common.run, command, home, cores=1, accepted=(0, 1), watch=True
                )
        found = common.in_turn(cases, times)
    for name in ("ours", "csv, kept"):
        least, *more = (found[f"{name}, {size:9,} rows"] for size in sizes)
        for size, measured in zip(sizes[1:], more, strict=True):
            peak = common.Spread([one.peak for one in measured])
            grown = common.Spread(
                [
                    (many.peak - few.peak) * 1e6 / size
                    for few, many in zip(least, measured, strict=True)
                ]
            )
            print(f"{name}, {size:9,} rows: {peak.show('.0f')} MB; {grown.show('.0f')} bytes a row")


if __name__ == "__main__":
    main()
