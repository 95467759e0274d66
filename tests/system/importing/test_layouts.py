"""A source whose columns change from one night to the next: said first, and once."""

from __future__ import annotations

from typing import Any

from sandbox_env import SandboxEnv, table

HEADER = ["Bedrijf", "Plaats", "Telefoon"]
ROW = ["Alfa BV", "Gent", "09 123 45 67"]
BAD = ["", "Gent", "09 123 45 67"]


def layout_messages(found: dict[str, Any]) -> list[str]:
    return [one["message"] for one in found["problems"] if "the import of" in one["message"]]


def test_a_renamed_column_is_the_first_thing_said_and_only_once(env: SandboxEnv) -> None:
    env.write("klanten-2026-01-01.csv", table(HEADER, ROW))
    assert layout_messages(env.json("klanten-2026-01-01.csv")) == []
    later = env.write(
        "klanten-2026-01-02.csv", table(["Bedrijf", "Woonplaats", "Telefoon"], ROW, BAD)
    )
    for command in ("plan", "import"):
        found = env.json(*([command] if command == "plan" else []), later, status=1)
        first = found["problems"][0]
        assert (first["line"], first["column"], first["field"]) == (1, "Woonplaats", "City")
        assert first["severity"] == "warning"
        assert '"Plaats", which was account.City in the import of 20' in first["message"]
        assert found["problem_counts"] == {"error": 1, "warning": 1}
    assert layout_messages(env.json(later, status=1)) == []


def test_the_console_says_it_before_the_rows(env: SandboxEnv) -> None:
    env.write("a.csv", table(HEADER, ROW))
    env.run("a.csv")
    path = env.write("a.csv", table(["Bedrijf", "Plaats", "Fax"], ROW, BAD))
    lines = env.run("plan", path).stdout.splitlines()
    rejected = next(n for n, line in enumerate(lines) if "line 3" in line)
    changed = next(n for n, line in enumerate(lines) if '"Telefoon", which was' in line)
    assert changed < rejected


def test_nothing_is_reported_of_other_sources_rejects_and_exports(env: SandboxEnv) -> None:
    env.write("a.csv", table(HEADER, ROW))
    env.json("a.csv")
    assert (
        layout_messages(env.json("plan", env.write("b.csv", table(["Bedrijf", "Fax"], ROW[:2]))))
        == []
    )
    env.run("export", "a-1.csv")
    assert layout_messages(env.json("plan", "a-1.csv")) == []
    assert layout_messages(env.json("plan", env.write("a-2.csv", table(["Bedrijf", "Fax"])))) == []


def test_files_of_one_source_go_by_their_names(env: SandboxEnv) -> None:
    env.configure("[import]\nsource = crm\n")
    env.write("klanten.csv", table(HEADER, ROW))
    env.write(
        "mensen.csv", table(["Voornaam", "Achternaam", "Mail"], ["An", "Maes", "a@b.example"])
    )
    env.write("export-x.csv", table([*HEADER, "Fax"], [*ROW, "09 123 45 68"]))
    assert layout_messages(env.json("klanten.csv")) == []
    assert layout_messages(env.json("mensen.csv")) == []
    assert len(layout_messages(env.json("export-x.csv"))) == 1
    for name in ("klanten.csv", "mensen.csv", "export-x.csv"):
        assert layout_messages(env.json(name)) == []


def test_a_plan_that_was_not_carried_out_is_not_remembered(env: SandboxEnv) -> None:
    env.write("a.csv", table(HEADER, ROW))
    env.json("a.csv")
    path = env.write("a.csv", table(["Bedrijf", "Plaats", "Fax"], ROW))
    env.configure("[import]\nmax_updates = 0\n")
    for _ in range(2):
        assert len(layout_messages(env.json(path, status=4))) == 2
