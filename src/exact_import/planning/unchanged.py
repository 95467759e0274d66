"""Finds the records that need no planning: nothing about them has changed since they last agreed.

What a file said of a company, with the rules it was read by, is remembered as a fingerprint once
planning has found nothing to do (`store.fingerprints`). A record with a known one is left out of
the plan, unless another record of the file has to do with the same account.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Sequence
from typing import Protocol

from exact_import.records.keys import account_keys, key_value
from exact_import.records.merge import AccountRecord


class AgreementView(Protocol):
    """What is asked of the mirror; `store.mirror.Mirror` is one."""

    def agreeing(self, digests: Sequence[bytes]) -> dict[bytes, str]:
        """Return the fingerprints among `digests` that are known, with the IDs of accounts."""

    def account_ids_by(self, key: str, value: str) -> list[str]:
        """Return the IDs of the accounts with that value of a match key."""


def fingerprint(recipe: bytes) -> Callable[[AccountRecord], bytes]:
    """Return what computes the fingerprint of a record, given a digest of its rules."""
    blake2b, dumps = hashlib.blake2b, marshal.dumps

    def digest(record: AccountRecord) -> bytes:
        said = (
            record.fields,
            record.person,
            [(person.fields, person.main) for person in record.contacts],
            [(detail.section, detail.fields) for detail in record.details],
        )
        # Nothing reads this again. Version 2 depends on the values only, not on who shares them.
        return blake2b(dumps(said, 2), digest_size=16, key=recipe).digest()

    return digest


def unchanged(
    records: Sequence[AccountRecord],
    digests: Sequence[bytes],
    mirror: AgreementView,
    match_account: Sequence[str],
) -> set[int]:
    """Return the places in `records` of those that need no planning.

    A record is planned where its fingerprint is not known, where two records agree with one
    account, and where one that is planned has a key of its account: which of them it is, or that
    neither may be, is for planning to say.
    """
    known = mirror.agreeing(digests)
    planned: list[int] = []
    owners: dict[str, int] = {}
    shared: set[str] = set()
    for place, digest in enumerate(digests):
        account = known.get(digest)
        if account is None or account in owners:
            planned.append(place)
            shared.update(() if account is None else (account,))
        else:
            owners[account] = place
    planned.extend(owners.pop(account) for account in shared)
    while planned and owners:
        record = records[planned.pop()]
        for key in {*account_keys(match_account, record.person), "Name"}:
            value = key_value(key, record.fields)
            same = mirror.account_ids_by(key, value) if value else ()
            planned.extend(owners.pop(account) for account in same if account in owners)
    return set(owners.values())
