"""What a mapping that is written for a file changes in how the file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.config.ini_file import Sections
from exact_import.config.settings import Settings
from exact_import.importing.file_checks import mapping_effects

PERSON = {"FullName": "{Contact}"}


@pytest.mark.parametrize(
    ("text", "sections", "expected"),
    [
        (
            "Firma;Contact\nAlfa BV;Dhr. J. Maes\nBeta NV;Jan Vos\n",
            {"account": {"Name": "{Firma}"}, "contact": PERSON},
            (
                "With this mapping, 1 row is read differently than without it (contact.Gender), "
                "because not everything that is recognised can be written as a mapping."
            ),
        ),
        (
            "Firma;Contact\nAlfa BV;An Maes\nBeta NV;Jan Vos\n",
            {"account": {"Name": "{Firma}"}, "contact": PERSON},
            "",
        ),
        (
            "Firma;Plaats;IBAN\nAlfa BV;Gent;BE68539007547034\nBeta NV;Mol;\n",
            {"account": {"Name": "{Firma}"}, "contact": {}, "bank account": {}},
            (
                "With this mapping, 2 rows are read differently than without it (account.City, "
                "bank account.BankAccount), because not everything that is recognised can be "
                "written as a mapping."
            ),
        ),
        (
            "Firma;Contact;Notitie\nAlfa BV;An Maes;\nBeta NV;;belt nooit\n",
            {"account": {"Name": "{Firma}"}, "contact": {**PERSON, "Notes": "{Notitie}"}},
            (
                "With this mapping, 1 row is read differently than without it (account.Name, "
                "account.Remarks), 1 of them rejected, because not everything that is recognised "
                "can be written as a mapping."
            ),
        ),
        # A mapping that does not fit the file has its own error.
        ("Firma;Plaats\nAlfa BV;Gent\n", {"account": {"Name": "{Bedrijf}"}}, ""),
    ],
)
def test_what_changes_is_said(tmp_path: Path, text: str, sections: Sections, expected: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert mapping_effects(Settings(), str(path), sections) == expected
