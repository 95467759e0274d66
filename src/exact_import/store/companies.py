"""What the companies of a login are called, as the last login or list of them said."""

from __future__ import annotations

from exact_import.store.journal import Journal


def remember_company(journal: Journal, site: str, division: int, name: str) -> None:
    """Note what the company with the number `division` at `site`, a REST address, is called."""
    if name:
        journal.note(f"company {site} {division}", name)


def company_name(journal: Journal, site: str, division: int) -> str:
    """Return what the company was called when a login listed it, "" where none did."""
    return journal.fact(f"company {site} {division}") or ""
