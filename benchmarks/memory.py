"""How much memory a dry run takes for 200,000 and for 1,000,000 rows, on one core and on all.

With more than one core, several processes read the file; what they hold together is looked up
every few milliseconds, and counts pages that they share more than once. What the rows' match keys
need is computed from what `records/survey.py` and `records/groups.py` keep of a row. The floor is
the same dry run of 10 rows. Needs Linux.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import common
import tables

SIZES = (10, 200_000, 1_000_000)
# Line 4, digest of the account 8, of the person and the name 16, whether it is a person's 1; a
# hash of 8 for each key that the rows have (Code, VATNumber, Name+Postcode, Name); the group's
# first 4 and next 4 rows, which keys it has 2, and what is told of it 3.
A_ROW = 4 + 8 + 16 + 1 + 4 * 8 + 4 + 4 + 2 + 3


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory in MB: of the process itself, and with those that it started."""

    own: float
    together: float


def main() -> None:
    said = common.options(__doc__, times=7, quick=1).parse_args()
    sizes = [10, 20_000, 100_000] if said.quick else SIZES
    times = common.times_of(said)
    print(f"{common.machine()}; {times} times in turn")
    with common.folder() as home:
        files = {size: tables.write(home / f"{size}.csv", size) for size in sizes}
        cases = {
            f"{cores} core{'s' * (cores > 1)}, {size:9,} rows": functools.partial(
                _peak, files[size], cores
            )
            for cores in (1, 2)
            for size in sizes
        }
        found = common.in_turn(cases, times)
    names = list(cases)
    for name, measured in found.items():
        own = common.Spread([one.own for one in measured])
        together = common.Spread([one.together for one in measured])
        print(f"{name}: {own.show('.0f')} MB; all processes {together.show('.0f')} MB")
    for first in (1, 4):
        small, large = (found[name] for name in names[first : first + 2])
        more = sizes[2] - sizes[1]
        for what in ("own", "together"):
            growth = common.Spread(
                [
                    (getattr(most, what) - getattr(least, what)) * 1e6 / more
                    for least, most in zip(small, large, strict=True)
                ]
            )
            print(
                f"{names[first].partition(',')[0]}, {what}: {growth.show('.0f')} bytes for each of "
                f"the {more:,} further rows; their keys need {A_ROW}"
            )


def _peak(file: Path, cores: int) -> Peak:
    mine = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, sorted(mine)[-cores:])
        process = subprocess.Popen(
            [sys.executable, "-m", "exact_import", "--dry-run", "--json", str(file)],
            stdout=subprocess.DEVNULL,
            env=common.environment(),
        )
    finally:
        os.sched_setaffinity(0, mine)
    own = together = 0.0
    while process.poll() is None:
        found = [_resident(process.pid), *map(_resident, _children(process.pid))]
        own, together = max(own, found[0]), max(together, sum(found))
        time.sleep(0.01)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"exact-import ended with {process.returncode}")
    return Peak(own, together)


def _resident(process: int) -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _children(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{process}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


if __name__ == "__main__":
    main()
