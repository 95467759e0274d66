"""Words beside people's names: first names, small words, job titles and remarks.

The common first and last names are in `data/person_names.json`.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from exact_import.data import knowledge, word_group
from exact_import.text import fold, word_set
from exact_import.values.names import has_legal_form
from exact_import.values.vocabulary import GENDERS

# Small words before a last name. Written small they are Exact Online's middle name ("van der"),
# written large, as in Belgium, they are part of the last name ("Van den Berghe").
# Some may be a first name as well: "Al", "Le", "Do".
_NEVER_FIRST = (
    r"van|von|vom|de|der|den|het|'t|in|op|aan|bij|uit|te|ter|ten|tot|onder|over|voor|du|des|zu"
    r"|zum|zur"
)
NO_FIRST = re.compile(_NEVER_FIRST)
"""A small word that is never a first name, in small letters."""

PARTICLE = re.compile(
    rf"{_NEVER_FIRST}|la|le|les|l'|d'|di|da|do|dos|del|della|da'|el|al|und|y"
    r"|v\.?\s?d\.?|v\.?/d\.?|v\.|d\."
)
"""A small word before a last name, in small letters."""

_INITIALS = re.compile(r"(?:[^\W\d_]{1,3}\.-?)+|[A-Z]{1,2}")
# "BV", "afd."
_SHORTENED = re.compile(r"[A-Z]{1,2}|[^\W\d_]{2,3}\.")
_STREET = re.compile(r"\s*[^\W\d_]{2}[^,]*\d")
# Between a company and a person in one cell.
BESIDE_MARKS = (" - ", " – ", " / ", " | ", " (", ", ")
_BESIDE = re.compile(r"\s+[-–/|]\s+|\s+\(|,\s+")


@functools.cache
def _names(group: str) -> frozenset[str]:
    return frozenset(knowledge("person_names")[group].split())


def is_first_name(word: str) -> bool:
    """Return True for a common first name ("Jan", "Jean-Luc") and for initials ("J.P.")."""
    if _INITIALS.fullmatch(word) and not PARTICLE.fullmatch(word.casefold()):
        return True
    known = _names("first")
    folded = fold(word).replace(" ", "-")
    return folded in known or ("-" in folded and all(p in known for p in folded.split("-")))


def is_only_first(word: str) -> bool:
    """Return True for a first name that is not a common last name too."""
    return is_first_name(word) and fold(word) not in _names("both")


def is_last_name(folded: str) -> bool:
    """Return True for a common last name, folded."""
    return folded in _names("last")


def person_beside(text: str) -> str:
    """Return the person in a company's name; "" if there is none.

    >>> person_beside("Bakkerij Alfa - Jan Maes") 'Jan Maes'
    """
    parts = [part.strip(" )") for part in _BESIDE.split(text)]
    if len(parts) != 2 or not all(parts):
        return ""
    front, behind = parts
    if _is_person(behind) and not _is_person(front):
        # "Jansen, Jan P." is one person.
        return behind if "," not in text or has_legal_form(front) else ""
    # After a person, only a company counts: not in "Jan Maes (Gent)".
    return front if _is_person(front) and has_legal_form(behind) else ""


def name_before(address: str) -> str:
    """Return the name before a street, as payment programs write it; "" if there is none.

    >>> name_before("Jan Maes, Kerkstraat 1") 'Jan Maes'
    """
    front, _, street = address.partition(",")
    named = _STREET.match(street) and (_is_person(front) or has_legal_form(front))
    return front if named and not any(map(str.isdigit, front)) else ""


def _is_person(text: str) -> bool:
    """Return True for "Jan Maes", "Maes Jan" and "Mevr. Maes"."""
    words = text.split()
    if not 2 <= len(words) <= 5 or any(map(str.isdigit, text)) or has_legal_form(text):
        return False
    letters = _SHORTENED.fullmatch(words[0]) is not None
    polite = len(words[0]) > 2 and fold(words[0]) in GENDERS
    begins = polite or (is_first_name(words[0]) and not letters)
    if not begins and not (is_only_first(words[-1]) and is_last_name(fold(words[0]))):
        return False
    rest = words[1:] if begins else words[:-1]
    return all(word[0].isupper() or PARTICLE.fullmatch(word) for word in rest) and not all(
        map(is_only_first, rest)
    )


# --- after a name -----------------------------------------------------------------------------

# A short phrase with one of these is a job title: "hoofd aankoop", "technisch directeur".
_JOBS = word_group("jobs")
_ENDINGS = ("manager", "directeur", "director", "leider", "leiter", "leiterin", "verantwoordelijke",
            "medewerker", "medewerkster", "chef", "hoofd", "bediende", "bestuurder")  # fmt: skip
_LAST_NAMES = word_set("meister leiter chef buyer partner patron hoofd kassierer office")
_MOST_WORDS = 5
_REMARK_BEHIND = re.compile(
    r"(?P<name>[^()]*[^\s(),–-])\s*(?:\((?P<inside>[^()]+)\)|(?:,|\s[–/-])\s*(?P<behind>[^(),]+))"
)
_TITLE_BEFORE = re.compile(
    r"(?P<title>[^\d():,]*[^\s\d():,])(?::|,|\s[–-])\s+(?P<name>[^:,()]*[^\W\d_][^:,()]*)"
)
# Characters in every text in which `name_and_remark` finds anything.
REMARK_MARKS = ("(", ",", ":", " - ", " – ", " / ")


class NameAndRemark(NamedTuple):
    """A person's name, and the text after it: a job title, or "(a remark)"."""

    name: str
    job: str = ""
    remark: str = ""


def is_job(text: str) -> bool:
    """Return True for a job title such as "zaakvoerder" or "technisch directeur"."""
    words = fold(text).split()
    return 0 < len(words) <= _MOST_WORDS and any(
        word in _JOBS or word.endswith(_ENDINGS) for word in words
    )


def name_and_remark(text: str) -> NameAndRemark:
    """Split "Maes (zaakvoerder)", "Jan Maes, CEO" and "Jan Maes (na 18u)".

    After a comma or a dash, only a job title is a remark.
    """
    if not any(map(text.__contains__, REMARK_MARKS)):
        return NameAndRemark(text)
    if (match := _REMARK_BEHIND.fullmatch(text)) is not None:
        behind = (match["inside"] or match["behind"]).strip()
        if is_job(behind) and (match["inside"] or fold(behind) not in _LAST_NAMES):
            return NameAndRemark(match["name"], behind)
        if match["inside"] and behind:
            return NameAndRemark(match["name"], remark=f"({behind})")
    match = _TITLE_BEFORE.fullmatch(text)
    if match is not None and is_job(match["title"]) and not is_job(match["name"]):
        if fold(match["title"]) in _LAST_NAMES:  # "Meister, Fritz"
            return NameAndRemark(text)
        return NameAndRemark(match["name"].strip(), match["title"].strip())
    return NameAndRemark(text)
