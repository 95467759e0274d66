"""Writes whose answer is lost, carried out by the server when the test says so."""

from __future__ import annotations

import contextlib
import json
import sqlite3

from sandbox_env import SandboxEnv


def lose(method: str, path: str, times: int = 1) -> dict[str, object]:
    """Return the fault that loses writes; `carry_out_lost` then does what they asked for."""
    return {"kind": "drop_before", "times": times, "match": {"method": method, "path": path}}


def carry_out_lost(env: SandboxEnv) -> None:
    """Let the server carry out, late, the writes that the journal knows no outcome of."""
    journal = env.config.with_suffix(".journal.sqlite3")
    with contextlib.closing(sqlite3.connect(journal)) as database:
        lost = database.execute(
            "SELECT kind, action, remote_id, after FROM change"
            " WHERE state IN ('intent', 'unsettled') ORDER BY id"
        ).fetchall()
    for kind, action, remote_id, after in lost:
        fields = json.loads(after)
        edit = (
            {"create": [fields]} if action == "create" else {"update": [{"ID": remote_id} | fields]}
        )
        env.control("POST", f"{kind}s", edit)
