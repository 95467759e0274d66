"""How soon an import of 150 new accounts ends, against the earliest moment possible.

A division may take 60 calls a minute, and the minute is the clock's: a burst, then the reset. The
sandbox answers in 0.2 s, 1 s and 3 s; the import begins at several moments of the minute, all of
them at the same time, each in a division of its own. With `--window 20` a minute lasts 20 s, and
what the server takes for an answer is shortened likewise; then the program's start, and the whole
seconds of the server's `Date`, weigh three times as much as they really do.

Three ends are computed for each import from the calls that it made:

limits      the limits alone: calls take no time but one answer at the end;
in flight   the limits and `concurrency` calls under way at once, whatever the calls are;
earliest    the same, in the order that is asked for: all reading comes before the first write, and
            the run's first call, from which the limits become known, and its first write go alone.

The last is what the import is held to: at most 10 % later. It differs from the one before where a
slow server makes the calls that go alone outlast a minute of which much was left. Time counts from
the process's start, its first call or what it spends before included.
"""

from __future__ import annotations

import contextlib
import csv
import heapq
import math
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import common

from exact_sandbox.settings import FIRST_DIVISION

LATENCIES = (0.2, 1.0, 3.0)  # seconds, of a minute of 60
PHASES = (0.0, 0.25, 0.5, 0.75)  # of the minute, when the import begins
ACCOUNTS = 150
A_MINUTE = 60
CONCURRENCY = 8  # the program's own default


@dataclass(frozen=True, slots=True)
class Import:
    """One import as the server saw it; times in seconds since the process's start."""

    latency: float
    phase: float
    took: float
    limits: float
    in_flight: float
    earliest: float
    refusals: int  # answers 429
    calls: int


def main() -> None:
    parser = common.options(__doc__, times=7, quick=1)
    parser.add_argument("--window", type=float, help="seconds of a minute (default 60, quick 20)")
    said = parser.parse_args()
    window, times = said.window or (20.0 if said.quick else 60.0), common.times_of(said)
    print(
        f"{common.machine()}; {ACCOUNTS} accounts, {A_MINUTE} calls in {window:g} s, concurrency "
        f"{CONCURRENCY}, {times} times"
    )
    found = [one for _ in range(times) for one in _round(window)]
    print("seconds taken, and how much later than each end, in %: median (range)")
    for latency in LATENCIES:
        for phase in PHASES:
            alike = [one for one in found if (one.latency, one.phase) == (latency, phase)]
            took = common.Spread([one.took for one in alike])
            print(
                f"{latency} s, from {phase:.0%} of a minute: {took.show('.1f')} s; {_late(alike)}"
            )
    for latency in LATENCIES:
        print(f"{latency} s, all: {_late([one for one in found if one.latency == latency])}")
    print(f"answers 429: {sum(one.refusals for one in found)}; calls: {found[0].calls} each")


def _late(imports: Sequence[Import]) -> str:
    shown = []
    for name in ("limits", "in_flight", "earliest"):
        late = common.Spread([100 * (one.took / getattr(one, name) - 1) for one in imports])
        shown.append(f"{name.replace('_', ' ')} {late.show('+.1f')}")
    return ", ".join(shown)


def _round(window: float) -> list[Import]:
    """Run all latencies and phases at the same time; nearly all of it is waiting."""
    with contextlib.ExitStack() as opened:
        home = opened.enter_context(common.folder())
        pool = opened.enter_context(ThreadPoolExecutor(len(LATENCIES) * len(PHASES)))
        servers = {
            latency: opened.enter_context(
                common.sandbox(
                    home / f"sandbox-{latency}",
                    divisions=len(PHASES),
                    minute_limit=A_MINUTE,
                    minute_seconds=window,
                    latency=latency * window / 60,
                )
            )
            for latency in LATENCIES
        }
        # From the next beginning of a minute that leaves time to prepare.
        begins = math.ceil(time.time() / window + 0.1) * window
        under_way = [
            pool.submit(_import, server, home, window, latency, place, begins)
            for latency, server in servers.items()
            for place in range(len(PHASES))
        ]
        return [one.result() for one in under_way]


def _import(
    server: common.Served, home: Path, window: float, latency: float, place: int, begins: float
) -> Import:
    division = FIRST_DIVISION + place
    where = home / f"{latency}-{place}"
    where.mkdir()
    (where / "config.ini").write_text(server.config.read_text())
    (where / "config.ini").chmod(0o600)
    with (where / "new.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Code", "Company", "City"))
        writer.writerows((number, f"Klant {number}", "Gent") for number in range(1, ACCOUNTS + 1))
    time.sleep(max(0.0, begins + PHASES[place] * window - time.time()))
    ended = common.run_import(where, "new.csv", f"--division={division}")
    log = [call for call in server.remote.log() if call["division"] == division]
    calls = [call["method"] for call in log if call["status"] != 429]
    if calls.count("POST") != ACCOUNTS:
        raise RuntimeError(f"{calls.count('POST')} accounts were made, not {ACCOUNTS}")

    def ends(takes: float, stages: Sequence[tuple[int, int]]) -> float:
        return _ends(ended.started, window, takes, stages) - ended.started

    takes, first, count = latency * window / 60, calls.index("POST"), len(calls)
    order = ((1, 1), (first - 1, CONCURRENCY), (1, 1), (count - first - 1, CONCURRENCY))
    return Import(
        latency,
        PHASES[place],
        ended.wall,
        ends(0, [(count, 1)]) + takes,
        ends(takes, [(count, CONCURRENCY)]),
        ends(takes, order),
        len(log) - count,
        count,
    )


def _ends(begins: float, window: float, takes: float, stages: Sequence[tuple[int, int]]) -> float:
    """Return when the last call can have been answered, in epoch seconds.

    Each stage is so many calls of which so many are under way at once; it begins when the one
    before it has ended.
    """
    spent: Counter[float] = Counter()
    ended = begins
    for calls, at_once in stages:
        free = [ended] * at_once
        for _ in range(calls):
            moment = heapq.heappop(free)
            while spent[moment // window] >= A_MINUTE:
                moment = (moment // window + 1) * window
            spent[moment // window] += 1
            heapq.heappush(free, moment + takes)
            ended = max(ended, moment + takes)
    return ended


if __name__ == "__main__":
    main()
