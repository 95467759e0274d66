"""The pages for users and administrators say what the program does."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest

from exact_import.fields import Kind, catalogue
from exact_import.values.convert import Converter, Rules
from exact_import.values.vocabulary import CHECKS

ROOT = Path(__file__).parents[3]
VALUES = (ROOT / "docs" / "values.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^\| (\w+) \| (\w*) ?\| `([^`]+)` \| (?:`([^`]+)`|\*\*(.+)\*\*|\*(.+)\*) \|$", re.M
)
EXAMPLES = EXAMPLE.findall(VALUES)
KINDS: tuple[Kind, ...] = ("account", "contact", "bank account")


@pytest.mark.parametrize(("name", "country", "text", "sent", "error", "warning"), EXAMPLES)
def test_every_example_is_true(
    name: str, country: str, text: str, sent: str, error: str, warning: str
) -> None:
    field = next(catalogue(kind)[name] for kind in KINDS if name in catalogue(kind))
    result = Converter(Rules(country="BE")).convert(field, text, country)
    severities = [severity for severity, _ in result.problems]
    messages = " ".join(message for _, message in result.problems)
    if sent:
        value_text = result.value if isinstance(result.value, str) else json.dumps(result.value)
        assert (value_text, severities) == (sent, [])
    elif error:
        assert severities == ["error"]
        assert error in messages
    else:
        assert severities == ["warning"]
        assert warning in messages or result.value is None


def test_no_example_escapes_the_test() -> None:
    rows = [line for line in VALUES.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) == len(EXAMPLES) > 70


def test_the_table_of_checks_is_the_codes() -> None:
    table = VALUES.partition("## Changing the checks")[2]
    listed = re.findall(r"^\| (\w+) \| (error|warning|off) \| (.+) \|$", table, re.M)
    assert listed == [(name, level, guards) for name, (level, guards) in CHECKS.items()]


def test_every_section_of_exact_online_md_that_the_code_cites_exists() -> None:
    page = (ROOT / "docs" / "exact-online.md").read_text(encoding="utf-8")
    headings = {line.lstrip("# ").strip() for line in page.splitlines() if line.startswith("#")}
    cited: set[tuple[str, str]] = set()
    for folder in ("src", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            text = re.sub(r"\s*\n\s*#?\s*", " ", path.read_text(encoding="utf-8"))
            for passage in re.findall(r'exact-online\.md, ((?:(?:,| and)? ?"[^"\\]+")+)', text):
                cited |= {(path.name, name) for name in re.findall(r'"([^"]+)"', passage)}
    assert {name for _, name in cited} - headings == set(), sorted(cited)
    assert cited


def test_pages_are_linked_to_public_sources_only() -> None:
    page = (ROOT / "docs" / "exact-online.md").read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w.{}/])/(?:work|tmp|home|root)\b", page + VALUES)


def test_the_example_configuration_is_read_as_it_stands() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "config.example.ini", encoding="utf-8")
    sections = ["server", "application", "import", "policy", "values", "validation"]
    sections += ["notify", "transient"]
    assert parser.sections() == sections
    for check, level in parser["validation"].items():
        assert CHECKS[check][0] == level


def test_the_example_configuration_is_still_read_with_its_suggestions_taken_up() -> None:
    text = (ROOT / "config.example.ini").read_text(encoding="utf-8")
    taken = re.sub(r"^;(?=\S)", "", text, flags=re.MULTILINE)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(taken)
    for kind in ("account", "contact"):
        known = {name.casefold() for name in catalogue(kind)}
        assert set(parser[kind]) <= known
