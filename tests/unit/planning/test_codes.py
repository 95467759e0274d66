"""Whether customer numbers are Exact Online's codes, judged over a file."""

from __future__ import annotations

import pytest

from exact_import.planning.codes import NumberSeen, Remembered, judge_codes
from exact_import.planning.decision import CodeRule

AGREES, CONTRADICTS = NumberSeen(True, True), NumberSeen(True, False)
BLIND, UNKNOWN = NumberSeen(True), NumberSeen(False)
ELSEWHERE = NumberSeen(False, None, True)
OURS = NumberSeen(True, True, account="a")
NAMESAKE, OTHER = (NumberSeen(False, None, True, account) for account in "ab")


@pytest.mark.parametrize(
    ("seen", "rule", "send", "remember"),
    [
        ([AGREES] * 7 + [CONTRADICTS, UNKNOWN], "exact", True, "exact"),
        ([AGREES] + [CONTRADICTS] * 5, "own", False, "own"),
        # A tie contradicts, and so does a row that is an account with another code.
        ([AGREES, AGREES, CONTRADICTS, CONTRADICTS], "own", False, "own"),
        ([AGREES, AGREES, BLIND, ELSEWHERE, ELSEWHERE], "own", False, "own"),
        # None exists there.
        ([UNKNOWN] * 4, "second", True, ""),
        ([UNKNOWN, ELSEWHERE], "own", False, ""),
        # One or two exist.
        ([AGREES, UNKNOWN], "doubt", True, ""),
        ([AGREES, CONTRADICTS], "doubt", False, ""),
        # A namesake of a row with its own number is another company, not one with another code.
        ([OURS, NAMESAKE], "doubt", True, ""),
        ([OURS, OTHER], "doubt", False, ""),
        ([NAMESAKE], "own", False, ""),
        ([CONTRADICTS], "doubt", False, ""),
        ([CONTRADICTS, UNKNOWN], "own", False, ""),
        # Nothing but numbers: nothing is found out.
        ([BLIND] * 5, "second", False, ""),
        ([], "second", True, ""),
    ],
)
def test_a_file_says_what_its_numbers_are(
    seen: list[NumberSeen], rule: CodeRule, send: bool, remember: Remembered
) -> None:
    verdict = judge_codes(seen)
    assert (verdict.rule, verdict.send, verdict.remember) == (rule, send, remember)
    assert not verdict.reopened


def test_what_a_person_set_is_not_judged() -> None:
    assert judge_codes([AGREES] * 5, setting="own").rule == "own"
    assert judge_codes([CONTRADICTS] * 5, setting="exact").rule == "exact"


def test_what_was_found_before_holds_until_three_say_otherwise() -> None:
    assert judge_codes([CONTRADICTS] * 2, remembered="exact").rule == "exact"
    assert judge_codes([UNKNOWN], remembered="own").send is False
    again = judge_codes([CONTRADICTS] * 3, remembered="exact")
    assert again.reopened
    assert "3 belong to other companies" in again.message
    assert not judge_codes([CONTRADICTS] * 3, remembered="exact", settled=9).reopened


def test_the_verdict_is_reported_in_a_sentence() -> None:
    message = judge_codes([AGREES] + [CONTRADICTS] * 5).message
    assert "not Exact Online's codes: 5 of 6 belong to other companies" in message
