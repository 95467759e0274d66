"""The command map: what each column of a file is used as, and how to change it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from exact_import.cli import completion, options
from exact_import.cli.console import at_terminal, fitted, say, show_table, terminal_width
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.errors import ExitStatus, UsageError
from exact_import.fields import SECTIONS
from exact_import.text import joined, one_line

if TYPE_CHECKING:
    from exact_import.config.ini_file import Sections
    from exact_import.config.settings import Settings
    from exact_import.mapping.draft import MappingDraft
    from exact_import.tables.table import Table

_SAMPLED = 200  # rows looked through for a sample of each column
_SAMPLE = 30  # characters
_WIDE = 120  # characters of a terminal in which a table with descriptions can be read
# The fields that most files have; missing ones are shown.
_USUAL = {
    "account": ("Code", "Name", "AddressLine1", "Postcode", "City", "Country", "VATNumber",
                "ChamberOfCommerce", "Email", "Phone", "Website", "Language", "Status"),
    "contact": ("FirstName", "LastName", "Email", "Phone", "Mobile", "JobTitleDescription",
                "Language", "Gender"),
}  # fmt: skip


@click.command("map")
@click.argument("file", metavar="FILE", shell_complete=completion.files)
@click.option("--write", is_flag=True, help="Write the mapping to the configuration.")
@click.option("--force", is_flag=True, help="With --write, replace the existing mapping.")
@click.option("--check", is_flag=True, help="Exit with 1 if a column that holds data is not used.")
@options.common
@options.reading
@options.as_json
@options.pass_given
def map_(given: CommandOptions, write: bool, force: bool, check: bool) -> int:
    """Show which field each column of a file goes to, and which fields of Exact Online remain.

    On a terminal you can correct it, column by column. --write writes the sections [account] and
    [contact] to the configuration and keeps its comments. -v says why for each column.
    """
    from exact_import.importing.file_checks import mapping_effects
    from exact_import.importing.load import sections_for
    from exact_import.importing.sheet import values_for
    from exact_import.mapping.draft import MappingDraft
    from exact_import.mapping.samples import sample
    from exact_import.tables.table import open_table

    path = given.config_path
    settings = _settings(given, write=write)
    table = open_table(
        str(given.file),
        delimiter=settings.delimiter,
        encoding=settings.encoding,
        sheet=settings.sheet,
    )
    draft = MappingDraft(
        table.name,
        table.header,
        sections_for(table.header, settings),
        samples=sample(values_for(table, settings).batches(table.batches), len(table.header)),
    )
    samples = _samples(table)
    asking = at_terminal() and not given.as_json and not check
    if not given.as_json:
        _show(draft, samples, verbose=bool(given.verbose))
    if asking and click.confirm("Correct it, column by column?", default=False, err=True):
        _correct(draft, samples)
        _show(draft, samples, verbose=bool(given.verbose))
        write = write or click.confirm(f"Write it to {path}?", default=True, err=True)
    outcome = ""
    if write or check:
        draft.check()
    if write:
        outcome = _write(path, draft, settings, force=force, asking=asking)
        if not draft.written and not draft.choices:
            sections = cast("Sections", draft.texts())
            outcome = f"{outcome} {mapping_effects(settings, str(given.file), sections)}".rstrip()
    status = ExitStatus.ROWS_REFUSED if check and draft.unused() else ExitStatus.OK
    if given.as_json:
        document = _document(draft, samples, str(path) if write else None)
        show_document("map", document, status)
    elif outcome:
        click.echo(outcome)
    elif not write and not asking:
        say("Add --write to save this mapping; `exact-import fields` describes each field.")
    return status


def _settings(given: CommandOptions, *, write: bool) -> Settings:
    from exact_import.config.loading import resolve
    from exact_import.config.settings import Settings

    if given.config and write and not given.config.exists():
        # It is about to be created.
        values = given.settings
        return Settings(
            config=given.config,
            **{name: values[name] for name in ("delimiter", "encoding", "sheet")},
        )
    return resolve(given.settings, given.config)


def _samples(table: Table) -> list[str]:
    """Return a cell of each column that is not empty, shortened."""
    samples = [""] * len(table.header)
    for number, row in enumerate(table.rows()):
        if number == _SAMPLED or all(samples):
            break
        for index, cell in enumerate(row.cells):
            if not samples[index]:
                line = one_line(cell)
                samples[index] = line if len(line) <= _SAMPLE else f"{line[: _SAMPLE - 1]}…"
    return samples


def _show(draft: MappingDraft, samples: Sequence[str], *, verbose: bool) -> None:
    if draft.problem:
        say(f"{draft.problem} The mapping below uses the headers only.")
    rows = []
    reasons = draft.why() if verbose else []
    numbers, told_apart = draft.own_numbers(), draft.told_apart()
    for index, uses in enumerate(draft.uses()):
        names = ", ".join(f"{section}.{known.name}" for section, known in uses)
        meaning = "; ".join(dict.fromkeys(known.description for _, known in uses))
        if index in numbers:
            names, meaning = "own number", "Your own number, which identifies the row"
        why = "; ".join(reasons[index]) if verbose else meaning
        names = names or told_apart.get(index, "not used")
        rows.append((str(index + 1), _header(draft, index), samples[index], names, why))
    titles = ("", "Column", "Sample", "Goes to", "Why" if verbose else "Meaning")
    # If the table does not fit, the descriptions are dropped: `exact-import fields` has them.
    narrow = sys.stdout.isatty() and terminal_width() < _WIDE and not verbose
    kept = len(titles) - narrow
    show_table(titles[:kept], [row[:kept] for row in rows], whole=1)
    composed = [
        f"  {section}.{name} = {text}"
        for section, options in draft.texts().items()
        for name, text in options.items()
        if text.count("{") != 1 or "|" in text or not (text[0] == "{" and text[-1] == "}")
    ]
    if composed:
        _say_below("From several columns, or from none:", *composed)
    split = [f"  {name}: {joined(fields)}" for name, fields in draft.split().items()]
    if split:
        _say_below("Several fields in one column, split for each row:", *split)
    for note in draft.notes():
        _say_below(note)
    for unused in draft.unused():
        _say_below(unused.message)
    for section in SECTIONS[:2]:
        left = [known.name for known in draft.remaining(section)]
        usual = [name for name in _USUAL[section] if name in left]
        more = len(left) - len(usual)
        rest = f" (and {more} more; `exact-import fields {section}` lists them)" if more else ""
        _say_below(
            f"Fields of the {section} without a column: "
            f"{', '.join(usual) or 'none of the usual fields'}{rest}"
        )
    if not draft.texts()["contact"]:
        _say_below("The file has no column with the name of a person, so no contacts are imported.")


def _say_below(*lines: str) -> None:
    """Print `lines` after a blank line, in lines that fit the terminal."""
    text = "\n".join(lines)
    click.echo(f"\n{fitted(text) if sys.stdout.isatty() else text}")


def _header(draft: MappingDraft, index: int) -> str:
    return one_line(draft.header[index]) or f"(column {index + 1})"


def _correct(draft: MappingDraft, samples: Sequence[str]) -> None:
    """Ask column by column what it is for."""
    from exact_import.mapping.draft import choice_of

    say("Press Enter to keep what is shown, type - to leave the column out, or type another field.")
    for index in range(len(draft.header)):
        uses = ", ".join(f"{section}.{known.name}" for section, known in draft.uses()[index])
        say(f"\n{index + 1}. {_header(draft, index)}: {samples[index] or '(empty)'}")
        while True:
            answer = click.prompt(
                f"   {uses or 'not used'}", default="", show_default=False, err=True
            ).strip()
            if not answer:
                break
            try:
                draft.choices[index] = None if answer == "-" else choice_of(answer)
            except UsageError as error:
                say(f"   {error}")
            else:
                break


def _write(
    path: Path, draft: MappingDraft, settings: Settings, *, force: bool, asking: bool
) -> str:
    """Write the mapping to the configuration; return the message about it."""
    from exact_import.cli.setup import make_config
    from exact_import.config import ini_file
    from exact_import.exact.auth.storage import Storage

    made = not path.exists()
    if made:
        make_config(path)
    texts = draft.texts()
    there = [
        name
        for name, wanted in texts.items()
        if name in settings.sections and _plain(settings.sections[name]) != _plain(wanted)
    ]
    if there and not force:
        names = " and ".join(f"[{name}]" for name in there)
        question = f"{path} already has {names}, with another mapping. Replace it?"
        if not asking:
            raise UsageError(
                f"{path} already has {names}, with another mapping.", "Add --force to replace it."
            )
        if not click.confirm(question, default=False, err=True):
            return f"{path} was not changed."
    with Storage(path).lock():
        text = ini_file.read(path).text
        changed = ini_file.changed(text, dict(texts.items()), path, whole=True)
        if changed == text:
            return f"{path} already has this mapping."
        ini_file.replace(path, changed)
    names = joined(f"[{name}]" for name in texts)
    if made:
        return f"Created {path} with {names}; `exact-import login` fills in the rest."
    return f"Wrote {names} to {path}."


def _plain(options: Mapping[str, str]) -> dict[str, str]:
    return {name.casefold(): text.strip() for name, text in options.items() if text.strip()}


def _document(
    draft: MappingDraft, samples: Sequence[str], written: str | None
) -> dict[str, object]:
    uses, why = draft.uses(), draft.why()
    return {
        "file": draft.file,
        "columns": [
            {
                "column": index + 1,
                "header": header,
                "sample": samples[index],
                "fields": [f"{section}.{known.name}" for section, known in uses[index]],
                "meaning": [known.description for _, known in uses[index]],
                "why": why[index],
            }
            for index, header in enumerate(draft.header)
        ],
        "sections": draft.texts(),
        "remaining": {
            section: [known.name for known in draft.remaining(section)] for section in SECTIONS[:2]
        },
        "notes": [*draft.notes(), *([draft.problem] if draft.problem else [])],
        "unused": [
            {"column": one.header, "field": one.field, "message": one.message}
            for one in draft.unused()
        ],
        "written": written,
    }
