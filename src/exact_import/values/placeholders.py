"""What files write instead of a value: words, marks, and what programs make of empty cells."""

from __future__ import annotations

from exact_import.fields import Field
from exact_import.text import fold, word_set

# Placeholders, in cells that cannot mean them literally. Used only after a value was invalid.
_NO_VALUE = (
    "n/a,na,n.a.,nvt,n.v.t.,null,nil,none,nan,geen,onbekend,niet bekend,unknown,leeg,aucun,"
    "aucune,néant,inconnu,s.o.,keine,keiner,kein,unbekannt,k.a.,entfällt,undefined,(blank),\\N,-,"
    "tbd,t.b.d.,ntb,n.t.b.,nog niet bekend,nog in te vullen,nog op te vragen,à compléter,"
    "in opbouw,under construction,en construction,im aufbau,http://,https://,http://www.,"
    "https://www.,www."
)
NOTHING = frozenset(fold(word) for word in _NO_VALUE.split(","))
# Marks, and what programs write for an empty cell.
BLANK_MARKS = word_set(
    "- -- --- . .. ... ? ?? ??? / // _ * xx xxx XX XXX NULL null <null> (null) \\N nan NaN"
)
# What cannot be meant in a name or an address either; capitalised, short words are people's names.
BLANKS = BLANK_MARKS | {
    spelled
    for word in _NO_VALUE.split(",")
    for spelled in (word, word.upper(), word.capitalize() if len(word) > 4 else word)
}

_LONG_TEXTS = word_set("Remarks Notes MarketingNotes")
_WORDED = word_set(
    "Name FirstName MiddleName LastName BirthName JobTitleDescription City AddressLine1 "
    "AddressLine2 AddressLine3"
)


def blanks_of(field: Field) -> frozenset[str]:
    """Return the placeholders of a field of free text; an empty set for other fields."""
    if field.edm != "String":
        return frozenset()
    if field.name in _LONG_TEXTS:
        return BLANK_MARKS
    return BLANKS if field.name in _WORDED else frozenset()
