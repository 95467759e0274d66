"""The three-way rule: what is to happen with one field of a record that Exact Online has.

Pure: what the file says, what both sides held at the last import of its source (the base), what
Exact Online holds now and the field's policy go in; a decision comes out. And what an account is
called that no row gives a name, only a code: a webshop's customers, who are persons.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from exact_import.fields import Field, full_name
from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord
from exact_import.values.match_keys import lookup_keys

Decision = Literal["same", "update", "conflict", "keep", "other", "leave"]
"""Same: both sides agree. Update: the file's value is sent. Conflict: it is sent too, though
somebody changed Exact Online's. Keep: somebody's edit there stays, and a warning says so. Other:
the value of another source stays, because the file says nothing new, and a warning says so once.
Leave: Exact Online's value stays, by policy or because the file says nothing new."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a file said of a field at its source's last import, and what Exact Online stored then.

    `reported` is True where a warning has said since that another source has another value.
    """

    file: Any
    stored: Any
    reported: bool = False

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Base:
        """Return the base that the store keeps as a list."""
        return cls(kept[0], kept[1], len(kept) > 2)

    @property
    def kept(self) -> list[Any]:
        """The base as the store keeps it."""
        return [self.file, self.stored, *([True] if self.reported else [])]


def base_of(column: Field, value: Any, own: Base | None, others: Mapping[str, Base]) -> Base | None:
    """Return the base to compare with, given that of the file's own source and those of others.

    A source that imports the field for the first time, and says what another source said, says
    nothing new: a renamed file changes no company. With another value it is a first match.
    """
    if own is not None:
        return own
    for other in others.values():
        if column.same(value, other.file):
            return Base(other.file, other.stored)
    return None


def source_with(column: Field, current: Any, others: Mapping[str, Base]) -> str | None:
    """Return which of the other sources brought the value that Exact Online holds, None for none.

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
    column, which is sent on creation only; `derived` for a value that no cell gives, such as the
    name of an account that is its only person's: it follows the file only where a run set it.
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

    `value` is None for a cell that is to clear the field; `base` is None for a field that its
    source has not imported. `reads_as` returns what a cell with Exact Online's own spelling would
    mean: where that is `value`, the two agree, so that an export which nobody edited plans no
    change. `others` are the bases of other sources, by name.
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


# They tell which account is meant, and nothing of it.
_POINTERS = frozenset({"ID", "Code"})


def named(
    record: AccountRecord, constants: Collection[str], gone: Mapping[str, Any] | None
) -> AccountRecord | None:
    """Return a new account with a name: without one, that of its only person; None if none fits.

    Its person's only where its rows say more of it than which it is, `constants` apart: rows that
    do nothing but point at an account mean one that exists, and their code is a mistake. `gone`
    are the fields of the account in its place that was deleted in Exact Online, if there was one.
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
    """Return the record of the account `held` with its only person's name, if it is called so.

    That is only where no row names the account. `person` is that contact as Exact Online has it.
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


class AgreementView(Protocol):
    """What is asked of the mirror; `store.mirror.Mirror` is one."""

    def agreeing(self, digests: Sequence[bytes]) -> dict[bytes, str]:
        """Return the fingerprints among `digests` that are known, with the IDs of accounts."""

    def account_ids_by(self, key: str, value: str) -> list[str]:
        """Return the IDs of the accounts that a lookup key finds by that value."""


def fingerprint(recipe: bytes) -> Callable[[AccountRecord, str], bytes]:
    """Return what computes the fingerprint of a record and its source, given that of its rules."""
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
        # Nothing reads this again. Version 2 depends on the values only, not on who shares them.
        return blake2b(dumps(content, 2), digest_size=16, key=recipe).digest()

    return digest


def unchanged(
    records: Sequence[AccountRecord],
    digests: Sequence[bytes],
    mirror: AgreementView,
    answered: Collection[int] = (),
) -> dict[int, str]:
    """Return the accounts, by place in `records`, of those that need no planning.

    A record is planned where its fingerprint is not known, where two records agree with one
    account, where a person answered, and where one that is planned has a key of its account: which
    of them it is, or that neither may be, is for planning to say.
    """
    known = mirror.agreeing(digests)
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
            same = mirror.account_ids_by(key, value)
            planned.extend(owners.pop(account) for account in same if account in owners)
    return {place: account for account, place in owners.items()}
