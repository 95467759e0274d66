"""What is not known of Exact Online, or differs by company; the sandbox plays each reading.

docs/exact-online.md, "Unknown". A reading is a setting of the same name; the first value is what a
sandbox does by default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal, get_args, get_type_hints

from exact_import.errors import UsageError


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """How the sandbox reads what is not known; `names`, `sync_lag` and `sync_skip` are of storing.

    Times are in seconds of the sandbox's clock.
    """

    # A GET of crm/Accounts without $filter.
    unfiltered: Literal["allowed", "refused"] = "allowed"
    # Letters in the Code of an account.
    code_letters: Literal["refused", "accepted"] = "refused"
    # A second account with the same VAT number.
    vat_doubles: Literal["accepted", "refused"] = "accepted"
    # Whether a VAT number must be in the European register too.
    vat_register: Literal["ignored", "asked"] = "ignored"
    # null in a PUT.
    put_null: Literal["clears", "ignored"] = "clears"
    # An empty text in a PUT.
    put_empty: Literal["clears", "ignored"] = "clears"
    # What a text field without a value reads as.
    empty_reads: Literal["null", "text"] = "null"
    # Whether answers hold the fields that have no value; bare: a POST is answered with an ID only.
    answers: Literal["whole", "filled", "bare"] = "whole"
    # BankAccounts within the POST of an account.
    nested_bank_accounts: Literal["ignored", "made", "refused"] = "ignored"
    # The answer to a PUT with Prefer: return=representation.
    put_prefer: Literal["nothing", "record"] = "nothing"
    # Whether an account's Timestamp moves when its first contact becomes the main one by itself.
    main_contact: Literal["stays", "moves"] = "stays"
    # How a key that made too many errors is answered.
    error_block: Literal["429", "403"] = "429"
    # The sentences of refusals: those that were seen, or others.
    refusals: Literal["seen", "others"] = "seen"
    # What happens to a Name when it is stored: cut is to 50 characters.
    names: Literal["kept", "cut", "upper", "collapsed"] = "kept"
    # The DELETE of an account that has contacts: they go too, or it is refused as in use.
    delete_with_contacts: Literal["takes", "refused"] = "takes"
    # Where a page of bulk/* names the next one: within "d", or beside it.
    bulk_next: Literal["within", "beside"] = "within"
    # A change shows in sync pages only this long after it was made.
    sync_lag: float = 0.0
    # So long, every other row version stays out of sync pages while later ones show.
    sync_skip: float = 0.0


def reading(text: str) -> tuple[str, str | float]:
    """Return the name and value of a reading written NAME=VALUE; raises UsageError if unknown."""
    name, _, value = text.partition("=")
    known = choices()
    if name not in known:
        raise UsageError(f'Unknown reading "{name}".', f"Choose from: {', '.join(known)}.")
    if not known[name]:
        try:
            return name, float(value)
        except ValueError:
            raise UsageError(f'"{value}" is not a number of seconds for {name}.') from None
    if value not in known[name]:
        raise UsageError(
            f'Unknown value "{value}" for {name}.', f"Choose from: {', '.join(known[name])}."
        )
    return name, value


def choices() -> Mapping[str, tuple[str, ...]]:
    """Return the values of each reading, the one that holds by default first; () for seconds."""
    hints = get_type_hints(Readings)
    return {one.name: get_args(hints[one.name]) for one in dataclasses.fields(Readings)}
