"""Reads the rows of a table in batches: columns first, then each row as a whole.

Each distinct text of a column is converted once, and plain texts are checked together: that takes a
tenth of the time. Records are made only from the rows that need them.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress
from typing import TYPE_CHECKING, cast

from exact_import.errors import Severity
from exact_import.fields import PERSON_NAMES, Section, catalogue
from exact_import.mapping.templates import fill_column
from exact_import.records.address_pieces import settle_pieces
from exact_import.records.models import CLEARED, Block, CellValue, Columns, RowsRead
from exact_import.records.people import PersonRows, genders_from_salutations, row_for_each_person
from exact_import.records.scheme import (
    DETAILS,
    FieldColumn,
    Scheme,
    add_details,
    convert_column,
    keep_apart,
    odd_numbers,
    rows_of_countries,
)
from exact_import.text import joined, quote
from exact_import.values import vocabulary

if TYPE_CHECKING:
    from exact_import.tables.rows import Batch
    from exact_import.values.convert import Converted

# Fields of a row without a person that the company can take.
_REACH = {
    "Email": "Email",
    "BusinessEmail": "Email",
    "Phone": "Phone",
    "BusinessPhone": "Phone",
    "Mobile": "Phone",
    "BusinessMobile": "Phone",
    "Notes": "Remarks",
}
_Values = dict[str, Sequence[CellValue]]


def read_batch(scheme: Scheme, file: str, batch: Batch, outcome: RowsRead) -> Block:
    """Return the values of the valid rows of a batch; problems are noted in `outcome`."""
    outcome.read += len(batch)
    for row in batch.broken:
        outcome.reject((file, row.line), row.problem)
    lines, columns = batch.lines, batch.columns
    people = row_for_each_person(scheme.mapping, columns, scheme.converter.home) if lines else None
    if people is not None:
        lines, columns = [lines[row] for row in people.rows], people.columns
    block = Block(file, lines)
    if lines:
        block.own = {kind: columns[i] for kind, i in scheme.mapping.own_numbers.items()}
        beside = people.beside if people is not None else {}
        reader = _BatchReader(scheme, block, columns, outcome)
        reader.read(beside)
        if people is not None:
            reader.note_people(people)
    return block


class _BatchReader:
    """Reads the rows whose cells are `columns` into `block`."""

    def __init__(
        self, scheme: Scheme, block: Block, columns: Sequence[Sequence[str]], outcome: RowsRead
    ) -> None:
        self._scheme = scheme
        self._block = block
        self._columns = columns
        self._outcome = outcome
        self._account: _Values = {}
        self._contact: _Values = {}
        self._misnamed: set[int] = set()  # rows whose company name was rejected
        self._implied: list[tuple[int, str, str, CellValue]] = []
        home = scheme.converter.home
        self._rows_of: dict[str, Sequence[int]] = {home: range(len(block.lines))}  # by country
        if scheme.country is not None:
            texts = fill_column(scheme.country.template, columns)
            self._rows_of = rows_of_countries(texts, scheme.converter.country, home)
        in_order = list(chain.from_iterable(self._rows_of.values()))
        self._places = sorted(range(len(in_order)), key=in_order.__getitem__)

    def read(self, beside: Mapping[int, Mapping[str, str]]) -> None:
        """Read the columns, and then what needs the whole row: whom it names.

        `beside` are, by row, the values of other fields that a cell holds with a person's name.
        """
        self._account = self._values("account")
        self._implied += (
            (row, "LastName", name, text)
            for row, found in beside.items()
            for name, text in found.items()
        )
        self._settle_salutations()
        self._contact = self._values("contact")
        for section in DETAILS:
            if self._scheme.columns[section]:
                self._settle_details(section, self._values(section))
        self._settle_own_numbers()
        self._settle_people()
        self._settle_main()
        # The garbage collector skips tuples of texts.
        self._block.account = {name: tuple(column) for name, column in self._account.items()}
        self._block.contact = {name: tuple(column) for name, column in self._contact.items()}

    def note_people(self, people: PersonRows) -> None:
        """Reject rows that may name several people, and note to whom details were given."""
        name = "LastName"
        header = self._scheme.mapping.column_of("contact", name)
        for row, text in people.open.items():
            message = f"{quote(text)} may name several people; give each person a row"
            self._refuse(row, message, header, name)
        for row, message in people.notes.items():
            self._warn(row, message, header, name)

    def _values(self, section: Section) -> _Values:
        """Return the values of a section's fields, including implied ones."""
        found = {column.name: self._column(column) for column in self._scheme.columns[section]}
        for row, origin, name, value in self._implied:
            # A section that the INI writes has its own fields, and no others.
            free = self._scheme.has(section, name) or not self._scheme.mapping.explicit(section)
            part = isinstance(value, str)
            if (not part or free) and (self._give(found, row, name, value) or not part):
                continue
            header = self._scheme.mapping.column_of(section, origin)
            why = "this row has its own value" if free else f"[{section}] does not map it"
            message = f"{quote(str(value))} was not used as {name}, because {why}"
            self._warn(row, message, header, origin)
        self._implied.clear()
        return found

    def _give(self, columns: _Values, row: int, name: str, value: CellValue) -> bool:
        """Give a field a value where it has none; return False if it has another."""
        held = columns.get(name)
        if held is not None and held[row] not in (None, CLEARED):
            return _same(held[row], value)
        self._changing(columns, name)[row] = value
        return True

    def _changing(self, columns: _Values, name: str) -> list[CellValue]:
        """Return the values of a field as a list that can be changed; creates it if need be."""
        held = columns.get(name)
        values = held if isinstance(held, list) else list(held or self._nothing())
        columns[name] = values
        return values

    def _nothing(self) -> list[CellValue]:
        return [None] * len(self._block.lines)

    def _column(self, column: FieldColumn) -> Sequence[CellValue]:
        texts = keep_apart(self._block, column, self._scheme.mapping, self._columns)
        if column.pieces:
            texts = self._settled_lines(column, texts)
        if not column.by_country or len(self._rows_of) == 1:
            country = next(iter(self._rows_of)) if column.by_country else ""
            values, odd = convert_column(column, texts, country)
            self._note_odd(column, odd, texts, range(len(texts)))
        else:
            found: list[CellValue] = []  # country by country
            for country, rows in self._rows_of.items():
                some = list(map(texts.__getitem__, rows))
                values, odd = convert_column(column, some, country)
                self._note_odd(column, odd, some, rows)
                found += values
            values = list(map(found.__getitem__, self._places))
        if column.clears and "" in texts:
            return [CLEARED if text == "" else v for text, v in zip(texts, values, strict=True)]
        return values

    def _settled_lines(self, column: FieldColumn, texts: Sequence[str]) -> Sequence[str]:
        """Return street lines whose house numbers are checked by themselves."""
        header = self._scheme.mapping.header
        lines, problems = settle_pieces(column.template, column.pieces, header, self._columns)
        for row, place, check, message in problems:
            found = self._scheme.converter.problem(check, message)
            self._note(row, column.section, column.name, found, header[place].strip())
        return [lines.get(row, text) for row, text in enumerate(texts)] if lines else texts

    def _note_odd(
        self,
        column: FieldColumn,
        odd: Mapping[str, Converted],
        texts: Sequence[str],
        rows: Sequence[int],
    ) -> None:
        """Note rewritten, rejected or doubtful values, and set the fields that they imply."""
        section, name, lines = column.section, column.name, self._block.lines
        notes = {text: found.note for text, found in odd.items() if found.note}
        if notes and not column.template.constant:  # which no cell of the file has
            counts = Counter(filter(notes.__contains__, texts))
            self._scheme.rewritten.add(
                *(self._block.file, section, name),
                functools.partial(self._scheme.mapping.column_of, section, name),
                ((notes[text], count) for text, count in counts.items()),
                lambda note: lines[rows[list(map(notes.get, texts)).index(note)]],
            )
        worse = {text for text, found in odd.items() if found.problems or found.also}
        those = compress(zip(rows, texts, strict=True), map(worse.__contains__, texts))
        for row, text in those if worse else ():
            self._note(row, section, name, odd[text].problems)
            also = odd[text].also
            self._implied += ((row, name, other, value) for other, value in also.items())

    def _note(
        self,
        row: int,
        section: Section,
        name: str,
        problems: Iterable[tuple[Severity, str]],
        header: str = "",
    ) -> None:
        header = header or self._scheme.mapping.column_of(section, name)
        for severity, message in problems:
            if severity == "error":
                self._refuse(row, message, header, name)
                if name == "Name":
                    self._misnamed.add(row)
            else:
                self._warn(row, message, header, name)

    def _refuse(self, row: int, message: str, header: str, name: str) -> None:
        self._block.refused.add(row)
        self._outcome.reject(self._block.source(row), message, header, name)

    def _warn(self, row: int, message: str, header: str, name: str) -> None:
        self._outcome.warn(self._block.source(row), message, header, name)

    def _settle_salutations(self) -> None:
        """Give people the gender of the form of address before their name."""
        genders, notes = genders_from_salutations(self._scheme.mapping, self._columns)
        self._implied += ((row, "LastName", "Gender", letter) for row, letter in genders.items())
        header = self._scheme.mapping.column_of("contact", "LastName") if notes else ""
        for row, message in notes.items():
            self._warn(row, message, header, "LastName")

    def _settle_own_numbers(self) -> None:
        """Reject rows whose number is a mark such as "idem", and warn of placeholders."""
        for row, header, message, refused in odd_numbers(self._block, self._scheme.mapping):
            (self._refuse if refused else self._warn)(row, message, header, "")

    def _settle_details(self, section: Section, columns: Columns) -> None:
        """Find the rows that give their account a bank account or a further address."""
        for row, name in add_details(self._scheme, self._block, section, columns):
            message = "details of a bank account without its number; fill in the number"
            self._refuse(row, message, self._scheme.mapping.column_of(section, name), "BankAccount")

    def _settle_people(self) -> None:
        """Find out whom each row names: a company, a person, or both."""
        block, nobody = self._block, self._nothing()
        companies = self._account.get("Name", nobody)
        firsts, lasts = (self._contact.get(name, nobody) for name in ("FirstName", "LastName"))
        numbers = [self._account.get(name, nobody) for name in ("VATNumber", "ChamberOfCommerce")]
        block.people = (
            [True] * len(lasts)
            if all(lasts)
            else [bool(first or last) for first, last in zip(firsts, lasts, strict=True)]
        )
        if all(companies) and all(block.people):
            return
        named = self._named(companies)
        alone = [row for row, person in enumerate(block.people) if person > named[row]]
        if alone:
            self._warn_below_company(alone, companies)
            self._stand_alone(alone)
        for row in (row for row, person in enumerate(block.people) if not person):
            # A strong number finds its account without a name.
            is_known = named[row] or any(column[row] for column in numbers)
            self._without_person(row, named=is_known)
            if not is_known and row not in self._misnamed:
                where = self._scheme.mapping.column_of("account", "Name")
                message = "no company name and no person name in this row; fill one in"
                self._refuse(row, message, where, "Name")

    def _named(self, companies: Sequence[CellValue]) -> list[bool]:
        """Return for each row whether it says which account it is about."""
        # Without a column for the name, rows can still refer to existing accounts.
        keys = () if self._scheme.has("account", "Name") else ("ID", "Code")
        columns = [companies, *(self._account[key] for key in keys if key in self._account)]
        columns += [self._block.own["account"]] if keys and "account" in self._block.own else []
        return list(map(any, zip(*columns, strict=True)))

    def _warn_below_company(self, rows: Sequence[int], companies: Sequence[CellValue]) -> None:
        """Warn of people without a company, right below one, whose rows have nothing else.

        Lists that name a company once, with its people below it, look like that.
        """
        scheme = self._scheme
        columns = [
            column
            for name, column in self._account.items()
            if name not in ("Name", "Email") and not scheme.constant("account", name)
        ]
        columns += [own] if (own := self._block.own.get("account")) else []
        above: dict[int, int] = {}
        for row in rows:
            if row and not any(column[row] for column in columns):
                above[row] = above.get(row - 1, row - 1)
        for row, company in above.items():
            if companies[company] and any(column[company] for column in columns):
                line = self._block.lines[company]
                self._warn(
                    row,
                    "no company in this row, so the person becomes an account of their own; if "
                    f"they belong to {quote(str(companies[company]))} on line {line}, fill in the "
                    "company",
                    scheme.mapping.column_of("account", "Name"),
                    "Name",
                )

    def _stand_alone(self, rows: Sequence[int]) -> None:
        """Give the account of each of `rows` the name and the address of its person."""
        block = self._block
        block.alone.update(rows)
        first = "FirstName" if "FirstName" in self._contact else "Initials"
        parts = [self._contact[n] for n in (first, *PERSON_NAMES[1:]) if n in self._contact]
        found = zip(*parts, strict=True)
        if all(map(all, parts)):
            names = list(map(" ".join, cast("Iterable[tuple[str, ...]]", found)))
        else:
            names = [" ".join(map(str, filter(None, one))) for one in found]
        held = self._changing(self._account, "Name")
        for row in rows:
            held[row] = names[row]
        emails = self._contact.get("Email", self._nothing())
        given = [row for row in rows if emails[row]]
        held = self._changing(self._account, "Email") if given else []
        for row in given:
            held[row] = held[row] or emails[row]

    def _without_person(self, row: int, *, named: bool) -> None:
        """Move a row's values of a person to its company, if it has room."""
        scheme, mapping = self._scheme, self._scheme.mapping
        contact = {name: column[row] for name, column in self._contact.items()}
        if not any(contact.values()):
            return
        given = {
            name: value
            for name, value in contact.items()
            if value not in (None, "", CLEARED) and not scheme.constant("contact", name)
        }
        if given and mapping.explicit("contact"):
            name = next(iter(given))
            message = "details of a contact without a first or last name; fill one in"
            self._refuse(row, message, mapping.column_of("contact", name), name)
            return
        lost = [
            name
            for name, value in given.items()
            if name not in _REACH or not self._give(self._account, row, _REACH[name], value)
        ]
        if lost and named:
            # A value that a cell implies has no column.
            columns = list(
                dict.fromkeys(mapping.column_of("contact", n) or str(given[n]) for n in lost)
            )
            self._warn(
                row,
                f"no contact person in this row; {joined(map(quote, columns))} "
                f"{'was' if len(columns) == 1 else 'were'} ignored",
                columns[0],
                lost[0],
            )

    def _settle_main(self) -> None:
        """Find the rows that ask for their person as the main contact, or name one by its ID."""
        if self._scheme.main is None:
            return
        column = catalogue("account")["MainContact"]
        for row, text in enumerate(map(self._scheme.main, zip(*self._columns, strict=True))):
            if not text:
                continue
            asked = vocabulary.boolean(text)
            if asked is None:
                converted = self._scheme.converter.convert(column, text, "")
                self._note(row, "account", "MainContact", converted.problems)
                if converted.value is not None:
                    known = self._changing(self._account, "MainContact")
                    known[row] = converted.value
            elif asked and self._block.people[row]:
                self._block.main.add(row)


def _same(one: CellValue, other: CellValue) -> bool:
    """Return True for two values that differ only in case and punctuation."""
    marks = ("".join(filter(str.isalnum, str(value))).casefold() for value in (one, other))
    return len({*marks}) == 1
