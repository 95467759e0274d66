"""Of ten thousands of problems the first are kept; how many there were is always right."""

from __future__ import annotations

import csv
from pathlib import Path

from exact_import.records.models import KEPT, RowsRead, alike
from sandbox_env import SandboxEnv, table

BAD = KEPT + 500
FINE = 3


def wrong_addresses(env: SandboxEnv, count: int = BAD) -> Path:
    rows = [[str(n), f"Bedrijf {n}", f"info{n}(at)bedrijf.be"] for n in range(1, count + 1)]
    fine = [[str(90_000 + n), f"Goed {n}", f"info@goed{n}.be"] for n in range(FINE)]
    return env.write("a.csv", table(["Code", "Naam", "E-mail"], *rows, *fine))


def read_back(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_left_out_is_reported_everywhere(env: SandboxEnv) -> None:
    path = wrong_addresses(env)
    page, rejects = env.folder / "page.html", env.folder / "rejects.csv"
    found = env.json("-n", path, "--report", page, "--rejects", rejects, status=1)
    assert found["rows"]["rejected"] == BAD
    assert found["problem_counts"] == {"error": BAD, "warning": 0}
    assert len(found["problems"]) == KEPT
    assert found["problems_left_out"] == BAD - KEPT
    html = page.read_text("utf-8")
    assert "Rejected rows <small>10,500</small>" in html
    assert "… and 8,500 more, all in the rejects file." in html
    # The rejects have every row, and each its own reason.
    lines = read_back(rejects)
    assert [line["_line"] for line in lines] == [str(line) for line in range(2, BAD + 2)]
    assert all(f'"{line["E-mail"]}" is not a valid e-mail' in line["_error"] for line in lines)


def test_the_screen_counts_what_it_does_not_tell(env: SandboxEnv) -> None:
    path = wrong_addresses(env)
    first = env.run("-n", path).stdout.splitlines()[0]
    assert first.startswith(
        '10500 rows, column E-mail: "info1(at)bedrijf.be" is not a valid e-mail address'
    )
    assert first.endswith('line 5: "info4(at)bedrijf.be", 10496 more)')
    every = env.run("-n", "-v", path).stdout.splitlines()
    assert sum("line" in line and "is not a valid e-mail" in line for line in every) == BAD


def test_the_rows_of_a_summary_add_up(env: SandboxEnv) -> None:
    rows = [[f"Bedrijf {n}", f"Regio {n % 5}"] for n in range(50)]
    output = env.run("-n", env.write("a.csv", table(["Naam", "Land"], *rows))).stdout
    *first, last = (line for line in output.splitlines() if "Unknown country" in line)
    assert all("10 rows, column Land" in line for line in first)
    assert last.startswith('20 rows, column Land: Unknown country "Regio 3"')
    assert last.endswith('(line 5; also line 6: "Regio 4", 18 more)')


def test_many_wrong_words_refuse_the_same_rows_whenever_they_are_read(env: SandboxEnv) -> None:
    wrong = [[f"Firma {n}", f"Regio {n}", ""] for n in range(250)]
    rows = [["A", "BE", "klannt"], *wrong, ["Y", "BE", "kllant"], ["Z", "BE", "klant"]]
    path = env.write("a.csv", table(["Bedrijf", "Land", "Status"], *rows))
    checked = env.json("-n", path, status=1)
    planned = env.json("plan", path, status=1)
    assert checked["rows"]["rejected"] == planned["rows"]["rejected"] == 250
    assert planned["accounts"]["create"] == 3


def test_rows_that_contradict_each_other_keep_their_reasons(env: SandboxEnv) -> None:
    count = KEPT + 200
    rows = [[str(n // 2 + 1), f"Bedrijf {n // 2}", f"Stad {n}"] for n in range(count)]
    path = env.write("b.csv", table(["Code", "Naam", "Plaats"], *rows))
    rejects = env.folder / "rejects.csv"
    found = env.json("-n", path, "--rejects", rejects, status=1)
    assert found["problem_counts"]["error"] == count
    last = read_back(rejects)[-1]["_error"]
    assert '"Stad 10198" on line 10200 but "Stad 10199" on line 10201' in last


def test_rows_of_several_files_add_up() -> None:
    both = RowsRead()
    for file in ("a.csv", "b.csv"):
        one = RowsRead()
        for line in range(2, KEPT + 12):
            one.reject((file, line), f'"{line} {file}" is no.', "Land")
            one.warn((file, line), f'"{line} {file}" is doubtful.', "Land")
        both.merge(one)
    assert both.counted == {"error": 2 * KEPT + 20, "warning": 2 * KEPT + 20}
    assert len(both.rejected) == 2 * KEPT + 20
    assert len(both.problems) == 2 * KEPT
    assert sum(kind.rows for kind in alike(both.kinds.values())) == 4 * KEPT + 40
    assert both.rejected["b.csv", KEPT + 11] == [f'"{KEPT + 11} b.csv" is no.']


def test_of_a_run_that_ended_before_its_plan_the_error_is_what_is_read(env: SandboxEnv) -> None:
    path = wrong_addresses(env, 30)
    env.faults({"kind": "answer", "status": 403, "match": {"path": "crm/*"}})
    ended = env.run(path)
    assert ended.returncode in (70, 77)
    assert "The rows have 30 errors; --dry-run lists them." in ended.stdout
    assert "(at)" not in ended.stdout
    assert ended.stderr.splitlines()[-1].startswith("exact-import: ")
