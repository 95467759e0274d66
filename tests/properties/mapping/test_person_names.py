"""No name gets lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exact_import.mapping.person_names import (
    split_name,
)


@given(st.text(max_size=40))
def test_no_name_gets_lost_whole(text: str) -> None:
    name = split_name(text)
    assert bool("".join(name)) == bool(text.replace(",", " ").split())
    assert all(part == " ".join(part.split()) for part in name)
