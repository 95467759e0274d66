"""What a block of rows says: each distinct text of a column is judged once, the sure ones together.

Columns first, field by field; then what only a row as a whole can tell: whom it names.
"""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from exact_import.errors import Severity
from exact_import.fields import PERSON_NAMES, Section, catalogue
from exact_import.records.blocks import CLEARED, Block, Columns, Value, stated
from exact_import.records.models import DetailRecord, RowsRead
from exact_import.records.scheme import DETAILS, FieldColumn, RowScheme
from exact_import.values import vocabulary

if TYPE_CHECKING:
    from exact_import.tables.batches import Batch
    from exact_import.values.convert import Converted

# What a row without a person may still say about the company.
_REACH = {
    "Email": "Email",
    "BusinessEmail": "Email",
    "Phone": "Phone",
    "BusinessPhone": "Phone",
    "Mobile": "Phone",
    "BusinessMobile": "Phone",
    "Notes": "Remarks",
}


def read_block(scheme: RowScheme, file: str, batch: Batch, outcome: RowsRead) -> Block:
    """Return what the whole rows say; what is wrong with them is noted in `outcome`."""
    block = Block(file, batch.lines, scheme.fields)
    if batch.cells:
        reading = _BlockReader(scheme, block, batch.cells, outcome)
        block.account = reading.values("account")
        block.contact = reading.values("contact")
        for section in DETAILS:
            if scheme.columns[section]:
                reading.settle_details(section, reading.values(section))
        reading.settle_people()
        reading.settle_main()
    return block


class _BlockReader:
    """Reads the rows `cells` into `block`."""

    def __init__(
        self, scheme: RowScheme, block: Block, cells: Sequence[Sequence[str]], outcome: RowsRead
    ) -> None:
        self._scheme = scheme
        self._block = block
        self._cells = cells
        self._across = list(zip(*cells, strict=True))
        self._outcome = outcome
        self._misnamed: set[int] = set()  # rows whose company name was refused
        self._implied: list[tuple[int, str, Value]] = []
        self._countries = [""] * len(cells)
        if scheme.country is not None:
            texts = self._texts(scheme.country)
            known = {text: scheme.converter.country(text) or "" for text in dict.fromkeys(texts)}
            self._countries = list(map(known.__getitem__, texts))

    # --- columns

    def values(self, section: Section) -> Columns:
        """Return the values of a section's fields, those among them that others imply."""
        found = {column.name: self._column(column) for column in self._scheme.columns[section]}
        for row, name, value in self._implied:
            self._give(found, row, name, value)
        self._implied.clear()
        return found

    def _give(self, columns: Columns, row: int, name: str, value: Value) -> None:
        held = columns.setdefault(name, [None] * len(self._cells))
        if held[row] is None:
            held[row] = value

    def _texts(self, column: FieldColumn) -> list[str]:
        cells = [list(map(str.strip, self._across[place])) for place in column.places]
        if column.pattern == "%s":
            return cells[0]
        if cells and not any("" in texts for texts in cells):
            texts = list(map(column.pattern.__mod__, zip(*cells, strict=True)))
            if "  " not in "\n".join(texts):
                return texts
        return list(map(column.fill, self._cells))

    def _column(self, column: FieldColumn) -> list[Value]:
        texts = self._texts(column)
        countries = dict.fromkeys(self._countries) if column.by_country else {"": None}
        if len(countries) == 1:
            return self._meant(column, texts, next(iter(countries)), range(len(texts)))
        values: list[Value] = [None] * len(texts)
        for country in countries:
            rows = [row for row, one in enumerate(self._countries) if one == country]
            meant = self._meant(column, [texts[row] for row in rows], country, rows)
            for row, value in zip(rows, meant, strict=True):
                values[row] = value
        return values

    def _meant(
        self, column: FieldColumn, texts: Sequence[str], country: str, rows: Sequence[int]
    ) -> list[Value]:
        """Return what the texts of a column mean that stand on `rows`, all of one country."""
        # Where texts come again and again it pays to judge each once; else the sorting out is lost.
        if column.repeats is None:
            column.repeats = len(set(texts)) * 3 < len(texts)
        distinct: Collection[str] = dict.fromkeys(texts).keys() if column.repeats else texts
        empty = "" in distinct
        if empty:
            distinct = [text for text in distinct if text]
        doubtful = column.doubtful(distinct, country) if distinct else ()
        meanings: dict[str, Value] = {}
        odd: dict[str, Converted] = {}
        for text in dict.fromkeys(doubtful):
            found = column.known.get(text) or column.learn(text, country)
            meanings[text] = found.value
            if found.problems or found.note or found.also:
                odd[text] = found
        if odd:
            self._note_odd(column, odd, texts, rows)
        if empty:
            cleared = self._scheme.clear and not column.constant
            meanings[""] = CLEARED if cleared else None
        # What nobody doubted means itself.
        return list(map(meanings.get, texts, texts)) if meanings else list(texts)

    def _note_odd(
        self,
        column: FieldColumn,
        odd: Mapping[str, Converted],
        texts: Sequence[str],
        rows: Sequence[int],
    ) -> None:
        """Note what was rewritten, refused or doubted, and what follows for other fields."""
        mapping, rewritten = self._scheme.mapping, self._scheme.rewritten
        section, name = column.section, column.name
        notes = {text: found.note for text, found in odd.items() if found.note}
        if notes and rewritten is not None:
            noted = list(map(notes.get, texts))
            counted = Counter(filter(None, noted))
            header = functools.partial(mapping.column_of, section, name)
            lines = self._block.lines
            rewritten.add(
                *(self._block.file, section, name, header, counted),
                lambda note: lines[rows[noted.index(note)]],
            )
        worse = {text for text, found in odd.items() if found.problems or found.also}
        for row, text in zip(rows, texts, strict=True) if worse else ():
            if text in worse:
                self._note(row, section, name, odd[text].problems)
                self._implied += ((row, other, value) for other, value in odd[text].also.items())

    def _note(
        self, row: int, section: Section, name: str, problems: Iterable[tuple[Severity, str]]
    ) -> None:
        header = self._scheme.mapping.column_of(section, name)
        for severity, message in problems:
            if severity == "error":
                self._refuse(row, message, header, name)
                if name == "Name":
                    self._misnamed.add(row)
            else:
                self._outcome.warn(self._block.source(row), message, header, name)

    def _refuse(self, row: int, message: str, header: str, name: str) -> None:
        self._block.refused.add(row)
        self._outcome.reject(self._block.source(row), message, header, name)

    # --- rows

    def settle_details(self, section: Section, columns: Columns) -> None:
        """Find the rows that give their account a bank account or a further address."""
        names = tuple(columns)
        constants = {name for name in names if self._scheme.constant(section, name)}
        for row, found in enumerate(zip(*columns.values(), strict=True)):
            values = stated(names, found)
            said = {name for name, value in values.items() if value is not None} - constants
            if section == "bank account" and not values.get("BankAccount"):
                # The holder is often the company, which rows without a bank account have too.
                if said - {"BankAccountHolderName", "Description", "Main", "Blocked"}:
                    self._refuse(
                        row,
                        "gives details of a bank account but no number; fill it in",
                        self._scheme.mapping.column_of(section, min(said)),
                        "BankAccount",
                    )
            elif said - {"Country"}:
                detail = DetailRecord(section, values, [self._block.source(row)])
                self._block.details.setdefault(row, []).append(detail)

    def settle_people(self) -> None:
        """Find out whom each row names: a company, a person, or both."""
        block = self._block
        nobody: list[Value] = [None] * len(self._cells)
        companies = block.account.get("Name", nobody)
        firsts = block.contact.get("FirstName", nobody)
        lasts = block.contact.get("LastName", nobody)
        block.people = [bool(one or other) for one, other in zip(firsts, lasts, strict=True)]
        if all(companies) and all(block.people):
            return
        named = self._named(companies)
        alone = [row for row, person in enumerate(block.people) if person > named[row]]
        if alone:
            self._stand_alone(alone)
        if all(block.people):
            return
        names = tuple(block.contact)
        contacts = zip(*block.contact.values(), strict=True) if names else [()] * len(self._cells)
        for row, contact in enumerate(contacts):
            if block.people[row]:
                continue
            self._without_person(row, names, contact, named=named[row])
            if not named[row] and row not in self._misnamed:
                where = self._scheme.mapping.column_of("account", "Name")
                message = "names neither a company nor a person; fill in a name"
                self._refuse(row, message, where, "Name")

    def _named(self, companies: Sequence[Value]) -> list[bool]:
        """Return for each row whether it says which account it is about."""
        named = list(map(bool, companies))
        # Without a column for the name, rows can still point at accounts that exist.
        if not self._scheme.has("account", "Name"):
            for values in map(self._block.account.get, ("ID", "Code")):
                if values is not None:
                    named = list(map(operator.or_, named, map(bool, values)))
        return named

    def _stand_alone(self, rows: Sequence[int]) -> None:
        """Give the account of each of `rows` the name and the address of its person."""
        block, none = self._block, [None] * len(self._cells)
        block.alone.update(rows)
        parts = [block.contact[name] for name in PERSON_NAMES if name in block.contact]
        said = zip(*parts, strict=True)
        if all(map(all, parts)):
            names = list(map(" ".join, cast("Iterable[tuple[str, ...]]", said)))
        else:
            names = [" ".join(map(str, filter(None, one))) for one in said]
        held = block.account.setdefault("Name", list(none))
        for row in rows:
            held[row] = names[row]
        emails = block.contact.get("Email", none)
        given = [row for row in rows if emails[row]]
        held = block.account.setdefault("Email", list(none)) if given else []
        for row in given:
            held[row] = held[row] or emails[row]

    def _without_person(
        self, row: int, names: tuple[str, ...], contact: tuple[Value, ...], *, named: bool
    ) -> None:
        if not any(contact):
            return
        scheme, mapping = self._scheme, self._scheme.mapping
        said = {
            name: value
            for name, value in stated(names, contact).items()
            if value not in (None, "") and not scheme.constant("contact", name)
        }
        if said and mapping.explicit("contact"):
            name = next(iter(said))
            message = "gives details of a contact but no first or last name; fill one in"
            self._refuse(row, message, mapping.column_of("contact", name), name)
            return
        for name, value in said.items():
            where = _REACH.get(name)
            if where is not None and not scheme.has("account", where):
                self._give(self._block.account, row, where, value)
        lost = [
            name
            for name in said
            if name not in _REACH or (name == "Notes" and scheme.has("account", "Remarks"))
        ]
        if lost and named:
            columns = [mapping.column_of("contact", name) for name in lost]
            self._outcome.warn(
                self._block.source(row),
                "names nobody, so what it says of a person is left out: "
                f"{', '.join(dict.fromkeys(columns))}",
                columns[0],
                lost[0],
            )

    def settle_main(self) -> None:
        """Find the rows that ask for their person as the main contact, or name one by its ID."""
        if self._scheme.main is None:
            return
        column = catalogue("account")["MainContact"]
        for row, text in enumerate(map(self._scheme.main, self._cells)):
            if not text:
                continue
            asked = vocabulary.boolean(text)
            if asked is None:
                converted = self._scheme.converter.convert(column, text, "")
                self._note(row, "account", "MainContact", converted.problems)
                if converted.value is not None:
                    known = self._block.account.setdefault("MainContact", [None] * len(self._cells))
                    known[row] = converted.value
            elif asked and self._block.people[row]:
                self._block.main.add(row)
