"""No assignment of columns to fields has a higher total, however many columns there are."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exact_import.mapping.assignment import (
    ColumnUse,
    best_assignment,
    total,
)

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


def test_thousands_of_columns_for_a_few_fields() -> None:
    fields = ("Email", "Phone", "Fax")
    uses = [ColumnUse(i, "account", f, 10 + i % 7, "") for i in range(16_384) for f in fields]
    chosen = best_assignment(uses)
    assert sorted(one.column for one in chosen.values()) == [6, 13, 20]
