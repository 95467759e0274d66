"""A division of Exact Online that is open, what is remembered of it, and who may write.

One program at a time writes with a configuration.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.errors import StorageError, TemporaryError, UsageError
from exact_import.fields import RecordKind
from exact_import.store.journal import Intent, Journal
from exact_import.store.links import Links
from exact_import.store.mirror import Mirror

if TYPE_CHECKING:
    from exact_import.exact.client import Client


@dataclass(slots=True)
class DivisionStore:
    """All that is remembered of one division.

    `journal` holds it under the number `scope`, beside that of other divisions; `mirror` is what
    Exact Online holds, `links` which record a key of a row is. Whoever reads the mirror first says
    what it is to keep (`Mirror.keep`).
    """

    journal: Journal
    scope: int
    mirror: Mirror = field(init=False)
    links: Links = field(init=False)

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.journal, self.scope)
        self.links = Links(self.journal, self.scope)

    @classmethod
    def of(cls, journal: Journal, site: str, division: int) -> DivisionStore:
        """Return the store of `division` at `site`, a REST address, in `journal`."""
        return cls(journal, journal.scope(site, division))

    def prepare(self, fields: Mapping[RecordKind, Iterable[str]]) -> None:
        """Keep `fields` of each kind, and bring what older versions remembered up to date."""
        self.mirror.keep(fields)
        self.mirror.rebuild_keys()
        self.links.adopt_created()

    def must_know(self, run: str) -> None:
        """Raise UsageError if there is no run of that name in this division."""
        known = "SELECT 1 FROM run WHERE id = ? AND scope = ?"
        if not self.journal.read(known, (run, self.scope)):
            raise UsageError(
                f"There is no run {run} of this division in the journal.",
                "exact-import runs lists them.",
            )

    def written_later(self, intent: Intent) -> list[Intent]:
        """Return what later runs of ours wrote to the record that `intent` is about, in order."""
        return self.journal.intents(
            "scope = ? AND remote_id = ? AND run <> ? AND id > ? AND state = 'done'",
            (self.scope, intent.remote_id, intent.run, intent.id),
        )


def known_divisions(journal: Journal) -> list[tuple[int, DivisionStore]]:
    """Return the number and the store of each division that `journal` knows."""
    found = journal.read("SELECT division, id FROM scope ORDER BY division, id")
    return [(division, DivisionStore(journal, scope)) for division, scope in found]


@dataclass(frozen=True, slots=True)
class OpenDivision:
    """A division with the client that reaches it and the store that remembers it."""

    client: Client
    store: DivisionStore
    number: int


@contextlib.contextmanager
def only_writer(journal: Journal, config: Path) -> Iterator[None]:
    """Hold the right to write with this journal and INI; raises TemporaryError, saying who has it.

    A lock left by a dead process does not block: the system lets go of it.
    """
    with contextlib.ExitStack() as held:
        own = journal.path.with_suffix(".lock")
        _take(held, own, journal)
        # By way of a link the INI may be at work under another name, with another journal.
        ini = config.resolve()
        real = ini.with_name(f"{ini.stem}.journal.lock")
        if real != own.resolve() and os.access(real.parent, os.W_OK):
            _take(held, real, None)
        journal.note("writer", json.dumps({"pid": os.getpid(), "since": time.time()}))
        yield


def is_busy(path: Path) -> bool:
    """Tell whether a run is writing just now with the journal at `path`."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _take(held: contextlib.ExitStack, path: Path, journal: Journal | None) -> None:
    """Take the lock at `path`, whose holder the journal names, for as long as `held`."""
    from filelock import FileLock, Timeout

    try:
        held.enter_context(FileLock(path, timeout=0, mode=0o600))
    except Timeout:
        writer = json.loads((journal and journal.fact("writer")) or "{}")
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(writer.get("since", 0)))
        raise TemporaryError(
            "Another run is busy with this configuration"
            + (f" (process {writer['pid']}, since {since})." if writer else "."),
            "Run again when it has ended.",
        ) from None
    except OSError as error:
        raise StorageError(
            f"The file {path} cannot be locked: {error.strerror}.",
            "Make it and its folder writable for who runs this.",
        ) from None
