"""What the cells of a single column show, compared with its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from exact_import.data.header_words import ParsedHeader
from exact_import.data.lexicon import Target
from exact_import.mapping.columns import (
    HeaderColumn,
    channel_of,
    names_customers,
    names_prospects,
    names_suppliers,
)
from exact_import.mapping.samples import HALF, Samples
from exact_import.text import quote, word_set

# "N° compte" is a customer number in lists of bookkeepers, if its cells have other numbers.
_SOURCE_ACCOUNTS = word_set(
    "numbercompte nocompte numerodecompte numberdecompte konto kontonr kontonummer"
)
# An IBAN begins with letters; an old Belgian number has dashes, a German one digits alone.
_MAY_BE_IBAN = re.compile(r"[A-Za-z]{2}|.*-").match
_ACCOUNT_DIGITS = 7  # that a bank account has at least
_NEVER_YES_OR_NO = ("VATNumber", "ChamberOfCommerce", "Website", "BankAccount", "PeppolIdentifier",
                    "AddressLine1", "City", "FullAddress")  # fmt: skip
# A company's number is the source's own, unless its cells may be register numbers.
_OWN_WORDS = word_set("number nummer nr no num numero nbr")
_REGISTERED = re.compile(r"(?:\D*\d){7,}.*|(?:HR\s?[AB]|GNR|PR|VR|FN|RCS|B)\W*\d.*", re.IGNORECASE)


def is_open_status(column: HeaderColumn, samples: Samples) -> bool:
    """Return True for a vague header for a status whose cells have no role."""
    loose = column.reading.assumed and column.reading.is_any("Status")
    return loose and samples.share(column.index, "role") < HALF


def judged_alone(column: HeaderColumn, samples: Samples, notes: list[str]) -> HeaderColumn | None:
    """Return what a column is by itself, None if its cells fit none of its meanings."""
    reading, index = column.reading, column.index
    cells = samples.cells(index)
    if reading.part == "name":
        if samples.mostly(index, "yes or no"):
            return role_by_cells(column)
        if samples.mostly(index, "sort"):
            return replace(column, reading=ParsedHeader(part="sort"))
        return column
    if reading.is_any("Code") and reading.assumed and samples.mostly(index, "yes or no"):
        return role_by_cells(column)
    if reading.is_any("FirstName") and samples.rows and not cells:
        return None  # beside it, "Naam" is a whole name
    if reading.is_any("Website") and samples.share(index, "profile") >= HALF:
        notes.append(f"{quote(column.header)} holds personal pages and is not used as a website.")
        return None
    if reading.is_any("BankAccount") and cells and not _may_be_accounts(reading, cells):
        if reading.word in _SOURCE_ACCOUNTS and not any(map(_has_account_digits, cells)):
            return by_cells(column, ("account", "Code"))
        notes.append(f"{quote(column.header)} is not used, because its cells hold something else.")
        return None
    if (
        reading.is_any("ChamberOfCommerce")
        and reading.word in _OWN_WORDS
        and cells
        and not any(map(_REGISTERED.fullmatch, cells))
    ):
        return by_cells(column, ("account", "Code"))
    never = channel_of(reading) or reading.is_any(*_NEVER_YES_OR_NO)
    if (
        (never and samples.mostly(index, "yes or no"))
        or (reading.is_any("VATNumber") and _are_short_numbers(index, samples))
        or (reading.is_any("Website") and cells and not any("." in cell for cell in cells))
        or (reading.is_any("Country") and samples.mostly(index, "number"))
    ):
        notes.append(f"{quote(column.header)} is not used, because its cells hold something else.")
        return None
    return column


def _may_be_accounts(reading: ParsedHeader, cells: Sequence[str]) -> bool:
    if reading.word in _SOURCE_ACCOUNTS and not any(map(_MAY_BE_IBAN, cells)):
        return False
    return any(map(_has_account_digits, cells))


def _has_account_digits(cell: str) -> bool:
    return sum(map(str.isdigit, cell)) >= _ACCOUNT_DIGITS


def _are_short_numbers(index: int, samples: Samples) -> bool:
    return samples.mostly(index, "number") and max(map(len, samples.cells(index))) < 6


def role_by_cells(column: HeaderColumn) -> HeaderColumn | None:
    """Return the role of a yes-or-no column, None for none."""
    for names, field in (
        (names_suppliers, "IsSupplier"),
        (names_prospects, "IsProspect"),
        (names_customers, "IsCustomer"),
    ):
        if names(column.header):
            return replace(column, reading=_of(("account", field)))
    return None


def _of(*targets: Target) -> ParsedHeader:
    return ParsedHeader(frozenset(targets))


def by_cells(
    column: HeaderColumn, *targets: Target, qualifiers: frozenset[str] = frozenset()
) -> HeaderColumn:
    """Return a column with one of these fields, known by its cells and not by its header."""
    reading = ParsedHeader(frozenset(targets), qualifiers=qualifiers)
    return replace(column, reading=reading, by_cells=True)
