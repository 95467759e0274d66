"""What the journal tells of past runs, and how it forgets."""

from __future__ import annotations

import json
import time
from typing import Any

from exact_import.journal import Journal
from exact_import.problems import NotApplied, UsageFault


def list_runs(journal: Journal) -> list[dict[str, Any]]:
    """Return the runs, newest first: name, times (local), mode, files, counts, exit status."""
    found = journal.read(
        "SELECT r.id, r.mode, r.files, r.started, r.ended, r.exit_status, r.summary, s.division"
        " FROM run r JOIN scope s ON s.id = r.scope ORDER BY r.started DESC, r.id DESC"
    )
    return [
        {
            "run": run,
            "mode": mode,
            "division": division,
            "files": json.loads(files),
            "started": _moment(started),
            "ended": _moment(ended),
            "exit_status": status,
            "rows": _rows(summary),
        }
        for run, mode, files, started, ended, status, summary, division in found
    ]


def undone_by(journal: Journal, run: str) -> str:
    """Return the last run that took something of `run` back, "" where there is none."""
    found = journal.read(
        "SELECT r.id FROM run r WHERE r.mode = 'undo' AND r.files = ? AND EXISTS"
        " (SELECT 1 FROM change c WHERE c.run = r.id AND c.state = 'done')"
        " ORDER BY r.started DESC LIMIT 1",
        (json.dumps([run]),),
    )
    return str(found[0][0]) if found else ""


def show_run(journal: Journal, run: str) -> list[dict[str, Any]]:
    """Return each change of `run` with the values before and after, and the answer.

    Raises UsageFault if there is no such run.
    """
    if not journal.read("SELECT 1 FROM run WHERE id = ?", (run,)):
        raise UsageFault(f"There is no run {run} in the journal.", "exact-import runs lists them.")
    return [
        {
            "kind": change.kind,
            "action": change.action,
            "label": change.label,
            "id": change.remote_id,
            "lines": change.lines,
            "state": change.state,
            "at": _moment(change.intent_at),
            "fields": {
                name: [change.before.get(name), change.after.get(name)]
                for name in {**change.before, **change.after}
            },
            "answer": change.answer,
        }
        for change in journal.changes_of(run)
    ]


def forget_person(journal: Journal, who: str, *, really: bool) -> int:
    """Remove from the journal what it holds of `who`; returns how many records and changes.

    `who` is an e-mail address, a name or an ID. With `really` False it only counts. What is
    forgotten of the mirror is read again from Exact Online by the next run, so that nothing is
    made twice.
    """
    held = [
        (scope, kind, remote_id)
        for scope, kind, remote_id, fields in journal.read(
            "SELECT scope, kind, id, fields FROM mirror"
        )
        if _mentions(who, remote_id, json.loads(fields))
    ]
    ids = {remote_id for _, _, remote_id in held}
    changes = [
        number
        for number, remote_id, label, before, after in journal.read(
            "SELECT id, remote_id, label, before, after FROM change"
            " WHERE state NOT IN ('intent', 'unsettled')"
        )
        if str(remote_id).casefold() in ids
        or _mentions(who, str(remote_id), {"": label, **json.loads(before), **json.loads(after)})
    ]
    if really:
        with journal.transaction():
            for scope, kind, remote_id in held:
                for statement in (
                    "DELETE FROM mirror WHERE scope = ? AND kind = ? AND id = ?",
                    "DELETE FROM base WHERE scope = ? AND kind = ? AND id = ?",
                ):
                    journal.write(statement, (scope, kind, remote_id))
                journal.write(
                    "DELETE FROM mirror_key WHERE scope = ? AND id = ?", (scope, remote_id)
                )
                journal.write("DELETE FROM cursor WHERE scope = ? AND kind = ?", (scope, kind))
            for number in changes:
                journal.write(
                    "UPDATE change SET label = '(forgotten)', before = '{}', after = '{}',"
                    " answer = '' WHERE id = ?",
                    (number,),
                )
            # Summaries quote cells in their problems.
            journal.write("UPDATE run SET summary = NULL")
        journal.compact()
    return len(held) + len(changes)


def forget_all(journal: Journal) -> None:
    """Empty the journal; raises NotApplied while the outcome of a write is not known."""
    if journal.read("SELECT 1 FROM change WHERE state IN ('intent', 'unsettled') LIMIT 1"):
        raise NotApplied(
            "Nothing was forgotten: the outcome of a write is not known yet, and forgetting it "
            "could make a record twice.",
            "Run the import again first.",
        )
    with journal.transaction():
        for name in ("change", "run", "mirror", "mirror_key", "cursor", "base", "refusal", "fact"):
            journal.write(f"DELETE FROM {name}")  # noqa: S608  # our own table names
    journal.compact()


def _mentions(who: str, remote_id: str, fields: dict[str, Any]) -> bool:
    wanted = " ".join(who.split()).casefold()
    values = {" ".join(str(value).split()).casefold() for value in fields.values() if value}
    name = " ".join(
        str(fields[part]) for part in ("FirstName", "MiddleName", "LastName") if fields.get(part)
    )
    return wanted in values or wanted in (remote_id.casefold(), name.casefold())


def _rows(summary: str | None) -> dict[str, int]:
    rows = json.loads(summary)["rows"] if summary else {}
    return {word: count for word, count in rows.items() if word != "read"}


def _moment(at: float | None) -> str | None:
    return None if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
