"""Makes the calls of a probe, and records what may be shown to anybody.

Tokens are left out; IDs, names and addresses are replaced. `SyncWatch` watches how soon the sync
pages of the company show the writes of a probe, and whether one is passed over
(docs/exact-online.md, "Sync").
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from exact_import.exact.api import Api
from exact_import.exact.errors import COUNTED_ERRORS, Method, NotSent, Response, TransportError

MOST_CALLS, MOST_ERRORS = 60, 5
_KEPT_FOR_DELETING = 5
_UNUSABLE = frozenset({429, 502, 503, 504})
# When to read the sync pages, in seconds since the last write.
_LOOKS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_MOST_PAGES = 10
NEVER = f"more than {_LOOKS[-1]:.0f} s"
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TELLING = re.compile(r"(?i)x-ratelimit|retry-after|reason")


class NotAnswered(Exception):
    """A call had no useful answer; if `sent`, it may have been carried out."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class ProbeCall:
    """One call as it may be shown: `answer` is None if others' records would be in it.

    `headers` are those of the answer that speak of limits and reasons.
    """

    method: Method
    path: str
    sent: Mapping[str, Any] | None
    prefer: bool
    status: int
    headers: Mapping[str, str]
    answer: Any


class Recorder:
    """Makes the calls of a probe, counts them, and records what may be shown."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._root = str(api.storage.get_rest_url())
        self._ids: dict[str, str] = {}
        self.calls: list[ProbeCall] = []
        self.errors = 0

    @property
    def site(self) -> str:
        """The site of Exact Online, such as "exactonline.be"; "" for any other server."""
        found = re.search(r"//[^/]*\b(exactonline(?:\.[a-z]+)+)(?:[:/]|$)", self._root)
        return found[1] if found else ""

    @property
    def spent(self) -> bool:
        """True if no further call may be made, except to delete."""
        return len(self.calls) >= MOST_CALLS - _KEPT_FOR_DELETING or self.errors >= MOST_ERRORS

    def call(
        self,
        method: Method,
        path: str,
        sent: Mapping[str, Any] | None = None,
        *,
        prefer: bool = False,
        show: bool = True,
    ) -> Response:
        """Make one call and return its answer, which with `show` is kept.

        Raises `NotAnswered` if there is none, or if it says too many calls or maintenance.
        """
        try:
            answer = self._api.once(method, path, sent, prefer=prefer)
        except TransportError as error:
            raise NotAnswered(str(error), sent=not isinstance(error, NotSent)) from None
        self.errors += answer.status in COUNTED_ERRORS
        headers = {name: text for name, text in answer.headers.items() if _TELLING.match(name)}
        self.calls.append(
            ProbeCall(
                method,
                self.plain(path),
                self.plain(sent),
                prefer,
                answer.status,
                self.plain(headers),
                self.plain(answer.document()) if show else None,
            )
        )
        if answer.status in _UNUSABLE:
            raise NotAnswered(message_of(answer), sent=answer.status != 429)
        return answer

    def plain(self, value: Any) -> Any:
        """Return a value without IDs, division, addresses and the names of people."""
        match value:
            case dict():
                return {
                    name: None if name.endswith("FullName") and inner else self.plain(inner)
                    for name, inner in value.items()
                    if name != "__metadata"
                }
            case list():
                return [self.plain(one) for one in value]
            case int() if value == self._api.division:
                return 0
            case str():
                text = _GUID.sub(lambda found: self._id(found[0]), value)
                # The number of a division can be part of another number, such as a VAT number.
                text = re.sub(rf"\b{self._api.division}\b", "0", text)
                return re.sub(r"https://[^/\s\"']+", "https://example.com", text)
            case _:
                return value

    def _id(self, remote_id: str) -> str:
        number = len(self._ids) + 1
        return self._ids.setdefault(remote_id.casefold(), f"00000000-0000-4000-8000-{number:012d}")


def record_of(answer: Response) -> dict[str, Any]:
    """Return the record in an answer, {} if there is none."""
    document = answer.document()
    d = document.get("d") if isinstance(document, dict) else None
    return cast("dict[str, Any]", d) if isinstance(d, dict) else {}


def rows_of(answer: Response) -> list[dict[str, Any]]:
    """Return the records in the answer to a list, [] where there are none."""
    document = answer.document()
    d = document.get("d") if isinstance(document, dict) else None
    rows = d.get("results") if isinstance(d, dict) else d
    return cast("list[dict[str, Any]]", rows) if isinstance(rows, list) else []


def sentence_of(answer: Response) -> str:
    """Return the sentence of an error, "" if it has none."""
    document = answer.document()
    error = document.get("error") if isinstance(document, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return str(message.get("value") or "") if isinstance(message, dict) else ""


def message_of(answer: Response) -> str:
    """Return the status and the sentence of an error, such as "HTTP 500 Invalid: Email []"."""
    return f"HTTP {answer.status} {sentence_of(answer)}".strip()


@dataclass(slots=True)
class _Write:
    """A write that left `mark` on the account `id`; times are of the monotonic clock."""

    id: str
    mark: str
    at: float
    shown: float | None = None


@dataclass(slots=True)
class SyncWatch:
    """Checks when the sync pages show the registered writes, in their order.

    Each write leaves a mark in the Remarks of an account; a page that shows a later write and not
    an earlier one has skipped a row version.
    """

    recorder: Recorder
    sleep: Callable[[float], None]
    since: int = 1  # the Timestamp above which the pages are read
    out_of_order: bool = False
    _writes: list[_Write] = field(default_factory=list)

    def begin(self) -> str:
        """Read the pages to their end; return why they cannot be used, "" if they can."""
        for _ in range(_MOST_PAGES):
            answer = self._page()
            if answer.status != 200:
                return message_of(answer)
            self.since = max([self.since, *(int(row["Timestamp"]) for row in rows_of(answer))])
            if "__next" not in answer.body.decode("utf-8", "replace"):
                return ""
        return "too many accounts"

    def wrote(self, remote_id: str, mark: str) -> None:
        """Register a write that has just been answered."""
        self._writes.append(_Write(remote_id.casefold(), mark, time.monotonic()))

    def poll(self) -> bool:
        """Read the pages once; return True if they show every write."""
        marks = {str(row["ID"]).casefold(): row.get("Remarks") for row in rows_of(self._page())}
        now, last = time.monotonic(), 0
        for place, write in enumerate(self._writes):
            later = {one.mark for one in self._writes[place:] if one.id == write.id}
            if marks.get(write.id) in later:
                write.shown = write.shown or now
                last = place
        missing = [place for place, one in enumerate(self._writes) if one.shown is None]
        self.out_of_order = self.out_of_order or any(place < last for place in missing)
        return not missing

    def follow(self) -> None:
        """Read the pages repeatedly until they show every write, or half a minute is over."""
        began = time.monotonic()
        for moment in _LOOKS:
            if self.poll():
                return
            self.sleep(max(0.0, moment - (time.monotonic() - began)))
        self.poll()

    @property
    def lag(self) -> int | str:
        """Seconds after which a first write was shown."""
        waited = [one.shown - one.at for one in self._writes if one.shown is not None]
        return round(min(waited)) if waited else NEVER

    @property
    def skip(self) -> int | str:
        """Seconds for which an earlier write was left out beside a later one; 0 if none was."""
        if not self.out_of_order:
            return 0
        if any(one.shown is None for one in self._writes):
            return NEVER
        return round(max(one.shown - one.at for one in self._writes if one.shown is not None))

    def version(self, remote_id: str) -> int | None:
        """Read the Timestamp with which the pages show an account; None if they do not."""
        for row in rows_of(self._page()):
            if str(row["ID"]).casefold() == remote_id.casefold():
                return int(row["Timestamp"])
        return None

    def _page(self) -> Response:
        path = (
            f"sync/CRM/Accounts?$select=ID,Remarks,Timestamp&$filter=Timestamp%20gt%20{self.since}L"
        )
        return self.recorder.call("GET", path, show=False)
