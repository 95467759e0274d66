"""The three-way rule, one line for each case that it tells apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exact_import.fields import catalogue
from exact_import.planning.decide import (
    Base,
    Decision,
    FieldRule,
    base_of,
    decide,
    source_with,
)

PHONE = catalogue("account")["Phone"]
DISCOUNT = catalogue("account")["DiscountSales"]
FREE = FieldRule()
DERIVED = FieldRule(derived=True)


def both(value: Any) -> Base:
    return Base(value, value)


# What the file says, its base, what Exact Online holds, the rule, and what follows.
TABLE: list[tuple[Any, Base | None, Any, FieldRule, Decision]] = [
    # Both agree, whatever was before and whatever the policy.
    ("1", None, "1", FREE, "same"),
    ("1", both("0"), "1", FREE, "same"),
    ("1", Base("1", "9"), "1", FREE, "same"),
    ("1", both("0"), " 1 ", FREE, "same"),
    (None, both("1"), "", FREE, "same"),
    *(("1", both("0"), "1", FieldRule(policy), "same") for policy in ("never", "fill")),
    # What an empty cell does is decided when it is read; for the rest "clear" is no policy.
    (None, both("1"), "1", FieldRule("clear"), "update"),
    ("2", both("1"), "1", FieldRule("clear"), "update"),
    ("1", both("1"), "2", FieldRule("clear"), "keep"),
    ("1", None, "2", FieldRule("clear", constant=True), "leave"),
    ("1", None, "1", FieldRule("overwrite"), "same"),
    # Only the file has changed.
    ("2", both("1"), "1", FREE, "update"),
    ("2", Base("1", "ONE"), "ONE", FREE, "update"),
    ("2", Base(None, None), None, FREE, "update"),
    ("2", Base(None, "1"), "1", FREE, "update"),
    # Only Exact Online has changed.
    ("1", both("1"), "2", FREE, "keep"),
    ("1", both("1"), None, FREE, "keep"),
    # Neither has: what was stored differs from what was sent, and stays.
    ("1", Base("1", "ONE"), "ONE", FREE, "leave"),
    ("1", Base("1", None), None, FREE, "leave"),
    # Both have, to different values.
    ("3", both("1"), "2", FREE, "conflict"),
    ("3", Base(None, None), "2", FREE, "conflict"),
    # No run has imported the field.
    ("2", None, "1", FREE, "update"),
    ("2", None, None, FREE, "update"),
    # An empty cell where `blank = clear`.
    (None, both("1"), "1", FREE, "update"),
    (None, both("1"), "2", FREE, "conflict"),
    (None, Base(None, None), "2", FREE, "keep"),
    (None, None, "1", FREE, "update"),
    # Policies.
    ("2", both("1"), "1", FieldRule("never"), "leave"),
    ("2", None, None, FieldRule("never"), "leave"),
    ("2", both("1"), "1", FieldRule("fill"), "leave"),
    ("2", both("1"), "", FieldRule("fill"), "update"),
    ("2", both("2"), None, FieldRule("fill"), "update"),
    ("1", both("1"), "2", FieldRule("overwrite"), "update"),
    ("3", both("1"), "2", FieldRule("overwrite"), "update"),
    ("1", both("1"), "2", FieldRule("keep"), "keep"),
    ("3", both("1"), "2", FieldRule("keep"), "conflict"),
    # A template without a column is sent on creation only, unless its policy says otherwise.
    ("2", both("1"), "1", FieldRule(constant=True), "leave"),
    ("2", None, None, FieldRule(constant=True), "leave"),
    ("2", None, "1", FieldRule("overwrite", constant=True), "update"),
    ("2", None, None, FieldRule("fill", constant=True), "update"),
    # A derived value changes only what a run of ours set, or what is empty.
    ("2", None, "1", DERIVED, "leave"),
    ("2", None, None, DERIVED, "update"),
    ("2", Base(None, "1"), "1", DERIVED, "leave"),
    ("2", Base(None, None), "", DERIVED, "update"),
    ("2", both("1"), "1", DERIVED, "update"),
    ("1", both("1"), "2", DERIVED, "keep"),
    ("2", None, "1", FieldRule("overwrite", derived=True), "update"),
]


# --- two sources: what the file says, its own base, those of other sources, what Exact Online
# --- holds, and what follows

CRM = {"crm": both("2")}
SOURCES: list[tuple[Any, Base | None, dict[str, Base], Any, Decision]] = [
    # This source says nothing new: the other one's value stays, and the row is warned once.
    ("1", both("1"), CRM, "2", "other"),
    ("1", Base("1", "1", True), CRM, "2", "leave"),
    ("1", Base("1", "1", True), {"crm": both("3")}, "3", "leave"),
    ("1", Base("1", "ONE"), CRM, "2", "other"),
    ("1", both("1"), {"crm": Base("two", "2")}, "2", "other"),
    # Somebody's edit is nobody's value, and stays with a warning each time.
    ("1", both("1"), CRM, "3", "keep"),
    ("1", Base("1", "1", True), CRM, "3", "keep"),
    ("1", both("1"), CRM, None, "keep"),
    ("1", both("1"), {"crm": Base(None, "2")}, "2", "keep"),
    # Where the other source clears the field, or has it empty.
    ("1", both("1"), {"crm": both(None)}, "", "other"),
    ("1", both("1"), {"crm": Base("2", None)}, None, "other"),
    # It agrees again.
    ("1", Base("1", "1", True), CRM, "1", "same"),
    # This source has changed: what another one wrote meanwhile counts as any edit there.
    ("3", both("1"), CRM, "2", "conflict"),
    ("3", both("1"), CRM, "1", "update"),
    ("3", Base("1", "1", True), CRM, "2", "conflict"),
    # Its first import with another value is a first match.
    ("1", None, CRM, "2", "update"),
    ("1", None, CRM, "3", "update"),
    # With the value of another source it says nothing new.
    ("2", None, CRM, "3", "keep"),
    ("2", None, {"crm": Base("2", "TWO")}, "TWO", "leave"),
    ("2", None, {"crm": Base("2", "2", True), "shop": both("1")}, "1", "other"),
]


@pytest.mark.parametrize(("value", "own", "others", "current", "expected"), SOURCES)
def test_each_source_is_compared_with_what_it_said_itself(
    value: Any, own: Base | None, others: dict[str, Base], current: Any, expected: Decision
) -> None:
    base = base_of(PHONE, value, own, others)
    assert decide(PHONE, value, base, current, FREE, None, others) == expected


@pytest.mark.parametrize(("policy", "expected"), [("overwrite", "update"), ("never", "leave")])
def test_a_policy_goes_before_the_sources(policy: str, expected: Decision) -> None:
    assert decide(PHONE, "1", both("1"), "2", FieldRule(policy), None, CRM) == expected


@pytest.mark.parametrize(
    ("current", "others", "source"),
    [
        ("2", {}, None),
        ("2", CRM, "crm"),
        (" 2 ", CRM, "crm"),
        ("2", {"shop": both("1"), **CRM}, "crm"),
        ("2", {"late": Base("two", "2")}, "late"),
        ("2", {"late": Base("two", "2"), **CRM}, "crm"),
        ("2", {"shop": Base(None, "2"), **CRM}, "crm"),
        ("", {"shop": Base(None, None)}, "shop"),
        (None, CRM, None),
    ],
)
def test_who_brought_a_value_is_known(
    current: Any, others: dict[str, Base], source: str | None
) -> None:
    assert source_with(PHONE, current, others) == source


@pytest.mark.parametrize(("value", "base", "current", "rule", "expected"), TABLE)
def test_a_field_is_decided(
    value: Any, base: Base | None, current: Any, rule: FieldRule, expected: Decision
) -> None:
    assert decide(PHONE, value, base, current, rule) == expected


def test_numbers_compare_as_numbers() -> None:
    assert decide(DISCOUNT, 0.1, both("0.1"), 0.1000000000001, FREE) == "same"
    assert decide(DISCOUNT, 0.2, both(0.1), 0.1, FREE) == "update"


def _lowered(text: str) -> str | None:
    return text.lower() or None


@pytest.mark.parametrize(
    ("current", "policy", "expected"),
    [
        ("ONE", "", "same"),
        (" ONE ", "", "same"),
        ("TWO", "", "update"),
        ("", "", "update"),
        (None, "", "update"),
        (1, "", "update"),
        ("ONE", "never", "same"),
        ("ONE", "fill", "same"),
        ("ONE", "overwrite", "update"),
    ],
)
def test_what_reads_as_the_file_says_is_the_same(
    current: Any, policy: str, expected: Decision
) -> None:
    reads_as: Callable[[str], Any] = _lowered
    rule = FieldRule(policy)
    assert decide(PHONE, "one", None, current, rule, reads_as) == expected


def test_a_spelling_that_means_nothing_agrees_with_nothing() -> None:
    assert decide(PHONE, None, None, "?", FREE, lambda _text: None) == "update"


def test_nothing_reads_as_nothing() -> None:
    assert decide(PHONE, "one", None, "", FREE, lambda _text: "one") == "update"


def test_a_base_is_read_from_its_pair() -> None:
    assert Base.of(["a", "b"]) == Base("a", "b")
    assert Base.of(["a", "b", True]) == Base("a", "b", True)
    for kept in (["a", "b"], ["a", None, True]):
        assert Base.of(kept).kept == kept
