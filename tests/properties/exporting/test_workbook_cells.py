"""Any text that is written into a workbook is read back."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.exporting.export_file import (
    _write_workbook,
    sheet_text,
)
from exact_import.tables.table import open_table

_TEXT = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"]), min_size=1, max_size=20),
    st.text("'=\"+-@0123456789 .,/:eE%_x\n\uff1d", min_size=1, max_size=12),
)


_ID = "2f1c7a34-9d0e-4a51-8f5b-6c1d2e3f4a5b"


def _book(rows: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    _write_workbook(stream, ["account.Name", "account.ID"], rows)
    return stream.getvalue()


@settings(
    max_examples=scaled(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(_TEXT, min_size=1, max_size=20))
@example(texts=["'0", '="x"', "'='x", "=1+1", "0123", "''1", "12E5", "http://a.b", "_x0041_", "1"])
def test_any_text_comes_back(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "some.xlsx"
    path.write_bytes(_book([[sheet_text(text), _ID] for text in texts]))
    assert [row.cells[0] for row in open_table(str(path)).rows()] == [
        text.strip() for text in texts
    ]
