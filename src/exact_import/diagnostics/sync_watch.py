"""Watches how soon the sync pages of a company show writes, and whether one is passed over.

docs/exact-online.md, "Sync". Each write leaves a mark in the Remarks of an account; a page that
shows a later write and not an earlier one has skipped a row version.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from exact_import.diagnostics.recorder import Recorder, message_of, rows_of
from exact_import.exact.errors import Response

# When sync pages are looked at, in seconds since the last write.
_LOOKS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_MOST_PAGES = 10
NEVER = f"more than {_LOOKS[-1]:.0f} s"


@dataclass(slots=True)
class _Write:
    """A write that left `mark` on the account `id`; times are of the monotonic clock."""

    id: str
    mark: str
    at: float
    shown: float | None = None


@dataclass(slots=True)
class SyncWatch:
    """What the sync pages show of the writes that are made known to it, in their order."""

    recorder: Recorder
    sleep: Callable[[float], None]
    since: int = 1  # the Timestamp above which the pages are read
    out_of_order: bool = False
    _writes: list[_Write] = field(default_factory=list)

    def begin(self) -> str:
        """Read the pages to their end; return why they cannot be watched, "" if they can."""
        for _ in range(_MOST_PAGES):
            answer = self._page()
            if answer.status != 200:
                return message_of(answer)
            self.since = max([self.since, *(int(row["Timestamp"]) for row in rows_of(answer))])
            if "__next" not in answer.body.decode("utf-8", "replace"):
                return ""
        return "too many accounts"

    def wrote(self, remote_id: str, mark: str) -> None:
        """Take note of a write that has just been answered."""
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
        """Read the pages again and again until they show every write, or half a minute is over."""
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
