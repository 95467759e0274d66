"""Splits a whole name in one cell: first, middle and last name, in either order.

The order is shown by a comma, capitals, small words ("van der"), the header ("Naam en voornaam"),
and common first and last names (`person_words`).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from exact_import.data.lexicon import words_of
from exact_import.text import fold
from exact_import.values.names import TITLES
from exact_import.values.person_words import (
    NO_FIRST,
    PARTICLE,
    is_first_name,
    is_job,
    is_last_name,
    is_only_first,
    name_and_remark,
)
from exact_import.values.placeholders import DITTO, NOTHING
from exact_import.values.vocabulary import GENDERS, POLITE_FORMS

_NOBODY = (NOTHING | frozenset(map(fold, DITTO))) - {""}

# Which name of a person a cell begins with; "" if not known.
NameOrder = Literal["", "first", "last"]

# Polite forms are not part of a name in Exact Online; academic titles stay.
_SHORT_FORMS = ("heer", "hr", "mr", "ms", "miss", "mister", "m", "fr")
_POLITE = re.compile("|".join((*POLITE_FORMS, *_SHORT_FORMS)))
_POLITE_WORDS = frozenset(
    (
        *POLITE_FORMS,
        *_SHORT_FORMS,
        *("fam", "familie", "famille", "family", "eheleute", "ehepaar", "echtpaar", "gezin"),
    )
)
_WORD_ENDS = str.maketrans(".,:/", "    ")
# "Attention of" phrases before a name.
_ATTENTION = (
    r"\s*(?:t\.?\s?a\.?\s?v\.?|ter attentie van|attn?\.?|attention(?: de)?|à l['’]attention d[e'’]"
    r"|a l['’]attention d[e'’]|z\.?\s?hd?\.?|zu h[aä]nden(?: von)?|c/o)(?=[\s:])[\s:]*"
)
_FAMILY = (
    r"\s*(?:fam\.?|familie|famille|family|eheleute|ehepaar|echtpaar|gezin|[ée]poux|"
    r"(?:de heer|dhr\.?|herr|m\.|mr\.?|monsieur)\s+(?:en|&|et|und|and|/)\s+"
    r"(?:mevrouw|mevr\.?|mw\.?|mme|madame|frau|mrs\.?))\s+"
)
# Not a person but a department of the company.
_DEPARTMENT = (
    r"\b(?:afd(?:eling)?|dienst|dept|department|service|team|directie|direction|secretariaat"
    r"|secr[ée]tariat|receptie|onthaal|accueil|inkoop|verkoop|boekhouding|\w*administratie"
    r"|administration|accounting|accounts payable|comptabilit[ée]|buchhaltung|einkauf|verkauf"
    r"|abteilung|marketing|sales|helpdesk|magazijn|personeelsdienst|facturatie|facturation"
    r"|gesch[äa]ftsleitung|sekretariat|crediteuren|debiteuren)\b"
)
# Titles that are recognised without a point after them.
_PLAIN_TITLES = TITLES - {"mr", "bc", "lic", "med", "mag", "dipl"}
_SUFFIX = re.compile(r"mba|phd|msc|bsc|ma|ba|jr|sr|ra|aa|cpa|ll\.?m|esq", re.IGNORECASE)


class PersonName(NamedTuple):
    """First, middle and last name; each may be ""."""

    first: str
    middle: str
    last: str


def order_of_header(header: str) -> NameOrder:
    """Return the order that a header such as "Naam, voornaam" or "Prénom et nom" names."""
    words = words_of(header)
    firsts = [i for i, w in enumerate(words) if re.search(r"^(?:voor|pre|vor|first|given)", w)]
    lasts = [
        i
        for i, w in enumerate(words)
        if re.search(r"(?:naam|nom|name|last|surname|achter|familie|family)", w)
        and i not in firsts
        and (i == 0 or words[i - 1] not in ("first", "given"))
    ]
    if not firsts or not lasts:
        return ""
    return "first" if firsts[0] < lasts[0] else "last"


def order_of_cells(texts: Iterable[str]) -> tuple[int, int]:
    """Return how many cells begin with a first name and how many with a last, as far as known."""
    first = last = 0
    for text in texts:
        words = _without_polite(_without_attention(text).split())
        if len(words) < 2 or "," in text or re.search(_DEPARTMENT, text, re.IGNORECASE):
            continue
        ahead, behind = is_first_name(words[0]), is_first_name(words[-1])
        if ahead != behind:
            first, last = first + ahead, last + behind
    return first, last


def name_order(header: str, texts: Iterable[str]) -> NameOrder:
    """Return the order of the whole names under `header`; the cells overrule it if they are many.

    "" if nothing shows it: then a name begins with the first name.
    """
    by_header = order_of_header(header)
    first, last = order_of_cells(texts)
    if last > 3 * first and (by_header != "first" or last > 2):
        return "last"
    if first > 3 * last and (by_header != "last" or first > 2):
        return "first"
    return by_header


@functools.lru_cache(maxsize=4096)
def split_name(text: str, order: NameOrder = "") -> PersonName:
    """Split a whole name; `order` says which of its names comes first, "" the usual order.

    Small words between first and last name ("van der") are the middle name. "Peeters, Jan" and
    "PEETERS Jan" are understood in any order, initials and an academic title stay with the first
    name, a single word is a last name, also one with small words before it ("de Boer"), and so is a
    department or a family. A job title or a remark goes after the last name, in brackets.
    """
    text = _without_attention(text)
    bare, job, remark = name_and_remark(text)
    if job or remark:
        name = split_name(bare, order)
        behind = remark or f"({job})"
        if not name.last:
            return name._replace(first=f"{name.first} {behind}")
        return name._replace(last=f"{name.last} {behind}")
    if fold(text) in _NOBODY:
        return PersonName("", "", text)
    if family := re.match(_FAMILY, text, re.IGNORECASE):
        words = text[family.end() :].split()
        if words:
            return _with_middle([], words)
    if re.search(_DEPARTMENT, text, re.IGNORECASE):
        return PersonName("", "", " ".join(text.replace(",", " ").split()))
    last, comma, first = text.partition(",")
    if comma and _inverted(last.split(), first.split()):
        # In the Dutch order the small words come last: "Berg, Jan van der".
        given = _without_polite(first.split())
        end = len(given)
        while end > 1 and PARTICLE.fullmatch(given[end - 1]):
            end -= 1
        return _with_middle(given[:end], given[end:] + _without_polite(last.split()))
    spaced = text.replace(",", " ").split()
    words = _with_married_names(_without_polite(spaced))
    if len(words) < 2:
        alone = " ".join(words)
        if len(words) == len(spaced) == 1 and _is_given_only(alone):
            return PersonName(alone, "", "")
        return PersonName("", "", alone)
    if is_job(text) and not any(map(is_first_name, words)):
        return PersonName("", "", " ".join(words))  # "Monsieur le Directeur"
    if loud := _leading_capitals(words):
        return _with_middle(words[loud:], words[:loud])
    order = _plain_order(words) or order
    if order == "last" or _ends_in_first(words):
        return _last_name_first(words)
    firsts = 0 if NO_FIRST.fullmatch(words[0].casefold()) else 1
    while 0 < firsts < len(words) - 1 and _continues_first_name(words[firsts - 1], words[firsts]):
        firsts += 1
    return _with_middle(words[:firsts], words[firsts:])


def _with_married_names(words: Sequence[str]) -> list[str]:
    """Put "Jansen-de Vries" together, which is one last name."""
    found: list[str] = []
    for word in words:
        if found and PARTICLE.fullmatch(found[-1].rpartition("-")[2]) and "-" in found[-1]:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _is_given_only(word: str) -> bool:
    return len(word) > 2 and is_only_first(word) and not is_last_name(fold(word))


def _without_attention(text: str) -> str:
    match = re.match(_ATTENTION, text, re.IGNORECASE)
    return text[match.end() :] if match else text


def _inverted(last: Sequence[str], first: Sequence[str]) -> bool:
    """Return True if a comma separates a last name from a first name, not from a remark."""
    if not last or not first or all(_SUFFIX.fullmatch(word.strip(".")) for word in first):
        return False
    return len(last) < 2 or is_first_name(_without_polite(first)[0]) or not is_first_name(last[0])


def _plain_order(words: Sequence[str]) -> NameOrder:
    """Return the order of a name with an only first name at one end, an only last at the other."""
    ends = words[0], words[-1]
    first = [is_only_first(word) and not is_last_name(fold(word)) for word in ends]
    last = [_is_last_only(word) for word in ends]
    if last[0] and first[1]:
        return "last"
    return "first" if first[0] and last[1] else ""


def are_swapped(firsts: Iterable[str], lasts: Iterable[str]) -> bool:
    """Return True if most first names are plainly last names, and the reverse."""
    pairs = [pair for pair in zip(firsts, lasts, strict=True) if all(pair)]
    orders = Counter(map(_plain_order, pairs))
    return orders["last"] > 1 and 2 * orders["last"] > len(pairs)


def _is_last_only(word: str) -> bool:
    """Return True for a common last name, or several joined: "Peeters", "Peeters-De"."""
    parts = [part for part in fold(word).split() if not PARTICLE.fullmatch(part)]
    return bool(parts) and all(map(is_last_name, parts)) and not is_first_name(word)


def _ends_in_first(words: Sequence[str]) -> bool:
    """Return True for "Van den Berghe Griet", which cannot begin with a first name."""
    particle = NO_FIRST.fullmatch(words[0].casefold()) is not None
    return particle and len(words) > 2 and is_only_first(words[-1])


def _last_name_first(words: Sequence[str]) -> PersonName:
    """Split "Van Dale Griet", "Peeters Jan Willem" or "Berg Jan van der"."""
    end = len(words)
    while end > 2 and PARTICLE.fullmatch(words[end - 1]):
        end -= 1
    behind, words = list(words[end:]), words[:end]
    start = len(words) - 1
    least = 1
    while least < len(words) - 1 and PARTICLE.fullmatch(words[least - 1].casefold()):
        least += 1
    while start > least and is_first_name(words[start - 1]):
        start -= 1
    if start < 1 or (len(words) == 2 and PARTICLE.fullmatch(words[0].casefold())):
        return _with_middle([], [*behind, *words])  # "de Boer" names no first name
    return _with_middle(list(words[start:]), [*behind, *words[:start]])


def _continues_first_name(word: str, following: str) -> bool:
    """Return True if a first name continues after `word`: "Dr. Jan", "J. P."."""
    if following.startswith("(") and following.endswith(")"):
        return True  # the name in use: "P. (Piet) Jansen"
    parts = set(fold(word.replace(".", "")).split())
    title = bool(parts) and parts <= (TITLES if word.endswith(".") else _PLAIN_TITLES)
    initials = word.endswith(".") and following.endswith(".")
    return (title or initials) and not PARTICLE.fullmatch(following.casefold())


def _with_middle(first: list[str], last: list[str]) -> PersonName:
    small = 0
    while small < len(last) - 1 and PARTICLE.fullmatch(last[small]):
        small += 1
    return PersonName(" ".join(first), " ".join(last[:small]), " ".join(last[small:]))


def _without_polite(words: Sequence[str]) -> list[str]:
    start = 0
    while start < len(words) - 1 and _is_polite(words, start):
        start += 2 if words[start].casefold() == "de" else 1
    return list(words[start:])


def _is_polite(words: Sequence[str], at: int) -> bool:
    word = words[at].casefold()
    if word == "de":
        return words[at + 1].casefold() == "heer" and at + 2 < len(words)
    # "M." is monsieur only where a name of two words follows: in "M. Peeters", in "M. de Vries"
    # and after another polite form it is an initial.
    if word in {"m", "m."}:
        after = words[at + 1]
        short = len(words) - at < 3 or NO_FIRST.fullmatch(after.casefold())
        return at == 0 and not short and not after.endswith(".")
    # In Dutch, "mr." is a lawyer's title, and "Mr." a gentleman.
    return words[at] != "mr." and _POLITE.fullmatch(word.rstrip(".")) is not None


def salutations_in(texts: Iterable[str]) -> dict[str, str]:
    """Return the gender shown by the form of address in whole names, by text: "M" or "V".

    "" for a family, or where a form of address is all that there is. Texts without one are left
    out, and so is "mr.", which is a Dutch lawyer's title as well.
    """
    found: dict[str, str] = {}
    listed = tuple(texts)
    words = " ".join(listed).casefold().translate(_WORD_ENDS).split()
    if _POLITE_WORDS.isdisjoint(words):  # most lists, at once
        return found
    for text in listed:
        if _POLITE_WORDS.isdisjoint(text.casefold().translate(_WORD_ENDS).split()):
            continue
        bare = _without_attention(text)
        if re.match(_FAMILY, bare, re.IGNORECASE) or _POLITE.fullmatch(bare.casefold().strip(".")):
            found[text] = ""
        elif not re.search(_DEPARTMENT, bare, re.IGNORECASE):
            parts = [part.split() for part in bare.split(",")]
            polite = [
                w for words in parts for w in words[: len(words) - len(_without_polite(words))]
            ]
            genders = {GENDERS[folded] for w in polite if (folded := fold(w)) in GENDERS}
            if len(genders) == 1:
                found[text] = genders.pop()
    return found


def _leading_capitals(words: Sequence[str]) -> int:
    """Count the words in capitals at the start of a name whose rest is not: "PEETERS Jan"."""
    loud = 0
    while (
        loud < len(words)
        and re.fullmatch(r"[^\W\d_][\w'’-]+", words[loud])
        and words[loud].isupper()
    ):
        loud += 1
    return loud if loud < len(words) and not any(word.isupper() for word in words[loud:]) else 0


# --- several people in one cell ------------------------------------------------------------------

_MARKS = re.compile(r"\s*(?:[;/\n|+&]|\s-\s)\s*|\s+(?:en|and|et|und)\s+", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def people_in(text: str) -> tuple[str, ...] | None:
    """Return the whole names in a cell, one for each person; None if that is unclear.

    "Jan Jansen, Piet Pietersen" names two people, "Peeters, Jan" one, "Jan en Piet Jansen" two of
    one last name, and "Smets / Loos" may be one or two.
    """
    bare = _without_attention(text)
    if fold(text) in _NOBODY or re.match(_FAMILY, bare, re.IGNORECASE):
        return (text,)
    alone = name_and_remark(bare).name
    if "(" not in alone and re.search(_DEPARTMENT, alone, re.IGNORECASE):
        return (text,)
    if alone != bare and not _MARKS.search(alone) and "," not in alone:
        return (text,)
    parts = [part.strip() for part in _MARKS.split(bare) if part.strip()]
    if len(parts) > 1:
        return _parted(text, parts)
    parts = [part.strip() for part in bare.split(",") if part.strip()]
    if len(parts) > 1 and all(map(_whole, parts)):
        return tuple(parts)
    return (text,) if len(parts) < 3 else None


def _parted(text: str, parts: list[str]) -> tuple[str, ...] | None:
    if all(map(_whole, parts)):
        return tuple(people for part in parts for people in people_in(part) or (part,))
    *heads, tail = parts
    if all(is_first_name(head) for head in heads) and _whole(tail):
        last = split_name(tail)
        return (*(" ".join((head, *filter(None, last[1:]))) for head in heads), tail)
    if " - " in text and not re.search(r"[;/\n|+&]", text):
        return (text,)
    return None


def _whole(text: str) -> bool:
    """Return True if a text names a person in full: more than given names, or politely."""
    words = text.replace(",", " ").split()
    rest = _without_polite(words)
    if len(rest) < len(words):
        return True
    if len(rest) < 2:
        return False
    given = [is_first_name(word) for word in rest]
    small = [PARTICLE.fullmatch(word) is not None for word in rest]
    return any(given) and not all(g or s for g, s in zip(given, small, strict=True))
