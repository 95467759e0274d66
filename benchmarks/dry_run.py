"""A dry run of 200,000 rows of 15 columns with all checks, against `frictionless validate`.

Both read the same file, the other one with an equivalent schema: the same columns are dates, have
lengths, patterns, or an e-mail address. (A schema has no check digits, no countries by name and no
companies made of several rows, which the dry run has.) They run whole, from start to end, in one
process on one core, where the system can hold a process to a core. The floor is Python's csv
module, which does nothing but take the file apart. The aim: 3.5 times as many rows a second.

`--shape` writes another file of that size; `--shape all` goes through all of them.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import common
import shapes

ROWS = 200_000
FLOOR = """
import csv, sys
with open(sys.argv[1], encoding=sys.argv[2], newline="") as file:
    for row in csv.reader(file, delimiter=";"):
        pass
"""
_EMAIL: dict[str, object] = {"type": "string", "format": "email"}
_FIELDS: tuple[dict[str, object], ...] = (
    {"type": "string", "constraints": {"pattern": "[0-9]{1,18}"}},
    {"type": "string", "constraints": {"maxLength": 50}},
    {"type": "string", "constraints": {"maxLength": 100}},
    {"type": "string", "constraints": {"maxLength": 10}},
    {"type": "string", "constraints": {"maxLength": 10}},
    {"type": "string", "constraints": {"maxLength": 30}},
    {"type": "string", "constraints": {"enum": ["BE", "België"]}},
    {"type": "string", "constraints": {"pattern": "BE[01][0-9]{9}"}},
    {"type": "string", "constraints": {"pattern": r"\+?[0-9 ]{8,20}", "maxLength": 30}},
    _EMAIL,
    {"type": "string", "constraints": {"pattern": "[A-Za-z0-9.-]+", "maxLength": 50}},
    {"type": "string", "constraints": {"maxLength": 30}},
    {"type": "string", "constraints": {"required": True, "maxLength": 50}},
    _EMAIL,
    {"type": "date", "format": "%d/%m/%Y"},
)


def main() -> None:
    parser = common.options(__doc__, times=7, quick=3)
    parser.add_argument("--shape", default="usual", choices=[*shapes.SHAPES, "all"])
    parser.add_argument("--rows", type=int, help="default 200,000, quick 20,000")
    said = parser.parse_args()
    rows = said.rows or (ROWS // 10 if said.quick else ROWS)
    times = common.times_of(said)
    print(f"{common.machine()}; {rows:,} rows, {times} times in turn")
    for name in shapes.SHAPES if said.shape == "all" else (said.shape,):
        with common.folder() as home:
            _measure(home, name, rows, times)


def _measure(home: Path, shape: str, rows: int, times: int) -> None:
    file = shapes.write(home / "table.csv", shape, rows)
    encoding = shapes.SHAPES[shape].encoding
    schema = home / "schema.json"
    fields = [
        {"name": name, **field}
        for name, field in zip(shapes.SHAPES[shape].header, _FIELDS, strict=True)
    ]
    schema.write_text(json.dumps({"fields": fields}))
    ours = (sys.executable, "-m", "exact_import", "--dry-run", "--json", str(file))
    theirs = (
        *(sys.executable, "-m", "frictionless", "validate", "--json", f"--schema={schema.name}"),
        *(f"--encoding={encoding}", '--dialect={"csv": {"delimiter": ";"}}'),
        *(f"--limit-errors={rows * 15}", file.name),
    )
    cases: dict[str, Callable[[], common.Ran]] = {
        "csv": functools.partial(
            common.run, (sys.executable, "-c", FLOOR, str(file), encoding), home, cores=1
        ),
        "ours": functools.partial(common.run, ours, home, cores=1, accepted=(0, 1)),
        "frictionless": functools.partial(common.run, theirs, home, cores=1, accepted=(0, 1)),
    }
    for case in cases.values():
        case()  # compiles what was never imported
    found = common.in_turn({name: _forgetful(case) for name, case in cases.items()}, times)
    # Once more and afterwards: what is held here counts for the processes that are started.
    read = json.loads(cases["ours"]().output)["rows"]
    told = json.loads(cases["frictionless"]().output)["stats"]
    size = file.stat().st_size / 1e6
    print(
        f"{shape}: {size:.1f} MB; ours rejects {read['rejected']:,} of {read['read']:,} rows, "
        f"frictionless finds {told['errors']:,} errors"
    )
    for name, measured in found.items():
        wall = common.Spread([one.wall for one in measured])
        cpu = common.Spread([one.cpu for one in measured])
        peak = max(one.peak for one in measured)
        print(
            f"  {name:13}  {wall.show()} s, of CPU {cpu.show()} s; "
            f"{rows / wall.median:,.0f} rows a second; {peak:.0f} MB"
        )
    for these, to in (("frictionless", "ours"), ("ours", "csv")):
        for what in ("wall", "cpu"):
            above, below = ([getattr(one, what) for one in found[case]] for case in (these, to))
            print(f"  {these} / {to}, {what}: {common.ratios(above, below).show('.1f')}")


def _forgetful(case: Callable[[], common.Ran]) -> Callable[[], common.Ran]:
    """Return the case without what it prints, which is not kept."""
    return lambda: dataclasses.replace(case(), output=b"")


if __name__ == "__main__":
    main()
