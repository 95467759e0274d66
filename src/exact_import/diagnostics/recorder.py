"""Makes the calls of a probe, and keeps of each what may be shown to anybody.

No token, and of IDs, names and addresses only stand-ins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from exact_import.exact.api import Api
from exact_import.exact.errors import COUNTED_ERRORS, Method, NotSent, Response, TransportError

MOST_CALLS, MOST_ERRORS = 60, 5
_KEPT_FOR_DELETING = 5
_UNUSABLE = frozenset({429, 502, 503, 504})
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
    """Makes the calls of a probe, counts them, and keeps what may be shown of each."""

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

        Raises `NotAnswered` where none comes, or one that tells of too many calls or maintenance.
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
                # The number of a division can be a part of another, such as a VAT number.
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
