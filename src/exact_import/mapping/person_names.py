"""A person's whole name in one cell, taken apart the way Exact Online keeps it."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

# Polite forms say nothing that Exact Online keeps in a name; academic titles stay.
_POLITE = re.compile(
    r"dhr|heer|mevr|mevrouw|mw|mej|mr|mrs|ms|miss|mister|m|mme|madame|mlle|monsieur|herr|frau|hr|fr"
)
# Small words before a last name. Written small they are Exact Online's middle name ("van der"),
# written large, as in Belgium, they are part of the last name ("Van den Berghe").
# Some may be a first name as well: "Al", "Le", "Do".
_NEVER_FIRST = (
    r"van|von|vom|de|der|den|het|'t|in|op|aan|bij|uit|te|ter|ten|tot|onder|over|voor|du|des"
    r"|zu|zum|zur"
)
_NO_FIRST = re.compile(_NEVER_FIRST)
_PARTICLE = re.compile(rf"{_NEVER_FIRST}|la|le|les|l'|d'|di|da|do|dos|del|della|da'|el|al|und|y")
_TITLE = re.compile(r"dr|drs|dra|ir|ing|prof|mr|bc|lic|jhr|jkvr|med|mag|dipl")


class PersonName(NamedTuple):
    """First, middle and last name; each may be ""."""

    first: str
    middle: str
    last: str


@functools.lru_cache(maxsize=4096)
def split_name(text: str) -> PersonName:
    """Take a whole name apart.

    The first word is the first name and the rest the last name; small words between them
    ("van der") are the middle name. "Peeters, Jan" and "PEETERS Jan" are understood, initials
    and an academic title stay with the first name, and a single word is a last name, also one
    with small words before it ("de Boer").
    """
    if "," in text:
        last, _, first = text.partition(",")
        if last.strip() and first.strip():
            # In the Dutch order the small words come last: "Berg, Jan van der".
            given = _without_polite(first.split())
            end = len(given)
            while end > 1 and _PARTICLE.fullmatch(given[end - 1]):
                end -= 1
            return _with_middle(given[:end], given[end:] + last.split())
    words = _without_polite(text.replace(",", " ").split())
    if len(words) < 2:
        return PersonName("", "", " ".join(words))
    loud = _leading_capitals(words)
    if loud:
        return _with_middle(words[loud:], words[:loud])
    firsts = 0 if _NO_FIRST.fullmatch(words[0].casefold()) else 1
    while 0 < firsts < len(words) - 1 and _goes_on(words[firsts - 1], words[firsts]):
        firsts += 1
    return _with_middle(words[:firsts], words[firsts:])


def _goes_on(word: str, following: str) -> bool:
    """Tell whether a first name that ends in `word` so far goes on: "Dr. Jan", "J. P."."""
    if not word.endswith(".") or _PARTICLE.fullmatch(following.casefold()):
        return False
    return following.endswith(".") or _TITLE.fullmatch(word.rstrip(".").casefold()) is not None


def _with_middle(first: list[str], last: list[str]) -> PersonName:
    small = 0
    while small < len(last) - 1 and _PARTICLE.fullmatch(last[small]):
        small += 1
    return PersonName(" ".join(first), " ".join(last[:small]), " ".join(last[small:]))


def _without_polite(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) - 1 and _is_polite(words, start):
        start += 2 if words[start].casefold() == "de" else 1
    return words[start:]


def _is_polite(words: list[str], at: int) -> bool:
    word = words[at].casefold()
    if word == "de":
        return words[at + 1].casefold() == "heer" and at + 2 < len(words)
    # "M." is monsieur only where a name of two words follows: in "M. Peeters", in "M. de Vries"
    # and after another polite form it is an initial.
    if word in {"m", "m."}:
        after = words[at + 1]
        short = len(words) - at < 3 or _NO_FIRST.fullmatch(after.casefold())
        return at == 0 and not short and not after.endswith(".")
    return _POLITE.fullmatch(word.rstrip(".")) is not None


def _leading_capitals(words: list[str]) -> int:
    """Count the words in capitals that open a name of which the rest is not: "PEETERS Jan"."""
    loud = 0
    while (
        loud < len(words)
        and re.fullmatch(r"[^\W\d_][\w'’-]+", words[loud])
        and words[loud].isupper()
    ):
        loud += 1
    return loud if loud < len(words) and not any(word.isupper() for word in words[loud:]) else 0
