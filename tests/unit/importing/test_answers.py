"""Held rows go out with a question and come back with an answer."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from exact_import.config.settings import Settings
from exact_import.importing.load import read_files
from exact_import.importing.rejects import (
    candidates_cell,
    choices,
    follow_answers,
    followed,
    put_rejects,
    renumbered,
)
from exact_import.planning.plan import AccountChanges, Candidate, Change, HeldRecord, Plan
from exact_import.records.models import RowsRead
from exact_import.reporting.report import Report
from exact_import.tables.rejects_form import RowNotes
from exact_import.tables.table import Table, open_table

CODED = Candidate("0f-1", " 1001", "Maes: vlees | wild", ("Postcode",), ("VATNumber",))
PERSON = Candidate("0f-2", "", "Jan\nPeeters")
CELL = (
    "1001: Maes: vlees / wild (same postcode; different VAT number) | 0f-2: Jan Peeters"
    " | line 3 (ID 0f-3): Maes bv | line 4: Maas"
)


def test_the_cell_names_each_candidate_so_that_it_can_be_read_again() -> None:
    rows = [
        Candidate("", "", name, line=("a.csv", line))
        for line, name in ((3, "Maes bv"), (4, "Maas"))
    ]
    cell = candidates_cell([CODED, PERSON, *rows], {("a.csv", 3): "0f-3"}, "a.csv")
    assert cell == CELL
    assert [(one.key, one.line) for one in choices(cell)] == [
        ("1001", 0),
        ("0f-2", 0),
        ("0f-3", 3),
        ("", 4),
    ]


def test_a_row_of_another_file_is_named_with_it() -> None:
    rows = [Candidate("", "", "Maes", line=("a.csv", line)) for line in (3, 4)]
    cell = candidates_cell(rows, {("a.csv", 3): "0f-3"}, "b.csv")
    assert cell == "0f-3: Maes | line 4 of a.csv: Maes"
    assert followed(RowNotes(5, "why", cell, "crm", "line 4 of a.csv"), {4: 7}) == "line 4 of a.csv"
    with pytest.raises(ValueError, match="is not one of the candidates"):
        followed(RowNotes(5, "why", cell, "crm", "line 4"), {4: 7})


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("new", "new"),
        (" NEW ", "new"),
        ("nieuw", "new"),
        ("Nouveau", "new"),
        ("1001", "1001"),
        ("01001", "1001"),
        ("1001: Maes", "1001"),
        ("0F-2", "0f-2"),
        ("3", "0f-3"),  # what line 3 was made into
        ("line 3", "0f-3"),
        ("0f-3", "0f-3"),
        ("4", "line 7"),  # where the row of line 4 is now
    ],
)
def test_an_answer_is_followed(answer: str, meant: str) -> None:
    assert followed(RowNotes(5, "why", CELL, "crm", answer), {4: 7}) == meant


ID = "0f0f0f0f-0000-4000-8000-00000000000"
ACCOUNTS = "1001: Maes | 1002: Maas (same postcode)"
PEOPLE = f"{ID}1: Jan Peeters | {ID}2: J. Peeters"


@pytest.mark.parametrize("answer", ["1003", "13", "line 9"])
def test_a_number_that_may_be_a_line_must_be_a_candidate(answer: str) -> None:
    with pytest.raises(ValueError, match=f'"{answer}" is not one of .*: write|; write 1001, 0f-2'):
        followed(RowNotes(5, "why", CELL, "crm", answer), {})


@pytest.mark.parametrize(
    ("cell", "answer", "meant"),
    [
        (ACCOUNTS, "1003", "1003"),
        (ACCOUNTS, "K-7: Kant", "k-7"),
        (ACCOUNTS, f"{ID}9", f"{ID}9"),
        (CELL, "K-7", "k-7"),
        (CELL, f"{ID}9", f"{ID}9"),
    ],
)
def test_an_answer_may_be_any_account(cell: str, answer: str, meant: str) -> None:
    assert followed(RowNotes(5, "why", cell, "crm", answer), {}) == meant


@pytest.mark.parametrize("answer", ["1003", "Maes", f"{ID}9"])
def test_people_are_candidates_only(answer: str) -> None:
    with pytest.raises(ValueError, match="is not one of the candidates"):
        followed(RowNotes(5, "why", PEOPLE, "crm", answer), {})


@pytest.mark.parametrize("answer", ["line 2", "Line 2"])
def test_a_line_must_be_a_candidate(answer: str) -> None:
    with pytest.raises(ValueError, match="is not one of the candidates"):
        followed(RowNotes(5, "why", ACCOUNTS, "crm", answer), {})


def test_a_further_file_of_rejects_numbers_its_lines_anew() -> None:
    notes = renumbered(RowNotes(5, "why", CELL, "crm", "line 4"), {3: 2, 4: 7})
    assert notes.candidates.endswith("| line 2 (ID 0f-3): Maes bv | line 7: Maas")
    assert notes.answer == "line 7"


def test_without_candidates_any_record_may_be_named() -> None:
    assert followed(RowNotes(answer="1002"), {}) == "1002"
    assert followed(RowNotes(answer="line 4"), {4: 7}) == "line 7"


ORIGINAL = (
    "Bedrijf;Land;E-mail\nMaes;BE;a@maes.be\nMaas;BE;b@maas.be\nJansen;BE;c@d.be\nX;BE;nope\n"
)


def rejects(folder: Path, held: list[HeldRecord]) -> tuple[Table, list[dict[str, str]]]:
    """Return the table of contacts.csv, and the rows of the rejects of a run that held these."""
    path = folder / "contacts 2026-11-27.csv"
    path.write_text(ORIGINAL, "utf-8")
    report = Report("import", [str(path)])
    loaded = read_files(Settings(), [str(path)], report)
    made = Change("account", "create", [(str(path), 2)], "Maes")
    report.plan = Plan([AccountChanges(made)], held)
    report.outcomes.note(made, "done", id="0f-9")
    put_rejects(loaded.tables, report, None, None, loaded.sheets)
    with Path(report.rejects[0]).open(encoding="utf-8", newline="") as stream:
        return loaded.tables[0], list(csv.DictReader(stream, delimiter=";"))


def name_of(folder: Path) -> str:
    return str(folder / "contacts 2026-11-27.csv")


def test_held_rows_are_asked_about_beside_rejected_ones(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    like = Candidate("", "", "Maes", ("Name",), line=(name, 2))
    company = HeldRecord("account", ((name, 3),), "Maas", "may be a duplicate", (like,))
    person = HeldRecord("contact", ((name, 3),), "Jan", "its company is held")
    _, rows = rejects(tmp_path, [person, company])
    asked, wrong = rows
    assert list(asked)[3:] == ["_line", "_error", "_why", "_candidates", "_source", "_answer"]
    assert (asked["_line"], asked["_error"], asked["_why"]) == ("3", "", "may be a duplicate")
    assert asked["_candidates"] == "line 2 (ID 0f-9): Maes (same name)"
    assert (asked["_source"], asked["_answer"]) == ("contacts", "")
    assert (wrong["_line"], wrong["_why"]) == ("5", "")
    assert "nope" in wrong["_error"]


def test_without_held_rows_nothing_is_asked(tmp_path: Path) -> None:
    _, rows = rejects(tmp_path, [])
    assert list(rows[0])[3:] == ["_line", "_error"]


def answered(folder: Path, *answers: str) -> tuple[Report, Table]:
    """Return what comes of the rejects with these answers, and the rejects as a table."""
    name = name_of(folder)
    lines = [(name, 3), (name, 4)]
    maes = Candidate("0f-1", "1001", "Maes")
    held = [HeldRecord("account", (line,), "M", "unsure", (maes,)) for line in lines]
    rejects(folder, held)
    path = folder / "contacts 2026-11-27.rejected.csv"
    text = path.read_text("utf-8").splitlines()
    for place, answer in enumerate(answers, 1):
        text[place] += answer
    path.write_text("\n".join(text) + "\n", "utf-8")
    report = Report("import", [str(path)])
    loaded = read_files(Settings(), [str(path)], report)
    put_rejects(loaded.tables, report, folder / "again.csv", None, loaded.sheets)
    return report, open_table(str(folder / "again.csv"))


def test_answers_are_read_with_their_source(tmp_path: Path) -> None:
    report, again = answered(tmp_path, "1001", "new")
    path = report.files[0]
    assert report.rows.answers == {(path, 2): "1001", (path, 3): "new"}
    assert report.rows.sources == {path: "contacts"}
    assert [*report.rows.rejected] == [(path, 4)]
    assert again.header == ("Bedrijf", "Land", "E-mail")


def test_an_answer_that_does_not_fit_rejects_its_row_and_stays_beside_it(tmp_path: Path) -> None:
    report, again = answered(tmp_path, "line 9")
    path = report.files[0]
    assert report.rows.answers == {}
    assert sorted(report.rows.rejected) == [(path, 2), (path, 4)]
    assert "line 9" in report.rows.rejected[path, 2][0]
    assert {problem.column for problem in report.rows.problems} == {"_answer", "E-mail"}
    assert report.records["accounts"] == 1
    first = next(iter(again.beside.values()))
    assert (first.answer, first.candidates, first.source) == ("line 9", "1001: Maes", "contacts")


def test_the_setting_names_the_source_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("Bedrijf\nMaes\n", "utf-8")
    rows = RowsRead()
    assert follow_answers([open_table(str(path))], Settings(source="crm"), rows) == {}
    assert rows.sources == {str(path): "crm"}
