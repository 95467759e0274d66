"""What the words of a header mean, and with them what a header says.

A header is understood only if every one of its words is: a column called "E-mail bounced" is not
an e-mail address. The words are the aliases in fields.json and those in headers.json. Dutch and
German compounds are taken apart, and plurals are as good as singulars.
"""

from __future__ import annotations

import functools
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from exact_import.fields import Field, Kind, catalogue
from exact_import.text import compose, without_accents

Target = tuple[Kind, str]

KINDS: tuple[Kind, ...] = ("account", "contact", "bank account")
# Nobody's column of another program by these names holds what Exact Online means by them.
DANGEROUS = frozenset(
    {"BirthName", "BirthNamePrefix", "BSN", "EndDate", "SocialSecurityNumber", "StartDate", "Title"}
)
# Between the words of a name such as AddressLine1.
CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zß-ÿ])")

_LONGEST_PHRASE = 6  # words
_LONGEST_COMPOUND = 40  # characters
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}
_WORDS = re.compile(r"[^\W\d_]+|\d+|[%€$]")
_PLURALS = ("s", "en", "n", "es", "e")
_LINKS = ("", "s", "en", "n", "e")


@dataclass(frozen=True, slots=True)
class HeaderWord:
    """What a word or phrase can be: fields, a part of an address, a general head, a qualifier."""

    targets: frozenset[Target] = frozenset()
    piece: str = ""
    generic: str = ""
    qualifiers: frozenset[str] = frozenset()
    poison: bool = False
    word: str = ""

    def merged(self, other: HeaderWord) -> HeaderWord:
        """Return what a word can be that is both."""
        return replace(
            self,
            targets=self.targets | other.targets,
            piece=self.piece or other.piece,
            generic=self.generic or other.generic,
            qualifiers=self.qualifiers | other.qualifiers,
        )

    @property
    def names(self) -> frozenset[str]:
        """The fields that it can be, whatever their kind."""
        return frozenset(name for _, name in self.targets)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a header, without case, accents and punctuation."""
    text = compose(text)
    text = re.sub(r"[#№]|\b[nN][°º]", " number ", text)
    return _WORDS.findall(_plain(CAMEL.sub(" ", text)))


def squeezed(text: str) -> str:
    """Return a header as one word, to compare spellings."""
    return "".join(words_of(text))


def _spelled_freely(field: Field) -> bool:
    """Tell whether the field's own name, in any spelling, may be taken for the field."""
    if field.name in DANGEROUS or field.edm in {"Guid", "Binary"} or not field.writable:
        return False
    return len(CAMEL.split(field.name)) > 1 or bool(field.aliases)


@functools.cache
def _lexicon() -> Mapping[str, HeaderWord]:
    lexicon: dict[str, HeaderWord] = {}

    def add(phrase: str, entry: HeaderWord) -> None:
        for spelling in {squeezed(phrase), squeezed(_umlauts(phrase))}:
            known = lexicon.get(spelling)
            entry = replace(entry, word=spelling)
            lexicon[spelling] = entry if known is None else known.merged(entry)

    for kind in KINDS:
        for field in catalogue(kind).values():
            phrases = [*field.aliases, *([field.name] if _spelled_freely(field) else [])]
            for phrase in phrases:
                add(phrase, HeaderWord(targets=frozenset({(kind, field.name)})))
    words = _words()
    for qualifier, phrases in words["qualifiers"].items():
        for phrase in phrases:
            add(phrase, HeaderWord(qualifiers=frozenset({qualifier})))
    for generic, phrases in words["generic"].items():
        for phrase in phrases:
            add(phrase, HeaderWord(generic=generic))
    for piece, phrases in words["pieces"].items():
        for phrase in phrases:
            add(phrase, HeaderWord(piece=piece))
    for phrase in words["other"]["filler"]:
        add(phrase, HeaderWord())
    for phrase in words["other"]["ignored"]:
        lexicon[squeezed(phrase)] = HeaderWord(poison=True, word=squeezed(phrase))
    return lexicon


@functools.cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    text = cast("bytes", pkgutil.get_data("exact_import.data", "headers.json"))
    return {
        group: {name: [word.strip() for word in line.split(";")] for name, line in lines.items()}
        for group, lines in json.loads(text).items()
        if group != "about"
    }


def adds_nothing_to(generic: str) -> frozenset[str]:
    """Return the fields of which a general head says nothing more: "BTW-nummer" is the BTW."""
    return frozenset(_words()["adds nothing to"].get(generic, ()))


def _umlauts(text: str) -> str:
    return text.casefold().translate(_UMLAUTS)


def _plain(text: str) -> str:
    return without_accents(text.casefold())


def _look_up(word: str) -> HeaderWord | None:
    lexicon = _lexicon()
    if word in lexicon:
        return lexicon[word]
    for ending in _PLURALS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            found = lexicon.get(word[: -len(ending)])
            if found is not None:
                return found
    if word.endswith("ies"):
        return lexicon.get(f"{word[:-3]}y")
    return None


def segment(tokens: list[str]) -> list[HeaderWord] | None:
    """Share the words out over known phrases, the longest first; None if a word is unknown."""
    entries: list[HeaderWord] = []
    at = 0
    while at < len(tokens):
        for size in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
            word = "".join(tokens[at : at + size])
            known = _look_up(word)
            found = [known] if known is not None else []
            if size == 1 and not found and word.isdigit():
                found = [HeaderWord(word=word)] if len(word) == 1 else []
            elif size == 1 and not found:
                found = compound(word) or []
            if found:
                entries.extend(found)
                at += size
                break
        else:
            return None
    return entries


@functools.lru_cache(maxsize=4096)
def compound(word: str) -> list[HeaderWord] | None:
    """Take a Dutch or German compound apart: "bedrijfsnaam", "Telefonnummer"."""
    if len(word) > _LONGEST_COMPOUND:
        return None
    lexicon = _lexicon()
    for cut in range(len(word) - 2, 2, -1):
        first = lexicon.get(word[:cut])
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


def heads() -> Iterator[str]:
    """Yield every phrase that headers are read with, squeezed; for tests and for the curious."""
    yield from _lexicon()


# Qualifiers that a phrase keeps when it is an alias as a whole: "Home phone", "Klantnummer".
_WHOSE = frozenset({"company", "party", "account", "person", "home", "business"})
_OWNERS = frozenset({"company", "party", "account", "person"})
_LONGEST_HEADER = 12  # words; more is a sentence
_LONGEST_TEXT = 120  # characters
# Two heads in one header that are one thing after all: "Land/regio", "Telefoon/GSM".
_PAIRS: Mapping[frozenset[str], str] = {
    frozenset({"Country", "State"}): "Country",
    frozenset({"Phone", "Mobile"}): "Mobile",
    frozenset({"VATNumber", "ChamberOfCommerce"}): "VATNumber",
}


@dataclass(frozen=True, slots=True)
class ParsedHeader:
    """What one header says.

    `targets` are the fields that its head can mean. Otherwise `part` is the part of an address
    ("street", "house number", "box", or "street number" where it may be both) or a head that
    means something only among other columns ("name", "title", "number", or "sort" where it tells
    companies from people). `qualifiers` say whose or which, `ordinal` is the number in it (0 for
    none), `word` the word of its head.
    """

    targets: frozenset[Target] = frozenset()
    part: str = ""
    qualifiers: frozenset[str] = frozenset()
    ordinal: int = 0
    word: str = ""

    def is_any(self, *names: str) -> bool:
        """Tell whether the head means one of the fields called `names`, of whatever kind."""
        return any(name in names for _, name in self.targets)


def read_header(header: str) -> ParsedHeader | None:
    """Return what `header` says, None if it holds a word that says nothing known."""
    return _read(header) if len(header) <= _LONGEST_TEXT else None


@functools.lru_cache(maxsize=4096)
def _read(header: str) -> ParsedHeader | None:
    tokens = words_of(header)
    if not tokens or len(tokens) > _LONGEST_HEADER:
        return None
    entries = segment(tokens)
    if entries is None or any(entry.poison for entry in entries):
        return None
    numbers = [int(entry.word) for entry in entries if entry.word.isdigit()]
    reading = _compose([entry for entry in entries if not entry.word.isdigit()])
    if reading is None or len(numbers) > 2:
        return None
    return replace(reading, ordinal=numbers[-1] if numbers else 0)


def exact_field(header: str) -> list[Field]:
    """Return the writable fields that `header` names as Exact Online spells them.

    "Account.Name" and "contact.email" say the kind too; a bare name can be of several kinds.
    Names that are an ordinary word elsewhere ("Parent", "Title", "ID") need the kind.
    """
    header = header.strip()
    prefix, dot, name = header.partition(".")
    for kind in KINDS:
        if dot and prefix.strip().casefold().replace("bankaccount", "bank account") == kind:
            wanted = name.strip().casefold()
            return [f for n, f in catalogue(kind).items() if n.casefold() == wanted and f.writable]
    found = [catalogue(kind).get(header) for kind in KINDS]
    return [f for f in found if f is not None and f.writable and not _ordinary(f)]


def speaks_exact(header: Sequence[str]) -> bool:
    """Tell whether a file is written in Exact Online's own field names, such as VATNumber.

    Then its "ID" and "State" mean what Exact Online means by them.
    """
    common = {"FirstName", "MiddleName", "LastName", "BirthDate", "PhoneExtension"}
    return any(
        field.name not in common and ("." in cell or len(CAMEL.split(field.name)) > 1)
        for cell in header
        for field in exact_field(cell)
    )


def _ordinary(field: Field) -> bool:
    single = re.fullmatch("ID|[A-Z][a-z]+", field.name)
    return field.name in {"Title", "Main", "Description"} or (
        single is not None and field.edm in {"Guid", "Binary"}
    )


def _compose(entries: list[HeaderWord]) -> ParsedHeader | None:
    """Put together what the phrases of a header say; None if they do not fit together."""
    qualifiers = frozenset(q for entry in entries for q in entry.qualifiers | _inner(entry))
    if len(entries) == 1 and "MainContact" in entries[0].names:
        return ParsedHeader(entries[0].targets, "", qualifiers, word=entries[0].word)
    generics = [e.generic for e in entries if e.generic and not e.piece]
    specific = [e for e in entries if (e.targets or e.piece) and not e.qualifiers and not e.generic]
    if specific:
        return _specific(specific, frozenset(generics), qualifiers)
    if generics:
        return _generic(entries, frozenset(generics), qualifiers)
    if qualifiers & _OWNERS:
        # "Bedrijf", "Contact", "Company contact": whose it is, and so the name.
        return ParsedHeader(part="name", qualifiers=qualifiers, word=entries[-1].word)
    return None


def _inner(entry: HeaderWord) -> frozenset[str]:
    """Return whose a phrase says it is that is known as a whole, such as "Home phone"."""
    if not entry.targets or entry.qualifiers:
        return frozenset()
    parts = compound(entry.word) or ()
    return frozenset(q for part in parts for q in part.qualifiers & _WHOSE)


def _specific(
    heads: list[HeaderWord], generics: frozenset[str], qualifiers: frozenset[str]
) -> ParsedHeader | None:
    word = heads[-1].word
    pieces = {head.piece for head in heads if head.piece and not head.targets}
    if pieces:
        return _pieces(heads, pieces, generics, qualifiers)
    targets = frozenset.intersection(*(head.targets for head in heads))
    names = frozenset.union(*(head.names for head in heads))
    if not targets:
        meant = _PAIRS.get(names)
        targets = frozenset(t for head in heads for t in head.targets if t[1] == meant)
    names = frozenset(name for _, name in targets)
    if not targets or not all(names & adds_nothing_to(generic) for generic in generics):
        return None
    if "user" in qualifiers and not names & {"Email", "Website", "Phone", "FirstName", "LastName"}:
        return None
    if names <= {"Name", "FullName"}:
        whose = {"company"} if names == {"Name"} else {"person"}
        whose = set() if qualifiers & _OWNERS else whose
        return ParsedHeader(part="name", qualifiers=qualifiers | whose, word=word)
    return ParsedHeader(targets, "", qualifiers, word=word)


def _pieces(
    heads: list[HeaderWord], pieces: set[str], generics: frozenset[str], qualifiers: frozenset[str]
) -> ParsedHeader | None:
    if any(head.targets and head.names != {"AddressLine1"} for head in heads):
        return None
    word = next(head.word for head in heads if head.piece)
    if not generics <= {"address", "number", "name", "line"}:
        return None
    if "street" in pieces and len(pieces) > 1:
        return ParsedHeader(frozenset({("account", "AddressLine1")}), "", qualifiers, word=word)
    if "number" in generics and pieces == {"street"}:
        return ParsedHeader(part="street number", qualifiers=qualifiers, word=word)
    piece = "house number" if "house number" in pieces else pieces.pop()
    return ParsedHeader(part=piece, qualifiers=qualifiers, word=word)


def _generic(
    entries: list[HeaderWord], generics: frozenset[str], qualifiers: frozenset[str]
) -> ParsedHeader | None:
    word = entries[-1].word
    if generics <= {"address", "line"} and "user" not in qualifiers:
        return ParsedHeader(frozenset({("account", "AddressLine1")}), "", qualifiers, word=word)
    if generics == {"address", "number"}:
        return ParsedHeader(part="house number", qualifiers=qualifiers, word=word)
    if generics == {"name"} and "user" not in qualifiers:
        return ParsedHeader(part="name", qualifiers=qualifiers, word=word)
    if generics == {"sort"}:
        return ParsedHeader(part="sort", word=word)
    if generics == {"title"}:
        if qualifiers & {"company", "person"}:
            targets = frozenset({("contact", "JobTitleDescription")})
            return ParsedHeader(targets, "", qualifiers, word=word)  # type: ignore[arg-type]
        return ParsedHeader(part="title", qualifiers=qualifiers, word=word)
    if generics == {"number"} and not qualifiers:
        return ParsedHeader(part="number", word=word)
    if generics in ({"code"}, {"number"}):
        # The number of a company is the one that the state gave it; that of a customer is ours.
        registered = generics == {"number"} and qualifiers == {"company"}
        ours = qualifiers & {"company", "party"} and not qualifiers & {"person", "account"}
        if registered or ours or (generics == {"code"} and qualifiers <= {"account"}):
            name = "ChamberOfCommerce" if registered else "Code"
            return ParsedHeader(frozenset({("account", name)}), "", qualifiers, word=word)
    return None
