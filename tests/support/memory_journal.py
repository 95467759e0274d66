"""A journal that lives as long as the process."""

from __future__ import annotations

import atexit
import functools

from exact_import.store.journal import IN_MEMORY, Journal


@functools.cache
def _laid_out() -> Journal:
    """Return an empty journal that is only copied: to lay one out takes a few milliseconds."""
    journal = Journal(IN_MEMORY)
    atexit.register(journal.close)
    return journal


class _CopiedJournal(Journal):
    """A journal in memory that begins as a copy of an empty one."""

    def _prepare(self) -> None:
        _laid_out()._db.backup(self._db)
        super()._prepare()


def memory_journal() -> Journal:
    """Return a new journal in memory, closed at the end."""
    journal = _CopiedJournal(IN_MEMORY)
    atexit.register(journal.close)
    return journal
