"""Comparison of company names: folding, and recognising different spellings.

Used everywhere: rows, Exact Online's accounts and links all fold names here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from itertools import permutations
from typing import Literal

from exact_import.data import knowledge, word_group
from exact_import.text import fold, word_set

Likeness = Literal["same", "spelling", "similar", "word", "none", "unknown"]
"""How two names compare: folded alike; a spelling; all words of one in the other; a telling word
in common; nothing in common; one of them is not known."""

# Each legal form with its family: forms that were renamed or translate each other.
_FORMS: Mapping[str, str] = {
    form: family
    for family, forms in knowledge("words")["legal forms"].items()
    for form in forms.split()
}
_WRITTEN_OUT = {
    **dict.fromkeys(("&", "en", "et", "und", "and", "n"), "en"),
    "gebr": "gebroeders",
    "zn": "zonen",
    "zoon": "zonen",
    "fa": "firma",
    "st": "sint",
    "saint": "sint",
}
_REPLACED = {*_FORMS, *(word for word, whole in _WRITTEN_OUT.items() if word != whole)}
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}
# Words that one spelling of a name may have and another may lack.
_OPTIONAL = word_set(
    "de het the la le les l d der die das t een en zonen fils sons soehne sohne groep group groupe"
)
# Trades and similar words: half of all names have one, so sharing it means nothing.
_IN_MANY = _OPTIONAL | word_group("trades")
# Legal forms in company names: at the end, or the German and French forms at the beginning.
_LEGAL_FORMS = (
    r"b\.?v\.?(?:b\.?a\.?)?|n\.?v\.?|v\.?z\.?w\.?|v\.?o\.?f\.?|comm\.?\s?v\.?"
    r"|c\.?v\.?(?:b\.?a\.?)?|g\.?c\.?v\.?|s\.?r\.?l\.?|s\.?p\.?r\.?l\.?|s\.?a\.?|s\.?a\.?r\.?l\.?"
    r"|s\.?a\.?s\.?(?:u\.?)?|s\.?c\.?(?:r\.?l\.?)?|s\.?n\.?c\.?|a\.?s\.?b\.?l\.?|e\.?u\.?r\.?l\.?"
    r"|gmbh|ag|ug|kg|ohg|gbr|e\.?\s?v\.?|e\.?\s?k\.?|ltd|llc|llp|plc|inc|corp|limited"
    r"|sci|scea|gaec|selarl|eirl|scm|ets|maatschap|stichting|bvba|vzw"
)
_COMPANY_WORDS = (
    r"|vereniging|gemeente|coöperatie|holding|groep|group|& co\.?(?: kg)?"
    r"|& zn\.?|& zonen|et fils|& fils|& söhne"
)
_DOTTED = re.compile(r"(?<!\w)(?:\w\.){2,}\w?(?!\w)")
_PARTS = 4  # words into which one or more may be split
_LONG = 8  # letters from which a word may be two edits apart


def name_words(name: str) -> tuple[str, ...]:
    """Return the significant words of a company name, sorted: without case, accents, legal form."""
    return _words(name)[0]


def folded_name(name: str) -> str:
    """Return `name` normalised: without case, accents, punctuation, legal form and word order."""
    words = name.casefold().split()
    if not name.isascii() or not "".join(words).isalnum():
        return " ".join(name_words(name))
    # Most names have nothing but letters and digits, and end in a legal form: a tenth of the time.
    count, last = len(words), words[-1]
    if last in _FORMS:
        words.pop()
    if not _REPLACED.isdisjoint(words):
        words = [_WRITTEN_OUT.get(word, word) for word in words if word not in _FORMS]
    if not words or len(words) < count - 1 or (len(last) < 3 and last not in _FORMS):
        return " ".join(name_words(name))
    words.sort()
    return " ".join(words)


def folded_names(name: str) -> tuple[str, ...]:
    """Return the folded name, and also the one with umlauts as ae, oe and ue if it has any."""
    first = folded_name(name)
    if name.isascii():
        return (first,)
    written = name.casefold().translate(_UMLAUTS)
    other = folded_name(written)
    return (first,) if other == first else (first, other)


TITLES = word_set(
    "dr drs dra ir ing prof mr bc lic jhr jkvr med mag dipl apr apot mtr meester maitre dokter "
    "docteur doctor doktor professor professeur"
)
"""Academic titles and the like before a first name, folded."""


def folded_person_names(name: str) -> frozenset[str]:
    """Return the folded first or last name of a person, and the one with umlauts as ae, oe and ue.

    Müller is Muller and Mueller, but Michael is not Michal; dr. Jan is Jan.
    """
    first = _untitled(fold(name))
    if name.isascii():
        return frozenset((first,))
    return frozenset((first, _untitled(fold(name.casefold().translate(_UMLAUTS)))))


def _untitled(folded: str) -> str:
    title, _, name = folded.partition(" ")
    return _untitled(name) if name and title in TITLES else folded


def has_legal_form(text: str, more: str = "") -> bool:
    """Return True for a name with a legal form, such as "Bakkerij Peeters BV", or a word of `more`.

    A form by itself names nobody.
    """
    form = re.search(rf"(?:^|[\s,(])(?:{_LEGAL_FORMS}{more})\.?(?=$|[\s,)])", text, re.IGNORECASE)
    return form is not None and any(map(str.isalnum, text[: form.start()] + text[form.end() :]))


def is_company(text: str) -> bool:
    """Return True for a name with a legal form or a word such as holding in it."""
    return has_legal_form(text, _COMPANY_WORDS)


def legal_form(name: str) -> str:
    """Return the family of the legal form in `name`, such as "bv" for BVBA and SRL; "" for none."""
    return _words(name)[1]


@functools.lru_cache(maxsize=1 << 14)
def _words(name: str) -> tuple[tuple[str, ...], str]:
    text = _DOTTED.sub(lambda match: match[0].replace(".", ""), name.casefold())
    words = fold(text.replace("&", " en ")).split()
    apart = bool(words) and len(words[-1]) < 3 and words[-1] not in _FORMS
    for count in (4, 3, 2) if apart else ():  # "b v", "s a rl", "comm v", "sarl s" at the end
        end = "".join(words[-count:])
        if len(words) > count and end in _FORMS:
            words[-count:] = [end]
    words = [_WRITTEN_OUT.get(one, one) for one in words]
    forms = [one for one in words if one in _FORMS]
    left = [one for one in words if one not in _FORMS]
    if not left:
        return tuple(sorted(words)), ""
    return tuple(sorted(left)), _FORMS[forms[0]] if forms else ""


def compare_names(one: str, other: str) -> Likeness:
    """Return how two company names compare."""
    if not one or not other:
        return "unknown"
    if set(folded_names(one)) & set(folded_names(other)):
        return "same"
    return compare_words(name_words(one), name_words(other))


def compare_words(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    """Return how two names of these folded words compare."""
    if not one or not other:
        return "unknown"
    if is_spelling(one, other):
        return "spelling"
    first, second = set(one) - _IN_MANY, set(other) - _IN_MANY
    shared = first & second
    if shared and (set(one) <= set(other) or set(other) <= set(one)):
        return "similar"
    return "word" if any(len(word) > 2 for word in shared) else "none"


def share_a_word(one: str, other: str) -> bool:
    """Return True if two names share a significant word, or two words that are one edit apart."""
    from rapidfuzz.distance import OSA

    first, second = (
        [word for word in name_words(name) if len(word) > 2 and word not in _IN_MANY]
        for name in (one, other)
    )
    return any(
        ours == theirs
        or (ours.isalpha() and theirs.isalpha() and OSA.distance(ours, theirs, score_cutoff=1) <= 1)
        for ours in first
        for theirs in second
    )


def core_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name that every spelling of it has."""
    if _OPTIONAL.isdisjoint(words):
        return words
    return tuple(word for word in words if word not in _OPTIONAL)


def is_spelling(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return True if names of these words are likely two spellings of one name.

    Words pair off in any order and are equal except for one or two, each one edit or transposition
    apart (two from 8 letters; only words of 4 letters and more); or words are split or joined; or
    one has an article, "& Zonen" or "Groep" more.
    """
    return one == other or are_spellings(core_words(one), core_words(other))


def are_spellings(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return True if names of these core words are likely two spellings of one name."""
    if not one or not other:
        return False
    ours, theirs = _without(one, other), _without(other, one)
    if not ours and not theirs:
        return True
    if not ours or not theirs or max(len(ours), len(theirs)) > _PARTS:
        return False
    if any(_is_exact(word) for word in (*ours, *theirs)):
        return False
    if len(ours) == len(theirs) <= 2 and any(
        all(map(_one_edit_apart, ours, order)) for order in permutations(theirs)
    ):
        return True
    if sorted("".join(ours)) != sorted("".join(theirs)):
        return False
    return any(
        "".join(first) == "".join(second)
        for first in permutations(ours)
        for second in permutations(theirs)
    )


def _without(words: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """Return `words` without those of `others`, each as often as it occurs there."""
    left = list(words)
    for word in others:
        if word in left:
            left.remove(word)
    return left


def exact_words(core: tuple[str, ...]) -> str:
    """Return the numbers and initials in a name's core words, which all its spellings share."""
    return " ".join(filter(_is_exact, core))


def _is_exact(word: str) -> bool:
    return len(word) == 1 or not word.isalpha()


def _one_edit_apart(one: str, other: str) -> bool:
    shortest = min(len(one), len(other))
    edits = 2 if shortest >= _LONG else 1
    if shortest < 4 or abs(len(one) - len(other)) > edits:
        return one == other
    from rapidfuzz.distance import OSA  # only names that differ need it

    return OSA.distance(one, other, score_cutoff=edits) <= edits


def edits_allowed(core: tuple[str, ...]) -> int:
    """Return the most edits between two spellings of a name with these core words."""
    return sum(sorted((2 if len(w) >= _LONG else len(w) >= 4) for w in core)[-2:])
