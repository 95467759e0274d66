"""A mistake in the INI is said before anything is read or sent, and never passes in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.config.loading import resolve
from exact_import.errors import ConfigError


def fault(folder: Path, text: str) -> str:
    path = folder / "config.ini"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        resolve({}, path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[imports]\nstrict = yes\n", "no section [imports] (did you mean [import]?)"),
        ("[transient]\nCity = {A}\n", "[transient] City has no effect there; move it to [account]"),
        ("[server]\nBlank = keep\n", "[server] Blank has no effect there; move it to [import]"),
        ("[Account]\nName = {A}\n", "no section [Account] (did you mean [account]?)"),
        ("[delivery adress]\nCity = {A}\n", "(did you mean [delivery address]?)"),
        ("[policy]\nTelefoon = fill\n", '[policy] Telefoon: Exact Online has no field "Telefoon"'),
        ("[policy]\nPhon = fill\n", '"Phon" (did you mean Phone?)'),
        ("[policy]\naccount LastName = fill\n", 'has no field "LastName"'),
        ("[import]\ncountry = XX\n", "country = XX: expected the code of a country, such as BE"),
        ("[import]\nmatch_contact = Email, Bogus\n", "a contact has no field Bogus"),
        ("[import]\nmatch_contact = Email+Lastnam\n", "Lastnam (did you mean LastName?)"),
        ("[import]\nmatch_contact = Emial\n", "a contact has no field Emial (did you mean Email?)"),
        ("[import]\ncode = mine\n", "code = mine: expected auto, exact or own"),
        ("[import]\nheld = send\n", "held = send: expected hold or create"),
        ("[import]\nnew_account_status = X\n", "expected C (customer), P (prospect)"),
        ("[import]\nread_timeout = 0\n", "read_timeout = 0: expected seconds, from 0.1"),
        ("[import]\nconnect_timeout = 100000\n", "expected seconds, from 0.1 to 86400"),
        ("[policy]\nPhone = empty\n", "expected overwrite, keep, fill, never or clear"),
        ("[value]\nSoort = a: b\n", "no section [value] (did you mean [values]?)"),
        ("[values]\nSoort = goud\n", "[values] Soort: expected pairs such as gold: A1"),
        ("[values]\nSoort = a: b, c\n", 'expected pairs such as gold: A1, silver: B2, not "c"'),
        ("[values]\nSoort = a: b, A : c\n", '[values] Soort: "A" is listed twice'),
        ("[values]\nSoort = *: b, *: c\n", '[values] Soort: "*" is listed twice'),
        ("[values]\nSoort = : b\n", 'write "" for an empty cell'),
        ('[values]\nSoort = "a: b\n', "[values] Soort: expected pairs"),
        (
            "[account]\n; the name\nName = {Bedrijf}\n  City = {Plaats}\n",
            "config.ini, line 4: this line begins with spaces, which makes it part of",
        ),
        ("[import]\nstrict = yes\n\n\tlimit = 3\n", "config.ini, line 4"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    assert message in fault(tmp_path, text)


def test_what_is_right_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    path.write_text(
        "[other program]\nx = 1\n"
        "[account]\n  Name = {A}\n  City = {B}\n  Remarks = first\n    Tel: {C}\n\n    a=b\n"
        "[import]\nmatch_account = code, anything\ncountry = be\nnew_account_status = p\n"
        "source = Our  CRM\ncode = Own\nheld = create\n"
        "match_contact = email, firstname + LASTNAME\n"
        "[policy]\naccount phone = fill\nEmail = never\n[division 12]\ncountry = Belgium\n",
        "utf-8",
    )
    settings = resolve({}, path)
    assert (settings.country, settings.new_account_status) == ("BE", "P")
    assert (settings.source, settings.code, settings.held) == ("Our  CRM", "own", "create")
    assert settings.match_contact == ("Email", "FirstName+LastName")
    assert settings.divisions[12].overrides == {"country": "BE"}
    assert list(settings.sections["account"]) == ["Name", "City", "Remarks"]


def test_a_setting_of_earlier_versions_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`concurrency` does nothing: Exact Online takes one call at a time for a company."""
    warning = "concurrency is no longer used: Exact Online takes one call at a time for a company."
    path = tmp_path / "config.ini"
    path.write_text("[import]\nConcurrency = 8\n[division 12]\nconcurrency = many\n", "utf-8")
    settings = resolve({}, path)
    assert settings.divisions[12].overrides == {}
    assert caplog.messages == [warning, warning]
    caplog.clear()
    path.write_text("[import]\nmatch_account = Code, Name\n", "utf-8")
    resolve({}, path)
    assert caplog.messages[0].startswith("match_account is no longer used: all that a row says")
    caplog.clear()
    path.write_text("", "utf-8")
    monkeypatch.setenv("EXACT_IMPORT_CONCURRENCY", "4")
    resolve({}, path)
    assert caplog.messages == [warning]
