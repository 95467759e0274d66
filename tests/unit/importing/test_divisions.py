"""Several companies wait for one answer, and none goes on without it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from exact_import.importing.divisions import JointQuestion
from exact_import.reporting.report import Report


@pytest.mark.parametrize("agreed", [True, False])
def test_all_get_the_one_answer(agreed: bool) -> None:
    question = JointQuestion()
    report = Report("import", ["a.csv"])
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(question.wait, report) for _ in range(3)]
        while not question.is_due(3):
            assert not any(answer.done() for answer in answers)
        assert not question.is_due(4)  # somebody is still planning
        question.answer(agreed=agreed)
        assert [answer.result() for answer in answers] == [agreed] * 3
    assert not question.is_due(3)


def test_nobody_is_asked_where_nobody_waits() -> None:
    assert not JointQuestion().is_due(0)
