"""The words for Exact Online's codes, and the error for invalid values.

Words are compared without case, accents and punctuation (`fold`). Dutch, French, German and English
are understood; docs/values.md lists what becomes what. The names of countries and languages come
from babel, which is imported for all but the most common; tests/unit/values/test_countries.py
checks those against the library.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from exact_import.data import knowledge
from exact_import.text import fold, quote


class InvalidValue(ValueError):
    """A value that Exact Online would not accept, or that does not fit its field.

    `check` names the check of `[validation]` that decides the severity; a `mild` one is a warning
    by default. `kept` is the text to send if it is not an error, None if nothing can be sent at
    all. `known` returns the words for a suggestion.
    """

    def __init__(
        self,
        check: str,
        message: str,
        kept: str | None,
        *,
        mild: bool = False,
        known: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        super().__init__(message)
        self.check = check
        self.message = message
        self.kept = kept
        self.mild = mild
        self.known = known


def change(text: str, value: str | float) -> str:
    """Return "text → value" if letters or digits differ, otherwise, ""."""
    if value == text or isinstance(value, bool):
        return ""
    written = str(value).removesuffix(".0") if isinstance(value, float) else str(value)
    same = _marks(text) == _marks(written) if isinstance(value, str) else _same(text, value)
    if same:
        return ""
    return f"{quote(text)[1:-1]} → {written}"


def _marks(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _same(text: str, value: float) -> bool:
    try:
        return float(text.replace(",", ".")) == value
    except ValueError:
        return False


def _table(words: Mapping[str, str]) -> Mapping[str, str]:
    """Turn {code: "word, word"} into {folded word: code}."""
    return MappingProxyType(
        {fold(word): code for code, line in words.items() for word in line.split(",")}
    )


@functools.cache
def cities() -> Mapping[str, str]:
    """Return the country of cities that are in only one, by their folded names."""
    return _table(knowledge("countries")["cities"])


@functools.cache
def legal_forms() -> Mapping[str, str]:
    """Return the country of legal forms that no other has, folded."""
    return _table(knowledge("countries")["legal forms"])


def _set(line: str) -> frozenset[str]:
    return frozenset(fold(word) for word in line.split(","))


_TRUE = "ja, j, jawel, yes, y, true, t, waar, oui, o, vrai, wahr, x, 1, -1, on, aan, √, ✓, ✔, ☑, ☒"
_FALSE = "nee, neen, n, no, false, f, onwaar, non, faux, nein, falsch, 0, off, uit, ☐, ✗, ✘"
BOOLEANS: Mapping[str, bool] = MappingProxyType(
    {word.strip(): True for word in _TRUE.split(",")}
    | {word.strip(): False for word in _FALSE.split(",")}
)

# Exact Online's codes: docs/exact-online.md, "Fields".
STATUSES = _table(
    {
        "C": "C,klant,klanten,afnemer,debiteur,client,clients,cliënt,customer,customers,acheteur,"
        "kunde,kunden,debitor,debtor,actieve klant,bestaande klant,client actif",
        "P": "P,prospect,prospects,prospectie,interessent,interessenten,potentiële klant,"
        "opportunity,client potentiel",
        "S": "S,suspect,suspects,lead,leads,verdacht,piste",
        "A": "A,geen,none,aucun,aucune,keine,kein,relatie,relation,overig,overige,other,autre,"
        "andere,sonstige,contact",
    }
)
SUPPLIERS = _set(
    "leverancier,leveranciers,crediteur,crediteuren,supplier,suppliers,vendor,creditor,"
    "fournisseur,fournisseurs,lieferant,lieferanten,kreditor"
)
# Words that mean only the kind of a relation.
_ROLES = SUPPLIERS | {word for word, code in STATUSES.items() if code != "A" and len(word) > 1}
STATUS_WORDS = ("klant", "client", "customer", "Kunde", "prospect", "suspect", "lead",
                "leverancier", "fournisseur", "supplier", "Lieferant", "geen")  # fmt: skip

# Words that are always a form of address: "mr" is a lawyer's title in Dutch, "M." an initial.
POLITE_FORMS = ("dhr", "mevrouw", "mevr", "mw", "mejuffrouw", "mej", "mrs", "monsieur", "madame",
                "mme", "mademoiselle", "mlle", "herrn", "herr", "frau")  # fmt: skip
GENDERS = _table(
    {
        "M": "M,man,mannelijk,male,homme,masculin,h,mann,männlich,heer,de heer,dhr,meneer,mr,"
        "mister,monsieur,herr,herrn,hr,sir,geachte heer,beste heer,cher monsieur,"
        "sehr geehrter herr,dear sir,dear mr",
        "V": "V,vrouw,vrouwelijk,female,f,femme,féminin,frau,weiblich,w,mevrouw,mevr,mw,mejuffrouw,"
        "mej,mrs,ms,miss,madame,mme,mademoiselle,mlle,fr,dame,geachte mevrouw,beste mevrouw,"
        "chère madame,sehr geehrte frau,dear madam,dear mrs,dear ms",
        "O": "O,onbekend,unknown,inconnu,unbekannt,x,anders,other,autre,divers,neutraal,neutral,"
        "neutre,mx",
    }
)
# Outlook's words for no gender, and words of other programs for no person.
_NO_GENDER = _set(
    "unspecified,not specified,niet gespecificeerd,keine angabe,nicht angegeben,non spécifié,"
    "non précisé,geen opgave,beste,geachte,geachte heer/mevrouw,geachte heer mevrouw,"
    "madame/monsieur,madame monsieur,sehr geehrte damen und herren,dear sir or madam,"
    "firma,bedrijf,organisatie,société,sté,ste,entreprise,company,unternehmen"
)
GENDER_WORDS = ("man", "vrouw", "male", "female", "homme", "femme", "Mann", "Frau", "onbekend",
                "mevrouw", "de heer", "monsieur", "madame", "Herr")  # fmt: skip

# Country names that the library spells differently or leaves out, and the few that fill most files
# (so that those need no library at all). All other names come from it: `country_code`.
EVERYDAY_COUNTRIES = _table(knowledge("countries")["countries"])

EVERYDAY_LANGUAGES = _table(knowledge("countries")["languages"])

CURRENCY_SIGNS = MappingProxyType(
    {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "$": "USD", "US$": "USD"}
)


def boolean(text: str) -> bool | None:
    """Return what a yes-or-no word means, None for any other word."""
    return BOOLEANS.get(text.casefold())


def status(text: str) -> tuple[str, bool]:
    """Return Exact Online's `Status` letter and whether the words name a supplier too.

    "klant/leverancier" is a customer that is a supplier; "leverancier" alone has status A, for
    Exact Online keeps suppliers apart from the status (docs/exact-online.md, "Fields").
    Raises InvalidValue for other words.
    """
    words = [fold(text)]
    if words[0] not in STATUSES and words[0] not in SUPPLIERS:
        words = [fold(part) for part in _JOINED.split(text.casefold())]
    supplier = any(word in SUPPLIERS for word in words)
    letters = {STATUSES.get(word, "?") for word in words if word not in SUPPLIERS}
    if "?" in letters or len(letters) > 1:
        raise InvalidValue(
            "status",
            f"Unknown status {quote(text)} (expected C (customer), P (prospect), S (suspect), "
            "A (none), or a word for one of them).",
            None,
            known=lambda: STATUS_WORDS,
        )
    return (letters.pop() if letters else "A"), supplier


_JOINED = re.compile(r"\s*(?:[/,;&+|]|\ben\b|\band\b|\bet\b|\bund\b)\s*")


def is_role(text: str) -> bool:
    """Return True for words that mean only the kind of a relation, such as "klant/leverancier"."""
    return all(fold(part) in _ROLES for part in _JOINED.split(text.casefold()))


def gender(text: str, _country: str = "") -> str:
    """Return Exact Online's letter for a gender or a salutation, "" if none was chosen.

    Raises InvalidValue for other words.
    """
    letter = "" if fold(text) in _NO_GENDER else GENDERS.get(fold(text))
    if letter is None:
        raise InvalidValue(
            "gender",
            f"Unknown gender {quote(text)} (expected M (man), V (woman) or O (unknown)).",
            None,
            known=lambda: GENDER_WORDS,
        )
    return letter


@functools.cache
def month_names() -> Mapping[str, int]:
    """Return the names and short names of the months in the four languages, folded."""
    lines = enumerate(knowledge("words")["months"], 1)
    return {name: number for number, line in lines for name in line.split()}


# --- countries, languages and currencies: named in four languages ------------------------------

LANGUAGES = ("nl", "fr", "de", "en")  # in which files name countries and languages

# Codes that the library names but that are not countries of an address.
_NO_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)


def country_code(text: str) -> str | None:
    """Return the ISO-2 code of a country named in Dutch, French, German or English, or by code.

    None for any other text. "NL - Nederland" and "Belgium (BE)" are understood too.
    """
    words = fold(text[:200])
    if code := EVERYDAY_COUNTRIES.get(words):
        return code
    names = country_names()
    if code := names.get(words):
        return code
    parts = {fold(part) for part in re.split(r"[()\[\]/,;|]|\s[-–]\s|(?<=^\w\w)-", text[:200])}
    codes = {EVERYDAY_COUNTRIES.get(part) or names.get(part) for part in parts if part}
    return codes.pop() if len(codes) == 1 else None


@functools.cache
def country_names() -> Mapping[str, str]:
    """Return every country's names and codes, folded, with its ISO-2 code."""
    from babel.core import get_global

    names: dict[str, str] = {}
    for code, name in _translated("territories"):
        if code.isalpha() and code not in _NO_COUNTRIES:
            names.setdefault(fold(name), code)
            names[code.lower()] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0].lower() in names:
            names[alias.lower()] = codes[0]
    return MappingProxyType({**names, **EVERYDAY_COUNTRIES})


def country(text: str, _country: str = "") -> str:
    """Return the ISO-2 code of a country; raises InvalidValue with the nearest name that exists."""
    code = country_code(text)
    if code is None:
        message = f"Unknown country {quote(text)}."
        raise InvalidValue("country", message, text, known=country_spellings)
    return code


# Names that the library does not have, to suggest.
_SPOKEN = ("Holland", "Hollande", "Engeland", "England", "Angleterre", "Schotland", "Amerika")


@functools.cache
def country_spellings() -> tuple[str, ...]:
    """Return the names of all countries in the four languages, for suggestions."""
    names = [name for code, name in _translated("territories") if code.lower() in country_names()]
    return (*names, *_SPOKEN)


def _translated(what: Literal["territories", "languages"]) -> Iterator[tuple[str, str]]:
    """Yield the codes of two letters, each with its name in each of the four languages."""
    from babel import Locale

    for language in LANGUAGES:
        for code, name in getattr(Locale(language), what).items():
            if len(code) == 2:
                yield code, name


_LANGUAGE_CODE = re.compile(r"([a-z]{2})(?:[-_]([a-z]{2}))?", re.ASCII | re.IGNORECASE)


def language_code(text: str, _country: str = "") -> str:
    """Return a language as Exact Online codes it: "NL", "NL-BE".

    The region is left out if it adds nothing (nl-NL). Takes names in the four languages too. Raises
    InvalidValue. See docs/exact-online.md, "Padding".
    """
    if code := EVERYDAY_LANGUAGES.get(fold(text[:200])):
        return code
    names = language_names()
    if match := _LANGUAGE_CODE.fullmatch(text):
        language, region = match[1].upper(), (match[2] or "").upper()
        if language.lower() in names and (not region or region.lower() in country_names()):
            return language if region in ("", language) else f"{language}-{region}"
    if code := names.get(fold(text[:200])):
        return code
    if code := _spelled_twice(text[:200]):
        return code
    message = f"Unknown language {quote(text)} (expected a code such as NL, FR or EN)."
    raise InvalidValue("language", message, None, known=language_spellings)


_REGION = re.compile(r"\s*\(([A-Za-z]{2})\)")


def _spelled_twice(text: str) -> str:
    """Return the code of "Dutch (BE) / Nederlands (BE)"; "" if the parts disagree."""
    regions = {found.upper() for found in _REGION.findall(text)}
    words = {fold(part) for part in re.split(r"[/|,;]| - ", _REGION.sub("", text)) if part.strip()}
    codes = {EVERYDAY_LANGUAGES.get(word) or language_names().get(word, "") for word in words}
    if len(codes) != 1 or len(regions) > 1 or "" in codes:
        return ""
    code, region = codes.pop(), "".join(regions)
    return code if region in ("", code) or "-" in code else f"{code}-{region}"


@functools.cache
def language_names() -> Mapping[str, str]:
    """Return every language's names and codes of two letters, folded, with its code."""
    names: dict[str, str] = {}
    for code, name in _translated("languages"):
        names.setdefault(fold(name), code.upper())
        names[code] = code.upper()
    return MappingProxyType({**names, **EVERYDAY_LANGUAGES})


@functools.cache
def language_spellings() -> tuple[str, ...]:
    """Return the names of all languages in the four languages, for suggestions."""
    return tuple(name for _, name in _translated("languages"))


def currency_code(text: str, _country: str = "") -> str:
    """Return an ISO currency code; raises InvalidValue for others, which are stored as empty."""
    code = text.upper()
    code = CURRENCY_SIGNS.get(code, code)
    if code == "EUR":
        return code
    from babel.numbers import list_currencies

    if code not in list_currencies():
        raise InvalidValue(
            "currency", f"Unknown currency {quote(text)} (expected a code such as EUR).", text
        )
    return code
