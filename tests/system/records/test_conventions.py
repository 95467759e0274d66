"""What a whole file tells: the order of its dates, its decimals, doubles; and how that is shown."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exact_import.config.loading import resolve
from exact_import.errors import ConfigError, RowProblem
from exact_import.records.conventions import KEPT, ConversionLog
from exact_import.records.models import alike, grouped
from sandbox_env import SandboxEnv, open_terminal, table


def output_lines(env: SandboxEnv, *arguments: str | Path) -> list[str]:
    ended = env.run(*arguments)
    assert ended.stderr == ""
    return ended.stdout.splitlines()


# --- dates and decimals


def test_one_clear_date_settles_the_order_of_all(env: SandboxEnv) -> None:
    clear = [["Een", "03/04/2024"], ["Twee", "31/01/2024"]]
    path = env.write("a.csv", table(["Naam", "Actief vanaf"], *clear))
    assert env.json("plan", path)["changes"][0]["fields"]["StartDate"][1][:10] == "2024-04-03"


def test_without_a_terminal_an_ambiguous_order_is_an_error_that_names_the_setting(
    env: SandboxEnv,
) -> None:
    path = env.write("a.csv", table(["Name", "Active from"], ["Een", "03/04/2024"]))
    (problem,) = env.json("-n", path, status=1)["problems"]
    assert "date_order = dmy" in problem["message"]
    env.configure("[import]\ndate_order = mdy\n")
    plan = env.json("plan", path)
    assert plan["changes"][0]["fields"]["StartDate"][1][:10] == "2024-03-04"


def test_headers_in_dutch_have_the_day_first_which_is_reported_once(env: SandboxEnv) -> None:
    dates = [["Een", "03/04/2024"], ["Twee", "05/06/2024"]]
    path = env.write("a.csv", table(["Naam", "Actief vanaf"], *dates))
    plan = env.json("plan", path)
    starts = [change["fields"]["StartDate"][1][:10] for change in plan["changes"]]
    assert starts == ["2024-04-03", "2024-06-05"]
    (note,) = [one for one in plan["assumptions"] if "date_order" in one["message"]]
    assert note["message"].startswith('"Actief vanaf": "03/04/2024" is read with the day first')
    env.configure("[import]\ndate_order = mdy\n")
    plan = env.json("plan", path)
    assert plan["changes"][0]["fields"]["StartDate"][1][:10] == "2024-03-04"
    assert "date_order" not in str(plan["assumptions"])


def at_a_terminal(env: SandboxEnv, answer: str, *arguments: str | Path) -> tuple[int, str]:
    """Run the program at a terminal and type `answer` when it asks; return how it ended."""
    ours, theirs = open_terminal()
    with subprocess.Popen(
        [sys.executable, "-m", "exact_import", *map(str, arguments)],
        cwd=env.folder,
        env={**env.environment(), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        output = ""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            output += piece.decode("utf-8", "replace")
            if answer and "Order of the dates" in output:
                os.write(ours, f"{answer}\n".encode())
                answer = ""
        os.close(ours)
        return process.wait(timeout=60), output


@pytest.mark.parametrize(("answer", "day"), [("dmy", "2024-04-03"), ("mdy", "2024-03-04")])
def test_at_a_terminal_the_order_is_asked_once(env: SandboxEnv, answer: str, day: str) -> None:
    dates = [["Een", "03/04/2024"], ["Twee", "05/06/2024"]]
    path = env.write("a.csv", table(["Name", "Active from"], *dates))
    status, output = at_a_terminal(env, answer, "-n", path)
    assert status == 0, output
    assert output.count("Order of the dates") == 1
    words = " ".join(output.split())
    assert "a.csv has dates such as 03/04/2024" in words
    assert f"03/04/2024 → {day}" in output


def test_a_clear_number_settles_the_decimals_of_all(env: SandboxEnv) -> None:
    header = ["Naam", "Kredietlimiet", "Land"]
    path = env.write(
        "a.csv",
        table(header, ["Een", "1.500", "NL"], ["Twee", "12.50", "NL"], ["Drie", "1.5", "NL"]),
    )
    changes = env.json("plan", path)["changes"]
    assert [one["fields"]["CreditLineSales"][1] for one in changes] == [1.5, 12.5, 1.5]
    path = env.write("b.csv", table(header, ["Een", "1.500", "NL"], ["Twee", '"12,50"', "NL"]))
    changes = env.json("plan", path)["changes"]
    assert [one["fields"]["CreditLineSales"][1] for one in changes] == [1500, 12.5]


# --- doubles

DOUBLES = table(
    ["Code", "Naam", "Postcode", "BTW-nummer"],
    ["1", "Een", "1000", "BE0123456749"],
    ["2", "Twee", "2000", "0123.456.749"],
    ["3", "Drie", "3000", ""],
    ["4", "DRIE", "3000", ""],
    ["5", "Drie", "4000", ""],
    ["6", "Drie", "3000", ""],
)


def test_companies_under_two_codes_in_a_file_are_reported_once_each(env: SandboxEnv) -> None:
    env.configure("[import]\ncountry = BE\n")
    path = env.write("a.csv", DOUBLES)
    found = env.json("-n", path, "-c", env.config)
    assert [(one["line"], one["severity"], one["field"]) for one in found["problems"]] == [
        (3, "warning", "VATNumber"),
        (5, "warning", "Name"),
        (7, "warning", "Name"),
    ]
    assert "line 2" in found["problems"][0]["message"]
    assert "line 4" in found["problems"][2]["message"]


@pytest.mark.parametrize(("level", "status"), [("error", 1), ("off", 0)])
def test_doubles_are_as_bad_as_the_configuration_says(
    env: SandboxEnv, level: str, status: int
) -> None:
    env.configure(f"[import]\ncountry = BE\n[validation]\nduplicate = {level}\n")
    path = env.write("a.csv", DOUBLES)
    found = env.json("-n", path, "-c", env.config, status=status)
    assert len(found["problems"]) == found["rows"]["rejected"] == (3 if level == "error" else 0)


@pytest.mark.parametrize(
    ("row", "updates"),
    # A name that is only written otherwise is left alone, with a warning.
    [(["20", "Anders", "1000", "BE0123456749"], 1), (["20", "EEN  bv", "1000", ""], 0)],
)
def test_a_new_code_for_what_exact_online_has_makes_no_duplicate(
    env: SandboxEnv, row: list[str], updates: int
) -> None:
    env.configure("[import]\ncountry = BE\n")
    header = ["Code", "Naam", "Postcode", "BTW-nummer"]
    env.json(env.write("a.csv", table(header, ["10", "Een BV", "1000", "BE0123456749"])))
    found = env.json("plan", env.write("b.csv", table(header, row)))
    assert (found["accounts"]["create"], found["accounts"]["update"]) == (0, updates)
    assert [change["matched"] for change in found["changes"]] == ["link"] * updates
    assert not any("Code" in change["fields"] for change in found["changes"])
    assert found["accounts"]["unchanged"] + updates == 1


# --- what is rewritten


COUNTED = "  rewritten 3 in Land (--report lists them)"
PAGE = ("--report", "page.html")


def test_a_plan_and_a_dry_run_tell_what_is_rewritten(env: SandboxEnv) -> None:
    rows = [["Een", "Holland"], ["Twee", "NL"], ["Drie", "Duitsland"], ["Vier", "Holland"]]
    path = env.write("a.csv", table(["Naam", "Land"], *rows))
    for command in ("--dry-run", "plan"):
        output = output_lines(env, command, path)
        assert "Land: 3 values were rewritten, e.g. line 2: Holland → NL" in output
        assert COUNTED in output
        every = output_lines(env, command, "-v", path)
        assert "  line 2: Holland → NL (2 times)" in every
        assert "  line 4: Duitsland → DE" in every
        assert env.json(command, path)["rewritten"] == [
            {
                "file": str(path),
                "column": "Land",
                "field": "Country",
                "count": 3,
                "changes": [
                    {"line": 2, "change": "Holland → NL", "count": 2},
                    {"line": 4, "change": "Duitsland → DE", "count": 1},
                ],
            }
        ]
    # An import counts them, where it sends any.
    assert [one for one in output_lines(env, path, *PAGE) if "rewritten" in one] == [COUNTED]
    assert "Duitsland → DE" in (env.folder / PAGE[1]).read_text(encoding="utf-8")
    assert not any("rewritten" in line for line in output_lines(env, path))


def test_however_much_is_rewritten_only_so_much_is_kept() -> None:
    rewritten = ConversionLog()
    for line in range(2, 5 * KEPT):
        counted = (("first", 1), (f"{line} → x", 1))
        where = dict.fromkeys(("first", f"{line} → x"), line).__getitem__
        rewritten.add("a.csv", "account", "Name", lambda: "Naam", counted, where)
    (column,) = rewritten.columns()
    assert len(column.changes) == KEPT
    assert column.count == 2 * (5 * KEPT - 2)
    assert column.changes["first"] == (2, 5 * KEPT - 2)


# --- the report on screen


def test_a_thousand_wrong_rows_make_a_few_lines(env: SandboxEnv) -> None:
    rows = []
    for number in range(1000):
        vat = f"BE0123{number:06d}" if number % 2 else ""
        rows.append([f"Bedrijf {number}", "Holandd" if number % 3 else f"Xyz{number}q", vat])
    path = env.write("a.csv", table(["Naam", "Land", "BTW-nummer"], *rows))
    output = output_lines(env, "-n", path)
    assert len(output) < 20
    holland = '666 rows, column Land: Unknown country "Holandd". Did you mean "Holland"?'
    assert any(line.startswith(holland) for line in output)
    (other,) = (line for line in output if "Xyz" in line)
    assert other.startswith('334 rows, column Land: Unknown country "Xyz0q" (line 2; ')
    assert "Holandd" not in other
    assert 'also line 5: "Xyz3q", line 8: "Xyz6q", line 11: "Xyz9q", 330 more)' in other
    assert any("check digits" in line and "; also " in line for line in output)


def test_errors_come_before_warnings_and_v_shows_every_problem(env: SandboxEnv) -> None:
    rows = [[f"Bedrijf {number}", str(number), "NL"] for number in range(1, 9)]
    rows.append(["Laatste", "", "Xyzzy"])
    path = env.write("a.csv", table(["Naam", "Telefoon", "Land"], *rows))
    output = output_lines(env, "-n", path)
    assert "Xyzzy" in output[0]
    assert output[1].startswith('8 rows, column Telefoon: warning: "1" is not a valid telephone')
    every = [
        line for line in output_lines(env, "-n", "-v", path) if "not a valid telephone" in line
    ]
    assert len(every) == 8


def test_of_many_unused_columns_those_with_values_are_named(env: SandboxEnv) -> None:
    unused = [f"Vakje {number}" for number in range(12)]
    row = ["", "x", *[""] * 10]
    path = env.write("a.csv", table(["Naam", *unused], ["Een", *row], ["Twee", *[""] * 12]))
    assert '  Columns that are not used: "Vakje 1", and 11 with nothing in them.' in output_lines(
        env, "-n", path
    )
    rows = [["Een", *[""] * 12]] * 1500
    path = env.write("b.csv", table(["Naam", *unused], *rows, ["Twee", *row]))
    message = "  Columns that are not used: 12 with nothing in the first 1000 rows."
    assert message in output_lines(env, "-n", path)
    path = env.write("c.csv", table(["Naam", *unused[:2]], ["Een", "", ""]))
    assert '  Columns that are not used: "Vakje 0", "Vakje 1".' in output_lines(env, "-n", path)


def test_every_row_counts_however_many_are_wrong(env: SandboxEnv) -> None:
    rows = [[f"Bedrijf {number}", "Xyzzy"] for number in range(10_500)]
    path = env.write("a.csv", table(["Naam", "Land"], *rows))
    output = output_lines(env, "-n", path)
    assert output[0].startswith("10500 rows, column Land:")
    assert "  rows      10,500 read: 10,500 rejected" in output


def test_few_problems_of_a_kind_are_reported_one_by_one() -> None:
    problems = [RowProblem("a.csv", line, "error", f'"{line}" is no.') for line in (2, 3, 4)]
    assert [len(kind.cases) for kind in alike(grouped(problems))] == [1, 1, 1]
    more = [*problems, RowProblem("a.csv", 5, "error", '"5" is no. Did you mean "6"?')]
    assert [len(kind.cases) for kind in alike(grouped(more))] == [4]
    other = [*more, RowProblem("a.csv", 6, "warning", '"6" is no.')]
    assert [len(kind.cases) for kind in alike(grouped(other))] == [4, 1]


# --- the settings of checks


def test_a_check_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.ini"
    config.write_text("[validation]\nvatt = off\niban = off\n", "utf-8")
    with pytest.raises(ConfigError, match=r'unknown check "vatt" \(did you mean vat\?\)'):
        resolve({}, config)
    config.write_text("[validation]\nVAT = off\n", "utf-8")
    assert resolve({}, config).levels == {"vat": "off"}


def test_what_no_cell_says_is_not_rewritten(env: SandboxEnv) -> None:
    path = env.write("a.csv", table(["Leveranciersnummer", "Leverancier"], ["1", "Papier NV"]))
    report = env.json("--dry-run", path)
    assert any("lists suppliers" in note for note in report["notes"])
    assert report["rewritten"] == []
