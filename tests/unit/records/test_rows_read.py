"""What reading came to can be taken back to where it was before a plan was made."""

from __future__ import annotations

from exact_import.records.models import RowsRead


def test_what_was_noted_since_is_taken_back() -> None:
    rows = RowsRead(3, answers={("a.csv", 2): "new"}, sources={"a.csv": "a"})
    rows.reject(("a.csv", 3), "no name")
    before = rows.copy()
    rows.reject(("a.csv", 3), "no city")
    rows.warn(("a.csv", 4), "odd")
    rows.answers["a.csv", 4] = "1001"
    rows.restore(before.copy())
    assert rows == before
    assert rows.rejected == {("a.csv", 3): ["no name"]}
    assert (len(rows.problems), rows.counted.total(), len(rows.kinds)) == (1, 1, 1)
    assert rows.answers == {("a.csv", 2): "new"}
