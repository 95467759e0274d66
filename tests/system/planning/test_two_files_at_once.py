"""Two files in one command: the second finds what the first brings, and nothing is asked twice."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from in_process import Ended, run_json
from sandbox_env import MakeEnv, SandboxEnv, table

WEBSHOP = ("Klantnr", "Bedrijf", "Postcode", "Plaats", "Telefoon")
CRM = ("Debiteurnr", "Naam", "Postcode", "Plaats", "E-mail")
VERHAEGE = ("Garage Verhaege", "8200", "Brugge", "")


@pytest.fixture(name="env")
def _env(make_env: MakeEnv) -> SandboxEnv:
    env = make_env()
    env.configure("[import]\ncountry = BE\n")
    return env


def both(env: SandboxEnv, *options: str) -> Ended:
    return run_json(env, "webshop.csv", "crm.csv", *options)


def names(env: SandboxEnv) -> list[str]:
    return sorted(account["Name"] for account in env.accounts())


def answered(env: SandboxEnv, file: str, answer: str) -> Path:
    """Return the rejects of `file`, with `answer` beside each row."""
    path = env.folder / f"{file}.rejected.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "_answer": answer} for row in rows)
    return path


@pytest.fixture(name="overlap")
def _overlap(env: SandboxEnv) -> SandboxEnv:
    """Return what has two files with one company in common, each with its own numbers."""
    env.write(
        "webshop.csv",
        table(
            WEBSHOP,
            ("1", "Bakkerij Kant", "9000", "Gent", "092223344"),
            ("2", "Wolwinkel Kluwen", "2000", "Antwerpen", "032223344"),
        ),
    )
    env.write(
        "crm.csv",
        table(
            CRM,
            ("1", "Slagerij Zon", "8000", "Brugge", "info@zon.example"),
            ("7", "Bakkerij Kant BV", "9000", "Gent", "info@kant.example"),
        ),
    )
    return env


def test_numbers_of_two_sources_neither_join_nor_part_companies(overlap: SandboxEnv) -> None:
    found = both(overlap)
    assert found.rows == {"created": 4}
    assert names(overlap) == ["Bakkerij Kant", "Slagerij Zon", "Wolwinkel Kluwen"]
    (kant,) = (one for one in overlap.accounts() if one["Name"] == "Bakkerij Kant")
    assert (kant["Phone"], kant["Email"]) == ("092223344", "info@kant.example")
    assert both(overlap).rows == {"unchanged": 4}
    # Each source knows it by its own number, whatever its name is then.
    overlap.write("crm.csv", table(CRM, ("7", "Patisserie Dentelle", "1000", "Brussel", "")))
    assert run_json(overlap, "crm.csv", "--force").rows == {"updated": 1}
    assert names(overlap) == ["Patisserie Dentelle", "Slagerij Zon", "Wolwinkel Kluwen"]


def test_a_company_that_both_match_is_that_of_both(overlap: SandboxEnv) -> None:
    account = {"Name": "Bakkerij Kant", "Postcode": "9000", "City": "Gent", "Country": "BE"}
    overlap.control("POST", "accounts", {"create": [account]})
    assert both(overlap).rows == {"created": 2, "updated": 2}
    assert names(overlap) == ["Bakkerij Kant", "Slagerij Zon", "Wolwinkel Kluwen"]


def test_what_the_first_file_brought_before_takes_nothing_from_the_second(
    overlap: SandboxEnv,
) -> None:
    for _ in range(2):
        run_json(overlap, "webshop.csv")
    assert both(overlap).rows == {"unchanged": 1, "created": 1, "updated": 2}
    assert len(overlap.accounts()) == 3


def test_where_they_differ_the_first_is_used_and_it_is_said(env: SandboxEnv) -> None:
    env.write("webshop.csv", table(WEBSHOP, ("1", "Bakkerij Kant", "9000", "Gent", "092223344")))
    header = ("Debiteurnr", "Naam", "Postcode", "Plaats", "Telefoon")
    env.write("crm.csv", table(header, ("7", "Bakkerij Kant", "9000", "Gent", "092225566")))
    found = both(env)
    assert found.rows == {"created": 2}
    (problem,) = found.document["problems"]
    assert (problem["file"], problem["field"], problem["severity"]) == (
        "crm.csv",
        "Phone",
        "warning",
    )
    assert problem["message"].endswith(
        "on line 2 of webshop.csv for the same company; the first is used"
    )
    # And it stays so, until the row changes.
    for _ in range(2):
        again = both(env)
        assert (again.rows, again.document["problems"]) == ({"unchanged": 2}, [])
    assert [one["Phone"] for one in env.accounts()] == ["092223344"]
    env.write("crm.csv", table(header, ("7", "Bakkerij Kant", "9000", "Gent", "092227788")))
    assert both(env).rows == {"unchanged": 1, "updated": 1}
    assert [one["Phone"] for one in env.accounts()] == ["092227788"]


@pytest.fixture(name="doubtful")
def _doubtful(env: SandboxEnv) -> SandboxEnv:
    """Return what has a company that a row of each of two files may be; both are held."""
    account = {"Name": "Garage Verhaeghe", "Code": "1001", "Postcode": "8200", "City": "Brugge"}
    env.control("POST", "accounts", {"create": [{**account, "Country": "BE"}]})
    env.write("webshop.csv", table(WEBSHOP, ("41", *VERHAEGE)))
    env.write("crm.csv", table(CRM, ("52", *VERHAEGE)))
    found = both(env)
    assert found.rows == {"held": 2}
    assert [one["line"] for one in found.document["held"]] == [2]
    return env


def test_an_answer_for_one_row_holds_for_the_other(doubtful: SandboxEnv) -> None:
    assert run_json(doubtful, answered(doubtful, "webshop", "1001")).rows == {"unchanged": 1}
    assert both(doubtful).rows == {"unchanged": 2}
    assert names(doubtful) == ["Garage Verhaeghe"]


@pytest.mark.parametrize("together", [True, False])
def test_new_is_one_record_even_where_both_rows_say_it(
    doubtful: SandboxEnv, together: bool
) -> None:
    rejects = [answered(doubtful, file, "new") for file in ("webshop", "crm")]
    for files in [rejects] if together else [[one] for one in rejects]:
        assert run_json(doubtful, *files).status == 0
    assert names(doubtful) == ["Garage Verhaege", "Garage Verhaeghe"]
    assert both(doubtful).rows == {"unchanged": 2}


def test_what_is_held_names_the_row_of_each_file(doubtful: SandboxEnv) -> None:
    output = doubtful.run("plan", "webshop.csv", "crm.csv").stdout
    assert "(line 2 of webshop.csv; line 2 of crm.csv) is held" in output
    assert output.count("is held") == 1


def test_answers_that_differ_are_each_followed(doubtful: SandboxEnv) -> None:
    rejects = [answered(doubtful, "webshop", "1001"), answered(doubtful, "crm", "new")]
    assert run_json(doubtful, *rejects).status == 0
    assert len(doubtful.accounts()) == 2


def test_of_one_source_two_numbers_stay_two(env: SandboxEnv) -> None:
    rows = (("1", "Bakkerij Kant", "9000", "Gent", ""), ("2", "Bakkerij Kant", "9000", "Gent", ""))
    env.write("webshop.csv", table(WEBSHOP, *rows))
    env.write("crm.csv", table(CRM, ("7", "Bakkerij Kant", "9000", "Gent", "")))
    found = both(env)
    assert found.rows == {"created": 2, "held": 1}
    assert len(env.accounts()) == 2
    (record,) = found.document["held"]
    assert (record["file"], record["why"]) == (
        "crm.csv",
        "may be the same as line 2 of webshop.csv, which has the same name and place",
    )


def test_a_new_person_of_both_files_is_made_once(env: SandboxEnv) -> None:
    people = ("Voornaam", "Achternaam", "Telefoon", "Functie")
    kant = ("Bakkerij Kant", "9000", "Gent")

    def write(*person: str) -> None:
        env.write("webshop.csv", table((*WEBSHOP[:4], *people), ("1", *kant, *person[:3], "")))
        env.write("crm.csv", table((*CRM[:4], *people), ("7", *kant, *person[:2], "", person[3])))

    write("An", "Claes", "092223344", "Bakker")
    assert both(env).rows == {"created": 2}
    # From now on each row is linked by its own number.
    write("Jürgen", "Müller", "", "Chef")
    assert both(env).rows == {"created": 2}
    stored = {one["LastName"]: one for one in env.contacts()}
    assert sorted(stored) == ["Claes", "Müller"]
    assert stored["Müller"]["JobTitleDescription"] == "Chef"
    assert both(env).rows == {"unchanged": 2}
