"""How a setting is declared, as an entry of the table in `settings`, and what reads its text.

What reads a text returns the value, or raises ValueError with what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exact_import.text import compose, joined, quote, suggest

if TYPE_CHECKING:
    from exact_import.fields import RecordKind


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, with everything about it.

    `parse` reads its text, raising ValueError with what was expected. `flags` and the fields after
    it are the option of the command line: `type` is bool for a flag, `{default}` in the help the
    default. `about` is what config.example.ini says above it: "" if it belongs to the setting
    before, None if it is not listed; `sample` is shown there behind a `;`, in place of the default.
    No message repeats the value of a `secret` one.
    """

    default: Any
    parse: Callable[[str], Any]
    flags: str = ""
    help: str = ""
    type: type = str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    metavar: str | None = None
    about: str | None = None
    sample: str = ""
    secret: bool = False
    name: str = ""
    variable: str = ""

    def field(self) -> Any:
        """Return the dataclass field of this setting; `table_of` adds its name."""
        return field(default=self.default, metadata={"setting": self}, repr=not self.secret)

    @property
    def shown_default(self) -> str:
        """The default as written in an INI."""
        if isinstance(self.default, tuple):
            return ", ".join(self.default)
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default or "")


def flag(flags: str, text: str) -> Any:
    """Return the field of a setting that is on or off; off by default."""
    return Setting(False, switch, flags, text, bool).field()


def word(*words: str, default: str | None = None, **more: Any) -> Any:
    """Return the field of a setting that is one of `words`, the first by default; as `Setting`."""
    usual = words[0] if default is None else default
    return Setting(usual, one_of(*words), choices=words, **more).field()


def file(flags: str, text: str, metavar: str | None = None) -> Any:
    """Return the field of a setting that names a file; none by default."""
    return Setting(None, Path, flags, text, Path, metavar=metavar).field()


def table_of(owner: type, prefix: str) -> Mapping[str, Setting]:
    """Return the settings among the fields of `owner`, by name; `prefix` begins their variables."""
    return {
        known.name: replace(
            known.metadata["setting"], name=known.name, variable=prefix + known.name.upper()
        )
        for known in fields(owner)
        if known.metadata
    }


# --- what reads the text of a setting


@dataclass(frozen=True, slots=True)
class Safeguard:
    """The most creates or updates that a plan may hold: a number, or a share of the mirror."""

    text: str
    number: float
    percent: bool

    def allows(self, count: int, of: int) -> bool:
        """Return True if `count` changes are allowed where the mirror holds `of` accounts."""
        return count <= (self.number * of / 100 if self.percent else self.number)


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of `words`, whatever its case."""

    def read(text: str) -> str:
        if text.casefold() not in words:
            raise ValueError(f"expected {joined(words, 'or')}")
        return text.casefold()

    return read


def whole(text: str) -> int:
    """Read a whole number that is not negative."""
    try:
        number = int(text)
    except ValueError:
        raise ValueError("expected a whole number") from None
    if number < 0:
        raise ValueError("expected a number that is not negative")
    return number


def division(text: str) -> int | str:
    """Read the number of a division, or the template that gives it."""
    return text if "{" in text else whole(text)


def number(text: str) -> float:
    """Read a number that is not negative; its decimal mark may be a comma."""
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        raise ValueError("expected a number") from None
    if not 0 <= found < 1e9:
        raise ValueError("expected a number that is not negative")
    return found


def timeout(text: str) -> float:
    """Read how many seconds to wait at most, from a tenth to a day."""
    seconds = number(text)
    if not 0.1 <= seconds <= 86_400:
        raise ValueError("expected seconds, from 0.1 to 86400")
    return seconds


def switch(text: str) -> bool:
    """Read yes or no, in any of the usual ways to say them."""
    word = one_of("yes", "no", "true", "false", "1", "0", "on", "off")(text)
    return word in {"yes", "true", "1", "on"}


def yes_no(text: str) -> bool:
    """Read yes or no."""
    return one_of("yes", "no")(text) == "yes"


def keys(kind: RecordKind) -> Callable[[str], tuple[str, ...]]:
    """Return what reads the match keys of accounts or contacts: fields, some joined by a plus."""

    def read(text: str) -> tuple[str, ...]:
        found = [[part.strip() for part in key.split("+")] for key in text.split(",")]
        if not all(part for key in found for part in key):
            raise ValueError("expected fields separated by commas, such as Code, VATNumber")
        return tuple("+".join(_field(kind, part) for part in key) for key in found)

    return read


def _field(kind: RecordKind, name: str) -> str:
    from exact_import.fields import catalogue, find_field  # only where it is set

    field = find_field(kind, name)
    if field is None:
        hint = suggestion(name, catalogue(kind))
        article = "a" if kind == "contact" else "an"
        raise ValueError(f"{article} {kind} has no field {name}{hint}")
    return field.name


def suggestion(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """Return what a message adds about the one of `known` that is near `word`, "" if none is."""
    meant = suggest(word, known, likeness=likeness)
    return f" (did you mean {meant}?)" if meant else ""


def country(text: str) -> str:
    """Read the name or code of a country as its ISO-2 code."""
    from exact_import.values.vocabulary import country_code  # only where it is set

    code = country_code(text)
    if code is None:
        raise ValueError("expected the code of a country, such as BE")
    return code


def safeguard(text: str) -> Safeguard:
    """Read a number, or a percentage."""
    return Safeguard(text, number(text.rstrip("% ")), text.endswith("%"))


def status(text: str) -> str:
    """Read the status of a new account."""
    if text.upper() not in ("A", "C", "P", "S"):
        raise ValueError("expected C (customer), P (prospect), S (suspect) or A (none of these)")
    return text.upper()


def https(text: str) -> str:
    """Read an address that begins with https://."""
    from urllib.parse import urlsplit  # slow to load

    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("expected an address that begins with https://")
    return text


def words(text: str) -> tuple[str, ...]:
    """Read words separated by spaces or line ends."""
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class ValueMap:
    """What the cells of one column are replaced by before anything else reads them.

    `known` has the new value by folded cell, "" for the empty cell; `other` is what every cell that
    is neither listed nor empty becomes, None if such a cell stays as it is.
    """

    known: Mapping[str, str]
    other: str | None = None

    def of(self, cell: str) -> str:
        """Return what a cell is replaced by, the cell itself where nothing is said of it."""
        found = self.known.get(_folded_cell(cell))
        if found is not None:
            return found
        return cell if self.other is None or not cell.strip() else self.other


_TEXT = r"\s*(?:\"((?:[^\"]|\"\")*)\"|([^\",:\n][^,:\n]*|))\s*"
_PAIR = re.compile(rf"{_TEXT}:{_TEXT}(?:[,\n]|$)")


def value_map(text: str) -> ValueMap:
    """Read `goud: A1, zilver: B2, *: `, separated by commas or line ends.

    A text that holds one of `,` `:` `"` is quoted, and so is the empty one: `"": A1`.
    """
    known: dict[str, str] = {}
    other: str | None = None
    place, end = 0, len(text.rstrip())
    while place < end:
        pair = _PAIR.match(text, place)
        if pair is None:
            rest = text[place:].strip().split("\n")[0]
            raise ValueError(f"expected pairs such as gold: A1, silver: B2, not {quote(rest)}")
        place = pair.end()
        quoted, plain, quoted_value, plain_value = pair.groups()
        value = (plain_value if quoted_value is None else quoted_value.replace('""', '"')).strip()
        cell = plain.strip() if quoted is None else quoted.replace('""', '"')
        if quoted is None and not cell:
            raise ValueError(f'a value is missing before ": {value}"; write "" for an empty cell')
        if quoted is None and cell == "*":
            twice, other = other is not None, value
        else:
            twice = _folded_cell(cell) in known
            known[_folded_cell(cell)] = value
        if twice:
            raise ValueError(f"{quote(cell)} is listed twice")
    return ValueMap(known, other)


def _folded_cell(cell: str) -> str:
    return " ".join(compose(cell).casefold().split())
