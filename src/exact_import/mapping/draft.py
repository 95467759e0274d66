"""A draft mapping: how an import uses each column, corrected column by column.

It starts from the current mapping, by the INI if it fits the file or by the headers, and ends as
sections for the INI.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exact_import.data.header_words import exact_field, read_header
from exact_import.errors import ConfigError, UsageError
from exact_import.fields import (
    KIND_OF,
    PERSON_NAMES,
    SECTIONS,
    Field,
    Section,
    catalogue,
    find_field,
)
from exact_import.mapping.assignment import ColumnUse
from exact_import.mapping.column_mapping import OWN_FIELDS, ColumnMapping, make_mapping
from exact_import.mapping.columns import Slot
from exact_import.mapping.composites import composite_fields, composites
from exact_import.mapping.infer import recognise
from exact_import.mapping.samples import HALF, NO_SAMPLES, Content, Samples
from exact_import.mapping.templates import Header, make_template
from exact_import.mapping.unused import UnusedColumn, lettered_number, own_number_notes
from exact_import.text import suggest

Texts = Mapping[Section, Mapping[str, str]]

# Headers such as "contact.Email" are recognised regardless of the other columns.
_DOTTED: tuple[Section, ...] = ("account", "contact", "bank account")


# What the cells of a column are, in its reasons.
_CALLED: Mapping[Content, str] = {
    "email": "e-mail addresses",
    "website": "web addresses",
    "profile": "personal pages",
    "vat": "VAT numbers",
    "enterprise": "enterprise numbers",
    "iban": "IBANs",
    "peppol": "Peppol participants",
    "phone": "telephone numbers",
    "postcode": "postcodes",
    "place": "postcodes with cities",
    "address": "addresses",
    "street": "streets with a number",
    "country": "countries",
    "date": "dates",
    "number": "numbers",
    "yes or no": "yes or no",
    "role": "customer, supplier and the like",
    "sort": "company or person",
    "salutation": "forms of address",
    "degree": "academic titles",
    "company": "names with a legal form",
    "first name": "first names",
    "person": "names of people",
}


@dataclass(slots=True)
class MappingDraft:
    """The mapping of the file called `file`, with this `header`.

    `written` are the sections of the INI, option to template; `choices` has the decision for a
    column by its position: a section and a field, or None for no use. `problem` says why the INI
    does not fit the file; it is then ignored. `samples` are samples of the columns.
    """

    file: str
    header: Sequence[str]
    written: Texts = field(default_factory=dict)
    choices: dict[int, tuple[Section, str] | None] = field(default_factory=dict)
    problem: str = ""
    samples: Samples = NO_SAMPLES
    _there: tuple[Section, ...] = ()
    _spelled: Header = field(init=False)

    def __post_init__(self) -> None:
        self._spelled = Header(self.header)
        self._there = tuple(self.written)
        if self.written:
            try:
                make_mapping(self.header, self.written, self.file, samples=self.samples)
            except ConfigError as error:
                self.problem, self.written = error.message, {}

    def check(self) -> None:
        """Raise ConfigError if an import could not use this mapping."""
        make_mapping(self.header, self.texts(), self.file, samples=self.samples)

    def texts(self) -> dict[Section, dict[str, str]]:
        """Return the templates by section and field.

        Account and contact are always included, and so are the INI's own sections: a section
        without templates fills nothing.
        """
        texts: dict[Section, dict[str, str]] = {"account": {}, "contact": {}}
        for section, options in self.written.items():
            texts[section] = {
                _name_of(section, option): text.strip()
                for option, text in options.items()
                if text.strip() and self.choices.keys().isdisjoint(self._columns(text))
            }
        dotted = [self._spelled_out(index) for index in range(len(self.header))]
        used = self._written_columns() - self.choices.keys()
        found = recognise(dotted, used, self._absent(), self.samples, self._spelled)
        texts.update((section, {**named}) for section, named in found.templates.items())
        for choice in dict.fromkeys(filter(None, self.choices.values())):
            indexes = [index for index, made in self.choices.items() if made == choice]
            section, name = choice
            now = texts.setdefault(section, {}).get(name)
            if now is None or not {*indexes} <= {*self._columns(now)}:
                texts[section][name] = self._spelled.alternatives(indexes)
        person = texts["contact"]
        if "FullName" in person and not person.keys().isdisjoint(PERSON_NAMES):
            whole = ("contact", "FullName") in self.choices.values()
            for name in PERSON_NAMES if whole else ("FullName",):
                person.pop(name, None)
        return {s: texts.get(s, {}) for s in SECTIONS if s in texts or s in self._there}

    def unused(self) -> tuple[UnusedColumn, ...]:
        """Return the columns with data of a contact that an import would not use.

        There are none for a file that cannot be imported (see `check`).
        """
        mapping = self._mapping()
        return () if mapping is None else mapping.unused

    def own_numbers(self) -> Collection[int]:
        """Return the columns with the source's own numbers, which Exact Online never gets."""
        mapping = self._mapping()
        if mapping is None:
            return ()
        code = mapping.templates.get("account", {}).get("Code")
        sent = code is None or code.constant or not lettered_number(code, self.samples)
        return {*mapping.own_numbers.values(), *(() if sent or code is None else code.columns)}

    def told_apart(self) -> Mapping[int, str]:
        """Return the use of columns that an import reads by row without a template, by position."""
        mapping = self._mapping()
        if mapping is None or self.choices:
            return {}
        made = {i: f"{c.section}.{c.field}" for i, c in enumerate(mapping.choices) if c.section}
        others = (index for person in mapping.further_people for index in person.values())
        return made | dict.fromkeys(others, "another contact")

    def _mapping(self) -> ColumnMapping | None:
        sections = self.texts() if self.choices else self.written
        try:
            return make_mapping(self.header, sections, self.file, samples=self.samples)
        except (ConfigError, UsageError):
            return None

    def split(self) -> dict[str, Sequence[str]]:
        """Return the fields that one column fills together, by "section.name" of that column."""
        texts = self.texts()
        return {
            f"{section}.{one.name}": one.fields
            for section, options in texts.items()
            for one in composites(section)
            if one.name in options
        }

    def why(self) -> list[list[str]]:
        """Return the reasons for the use of each column."""
        named = self._written_columns()
        found = recognise(self.header, named, self._absent(), self.samples)
        why = []
        for index, uses in enumerate(self.uses()):
            slots = [(section, known.name) for section, known in uses]
            if index in self.choices or index in named:
                origin = "you said so" if index in self.choices else "the configuration says so"
                why.append([origin])
            else:
                could = found.uses.get(index, ())
                why.append([*_reasons(self.header[index], index, self.samples, could, slots)])
        return why

    def notes(self) -> tuple[str, ...]:
        """Return notes on ambiguous decisions by header."""
        mapping = self._mapping()
        if mapping is None:
            return recognise(self.header, (), self._absent(), self.samples).notes
        numbers = own_number_notes(self.header, mapping.templates, self.samples, every=True)
        return tuple(dict.fromkeys((*mapping.notes, *numbers)))

    def uses(self) -> list[list[tuple[Section, Field]]]:
        """Return for each column the fields that it goes to."""
        uses: list[list[tuple[Section, Field]]] = [[] for _ in self.header]
        for section, options in self.texts().items():
            for name, text in options.items():
                if found := field_of(section, name):
                    for index in self._columns(text):
                        uses[index].append((section, found))
        return uses

    def remaining(self, section: Section) -> list[Field]:
        """Return the fields of a section that no column goes to and that an import could fill."""
        filled = {*self.texts().get(section, {})}
        for composite in composites(section):
            if composite.name in filled:
                filled.update(composite.fields)
        return [
            known
            for name, known in catalogue(KIND_OF[section]).items()
            if _fillable(known) and name not in filled
        ]

    def _columns(self, text: str) -> Sequence[int]:
        return make_template(text.strip(), self._spelled).columns

    def _written_columns(self) -> set[int]:
        """Return the columns that the sections of the INI use."""
        texts = (text for options in self.written.values() for text in options.values())
        return {index for text in texts for index in self._columns(text)}

    def _absent(self) -> list[Section]:
        return [section for section in SECTIONS if section not in self.written]

    def _spelled_out(self, index: int) -> str:
        """Return the header that makes recognition use a column as chosen."""
        if index not in self.choices:
            return self.header[index]
        choice = self.choices[index]
        if choice is None or choice[0] not in _DOTTED:
            return ""
        return ".".join(choice)


def _reasons(
    header: str, index: int, samples: Samples, uses: Sequence[ColumnUse], slots: Sequence[Slot]
) -> Iterator[str]:
    """Yield the reasons for the use of the column at `index`: words, cells, other columns.

    `uses` are its possible uses, the best first, and `slots` the fields that it goes to.
    """
    yield _of_header(header)
    yield from _of_cells(index, samples)
    for kept, verb in ((True, "is used as"), (False, "could also be")):
        for one in [one for one in uses if (one.slot in slots) == kept][:1]:
            yield f"{verb} {'.'.join(one.slot)}, because {one.reason}"


def _of_header(header: str) -> str:
    reading = read_header(header)
    if exact_field(header):
        return "the header is a field of Exact Online"
    if reading is None:
        return "the header has no known word"
    word = f' "{reading.word}"' if reading.word else ""
    whose = ", ".join(sorted(reading.qualifiers))
    return f"the header has the word{word}" + (f" ({whose})" if whose else "")


def _of_cells(index: int, samples: Samples) -> Iterator[str]:
    cells = len(samples.cells(index))
    if not samples.known:
        return
    if not cells:
        yield "its cells are empty"
        return
    shares = {kind: samples.share(index, kind) for kind in _CALLED}
    found = sorted((kind for kind in shares if shares[kind] >= HALF), key=lambda k: -shares[k])
    for kind in found[:2]:
        yield f"{shares[kind]:.0%} of its cells are {_CALLED[kind]}"


def _name_of(section: Section, option: str) -> str:
    found = field_of(section, option.strip())
    return found.name if found else option


def field_of(section: Section, name: str) -> Field | None:
    """Return the field of a section by its name, whatever its case."""
    if composite := composite_fields(section).get(name.casefold()):
        return composite
    return find_field(KIND_OF[section], name)


def choice_of(text: str) -> tuple[Section, str]:
    """Return the section and field of a text such as "contact.Email" or "Postcode".

    Raises UsageError, with the nearest field, if there is none or it is ambiguous.
    """
    before, dot, name = text.strip().rpartition(".")
    sections = [s for s in SECTIONS if s == before.strip().casefold()] if dot else SECTIONS[:2]
    found = [(s, known) for s in sections if (known := field_of(s, name.strip()))]
    hits = [(section, known.name) for section, known in found if _fillable(known)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        names = " or ".join(".".join(hit) for hit in hits)
        raise UsageError(f"{text.strip()} can be the company's or the person's.", f"Write {names}.")
    if found:
        raise UsageError(f"Exact Online or the program fills {found[0][1].name} in itself.")
    raise UsageError(f"There is no field {text.strip()}.", suggest_field(text))


def _fillable(known: Field) -> bool:
    """Return True if a column may go to the field: not if the program fills it in itself."""
    return known.writable and known.name not in OWN_FIELDS


def suggest_field(text: str) -> str:
    """Return a sentence with the field whose name or usual header is nearest to `text`."""
    known: dict[str, str] = {}
    for section in SECTIONS[:3]:
        for name, found in catalogue(KIND_OF[section]).items():
            for word in (f"{section}.{name}", name, *found.aliases) if found.writable else ():
                known.setdefault(word, f"{section}.{name}")
    meant = known.get(suggest(text, known))
    return f"Did you mean {meant}?" if meant else "`exact-import fields` lists them."
