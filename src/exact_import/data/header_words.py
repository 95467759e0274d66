"""Parses a header into its meaning, word by word.

A header is understood only if every one of its words is: a column called "E-mail bounced" is not an
e-mail address.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from exact_import.data.lexicon import (
    CAMEL,
    KINDS,
    LONGEST_PHRASE,
    HeaderWord,
    Target,
    adds_nothing_to,
    compound,
    segment,
    words_of,
)
from exact_import.fields import Field, catalogue

# Qualifiers that a phrase keeps when it is an alias as a whole: "Home phone", "Klantnummer".
_WHOSE = frozenset({"company", "party", "account", "person", "home", "business"})
_OWNERS = frozenset({"company", "party", "account", "person"})
# Which address a column is of: "Nr (facturatie)".
_PLACES = frozenset({"billing", "delivery", "postal", "visit"})
_LONGEST_HEADER = 12  # words; more is a sentence
_LONGEST_TEXT = 120  # characters
_is_poison = attrgetter("poison")
# Instructions for filling in a column: "Straat (max. 30 tekens)", "Naam (bv. Bakkerij Maes)",
# "Postcode [4 cijfers]", "Geboortedatum (dd/mm/jjjj)".
_INSTRUCTION = re.compile(
    r"[(\[]\s*(?:(?:max|min|bv|bijv|vb|ex|p\.?\s?ex|e\.?\s?g|z\.?\s?b|incl|inkl|format"
    r"|\d+ ?-?(?:cijfer|teken|letter|chiffre|caract|digit|char|ziffer|zeichen|stell))"
    r"(?:[a-z]*)\b[^()\[\]]*|(?:[djmty]{1,4}|aaaa)(?:[-/. ](?:[djmty]{1,4}|aaaa)){2})[)\]]",
    re.IGNORECASE,
)
# What a form asks around what it wants to know: "Wat is uw naam?", "Voor welk bedrijf werkt u?"
_QUESTION = re.compile(
    r"^\s*(?:(?:voor|bij|in|for|pour|dans|für|bei)\s+)?"
    r"(?:wat|what|welke?|which|quel(?:le)?s?|was|wie|welche[ms]?|(?:heeft|hebt) u(?: nog)?"
    r"|do you have(?: any)?|avez-vous(?: des)?|haben sie(?: noch)?)(?:'s)?"
    r"(?:\s+(?:is|zijn|are|est|sont|ist|lautet))?\s+(?=\S)"
    r"|\s+(?:(?:werkt|woont|bent)\s+(?:u|je)|(?:do|are) you|(?:travaillez|habitez|êtes)[ -]vous"
    r"|(?:arbeiten|wohnen|sind) sie)\b[^?]*(?=\?)",
    re.IGNORECASE,
)
# Two heads in one header with one meaning: "Land/regio", "Telefoon/GSM".
_PAIRS: Mapping[frozenset[str], str] = {
    frozenset({"Country", "State"}): "Country",
    frozenset({"Phone", "Mobile"}): "Mobile",
    frozenset({"Phone", "Fax"}): "Phone",
    frozenset({"VATNumber", "ChamberOfCommerce"}): "VATNumber",
}


@dataclass(frozen=True, slots=True)
class ParsedHeader:
    """The meaning of one header.

    `targets` are the fields that its head can mean. Otherwise `part` is the part of an address
    ("street", "street type", "house number", "letter", "addition", "box", or "street number" if it
    may be both) or a head that means something only among other columns ("name", "title",
    "salutation", "number", or "sort" if it distinguishes companies from people). `qualifiers` say
    whose or which, `ordinal` is the number in it (0 for none), `word` the word of its head.
    `assumed` says that the word is vague, so that a note must say how it was read.
    """

    targets: frozenset[Target] = frozenset()
    part: str = ""
    qualifiers: frozenset[str] = frozenset()
    ordinal: int = 0
    word: str = ""
    assumed: bool = False

    def is_any(self, *names: str) -> bool:
        """Return True if the head means one of the fields called `names`, of whatever kind."""
        return bool(self.targets) and not _names_of(self.targets).isdisjoint(names)


@functools.lru_cache(maxsize=1024)
def _names_of(targets: frozenset[Target]) -> frozenset[str]:
    return frozenset(name for _, name in targets)


def read_header(header: str) -> ParsedHeader | None:
    """Return the meaning of `header`, None if it has an unknown word."""
    return _read(header) if len(header) <= _LONGEST_TEXT else None


@functools.lru_cache(maxsize=4096)
def _read(header: str) -> ParsedHeader | None:
    header = _QUESTION.sub("", _INSTRUCTION.sub("", header))
    tokens = words_of(header)
    if not tokens or len(tokens) > _LONGEST_HEADER:
        return None
    joined = _JOINED.search(header) is not None
    for longest in (LONGEST_PHRASE, 1):  # "PostCodeLand" is not a postcode: word by word, then
        entries = segment(tokens, longest)
        if entries is None or any(map(_is_poison, entries)):
            return None
        numbers = [entry for entry in entries if entry.word.isdigit()]
        words = tuple(entry for entry in entries if entry.is_meaningful)
        reading = _compose(words, joined=joined)
        if reading is not None and len(numbers) <= 2:
            assumed = any(entry.assumed for entry in words)
            if not numbers and not assumed:
                return reading
            ordinal = int(numbers[-1].word) if numbers else 0
            return replace(reading, ordinal=ordinal, assumed=assumed)
    return None


# Between the words for two parts that one column holds: "Huisnummer + bus".
_JOINED = re.compile(r"[+/&,]|\b(?:en|et|and|und|met|incl)\b", re.IGNORECASE)


def says_both_lines(header: str) -> bool:
    """Return True for "Tel./GSM", whose cells say which of the two a number is."""
    entries = segment(words_of(header)) or ()
    return frozenset({"Phone", "Mobile"}) <= frozenset(n for e in entries for n in e.names)


def exact_field(header: str) -> list[Field]:
    """Return the writable fields that `header` names as Exact Online spells them.

    "Account.Name" and "contact.email" say the kind too; a bare name can be of several kinds.
    Names that are an ordinary word elsewhere ("Parent", "Title", "ID") need the kind.
    """
    header = header.strip()
    prefix, dot, name = header.partition(".")
    for kind in KINDS if dot else ():
        if prefix.strip().casefold().replace("bankaccount", "bank account") == kind:
            wanted = name.strip().casefold()
            return [f for n, f in catalogue(kind).items() if n.casefold() == wanted and f.writable]
    return _own_names().get(header, [])


@functools.cache
def _own_names() -> Mapping[str, list[Field]]:
    """Return the fields that a header can name without their kind, by name."""
    found: dict[str, list[Field]] = {}
    for kind in KINDS:
        for name, field in catalogue(kind).items():
            if field.writable and not _ordinary(field):
                found.setdefault(name, []).append(field)
    return found


def uses_exact_names(header: Sequence[str]) -> bool:
    """Return True if a file is written in Exact Online's own field names, such as VATNumber.

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


@functools.lru_cache(maxsize=4096)
def _compose(entries: tuple[HeaderWord, ...], *, joined: bool) -> ParsedHeader | None:
    """Combine the meanings of a header's phrases; None if they do not fit together."""
    qualifiers = frozenset(q for entry in entries for q in entry.qualifiers | _inner(entry))
    if len(entries) == 1 and "MainContact" in entries[0].names:
        return ParsedHeader(entries[0].targets, "", qualifiers, word=entries[0].word)
    generics = [e.generic for e in entries if e.generic and not e.piece]
    specific = [e for e in entries if (e.targets or e.piece) and not e.qualifiers and not e.generic]
    if specific:
        return _specific(specific, frozenset(generics), qualifiers, joined=joined)
    if generics:
        return _generic(entries, frozenset(generics), qualifiers)
    if qualifiers & _OWNERS:
        # "Bedrijf", "Contact", "Company contact": whose it is, and so the name.
        return ParsedHeader(part="name", qualifiers=qualifiers, word=entries[-1].word)
    return None


def _inner(entry: HeaderWord) -> frozenset[str]:
    """Return the qualifiers of a phrase that is known as a whole, such as "Home phone"."""
    if not entry.targets or entry.qualifiers:
        return frozenset()
    parts = compound(entry.word) or ()
    return frozenset(q for part in parts for q in part.qualifiers & _WHOSE)


def _specific(
    heads: list[HeaderWord], generics: frozenset[str], qualifiers: frozenset[str], *, joined: bool
) -> ParsedHeader | None:
    word = heads[-1].word
    pieces = {head.piece for head in heads if head.piece and not head.targets}
    if pieces:
        return _pieces(heads, pieces, generics, qualifiers, joined=joined)
    targets = frozenset.intersection(*(head.targets for head in heads))
    names = frozenset.union(*(head.names for head in heads))
    given = names & {"FirstName", "Initials"}
    whole = given and names <= {"FirstName", "Initials", "MiddleName", "LastName"}
    named = "name" in generics and (joined or names == {"FirstName"})
    if whole and len(names) + named > 1:
        # "Naam en voornaam", "Voor- en achternaam", "Achternaam, voorletters"
        return ParsedHeader(part="name", qualifiers=qualifiers | {"person"}, word=word)
    if {"Postcode", "City"} <= names <= {"Postcode", "City", "AddressLine1", "Country"}:
        whole = names > {"Postcode", "City"} or "address" in generics
        both = "FullAddress" if whole else "PostcodeCity"
        return ParsedHeader(frozenset({("account", both)}), "", qualifiers, word=word)
    if not targets:
        # "Tel/Fax" is a telephone, "Telefoonnummer (fax)" is not.
        meant = "Fax" if names == {"Phone", "Fax"} and not joined else _PAIRS.get(names)
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
    heads: list[HeaderWord],
    pieces: set[str],
    generics: frozenset[str],
    qualifiers: frozenset[str],
    *,
    joined: bool,
) -> ParsedHeader | None:
    if any(head.targets and head.names != {"AddressLine1"} for head in heads):
        return None
    word = next(head.word for head in heads if head.piece)
    if not generics <= {"address", "number", "name", "line"}:
        return None
    if pieces > {"house number"} and "street" not in pieces and not joined:
        pieces -= {"house number"}  # "Toev. aan huisnr." is the addition alone
    whole = joined and any(head.targets for head in heads)  # "Straat/nr/bus"
    if whole or ("street" in pieces and len(pieces) > 1):
        return ParsedHeader(frozenset({("account", "AddressLine1")}), "", qualifiers, word=word)
    if "number" in generics and pieces == {"street"}:
        return ParsedHeader(part="street number", qualifiers=qualifiers, word=word)
    if joined and "number" in generics and pieces <= {"box", "addition"}:
        pieces = {"house number"}  # "Nummer/bus": the number, with what follows it
    piece = "house number" if "house number" in pieces else pieces.pop()
    return ParsedHeader(part=piece, qualifiers=qualifiers, word=word)


def _generic(
    entries: Sequence[HeaderWord], generics: frozenset[str], qualifiers: frozenset[str]
) -> ParsedHeader | None:
    word = entries[-1].word
    if generics <= {"address", "line"} and "user" not in qualifiers:
        return ParsedHeader(frozenset({("account", "AddressLine1")}), "", qualifiers, word=word)
    if generics == {"address", "number"}:
        return ParsedHeader(part="house number", qualifiers=qualifiers, word=word)
    if generics == {"name"} and "user" not in qualifiers:
        return ParsedHeader(part="name", qualifiers=qualifiers, word=word)
    if generics == {"salutation"}:
        return ParsedHeader(part="salutation", qualifiers=qualifiers, word=word)
    if generics == {"sort"}:
        return ParsedHeader(part="sort", word=word)
    if generics == {"title"}:
        if qualifiers & {"company", "person"}:
            targets = frozenset({("contact", "JobTitleDescription")})
            return ParsedHeader(targets, "", qualifiers, word=word)  # type: ignore[arg-type]
        return ParsedHeader(part="title", qualifiers=qualifiers, word=word)
    if generics == {"number"} and qualifiers <= _PLACES:
        return ParsedHeader(part="number", qualifiers=qualifiers, word=word)
    if generics in ({"code"}, {"number"}):
        # A company number is its official one; a customer number is the source's own.
        registered = generics == {"number"} and qualifiers == {"company"}
        ours = qualifiers & {"company", "party"} and not qualifiers & {"person", "account"}
        if registered or ours or (generics == {"code"} and qualifiers <= {"account"}):
            name = "ChamberOfCommerce" if registered else "Code"
            word = next(entry.word for entry in entries if entry.generic)
            return ParsedHeader(frozenset({("account", name)}), "", qualifiers, word=word)
    return None
