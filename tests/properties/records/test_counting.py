"""A dry run, which makes few records, finds all that is found where every record is made."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.config.settings import Settings
from exact_import.importing.load import read_files
from exact_import.reporting.report import Report

HEADER = ("Code", "Company", "VAT number", "Country", "Last name", "E-mail", "StartDate", "Remarks")
ODD = (
    *('"', 'a"b', '"open', 'tail"', "a;b", '"a;b"'),
    *('"multi\nline"', '"two\r\nlines"', "\xa0", "'0"),
)

cells = st.tuples(
    st.sampled_from(("1", "2", "3", "01", "", "abc")),
    st.sampled_from(("Klant A", "klant a", "Klant B", "")),
    st.sampled_from(("BE0123456749", "BE0403170701", "BE0123456780", "")),
    st.sampled_from(("BE", "NL", "België", "Atlantis", "")),
    st.sampled_from(("Peeters", "Maes", "")),
    st.sampled_from(("a@example.com", "nobody", "")),
    st.sampled_from(("01/02/2024",) * 6 + ("31/12/2023", "12/31/2023", "")),
    st.sampled_from(("x", "Een opmerking", *ODD)),
)
rows = cells.map(list) | st.sampled_from(([], ["", ""], ["1", "Klant A"], ["x"] * 9))


def report_of(*files: Path, counting: bool) -> dict[str, Any]:
    """Return all that reading the files comes to."""
    report = Report("dry-run", list(map(str, files)))
    read_files(Settings(), report.files, report, counting=counting)
    return {
        "read": report.rows.read,
        "rejected": sorted((row, *why) for row, why in report.rows.rejected.items()),
        "problems": sorted(map(str, report.rows.problems)),
        "counted": dict(report.rows.counted),
        "records": dict(report.records),
        "notes": report.notes,
        "rewritten": sorted((one.column, one.count) for one in report.rewritten.columns()),
    }


@settings(max_examples=scaled(150), deadline=None)
@given(
    table=st.lists(rows, min_size=1, max_size=60),
    end=st.sampled_from(("\n", "\r\n")),
)
def test_counting_finds_what_making_records_finds(table: list[list[str]], end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, small = Path(folder, "a.csv"), Path(folder, "b.csv")
        text = end.join(";".join(row) for row in (HEADER, *table)) + end
        file.write_bytes(text.encode())
        small.write_text("Company\nKlant C\n", "utf-8")
        assert report_of(file, small, counting=True) == report_of(file, small, counting=False)
