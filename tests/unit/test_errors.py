"""Exit statuses: every one is described, and the promised one wins."""

from __future__ import annotations

import itertools

from exact_import.errors import EXIT_STATUSES, ExitStatus, worst

PRECEDENCE = (130, 143, 70, 73, 77, 78, 2, 75, 4, 1, 3, 0)


def test_every_status_is_described_in_the_order_of_precedence() -> None:
    assert tuple(EXIT_STATUSES) == PRECEDENCE
    assert set(EXIT_STATUSES) == set(ExitStatus)
    for heading, _, meaning in EXIT_STATUSES.values():
        assert heading
        assert meaning


def test_the_first_of_two_statuses_wins() -> None:
    for first, second in itertools.combinations(PRECEDENCE, 2):
        assert worst(second, first) == first
    assert worst() == 0
