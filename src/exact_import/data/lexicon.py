"""The lexicon of header words: what each can mean, and how to split a header into them.

The words are the aliases in fields.json and those in headers.json. Dutch and German compounds are
split, and plurals count as singulars.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from exact_import.data import knowledge
from exact_import.fields import Field, Kind, catalogue
from exact_import.text import compose, without_accents

Target = tuple[Kind, str]

KINDS: tuple[Kind, ...] = ("account", "contact", "bank account")
# Columns with these names in other programs never hold what Exact Online means by them.
DANGEROUS = frozenset(
    {"BirthName", "BirthNamePrefix", "BSN", "EndDate", "SocialSecurityNumber", "StartDate", "Title"}
)
# Between the words of a name such as AddressLine1.
CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zß-ÿ])")

LONGEST_PHRASE = 6  # words
_LONGEST_COMPOUND = 40  # characters
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}
_NUMBER_SIGN = re.compile(r"[#№]|\b[nN][°º]")
_WORDS = re.compile(r"[^\W\d_]+|\d+|[%€$]")
_PLURALS = ("s", "en", "n", "es", "e")
_ENDINGS = frozenset((*_PLURALS, "ies"))
_LINKS = ("", "s", "en", "n", "e")
_STEM = 4  # letters from which on a word is known in a compound: "geboortedatum"
_LOOKED_AT = 200  # columns that are needed to know the language of a header


@dataclass(frozen=True, slots=True)
class HeaderWord:
    """What a word or phrase can be: fields, a part of an address, a general head, a qualifier.

    `word` is how a header spells it, squeezed; "" in the lexicon, where many spellings share it.
    """

    targets: frozenset[Target] = frozenset()
    piece: str = ""
    generic: str = ""
    qualifiers: frozenset[str] = frozenset()
    poison: bool = False
    word: str = ""
    assumed: bool = False

    def merged(self, other: HeaderWord) -> HeaderWord:
        """Return the combined meanings of both."""
        return replace(
            self,
            targets=self.targets | other.targets,
            piece=self.piece or other.piece,
            generic=self.generic or other.generic,
            qualifiers=self.qualifiers | other.qualifiers,
        )

    @property
    def is_meaningful(self) -> bool:
        """False for a filler, such as "the", and for a number."""
        return bool(self.targets or self.piece or self.generic or self.qualifiers)

    @property
    def names(self) -> frozenset[str]:
        """The fields that it can be, whatever their kind."""
        return frozenset(name for _, name in self.targets)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a header, without case, accents and punctuation."""
    if text.isascii():  # as most headers and phrases are
        text = text.replace("#", " number ")
        return _WORDS.findall(text if text.islower() else CAMEL.sub(" ", text).lower())
    text = _NUMBER_SIGN.sub(" number ", compose(text))
    return _WORDS.findall(without_accents(CAMEL.sub(" ", text).casefold()))


def squeezed(text: str) -> str:
    """Return a header as one word, to compare spellings."""
    return "".join(words_of(text))


def _spelled_freely(field: Field) -> bool:
    """Return True if the field's own name means the field in any spelling."""
    if field.name in DANGEROUS or field.edm in {"Guid", "Binary"} or not field.writable:
        return False
    return len(CAMEL.split(field.name)) > 1 or bool(field.aliases)


@functools.cache
def _lexicon() -> Mapping[str, HeaderWord]:
    lexicon: dict[str, HeaderWord] = {}

    def add(phrases: Iterable[str], entry: HeaderWord) -> None:
        for phrase in phrases:
            plain = squeezed(phrase)
            for spelling in {
                plain,
                plain if phrase.isascii() else squeezed(phrase.casefold().translate(_UMLAUTS)),
            }:
                known = lexicon.get(spelling)
                lexicon[spelling] = entry if known is None else known.merged(entry)

    for kind in KINDS:
        for field in catalogue(kind).values():
            phrases = [*field.aliases, *([field.name] if _spelled_freely(field) else [])]
            add(phrases, HeaderWord(targets=frozenset({(kind, field.name)})))
    words = _words()
    for qualifier, phrases in words["qualifiers"].items():
        add(phrases, HeaderWord(qualifiers=frozenset({qualifier})))
    for generic, phrases in words["generic"].items():
        add(phrases, HeaderWord(generic=generic))
    for piece, phrases in words["pieces"].items():
        add(phrases, HeaderWord(piece=piece))
    for target, phrases in words["assumed"].items():
        kind, name = cast("Target", tuple(target.split(".")))
        add(phrases, HeaderWord(targets=frozenset({(kind, name)}), assumed=True))
    add(words["other"]["filler"], HeaderWord())
    lexicon.update((squeezed(one), HeaderWord(poison=True)) for one in words["other"]["ignored"])
    return lexicon


def _spelled(word: str) -> HeaderWord | None:
    """Return what a squeezed word or phrase can be by this very spelling."""
    found = _lexicon().get(word)
    return None if found is None else replace(found, word=word)


@functools.cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    return {
        group: {name: [word.strip() for word in line.split(";")] for name, line in lines.items()}
        for group, lines in knowledge("headers").items()
        if group != "about"
    }


def adds_nothing_to(generic: str) -> frozenset[str]:
    """Return the fields to which a general head adds nothing: "BTW-nummer" is the BTW."""
    return frozenset(_words()["adds nothing to"].get(generic, ()))


@functools.cache
def _day_first_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return words of languages that write the day of a date first, and those of English."""
    orders = _words()["date order"]
    first, either = (frozenset(map(squeezed, orders[name])) for name in ("day first", "open"))
    return first, either


def writes_day_first(header: Sequence[str]) -> bool:
    """Return True for a header in Dutch, French or German rather than in English.

    Programs in these languages write 3 April as 03/04, and none of them writes the month first.
    Programs in English write either.
    """
    day_first, open_words = _day_first_words()
    counted = [words_of(cell) for cell in header[:_LOOKED_AT]]
    clear = sum(_has_stem(words, day_first) for words in counted)
    return clear > sum(not open_words.isdisjoint(words) for words in counted)


def _has_stem(words: Sequence[str], stems: Collection[str]) -> bool:
    return any(
        word == stem or (len(stem) >= _STEM and (word.startswith(stem) or word.endswith(stem)))
        for word in words
        for stem in stems
    )


@functools.cache
def _spellings() -> list[str]:
    return sorted(_lexicon())


@functools.lru_cache(maxsize=4096)
def _begins_phrase(word: str) -> bool:
    spellings = _spellings()
    place = bisect.bisect_left(spellings, word)
    return place < len(spellings) and spellings[place].startswith(word)


def _phrases(tokens: list[str]) -> tuple[str, ...]:
    """Return the first token, the first two as one word, and so on while they can be a phrase."""
    found = tokens[:1]
    for token in tokens[1:]:
        # Only the ending of a plural goes beyond a phrase.
        if token not in _ENDINGS and not _begins_phrase(found[-1]):
            break
        found.append(found[-1] + token)
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _look_up(word: str) -> HeaderWord | None:
    if (found := _spelled(word)) is not None:
        return found
    for ending in _PLURALS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            found = _spelled(word[: -len(ending)])
            if found is not None:
                return found
    return _spelled(f"{word[:-3]}y") if word.endswith("ies") else None


def segment(tokens: list[str], longest: int = LONGEST_PHRASE) -> list[HeaderWord] | None:
    """Split the words into known phrases, the longest first; None if a word is unknown."""
    entries: list[HeaderWord] = []
    at = 0
    while at < len(tokens):
        size, found = _longest_known(_phrases(tokens[at : at + longest]))
        if not found:
            return None
        entries.extend(found)
        at += size
    return entries


@functools.lru_cache(maxsize=4096)
def _longest_known(phrases: tuple[str, ...]) -> tuple[int, Sequence[HeaderWord]]:
    """Return the length in tokens of the longest known phrase, and its meanings."""
    for size in range(len(phrases), 0, -1):
        known = _look_up(phrases[size - 1])
        if known is not None:
            return size, (known,)
    word = phrases[0]
    if word.isdigit():
        return 1, (HeaderWord(word=word),) if len(word) == 1 else ()
    return 1, compound(word) or ()


@functools.lru_cache(maxsize=4096)
def compound(word: str) -> list[HeaderWord] | None:
    """Split a Dutch or German compound: "bedrijfsnaam", "Telefonnummer"."""
    if len(word) > _LONGEST_COMPOUND:
        return None
    for cut in range(len(word) - 2, 2, -1):
        first = _spelled(word[:cut])
        if first is None:
            continue
        for link in _LINKS:
            rest = word[cut + len(link) :]
            if not word.startswith(link, cut) or (len(rest) < 3 and rest != "nr"):
                continue
            known = _look_up(rest)
            others = [known] if known is not None else compound(rest)
            if others is not None:
                return [first, *others]
    return None
