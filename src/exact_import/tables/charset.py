"""Which encoding a file is in that is not UTF-8 and does not say.

Windows-1252 and what other Western programs write are told apart by whether accents stand where
words have them: "Andr‚" is a DOS program's "André". What is none of them is left to
charset-normalizer.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ACCENTED = re.compile(rb"[\x80-\xff]+")
_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*")
_ENOUGH = 20_000  # runs of accents to look at
_MANY = 10  # different words; fewer do not tell one language from another
_SAMPLE = 1 << 16  # bytes, for charset-normalizer
_COMMON = frozenset("àáâãäåæçèéêëíîïñóôõöøùúûüß")
_RARE = frozenset("ìòýÿœšžðþłőűčćřěąęśźżńğışțșăůğ")
_EDGES = frozenset("“”„‘’–—…·°ºª€£§©®™«»½¼¾²³¹¿¡´¨\xa0")
_INSIDE = frozenset("’´·–€\xa0")  # of those, what may stand between two letters
_FOREIGN = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2",
    "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_LEGACY = ("cp1252", "iso8859-15", "cp850", "mac-roman")


# An ASCII letter or nothing, the accented run after it, and the letter that follows.
Word = tuple[bytes, bytes, bytes]
Verdict = Literal["sure", "likely", "doubtful"]


@dataclass(slots=True)
class AccentStatistics:
    """What is known of a file's bytes above 127, from the chunks it has been shown."""

    words: dict[Word, None] = field(default_factory=dict)
    sample: bytearray = field(default_factory=bytearray)
    used: set[int] = field(default_factory=set)
    unicode_runs: int = 0
    other_runs: int = 0

    def look(self, chunk: bytes) -> None:
        """Take note of `chunk`."""
        self.used.update(chunk.translate(None, _ASCII))
        if self.unicode_runs + self.other_runs >= _ENOUGH:
            return
        for match in _ACCENTED.finditer(chunk):
            start, end = match.span()
            run = match.group()
            before, after = chunk[max(start - 1, 0) : start], chunk[end : end + 1]
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
                self.sample += chunk[max(start - 40, 0) : end + 40] + b"\n"

    @property
    def mostly_utf8(self) -> bool:
        """True for a file that is UTF-8 but for some bytes."""
        return self.unicode_runs > self.other_runs

    def judge(self) -> tuple[str, Verdict]:
        """Return the Western encoding that suits the words best ("" if none), and how well."""
        words = self.words
        fit = {
            name: _plausibility(words, name) for name in _LEGACY if _decodes(bytes(self.used), name)
        }
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

    def guess(self) -> str:
        """Return what charset-normalizer takes the file for, "" if that makes no language."""
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
