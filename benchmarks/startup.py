"""How long the program takes to begin, against Python with click, on which every command rests.

The aims: `--help` at most 2 times, a dry run of 10 rows at most 5 times `python -c "import click"`.
The floor is Python's own start.
"""

from __future__ import annotations

import functools
import sys

import common
import tables

AIMS = {"--help": 2.0, "dry run of 10 rows": 5.0}
CLICK = "import click"


def main() -> None:
    parser = common.options(__doc__, times=41, quick=11)
    times = common.times_of(parser.parse_args())
    print(f"{common.machine()}; {times} times in turn")
    with common.folder() as home:
        file = str(tables.write(home / "ten.csv", 10, bad=0))
        ours = (sys.executable, "-m", "exact_import")
        commands = {
            "python": (sys.executable, "-c", "pass"),
            CLICK: (sys.executable, "-c", CLICK),
            "--help": (*ours, "--help"),
            "dry run of 10 rows": (*ours, "--dry-run", file),
        }
        cases = {
            name: functools.partial(common.run, command, home) for name, command in commands.items()
        }
        for case in cases.values():
            case()  # compiles what was never imported
        found = common.in_turn(cases, times)
    for name, measured in found.items():
        wall = common.Spread([one.wall * 1000 for one in measured])
        cpu = common.Spread([one.cpu * 1000 for one in measured])
        print(f"{name:18}  {wall.show('.0f')} ms, of CPU {cpu.show('.0f')} ms")
    for name, aim in AIMS.items():
        for what in ("wall", "cpu"):
            this, to = ([getattr(one, what) for one in found[case]] for case in (name, CLICK))
            print(f"{name} / {CLICK}, {what}: {common.ratios(this, to).show()}; aim {aim:g}")


if __name__ == "__main__":
    main()
