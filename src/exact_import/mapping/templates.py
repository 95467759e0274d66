"""Templates: how the cells of a row become the value of one field.

`{Column}` inserts the cell under that header, `{A|B}` the first of several that is not empty,
and text outside braces is itself; `{{` and `}}` are braces. `{Name#2}` is the second column
called Name, `{#5}` the fifth column of the file, for headers that are repeated or empty.
`{Contacts[";", 1]}` is the first part of a cell that is split at each `;`, parts being named as
`cut -f` names fields: `2`, `2-` for the second and all after it, `1-2`; `-1` is the last.
There is no more to the language than this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from exact_import.text import compose, quote, suggest

Cells = Sequence[str]
Fill = Callable[[Cells], str]

_TOKEN = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<text>[^{}]+)|(?P<stray>[{}])")
_ORDINAL = re.compile(r"(?P<name>.*)#(?P<number>[1-9][0-9]{0,4})", re.DOTALL)
# Text that touches a column belongs to it; the rest of the text between two columns joins them.
_AGAINST_LEFT = re.compile(r"[^\s,;/|:–—-]+(?=\s|$)|[)\]\"'»]")
_AGAINST_RIGHT = re.compile(r"(?:(?<=\s)[^\s,;/|:–—-]+|[(\[\"'«])$")
_WORD = re.compile(r"[^\W\d_]+")
_BOX_WORDS = ("bus", "bte", "boite", "boîte", "box")
# After a Dutch house number, without a word for a box before it.
_ADDITION = re.compile(
    r"(?:hs|huis|bel|bg|bis|boven|beneden|achter|voor|rd|rood|zw|sous|souterrain)\.?(?:[\s-]?\w)?",
    re.IGNORECASE,
)
# Which part of a cell, behind the column's name: [",", 2] or [" ", 2-].
_PART = re.compile(
    r"(?P<name>.*)\[\s*\"(?P<by>[^\"]+)\"\s*,\s*(?P<first>-?[1-9]\d{0,3})"
    r"(?P<to>-(?P<last>[1-9]\d{0,3})?)?\s*\]\s*",
    re.DOTALL,
)
# The bar of `{A|B}`, unless it is the separator of a part: {A["|", 1]}.
_BAR = re.compile(r"\|(?![^\"\[\]]*\"\s*,\s*-?\d+(?:-\d*)?\s*\])")


@dataclass(frozen=True, slots=True)
class Template:
    """A template made ready for one file.

    `columns` are the positions (from 0) of the columns it uses. `fill(cells)` returns the value for
    one row, "" if all its columns are empty. Where none of them is empty, that is `pattern` % the
    stripped cells of the columns, unless `pattern` is "" or the result has two spaces in a row.
    """

    text: str
    columns: tuple[int, ...]
    fill: Fill = field(compare=False, repr=False)
    pattern: str = ""

    @property
    def constant(self) -> bool:
        """True if it uses no column."""
        return not self.columns

    def refilled(self, how: str, fill: Fill, *columns: int) -> Template:
        """Return a template that fills by `fill`, also from `columns`; its text ends in `how`."""
        used = tuple(dict.fromkeys((*self.columns, *columns)))
        return Template(f"{self.text} {how}", used, fill)


@dataclass(frozen=True, slots=True)
class CellPart:
    """Parts `first` to `last` (from 1; None for all that follow) of a cell split at `by`.

    A negative `first` is one part, counted from the end. Parts are stripped, and empty ones count.
    """

    by: str
    first: int
    last: int | None

    def of(self, cell: str) -> str:
        """Return the part, "" if the cell has too few."""
        # White space of any width.
        parts = list(map(str.strip, cell.split(self.by if self.by.strip() else None)))
        if self.first < 0:
            return parts[self.first] if len(parts) >= -self.first else ""
        return self.by.join(parts[self.first - 1 : self.last]).strip()


# A column by its position, and which part of its cell is meant, None for the whole.
_Source = tuple[int, CellPart | None]


class TemplateError(ValueError):
    """A template that cannot be used: `problems` holds a sentence for each reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class MissingColumn(str):
    """The error of a column `name` that the file does not have."""

    __slots__ = ("name",)
    name: str


class Header:
    """The columns of one file, searchable by the names that people write for them."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = tuple(cells)
        self._exact: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] = {}
        for index, cell in enumerate(self.cells):
            self._exact.setdefault(cell, []).append(index)
            self._folded.setdefault(_fold(cell), []).append(index)

    def positions(self, name: str) -> list[int]:
        """Return the positions of `name`: spelled exactly, or regardless of case and spaces."""
        return self._exact.get(name) or self._folded.get(_fold(name), [])

    def find(self, name: str) -> int:
        """Return the position of the one column that `name` (without braces) means.

        Raises TemplateError if there is none, or more than one.
        """
        positions = self.positions(name) if name.strip() else []
        if len(positions) == 1:
            return positions[0]
        if positions:
            raise TemplateError([self._ambiguous(name, positions)])
        counted = _ORDINAL.fullmatch(name.strip())
        if counted:
            number = int(counted["number"])
            base = counted["name"].strip()
            candidates = self.positions(base) if base else range(len(self.cells))
            if number <= len(candidates):
                return candidates[number - 1]
        raise TemplateError([self._unknown(name)])

    def reference(self, index: int) -> str:
        """Return what a template writes, braces included, for the column at `index`."""
        name = " ".join(self.cells[index].split())
        spelled = [name]
        same = self.positions(name)
        if index in same:
            spelled.append(f"{name}#{same.index(index) + 1}")
        for candidate in spelled:
            with suppress(TemplateError):
                if not re.search(r"[{}|]", candidate) and self.find(candidate) == index:
                    return f"{{{candidate}}}"
        return f"{{#{index + 1}}}"

    def alternatives(self, indexes: Sequence[int]) -> str:
        """Return what a template writes for the first of several columns that is not empty."""
        return "{" + "|".join(self.reference(index)[1:-1] for index in indexes) + "}"

    def _ambiguous(self, name: str, positions: list[int]) -> str:
        where = " and ".join(str(index + 1) for index in positions)
        base = self.cells[positions[0]].strip()
        return (
            f"{{{name}}} is the header of columns {where}; "
            f"write {{{base}#1}} or {{{base}#2}} to say which."
        )

    def _unknown(self, name: str) -> str:
        if meant := suggest(name, self.cells):
            return f"there is no column {{{name}}}; did you mean {{{meant}}}?"
        problem = MissingColumn(f"there is no column {{{name}}}; {self.listing()}")
        problem.name = name
        return problem

    def listing(self) -> str:
        """Return the first names of the columns, for the end of a message."""
        names = [cell.strip() for cell in self.cells if cell.strip()]
        return f"the file has: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}."


def fill_column(template: Template, columns: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return what `template.fill` returns for each row of `columns`, which are never empty.

    Their cells are stripped, as in `Row.cells`.
    """
    if template.pattern:
        cells = [columns[place] for place in template.columns]
        if template.pattern == "%s":
            return cells[0]
        if not any("" in texts for texts in cells):
            texts = tuple(map(_put_together(template.pattern), zip(*cells, strict=True)))
            if "  " not in "\n".join(texts):
                return texts
    return tuple(map(template.fill, zip(*columns, strict=True)))


def _put_together(pattern: str) -> Callable[[tuple[str, ...]], str]:
    """Return `pattern.__mod__`, or what does the same faster for cells with one text between."""
    first, *between, last = pattern.split("%s")
    if first or last or len({*between}) != 1 or "%" in between[0]:
        return pattern.__mod__
    return between[0].join


def make_template(text: str, header: Header) -> Template:
    """Return the template `text` made ready for files with this `header`.

    Raises TemplateError with all its errors: an unknown or ambiguous column, an unmatched brace, or
    a constant that is spelled like a header.
    """
    texts, columns = _parse(text, header)
    used = tuple(dict.fromkeys(index for choice in columns for index, _ in choice))
    whole = not any(part for choice in columns for _, part in choice)
    if not columns:
        constant = texts[0].strip()
        if constant and header.positions(constant):
            problem = (
                f"{quote(constant)} is a column of the file; write {{{constant}}} to use its cells"
                " (without braces it is a text that is the same on every row)."
            )
            raise TemplateError([problem])
        return Template(text, (), lambda _cells: constant)
    if len(columns) == 1 and not any(map(str.strip, texts)):
        fill = _first(columns[0])
    else:
        fill = _joined(texts, columns)
    pattern = ""
    single = whole and len(used) == len(columns) == sum(map(len, columns))
    # A cell may start with a word between the columns.
    if single and not any(map(_WORD.search, _split(texts)[1][1:-1])):
        pattern = "%s".join(text.replace("%", "%%") for text in texts).strip()
    return Template(text, used, fill, pattern)


def _parse(text: str, header: Header) -> tuple[list[str], list[tuple[_Source, ...]]]:
    """Split `text` into n + 1 texts and the n choices of columns between them."""
    texts = [""]
    columns: list[tuple[_Source, ...]] = []
    problems: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["brace"]:
            texts[-1] += token["brace"][0]
        elif token["text"]:
            texts[-1] += token["text"]
        elif token["stray"]:
            problems.append(
                f'"{token["stray"]}" has no matching brace; write {token["stray"] * 2} '
                "for a brace itself."
            )
        else:
            columns.append(_choice(token["name"], header, problems))
            texts.append("")
    if problems:
        raise TemplateError(list(dict.fromkeys(problems)))
    return texts, columns


def _choice(name: str, header: Header, problems: list[str]) -> tuple[_Source, ...]:
    names = _BAR.split(name) if len(header.positions(name)) != 1 else [name]
    found: list[_Source] = []
    for one in names:
        try:
            found.append(_source(one, header))
        except TemplateError as error:
            problems.extend(error.problems)
    return tuple(dict.fromkeys(found))


def _source(name: str, header: Header) -> _Source:
    part = _PART.fullmatch(name)
    if part is None or header.positions(name):
        return header.find(name), None
    first, to, last = int(part["first"]), part["to"], part["last"]
    if (last and not 0 < first <= int(last)) or (to and first < 0):
        problem = f"{{{name}}}: expected a part such as 1, 2-, 1-2 or -1."
        raise TemplateError([problem])
    end = int(last) if last else None if to else first
    return header.find(part["name"].strip()), CellPart(part["by"], first, end)


def _first(choice: tuple[_Source, ...]) -> Fill:
    """Return what gets the first cell that is not empty, once for every field of every row."""
    if len(choice) == 1:
        index, part = choice[0]
        if part is None:
            return lambda cells: cells[index].strip()
        return lambda cells: part.of(cells[index])
    getters = [_first((source,)) for source in choice]
    return lambda cells: next(filter(None, (get(cells) for get in getters)), "")


def _joined(texts: list[str], columns: list[tuple[_Source, ...]]) -> Fill:
    """Join several pieces, leaving out the text that belongs to empty ones.

    Text against a column (a bracket, a unit) goes where the column goes; the text that joins two
    columns goes with the second. A word that its cell starts with is left out ("bus", "bus 3"), and
    so is "bus" before a Dutch addition ("hs").
    """
    getters = [_first(choice) for choice in columns]
    before, joints, after = _split(texts)
    head, tail = joints[0], joints[-1]
    words = [_WORD.search(joint) for joint in joints]
    pieces = list(zip(getters, joints, words, before, after, strict=False))

    def fill(cells: Cells) -> str:
        result = ""
        for get, joint, word, left, right in pieces:
            value = get(cells)
            if not value:
                continue
            if result:
                repeated = word is not None and _goes_without(value, word[0])
                result += " " if repeated else joint
            result += left + value + right
        return re.sub(" {2,}", " ", head + result + tail).strip() if result else ""

    return fill


def _split(texts: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Split each text into a suffix of the column before, a joint, and a prefix of the one after.

    Returns for column i its prefix and suffix, and n + 1 joints.
    """
    prefixes: list[str] = []
    joints: list[str] = []
    suffixes: list[str] = []
    last = len(texts) - 1
    for number, text in enumerate(texts):
        rest = text
        if number > 0:
            glued = _AGAINST_LEFT.match(rest)
            # A text without spaces between two columns, such as "x", is all joint.
            if glued and (number == last or len(glued[0]) < len(rest) or not glued[0].isalnum()):
                suffixes.append(glued[0])
                rest = rest[glued.end() :]
            else:
                suffixes.append("")
        if number < last:
            glued = _AGAINST_RIGHT.search(rest if number else f" {rest}")
            prefixes.append(glued[0] if glued else "")
            rest = rest[: len(rest) - len(glued[0])] if glued else rest
        joints.append(rest)
    return prefixes, joints, suffixes


def _goes_without(value: str, word: str) -> bool:
    """Return True if a cell begins with the word before it, or needs none.

    A cell "bte 4" needs no "bus", which is the same word in Dutch; a Dutch "hs" needs none at all.
    """
    first = _WORD.match(value)
    words = _BOX_WORDS if word.casefold() in _BOX_WORDS else (word.casefold(),)
    if first is not None and first[0].casefold() in words:
        return True
    return words == _BOX_WORDS and _ADDITION.fullmatch(value) is not None


def _fold(name: str) -> str:
    return "".join(compose(name).casefold().split())
