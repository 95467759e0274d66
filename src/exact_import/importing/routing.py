"""Which division each row goes to, where a column of the file says it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exact_import.config.settings import Settings
from exact_import.errors import ConfigError, RowProblem
from exact_import.mapping.templates import Header, TemplateError, make_template
from exact_import.tables.table import Row, Table, open_table
from exact_import.text import quote


@dataclass(slots=True)
class RoutedRows:
    """The rows of some tables by division, and those that belong to none.

    `used` are the places, by table, of the columns that say the division.
    """

    tables: list[Table]
    used: dict[str, frozenset[int]] = field(default_factory=dict)
    rows: dict[int, dict[str, list[Row]]] = field(default_factory=dict)
    stray: list[RowProblem] = field(default_factory=list)

    def of(self, division: int, table: Table) -> Iterable[Row]:
        """Return the rows of `table` that go to `division`."""
        return self.rows[division].get(table.name, ())


def route(settings: Settings, sources: Sequence[str]) -> RoutedRows:
    """Read `sources` and part their rows by the template `division` of the settings.

    A division is named by its number, or by what `is` in its section says. Raises UsageError for
    a file that cannot be read, ConfigError for a template that does not fit its header.
    """
    names = {
        rules.named.casefold(): number
        for number, rules in settings.divisions.items()
        if rules.named
    }
    tables = [
        open_table(source, delimiter=settings.delimiter, encoding=settings.encoding)
        for source in sources
    ]
    routed = RoutedRows(tables)
    for table in tables:
        try:
            template = make_template(settings.division_by, Header(table.header))
        except TemplateError as error:
            raise ConfigError(
                f"division = {settings.division_by} in [import] does not fit {table.name}: "
                + " ".join(error.complaints)
            ) from None
        routed.used[table.name] = frozenset(template.columns)
        column = ", ".join(table.header[place] for place in template.columns)
        for row in table.rows():
            text = template.fill(row.cells)
            number = names.get(text.casefold(), int(text) if text.isdecimal() else None)
            if number is not None and not row.problem:
                routed.rows.setdefault(number, {}).setdefault(table.name, []).append(row)
                continue
            message = row.problem or (
                f"{quote(text)} is no division; name it by its number, or write [division NUMBER] "
                f"with is = {text[:40]} into the configuration"
                if text
                else "says no division; fill in its number or name"
            )
            routed.stray.append(RowProblem(table.name, row.line, "error", message, column))
    return routed
