"""However many cells were converted before, the next one is converted as if it were the first."""

from __future__ import annotations

from exact_import.fields import catalogue
from exact_import.values.convert import Converter, Rules

ACCOUNT = catalogue("account")


def test_suggestions_end_before_they_cost_minutes() -> None:
    converter = Converter(Rules())
    results = [converter.convert(ACCOUNT["Country"], f"Duitslnd{i}", "") for i in range(300)]
    assert {result.value for result in results} == {None}
    problems = [problem for result in results for problem in result.problems]
    assert [severity for severity, _ in problems] == ["error"] * 300
    messages = [message for _, message in problems]
    assert "Did you mean" in messages[0]
    assert "Did you mean" not in messages[-1]


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    converter = Converter(Rules(country="BE"))
    first = converter.convert(ACCOUNT["VATNumber"], "0123.456.749", "BE")
    for number in range(5000):
        converter.convert(ACCOUNT["VATNumber"], str(number), "BE")
    assert converter.convert(ACCOUNT["VATNumber"], "0123.456.749", "BE") == first
