"""How much memory a dry run takes for 200,000 and for 1,000,000 rows, on one core and on all.

With more than one core, several processes read the file; what they hold together is looked up
every few milliseconds, and counts pages that they share more than once. What the rows' match keys
need is computed from what `records/survey.py` and `records/groups.py` keep of a row. The floor is
the same dry run of 10 rows. Needs Linux.
"""

from __future__ import annotations

import functools
import sys

import common
import tables

SIZES = (10, 200_000, 1_000_000)
# Line 4, digest of the account 8, of the person and the name 16, whether it is a person's 1; a
# hash of 8 for each key that the rows have (Code, VATNumber, Name+Postcode, Name); the group's
# first 4 and next 4 rows, which keys it has 1, whether the row is its first 1, and what is told of
# it 3.
A_ROW = 4 + 8 + 16 + 1 + 4 * 8 + 4 + 4 + 2 + 3


def main() -> None:
    said = common.options(__doc__, times=7, quick=1).parse_args()
    sizes = [10, 20_000, 100_000] if said.quick else SIZES
    times = common.times_of(said)
    print(f"{common.machine()}; {times} times in turn")
    with common.folder() as home:
        files = {size: tables.write(home / f"{size}.csv", size) for size in sizes}
        cases = {
            f"{cores} core{'s' * (cores > 1)}, {size:9,} rows": functools.partial(
                common.run,
                (sys.executable, "-m", "exact_import", "--dry-run", "--json", str(files[size])),
                home,
                cores=cores,
                accepted=(0, 1),
                watch=True,
            )
            for cores in (1, 2)
            for size in sizes
        }
        found = common.in_turn(cases, times)
    names = list(cases)
    for name, measured in found.items():
        peak = common.Spread([one.peak for one in measured])
        together = common.Spread([one.together for one in measured])
        print(f"{name}: {peak.show('.0f')} MB; all processes {together.show('.0f')} MB")
    for first in (1, 4):
        small, large = (found[name] for name in names[first : first + 2])
        more = sizes[2] - sizes[1]
        for what in ("peak", "together"):
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


if __name__ == "__main__":
    main()
