"""What is written behind a person's name: a job title, or a remark in brackets."""

from __future__ import annotations

import pytest

from converting import converted
from exact_import.values.person_words import NameAndRemark, is_job, name_and_remark


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jan Maes", NameAndRemark("Jan Maes")),
        ("Jan Maes (zaakvoerder)", NameAndRemark("Jan Maes", "zaakvoerder")),
        ("Maes(gérant)", NameAndRemark("Maes", "gérant")),
        ("Jan Maes, CEO", NameAndRemark("Jan Maes", "CEO")),
        ("Jan Maes - technisch directeur", NameAndRemark("Jan Maes", "technisch directeur")),
        ("Jan Maes / Geschäftsführer", NameAndRemark("Jan Maes", "Geschäftsführer")),
        ("zaakvoerder: Jan Maes", NameAndRemark("Jan Maes", "zaakvoerder")),
        ("Dienst aankoop - An Bos", NameAndRemark("An Bos", "Dienst aankoop")),
        ("Boekhouding, verkoop", NameAndRemark("Boekhouding", "verkoop")),
        ("Meister, Fritz", NameAndRemark("Meister, Fritz")),
        ("Fritz, Meister", NameAndRemark("Fritz, Meister")),
        ("Aankoop, An Bos", NameAndRemark("An Bos", "Aankoop")),
        ("Jan Maes (na 18u)", NameAndRemark("Jan Maes", remark="(na 18u)")),
        ("Maes, Jan", NameAndRemark("Maes, Jan")),
        ("Maes-Claes", NameAndRemark("Maes-Claes")),
        ("(zaakvoerder)", NameAndRemark("(zaakvoerder)")),
    ],
)
def test_a_job_title_or_remark_behind_a_name(text: str, found: NameAndRemark) -> None:
    assert name_and_remark(text) == found


@pytest.mark.parametrize("text", ["hoofd aankoop", "purchasing manager", "Betriebsleiter", "CFO"])
def test_a_job_title_has_a_word_for_a_job(text: str) -> None:
    assert is_job(text)


@pytest.mark.parametrize("text", ["Antwerpen", "na 18u", "", "Peeters"])
def test_other_texts_are_not_jobs(text: str) -> None:
    assert not is_job(text)


@pytest.mark.parametrize("name", ["FirstName", "LastName"])
def test_a_job_title_behind_a_name_goes_to_its_field(name: str) -> None:
    result = converted(name, "Maes (zaakvoerder)")
    assert (result.value, result.problems) == ("Maes", ())
    assert result.also == {"JobTitleDescription": "zaakvoerder"}


@pytest.mark.parametrize(("name", "said"), [("FirstName", False), ("LastName", True)])
def test_a_remark_behind_a_last_name_is_said(name: str, said: bool) -> None:
    result = converted(name, "Johannes (Jan)")
    assert result.value == "Johannes (Jan)"
    assert ["behind the name" in message for _, message in result.problems] == [True] * said
