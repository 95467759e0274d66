"""The rows of a table as batches: made row by row, parted, and marked."""

from __future__ import annotations

import pytest

from exact_import.tables.quoting import CsvFormat
from exact_import.tables.rows import BATCH, Batch, BatchBuilder, Row, RowLayout, fitted

LAYOUT = RowLayout(CsvFormat(";"), ("Naam", "Plaats"), expected=2)
CELLS = [("Maes", "Gent"), ("Peeters", "Lier"), ("Bakker", "Breda")]


def batch_of(*rows: Row) -> Batch:
    builder = BatchBuilder()
    for row in rows:
        builder.add(*row)
    return builder.batch()


ROWS = [Row(line, cells, cells) for line, cells in enumerate(CELLS, 2)]
ODD = Row(5, ("12", "Gent"), ("'12", "Gent"))
BROKEN = Row(6, ("a", "b"), ("a", "b", "c"), "3 cells where the header has 2")


def test_a_batch_has_whole_odd_and_broken_rows_in_their_order() -> None:
    batch = batch_of(BROKEN, *ROWS, ODD)
    assert list(batch.rows()) == [*ROWS, ODD, BROKEN]
    assert list(batch.columns[0]) == ["Maes", "Peeters", "Bakker", "12"]
    assert batch.raw == {5: ("'12", "Gent")}
    assert batch.broken == [BROKEN]
    assert len(batch) == 5


def test_a_builder_starts_again_with_each_batch() -> None:
    builder = BatchBuilder()
    builder.add(*ROWS[0])
    assert len(builder) == 1
    builder.batch()
    assert len(builder) == 0
    assert list(builder.batch().rows()) == []


@pytest.mark.parametrize("lines", [{2, 3, 4, 5, 6}, {3, 6}, {5}, set[int]()])
def test_only_some_rows_stay(lines: set[int]) -> None:
    kept = batch_of(*ROWS, ODD, BROKEN).only(lines)
    assert [row.line for row in kept.rows()] == sorted(lines)
    assert {*kept.raw} == {5} & lines


def test_a_problem_breaks_its_row_and_no_other() -> None:
    batch = batch_of(*ROWS, ODD, BROKEN).with_problems({3: "it looks like a title", 6: "worse"})
    assert [(row.line, row.problem) for row in batch.broken] == [
        (3, "it looks like a title"),
        (6, "worse"),
    ]
    assert list(batch.lines) == [2, 4, 5]
    unmarked = batch_of(*ROWS)
    assert unmarked.with_problems({}) is unmarked


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["Maes", "Gent"], Row(7, ("Maes", "Gent"), ("Maes", "Gent"))),
        (["'0123", '="7"'], Row(7, ("0123", "7"), ("'0123", '="7"'))),
        (["Maes"], Row(7, ("Maes", ""), ("Maes",))),
        (["Maes", "Gent", ""], Row(7, ("Maes", "Gent"), ("Maes", "Gent"))),
    ],
)
def test_a_row_is_fitted_into_the_table(found: list[str], expected: Row) -> None:
    assert Row(7, *LAYOUT.fit(7, found)) == expected


def test_a_row_that_does_not_fit_is_broken() -> None:
    _, raw, problem = LAYOUT.fit(7, ["Maes", "Gent", "BE"])
    assert raw == ("Maes", "Gent", "BE")
    assert "3 cells where the header has 2" in problem


def test_fitted_rows_come_in_batches() -> None:
    rows = ((line, ("Maes", "Gent"), "") for line in range(BATCH + 1))
    assert [len(batch) for batch in fitted(rows, LAYOUT)] == [BATCH, 1]
