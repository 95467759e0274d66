"""Past runs in the journal, the names of their companies, and how entries are deleted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exact_import.errors import NotApplied, UsageError
from exact_import.fields import full_name
from exact_import.store import kept
from exact_import.store.fingerprints import Fingerprints
from exact_import.store.journal import Journal
from exact_import.store.links import CONTENT

SHOWN = 20
_PRUNED = 3600.0  # seconds until the next search for old runs
_KINDS = ("accounts", "contacts", "bank_accounts", "addresses")
# The tables that are emptied when everything is forgotten.
_TABLES = (
    *("change", "run", "mirror", "mirror_key", "cursor", "base", "fingerprint", "refusal"),
    *("link", "fact", "source_base"),
)
# What remains of a run's summary when a person is forgotten.
_COUNTS = ("rows", "records", *_KINDS, "api_calls")


def remember_company(journal: Journal, site: str, division: int, name: str) -> None:
    """Note the name of the company with the number `division` at `site`, a REST address."""
    if name:
        journal.note(f"company {site} {division}", name)


def company_name(journal: Journal, site: str, division: int) -> str:
    """Return the company's name as the login listed it, "" if none did."""
    return journal.fact(f"company {site} {division}") or ""


def list_runs(journal: Journal) -> list[dict[str, Any]]:
    """Return the runs, newest first: name, times (local), mode, files, counts, exit status.

    An undo has the run that it `undoes` instead of files; a run that is in progress or was killed
    has neither end nor status. `company` is None if its name is not known.
    """
    found = journal.read(
        "SELECT r.id, r.mode, r.files, r.started, r.ended, r.exit_status, r.summary, s.division,"
        " s.site"
        " FROM run r JOIN scope s ON s.id = r.scope ORDER BY r.started DESC, r.id DESC"
    )
    return [
        {
            "run": run,
            "mode": mode,
            "division": division,
            "files": kept.listed(files, kept.text) if mode != "undo" else [],
            "undoes": next(iter(kept.listed(files, kept.text)), None) if mode == "undo" else None,
            "started": _moment(started),
            "ended": _moment(ended),
            "exit_status": status,
            "rows": _rows(summary),
            "records": _done(summary),
            "company": company_name(journal, site, division) or None,
        }
        for run, mode, files, started, ended, status, summary, division, site in found
    ]


def runs_beside(journal: Journal, run: str) -> list[str]:
    """Return the other runs of the command that `run` was a part of, one for each company.

    Only those that changed something that is not undone. The runs of one command overlap, and
    those of two commands never do.
    """
    found = journal.read(
        "SELECT r.id, r.started, coalesce(r.ended, r.started) FROM run r JOIN run o"
        " ON o.id = ? AND o.mode = r.mode AND o.files = r.files ORDER BY r.started",
        (run,),
    )
    command: list[str] = []
    end = 0.0
    for name, started, ended in found:
        if started > end:
            if run in command:
                break
            command = []
        command.append(str(name))
        end = max(end, ended)
    done = "SELECT 1 FROM change WHERE run = ? AND state = 'done' LIMIT 1"
    return [
        one
        for one in command
        if one != run and journal.read(done, (one,)) and not undone_by(journal, one)
    ]


def undone_by(journal: Journal, run: str) -> str:
    """Return the last run that undid something of `run`, "" if there is none."""
    found = journal.read(
        "SELECT r.id FROM run r WHERE r.mode = 'undo' AND r.files = ? AND EXISTS"
        " (SELECT 1 FROM change c WHERE c.run = r.id AND c.state = 'done')"
        " ORDER BY r.started DESC LIMIT 1",
        (json.dumps([run]),),
    )
    return str(found[0][0]) if found else ""


def find_run(journal: Journal, text: str) -> tuple[str, int]:
    """Return the name and the division of the run that `text` means.

    It is the name, its first characters, or "last" for the last run that changed something and is
    not an undo. Raises UsageError if it means none, or several.
    """
    if text == "last":
        found = journal.read(
            "SELECT r.id, s.division FROM run r JOIN scope s ON s.id = r.scope"
            " WHERE r.mode <> 'undo' AND EXISTS (SELECT 1 FROM change c WHERE c.run = r.id"
            " AND c.state = 'done') ORDER BY r.started DESC LIMIT 1"
        )
    else:
        found = journal.read(
            "SELECT r.id, s.division FROM run r JOIN scope s ON s.id = r.scope"
            " WHERE substr(r.id, 1, ?) = ? ORDER BY r.id <> ?, r.started DESC LIMIT 3",
            (len(text), text, text),
        )
        found = found[:1] if found and found[0][0] == text else found
    if not found:
        what = "run that changed something" if text == "last" else f"run {text}"
        raise UsageError(f"The journal has no {what}.", "Run exact-import runs to list its runs.")
    if len(found) > 1:
        names = ", ".join(str(run) for run, _ in found)
        raise UsageError(f"Several runs begin with {text}: {names}.", "Type more of the name.")
    return str(found[0][0]), int(found[0][1])


def show_run(journal: Journal, text: str) -> list[dict[str, Any]]:
    """Return each change of the run that `text` means, with values before and after, and answer.

    Raises UsageError if there is no such run.
    """
    run, _ = find_run(journal, text)
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


@dataclass(frozen=True, slots=True)
class Known:
    """A person's or company's record in the journal; `name` and `email` may be ""."""

    kind: str
    id: str
    name: str
    email: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.name, self.email, self.id) if part)


@dataclass(frozen=True, slots=True)
class Found:
    """What the journal holds about a person: the records, where they are, and their changes."""

    records: list[Known]
    held: list[tuple[int, str, str]]
    changes: list[int]


def look_up(journal: Journal, who: str) -> Found:
    """Return what the journal holds of `who`: an e-mail address, a full name or an ID.

    Another value of a record, such as a first name, is accepted if it matches one person only;
    raises UsageError if it matches more.
    """
    wanted = _folded(who)
    sure: dict[tuple[str, str], Known] = {}
    loose: dict[tuple[str, str], Known] = {}
    for kind, remote_id, known, fields in _records(journal):
        if wanted in {remote_id, *_names(known, fields)} or ("@" in who and _has(wanted, fields)):
            sure.setdefault((kind, remote_id), known)
        elif _has(wanted, fields):
            loose.setdefault((kind, remote_id), known)
    people = {_folded(known.name) for known in loose.values()}
    if not sure and len(people) > 1:
        names = list(dict.fromkeys(str(known) for known in loose.values()))
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise UsageError(
            f'Nothing was forgotten: "{who}" fits {len(names):,} records: '
            f"{'; '.join(names[:SHOWN])}{more}.",
            "Use the full name, the e-mail address or the ID of the record you mean.",
        )
    chosen = sure or loose
    ids = {remote_id for _, remote_id in chosen}
    held = [
        (scope, kind, remote_id)
        for scope, kind, remote_id in journal.read("SELECT scope, kind, id FROM mirror")
        if (kind, remote_id) in chosen
    ]
    changes = [
        number
        for number, kind, remote_id, account_id in journal.read(
            "SELECT id, kind, remote_id, account_id FROM change"
            " WHERE state NOT IN ('intent', 'unsettled')"
        )
        # A bank account or address is deleted with its company, a person is not.
        if _place(number, remote_id) in ids or (kind != "contact" and account_id in ids)
    ]
    return Found(list(chosen.values()), held, changes)


def forget(journal: Journal, found: Found) -> None:
    """Remove what `look_up` found from the journal.

    The next run reads from Exact Online what is deleted from the mirror, so that nothing is created
    twice.
    """
    with journal.transaction():
        for scope, kind, remote_id in found.held:
            place = (scope, kind, remote_id)
            journal.write("DELETE FROM mirror WHERE scope = ? AND kind = ? AND id = ?", place)
            for table in ("base", "source_base"):
                journal.write(
                    f"DELETE FROM {table} WHERE scope = ? AND"  # noqa: S608  # our own table names
                    " (kind = ? AND id = ? OR id LIKE ?)",
                    (*place, f"{remote_id} %"),
                )
            journal.write("DELETE FROM mirror_key WHERE scope = ? AND id = ?", (scope, remote_id))
            journal.write("DELETE FROM cursor WHERE scope = ? AND kind = ?", (scope, kind))
            Fingerprints(journal, scope).forget_all()
        journal.write(
            "DELETE FROM link WHERE (scope, id) IN"
            " (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))",
            (json.dumps([(scope, remote_id) for scope, _, remote_id in found.held]),),
        )
        journal.write_many(
            "UPDATE change SET label = '(forgotten)', before = '{}', after = '{}',"
            " answer = '' WHERE id = ?",
            [(number,) for number in found.changes],
        )
        # Summaries quote cells in their problems; their counts identify nobody.
        for run, text in journal.read("SELECT id, summary FROM run WHERE summary IS NOT NULL"):
            counts = {name: value for name, value in kept.document(text).items() if name in _COUNTS}
            journal.write("UPDATE run SET summary = ? WHERE id = ?", (json.dumps(counts), run))
    journal.compact()


def prune(journal: Journal, keep: float) -> None:
    """Delete what is older than `keep` seconds, but never unsettled intents, links or bases.

    Which records we created is kept too: undo and matching need it. Of the links by a row's whole
    content, the last is kept. Runs at most once an hour, because many companies may end their runs
    in one night.
    """
    if keep and journal.fact("pruned", _PRUNED) is not None:
        return
    before = (time.time() - keep,)
    with journal.lazy(), journal.transaction():
        journal.note("pruned", "")
        journal.write(
            "DELETE FROM change WHERE intent_at < ? AND action <> 'create'"
            " AND state NOT IN ('intent', 'unsettled')",
            before,
        )
        journal.write("DELETE FROM refusal WHERE at < ?", before)
        journal.write("DELETE FROM fingerprint WHERE at < ?", before)
        journal.write(
            "DELETE FROM link WHERE (scope, kind, key, value, source, id) IN"
            " (SELECT scope, kind, key, value, source, id FROM"
            " (SELECT *, max(at) OVER (PARTITION BY scope, kind, source, id) AS latest FROM link"
            " WHERE key = ?) WHERE at < min(latest, ?) AND made_by <> 'answer')",
            (CONTENT, *before),
        )
        journal.write(
            "DELETE FROM run WHERE coalesce(ended, started) < ?"
            " AND id NOT IN (SELECT run FROM change)",
            before,
        )


def forget_all(journal: Journal) -> None:
    """Empty the journal; raises NotApplied while the outcome of a write is not known."""
    if journal.read("SELECT 1 FROM change WHERE state IN ('intent', 'unsettled') LIMIT 1"):
        raise NotApplied(
            "Nothing was forgotten: the outcome of a write is not known yet, and forgetting it "
            "could create a duplicate.",
            "Run the import again first.",
        )
    with journal.transaction():
        for name in _TABLES:
            journal.write(f"DELETE FROM {name}")  # noqa: S608  # our own table names
    journal.compact()


def _records(journal: Journal) -> Iterator[tuple[str, str, Known, dict[str, Any]]]:
    """Yield the records of the mirror, and those that only changes mention."""
    seen = set()
    for kind, remote_id, text in journal.read("SELECT kind, id, fields FROM mirror"):
        fields = kept.document(text)
        name = str(fields.get("Name") or full_name(fields))
        seen.add(remote_id)
        yield kind, remote_id, Known(kind, remote_id, name, str(fields.get("Email") or "")), fields
    for number, kind, remote_id, label, before, after in journal.read(
        "SELECT id, kind, remote_id, label, before, after FROM change"
        " WHERE state NOT IN ('intent', 'unsettled')"
    ):
        old_values = (kept.document(before), kept.document(after))
        fields = old_values[0] | old_values[1]
        place = _place(number, remote_id)
        if place in seen:
            # Its earlier names are searched too.
            for old in old_values:
                yield kind, place, Known(kind, place, label, str(old.get("Email") or "")), old
        else:
            known = Known(kind, str(remote_id or ""), label, str(fields.get("Email") or ""))
            yield kind, place, known, fields


def _place(number: int, remote_id: str | None) -> str:
    return remote_id.casefold() if remote_id else f"change {number}"


def _names(known: Known, fields: Mapping[str, Any]) -> set[str]:
    """Return the full names of a record, with and without the middle name."""
    names = {known.name}
    if fields.get("FirstName") and fields.get("LastName"):
        names |= {full_name(fields), f"{fields['FirstName']} {fields['LastName']}"}
    return {_folded(name) for name in names if name}


def _has(wanted: str, fields: Mapping[str, Any]) -> bool:
    return any(_folded(str(value)) == wanted for value in fields.values() if value)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _rows(summary: str | None) -> dict[str, int]:
    rows = _part(kept.document(summary), "rows") if summary else {}
    return {word: kept.whole(count) for word, count in rows.items() if word != "read"}


def _part(summary: Mapping[str, object], name: str) -> Mapping[str, Any]:
    part = summary.get(name)
    if not isinstance(part, dict):
        raise kept.damage()
    return part


def _done(summary: str | None) -> dict[str, int]:
    """Return how many accounts, contacts and details were created, updated and so on."""
    kinds = kept.document(summary) if summary else {}
    counted = {
        action: sum(
            kept.whole(_part(kinds, kind).get(action) or 0) for kind in _KINDS if kinds.get(kind)
        )
        for action in ("create", "update", "delete")
    }
    return {action: count for action, count in counted.items() if count}


def _moment(at: float | None) -> str | None:
    if at is None:
        return None
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(kept.number(at)))
    except (OverflowError, ValueError, OSError):
        raise kept.damage() from None
