"""The most that is promised, in four parts that can be run apart: `load.py rows companies`.

* rows: 100,000 new rows against a server without limits, killed twice on the way: nothing doubled,
  memory, the size of the journal, and the last thousand writes against the first.
* mirror: 300,000 accounts read into the journal, and the night after.
* companies: 5,000 companies in one file, each call answered after 0.1 s, the first night and the
  one after, when most are unchanged.
* year: 365 nights of 20 changes each, a day apart: the journal's size by the quarter.

The sandbox, in a process of its own, shares the cores.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import common

from exact_sandbox.settings import FIRST_DIVISION

PROGRAM = (sys.executable, "-m", "exact_import", "--json")
LATER = Path(__file__).parents[1] / "tests" / "support" / "clock_shift.py"
DAY = 86_400
LATENCY = 0.1


def main() -> None:
    parser = common.options(__doc__, times=1, quick=1)
    parts = {"rows": rows, "mirror": mirror, "companies": companies, "year": year}
    parser.add_argument("--share", type=float, help="how much of everything (quick: 0.03)")
    parser.add_argument("parts", nargs="*", choices=[[], *parts], help="which parts (all)")
    said = parser.parse_args()
    share = said.share or (0.03 if said.quick else 1.0)
    print(f"{common.machine()}; {share:.0%} of everything")
    for name in said.parts or parts:
        with common.folder() as home:
            parts[name](home, share)


def rows(home: Path, share: float) -> None:
    """Import many rows, killed after a third and after two thirds of them."""
    count = int(100_000 * share)
    with common.sandbox(home / "sandbox", **common.UNLIMITED) as server:
        _configure(home, server, "settle_after = 1")
        lines = [
            (f"K{i}", f"Firma nummer {i} BV", f"{1000 + i % 9000}", "Gent") for i in range(count)
        ]
        _write(home / "rows.csv", ("Klantnr", "Company", "Postcode", "City"), lines)
        peak = 0.0
        for third in (1, 2):
            peak = max(peak, _killed(home, server, third * count // 3))
        last = common.run((*PROGRAM, "rows.csv"), home, accepted=(0, 75), watch=True)
        while json.loads(last.output)["exit_status"] == 75:
            last = common.run((*PROGRAM, "rows.csv"), home, accepted=(0, 75), watch=True)
        made = Counter(one["Name"] for one in server.remote.records())
        posts = [call["at"] for call in server.remote.log() if call["method"] == "POST"]
    if made != Counter(line[1] for line in lines):
        raise RuntimeError(f"{len(made)} companies, {made.most_common(1)} the most often")
    some = min(1000, count // 6)
    first, final = posts[some] - posts[0], posts[-1] - posts[-1 - some]
    print(f"rows: {count:,}, killed twice, each made once")
    print(f"    memory {max(peak, last.peak):.0f} MB; journal {_size(home):.0f} MB")
    print(f"    last {some:,} writes / first {some:,}: {final / first:.2f} ({first:.1f} s)")


def mirror(home: Path, share: float) -> None:
    """Read many accounts, for a file of one row; then again, when nothing has changed."""
    count = int(300_000 * share)
    with common.sandbox(home / "sandbox", **common.UNLIMITED) as server:
        _configure(home, server)
        server.remote.generate(accounts=count)
        _write(home / "rows.csv", ("Company", "City"), [("Bakkerij De Nieuwe", "Gent")])
        for night in ("first", "next"):
            ran = common.run((*PROGRAM, "rows.csv"), home, watch=True)
            calls = json.loads(ran.output)["api_calls"]["total"]
            print(
                f"mirror: {count:,} accounts, {night} night {ran.wall:.0f} s ({ran.cpu:.0f} s of "
                f"CPU), {calls} calls, memory {ran.peak:.0f} MB, journal {_size(home):.0f} MB"
            )


def companies(home: Path, share: float) -> None:
    """Import a row for each of many companies, slowly answered; then with one in twenty changed."""
    count = int(5_000 * share)
    with common.sandbox(home / "sandbox", divisions=count) as server:
        _configure(home, server, "division = {Div}")
        server.remote.add_faults({"kind": "slow", "delay": LATENCY})
        header = ("Div", "Code", "Company", "City", "Phone")
        for night, changed in (("first", 1), ("next", 20)):
            lines = [
                (FIRST_DIVISION + i, "1001", f"Klant van {i}", "Gent", _phone(i, changed))
                for i in range(count)
            ]
            _write(home / "rows.csv", header, lines)
            ran = common.run((*PROGRAM, "rows.csv"), home, watch=True)
            said = json.loads(ran.output)
            calls = said["api_calls"]["total"]
            print(
                f"companies: {count:,}, {night} night {ran.wall:.0f} s ({ran.cpu:.0f} s of CPU), "
                f"{calls:,} calls, memory {ran.peak:.0f} MB; "
                f"{ {word: n for word, n in said['rows'].items() if n} }"
            )


def _phone(place: int, changed: int) -> str:
    return f"+32 9 {place:04} {'01' if place % changed == 0 and changed > 1 else '00'}"


def year(home: Path, share: float) -> None:
    """Import a file night after night, each time with another 20 rows changed."""
    nights, count = max(8, int(365 * share)), 2_000
    with common.sandbox(home / "sandbox", **common.UNLIMITED) as server:
        _configure(home, server, f"keep_runs = {max(1, int(90 * share))}")
        phones = [0] * count
        sizes = []
        for night in range(nights):
            for change in range(20):
                phones[(night * 20 + change) % count] += 1
            lines = [
                (f"K{i}", f"Firma {i} BV", "Gent", f"+32 9 {i:04} {phones[i] % 100:02}")
                for i in range(count)
            ]
            _write(home / "rows.csv", ("Klantnr", "Company", "City", "Phone"), lines)
            later = {"EXACT_IMPORT_TEST_LATER": str(night * DAY)}
            subprocess.run(
                [sys.executable, str(LATER), "rows.csv", "-q"],
                cwd=home,
                env={**common.environment(), **later},
                check=True,
            )
            server.remote.move_clock(DAY)
            sizes.append(_size(home))
        quarters = [sizes[nights * part // 4 - 1] for part in range(1, 5)]
    shown = ", ".join(f"{size:.2f}" for size in quarters)
    print(f"year: {nights} nights of 20 changes; journal {shown} MB after each quarter")


def _configure(home: Path, server: common.Served, *settings: str) -> None:
    text = server.config.read_text() + "\n[import]\n" + "\n".join(settings) + "\n"
    (home / "config.ini").write_text(text)
    (home / "config.ini").chmod(0o600)


def _write(path: Path, header: tuple[str, ...], lines: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])


def _killed(home: Path, server: common.Served, after: int) -> float:
    """Run until so many records were made, and kill it; return the most memory it had, in MB."""
    with subprocess.Popen(
        [*PROGRAM, "rows.csv"],
        cwd=home,
        env=common.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, common.resident(process.pid))
            if server.remote.counts()["calls"] > after:
                process.kill()
            time.sleep(0.2)
    return peak


def _size(home: Path) -> float:
    """Return how many MB the journal takes."""
    return sum(os.path.getsize(path) for path in home.glob("config.journal.sqlite3*")) / 1e6  # noqa: PTH202


if __name__ == "__main__":
    main()
