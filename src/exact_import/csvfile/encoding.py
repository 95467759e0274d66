"""Which encoding a file is written in.

A byte order mark tells. Without one the whole file is tried as UTF-8, since text in another
encoding practically never passes for it; then come Windows-1252 and what older programs write,
judged by whether the accents stand where accents stand in words. What remains is left to
charset-normalizer, and said to be a guess.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exact_import.csvfile.source import CHUNK, looks_wide
from exact_import.problems import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exact_import.csvfile.source import Source

MAX_LINE = 1 << 26
"""Characters that one line may have; beyond that it is no CSV."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_UTF8 = "Save it again as UTF-8, or name its encoding with --encoding."
# Text encodings for Python, but not for files.
_NO_FILE_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}

# Accented runs with one ASCII letter on either side, if there is one.
_ACCENTED = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([A-Za-z]?))")
_ENOUGH = 5000
_SAMPLE = 1 << 16
_COMMON = frozenset("àáâãäåæçèéêëíîïñóôõöøúûüß")
_RARE = frozenset("ìòùýÿœšžðþłőűčćřěąęśźżńğışțșăůğ")
_EDGES = frozenset("“”„‘’–—…·°ºª€£§©®™«»½¼¾²³¹¿¡´¨\xa0")
_INSIDE = frozenset("’´·–\xa0")  # of those, what may stand between two letters
_LEGACY = ("cp1252", "iso8859-15", "cp850", "mac_roman")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text: Python's name of the codec, and the byte order mark to skip.

    `doubt` is empty, or says that the encoding was guessed, and from what.
    """

    name: str
    mark: bytes = b""
    doubt: str = ""


def find_encoding(source: Source, wanted: str | None) -> Encoding:
    """Return the encoding of `source`; `wanted`, when given, decides.

    Reads the whole file once, and proves that all of it can be decoded. Raises UsageFault, with
    the line, where it cannot.
    """
    mark, marked = next(((m, name) for m, name in _MARKS if source.head.startswith(m)), (b"", ""))
    if wanted is not None:
        return _obey(source, wanted, mark, marked)
    if mark:
        if line := _first_fault(source, marked, mark):
            raise UsageFault(
                f"{source.name}, line {line}: bytes that are not {marked.upper()}, though the file "
                "says that it is.",
                _SAVE_AS_UTF8,
            )
        return Encoding(marked, mark)
    wide = looks_wide(source.head)
    if wide and not _first_fault(source, wide, b""):
        return Encoding(wide)
    line = _first_fault(source, "utf-8", b"")
    return _legacy(source, line) if line else Encoding("utf-8")


def _obey(source: Source, wanted: str, mark: bytes, marked: str) -> Encoding:
    try:
        name = codecs.lookup(wanted.strip()).name
        b"a,b".decode(name)
    except (LookupError, ValueError, AttributeError, TypeError):
        name = "undefined"
    except Exception as error:  # codecs of other packages raise what they like
        raise UsageFault(f'Encoding "{wanted}" cannot be used: {error}.') from error
    if name.replace("-", "_") in _NO_FILE_ENCODINGS:
        raise UsageFault(
            f'"{wanted}" is not an encoding of text files.',
            "Examples are utf-8, utf-16, cp1252 (Windows) and cp850 (DOS).",
        )
    name = name.removesuffix("-sig")
    if name in {"utf-16", "utf-32"}:
        name = marked if marked.startswith(name) else f"{name}-le"
    if name != marked:
        mark = b""
    if line := _first_fault(source, name, mark):
        raise UsageFault(
            f"{source.name}, line {line}: bytes that are not {wanted}.",
            "Leave --encoding away to have the encoding found, or name another.",
        )
    return Encoding(name, mark)


def _chunks(source: Source, mark: bytes = b"") -> Iterator[bytes]:
    with source.open() as stream:
        stream.read(len(mark))
        while chunk := stream.read(CHUNK):
            yield chunk


def _first_fault(source: Source, encoding: str, mark: bytes) -> int:
    """Return the line of the first bytes that cannot be decoded, 0 when there are none."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    run = 0
    chunk = b""
    try:
        for chunk in _chunks(source, mark):
            text = decoder.decode(chunk)
            done += len(chunk)
            end = max(text.rfind("\n"), text.rfind("\r"))
            run = len(text) - end - 1 if end >= 0 else run + len(text)
            if run > MAX_LINE:
                raise UsageFault(
                    f"{source.name} has a line of more than {MAX_LINE >> 20} million characters.",
                    "This is not a CSV, or its line ends were lost.",
                )
        chunk = b""
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        offset = done - (len(error.object) - len(chunk)) + error.start
        return _line_at(source, encoding, mark, offset)
    except UnicodeError:  # some codecs say no more than that
        return _line_at(source, encoding, mark, done)
    return 0


def _line_at(source: Source, encoding: str, mark: bytes, offset: int) -> int:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    line = 1
    last = ""
    for chunk in _chunks(source, mark):
        text = decoder.decode(chunk[: max(offset, 0)])
        offset -= len(chunk)
        if last == "\r" and text.startswith("\n"):
            line -= 1
        line += text.count("\n") + text.count("\r") - text.count("\r\n")
        last = text[-1:]
        if offset <= 0:
            break
    return line


def _legacy(source: Source, line: int) -> Encoding:
    """Return the encoding of a file that is not UTF-8, `line` being where that shows first."""
    words: dict[tuple[bytes, bytes, bytes], None] = {}
    sample = bytearray()
    used: set[int] = set()
    unicode_runs = other_runs = 0
    for chunk in _chunks(source):
        used.update(chunk.translate(None, _ASCII))
        if len(words) >= _ENOUGH:
            continue
        for match in _ACCENTED.finditer(chunk):
            words[match.group(1), match.group(2)[:64], match.group(3)] = None
            if _is_utf8(match.group(2)):
                unicode_runs += 1
            else:
                other_runs += 1
            if len(sample) < _SAMPLE:
                sample += chunk[max(match.start() - 40, 0) : match.end() + 40] + b"\n"
    if unicode_runs > other_runs:
        raise UsageFault(
            f"{source.name}, line {line}: bytes that are not UTF-8, though the rest of the file "
            "is.",
            "Mend that line, or name the file's encoding with --encoding.",
        )
    fit = [name for name in _LEGACY if _defines(name, used)]
    scores = {name: _plausibility(words, name) for name in fit}
    if scores.get("cp1252", -1) >= 0.4:
        return Encoding("cp1252")
    best = max(fit, key=lambda name: scores[name], default="")
    if not best or scores[best] < 0.6:
        best = _guess(source, bytes(sample)) or best
    if not best:
        raise UsageFault(
            f"{source.name}, line {line}: the encoding of the file cannot be recognised.",
            _SAVE_AS_UTF8,
        )
    shown = next(
        (b"".join(word).decode(best, "replace") for word in words if word[0] or word[2]), ""
    )
    return Encoding(
        best,
        doubt=f'The file does not say how it is encoded; it was read as {best} ("{shown}"). If '
        "accents come out wrong, save it as UTF-8 or use --encoding.",
    )


_ASCII = bytes(range(128))


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _defines(encoding: str, used: Iterable[int]) -> bool:
    try:
        bytes(used).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _plausibility(words: Iterable[tuple[bytes, bytes, bytes]], encoding: str) -> float:
    """Return from -1 to 1 how much the accented words look like words in `encoding`."""
    total = 0.0
    count = 0
    for before, run, after in words:
        text = f"{before.decode()}{run.decode(encoding)}{after.decode()}"
        for index in range(len(before), len(text) - len(after)):
            total += _fit(text[index], text[index - 1 : index], text[index + 1 : index + 2])
            count += 1
    return total / count if count else 0.0


def _fit(character: str, before: str, after: str) -> float:
    """Return how well an accented character stands between its neighbours, from -1 to 1."""
    small = character.lower()
    if small in _COMMON or small in _RARE:
        if character.isupper() and before.islower():
            return -1.0
        alone = not before.isalpha() and not after.isalpha()
        return 1.0 if small in _COMMON and not alone else 0.5
    if character in _EDGES:
        inside = before.isalpha() and after.isalpha()
        return -1.0 if inside and character not in _INSIDE else 0.5
    return -1.0


def _guess(source: Source, sample: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 -- heavy, for doubtful files only

    match = from_bytes(sample).best()
    if match is None or _first_fault(source, match.encoding, b""):
        return ""
    return match.encoding
