"""Several rows, one company: groups row records into account records with their contacts.

DESIGN: rows are one company when they share the first match key that both have; an empty cell
never contradicts; rows that contradict each other about their company are all refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from exact_import.csvfile.sections import Section
from exact_import.fields import Field, catalogue
from exact_import.keys import PERSON_KEYS, Groups, account_keys, fold, key_value
from exact_import.normalise import Level
from exact_import.records import DetailRecord, RowRecord, RowsRead, Source, Values


@dataclass(slots=True)
class ContactRecord:
    """A person of an account, with the rows that named them."""

    fields: Values
    lines: list[Source]
    main: bool = False


@dataclass(slots=True)
class AccountRecord:
    """One company or private person, with the rows it came from and its contacts."""

    fields: Values
    lines: list[Source]
    contacts: list[ContactRecord] = field(default_factory=list)
    person: bool = False
    details: list[DetailRecord] = field(default_factory=list)


def group(
    rows: Iterable[RowRecord],
    match_account: Sequence[str],
    outcome: RowsRead,
    doubles: Level = "warning",
) -> list[AccountRecord]:
    """Return the accounts that `rows` describe, in order of their first row.

    Rows that contradict each other, or could belong to two companies, are refused in `outcome`;
    `doubles` says how bad companies are that differ in their code but are otherwise the same.
    """
    kept = list(rows)
    order = key_order(match_account)
    groups = Groups(order)
    for row in kept:
        allowed = account_keys(match_account, row.person)
        groups.add(
            lambda key, row=row, allowed=allowed: (  # type: ignore[misc]  # bound per row
                key_value(key, row.account) if key in allowed else ""
            )
        )
    accounts = []
    for members in groups.settle():
        clash = groups.ambiguous.get(members[0])
        if clash:
            first, second = (kept[item].source[1] for item in clash)
            for item in members:
                outcome.reject(
                    kept[item].source,
                    f"could be the company on line {first} or the one on line {second}; "
                    "say which by a code, VAT number or postcode",
                )
            continue
        if members[0] in groups.doubles and doubles != "off":
            key, other = groups.doubles[members[0]]
            tell = outcome.reject if doubles == "error" else outcome.warn
            for item in members if doubles == "error" else members[:1]:
                _tell_double(key, kept[item], kept[other], order, tell)
        account = _account([kept[item] for item in members], outcome)
        if account is not None:
            accounts.append(account)
    return _told_apart(accounts, match_account, outcome)


_IN_WORDS = {
    "VATNumber": "VAT number",
    "ChamberOfCommerce": "company number",
    "Name+Postcode": "name and postcode",
}


def _tell_double(
    key: str, one: RowRecord, other: RowRecord, order: Sequence[str], tell: Callable[..., None]
) -> None:
    """Say of the row `one` that it may be the company of `other`, which shares this key with it."""
    values = (
        (name, key_value(name, one.account), key_value(name, other.account)) for name in order
    )
    apart = next((name for name, here, there in values if here and there and here != there), "Code")
    tell(
        one.source,
        f"has the {_IN_WORDS[key]} of {_where(other.source, one.source)} but another "
        f"{_IN_WORDS.get(apart, apart)}; they may be the same company",
        field_name=key.partition("+")[0],
    )


def _told_apart(
    accounts: list[AccountRecord], match_account: Sequence[str], outcome: RowsRead
) -> list[AccountRecord]:
    """Return the records that the next run will know again; the others are refused."""
    named = Counter(key_value("Name", account.fields) for account in accounts)
    for account in accounts:
        keys = account_keys(match_account, account.person)
        if any(key_value(key, account.fields) for key in keys):
            continue
        if not account.person:
            message = (
                f"has none of {', '.join(match_account)}, by which a later run would know it again"
            )
        elif named[key_value("Name", account.fields)] > 1:
            message = (
                "names a person whose name other rows have as well, and nothing tells them apart; "
                "add an e-mail address, a postcode or a code"
            )
        else:
            continue
        for source in account.lines:
            outcome.reject(source, message)
    return [account for account in accounts if account.lines[0] not in outcome.rejected]


def key_order(match_account: Sequence[str]) -> list[str]:
    """Return the keys of companies and persons together, in the order in which they count."""
    order = list(match_account)
    for key in PERSON_KEYS:
        if key not in order:
            names = [place for place, known in enumerate(order) if "Name" in known.split("+")]
            order.insert(names[0] if names else len(order), key)
    return order


def _account(rows: list[RowRecord], outcome: RowsRead) -> AccountRecord | None:
    if len(rows) > 1 and _contradict(rows, outcome):
        return None
    contacts = _contacts(rows, outcome)
    details = _details(rows, outcome)
    rows = [row for row in rows if row.source not in outcome.rejected]
    if not rows:
        return None
    merged: Values = {}
    for row in rows:
        for name, value in row.account.items():
            if merged.get(name) is None:
                merged[name] = value
    person = all(row.person for row in rows)
    contacts = [one for one in contacts if not outcome.rejected.keys() >= set(one.lines)]
    return AccountRecord(merged, [row.source for row in rows], contacts, person, details)


def _contradict(rows: list[RowRecord], outcome: RowsRead) -> bool:
    first: dict[str, RowRecord] = {}
    clashes: list[tuple[str, RowRecord, RowRecord]] = []
    known = catalogue("account")
    for row in rows:
        for name, value in row.account.items():
            if value is None:
                continue
            other = first.setdefault(name, row)
            if other is not row and not _agree(known[name], other.account[name], value):
                clashes.append((name, other, row))
    for row in rows if clashes else ():
        name, one, other = next((clash for clash in clashes if row in clash[1:]), clashes[0])
        outcome.reject(
            row.source,
            f"{name} is {_shown(one, name)} on {_where(one.source, row.source)} but "
            f"{_shown(other, name)} on {_where(other.source, row.source)} for the same company; "
            "make them agree",
            field_name=name,
        )
    return bool(clashes)


def _shown(row: RowRecord, name: str) -> str:
    return repr(str(row.account[name])[:40])


def _where(source: Source, seen_from: Source) -> str:
    if source[0] == seen_from[0]:
        return f"line {source[1]}"
    return f"line {source[1]} of {source[0]}"


def _agree(column: Field, one: object, other: object) -> bool:
    return column.same(one, other) or fold(column.name, one) == fold(column.name, other)


def _contacts(rows: list[RowRecord], outcome: RowsRead) -> list[ContactRecord]:
    people: list[ContactRecord] = []
    by_name: dict[tuple[str, str], list[ContactRecord]] = {}
    disagreeing: list[tuple[ContactRecord, str]] = []
    known = catalogue("contact")
    for row in rows:
        if row.contact is None:
            continue
        name = (_text(row.contact, "FirstName"), _text(row.contact, "LastName"))
        namesakes = by_name.setdefault(name, [])
        same = next((one for one in namesakes if _same_person(one.fields, row.contact)), None)
        if same is None:
            same = ContactRecord({}, [], False)
            people.append(same)
            namesakes.append(same)
        same.lines.append(row.source)
        same.main = same.main or row.main
        for field_name, value in row.contact.items():
            held = same.fields.get(field_name)
            if held is None:
                same.fields[field_name] = value
            elif value is not None and not _agree(known[field_name], held, value):
                disagreeing.append((same, field_name))
    for person, field_name in disagreeing:
        lines = " and ".join(str(line) for _, line in person.lines)
        for source in person.lines:
            outcome.reject(
                source,
                f"lines {lines} name the same person but disagree about {field_name}; "
                "make them agree",
                field_name=field_name,
            )
    return [
        person for person in people if all(line not in outcome.rejected for line in person.lines)
    ]


def _details(rows: list[RowRecord], outcome: RowsRead) -> list[DetailRecord]:
    """Return the bank accounts and addresses that `rows` give their account, each once."""
    found: dict[tuple[Section, str], DetailRecord] = {}
    clashing: set[tuple[Section, str]] = set()
    for row in rows:
        for detail in row.details:
            place = (detail.section, detail.key)
            held = found.setdefault(place, detail)
            if held is detail:
                continue
            held.lines.extend(detail.lines)
            for name, value in detail.fields.items():
                if held.fields.get(name) in (None, ""):
                    held.fields[name] = value
                elif value is not None and fold(name, held.fields[name]) != fold(name, value):
                    clashing.add(place)
    for place in clashing:
        detail = found.pop(place)
        lines = " and ".join(str(line) for _, line in detail.lines)
        for source in detail.lines:
            outcome.reject(
                source,
                f"lines {lines} give the same company different values in its {detail.section}; "
                "make them agree",
            )
    return list(found.values())


def _text(values: Values, name: str) -> str:
    return fold(name, values.get(name) or "")


def _same_person(one: Values, other: Values) -> bool:
    """Tell whether two of one name are one: nothing that tells people apart differs."""
    told = [(_text(one, name), _text(other, name)) for name in ("ID", "Email")]
    return all(not first or not second or first == second for first, second in told)
