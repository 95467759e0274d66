"""The assignment of columns to fields with the highest total."""

from __future__ import annotations

from exact_import.data.header_words import ParsedHeader
from exact_import.mapping.assignment import (
    ColumnUse,
    best_assignment,
    use,
    with_spares,
)
from exact_import.mapping.columns import HeaderColumn, HeaderColumns
from exact_import.mapping.samples import NO_SAMPLES


def test_a_column_gives_way_where_that_is_best_for_all() -> None:
    uses = [
        ColumnUse(0, "contact", "Email", 9, "it is the person's"),
        ColumnUse(0, "account", "Email", 6, "or the company's"),
        ColumnUse(1, "contact", "Email", 8, "it can only be the person's"),
    ]
    chosen = best_assignment(uses)
    assert chosen["contact", "Email"].column == 1
    assert chosen["account", "Email"].column == 0
    assert best_assignment(uses[:2])["contact", "Email"].column == 0


def test_of_equal_columns_the_plain_and_then_the_first_is_used() -> None:
    main = HeaderColumn(0, "Primary phone", ParsedHeader(qualifiers=frozenset({"main"})))
    others = [HeaderColumn(index, "Phone", ParsedHeader()) for index in (2, 1)]
    near = frozenset({"main"})
    uses = [use(c, "account", "Phone", 50, "", near) for c in (main, *others)]
    chosen = best_assignment(uses)
    assert chosen["account", "Phone"].column == 1
    table = HeaderColumns(["Primary phone", "Phone", "Phone"], [main, *others], NO_SAMPLES)
    filled = with_spares(chosen, uses, table)
    assert [one.column for one in filled["account", "Phone"]] == [1, 0]
