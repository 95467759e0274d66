"""Where the records are that a held row may be, so that a person can tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from exact_import.planning.plan import Candidate, HeldRecord

if TYPE_CHECKING:
    from exact_import.fields import RecordKind
    from exact_import.records.merge import AccountRecord
    from exact_import.records.models import RowLocation
    from exact_import.store.mirror import Mirror


def with_addresses(
    held: Sequence[HeldRecord], mirror: Mirror, records: Sequence[AccountRecord]
) -> list[HeldRecord]:
    """Return `held` with the address of each candidate: of `mirror`, or of a row in `records`."""
    lines = {one.line for record in held for one in record.candidates if one.line is not None}
    rows = {
        line: record.fields for record in records if lines for line in record.lines if line in lines
    }
    return [
        replace(
            record,
            candidates=tuple(
                replace(one, address=_address(record.kind, one, mirror, rows))
                for one in record.candidates
            ),
        )
        for record in held
    ]


def _address(
    kind: RecordKind,
    candidate: Candidate,
    mirror: Mirror,
    rows: Mapping[RowLocation, Mapping[str, Any]],
) -> str:
    if candidate.line is not None:
        return address_of(kind, rows.get(candidate.line, {}))
    known = mirror.get(kind, candidate.id)
    return address_of(kind, known.fields if known is not None else {})


def address_of(kind: RecordKind, fields: Mapping[str, Any]) -> str:
    """Return where an account is, street and place, or how a contact is reached; "" if unknown."""
    get = {name: str(value or "").strip() for name, value in fields.items()}.get
    if kind == "contact":
        reached = ("Email", "BusinessEmail", "Mobile", "BusinessMobile", "Phone")
        return next((value for name in reached if (value := get(name, ""))), "")
    place = " ".join(filter(None, (get("Postcode", ""), get("City", ""))))
    return ", ".join(filter(None, (get("AddressLine1", ""), place)))
