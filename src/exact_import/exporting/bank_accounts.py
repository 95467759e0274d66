"""The bank accounts of an export, which no list of changes holds: what reading them costs.

crm/BankAccounts answers 60 rows a call, where accounts come by the thousand, and is not among the
sync endpoints (docs/exact-online.md, "Writing").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exact_import.exact.client import guid
from exact_import.records.models import fold
from exact_import.store.bases import ANY, RecordBases

if TYPE_CHECKING:
    from exact_import.exact.client import Client
    from exact_import.store.mirror import Mirror

MOST_CALLS = 60
"""An export that names no columns spends this many calls on bank accounts, a minute's, at most."""

_A_PAGE = 60
_A_FILTER = 40  # IDs that fit into the address of one call
_NAMES = ("Account", "BankAccount", "Main", "Created")


def calls_for(wanted: int, held: int) -> int:
    """Return about how many calls the bank accounts of `wanted` of the `held` accounts take."""
    return min(-(-wanted // _A_FILTER), -(-held // _A_PAGE))


def read_bank_accounts(client: Client, accounts: Sequence[str], held: int) -> dict[str, str]:
    """Return the number (IBAN) of the main bank account of each of `accounts` that has one.

    `held` is how many accounts the company has: where few of them are wanted, these are asked for
    one by one, else all bank accounts are read. Without a main one the oldest counts.
    """
    wanted = set(accounts)
    found: dict[str, tuple[bool, str, str]] = {}
    for row in _rows(client, accounts, held):
        account = str(row.get("Account") or "").casefold()
        number = str(row.get("BankAccount") or "").strip()
        if account not in wanted or not number:
            continue
        rank = (not row.get("Main"), str(row.get("Created") or ""), number)
        found[account] = min(rank, found.get(account, rank))
    return {account: number for account, (_, _, number) in found.items()}


def _rows(client: Client, accounts: Sequence[str], held: int) -> Sequence[Mapping[str, Any]]:
    if -(-len(accounts) // _A_FILTER) >= -(-held // _A_PAGE):
        # Everything since 1970: a list without a filter may be refused.
        return [row for page in client.created_since("bank account", 0, _NAMES) for row in page]
    rows: list[Mapping[str, Any]] = []
    for start in range(0, len(accounts), _A_FILTER):
        some = accounts[start : start + _A_FILTER]
        rows += client.find(
            "bank account", " or ".join(f"Account eq {guid(one)}" for one in some), _NAMES
        )
    return rows


def remember(mirror: Mirror, numbers: Mapping[str, str]) -> None:
    """Keep what was read as what file and Exact Online agree on, where nothing is known yet.

    Importing the export then asks for no bank account that is still the same.
    """
    with mirror.journal.transaction():
        for account, number in numbers.items():
            place = f"{account} {fold('BankAccount', number)}"
            if not mirror.bases.known("bank account", place):
                base = {"BankAccount": [number, number]}
                mirror.set_base("bank account", place, RecordBases({ANY: base}))
