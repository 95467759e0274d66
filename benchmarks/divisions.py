"""Many small companies in one file: rows a minute in all, against what their limits allow.

`division = {Div}` sends each row to its own division. A division may take 60 calls a minute, so
that many together could take 60 times their number; each has a few calls for reading besides its
rows, and fewer rows than a minute allows, so that here the program and the computer are measured,
not the waiting. The sandbox, in a process of its own, shares the two cores.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import common

from exact_sandbox.settings import FIRST_DIVISION

ROWS = 20
A_MINUTE = 60


def main() -> None:
    said = common.options(__doc__, times=7, quick=1).parse_args()
    counts = (5, 20) if said.quick else (20, 200)
    times = common.times_of(said)
    print(f"{common.machine()}; {ROWS} rows a division, {times} times in turn")
    cases = {str(count): functools.partial(_import, count) for count in counts}
    for name, measured in common.in_turn(cases, times).items():
        count = int(name)
        rates = common.Spread([count * ROWS / ended.wall * 60 for ended, _ in measured])
        allowed = A_MINUTE * count
        calls = measured[0][0].document["api_calls"]["total"]
        again = common.Spread([unchanged.wall for _, unchanged in measured])
        print(
            f"{count} divisions, first import: {rates.show(',.0f')} rows a minute in all, of "
            f"{allowed:,} that the limits allow: {rates.median / allowed:.0%}"
        )
        cpu = common.Spread([ended.cpu / calls * 1000 for ended, _ in measured])
        wall = common.Spread([ended.wall for ended, _ in measured])
        print(f"    {wall.show('.1f')} s; {calls:,} calls, {cpu.show('.1f')} ms of CPU for each")
        rest = measured[0][1].document["api_calls"]["total"]
        print(
            f"    the same file again: {again.show('.1f')} s, {rest / count:.1f} calls a division"
        )


def _import(count: int) -> tuple[common.Ended, common.Ended]:
    """Import into `count` new divisions, twice."""
    with common.folder() as home, common.sandbox(home / "sandbox", divisions=count) as server:
        config = home / "config.ini"
        config.write_text(server.config.read_text() + "\n[import]\ndivision = {Div}\n")
        config.chmod(0o600)
        _write(home / "companies.csv", count)
        first = common.run_import(home, "companies.csv")
        again = common.run_import(home, "companies.csv")
    done, still = first.document["rows"], again.document["rows"]
    if done["created"] != count * ROWS or still["unchanged"] != count * ROWS:
        raise RuntimeError(f"not everything arrived: {done}, then {still}")
    return first, again


def _write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Div", "Code", "Company", "Postcode", "City", "Phone"))
        for row in range(ROWS):
            for place in range(count):
                phone = f"+32 9 {place:03} {row:02} 00"
                number = 1000 + row
                company = (f"Klant {row} van {place}", f"{9000 + row}", "Gent", phone)
                writer.writerow((FIRST_DIVISION + place, number, *company))


if __name__ == "__main__":
    main()
