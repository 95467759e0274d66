"""Files to records: opened, mapped, converted and grouped.

The part of an import that needs neither network nor login.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from exact_import.config.settings import Settings, home_country
from exact_import.errors import NotApplied, RowProblem
from exact_import.fields import RECORD_KINDS, RecordKind, Section
from exact_import.importing.rejects import ANSWER, follow_answers
from exact_import.importing.sheet import Sheet, values_for
from exact_import.mapping.column_mapping import ColumnMapping, make_mapping
from exact_import.mapping.samples import sample
from exact_import.mapping.unused import unused_policies
from exact_import.records.conventions import (
    AskOrder,
    Conventions,
    day_first_by_language,
    seen_in,
    unused_columns,
    written_conventions,
)
from exact_import.records.grouping import Companies
from exact_import.records.home import country_seen, needs_country
from exact_import.records.merge import AccountRecord
from exact_import.records.models import Block, RowLocation
from exact_import.records.reader import read_batch
from exact_import.records.row_keys import Rows
from exact_import.records.scheme import Scheme
from exact_import.reporting.report import Assumption, Report
from exact_import.tables.header import EXPORTED
from exact_import.tables.table import Table, open_table
from exact_import.values.convert import Converter, Rules

if TYPE_CHECKING:
    from exact_import.tables.rows import Batch

NO_ROWS = "The file has a header but no rows: nothing to import."


@dataclass(slots=True)
class LoadedFiles:
    """The content of the files: their records, and how they were read.

    `mapped` are the fields, by kind, that rows can set; `constants` those whose template has no
    column; `countries` are the countries (ISO-2), by file, of rows without one, if settings or
    cells show it; `sheets` say how the tables were read.
    """

    tables: list[Table] = field(default_factory=list)
    records: list[AccountRecord] = field(default_factory=list)
    mapped: Mapping[RecordKind, Sequence[str]] = field(
        default_factory=lambda: dict.fromkeys(RECORD_KINDS, ())
    )
    constants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    sheets: Sequence[Sheet] = ()


def rules_of(settings: Settings) -> Rules:
    """Return how cells are read if the file itself does not show it."""
    return Rules(
        country=home_country(settings, settings.rest_url),
        country_known=bool(settings.country),
        date_order=settings.date_order,
        decimal=settings.decimal,
        levels=settings.levels,
    )


def sections_for(header: Sequence[str], settings: Settings) -> Mapping[Section, Mapping[str, str]]:
    """Return the mapping sections of the INI that apply to a file with this `header`.

    None apply to an export, which names Exact Online's fields itself: otherwise it could not be
    imported with a mapping for another file.
    """
    sections = cast("Mapping[Section, Mapping[str, str]]", settings.sections)
    templates = " ".join(text for options in sections.values() for text in options.values())
    return {} if EXPORTED in header and f"{{{EXPORTED}" not in templates else sections


@contextlib.contextmanager
def no_garbage() -> Generator[None]:
    """Pause the garbage collector: it takes a tenth of the time, and rows have no cycles.

    It never looks at what was made meanwhile, unless files are loaded again.
    """
    resting = gc.isenabled()
    gc.disable()
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()
        if resting:
            gc.enable()


def read_files(
    settings: Settings,
    sources: Sequence[str],
    report: Report,
    ask: AskOrder | None = None,
    *,
    counting: bool = False,
    check_cancelled: Callable[[], None] = lambda: None,
) -> LoadedFiles:
    """Read, map, convert and group all rows; their problems are noted in `report`.

    `ask` is asked for the order of dates that can be read in two ways. `counting` counts the
    records and returns none. `check_cancelled` is called repeatedly, and ends the reading by
    raising. Raises UsageError for a file that cannot be read, ConfigError for a mapping that does
    not fit it, NotApplied for rejected rows under `strict`.
    """
    with no_garbage():
        report.tables = open_tables(settings, sources)
        unfit = follow_answers(report.tables, settings, report.rows)
        sheets = understand(settings, report.tables, report, ask)
        loaded = read_records(
            settings, sheets, report, unfit, counting=counting, check_cancelled=check_cancelled
        )
    if report.rows.read == 0:
        report.notes.append(NO_ROWS)
    check_strict(settings, report)
    return loaded


def open_tables(settings: Settings, sources: Sequence[str]) -> list[Table]:
    """Open each file as a table; raises UsageError for one that cannot be read."""
    delimiter, encoding, sheet = settings.delimiter, settings.encoding, settings.sheet
    return [
        open_table(source, delimiter=delimiter, encoding=encoding, sheet=sheet)
        for source in sources
    ]


def understand(
    settings: Settings,
    tables: Sequence[Table],
    report: Report,
    ask: AskOrder | None = None,
    used: Mapping[str, frozenset[int]] | None = None,
) -> list[Sheet]:
    """Find out from all rows of `tables` how they are read; messages go to `report`.

    `used` are the indexes, by table, of columns with another use. Raises ConfigError for a mapping
    of the INI that does not fit a table.
    """
    values = [values_for(table, settings) for table in tables]
    report.notes.extend(note for one in values for note in one.notes())
    contents = [one.batches(table.batches) for one, table in zip(values, tables, strict=True)]
    mappings = [
        make_mapping(
            table.header,
            sections_for(table.header, settings),
            table.name,
            used=(used or {}).get(table.name, frozenset()),
            samples=sample(batches, len(table.header)),
        )
        for table, batches in zip(tables, contents, strict=True)
    ]
    _note_columns(tables, mappings, report)
    return [
        _sheet(settings, table, batches, mapping, report, ask)
        for table, batches, mapping in zip(tables, contents, mappings, strict=True)
    ]


def read_records(
    settings: Settings,
    sheets: Sequence[Sheet],
    report: Report,
    unfit: Mapping[RowLocation, str],
    *,
    counting: bool = False,
    check_cancelled: Callable[[], None] = lambda: None,
) -> LoadedFiles:
    """Convert and group the rows of `sheets`; their problems are noted in `report`.

    `unfit` are the rows whose answer cannot be followed, with the reason.
    """
    blocks = (
        block
        for sheet in sheets
        for block in _blocks(sheet, settings, report, check_cancelled, unfit)
    )
    # If all numbers are Exact Online's codes, they count as one source.
    rows = Rows(blocks) if settings.code == "exact" else Rows(blocks, report.rows.source_of)
    companies = Companies(rows, report.rows, settings.levels.get("duplicate", "warning"))
    records: list[AccountRecord] = []
    if counting:
        report.records.update(companies.count())
    else:
        records = companies.records()
        report.records["accounts"] = len(records)
        report.records["contacts"] = sum(len(record.contacts) for record in records)
    mappings = [sheet.mapping for sheet in sheets]
    tables = [sheet.table for sheet in sheets]
    mapped = _mapped_fields(mappings, rows.blocks)
    report.notes.extend(unused_policies(settings.policies, mapped))
    rules = {sheet.table.name: sheet.rules for sheet in sheets}
    countries = {file: rule.country for file, rule in rules.items() if rule.country_known}
    return LoadedFiles(tables, records, mapped, _constants(mappings), countries, sheets)


def check_strict(settings: Settings, report: Report) -> None:
    """Raise NotApplied if rows are rejected and the settings are `strict`."""
    if settings.strict and report.rows.rejected:
        raise NotApplied(
            "Nothing was sent: some rows are rejected, which --strict does not allow.",
            "Fix them and run again.",
        )


def _note_columns(
    tables: Sequence[Table], mappings: Sequence[ColumnMapping], report: Report
) -> None:
    for table, mapping in zip(tables, mappings, strict=True):
        report.assumptions += (Assumption(table.name, "table", note) for note in table.notes)
        report.assumptions += (Assumption(table.name, "columns", note) for note in mapping.notes)
        for problem in table.problems:
            report.rows.note(problem)
        for unused in mapping.unused:
            report.rows.note(
                RowProblem(table.name, 0, "warning", unused.message, unused.header, unused.field)
            )
        if columns := unused_columns(table, mapping):
            note = f"Columns that are not used: {columns}."
            report.assumptions.append(Assumption(table.name, "unused", note))


def _with_country(
    settings: Settings,
    rules: Rules,
    table: Table,
    batches: Sequence[Batch],
    mapping: ColumnMapping,
    report: Report,
) -> Rules:
    """Return the rules with the country of a file's rows without one."""
    if settings.country:
        return rules
    if not needs_country(mapping, samples := sample(batches, len(table.header))):
        return rules
    seen = country_seen(mapping, samples)
    country = seen or rules.country
    why = ", because of their postcodes, cities and numbers" if seen else ""
    message = (
        f"For rows without a country, {country} is assumed{why}; "
        "if that is wrong, set country under [import]."
    )
    report.assumptions.append(Assumption(table.name, "country", message))
    return replace(rules, country=country, country_known=bool(seen))


def _sheet(
    settings: Settings,
    table: Table,
    batches: Sequence[Batch],
    mapping: ColumnMapping,
    report: Report,
    ask: AskOrder | None,
) -> Sheet:
    """Return how a table is read: from the settings, its rejects columns, and all its cells."""
    rules = _with_country(settings, rules_of(settings), table, batches, mapping, report)
    seen, written = seen_in(batches, mapping), written_conventions(table)
    order = written.date_order or seen.conventions.date_order
    if seen.dates.doubtful and not rules.date_order and not order:
        if note := day_first_by_language(mapping, seen.dates.doubtful):
            report.assumptions.append(Assumption(table.name, "columns", note))
            order = "dmy"
        elif ask is not None:
            order = ask(table.name, seen.dates.doubtful)
    found = Conventions(
        "" if rules.date_order else order,
        "" if rules.decimal else written.decimal or seen.conventions.decimal,
    )
    rules = replace(
        rules,
        date_order=rules.date_order or found.date_order,
        decimal=rules.decimal or found.decimal,
    )
    rules = replace(rules, exported=EXPORTED in table.header)
    return Sheet(table, mapping, rules, found, batches)


def _blocks(
    sheet: Sheet,
    settings: Settings,
    report: Report,
    check_cancelled: Callable[[], None],
    unfit: Mapping[RowLocation, str],
) -> Iterator[Block]:
    """Yield the values of the rows of a sheet; their problems are noted in `report`.

    `unfit` are the rows whose answer cannot be followed, with the reason.
    """
    scheme = Scheme(sheet.mapping, Converter(sheet.rules), report.rewritten, clears=settings.clears)
    for batch in sheet.batches:
        check_cancelled()
        block = read_batch(scheme, sheet.table.name, batch, report.rows)
        for row in range(len(block.lines)) if unfit else ():
            if message := unfit.get(block.source(row)):
                report.rows.reject(block.source(row), message, ANSWER)
                block.refused.add(row)
        yield block


def _mapped_fields(
    mappings: Sequence[ColumnMapping], blocks: Iterable[Block]
) -> dict[RecordKind, list[str]]:
    found = {
        kind: [name for mapping in mappings for name in mapping.templates.get(kind, {})]
        for kind in RECORD_KINDS
    }
    # Fields that cells of other columns can set: one of two telephone numbers may be mobile.
    for block in blocks:
        found["account"] += [name for name in block.account if name not in found["account"]]
        found["contact"] += [name for name in block.contact if name not in found["contact"]]
    # Fields of an account without a column of their own: that it is a supplier, and how to reach a
    # company whose row names no person.
    more = ["IsSupplier", "Email", "Phone"]
    if "Notes" in found["contact"] and "Remarks" not in found["account"]:
        more.append("Remarks")
    if "AccountManager" in found["account"]:
        more.append("AccountManagerFullName")
    return {"account": [*found["account"], *more], "contact": found["contact"]}


def _constants(mappings: Sequence[ColumnMapping]) -> dict[str, frozenset[str]]:
    return {
        kind: frozenset(
            name
            for mapping in mappings
            for name, template in mapping.templates.get(kind, {}).items()
            if template.constant
        )
        for kind in RECORD_KINDS
    }
