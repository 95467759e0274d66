"""Rows to account and contact values: mapped, converted and checked, with all problems of a row.

What rows mean together (one company on several rows) is found in `companies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import import wording
from exact_import.csvfile.sections import KIND_OF, Section
from exact_import.fields import Field, catalogue
from exact_import.keys import fold
from exact_import.problems import Problem

if TYPE_CHECKING:
    from exact_import.csvfile.mapping import Mapping as ColumnMapping
    from exact_import.csvfile.reader import Row, Table
    from exact_import.normalise import Converted, Converter

Value = str | int | float | bool
Values = dict[str, "Value | None"]
Source = tuple[str, int]

# What a row without a person may still say about how to reach the company.
_REACH = {
    "Email": "Email",
    "BusinessEmail": "Email",
    "Phone": "Phone",
    "BusinessPhone": "Phone",
    "Mobile": "Phone",
    "BusinessMobile": "Phone",
}
# References that a file gives by name: only the division's own lists tell what they are.
BY_NAME = frozenset({"AccountManager", *(f"Classification{number}" for number in range(1, 9))})
# The sections of further addresses, with Exact Online's numbers of their types.
ADDRESS_TYPES: Mapping[str, int] = {
    "postal address": 2,
    "invoice address": 3,
    "delivery address": 4,
}
DETAIL_SECTIONS: tuple[Section, ...] = (
    "bank account",
    "delivery address",
    "postal address",
    "invoice address",
)
_NAMES = ("FirstName", "MiddleName", "LastName")


@dataclass(slots=True)
class DetailRecord:
    """A bank account or a further address of an account, with the rows that gave it."""

    section: Section
    fields: Values
    lines: list[Source]

    @property
    def key(self) -> str:
        """What tells it from others of its account: a bank account's number, else the section."""
        if self.section == "bank account":
            return fold("BankAccount", self.fields["BankAccount"])
        return self.section


@dataclass(slots=True)
class RowRecord:
    """What one row says: about its account, and about the person it names (or None).

    `details` are its bank account and further addresses. `person` is True for a row that names
    only a person; its account then carries the person's name. `main` tells whether the row asks
    for its contact to be the account's main one.
    """

    source: Source
    account: Values
    contact: Values | None
    person: bool = False
    main: bool = False
    details: list[DetailRecord] = field(default_factory=list)


@dataclass(slots=True)
class RowsRead:
    """What reading the rows came to, filled while they are read."""

    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    rejected: dict[Source, list[str]] = field(default_factory=dict)

    def reject(self, source: Source, message: str, column: str = "", field_name: str = "") -> None:
        """Refuse the row at `source`, saying why."""
        self.rejected.setdefault(source, []).append(message)
        self.problems.append(Problem(*source, "error", message, column, field_name))

    def warn(self, source: Source, message: str, column: str = "", field_name: str = "") -> None:
        """Say something about the row at `source` that does not keep it from being sent."""
        self.problems.append(Problem(*source, "warning", message, column, field_name))


Fill = Callable[[tuple[str, ...]], str]


class RowReader:
    """Turns the rows of one table into `RowRecord`s."""

    def __init__(
        self, table: Table, mapping: ColumnMapping, converter: Converter, blank: str
    ) -> None:
        self._table = table
        self._mapping = mapping
        self._converter = converter
        self._clear = blank == "clear"
        self._account = self._columns("account")
        self._contact = self._columns("contact")
        self._details = [
            (section, self._columns(section))
            for section in DETAIL_SECTIONS
            if mapping.templates.get(section)
        ]
        self._main: Fill | None = None
        main = mapping.templates.get("account", {}).get("MainContact")
        if main is not None and not main.constant:
            self._main = main.fill
        self._account_has = frozenset(mapping.templates.get("account", {}))

    def _columns(self, section: Section) -> list[tuple[Field, Fill, bool]]:
        known = catalogue(KIND_OF[section])
        templates = self._mapping.templates.get(section, {})
        return [
            (known[name], template.fill, template.constant)
            for name, template in templates.items()
            if not (section == "account" and name == "MainContact")
        ]

    def records(self, outcome: RowsRead) -> Iterator[RowRecord]:
        """Yield a record for every row that can be sent; the others are noted in `outcome`."""
        for row in self._table.rows():
            outcome.read += 1
            source = (self._table.name, row.line)
            if row.problem:
                outcome.reject(source, row.problem)
                continue
            record = self._record(row, source, outcome)
            if source not in outcome.rejected:
                yield record

    def _record(self, row: Row, source: Source, outcome: RowsRead) -> RowRecord:
        cells = row.cells
        country = ""
        for column, fill, _ in self._account:
            if column.name == "Country":
                country = self._converter.country(fill(cells)) or ""
        account = self._values("account", self._account, cells, country, source, outcome)
        contact: Values | None = self._values(
            "contact", self._contact, cells, country, source, outcome
        )
        record = RowRecord(source, account, contact)
        for section, columns in self._details:
            self._detail(section, columns, record, cells, country, outcome)
        self._settle_person(record, outcome)
        if self._main is not None:
            self._settle_main(record, self._main(cells), outcome)
        return record

    def _detail(
        self,
        section: Section,
        columns: Iterable[tuple[Field, Fill, bool]],
        record: RowRecord,
        cells: tuple[str, ...],
        country: str,
        outcome: RowsRead,
    ) -> None:
        values = self._values(section, columns, cells, country, record.source, outcome)
        constants = {column.name for column, _, constant in columns if constant}
        stated = {name for name, value in values.items() if value is not None} - constants
        if section == "bank account" and not values.get("BankAccount"):
            # The holder is often the company, which rows without a bank account have too.
            if not stated - {"BankAccountHolderName", "Description", "Main", "Blocked"}:
                return
            outcome.reject(
                record.source,
                "gives details of a bank account but no number; fill it in",
                self._mapping.column_of(section, min(stated)),
                "BankAccount",
            )
        elif stated - {"Country"}:
            record.details.append(DetailRecord(section, values, [record.source]))

    def _values(
        self,
        section: Section,
        columns: Iterable[tuple[Field, Fill, bool]],
        cells: tuple[str, ...],
        country: str,
        source: Source,
        outcome: RowsRead,
    ) -> Values:
        values: Values = {}
        convert = self._converter.convert
        for column, fill, constant in columns:
            text = fill(cells)
            if not text:
                if self._clear and not constant:
                    values[column.name] = None
                continue
            if column.name in BY_NAME:
                values[column.name] = text
                continue
            converted = convert(column, text, country)
            if converted.problems:
                self._note(section, column.name, converted, source, outcome)
            if converted.value is not None:
                values[column.name] = converted.value
            for name, value in converted.also.items():
                values.setdefault(name, value)
        return values

    def _note(
        self, section: Section, name: str, converted: Converted, source: Source, outcome: RowsRead
    ) -> None:
        header = self._mapping.column_of(section, name)
        for severity, message in converted.problems:
            if severity == "error":
                outcome.reject(source, message, header, name)
            else:
                outcome.warn(source, message, header, name)

    def _settle_person(self, record: RowRecord, outcome: RowsRead) -> None:
        contact, account = record.contact or {}, record.account
        if not any(contact.get(name) for name in ("FirstName", "LastName")):
            self._without_person(record, contact, outcome)
        elif not account.get("Name") and not self._names_account(account):
            record.person = True
            account["Name"] = " ".join(str(contact[name]) for name in _NAMES if contact.get(name))
            if not account.get("Email") and contact.get("Email"):
                account["Email"] = contact["Email"]
        if not account.get("Name") and not self._names_account(account):
            where = self._mapping.column_of("account", "Name")
            outcome.reject(
                record.source,
                "names neither a company nor a person; fill in a name",
                where,
                "Name",
            )

    def _names_account(self, account: Mapping[str, object]) -> bool:
        # Without a column for the name, rows can still point at accounts that exist.
        return "Name" not in self._account_has and bool(account.get("ID") or account.get("Code"))

    def _without_person(self, record: RowRecord, contact: Values, outcome: RowsRead) -> None:
        record.contact = None
        stated = {name: value for name, value in contact.items() if value not in (None, "")}
        stated = {
            name: value
            for name, value in stated.items()
            if not self._mapping.templates["contact"][name].constant
        }
        if stated and not self._mapping.explicit("contact"):
            for name in [
                name for name in stated if _REACH.get(name) not in (None, *self._account_has)
            ]:
                record.account.setdefault(_REACH[name], stated[name])
            stated = {name: value for name, value in stated.items() if name not in _REACH}
        if stated:
            name = next(iter(stated))
            outcome.reject(
                record.source,
                "gives details of a contact but no first or last name; fill one in",
                self._mapping.column_of("contact", name),
                name,
            )

    def _settle_main(self, record: RowRecord, text: str, outcome: RowsRead) -> None:
        if not text:
            return
        column = catalogue("account")["MainContact"]
        asked = wording.boolean(text)
        if asked is None:
            converted = self._converter.convert(column, text, "")
            self._note("account", "MainContact", converted, record.source, outcome)
            if converted.value is not None:
                record.account["MainContact"] = converted.value
        elif asked and record.contact is not None:
            record.main = True
