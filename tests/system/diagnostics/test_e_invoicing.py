"""Belgian customers without the number by which electronic invoices find them."""

from __future__ import annotations

from typing import Any

from sandbox_env import SandboxEnv, table

HEADER = ["Bedrijf", "Land", "Btw-nummer", "Status"]
ROWS = [
    ["Alfa BV", "BE", "BE0403170701", "klant"],
    ["Beta BV", "BE", "", "klant"],
    ["Ceta BV", "BE", "", "prospect"],
    ["Delta BV", "NL", "", "klant"],
]


def notes(found: dict[str, Any]) -> list[str]:
    return [note for note in found["notes"] if "Peppol" in note]


def test_the_report_counts_those_of_the_file(env: SandboxEnv) -> None:
    path = env.write("a.csv", table(HEADER, *ROWS))
    (note,) = notes(env.json("plan", path))
    assert note.startswith(
        "1 Belgian customer has no enterprise number, in the file or in Exact Online: "
        '"Beta BV" (line 3'
    )
    assert notes(env.json("plan", env.write("b.csv", table(HEADER, ROWS[0])))) == []


def test_a_file_without_numbers_says_nothing_of_them(env: SandboxEnv) -> None:
    rows = [[*row[:2], row[3]] for row in ROWS]
    path = env.write("a.csv", table(["Bedrijf", "Land", "Status"], *rows))
    assert notes(env.json("plan", path)) == []


def test_a_company_whose_record_has_the_number_is_not_counted(env: SandboxEnv) -> None:
    env.json(env.write("a.csv", table(HEADER, [*ROWS[1][:2], "BE0202239951", "klant"])))
    path = env.write("a.csv", table(HEADER, *ROWS[:2]))
    # A company that is planned, that needs no planning, and one that is rejected.
    for _ in range(3):
        assert notes(env.json(path)) == []
    wrong = [*ROWS[1][:2], "BE0202239950", "klant"]
    found = env.json("plan", env.write("b.csv", table(HEADER, wrong)), status=1)
    assert (notes(found), found["rows"]["rejected"]) == ([], 1)


def test_the_doctor_names_the_first_five(env: SandboxEnv) -> None:
    rows = [[f"Firma {letter} Gent", "BE", "", "klant"] for letter in "FEDCBAG"]
    env.json(env.write("a.csv", table(HEADER, *rows)))
    (message,) = checks(env)
    assert message.startswith("7 of 7 Belgian customers have no valid enterprise number: ")
    assert message.endswith('"Firma D Gent", "Firma E Gent" and 2 more')


def checks(env: SandboxEnv) -> list[str]:
    found = env.json("doctor")["checks"]
    return [check["message"] for check in found if check["name"] == "e-invoicing"]


def test_the_doctor_counts_those_that_runs_have_read(env: SandboxEnv) -> None:
    assert checks(env) == []
    env.json(env.write("a.csv", table(HEADER, *ROWS)))
    calls = len(env.calls())
    assert checks(env) == ['1 of 2 Belgian customers has no valid enterprise number: "Beta BV"']
    assert len(env.calls()) - calls <= 3
    env.json(env.write("a.csv", table(HEADER, [*ROWS[1][:2], "BE0202239951", "klant"])))
    env.json("plan", "a.csv")
    assert checks(env) == ["all 2 Belgian customers have an enterprise number"]
