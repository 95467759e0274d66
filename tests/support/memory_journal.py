"""A journal that lives as long as the process."""

from __future__ import annotations

import atexit

from exact_import.store.journal import IN_MEMORY, Journal


def memory_journal() -> Journal:
    """Return a new journal in memory, closed at the end."""
    journal = Journal(IN_MEMORY)
    atexit.register(journal.close)
    return journal
