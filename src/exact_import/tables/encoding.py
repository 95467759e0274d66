"""Detects the encoding of a file, and decodes it.

A byte order mark decides. Without one, the whole file is tried as UTF-8, because text in another
encoding is practically never valid UTF-8. Other text is judged by its accents: Windows-1252 and
other Western encodings are distinguished by whether accents are where words have them ("Andr‚" is a
DOS program's "André"). Anything else is left to charset-normalizer.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from exact_import.errors import ConfigError, UsageError
from exact_import.tables.rows import is_plain
from exact_import.tables.source import looks_wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exact_import.tables.source import Source

MAX_LINE = 1 << 26
"""The most characters in a line of a CSV."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 1 << 18  # bytes that show whether the file is UTF-16
_SAVE_AS_UTF8 = "Save it again as UTF-8, or name its encoding with --encoding."
# Encodings of Python that files do not have.
_NO_FILE_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file without its byte order mark (`bom`), and how it was written.

    `encoding` is Python's name of the codec. `doubt` is empty, or says that the encoding was
    guessed, and from what. `plain` says that no cell of the file has a spreadsheet's marker or a
    zero character; `zero_line` is the line of the first of those, 0 for none.
    """

    text: str
    encoding: str
    bom: bool = False
    plain: bool = False
    doubt: str = ""
    zero_line: int = 0


def decode(source: Source, wanted: str | None) -> DecodedText:
    """Return the text of `source`; the encoding `wanted`, if given, is used.

    Raises ConfigError for an unknown encoding, and UsageError, with the line, if some bytes cannot
    be decoded or a line is longer than MAX_LINE.
    """
    content = source.content
    mark, marked = next(((m, name) for m, name in _MARKS if content.startswith(m)), (b"", ""))
    if wanted is not None:
        return _decode_as(source, wanted, mark, marked)
    if mark:
        wrong = f"bytes that are not {marked.upper()}, though the file says that it is"
        return _decoded_by(source, marked, mark, wrong, _SAVE_AS_UTF8)
    line = 1
    head = content[:_HEAD]
    for name in (looks_wide(head, one_in=2), "utf-8", looks_wide(head, one_in=64)):
        if name:
            try:
                return _decoded(source, name)
            except _UndecodableError as error:
                line = error.line if name == "utf-8" else line
    return _decode_legacy(source, line)


def parse_encoding(wanted: str) -> str:
    """Return Python's name of the encoding that the user typed, without byte order mark.

    Raises ConfigError if no text file can have it.
    """
    try:
        name = codecs.lookup(wanted.strip()).name
        "a,b".encode(name).decode(name)
    except (LookupError, ValueError):
        name = "undefined"
    if name.replace("-", "_") in _NO_FILE_ENCODINGS:
        raise ConfigError(
            f'"{wanted}" is not an encoding of text files.',
            "Examples are utf-8, utf-16, cp1252 (Windows) and cp850 (DOS).",
        )
    return name.removesuffix("-sig")


def _decode_as(source: Source, wanted: str, mark: bytes, marked: str) -> DecodedText:
    name = parse_encoding(wanted)
    if name == "utf-16":
        wide = looks_wide(source.content[:_HEAD], one_in=64)
        name = (marked if marked.startswith(name) else wide) or "utf-16-le"
    advice = "Leave --encoding out to detect the encoding, or name another."
    known = mark if name == marked else b""
    return _decoded_by(source, name, known, f"bytes that are not {wanted}", advice)


def _decoded_by(source: Source, encoding: str, mark: bytes, wrong: str, advice: str) -> DecodedText:
    """Decode all bytes; raise UsageError with `wrong` and `advice` if one cannot be."""
    try:
        return _decoded(source, encoding, mark)
    except _UndecodableError as error:
        raise UsageError(f"{source.name}, line {error.line}: {wrong}.", advice) from error


def _decode_legacy(source: Source, line: int) -> DecodedText:
    """Return the text of a file that is not UTF-8; `line` is the first invalid one."""
    accents = AccentStatistics(source.content)
    if accents.unicode_runs > accents.other_runs:  # it is UTF-8 except for some bytes
        raise UsageError(
            f"{source.name}, line {line}: bytes that are not UTF-8, though the rest of the file "
            "is.",
            "Fix that line, or name the file's encoding with --encoding.",
        )
    best, verdict = accents.judge()
    names = [accents.guess(), best] if verdict == "doubtful" else [best]
    for name in filter(None, names):
        doubt = ""
        if verdict != "sure":
            doubt = (
                f"The file does not say how it is encoded; it was read as {name} "
                f'("{accents.example(name)}"). If accents come out wrong, save it as UTF-8 or use '
                "--encoding."
            )
        try:
            return replace(_decoded(source, name), doubt=doubt)
        except _UndecodableError:
            continue
    raise UsageError(
        f"{source.name}, line {line}: the encoding of the file cannot be recognised.",
        _SAVE_AS_UTF8,
    )


class _UndecodableError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def _decoded(source: Source, encoding: str, mark: bytes = b"") -> DecodedText:
    """Decode all bytes; raise _UndecodableError if one cannot be."""
    content = source.content[len(mark) :]
    try:
        text = content.decode(encoding)
    except UnicodeError as error:  # some codecs give no position
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise _UndecodableError(_line_after(content[:start].decode(encoding, "replace"))) from error
    if len(text) > MAX_LINE and len(max(re.split(r"[\r\n]", text), key=len)) > MAX_LINE:
        raise UsageError(
            f"{source.name} has a line of more than {MAX_LINE >> 20} million characters.",
            "This is not a CSV, or its line ends were lost.",
        )
    zero = text.find("\0")
    zero_line = 0 if zero < 0 else _line_after(text[:zero])
    return DecodedText(text, encoding, bool(mark), is_plain(text), zero_line=zero_line)


def _line_after(text: str) -> int:
    """Return the line number, from 1, at the end of `text`."""
    return 1 + text.count("\n") + text.count("\r") - text.count("\r\n")


# --- neither UTF-8 nor said ------------------------------------------------------------------

_ACCENTED = re.compile(rb"[\x80-\xff]+")
_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*")
_ENOUGH = 20_000  # runs of accents to examine
_MANY = 10  # different words; fewer do not tell one language from another
_SAMPLE = 1 << 16  # bytes, for charset-normalizer
_COMMON = frozenset("àáâãäåæçèéêëíîïñóôõöøùúûüß")
_RARE = frozenset("ìòýÿœšžðþłőűčćřěąęśźżńğışțșăůğ")
_EDGES = frozenset("“”„‘’–—…·°ºª€£§©®™«»½¼¾²³¹¿¡´¨\xa0")
_INSIDE = frozenset("’´·–€\xa0")  # of those, what may be between two letters
_FOREIGN = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2",
    "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_LEGACY = ("cp1252", "iso8859-15", "cp850", "mac-roman")


# An ASCII letter or nothing, the accented run after it, and the letter that follows.
Word = tuple[bytes, bytes, bytes]
Verdict = Literal["sure", "likely", "doubtful"]


class AccentStatistics:
    """Statistics of a file's bytes above 127."""

    def __init__(self, content: bytes) -> None:
        self.words: dict[Word, None] = {}
        self.sample = bytearray()
        self.used = bytes(set(content.translate(None, _ASCII)))
        self.unicode_runs = 0
        self.other_runs = 0
        for match in _ACCENTED.finditer(content):
            if self.unicode_runs + self.other_runs >= _ENOUGH:
                break
            start, end = match.span()
            run = match.group()
            before, after = content[max(start - 1, 0) : start], content[end : end + 1]
            word = (
                before if before.isalpha() else b"",
                run[:64],
                after if after.isalpha() else b"",
            )
            self.words[word] = None
            if _decodes(run, "utf-8"):
                self.unicode_runs += 1
            else:
                self.other_runs += 1
            if len(self.sample) < _SAMPLE:
                self.sample += content[max(start - 40, 0) : end + 40] + b"\n"

    def judge(self) -> tuple[str, Verdict]:
        """Return the best Western encoding for the words ("" if none), and its score."""
        words = self.words
        fit = {name: _plausibility(words, name) for name in _LEGACY if _decodes(self.used, name)}
        windows = fit.get("cp1252", -1.0)
        few = len(words) < _MANY
        # Western words have single accents; long runs of them are another script.
        runs = sum(len(run) > 2 for _, run, _ in words)
        foreign = runs >= _MANY and runs > len(words) // 2
        if windows >= 0.4 and (few or (windows >= 0.75 and not foreign)):
            return "cp1252", "sure"
        best = max(fit, key=lambda name: fit[name], default="")
        if best not in {"", "cp1252"} and fit[best] >= 0.6 and not foreign:
            return best, "likely"
        if "cp1252" in fit:
            return "cp1252", "likely" if few else "doubtful"
        return best, "doubtful"

    def guess(self) -> str:
        """Return the guess of charset-normalizer, "" if it finds no language."""
        from charset_normalizer import from_bytes

        match = from_bytes(bytes(self.sample), cp_isolation=_FOREIGN).best()
        if match is None or not (match.coherence > 0.3 or match.multi_byte_usage > 0.3):
            return ""
        return codecs.lookup(match.encoding).name

    def example(self, encoding: str) -> str:
        """Return a word with an accent as `encoding` reads it, "" if there is none."""
        shown = _WORD.search(bytes(self.sample).decode(encoding, "replace"))
        return shown.group()[:40] if shown else ""


_ASCII = bytes(range(128))


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _plausibility(words: Iterable[Word], encoding: str) -> float:
    """Return from -1 to 1 how much the accented words look like words in `encoding`."""
    fits = [
        fit
        for before, run, after in words
        for fit in _fits(before.decode(), run.decode(encoding, "replace"), after.decode())
    ]
    return sum(fits) / len(fits) if fits else 0.5


def _fits(before: str, run: str, after: str) -> Iterator[float]:
    """Yield how well each letter of an accented run fits its place, from -1 to 1."""
    text = f" {before}{run}{after} "
    for index in range(1 + len(before), 1 + len(before) + len(run)):
        character, left, right = text[index], text[index - 1], text[index + 1]
        small = character.lower()
        if small in _COMMON or small in _RARE:
            # é is seldom alone, and É seldom after a small letter; Ž there is a Macintosh's é.
            if character.isupper() and left.islower():
                yield 0.25 if small in _COMMON else -1.0
            else:
                alone = not left.isalpha() and not right.isalpha()
                yield 1.0 if small in _COMMON and not alone else 0.5
        elif character not in _EDGES or (
            left.isalpha() and right.isalpha() and character not in _INSIDE
        ):
            yield -1.0
