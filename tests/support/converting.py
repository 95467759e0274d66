"""Converts single cells as a file with one country does."""

from __future__ import annotations

from exact_import.fields import Kind, catalogue
from exact_import.values.convert import Converted, Converter, Rules

BE = Converter(Rules(country="BE"))


def converted(
    name: str, text: str, country: str = "BE", converter: Converter = BE, kind: Kind | None = None
) -> Converted:
    kinds: tuple[Kind, ...] = (kind,) if kind else ("account", "contact", "bank account")
    field = next(catalogue(kind)[name] for kind in kinds if name in catalogue(kind))
    return converter.convert(field, text, country)


def refusal(name: str, text: str, country: str = "BE", converter: Converter = BE) -> str:
    """Return the sentence with which `text` is refused; fails if it is not."""
    result = converted(name, text, country, converter)
    assert result.value is None
    assert [severity for severity, _ in result.problems] == ["error"]
    return result.problems[0][1]
