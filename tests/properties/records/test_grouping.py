"""Every item ends in one group, for a reason."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.records.groups import Groups, Sharing, Stage

BITS = (1, 2, 4, 8)


STAGES = (Stage(1, 0), Stage(2, 1), Stage(4, 3), Stage(8, 7))


items = st.lists(
    st.tuples(*(st.sampled_from(("", "a", "b", "c")) for _ in BITS)), min_size=1, max_size=12
)


def grouped(found: Sequence[tuple[str, ...]]) -> Groups:
    columns = list(zip(*found, strict=True))
    return Groups(
        len(found),
        dict(zip(BITS, columns, strict=True)),
        ((stage, Sharing(column), None) for stage, column in zip(STAGES, columns, strict=True)),
    )


@settings(max_examples=scaled(500), deadline=None)
@given(found=items)
def test_every_item_is_in_one_group_and_for_a_reason(found: list[tuple[str, ...]]) -> None:
    groups = grouped(found)
    together = list(groups)
    assert sorted(item for members in together for item in members) == list(range(len(found)))
    assert [members[0] for members in together] == sorted(members[0] for members in together)
    for members in together:
        assert {groups.first(item) for item in members} == {members[0]}
        assert groups.members(members[0]) == members
        for item in members if len(members) > 1 else ():
            others = [found[other] for other in members if other != item]
            assert any(
                mine == its != ""
                for other in others
                for mine, its in zip(found[item], other, strict=True)
            )
    for item, values in enumerate(found):
        assert groups.masks[item] == sum(bool(one) << place for place, one in enumerate(values))
    for first, pair in groups.ambiguous.items():
        assert first not in pair


@settings(max_examples=scaled(500), deadline=None)
@given(found=items)
def test_items_with_one_own_number_are_one_and_with_two_are_two(
    found: list[tuple[str, ...]],
) -> None:
    groups = grouped(found)
    for one, first in enumerate(found):
        for other, second in enumerate(found[:one]):
            if first[0] and second[0]:
                assert (groups.first(one) == groups.first(other)) == (first[0] == second[0])
