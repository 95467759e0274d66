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
from typing import TYPE_CHECKING, Literal

from exact_import.csvfile.source import CHUNK, looks_wide
from exact_import.problems import UsageFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from exact_import.csvfile.source import Source

MAX_LINE = 1 << 26
"""Characters that one line may have; beyond that it is no CSV."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_UTF8 = "Save it again as UTF-8, or name its encoding with --encoding."
# Text encodings for Python, but not for files.
_NO_FILE_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}

# Accented runs with one ASCII letter on either side, if there is one.
_ACCENTED = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([A-Za-z]?))")
_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*")
_ENOUGH = 5000
_MANY = 10
_SAMPLE = 1 << 16
_COMMON = frozenset("àáâãäåæçèéêëíîïñóôõöøùúûüß")
_RARE = frozenset("ìòýÿœšžðþłőűčćřěąęśźżńğışțșăůğ")
_EDGES = frozenset("“”„‘’–—…·°ºª€£§©®™«»½¼¾²³¹¿¡´¨\xa0")
_INSIDE = frozenset("’´·–€\xa0")  # of those, what may stand between two letters
_FOREIGN = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2",
    "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_LEGACY = ("cp1252", "iso8859-15", "cp850", "mac_roman")


# An ASCII letter or nothing, the accented run after it, and the letter that follows.
Word = tuple[bytes, bytes, bytes]
Verdict = Literal["sure", "likely", "doubtful"]


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
    head = source.head()
    mark, marked = next(((m, name) for m, name in _MARKS if head.startswith(m)), (b"", ""))
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
    surely = looks_wide(head, one_in=2)
    if surely and not _first_fault(source, surely, b""):
        return Encoding(surely)
    line = _first_fault(source, "utf-8", b"")
    if not line:
        return Encoding("utf-8")
    maybe = looks_wide(head, one_in=64)
    if maybe and not _first_fault(source, maybe, b""):
        return Encoding(maybe)
    return _legacy(source, line)


def _obey(source: Source, wanted: str, mark: bytes, marked: str) -> Encoding:
    try:
        name = codecs.lookup(wanted.strip()).name
        "a,b".encode(name).decode(name)
    except (LookupError, ValueError):
        name = "undefined"
    if name.replace("-", "_") in _NO_FILE_ENCODINGS:
        raise UsageFault(
            f'"{wanted}" is not an encoding of text files.',
            "Examples are utf-8, utf-16, cp1252 (Windows) and cp850 (DOS).",
        )
    name = name.removesuffix("-sig")
    if name == "utf-16":
        name = marked if marked.startswith(name) else looks_wide(source.head(), one_in=64)
        name = name or "utf-16-le"
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
    words: dict[Word, None] = {}
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
    best, verdict = _judge(words, used)
    if verdict == "sure":
        return Encoding(best)
    if verdict == "doubtful":
        best = _guess(source, bytes(sample)) or best
    if not best:
        raise UsageFault(
            f"{source.name}, line {line}: the encoding of the file cannot be recognised.",
            _SAVE_AS_UTF8,
        )
    best = codecs.lookup(best).name
    shown = _WORD.search(bytes(sample).decode(best, "replace"))
    example = f' ("{shown.group()[:40]}")' if shown else ""
    return Encoding(
        best,
        doubt=f"The file does not say how it is encoded; it was read as {best}{example}. If "
        "accents come out wrong, save it as UTF-8 or use --encoding.",
    )


def _judge(
    words: Collection[tuple[bytes, bytes, bytes]], used: Iterable[int]
) -> tuple[str, Verdict]:
    """Return the Western encoding that suits the words best, and how well it does."""
    fit = {name: _plausibility(words, name) for name in _LEGACY if _defines(name, used)}
    windows = fit.get("cp1252", -1.0)
    few = len(words) < _MANY
    # Western words have an accent here and there; long runs of them are another script.
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


def _plausibility(words: Iterable[Word], encoding: str) -> float:
    """Return from -1 to 1 how much the accented words look like words in `encoding`."""
    fits = [
        fit
        for before, run, after in words
        for fit in _fits(before.decode(), run.decode(encoding, "replace"), after.decode())
    ]
    return sum(fits) / len(fits) if fits else 0.5


def _fits(before: str, run: str, after: str) -> Iterator[float]:
    """Yield how well each letter of an accented run stands where it does, from -1 to 1."""
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


def _guess(source: Source, sample: bytes) -> str:
    from charset_normalizer import from_bytes

    match = from_bytes(sample, cp_isolation=_FOREIGN).best()
    if match is None or _first_fault(source, match.encoding, b""):
        return ""
    return match.encoding
