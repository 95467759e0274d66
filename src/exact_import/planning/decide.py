"""The three-way rule: what to do with one field of a record that Exact Online has.

Pure. It takes the file's value, what both sides held at the last import of its source (the base),
what Exact Online holds now, and the field's policy, and returns a decision. Also the name of an
account for which rows have only a code: a webshop's customers, who are persons.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from exact_import.fields import Field, full_name
from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord
from exact_import.values.match_keys import lookup_keys

Decision = Literal["same", "update", "conflict", "keep", "other", "leave"]
"""Same: both sides agree. Update: the file's value is sent. Conflict: it is sent although somebody
changed Exact Online's value. Keep: somebody's edit in Exact Online stays, with a warning. Other:
the value of another source stays, because the file has not changed; one warning says so. Leave:
Exact Online's value stays, by policy or because the file has not changed."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a file said of a field at its source's last import, and what Exact Online stored then.

    `reported` is True if a warning has reported the value of another source since then.
    """

    file: Any
    stored: Any
    reported: bool = False

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Base:
        """Return the base from the list that the store has."""
        return cls(kept[0], kept[1], len(kept) > 2)

    @property
    def kept(self) -> list[Any]:
        """The base as a list for the store."""
        return [self.file, self.stored, *([True] if self.reported else [])]


def base_of(column: Field, value: Any, own: Base | None, others: Mapping[str, Base]) -> Base | None:
    """Return the base to compare with: that of the file's own source, or of another source.

    If a source imports the field for the first time with the value of another source, that counts
    as unchanged: a renamed file changes no company. With a different value it is a first match.
    """
    if own is not None:
        return own
    for other in others.values():
        if column.same(value, other.file):
            return Base(other.file, other.stored)
    return None


def source_with(column: Field, current: Any, others: Mapping[str, Base]) -> str | None:
    """Return the other source that Exact Online's value comes from, None for none.

    An empty field counts only for a source that left it empty. A source whose file has that very
    value goes before one whose value Exact Online stored in another form.
    """
    brought = [
        source
        for source, other in others.items()
        if (other.file is not None or current in (None, "")) and column.same(current, other.stored)
    ]
    said = [source for source in brought if column.same(current, others[source].file)]
    return next(iter(said or brought), None)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How a field of a record is decided.

    `policy` is what [policy] says ("" for nothing); `constant` is True for a template without a
    column, which is sent on creation only; `derived` for a value that comes from no cell, such as
    an account's name that is its only person's: it follows the file only if a run set it.
    """

    policy: str = ""
    constant: bool = False
    derived: bool = False


def decide(
    column: Field,
    value: Any,
    base: Base | None,
    current: Any,
    rule: FieldRule,
    reads_as: Callable[[str], Any] | None = None,
    others: Mapping[str, Base] = {},
) -> Decision:
    """Decide about `column`: the file says `value`, Exact Online holds `current`.

    `value` is None for a cell that clears the field; `base` is None for a field that its source has
    not imported. `reads_as` returns how a cell with Exact Online's own spelling would be read: if
    that is `value`, the two agree, so an unedited export plans no change. `others` are the bases of
    other sources, by name.
    """
    if column.same(value, current):
        return "same"
    # What "clear" says of empty cells is done when they are read: the usual rule applies.
    given = "" if rule.policy == "clear" else rule.policy
    policy = given or ("never" if rule.constant else "")
    if policy != "overwrite" and reads_as is not None and isinstance(current, str) and current:
        read = reads_as(current.strip())
        if read is not None and column.same(read, value):
            return "same"
    empty = current in (None, "")
    if policy == "never" or (policy == "fill" and not empty):
        return "leave"
    if policy in ("overwrite", "fill"):
        return "update"
    if base is None or (rule.derived and base.file is None):
        return "leave" if rule.derived and not empty else "update"
    changed_here = not column.same(value, base.file)
    changed_there = not column.same(current, base.stored)
    if changed_here:
        return "conflict" if changed_there else "update"
    if changed_there and source_with(column, current, others) is None:
        return "keep"
    return "other" if changed_there and not base.reported else "leave"


# They identify the account and say nothing about it.
_POINTERS = frozenset({"ID", "Code"})


def named(
    record: AccountRecord, constants: Collection[str], gone: Mapping[str, Any] | None
) -> AccountRecord | None:
    """Return a new account with a name, if need be that of its only person; None if there is none.

    The person's name is used only if the rows say more than which account it is (`constants` do not
    count): rows that only identify an account mean an existing one, so their code is wrong. `gone`
    are the fields of the deleted account that it replaces, if any.
    """
    if record.fields.get("Name"):
        return record
    if len(record.contacts) == 1 and _says_more(record, constants):
        record = _named_after_person(record)
    if not record.fields.get("Name") and gone is not None:
        record = replace(record, fields={**record.fields, "Name": gone.get("Name")})
    return record if record.fields.get("Name") else None


def following_person(
    record: AccountRecord, held: RemoteRecord, person: RemoteRecord
) -> AccountRecord:
    """Return the record of the account `held` with its only person's name, if it has that name.

    Only for an account that no row names. `person` is that contact as Exact Online has it.
    """
    if not record.fields.get("Name") and full_name(person.fields) == held.fields.get("Name"):
        return _named_after_person(record)
    return record


def _says_more(record: AccountRecord, constants: Collection[str]) -> bool:
    given = {name for name, value in record.fields.items() if value is not None}
    return bool(given - _POINTERS - set(constants))


def _named_after_person(record: AccountRecord) -> AccountRecord:
    person = record.contacts[0].fields
    fields = {**record.fields, "Name": full_name(person)}
    email = fields.get("Email") or person.get("Email")
    if email:
        fields["Email"] = email
    return replace(record, fields=fields, person=True)


def fingerprint(recipe: bytes) -> Callable[[AccountRecord, str], bytes]:
    """Return a function for the fingerprint of a record and its source, given that of its rules."""
    blake2b, dumps = hashlib.blake2b, marshal.dumps

    def digest(record: AccountRecord, source: str) -> bytes:
        content = (
            source,
            record.own,
            record.fields,
            record.person,
            [(person.own, person.fields, person.main) for person in record.contacts],
            [(detail.section, detail.fields) for detail in record.details],
        )
        # Only compared, never unpickled. Version 2 depends on the values only, not on shared
        # objects.
        return blake2b(dumps(content, 2), digest_size=16, key=recipe).digest()

    return digest


def unchanged(
    records: Sequence[AccountRecord],
    digests: Sequence[bytes],
    known: Mapping[bytes, str],
    account_ids_by: Callable[[str, str], Iterable[str]],
    answered: Collection[int] = (),
) -> dict[int, str]:
    """Return the accounts, by index in `records`, of the records that need no planning.

    `known` are the known fingerprints, each with its account, and `account_ids_by` returns the
    accounts that a lookup key finds by a value. A record is planned if its fingerprint is not
    known, if two records agree with one account, if a person answered, or if a planned record has a
    key of its account: planning decides which of the two it is.
    """
    planned: list[int] = []
    owners: dict[str, int] = {}
    shared: set[str] = set()
    for place, digest in enumerate(digests):
        account = None if place in answered else known.get(digest)
        if account is None or account in owners:
            planned.append(place)
            shared.update(() if account is None else (account,))
        else:
            owners[account] = place
    planned.extend(owners.pop(account) for account in shared)
    while planned and owners:
        record = records[planned.pop()]
        for key, value in lookup_keys(record.fields):
            same = account_ids_by(key, value)
            planned.extend(owners.pop(account) for account in same if account in owners)
    return {place: account for account, place in owners.items()}
