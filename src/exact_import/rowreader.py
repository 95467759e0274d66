"""Rows to records: mapped, converted and checked, with all problems of a row.

This runs once for every cell of a file, so it asks for each field's template and conversion once
per file, and remembers what the cells that come again mean.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from exact_import import wording
from exact_import.csvfile.sections import KIND_OF, Section
from exact_import.fields import catalogue
from exact_import.normalise import Converted, by_country
from exact_import.problems import Severity
from exact_import.records import BY_NAME, DetailRecord, RowRecord, RowsRead, Source, Value, Values

if TYPE_CHECKING:
    from exact_import.csvfile.mapping import Mapping as ColumnMapping
    from exact_import.csvfile.reader import Row, Table
    from exact_import.normalise import Conversion, Converter
    from exact_import.rewritten import Rewritten

# What a row without a person may still say about how to reach the company.
_REACH = {
    "Email": "Email",
    "BusinessEmail": "Email",
    "Phone": "Phone",
    "BusinessPhone": "Phone",
    "Mobile": "Phone",
    "BusinessMobile": "Phone",
}
_DETAIL_SECTIONS: tuple[Section, ...] = (
    "bank account",
    "delivery address",
    "postal address",
    "invoice address",
)
_NAMES = ("FirstName", "MiddleName", "LastName")
_REMEMBERED = 2048  # distinct cells per field

Fill = Callable[[tuple[str, ...]], str]


class _Column(NamedTuple):
    """How a field gets its value from a row.

    `known` remembers what texts mean; `room` is how many it may hold, 0 for a field whose texts
    mean something else in another country.
    """

    name: str
    fill: Fill
    known: dict[str, Value]
    room: int
    convert: Conversion
    constant: bool


class RowReader:
    """Turns the rows of one table into `RowRecord`s."""

    def __init__(
        self,
        table: Table,
        mapping: ColumnMapping,
        converter: Converter,
        blank: str,
        rewritten: Rewritten | None = None,
    ) -> None:
        self._table = table
        self._mapping = mapping
        self._converter = converter
        self._clear = blank == "clear"
        self._rewritten = rewritten
        self._misnamed: Source | None = None  # the last row whose company name was refused
        self._account = self._columns("account")
        self._contact = self._columns("contact")
        self._details = [
            (section, self._columns(section))
            for section in _DETAIL_SECTIONS
            if mapping.templates.get(section)
        ]
        self._country = next((one.fill for one in self._account if one.name == "Country"), None)
        self._main: Fill | None = None
        main = mapping.templates.get("account", {}).get("MainContact")
        if main is not None and not main.constant:
            self._main = main.fill
        self._account_has = frozenset(mapping.templates.get("account", {}))

    def _columns(self, section: Section) -> list[_Column]:
        known = catalogue(KIND_OF[section])
        return [
            _Column(
                name,
                template.fill,
                {},
                0 if by_country(known[name]) else _REMEMBERED,
                _as_it_is if name in BY_NAME else self._converter.of(known[name]),
                template.constant,
            )
            for name, template in self._mapping.templates.get(section, {}).items()
            if not (section == "account" and name == "MainContact")
        ]

    def records(self, rows: Iterable[Row], outcome: RowsRead) -> Iterator[RowRecord]:
        """Yield a record for each of `rows` that can be sent; the others are noted in `outcome`."""
        name = self._table.name
        for row in rows:
            outcome.read += 1
            source = (name, row.line)
            if row.problem:
                outcome.reject(source, row.problem)
                continue
            record = self._record(row.cells, source, outcome)
            if source not in outcome.rejected:
                yield record

    def reasons(self, row: Row) -> list[str]:
        """Return why a row must not be sent, as far as the row alone tells; [] if it may be."""
        outcome = RowsRead()
        for _ in self.records([row], outcome):
            pass
        return [problem.message for problem in outcome.problems if problem.severity == "error"]

    def _record(self, cells: tuple[str, ...], source: Source, outcome: RowsRead) -> RowRecord:
        country = ""
        if self._country is not None:
            country = self._converter.country(self._country(cells)) or ""
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

    def _values(
        self,
        section: Section,
        columns: Iterable[_Column],
        cells: tuple[str, ...],
        country: str,
        source: Source,
        outcome: RowsRead,
    ) -> Values:
        values: Values = {}
        for name, fill, known, room, convert, constant in columns:
            text = fill(cells)
            if not text:
                if self._clear and not constant:
                    values[name] = None
                continue
            value = known.get(text)
            if value is not None:
                values[name] = value
                continue
            value, problems, note, also = convert(text, country)
            if problems:
                self._note(section, name, problems, source, outcome)
            if note and self._rewritten is not None:
                column = functools.partial(self._mapping.column_of, section, name)
                self._rewritten.add(source, section, name, note, column)
            if value is not None:
                values[name] = value
                if not problems and not note and not also and len(known) < room:
                    known[text] = value
            for other, implied in also.items() if also else ():
                values.setdefault(other, implied)
        return values

    def _note(
        self,
        section: Section,
        name: str,
        problems: Iterable[tuple[Severity, str]],
        source: Source,
        outcome: RowsRead,
    ) -> None:
        header = self._mapping.column_of(section, name)
        for severity, message in problems:
            if severity == "error":
                outcome.reject(source, message, header, name)
                if name == "Name":
                    self._misnamed = source
            else:
                outcome.warn(source, message, header, name)

    def _detail(
        self,
        section: Section,
        columns: Iterable[_Column],
        record: RowRecord,
        cells: tuple[str, ...],
        country: str,
        outcome: RowsRead,
    ) -> None:
        values = self._values(section, columns, cells, country, record.source, outcome)
        constants = {column.name for column in columns if column.constant}
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

    def _settle_person(self, record: RowRecord, outcome: RowsRead) -> None:
        contact, account = record.contact or {}, record.account
        named = bool(account.get("Name")) or self._names_account(account)
        if not contact.get("LastName") and not contact.get("FirstName"):
            self._without_person(record, contact, outcome)
        elif not named:
            record.person = named = True
            account["Name"] = " ".join(str(contact[name]) for name in _NAMES if contact.get(name))
            if not account.get("Email") and contact.get("Email"):
                account["Email"] = contact["Email"]
        if not named and self._misnamed != record.source:
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
        templates = self._mapping.templates.get("contact", {})
        stated = {
            name: value
            for name, value in contact.items()
            if value not in (None, "") and not templates[name].constant
        }
        if stated and not self._mapping.explicit("contact"):
            for name in [
                name for name in stated if _REACH.get(name) not in (None, *self._account_has)
            ]:
                record.account.setdefault(_REACH[name], stated[name])
            stated = {name: value for name, value in stated.items() if name not in _REACH}
            if "Notes" in stated and "Remarks" not in self._account_has:
                record.account["Remarks"] = stated.pop("Notes")
            if stated and (record.account.get("Name") or self._names_account(record.account)):
                columns = [self._mapping.column_of("contact", name) for name in stated]
                outcome.warn(
                    record.source,
                    "names nobody, so what it says of a person is left out: "
                    f"{', '.join(dict.fromkeys(columns))}",
                    columns[0],
                    next(iter(stated)),
                )
            stated = {}
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
            self._note("account", "MainContact", converted.problems, record.source, outcome)
            if converted.value is not None:
                record.account["MainContact"] = converted.value
        elif asked and record.contact is not None:
            record.main = True


def _as_it_is(text: str, _country: str = "") -> Converted:
    return Converted(text)
