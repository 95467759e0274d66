"""A plan that is saved in a file, to be applied exactly as it is, once, or not at all.

The file holds the records and their changes. Applying it plans the records again; if the result
differs, Exact Online has changed since, and nothing is sent.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exact_import.config.settings import Settings
from exact_import.errors import NotApplied, RowProblem, UsageError, storage_errors
from exact_import.files import write_atomic
from exact_import.importing.load import LoadedFiles
from exact_import.planning.plan import Change, Plan
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import DetailRecord, RowsRead
from exact_import.reporting.report import Report

if TYPE_CHECKING:
    from exact_import.store.division import OpenDivision

VERSION = 1
_SHOWN = 5
# The settings that decide a plan; they must not change before it is applied.
_RULES = ("mode", "limit", "recreate", "retry", "source", "code", "held", "match_contact")


def save(
    path: Path,
    division: OpenDivision,
    settings: Settings,
    read: LoadedFiles,
    plan: Plan,
    report: Report,
    rows: RowsRead,
) -> None:
    """Write the plan to `path`, mode 0600, whole or not at all; raises StorageError.

    `rows` are the problems of reading the files, before planning: applying the plan plans again,
    and so reports the problems of planning once.
    """
    document = {
        "exact-import plan": VERSION,
        "id": str(uuid.uuid4()),
        "site": settings.rest_url,
        "division": division.number,
        "files": report.files,
        "rules": {name: getattr(settings, name) for name in _RULES},
        "records": [dataclasses.asdict(record) for record in read.records],
        "mapped": {kind: list(names) for kind, names in read.mapped.items()},
        "constants": {kind: sorted(names) for kind, names in read.constants.items()},
        "countries": read.countries,
        "counts": report.records,
        "read": report.rows.read,
        "rejected": [[*source, messages] for source, messages in rows.rejected.items()],
        "answers": [[*source, answer] for source, answer in report.rows.answers.items()],
        "sources": report.rows.sources,
        "held": [dataclasses.asdict(record) for record in plan.held],
        "problems": [dataclasses.asdict(problem) for problem in rows.problems],
        "problem_counts": rows.counted,
        "changes": [_outline(change) for change in plan.changes() if change.writes],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    with storage_errors("plan", path, "Name another file."):
        write_atomic(path, text.encode("utf-8", "backslashreplace"))


def settings_of(path: Path, settings: Settings) -> Settings:
    """Return `settings` with those of the plan at `path`."""
    rules = _document(path)["rules"]
    contact = tuple(rules["match_contact"])
    return dataclasses.replace(settings, **{**rules, "match_contact": contact})


def load(path: Path, report: Report) -> LoadedFiles:
    """Return the records of the plan at `path`, noting the problems of its rows in `report`.

    Raises UsageError if the file is not a plan of this program.
    """
    document = _document(path)
    report.files = document["files"]
    report.records.update(document["counts"])
    report.rows.read = document["read"]
    for file, line, messages in document["rejected"]:
        report.rows.rejected[file, line] = messages
    for file, line, answer in document["answers"]:
        report.rows.answers[file, line] = answer
    report.rows.sources.update(document["sources"])
    for problem in document["problems"]:
        report.rows.note(RowProblem(**problem))
    report.rows.counted.update(
        {
            severity: count - report.rows.counted[severity]
            for severity, count in document["problem_counts"].items()
        }
    )
    records = [
        AccountRecord(
            **_placed(record)
            | {
                "contacts": [ContactRecord(**_placed(person)) for person in record["contacts"]],
                "details": [DetailRecord(**_placed(detail)) for detail in record["details"]],
            }
        )
        for record in document["records"]
    ]
    constants = {kind: frozenset(names) for kind, names in document["constants"].items()}
    countries = document.get("countries", {})
    return LoadedFiles([], records, document["mapped"], constants, countries)


def claim(path: Path, division: OpenDivision, settings: Settings, plan: Plan) -> None:
    """Check that `plan` is still the plan in the file at `path`, and that it is applied once.

    Raises NotApplied if it has been applied before, is for another division or site, or if Exact
    Online has changed in a way that affects it, with the changes.
    """
    document = _document(path)
    if document["site"] != settings.rest_url:
        raise NotApplied(
            f"The plan in {path} is for {document['site']}, not {settings.rest_url}; "
            "nothing was sent."
        )
    if document["division"] != division.number:
        raise NotApplied(
            f"The plan in {path} is for division {document['division']}, "
            f"not {division.number}; nothing was sent."
        )
    fact = f"plan {document['id']}"
    if division.store.journal.fact(fact) is not None:
        raise NotApplied(
            f"The plan in {path} was applied before; nothing was sent.", "Make a new one."
        )
    planned = document["changes"]
    now = [_outline(change) for change in plan.changes() if change.writes]
    if planned != now:
        moved = [one for one in planned if one not in now] + [
            one for one in now if one not in planned
        ]
        raise _changed_since(document, moved)
    division.store.journal.note(fact, "claimed")


def _changed_since(document: Mapping[str, Any], moved: Sequence[Mapping[str, Any]]) -> NotApplied:
    """Return the error of a plan that is out of date for the changes `moved`.

    A row that was held when the plan was made may have been decided since: by an answer, or because
    Exact Online changed. The plan has no change for it.
    """
    was_held = {(one["kind"], one["label"]) for one in document["held"]}
    decided = {(one["kind"], one["label"]) for one in moved} <= was_held
    labels = list(dict.fromkeys(f"{one['kind']} {one['label']}" for one in moved))
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    listed = f"{', '.join(labels[:_SHOWN])}{more}"
    files = " ".join(map(shlex.quote, document["files"]))
    return NotApplied(
        "Nothing was sent: some rows that were held in this plan have been decided since: "
        f"{listed}."
        if decided
        else f"Nothing was sent: Exact Online changed since this plan was made: {listed}.",
        f"Make a new plan of the same file: exact-import plan {files} --out PLAN.json, "
        "and apply that.",
    )


def _outline(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "action": change.action,
        "id": change.id,
        "label": change.label,
        "fields": {name: list(pair) for name, pair in change.fields.items()},
        "main": change.main.label if change.main is not None else None,
    }


def _placed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**record, "lines": [(file, line) for file, line in record["lines"]]}


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The plan {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("exact-import plan") != VERSION:
        raise UsageError(
            f"{path} is not a plan of this exact-import.",
            "Make one with: exact-import plan FILE --out FILE",
        )
    return document
