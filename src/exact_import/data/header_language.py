"""What the language of a header says about how its file writes dates."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from exact_import.data.lexicon import day_first_words, words_of

_STEM = 4  # letters from which on a word is known in a compound: "geboortedatum"
_LOOKED_AT = 200  # columns


def writes_day_first(header: Sequence[str]) -> bool:
    """Return True for a header in Dutch, French or German rather than in English.

    Programs in these languages write 3 April as 03/04, and none of them writes the month first.
    Programs in English write either.
    """
    day_first, open_words = day_first_words()
    counted = [words_of(cell) for cell in header[:_LOOKED_AT]]
    clear = sum(_any_of(words, day_first) for words in counted)
    return clear > sum(not open_words.isdisjoint(words) for words in counted)


def _any_of(words: Sequence[str], stems: Collection[str]) -> bool:
    return any(
        word == stem or (len(stem) >= _STEM and (word.startswith(stem) or word.endswith(stem)))
        for word in words
        for stem in stems
    )
