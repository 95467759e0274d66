"""Planning 10,000 rows against divisions of 1,000 to 200,000 accounts.

Half of the rows are of accounts that the division has, as far as it has so many, the others are
new; each names a person. The mirror has been filled before, as it is every night but the first:
what that first time takes is shown apart. The floor is a dry run of the same file, which reads and
checks the rows and knows nothing of the division. Draws `planning.png` beside this file.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import common

ROWS = 10_000
SIZES = (1_000, 10_000, 50_000, 100_000, 200_000)
FLOOR = "dry run"


def main() -> None:
    said = common.options(__doc__, times=7, quick=3).parse_args()
    sizes = [size // 10 for size in SIZES] if said.quick else SIZES
    rows = ROWS // 10 if said.quick else ROWS
    times = common.times_of(said)
    print(f"{common.machine()}; {rows:,} rows, {times} times in turn")
    with contextlib.ExitStack() as opened:
        home = opened.enter_context(common.folder())
        cases = {}
        for size in sizes:
            where = home / str(size)
            server = opened.enter_context(common.sandbox(where, **common.UNLIMITED))
            server.remote.generate(accounts=size, contacts=size // 10)
            _write(where / "rows.csv", server.remote.records(), rows)
            (where / "config.ini").write_text(server.config.read_text())
            (where / "config.ini").chmod(0o600)
            command = (sys.executable, "-m", "exact_import", "plan", "--json", "rows.csv")
            started = time.perf_counter()
            first = json.loads(common.run(command, where).output)
            took = time.perf_counter() - started
            print(
                f"{size:,} accounts read for the first time: {took:.0f} s, "
                f"{first['api_calls']['total']} calls; planned: {_planned(first)}"
            )
            cases[f"{size:07}"] = functools.partial(common.run, command, where, watch=True)
        dry = (sys.executable, "-m", "exact_import", "--dry-run", "--json", "rows.csv")
        cases[FLOOR] = functools.partial(common.run, dry, home / str(sizes[-1]), watch=True)
        found = common.in_turn(cases, times)
    for name, measured in found.items():
        shown = name if name == FLOOR else f"{int(name):,} accounts"
        wall = common.Spread([one.wall for one in measured])
        cpu = common.Spread([one.cpu for one in measured])
        peak = common.Spread([one.peak for one in measured])
        print(f"{shown:17}  {wall.show()} s, of CPU {cpu.show()} s; peak {peak.show('.0f')} MB")
    least, most = (f"{size:07}" for size in (sizes[0], sizes[-1]))
    for one, other in ((most, least), (most, FLOOR)):
        ratio = common.ratios([ran.cpu for ran in found[one]], [ran.cpu for ran in found[other]])
        print(f"{one.lstrip('0')} / {other.lstrip('0')}, CPU: {ratio.show()}")
    if not said.quick:
        _draw(Path(__file__).with_suffix(".png"), found, rows)


def _planned(document: Mapping[str, Mapping[str, int]]) -> str:
    counts = document["accounts"]
    return ", ".join(f"{counts[word]:,} {word}" for word in ("create", "update", "unchanged"))


def _write(path: Path, accounts: Sequence[Mapping[str, Any]], rows: int) -> None:
    """Write rows of some of `accounts`, with another telephone number, and of new ones."""
    size = len(accounts)
    held = min(size, rows // 2)
    known = [accounts[number * size // held] for number in range(held)]
    companies = [(str(one["Code"]).strip(), one["Name"], one["City"]) for one in known]
    companies += [
        (str(code), f"Klant {code}", "Gent") for code in range(size + 1, size + 1 + rows - held)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("Code", "Company", "City", "Company phone", "First name", "Last name", "E-mail")
        )
        for code, name, city in companies:
            person = ("Jan", f"Peeters {code}", f"jan{code}@example.com")
            writer.writerow((code, name, city, f"+32 9 {code:0>7}", *person))


def _draw(path: Path, found: Mapping[str, Sequence[common.Ran]], rows: int) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    sizes = [name for name in found if name != FLOOR]
    figure, places = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    shown = (("CPU seconds", "cpu"), ("peak memory, MB", "peak"))
    for place, (label, what) in zip(places, shown, strict=True):
        spreads = [common.Spread([getattr(one, what) for one in found[name]]) for name in sizes]
        floor = common.Spread([getattr(one, what) for one in found[FLOOR]]).median
        medians = [spread.median for spread in spreads]
        place.errorbar(
            [int(name) / 1000 for name in sizes],
            medians,
            yerr=[
                [spread.median - min(spread.values) for spread in spreads],
                [max(spread.values) - spread.median for spread in spreads],
            ],
            marker="o",
            capsize=3,
            label="plan",
        )
        place.axhline(floor, linestyle="--", color="grey", label="dry run of the same rows")
        place.set_xlabel("thousands of accounts in the division")
        place.set_ylabel(label)
        place.set_ylim(bottom=0)
        place.legend()
    figure.suptitle(f"Planning {rows:,} rows, by the size of the division (median and range)")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
