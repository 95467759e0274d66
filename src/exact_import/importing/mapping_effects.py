"""What a file's rows give with one mapping that they do not give with another.

Some of what an import makes of a file cannot be written as a mapping: a gender that follows from
the form of address before a name, or which rows are people of a company in another row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from exact_import.config.ini_file import Sections
from exact_import.config.settings import Settings
from exact_import.errors import ExactImportError
from exact_import.importing.load import read_files
from exact_import.records.models import RowLocation
from exact_import.reporting.report import Report

_NAMED = 5  # fields
# A row, a field such as "contact.Gender", and its value.
_Fact = tuple[RowLocation, str, str]


def mapping_effects(settings: Settings, path: str, sections: Sections) -> str:
    """Return a sentence on what `sections` change in how `path` is read, "" if nothing changes.

    Reads the file twice, by `settings` and with the templates of `sections` instead of theirs.
    """
    try:
        changed = {*_facts(settings, path)} ^ {*_facts(replace(settings, sections=sections), path)}
    except ExactImportError:  # an import with the mapping says what is wrong
        return ""
    rows = len({place for place, _, _ in changed})
    if not rows:
        return ""
    counts = Counter(name for _, name in {(place, name) for place, name, _ in changed})
    fields = sorted(counts, key=lambda name: (-counts[name], name))
    more = f" and {len(fields) - _NAMED} more fields" if len(fields) > _NAMED else ""
    return (
        f"With this mapping, {rows} {'row is' if rows == 1 else 'rows are'} read differently than "
        f"without it ({', '.join(fields[:_NAMED])}{more}), because not everything that is "
        "recognised can be written as a mapping."
    )


def _facts(settings: Settings, path: str) -> Iterator[_Fact]:
    report = Report("dry-run", [path])
    for record in read_files(settings, [path], report).records:
        parts = [("account", record.fields, record.lines)]
        parts += [("contact", one.fields, one.lines) for one in record.contacts]
        parts += [(one.section, one.fields, one.lines) for one in record.details]
        for section, fields, lines in parts:
            for place in lines:
                yield from ((place, f"{section}.{name}", str(v)) for name, v in fields.items() if v)
