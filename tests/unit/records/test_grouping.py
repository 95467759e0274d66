"""Grouping takes any mixture of keys: every item ends in one group, and an empty key joins none."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.records.grouping import Groups

KEYS = ("Code", "VATNumber", "Name+Postcode", "Name")

items = st.lists(
    st.tuples(*(st.sampled_from(("", "a", "b", "c")) for _ in KEYS)), min_size=1, max_size=12
)


@settings(max_examples=scaled(500), deadline=None)
@given(found=items)
def test_every_item_is_in_one_group_and_for_a_reason(found: list[tuple[str, ...]]) -> None:
    groups = Groups(len(found), KEYS, zip(*found, strict=True))
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
def test_items_with_one_code_are_one_and_with_two_codes_are_two(
    found: list[tuple[str, ...]],
) -> None:
    groups = Groups(len(found), KEYS, zip(*found, strict=True))
    for one, first in enumerate(found):
        for other, second in enumerate(found[:one]):
            if first[0] and second[0]:
                assert (groups.first(one) == groups.first(other)) == (first[0] == second[0])
