"""A document with long lists is printed as it would be in one piece."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exact_import.cli.json_output import echo_document


@pytest.mark.parametrize("count", [0, 1, 2, 500, 501, 1203])
def test_a_streamed_list_is_printed_like_any_other(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [{"label": f"Zoë\n{number}", "lines": [["a.csv", number]]} for number in range(count)]
    document: dict[str, Any] = {"run": None, "changes": [], "notes": ["a\nb"], "error": {"a": []}}
    echo_document(document, {"changes": iter(items)})
    whole = json.dumps({**document, "changes": items}, ensure_ascii=False, indent=1)
    assert capsys.readouterr().out == f"{whole}\n"
