"""Text for messages, and normalised text for comparisons."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

SHOWN = 40  # characters of a value that a message repeats

# Control characters that could control a terminal; line ends and tabs stay.
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")

# Accents in a row from which on sorting them, as `normalize` does, takes noticeable time.
_MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{32}")


def quote(text: str) -> str:
    """Return `text` as messages quote it: in quotes, on one line, shortened to 40 characters."""
    line = " ".join(text[: 4 * SHOWN].split())
    return f'"{line}"' if len(line) <= SHOWN else f'"{line[: SHOWN - 1]}…"'


def one_line(text: str) -> str:
    """Return `text` on one line, without terminal control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def harmless(text: str) -> str:
    """Return `text` with its lines, without terminal control characters."""
    return text.translate(_CONTROL)


_NUMBER = re.compile(r"\b\d+\b")
_INDENT = re.compile(r" *(?:\d\. )?")


def wrapped(text: str, width: int) -> str:
    """Return `text` in lines of at most `width` characters, for a person at a terminal.

    Words are not broken, so addresses stay clickable. Continuation lines are indented like their
    first line, also in a numbered list.
    """
    import textwrap  # only for a terminal

    lines: list[str] = []
    for line in text.split("\n"):
        found = _INDENT.match(line)
        start = found[0] if found else ""
        wrapper = textwrap.TextWrapper(
            width,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += wrapper.wrap(line.removeprefix(start)) or [""]
    return "\n".join(lines)


_SHEET = re.compile(r'(?P<file>.+), sheet "(?P<sheet>[^"]*)"', re.DOTALL)


def extra_advice(extra: str) -> str:
    """Return how to add an extra with any installer."""
    return (
        f"Install exact-import again with its extra {extra}; the section Extras of docs/install.md "
        "has the command for pipx, uv and pip."
    )


def sheet_of_file(file: str, sheet: str) -> str:
    """Return how messages name a sheet of a workbook: contacts.xlsx, sheet "Customers".

    A file whose sheet has no name is named by itself.
    """
    return f"{file}, sheet {quote(sheet.replace(chr(34), chr(39)))}" if sheet else file


def split_sheet(name: str) -> tuple[str, str]:
    """Return file and sheet of a name from `sheet_of_file`; "" as the sheet of other names."""
    match = _SHEET.fullmatch(name)
    return (match["file"], match["sheet"]) if match else (name, "")


def line_word(name: str) -> str:
    """Return the word for a line of the table `name`: "row" in a sheet, "line" in a CSV."""
    return "row" if split_sheet(name)[1] else "line"


def as_text(name: object) -> str:
    """Return a file's name as valid UTF-8; names on an old share may have other bytes."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def plural(word: str) -> str:
    """Return the plural of an English noun, such as addresses or companies."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def counted(count: int, word: str) -> str:
    """Return a count with what is counted, such as 3,000 rows."""
    return f"{count:,} {word if count == 1 else plural(word)}"


def joined(words: Iterable[str], last: str = "and") -> str:
    """Return `words` as a sentence lists them: a, b and c."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end


def joined_first(words: Sequence[str], most: int) -> str:
    """Return the first `most` of `words` as a sentence lists them, and how many more there are."""
    more = [f"{len(words) - most:,} more"] if len(words) > most else []
    return joined([*words[:most], *more])


def fold(text: str) -> str:
    """Return `text` without case, accents and punctuation, words separated by one space."""
    if text.isascii() and text.isalnum():
        return text.casefold()
    return " ".join(re.sub(r"[\W_]+", " ", without_accents(text).casefold()).split())


def without_accents(text: str) -> str:
    """Return `text` without accents, each character in its simplest form (NFKD)."""
    if text.isascii():
        return text
    # One by one: of a whole text `normalize` sorts accents in a row, in quadratic time.
    return text.translate({ord(character): _base(character) for character in set(text)})


def compose(text: str) -> str:
    """Return `text` with each accent joined to its letter (NFC), where few follow each other."""
    if _MANY_MARKS.search(text) is None:
        return unicodedata.normalize("NFC", text)
    parts = re.findall(r"\w*\W{0,32}", text)
    return "".join(unicodedata.normalize("NFC", part) for part in parts)


@functools.cache
def _base(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set, to keep tables of words readable."""
    return frozenset(words.split())


def suggest(text: str, known: Iterable[str], *, likeness: float = 0.7) -> str:
    """Return the entry of `known` that `text` may be a misspelling of, "" if there is none.

    Words are compared folded; `likeness` is between 0 and 1. Numbers must be equal: 45 days is not
    a misspelling of 60.
    """
    if len(text) > SHOWN:
        return ""
    import difflib  # slow to load, and only a mistake needs it

    words, numbers = _by_fold(tuple(known)), _NUMBER.findall(text)
    near = [word for word in words if not numbers or _NUMBER.findall(word) == numbers]
    nearest = difflib.get_close_matches(fold(text), near, n=1, cutoff=likeness)
    return words[nearest[0]] if nearest else ""


@functools.lru_cache(maxsize=16)
def _by_fold(words: tuple[str, ...]) -> Mapping[str, str]:
    return MappingProxyType({fold(word): word for word in reversed(words)})
