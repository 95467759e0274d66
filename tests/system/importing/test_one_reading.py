"""A file is opened once, however many need its rows: import, rejects and report."""

from __future__ import annotations

import sys

from in_process import new_env, run_json

# Two rows are fine, one is not; dates and numbers tell how the file writes them.
FILE = (
    "Code;Name;VATNumber;StartDate;CreditLineSales;a;b;c;d;e;f;g;h;i\n"
    "1;Ada;;31/01/2024;1.000,50\n"
    "2;Bea;BE0123456789;01/02/2024;2.500\n"
    "3;Cas;;02/02/2024;3,5\n"
)
opened: list[str] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        opened.append(str(arguments[0]))


def test_an_import_with_rejects_and_a_report_opens_its_file_once() -> None:
    with new_env() as env:
        path = env.write("contacts.csv", FILE)
        page = env.folder / "page.html"
        sys.addaudithook(_hear)  # for as long as this process lives
        opened.clear()
        ended = run_json(env, path, "--report", page)
        assert ended.status == 1
        assert ended.rows == {"rejected": 1, "created": 2}
        assert opened.count(str(path)) == 1, opened
        assert "Bea" in page.read_text("utf-8")
        rejects = env.folder / "contacts.rejected.csv"
        assert "2;Bea;BE0123456789;01/02/2024;2.500" in rejects.read_text("utf-8")
        assert "_dates_dmy" in rejects.read_text("utf-8")
