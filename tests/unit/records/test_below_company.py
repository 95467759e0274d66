"""People in rows without a company, in lists that name a company once with its people below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.config.settings import Settings
from exact_import.importing.load import read_files
from exact_import.reporting.report import Report


@pytest.mark.parametrize(
    ("rows", "warned"),
    [
        (
            "Alfa BV;Gent;Jan Peeters;CEO\n;;An Claes;CFO\n;;Piet Vos;IT\nBeta NV;Ath;Mia Maes;HR",
            [3, 4],
        ),
        # They have a place of their own, or no company is above them.
        ("Alfa BV;Gent;Jan Peeters;CEO\n;Luik;An Claes;CFO", []),
        (";;An Claes;CFO\n;;Piet Vos;IT\nBeta NV;Temse;Mia Maes;HR", []),
        ("Alfa BV;Gent;Jan Peeters;CEO\n;Luik;An Claes;CFO\n;;Piet Vos;IT", []),
    ],
)
def test_a_person_right_below_a_company_is_a_warning(
    tmp_path: Path, rows: str, warned: list[int]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"Bedrijf;Plaats;Contactpersoon;Functie\n{rows}\n", "utf-8")
    report = Report("dry-run", [str(path)])
    read_files(Settings(), report.files, report)
    found = [one for one in report.rows.problems if "account of their own" in one.message]
    assert [one.line for one in found] == warned
    assert all('"Alfa BV" on line 2' in one.message for one in found)
