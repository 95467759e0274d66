"""How the columns of one file become fields: asked once per file, used for every block of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import.fields import KIND_OF, Section, catalogue
from exact_import.records.conventions import ConventionsSeen
from exact_import.records.models import BY_NAME
from exact_import.values.convert import by_country

if TYPE_CHECKING:
    from collections.abc import Collection

    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.mapping.templates import Fill, Template
    from exact_import.records.conversion_log import ConversionLog
    from exact_import.values.convert import Conversion, Converted, Converter

DETAILS: tuple[Section, ...] = (
    "bank account",
    "delivery address",
    "postal address",
    "invoice address",
)
_REMEMBERED = 2048  # distinct texts of a field


@dataclass(slots=True)
class FieldColumn:
    """How a field gets its value from the rows of a file.

    `fill` makes its text of the cells of a row; where that is so simple, and the cells at `places`
    are not empty, it is `pattern` % these.
    `doubtful` finds the texts for which `convert` must be asked; what it said is remembered in
    `known`, unless it depends on the row's country (`by_country`). `watch` is shown these texts,
    where they tell of a file's habits. `repeats` tells that the same few texts come again and
    again, None before anybody looked.
    """

    section: Section
    name: str
    places: tuple[int, ...]
    pattern: str
    fill: Fill
    constant: bool
    by_country: bool
    doubtful: Callable[[Collection[str], str], Collection[str]]
    convert: Conversion
    watch: Callable[[str], None] | None = None
    repeats: bool | None = None
    known: dict[str, Converted] = field(default_factory=dict)

    def learn(self, text: str, country: str) -> Converted:
        """Return what a text that is not `known` means on a row of that country (ISO-2)."""
        found = self.convert(text, country)
        if self.watch is not None:
            self.watch(text)
        if not self.by_country and len(self.known) < _REMEMBERED:
            self.known[text] = found
        return found


class RowScheme:
    """The columns of one file by section, their `fields`, and what else its rows are read by.

    `clear` says that empty cells clear what Exact Online holds; `main` makes the text that asks
    for a row's person as the main contact, where there is one. `seen` are the habits that the
    texts tell of.
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        converter: Converter,
        *,
        clear: bool = False,
        rewritten: ConversionLog | None = None,
    ) -> None:
        self.mapping = mapping
        self.converter = converter
        self.clear = clear
        self.rewritten = rewritten
        self.seen = ConventionsSeen()
        self.columns: dict[Section, list[FieldColumn]] = {
            section: [self._column(section, *one) for one in self._templates(section)]
            for section in ("account", "contact", *DETAILS)
        }
        self.fields = {
            section: tuple(column.name for column in columns)
            for section, columns in self.columns.items()
        }
        country = [one for one in self.columns["account"] if one.name == "Country"]
        self.country = country[0] if country else None
        main = mapping.templates.get("account", {}).get("MainContact")
        self.main: Fill | None = None if main is None or main.constant else main.fill

    def has(self, section: Section, name: str) -> bool:
        """Tell whether the file gives a field a value."""
        return name in self.mapping.templates.get(section, {})

    def constant(self, section: Section, name: str) -> bool:
        """Tell whether a field has the same value on every row."""
        return self.mapping.templates[section][name].constant

    def _templates(self, section: Section) -> Iterator[tuple[str, Template]]:
        for name, template in self.mapping.templates.get(section, {}).items():
            if not (section == "account" and name == "MainContact"):
                yield name, template

    def _column(self, section: Section, name: str, template: Template) -> FieldColumn:
        known = catalogue(KIND_OF[section])[name]
        by_name = name in BY_NAME
        return FieldColumn(
            section,
            name,
            template.columns if template.pattern else (),
            template.pattern,
            template.fill,
            template.constant,
            by_country(known),
            _none if by_name else self.converter.doubtful(known),
            self.converter.of(known),
            None if template.constant else self.seen.watch(known),
        )


def _none(_texts: Collection[str], _country: str) -> Collection[str]:
    return ()
