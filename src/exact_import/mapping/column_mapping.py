"""Which column goes to which field: by the INI, or by the headers.

A mapping is made once for a file and then fills the fields of every row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exact_import.data.header_words import read_header
from exact_import.errors import ConfigError, UsageError
from exact_import.fields import (
    KIND_OF,
    PERSON_NAMES,
    SECTIONS,
    RecordKind,
    Section,
    catalogue,
    find_field,
)
from exact_import.mapping.composites import composite_fields, expand, settle_shared_name
from exact_import.mapping.infer import ColumnChoice, recognise, unused_columns
from exact_import.mapping.person_names import NameOrder, are_swapped, name_order
from exact_import.mapping.related_rows import (
    FurtherPerson,
    address_type,
    further_people,
    settle_addresses,
    settle_labels,
    settle_names,
)
from exact_import.mapping.samples import NO_SAMPLES, Samples
from exact_import.mapping.templates import (
    Cells,
    Header,
    MissingColumn,
    Template,
    TemplateError,
    make_template,
)
from exact_import.mapping.unused import (
    UnusedColumn,
    own_number_columns,
    own_number_notes,
    unused_data,
)
from exact_import.text import joined, quote, suggest

# Fields that the program fills in itself, so no column can be mapped to them.
OWN_FIELDS: Mapping[str, str] = {
    "Account": "map ID, Code or Name in [account] instead",
    "Type": "the section's name says which it is",
}
# One of these identifies the account of a row.
_ACCOUNT_KEYS = frozenset({"Name", "ID", "Code", "VATNumber", "ChamberOfCommerce"})


_LADY = re.compile(r"\s*(?:mme|madame|mlle|mademoiselle)\b", re.IGNORECASE)
_GENTLEMAN = re.compile(r"^\s*M\.?\s+(?=[^\W\d_a-zß-ÿ])")
_MOST_UNUSED = 50  # unused columns that are listed one by one


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The templates of one file, by section and field.

    `unrecognised` are the headers that no template uses and `notes` sentences about decisions by
    header; `choices` has the first use of each column. `whole_name` is the template of people's
    whole names, if there is one, and `unused` are the unrecognised columns with data of a contact.
    `own_numbers` are the positions of columns with the source's own numbers, `further_people` those
    of the columns of a row's other contacts.
    """

    header: tuple[str, ...]
    templates: Mapping[Section, Mapping[str, Template]]
    unrecognised: tuple[str, ...]
    notes: tuple[str, ...]
    choices: tuple[ColumnChoice, ...]
    written: frozenset[Section]
    whole_name: Template | None = None
    unused: tuple[UnusedColumn, ...] = ()
    own_numbers: Mapping[RecordKind, int] = field(default_factory=dict)
    further_people: tuple[FurtherPerson, ...] = ()

    def explicit(self, section: Section) -> bool:
        """Return True if the INI has this section, so that its headers are not recognised."""
        return section in self.written

    def column_of(self, section: Section, name: str) -> str:
        """Return the headers that the field `name` is filled from, joined; "" if there are none."""
        template = self.templates.get(section, {}).get(name)
        columns = template.columns if template is not None else ()
        return ", ".join(self.header[index].strip() for index in columns)

    def fingerprint(self) -> str:
        """Return a text that changes when the template of any field changes.

        The order of the columns in the file does not matter.
        """
        import hashlib  # loads OpenSSL, which a dry run does without

        digest = hashlib.sha256()
        for section in SECTIONS:
            for name, template in sorted(self.templates.get(section, {}).items()):
                digest.update(repr((section, name, template.text)).encode())
        return digest.hexdigest()[:32]


def make_mapping(
    header: Sequence[str],
    sections: Mapping[Section, Mapping[str, str]],
    file: str,
    *,
    used: Collection[int] = (),
    samples: Samples = NO_SAMPLES,
) -> ColumnMapping:
    """Return the mapping of a file with this `header`.

    `sections` are those of the INI, option to template text: if a section is present, only its
    fields are filled; an absent one is recognised by the headers, among the columns that no
    template uses and that are not in `used` (positions from 0). `file` is the name of the file in
    messages, `samples` are samples of its columns. Raises ConfigError with all errors at once, and
    UsageError if no header is recognised.
    """
    known = Header(header)
    templates: dict[Section, dict[str, Template]] = {}
    problems: list[str] = []
    missing: dict[str, list[str]] = {}
    for section, options in sections.items():
        templates[section] = _written(section, options, known, problems, missing)
    if missing:
        problems.insert(0, _of_missing(missing, known))
    if problems:
        raise ConfigError(
            f"The mapping does not fit {file}: " + " ".join(problems),
            "`exact-import map` shows what each column of the file can be.",
        )
    spoken_for = {index for t in templates.values() for one in t.values() for index in one.columns}
    found = recognise(
        header,
        spoken_for | {*used},
        [section for section in SECTIONS if section not in sections],
        samples,
    )
    for section, texts in found.templates.items():
        templates[section] = {name: make_template(text, known) for name, text in texts.items()}
    notes = [*found.notes]
    if "contact" in found.templates:
        settle_labels(templates["contact"], header, samples, notes)
    whole_name = _with_spelled_out_monsieur(templates.get("contact", {}).get("FullName"), samples)
    order: NameOrder = ""
    if whole_name is not None:
        templates["contact"]["FullName"] = whole_name
        named = " ".join(header[index] for index in whole_name.columns)
        order = name_order(named, samples.values(whole_name.fill))
        if not sections:
            _names_beside(templates, header, samples, notes)
    choices = _choices(header, templates)
    settle_names(templates, header)
    account_name = templates.get("account", {}).get("Name")
    templates = {
        section: expand(section, filled, account_name=account_name, order=order)
        for section, filled in templates.items()
    }
    settle_shared_name(templates, NO_SAMPLES if sections else samples)
    typed = None if "account" in sections else address_type(header, samples)
    if typed is not None:
        settle_addresses(templates, typed, header, notes)
    taken = {index for t in templates.values() for one in t.values() for index in one.columns}
    contact = templates.get("contact", {})
    if whole_name is None:
        _note_swapped_names(header, contact, samples, notes)
    own_numbers = own_number_columns(
        header,
        taken | {*used},
        companies=account_name is not None,
        people=whole_name is not None or "FirstName" in contact or "LastName" in contact,
    )
    spent = {*used, *own_numbers.values(), *(() if typed is None else (typed,))}
    others = further_people(choices, spent) if "contact" in found.templates else ()
    for columns in others:
        named = joined(quote(header[index].strip()) for index in columns.values())
        notes.append(f"{named} {'are' if len(columns) > 1 else 'is'} used as another contact.")
        spent.update(columns.values())
    left = unused_columns(choices, spent)
    unused = unused_data(header, templates, left, samples, found.unfit)
    mapping = ColumnMapping(
        header=tuple(header),
        templates=templates,
        unrecognised=tuple(choices[index].header for index in left),
        notes=(*notes, *own_number_notes(header, templates, samples)),
        choices=choices,
        written=frozenset(sections),
        whole_name=whole_name,
        unused=tuple(itertools.islice(unused, _MOST_UNUSED)),
        own_numbers=own_numbers,
        further_people=others,
    )
    _check_purpose(mapping, file, spoken_for | {*used})
    return mapping


def _with_spelled_out_monsieur(whole: Template | None, samples: Samples) -> Template | None:
    """Write "M. Adam" out as "Monsieur Adam" where other names of the column begin with "Mme"."""
    if whole is None or not any(map(_LADY.match, samples.values(whole.fill))):
        return whole
    fill = whole.fill
    return replace(whole, pattern="", fill=lambda cells: _GENTLEMAN.sub("Monsieur ", fill(cells)))


def _names_beside(
    templates: Mapping[Section, dict[str, Template]],
    header: Sequence[str],
    samples: Samples,
    notes: list[str],
) -> None:
    """Use a first and a last name where a whole name is empty, and note it.

    Only in a list where each row has one of them: "Ansprechpartner" of a firm, or "Name" and
    "Vorname".
    """
    taken = {i for named in templates.values() for one in named.values() for i in one.columns}
    readings = {i: read_header(cell) for i, cell in enumerate(header) if i not in taken}
    firsts = [i for i, r in readings.items() if r and r.is_any("FirstName") and r.ordinal < 2]
    lasts = [
        i
        for i, r in readings.items()
        if r and (r.is_any("LastName") or (r.part == "name" and not (r.qualifiers or r.ordinal)))
    ]
    whole = templates["contact"]["FullName"]
    if not firsts or not lasts:
        return
    first, last = firsts[0], lasts[0]
    origin = whole.fill

    def beside(cells: Cells) -> str:
        return ", ".join(filter(None, (cells[last].strip(), cells[first].strip())))

    rows = list(zip(samples.values(origin), samples.values(beside), strict=True))
    if any(map(all, rows)) or not any("," in parts for _, parts in rows):
        return
    templates["contact"]["FullName"] = whole.refilled(
        f"or {header[last]}, {header[first]}",
        lambda cells: origin(cells) or beside(cells),
        *(last, first),
    )
    named = joined(quote(header[index].strip()) for index in (last, first))
    empty = quote(header[whole.columns[0]].strip())
    notes.append(f"{named} are used only where {empty} is empty.")


def _note_swapped_names(
    header: Sequence[str], contact: Mapping[str, Template], samples: Samples, notes: list[str]
) -> None:
    """Note that first and last names are in each other's column, if they are."""
    first, last = contact.get("FirstName"), contact.get("LastName")
    if first is None or last is None or len(first.columns) != 1 or len(last.columns) != 1:
        return
    if are_swapped(samples.values(first.fill), samples.values(last.fill)):
        one, other = (quote(header[template.columns[0]].strip()) for template in (first, last))
        notes.append(
            f"{one} seems to hold last names, and {other} first names; swap the two headers."
        )


def mapping_problems(sections: Mapping[Section, Mapping[str, str]]) -> list[str]:
    """Return the errors in the mapping sections of the INI that do not depend on a file."""
    problems: list[str] = []
    for section, options in sections.items():
        _written(section, options, Header(()), problems, {})
    return problems


def _written(
    section: Section,
    options: Mapping[str, str],
    header: Header,
    problems: list[str],
    missing: dict[str, list[str]],
) -> dict[str, Template]:
    templates: dict[str, Template] = {}
    for option, text in options.items():
        if not text.strip():
            continue
        where = f"[{section}] {option} = {text.strip()}:"
        name, problem = _field_name(section, option)
        if name in templates:
            problem = f"{name} is set twice."
        if problem:
            problems.append(f"{where} {problem}")
        try:
            template = make_template(text.strip(), header)
        except TemplateError as error:
            for reason in error.problems:
                if isinstance(reason, MissingColumn):
                    missing.setdefault(reason.name, []).append(f"[{section}] {option}")
                else:
                    problems.append(f"{where} {reason}")
        else:
            templates[name] = template
    if "FullName" in templates and not templates.keys().isdisjoint(PERSON_NAMES):
        problems.append(
            f"[{section}] FullName is split into FirstName, MiddleName and LastName; "
            "map either FullName or these three."
        )
    return templates


def _of_missing(missing: Mapping[str, Sequence[str]], header: Header) -> str:
    """Return one sentence with all missing columns, each with the settings that use it."""
    wanted = ", ".join(f"{{{name}}} ({', '.join(who)})" for name, who in missing.items())
    there_is = "there is no column" if len(missing) == 1 else "there are no columns"
    return f"{there_is} {wanted}; {header.listing()}"


def _field_name(section: Section, option: str) -> tuple[str, str]:
    """Return the field of an option, and its problem."""
    kind = KIND_OF[section]
    if composite := composite_fields(section).get(option.strip().casefold()):
        return composite.name, ""
    field = find_field(kind, option.strip())
    if field is None:
        meant = suggest(option, (name for name, f in catalogue(kind).items() if f.writable))
        hint = f"; did you mean {meant}?" if meant else "; see `exact-import fields`."
        return option, f"Exact Online has no field {option.strip()} for this{hint}"
    if not field.writable:
        return field.name, f"Exact Online fills {field.name} in itself and does not let it be set."
    if own := OWN_FIELDS.get(field.name, ""):
        own = f"{field.name} is filled in by the program; {own}."
    return field.name, own


def _choices(
    header: Sequence[str], templates: Mapping[Section, Mapping[str, Template]]
) -> tuple[ColumnChoice, ...]:
    choices = [ColumnChoice(cell.strip()) for cell in header]
    for section in SECTIONS:
        for name, template in templates.get(section, {}).items():
            for index in template.columns:
                if not choices[index].section:
                    choices[index] = ColumnChoice(choices[index].header, section, name)
    return tuple(choices)


def _check_purpose(mapping: ColumnMapping, file: str, taken: Collection[int]) -> None:
    """Raise an error for a mapping that identifies neither an account nor a person.

    `taken` are the columns with another use. An [account] must identify accounts if the file has a
    column with their name.
    """
    account = mapping.templates.get("account", {})
    contact = mapping.templates.get("contact", {})
    if not _ACCOUNT_KEYS.isdisjoint(account):
        return
    lacking = "[account] has neither Name nor another field that identifies an account"
    people = not contact.keys().isdisjoint(("FirstName", "LastName"))
    if mapping.explicit("account"):
        found = recognise(mapping.header, taken, ["account"]).templates.get("account", {})
        if name := found.get("Name"):
            raise ConfigError(
                f"{lacking}, though {file} has a column {name}.",
                f"Add Name = {name} to [account], or leave [account] out.",
            )
    if people:
        return
    headers = [cell.strip() for cell in mapping.header if cell.strip()]
    shown = ", ".join(headers[:12]) + (", …" if len(headers) > 12 else "")
    if mapping.explicit("account") and account:
        raise ConfigError(
            f"{lacking} (ID, Code, VATNumber, ChamberOfCommerce); the header of {file} is: "
            f"{shown}.",
            "Add Name = {…} to [account], with the company's column.",
        )
    raise UsageError(
        f"No column of {file} was recognised as the name of a company or a person; "
        f"its header is: {shown or 'empty'}.",
        "Name the column in [account] Name = {…} of your INI; `exact-import map` helps.",
    )
