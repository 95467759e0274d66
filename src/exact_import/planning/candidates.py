"""Addresses of the records that a held row may be, so that a person can distinguish them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from exact_import.planning.plan import Candidate, HeldRecord

if TYPE_CHECKING:
    from exact_import.fields import RecordKind
    from exact_import.records.merge import AccountRecord
    from exact_import.records.models import RowLocation
    from exact_import.store.mirror import Mirror

    Place = tuple[RecordKind, RowLocation]
    Rows = dict[Place, Mapping[str, Any]]


def with_addresses(
    held: Sequence[HeldRecord], mirror: Mirror, records: Sequence[AccountRecord]
) -> list[HeldRecord]:
    """Return `held` with its addresses and those of its candidates, from `mirror` and `records`."""
    lines = {(record.kind, line) for record in held for line in record.lines}
    lines |= {
        (record.kind, one.line)
        for record in held
        for one in record.candidates
        if one.line is not None
    }
    rows: Rows = {}
    for record in records if lines else ():
        _note(rows, lines, "account", record.lines, record.fields)
        for person in record.contacts:
            _note(rows, lines, "contact", person.lines, person.fields)
    return [
        replace(
            record,
            address=address_of(record.kind, rows.get((record.kind, record.lines[0]), {})),
            candidates=tuple(
                replace(one, address=_address(record.kind, one, mirror, rows))
                for one in record.candidates
            ),
        )
        for record in held
    ]


def _note(
    rows: Rows,
    wanted: Collection[Place],
    kind: RecordKind,
    lines: Iterable[RowLocation],
    fields: Mapping[str, Any],
) -> None:
    for line in lines:
        if (kind, line) in wanted:
            rows.setdefault((kind, line), fields)


def _address(
    kind: RecordKind,
    candidate: Candidate,
    mirror: Mirror,
    rows: Rows,
) -> str:
    if candidate.line is not None:
        return address_of(kind, rows.get((kind, candidate.line), {}))
    known = mirror.get(kind, candidate.id)
    return address_of(kind, known.fields if known is not None else {})


def address_of(kind: RecordKind, fields: Mapping[str, Any]) -> str:
    """Return the street and place of an account, or how to reach a contact; "" if unknown."""
    get = {name: str(value or "").strip() for name, value in fields.items()}.get
    if kind == "contact":
        reached = ("Email", "BusinessEmail", "Mobile", "BusinessMobile", "Phone")
        return next((value for name in reached if (value := get(name, ""))), "")
    place = " ".join(filter(None, (get("Postcode", ""), get("City", ""))))
    return ", ".join(filter(None, (get("AddressLine1", ""), place)))
