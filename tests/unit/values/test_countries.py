"""Countries and languages: everyday words and the library together."""

from __future__ import annotations

import pytest
from babel import Locale

from exact_import.text import fold
from exact_import.values import vocabulary
from exact_import.values.vocabulary import (
    EVERYDAY_COUNTRIES,
    EVERYDAY_LANGUAGES,
    month_names,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nl", "NL"),
        ("BEL", "BE"),
        ("belgië", "BE"),
        ("BELGIE", "BE"),
        ("Belgie\u0308", "BE"),
        ("Les Pays-Bas", "NL"),
        ("The Netherlands", "NL"),
        ("Engeland", "GB"),
        ("U.K.", "GB"),
        ("BRD", "DE"),
        ("Verenigde Staten van Amerika", "US"),
        ("République tchèque", "CZ"),
        ("Tschechien", "CZ"),
        ("Côte d’Ivoire", "CI"),
        ("Côte d'Ivoire", "CI"),
        ("Curaçao", "CW"),
        ("Japan", "JP"),
        ("Zuid-Afrika", "ZA"),
        ("NL - Nederland", "NL"),
        ("NL-Nederland", "NL"),
        ("Belgium (BE)", "BE"),
        ("België / Belgique", "BE"),
        ("D", "DE"),
    ],
)
def test_countries(text: str, code: str) -> None:
    assert vocabulary.country_code(text) == code


@pytest.mark.parametrize(
    "text", ["", "-", "ZZ", "EU", "XX", "Europa", "België/Nederland", "056", "x" * 10**6]
)
def test_what_is_no_country(text: str) -> None:
    assert vocabulary.country_code(text) is None


@pytest.mark.parametrize("language", vocabulary.LANGUAGES)
def test_every_country_is_known_by_its_name_in_four_languages(language: str) -> None:
    territories = {str(code): str(name) for code, name in Locale(language).territories.items()}
    codes = {code for code in territories if vocabulary.country_code(code) == code}
    assert len(codes) == 250  # the 249 of ISO 3166-1, and Kosovo
    unknown = {code for code in codes if vocabulary.country_code(territories[code]) != code}
    assert unknown == set()


def test_everyday_words_never_contradict_the_library() -> None:
    for language in vocabulary.LANGUAGES:
        for code, name in Locale(language).territories.items():
            if vocabulary.country_code(code) == code:
                assert EVERYDAY_COUNTRIES.get(fold(name), code) == code
        for code, name in Locale(language).languages.items():
            everyday = EVERYDAY_LANGUAGES.get(fold(name), code)
            assert everyday.replace("-", "_").casefold() == code.casefold()
    assert {
        code for code in EVERYDAY_COUNTRIES.values() if fold(code) not in vocabulary.country_names()
    } == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [("NL", "NL"), ("nl-be", "NL-BE"), ("fr_BE", "FR-BE"), ("de-DE", "DE"), ("en-GB", "EN-GB"),
     ("Engels", "EN"), ("anglais", "EN"), ("Français", "FR"), ("Zweeds", "SV"),
     ("Frans (België)", "FR-BE")],
)  # fmt: skip
def test_languages(text: str, code: str) -> None:
    assert vocabulary.language_code(text) == code


@pytest.mark.parametrize("text", ["xx", "nl-XX", "Klingon", "Nederlands en Frans"])
def test_what_is_no_language(text: str) -> None:
    with pytest.raises(ValueError, match="Unknown language"):
        vocabulary.language_code(text)


def test_months_are_known_in_four_languages_and_never_in_two_ways() -> None:
    names = month_names()
    for language in vocabulary.LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in Locale(language).months["format"][width].items():
                assert names[fold(name)] == number
