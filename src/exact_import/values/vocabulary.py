"""The words for Exact Online's codes, and the checks of values with their error.

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

# --- the checks that [validation] can set to error, warning or off ----------------------------

Level = Literal["error", "warning", "off"]

_ERRORS = {
    "type": "invalid numbers and yes/no values, and texts longer than any field",
    "date": "invalid dates, and dates whose day and month could be either way round",
    "guid": "IDs that are not GUIDs",
    "code": "codes to which a spreadsheet added decimals, and codes with letters",
    "vat": "the form and check digits of VAT numbers of the European Union",
    "chamber_of_commerce": "Dutch KvK numbers (8 digits) and Belgian enterprise numbers",
    "iban": "the form and check digits of bank accounts",
    "peppol": "Peppol participants: the scheme and its check digits",
    "email": "the spelling of e-mail addresses",
    "website": "web addresses with spaces or without a dot",
    "country": "unknown countries",
    "currency": "unknown currencies; an amount in a currency other than the euro is a warning",
    "excel": "spreadsheet errors such as #REF!, and long numbers rounded to 1,23E+11",
    "ditto": 'marks that refer to another row, such as idem or "',
    "place": "postcodes without a digit; a letter O for a zero, and a city without letters, are "
    "warnings",
}
_WARNINGS = {
    "language": "unknown languages; the value is left out",
    "status": "unknown words for a status; the value is left out",
    "gender": "unknown words for a gender; the value is left out",
    "reference": "account managers, payment conditions, VAT codes and classifications that your "
    "company does not have; the value is left out",
    "length": "texts longer than Exact Online probably stores",
    "phone": "telephone and fax numbers that cannot be dialled",
    "bic": "invalid bank codes (BIC)",
    "bsn": "the check digit of Dutch BSN and RSIN numbers",
    "several": "several e-mail addresses, telephone numbers or values in a cell",
    "duplicate": "companies with the same VAT number, name and postcode, or code (leading zeros "
    "aside)",
    "placeholder": "placeholders such as n.v.t., which count as empty",
    "encoding": "characters that were damaged when the file was saved (\ufffd)",
    "name": "names without letters, e-mail addresses as or in a name, and remarks after a name",
}

CHECKS: Mapping[str, tuple[Level, str]] = MappingProxyType(
    {
        **{name: ("error", about) for name, about in _ERRORS.items()},
        **{name: ("warning", about) for name, about in _WARNINGS.items()},
    }
)
"""By name: the level of a failed check by default, and what is checked."""


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


# --- words ------------------------------------------------------------------------------------


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


_WORDS = knowledge("words")


def _set(line: str) -> frozenset[str]:
    return frozenset(fold(word) for word in line.split(","))


BOOLEANS: Mapping[str, bool] = MappingProxyType(
    {word.strip(): says == "yes" for says in ("yes", "no") for word in _WORDS[says].split(",")}
)

# Exact Online's codes: docs/exact-online.md, "Fields".
STATUSES = _table(_WORDS["statuses"])
SUPPLIERS = _set(_WORDS["suppliers"])
# Words that mean only the kind of a relation.
_ROLES = SUPPLIERS | {word for word, code in STATUSES.items() if code != "A" and len(word) > 1}
STATUS_WORDS = ("klant", "client", "customer", "Kunde", "prospect", "suspect", "lead",
                "leverancier", "fournisseur", "supplier", "Lieferant", "geen")  # fmt: skip

# Words that are always a form of address: "mr" is a lawyer's title in Dutch, "M." an initial.
POLITE_FORMS = ("dhr", "mevrouw", "mevr", "mw", "mejuffrouw", "mej", "mrs", "monsieur", "madame",
                "mme", "mademoiselle", "mlle", "herrn", "herr", "frau")  # fmt: skip
GENDERS = _table(_WORDS["genders"])
# Outlook's words for no gender, and words of other programs for no person.
_NO_GENDER = _set(_WORDS["no gender"])
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
    raise InvalidValue(
        "language", message, None, known=lambda: [name for _, name in _translated("languages")]
    )


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
