"""The assignment of columns to fields with the highest total."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exact_import.data.header_words import ParsedHeader
from exact_import.mapping.assignment import (
    ColumnUse,
    best_assignment,
    total,
    use,
    with_spares,
)
from exact_import.mapping.columns import HeaderColumn, HeaderColumns
from exact_import.mapping.samples import NO_SAMPLES

USES = st.lists(
    st.builds(
        ColumnUse,
        column=st.integers(0, 4),
        section=st.just("account"),
        field=st.sampled_from(["Name", "Email", "Phone", "Code"]),
        score=st.integers(1, 9),
        reason=st.just(""),
    ),
    max_size=12,
    unique_by=lambda one: (one.column, one.slot),
)


def most(uses: Sequence[ColumnUse]) -> int:
    """Return the highest total, by trying everything."""
    if not uses:
        return 0
    one, *rest = uses
    free = [u for u in rest if u.column != one.column and u.slot != one.slot]
    return max(most(rest), one.weight + most(free))


@given(USES)
def test_no_other_assignment_has_a_higher_total(uses: list[ColumnUse]) -> None:
    chosen = best_assignment(uses)
    assert total(chosen) == most(uses)
    assert len({one.column for one in chosen.values()}) == len(chosen)
    assert all(one in uses and slot == one.slot for slot, one in chosen.items())


@given(USES.flatmap(lambda uses: st.tuples(st.just(uses), st.permutations(uses))))
def test_the_order_of_the_uses_does_not_matter(
    orders: tuple[list[ColumnUse], list[ColumnUse]],
) -> None:
    assert best_assignment(orders[0]) == best_assignment(orders[1])


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


def test_thousands_of_columns_for_a_few_fields() -> None:
    fields = ("Email", "Phone", "Fax")
    uses = [ColumnUse(i, "account", f, 10 + i % 7, "") for i in range(16_384) for f in fields]
    chosen = best_assignment(uses)
    assert sorted(one.column for one in chosen.values()) == [6, 13, 20]
