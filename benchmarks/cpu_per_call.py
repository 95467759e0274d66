"""CPU and connections per call, through our layer and through the stock library.

Both make the same calls (look an account up by its code, then make one) to the same server on
this computer, each time in a fresh process that trusts the system's own certificates and the
server's. Importing modules is not counted; reading the certificates, and keeping the limits in
the journal, is. The aim: at most a twentieth, over one connection.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import common


def main() -> None:
    parser = common.options(__doc__, times=7, quick=3)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.child:
        way, config, calls = said.child
        print(json.dumps(WAYS[way](Path(config), int(calls))))
        return
    calls, times = 40 if said.quick else 200, common.times_of(said)
    print(f"{common.machine()}; {calls} calls, {times} times in turn")
    with common.folder() as home, common.sandbox(home / "sandbox", **common.UNLIMITED) as server:
        config, bundle = _trusting(home, server)
        print(f"{bundle.read_text().count('BEGIN CERTIFICATE')} certificates are trusted")
        server.remote.counts()  # so that its own connection is open and is not counted
        found = common.in_turn(
            {way: functools.partial(_run, way, config, bundle, calls, server) for way in WAYS},
            times,
        )
    for way, measured in found.items():
        for what in ("cpu", "wall"):
            spread = common.Spread([one[what] / calls * 1000 for one in measured])
            print(f"{way:5}  {what:4} {spread.show()} ms per call")
        connections = common.Spread([one["connections"] for one in measured])
        print(f"{way:5}  connections {connections.show('.0f')}")
    for what in ("cpu", "wall"):
        stock, ours = ([one[what] for one in found[way]] for way in ("stock", "ours"))
        print(f"{what}: stock / ours = {common.ratios(stock, ours).show('.1f')}")


def _trusting(home: Path, server: common.Served) -> tuple[Path, Path]:
    """Return a configuration for both libraries, and the certificates that both are to trust."""
    bundle = home / "bundle.pem"
    system = Path(ssl.get_default_verify_paths().cafile or os.devnull)
    bundle.write_text(system.read_text() + server.ca_file.read_text())
    config = home / "config.ini"
    lines = server.config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.startswith("ca_bundle")))
    config.chmod(0o600)
    return config, bundle


def _run(
    way: str, config: Path, bundle: Path, calls: int, server: common.Served
) -> dict[str, float]:
    before = server.remote.counts()["connections"]
    ended = subprocess.run(
        [sys.executable, __file__, "--child", way, str(config), str(calls)],
        env={**os.environ, "SSL_CERT_FILE": str(bundle)},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(ended.stdout)
    return {**found, "connections": server.remote.counts()["connections"] - before}


def _stock(config: Path, calls: int) -> dict[str, float]:
    from exactonline.api import ExactApi
    from exactonline.storage.ini import IniStorage

    def prepare() -> tuple[Callable[[str], object], Callable[[str], object]]:
        api = ExactApi(storage=IniStorage(str(config)))
        return (
            lambda code: api.relations.filter(relation_code=code),
            lambda name: api.relations.create({"Name": name, "City": "Gent"}),
        )

    return _measured(prepare, calls)


def _ours(config: Path, calls: int) -> dict[str, float]:
    from exact_import.config.settings import Settings
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import code as literal
    from exact_import.exact.client import connect
    from exact_import.store.journal import Journal

    with contextlib.ExitStack() as opened:

        def prepare() -> tuple[Callable[[str], object], Callable[[str], object]]:
            storage = Storage(config)
            journal = opened.enter_context(contextlib.closing(Journal(config.with_suffix(".db"))))
            client = connect(storage, journal, Settings(), division=storage.get_division())
            opened.enter_context(contextlib.closing(client))
            select = ("ID", "Code", "Name")
            return (
                lambda code: client.find("account", f"Code eq {literal(code)}", select),
                lambda name: client.create("account", {"Name": name, "City": "Gent"}),
            )

        return _measured(prepare, calls)


def _measured(
    prepare: Callable[[], tuple[Callable[[str], object], Callable[[str], object]]], calls: int
) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    look_up, create = prepare()
    for number in range(calls // 2):
        look_up(str(number))
        create(f"Klant {number}")
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


WAYS = {"stock": _stock, "ours": _ours}

if __name__ == "__main__":
    main()
