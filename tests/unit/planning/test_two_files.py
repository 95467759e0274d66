"""Where two files say something else of one record: what is written, and what is said once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compared_records import compared
from exact_import.planning.plan import Change
from exact_import.store.bases import RecordBases
from exact_import.store.mirror import Mirror

# --- two sources


def two_sources(
    mirror: Mirror, by_source: Mapping[str, Any], value: Any, current: Any, **rules: Any
) -> tuple[Change, list[str]]:
    """Return the change of an account's phone for a row of a.csv, and its warnings."""
    said = {one: {"Phone": base} for one, base in by_source.items()}
    mirror.set_base("account", "1", RecordBases(said))
    return compared(mirror, {"Phone": value}, {"Phone": current}, **rules)


def test_where_two_files_disagree_it_is_said_once(mirror: Mirror) -> None:
    bases = {"crm": ["2", "2"], "a": ["1", "1"]}
    change, told = two_sources(mirror, bases, "1", "2")
    assert (change.action, change.source, change.base) == (
        "unchanged",
        "a",
        {"Phone": ["1", "1", True]},
    )
    (message,) = told
    assert message == (
        "your files disagree about the Phone of the account: "
        'Exact Online keeps "2" from the file "crm", and "1" in '
        "this row is not sent until it changes"
    )
    again, told = two_sources(mirror, {**bases, "a": change.base["Phone"]}, "1", "2")
    assert (again.action, again.base, told) == ("unchanged", change.base, [])


@pytest.mark.parametrize(
    ("a", "crm", "value", "current", "told"),
    [
        (
            ["1", "1"],
            [None, None],
            "1",
            None,
            (
                "your files disagree about the Phone of the account: "
                'Exact Online keeps it empty, as in the file "crm", '
                'and "1" in this row is not sent until it changes'
            ),
        ),
        (
            [None, None],
            ["2", "2"],
            None,
            "2",
            (
                "your files disagree about the Phone of the account: "
                'Exact Online keeps "2" from the file "crm", and '
                "the empty cell in this row is not sent until it changes"
            ),
        ),
        (
            ["1", "1"],
            ["2", "2"],
            "3",
            "2",
            'Phone was changed both in the file and in "crm" ("2"); the file wins',
        ),
        (
            ["1", "1"],
            ["2", "2"],
            "1",
            "3",
            (
                'Phone was changed in Exact Online to "3" since the last import; the file\'s "1" '
                "was not sent"
            ),
        ),
    ],
)
def test_what_another_file_brought_is_named(
    mirror: Mirror, a: list[Any], crm: list[Any], value: Any, current: Any, told: str
) -> None:
    assert two_sources(mirror, {"crm": crm, "a": a}, value, current)[1] == [told]


@pytest.mark.parametrize(
    ("a", "crm", "value", "current", "policy", "said"),
    [
        (["1", "1"], ["1", "1"], "2", "1", None, 1),
        (None, ["1", "1"], None, "1", None, 1),
        # The other file left it empty, or has a value that is not there, or each decides always.
        (None, [None, "1"], "2", "1", None, 0),
        (None, ["1", None], "2", None, None, 0),
        (None, ["3", "3"], "2", "1", None, 0),
        (None, ["1", "1"], "2", "1", "overwrite", 0),
    ],
)
def test_what_replaces_the_value_of_another_file_says_so(
    mirror: Mirror, a: Any, crm: Any, value: Any, current: Any, policy: str | None, said: int
) -> None:
    bases = {"crm": crm, **({} if a is None else {"a": a})}
    change, told = two_sources(mirror, bases, value, current, policy=lambda *_: policy)
    assert list(change.fields) == ["Phone"]
    assert len(told) == said


@pytest.mark.parametrize(
    ("street", "sent"),
    [("Markt 5", ["AddressLine1", "City"]), ("Dorp 2", [])],
)
def test_the_first_import_of_a_second_file_sends_a_whole_address_or_none_of_it(
    mirror: Mirror, street: str, sent: list[str]
) -> None:
    said = {"AddressLine1": ["Dorp 2"] * 2, "City": ["Gent"] * 2, "Phone": ["1"] * 2}
    mirror.set_base("account", "1", RecordBases({"crm": said}))
    row: dict[str, Any] = {"AddressLine1": street, "City": "Gent", "Phone": "1"}
    there = {"AddressLine1": "Kaai 9", "City": "Mol", "Phone": "2"}
    change, _ = compared(mirror, row, there)
    assert list(change.fields) == sent


def test_the_first_import_of_a_second_file_is_a_first_match(mirror: Mirror) -> None:
    change, told = two_sources(mirror, {"crm": ["2", "2"]}, "1", "2")
    assert (change.fields, told) == (
        {"Phone": ["2", "1"]},
        [
            (
                "your files disagree about the Phone of the account: "
                '"1" in this row replaces "2" from the file "crm"'
            ),
        ],
    )
    change, told = two_sources(mirror, {"crm": ["2", "2"]}, "1", "3")
    assert (change.fields, change.base, told) == (
        {"Phone": ["3", "1"]},
        {"Phone": ["1", "1"]},
        [],
    )
    # With the same value it says nothing new, and that is its base from then on.
    change, told = two_sources(mirror, {"crm": ["2", "TWO"]}, "2", "TWO")
    assert (change.action, change.base, told) == ("unchanged", {"Phone": ["2", "TWO"]}, [])
    change, told = two_sources(mirror, {"crm": ["2", "2"]}, "2", "3")
    assert (change.action, change.base, len(told)) == ("kept", {"Phone": ["2", "2"]}, 1)
