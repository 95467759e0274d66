"""Files to records: the part of an import that needs neither network nor login."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from exact_import.config.settings import Settings
from exact_import.errors import NotApplied
from exact_import.fields import RecordKind, Section
from exact_import.mapping.column_mapping import ColumnMapping, make_mapping
from exact_import.records.conventions import AskOrder, unused_columns
from exact_import.records.grouping import Companies
from exact_import.records.merge import AccountRecord
from exact_import.records.parts import Recipe
from exact_import.records.surveying import Sheet, Surveying
from exact_import.reporting.report import Report
from exact_import.tables.parts import is_large
from exact_import.tables.table import Table, open_table
from exact_import.values.convert import Rules

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from exact_import.importing.routing import RoutedRows
    from exact_import.records.workers import Workers

KINDS: tuple[RecordKind, ...] = ("account", "contact")
NO_ROWS = "The file has a header but no rows: nothing to import."
# A header that only an export has.
EXPORTED = "account.ID"
# The country of a site, for rows and INIs that name none.
_SITE_COUNTRY = {
    "be": "BE",
    "nl": "NL",
    "de": "DE",
    "fr": "FR",
    "es": "ES",
    "uk": "GB",
    "com": "US",
}


@dataclass(slots=True)
class LoadedFiles:
    """What the files say: their records, and what that is made of.

    `mapped` are the fields, by kind, that rows can give a value; `constants` those whose template
    has no column; `sheets` say once more what is wrong with a row.
    """

    tables: list[Table]
    records: list[AccountRecord]
    mapped: Mapping[RecordKind, Sequence[str]]
    constants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sheets: Sequence[Sheet] = ()


def home_country(settings: Settings, rest_url: str = "") -> str:
    """Return the country (ISO-2) that goes for rows which name none."""
    host = urlsplit(rest_url).hostname or ""
    return settings.country or _SITE_COUNTRY.get(host.rpartition(".")[2], "NL")


def rules_of(settings: Settings) -> Rules:
    """Return how cells are read where the file itself does not tell."""
    return Rules(
        country=home_country(settings, settings.rest_url),
        date_order=settings.date_order,
        decimal=settings.decimal,
        levels=settings.levels,
    )


def sections_for(header: Sequence[str], settings: Settings) -> Mapping[Section, Mapping[str, str]]:
    """Return the mapping sections of the INI that go for a file with this `header`.

    None go for an export, which names Exact Online's fields itself; else who has a mapping for
    some other file could never import one.
    """
    sections = cast("Mapping[Section, Mapping[str, str]]", settings.sections)
    templates = " ".join(text for options in sections.values() for text in options.values())
    return {} if EXPORTED in header and f"{{{EXPORTED}" not in templates else sections


def read_files(
    settings: Settings,
    sources: Sequence[str],
    report: Report,
    ask: AskOrder | None = None,
    routed: tuple[RoutedRows, int] | None = None,
    *,
    counting: bool = False,
    telling: bool = True,
    go_on: Callable[[], None] = lambda: None,
) -> LoadedFiles:
    """Read, map, convert and group all rows; what is wrong with them is noted in `report`.

    `ask` is asked for the order of dates that can be read in two ways. With `routed` only the
    rows that go to that division are read; `counting` records, that takes memory for their keys
    and not for the rows, and none are returned. `telling` keeps why each row is refused, however
    many are, as far as the row does not tell it by itself. `go_on` is called now and then, and
    ends the reading by what it raises.
    Raises UsageError for a file that cannot be read, ConfigError for a mapping that does not fit
    it, NotApplied for bad rows under `strict`.
    """
    # They start while the tables are opened.
    with _ready_for(sources if routed is None else ()) as workers:
        tables = (
            routed[0].tables
            if routed is not None
            else [
                open_table(source, delimiter=settings.delimiter, encoding=settings.encoding)
                for source in sources
            ]
        )
        mappings = [
            make_mapping(
                table.header,
                sections_for(table.header, settings),
                table.name,
                used=routed[0].used[table.name] if routed is not None else (),
            )
            for table in tables
        ]
        _tell_of_columns(tables, mappings, report)
        sheets = [
            _sheet(settings, table, mapping, ask, routed)
            for table, mapping in zip(tables, mappings, strict=True)
        ]
        surveying = Surveying(sheets, settings.match_account, workers)
        surveying.look(report.rows, report.rewritten, go_on)
    if telling:
        report.rows.rejected.keep_all()
    doubles = settings.levels.get("duplicate", "warning")
    companies = Companies(surveying.survey, surveying.again, report.rows, doubles)
    records: list[AccountRecord] = []
    if counting:
        report.records.update(companies.count())
    else:
        records = companies.records()
        report.records["accounts"] = len(records)
        report.records["contacts"] = sum(len(record.contacts) for record in records)
    if report.rows.read == 0 and routed is None:
        report.notes.append(NO_ROWS)
    if settings.strict and report.rows.rejected:
        raise NotApplied(
            "Nothing was sent: some rows are bad, and --strict wants all of them good.",
            "Mend them and run again.",
        )
    return LoadedFiles(tables, records, _mapped_fields(mappings), _constants(mappings), sheets)


def _tell_of_columns(
    tables: Sequence[Table], mappings: Sequence[ColumnMapping], report: Report
) -> None:
    for table, mapping in zip(tables, mappings, strict=True):
        named = f"{table.name}: " if len(tables) > 1 else ""
        report.notes.extend(f"{named}{note}" for note in (*table.notes, *mapping.notes))
        for problem in table.problems:
            report.rows.note(problem)
        if mapping.unrecognised:
            columns = unused_columns(table, mapping)
            report.notes.append(f"{named}Columns that are not used: {columns}.")


def _sheet(
    settings: Settings,
    table: Table,
    mapping: ColumnMapping,
    ask: AskOrder | None,
    routed: tuple[RoutedRows, int] | None,
) -> Sheet:
    rules = rules_of(settings)
    recipe = Recipe(
        table,
        {name: dict(one) for name, one in sections_for(table.header, settings).items()},
        frozenset() if routed is None else routed[0].used[table.name],
        replace(
            rules,
            levels=dict(rules.levels),
            guessed=frozenset(kind for kind in KINDS if not mapping.explicit(kind)),
        ),
        settings.blank == "clear",
        tuple(settings.match_account),
    )
    rows = None if routed is None else routed[0].of(routed[1], table)
    return Sheet(recipe, mapping, rows, ask)


def _ready_for(sources: Sequence[str]) -> AbstractContextManager[Workers | None]:
    """Start what reads large files at once, if all of them are large."""
    if not sources or not all(map(is_large, sources)):
        return nullcontext()
    from exact_import.records.workers import ready  # what it needs takes time to load

    return ready()


def _mapped_fields(mappings: Sequence[ColumnMapping]) -> dict[RecordKind, list[str]]:
    found = {
        kind: [name for mapping in mappings for name in mapping.templates.get(kind, {})]
        for kind in KINDS
    }
    # What rows can say of an account without a column of its own: that it is a supplier, and how
    # to reach a company whose row names nobody.
    more = ["IsSupplier", "Email", "Phone"]
    if "Notes" in found["contact"] and "Remarks" not in found["account"]:
        more.append("Remarks")
    if "AccountManager" in found["account"]:
        more.append("AccountManagerFullName")
    return {
        "account": [*found["account"], *more],
        "contact": found["contact"],
    }


def _constants(mappings: Sequence[ColumnMapping]) -> dict[str, frozenset[str]]:
    return {
        kind: frozenset(
            name
            for mapping in mappings
            for name, template in mapping.templates.get(kind, {}).items()
            if template.constant
        )
        for kind in KINDS
    }
