"""How soon an import of 150 new accounts ends, against the earliest moment possible.

A division may take 60 calls a minute, and the minute is the clock's: a burst, then the reset. The
sandbox answers in 0.2 s, 1 s and 3 s; the import begins at several moments of the minute, all of
them at the same time, each in a division of its own. With `--window 20` a minute lasts 20 s, and
what the server takes for an answer is shortened likewise; then the program's start, and the whole
seconds of the server's `Date`, weigh three times as much as they really do.

Exact Online takes one call at a time for a company. Two ends are computed for each import from the
number of calls that it made:

limits    the limits alone: calls take no time, except for the last answer;
in turn   the limits, with each call sent when the one before it has been answered.

The import is to end at most 10 % later than `limits` where the server answers in 0.2 s, and at most
3 % later than `in turn` where it takes 1 s or 3 s. Time counts from the start of the process; what
it does before its first call is included.
"""

from __future__ import annotations

import contextlib
import csv
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


@dataclass(frozen=True, slots=True)
class Import:
    """One import as the server saw it; times in seconds since the process's start."""

    latency: float
    phase: float
    took: float
    limits: float
    in_turn: float
    refusals: int  # answers 429
    calls: int


def main() -> None:
    parser = common.options(__doc__, times=3, quick=1)
    parser.add_argument("--window", type=float, help="seconds of a minute (default 60, quick 20)")
    said = parser.parse_args()
    window, times = said.window or (20.0 if said.quick else 60.0), common.times_of(said)
    print(
        f"{common.machine()}; {ACCOUNTS} accounts, {A_MINUTE} calls in {window:g} s, one at a "
        f"time, {times} times"
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
    for name in ("limits", "in_turn"):
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

    takes, count = latency * window / 60, len(calls)
    return Import(
        latency,
        PHASES[place],
        ended.wall,
        _ends(ended.started, window, 0, count) + takes - ended.started,
        _ends(ended.started, window, takes, count) - ended.started,
        len(log) - count,
        count,
    )


def _ends(begins: float, window: float, takes: float, calls: int) -> float:
    """Return when the last of `calls`, made one after another, is answered, in epoch seconds."""
    spent: Counter[float] = Counter()
    moment = begins
    for _ in range(calls):
        while spent[moment // window] >= A_MINUTE:
            moment = (moment // window + 1) * window
        spent[moment // window] += 1
        moment += takes
    return moment


if __name__ == "__main__":
    main()
