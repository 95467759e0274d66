"""Two rows of one file that may name one person of a company: one person, or held."""

from __future__ import annotations

import pytest

from in_process import run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Bedrijf", "Postcode", "Voornaam", "Achternaam", "E-mail", "Mobiel")


def people(env: SandboxEnv) -> list[tuple[str, str]]:
    return sorted((one.get("FirstName") or "", one["LastName"]) for one in env.contacts())


def write(env: SandboxEnv, *rows: tuple[str, ...]) -> None:
    env.write("a.csv", table(HEADER, *(("Kant", "9000", *row) for row in rows)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("J.", "Müller", "jm@kant.example", ""), ("Jurgen", "Muller", "jm@kant.example", "")),
        (("Jan", "Peeters", "jan@kant.example", ""), ("Jan", "Peters", "", "")),
        (("Jan", "Maes", "", ""), ("Maes", "Jan", "", "")),
    ],
)
def test_who_may_be_another_row_is_held_each_night_until_answered(
    env: SandboxEnv, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    write(env, one, other)
    for words in ({"created": 1, "held": 1}, {"unchanged": 1, "held": 1}):
        found = run_json(env, "a.csv")
        assert found.rows == words
        assert people(env) == [one[:2]]
    (record,) = found.document["held"]
    assert (record["kind"], record["line"]) == ("contact", 3)
    assert f'may be "{one[0]} {one[1]}" on line 2, who has ' in record["why"]
    rejects = env.folder / "a.rejected.csv"
    rejects.write_text(rejects.read_text("utf-8").rstrip("\r\n") + "new\r\n", "utf-8")
    assert run_json(env, "a.rejected.csv").rows == {"created": 1}
    assert people(env) == sorted([one[:2], other[:2]])
    assert run_json(env, "a.csv").rows == {"unchanged": 2}


def test_two_names_are_two_people(env: SandboxEnv) -> None:
    rows = [
        ("Jan", "Peeters", "", "0475123456"),
        ("An", "Peeters", "", "0475123456"),
        ("Jan", "Peters", "jan@kant.example", "0475999999"),
    ]
    write(env, *rows)
    assert run_json(env, "a.csv").rows == {"created": 3}
    assert run_json(env, "a.csv").rows == {"unchanged": 3}
