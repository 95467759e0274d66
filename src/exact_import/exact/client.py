"""Accounts and contacts in Exact Online.

Reads whole lists through the sync services, a thousand at a time, and looks up single records by
filter (docs/exact-online.md, "Reading" and "Writing"). Writes each value in the form of its field's
type: a value in another form is answered with 400, and ten of those lock the user's key ("Dates"
and "Refusals").
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exactonline.resource import DELETE, GET, POST, PUT

from exact_import.errors import ExactImportError, StorageError
from exact_import.exact.answer_rows import EPOCH, Deletion, Row, RowReader
from exact_import.exact.api import Api, CallCount, resource
from exact_import.exact.auth.storage import Storage
from exact_import.exact.clock import Clock
from exact_import.exact.errors import ServiceError, is_id, unreadable
from exact_import.exact.rate_limit import OnWait, RateLimit
from exact_import.exact.rate_window import CallBudget
from exact_import.exact.transport import Transport
from exact_import.fields import ENDPOINTS, Kind, catalogue

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.store.journal import Journal

Record = dict[str, Any]

SYNC: Mapping[Kind, str] = {
    "account": "sync/CRM/Accounts",
    "contact": "sync/CRM/Contacts",
    "address": "sync/CRM/Addresses",
}
# An address may have 6,000 characters (docs/exact-online.md, Limits); an ID takes about 60.
IDS_A_CALL = 40
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?(?:\.\d+)?Z?)?")


@dataclass(frozen=True, slots=True)
class DivisionInfo:
    """A company that this login may use."""

    code: int
    name: str
    active: bool


class UnknownId(StorageError, ValueError):
    """A remembered ID is not a valid ID of Exact Online."""


class Client:
    """One division of Exact Online, one call at a time.

    Values come back as `RowReader` says. The exceptions are those of `Api`.
    """

    def __init__(self, api: Api, division: int) -> None:
        self.api = api
        self.division = division

    @property
    def calls(self) -> CallCount:
        """The calls made so far."""
        return self.api.calls

    def budget(self) -> CallBudget | None:
        """Return the division's budget by the last answer; None before any answer."""
        return self.api.limits.budget(self.division)

    # Reading

    def sync_pages(self, kind: Kind, since: int, select: Sequence[str]) -> Iterator[list[Record]]:
        """Yield pages of up to 1,000 records whose row version is later than `since`."""
        fields = dict.fromkeys(["ID", "Timestamp", *select])
        path = resource(SYNC[kind], select=",".join(fields), filter=f"Timestamp gt {since}L")
        read = RowReader(SYNC[kind])
        for page in self._pages(path):
            yield [read.record(kind, row, versioned=True) for row in page]

    def deleted_pages(self, since: int) -> Iterator[list[Deletion]]:
        """Yield the deletions with a row version later than `since`; Exact keeps two months.

        Raises `ScopeMissing` where the login may not see them.
        """
        path = resource(
            "sync/Deleted", select="EntityKey,EntityType,Timestamp", filter=f"Timestamp gt {since}L"
        )
        read = RowReader("sync/Deleted")
        for page in self._pages(path):
            yield [one for row in page if (one := read.deletion(row)) is not None]

    def created_since(
        self, kind: Kind, since: float, select: Sequence[str]
    ) -> Iterator[list[Record]]:
        """Yield pages of up to 60 records created since `since`, the newest first.

        `since` is in seconds since 1970, of the wall clock by which Exact Online writes instants.
        """
        moment = EPOCH + timedelta(seconds=math.floor(since))
        path = resource(
            ENDPOINTS[kind],
            filter=f"Created ge datetime'{moment:%Y-%m-%dT%H:%M:%S}'",
            select=",".join(dict.fromkeys(["ID", "Created", *select])),
            orderby="Created desc",
        )
        read = RowReader(ENDPOINTS[kind])
        for page in self._pages(path):
            yield [read.record(kind, row) for row in page]

    def server_now(self) -> float:
        """Return the server's time in epoch seconds, this computer's before any answer."""
        return self.api.limits.server.now()

    def server_latest(self) -> float:
        """Return the latest that the server's time may be now, in epoch seconds.

        A `Date` is cut to whole seconds, so `server_now` may be that much behind.
        """
        return self.server_now() + 1.0

    def find(self, kind: Kind, filter: str, select: Sequence[str]) -> list[Record]:
        """Return the records that `filter` selects; Exact refuses a list without a filter."""
        if not filter:
            raise ValueError("a filter is needed")
        fields = dict.fromkeys(["ID", *select])
        path = resource(ENDPOINTS[kind], filter=filter, select=",".join(fields))
        read = RowReader(ENDPOINTS[kind])
        return [read.record(kind, row) for page in self._pages(path) for row in page]

    def find_ids(
        self, kind: Kind, ids: Sequence[str], select: Sequence[str], *, by: str = "ID"
    ) -> Iterator[Record]:
        """Yield the records that have one of `ids` in the field `by`; costs a call for each 40."""
        for start in range(0, len(ids), IDS_A_CALL):
            some = ids[start : start + IDS_A_CALL]
            yield from self.find(kind, " or ".join(f"{by} eq {guid(id)}" for id in some), select)

    def lookup(self, path: str, select: Sequence[str], filter: str | None = None) -> list[Record]:
        """Return a reference list, such as "cashflow/PaymentConditions"."""
        pages = self._pages(resource(path, select=",".join(select), filter=filter))
        read = RowReader(path)
        return [read.plain(row) for page in pages for row in page]

    def me(self) -> Row:
        """Return who is logged in: `UserID`, `FullName`, `Email`, `CurrentDivision`, ..."""
        select = "CurrentDivision,FullName,UserID,UserName,LanguageCode"
        endpoint = "current/Me"
        answer = self.api.rest(GET(resource(f"v1/{endpoint}", select=select)))
        read = RowReader(endpoint)
        rows = read.rows(answer if isinstance(answer, list) else [])
        if not rows:
            raise unreadable(endpoint, "it names no user")
        return read.plain(rows[0])

    def divisions(self) -> list[DivisionInfo]:
        """Return the companies that this login may use."""
        read = RowReader("current/Me")
        current = read.number(self.me(), "CurrentDivision")
        select = "Code,Description,Status"
        try:
            rows = self._rows(resource("system/Divisions", select=select), current)
            active = 1
        except ServiceError:
            rows = self._rows(resource("hrm/Divisions", select=select), current)
            active = 0
        read = RowReader("system/Divisions" if active else "hrm/Divisions")
        return [
            DivisionInfo(
                code=read.number(row, "Code"),
                name=str(row.get("Description") or ""),
                active=row.get("Status", active) == active,
            )
            for row in rows
        ]

    # Writing

    def wait_for_turn(self, kind: Kind) -> None:
        """Wait until a record of `kind` may be written; raises the error that prevents it."""
        self.api.limits.acquire(self.division, ENDPOINTS[kind])

    def create(self, kind: Kind, payload: Mapping[str, object]) -> Record:
        """Create a record and return it as Exact Online stored it; it always has an `ID`."""
        endpoint = ENDPOINTS[kind]
        made = self.api.restv1(POST(endpoint, written(kind, payload)))
        read = RowReader(endpoint)
        [row] = read.rows([made])
        try:
            return read.record(kind, row)
        except ServiceError:
            # It is created; the next reading shows what was stored.
            return {"ID": row["ID"]}

    def update(self, kind: Kind, id: str, payload: Mapping[str, object]) -> None:
        """Change the fields in `payload` of one record; raises `NotFound` where it is not there."""
        self.api.restv1(PUT(f"{ENDPOINTS[kind]}({guid(id)})", written(kind, payload)))

    def delete(self, kind: Kind, id: str) -> None:
        """Delete one record; raises `NotFound` where it is not there."""
        self.api.restv1(DELETE(f"{ENDPOINTS[kind]}({guid(id)})"))

    def close(self) -> None:
        """Close the connections."""
        self.api.transport.close()

    def _pages(self, path: str, division: int | None = None) -> Iterator[list[Row]]:
        read = RowReader(path.partition("?")[0])
        for page in self.api.pages(path, division=division):
            yield read.rows(page)

    def _rows(self, path: str, division: int) -> list[Row]:
        return [row for page in self._pages(path, division) for row in page]


def quoted(text: str) -> str:
    """Return `text` as a string literal of a filter."""
    return "'" + text.replace("'", "''") + "'"


def guid(id: str) -> str:
    """Return an ID as a literal of a filter; raises UnknownId where it is not one."""
    if not is_id(id):
        raise UnknownId(
            "The journal is damaged (an ID in it is not one of Exact Online).",
            "Restore it from a backup, or move it away.",
        )
    return f"guid'{id}'"


def code(text: str) -> str:
    """Return an account's code as a literal of a filter, with the padding it is stored with."""
    return quoted(catalogue("account")["Code"].padded(text.strip()))


def connect(
    storage: Storage,
    journal: Journal,
    settings: Settings,
    *,
    division: int,
    reserve: int | None = None,
    on_wait: OnWait | None = None,
    stop: threading.Event | None = None,
    clock: Clock | None = None,
    transport: Transport | None = None,
) -> Client:
    """Return a division of Exact Online, ready to use; nothing is sent yet.

    `transport` is one that nothing else uses meanwhile, None for a new one. `reserve` are the calls
    a day to leave, None for the setting. `on_wait(seconds, why)` is called for every wait of a
    second or more; setting `stop` ends waits and further calls with `Interrupted`.
    """
    transport = transport or make_transport(storage, settings)
    limiter = RateLimit(
        journal,
        reserve=settings.reserve if reserve is None else reserve,
        wait=settings.wait,
        on_wait=on_wait,
        stop=stop,
        clock=clock,
    )
    return Client(Api(storage, transport, limiter, division), division)


def make_transport(storage: Storage, settings: Settings) -> Transport:
    """Return a transport with the certificates and time-outs of a configuration."""
    return Transport(
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        ca_bundle=storage.get_ca_bundle(),
    )


def written(kind: Kind, fields: Mapping[str, object]) -> str:
    """Return `fields` of a record as JSON.

    Dates become moments in UTC, flags true or false (0 or 1 where Exact keeps a Byte), and numbers
    are written out. Raises `ExactImportError` for a value that does not suit its field.
    """
    known = catalogue(kind)
    pairs = (
        f"{json.dumps(name)}: {_sent_value(known[name].edm if name in known else '', name, value)}"
        for name, value in fields.items()
    )
    return "{" + ", ".join(pairs) + "}"


def _sent_value(edm: str, name: str, value: object) -> str:
    match edm, value:
        case _, None:
            return "null"
        case "Boolean", bool() | 0 | 1:
            return "true" if value else "false"
        case "Byte" | "Int16" | "Int32" | "Int64", int():
            return str(int(value))
        case "Byte" | "Int16" | "Int32" | "Int64", float() if value.is_integer():
            return str(int(value))
        case "Double", int() | float() | Decimal() if math.isfinite(value):
            # Never 1e-07, which a strict reader of numbers may refuse.
            return format(Decimal(str(value + 0)), "f")
        case "DateTime", str():
            moment = _MOMENT.fullmatch(value)
            if moment:
                return json.dumps(f"{moment[1]}T{moment[2] or '00:00'}{moment[3] or ':00'}Z")
        case "String" | "Guid" | "Binary", str():
            return json.dumps(value, ensure_ascii=False)
        case "", _:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
    raise ExactImportError(
        f"A value for {name} is not of the kind that Exact Online keeps there ({edm}), so the "
        "record was not sent.",
        "This is a mistake in exact-import; please report it.",
    )
