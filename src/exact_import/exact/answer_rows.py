"""The rows of answers, checked by type and converted.

Their values go into the journal and decide about records, so a row that does not fit
docs/exact-online.md, "Fields", ends the run with a message. Values come back without padding, dates
as ISO 8601 in UTC, row versions as numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from exact_import.exact.errors import is_id, unreadable
from exact_import.fields import Kind, find_field

Row = dict[str, object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DELETED_KINDS: dict[int, Kind] = {2: "account", 3: "address", 5: "contact"}
_DATE = re.compile(r"/Date\((-?\d{1,18})(?:[+-]\d{4})?\)/")
_TEXTS = frozenset({"String", "Guid", "DateTime", "Binary"})


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that was deleted in Exact Online; `timestamp` is a row version, not a time."""

    kind: Kind
    id: str
    timestamp: int


class RowReader:
    """Reads the rows that `endpoint` answered; each method raises ServiceError if it cannot."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def rows(self, page: Sequence[object]) -> list[Row]:
        """Return the rows of a page without metadata and links to other lists."""
        found = []
        for row in page:
            if not isinstance(row, dict):
                raise unreadable(self._endpoint, "a record in it is not an object")
            found.append(
                {
                    name: value
                    for name, value in row.items()
                    if name != "__metadata" and not _is_deferred(value)
                }
            )
        return found

    def record(self, kind: Kind, row: Row, *, versioned: bool = False) -> Row:
        """Return a record; it has an ID, and where it is `versioned` a Timestamp."""
        if not is_id(row.get("ID")):
            raise unreadable(self._endpoint, "a record in it has no ID")
        found = {
            name: None if value is None else self._stored(kind, name, value)
            for name, value in row.items()
        }
        if versioned and not isinstance(found.get("Timestamp"), int):
            raise unreadable(self._endpoint, "a record in it has no Timestamp")
        return found

    def plain(self, row: Row) -> Row:
        """Return a row of a list that is not in the catalogue, its texts without padding."""
        for name, value in row.items():
            self._simple(name, value)
        return {
            name: value.strip() if isinstance(value, str) else value for name, value in row.items()
        }

    def deletion(self, row: Row) -> Deletion | None:
        """Return a deletion; None if the record is not an account, contact or address."""
        kind = _DELETED_KINDS.get(self.number(row, "EntityType"))
        timestamp = self.number(row, "Timestamp")
        if not is_id(row.get("EntityKey")):
            raise unreadable(self._endpoint, "a deletion in it has no EntityKey")
        return None if kind is None else Deletion(kind, str(row["EntityKey"]), timestamp)

    def number(self, row: Row, name: str) -> int:
        """Return a required whole number of a row."""
        value = row.get(name)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1 << 63:
            raise unreadable(self._endpoint, f"a record in it has no {name}")
        return value

    def _stored(self, kind: Kind, name: str, value: object) -> object:
        self._simple(name, value)
        if name == "Timestamp":
            return self.number({name: value}, name)
        field = find_field(kind, name)
        if not isinstance(value, str):
            if field is not None and field.edm in _TEXTS:
                raise unreadable(self._endpoint, f"the value of {name} in it is not a text")
            return value
        if field is not None and field.pad_width:
            return value.strip()
        if (field is None or field.edm == "DateTime") and (match := _DATE.fullmatch(value)):
            return self._iso(name, int(match[1]))
        return value

    def _simple(self, name: str, value: object) -> None:
        """Raise ServiceError for a value that no field can have."""
        if isinstance(value, list | dict) or (
            isinstance(value, int | float) and not (abs(value) < 1 << 63)
        ):
            raise unreadable(self._endpoint, f"it has an impossible value for {name}")

    def _iso(self, name: str, milliseconds: int) -> str:
        try:
            when = EPOCH + timedelta(milliseconds=milliseconds)
        except OverflowError:
            raise unreadable(self._endpoint, f"the date in {name} does not exist") from None
        text = when.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}.{when.microsecond // 1000:03d}Z" if when.microsecond else f"{text}Z"


def _is_deferred(value: object) -> bool:
    """Return True for the address of a list that belongs to a record, such as its bank accounts."""
    return isinstance(value, dict) and value.keys() == {"__deferred"}
