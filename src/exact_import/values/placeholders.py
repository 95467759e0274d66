"""Placeholders in files: words, marks, and what programs write for empty cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from exact_import.data import knowledge
from exact_import.fields import Field
from exact_import.text import fold, word_set


def _listed(group: str) -> Sequence[str]:
    return cast("str", knowledge("words")[group]).split(", ")


# Placeholders, in cells that cannot mean them literally. Used only after a value was invalid.
_NO_VALUE = _listed("nothing")
NOTHING = frozenset(fold(word) for word in _NO_VALUE)
# As `fold` writes them: "geen e-mail", "pas de site".
NO_SUCH = re.compile(
    r"(?:geen|pas de?|aucune?|keine?|no|zonder|sans|ohne) (?:e ?)?(?:mail(?:adres|adresse)?"
    r"|(?:web)?site|tel(?:efoon|ephone)?|telefon|gsm|fax|nummer|numero|number|rekening|iban)"
    r"|anonym(?:ous|e)?|anoniem"
)


def _spelled(words: Iterable[str], *spellings: Callable[[str], str]) -> frozenset[str]:
    """Return each word in small letters, in capitals, and in these spellings."""
    every: Sequence[Callable[[str], str]] = (str, str.upper, *spellings)
    return frozenset(how(word) for word in words for how in every)


# Marks, and what programs write for an empty cell.
BLANK_MARKS = word_set(
    "- -- --- . .. ... ? ?? ??? / // _ * xx xxx XX XXX NULL null <null> (null) \\N nan NaN"
)
# Placeholders also in names and addresses; capitalised short words can be people's names.
BLANKS = BLANK_MARKS | _spelled(
    _NO_VALUE, lambda word: word.capitalize() if len(word) > 4 else word
)

# Marks for the cell above: only a person knows whether the rows were sorted since.
DITTO = word_set('" "" \'\' \u3003 ,, \u201e \u201d') | _spelled(
    _listed("as above"), str.capitalize, str.title
)
# "zelfde als factuuradres", as `fold` writes it: an address that another cell has.
_SAME_ADDRESS = re.compile(
    r"(?:idem|id|ditto|dito|(?:het)?zelfde|zie|see|same|meme|identique|voir|siehe|wie|gleich)\b.*"
    r"(?:adres|address|boven|above|ci dessus|oben|factu|billing|invoice|rechnung|anschrift|lever"
    r"|livraison|shipping|delivery|liefer|hoofd|siege|main)"
)


def is_reference(field: Field, text: str) -> bool:
    """Return True for a cell that refers to another one, such as "idem"."""
    if text in DITTO:
        return True
    return field.name.startswith("AddressLine") and _SAME_ADDRESS.match(fold(text)) is not None


# Placeholders in a column of customer numbers.
NO_NUMBER = (BLANKS - DITTO) | {
    *("0" * digits for digits in range(1, 7)),
    *_spelled(("nieuw", "nieuwe klant", "nouveau", "neu", "new"), str.capitalize),
}

# Words in a column of companies for a private person.
_NO_COMPANY = _spelled(_listed("no company"), str.capitalize, str.title)

_LONG_TEXTS = word_set("Remarks Notes MarketingNotes")
_WORDED = word_set(
    "Name FirstName MiddleName LastName BirthName JobTitleDescription City AddressLine1 "
    "AddressLine2 AddressLine3"
)


def blanks_of(field: Field) -> frozenset[str]:
    """Return the texts that mean nothing in a field: placeholders, and marks such as idem.

    An empty set for fields of other types.
    """
    if field.edm != "String":
        return frozenset()
    if field.name in _LONG_TEXTS:
        return BLANK_MARKS
    if (field.kind, field.name) == ("account", "Name"):
        return _NO_NAMES
    return _WORDED_BLANKS if field.name in _WORDED else DITTO


_WORDED_BLANKS = BLANKS | DITTO
_NO_NAMES = _WORDED_BLANKS | _NO_COMPANY
