"""Reads back what updates stored: a value dropped or changed silently is a warning on its row."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.errors import TemporaryError
from exact_import.exact.client import Finder, guid
from exact_import.exact.clock import Interrupted
from exact_import.fields import Kind
from exact_import.planning.plan import Change, Outcomes, Plan
from exact_import.records.models import RowsRead
from exact_import.store.mirror import KINDS
from exact_import.store.sync import Sync
from exact_import.text import quote

_DETAILS: tuple[Kind, ...] = ("bank account", "address")
# An address may have 6,000 characters (docs/exact-online.md, Limits); an ID takes about 60.
_IDS_A_CALL = 40


def verify(
    plan: Plan,
    *,
    sync: Sync,
    finder: Finder,
    outcomes: Outcomes,
    recorder: OutcomeRecorder,
    rows: RowsRead,
) -> None:
    """Compare what the updates of `plan` stored with what they sent, noting in `rows` what differs.

    Costs a call for each kind that was updated and each 40 updated details. What cannot be read
    now is seen by the next run.
    """
    updated: dict[Kind, dict[str, Change]] = {}
    for change in plan.changes():
        if change.action == "update" and outcomes.state(change) == "done" and change.id:
            updated.setdefault(change.kind, {})[change.id.casefold()] = change
    for kind in KINDS:
        if kind not in updated:
            continue
        with contextlib.suppress(TemporaryError, Interrupted):
            for stored in sync.verify(kind).stored_otherwise:
                seen = updated[kind].get(stored.id)
                if seen is not None:
                    kept = stored.stored if stored.stored not in (None, "") else "nothing"
                    message = f"{stored.field} was stored as {quote(str(kept))}"
                    rows.warn(seen.lines[0], message, field_name=stored.field)
    for detail in _DETAILS:
        with contextlib.suppress(TemporaryError, Interrupted):
            _verify_details(detail, updated.get(detail, {}), finder, recorder)


def _verify_details(
    kind: Kind, updated: Mapping[str, Change], finder: Finder, recorder: OutcomeRecorder
) -> None:
    """See what updates of bank accounts or addresses, which no sync page tells of, stored."""
    ids = list(updated)
    for start in range(0, len(ids), _IDS_A_CALL):
        some = ids[start : start + _IDS_A_CALL]
        wanted = " or ".join(f"ID eq {guid(remote_id)}" for remote_id in some)
        names = {name for remote_id in some for name in updated[remote_id].fields}
        for record in finder.find(kind, wanted, sorted(names)):
            change = updated[str(record["ID"]).casefold()]
            recorder.compare(kind, change.lines[0], change.payload, record)
