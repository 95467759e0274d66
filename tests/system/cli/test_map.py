"""What each column of a file is taken for, and how that gets into the configuration."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from configparser import ConfigParser
from pathlib import Path

from house import House, table

HEADER = ("Klantnr", "Bedrijf", "Straat", "Nr", "Voornaam", "Achternaam", "E-mail", "Kleur")
ROWS = (
    ("1001", "Bakker BV", "Kerkstraat", "12", "An", "Peeters", "an@bakker.example", "rood"),
    ("1002", "Slager NV", "Markt", "1", "", "", "", "blauw"),
)


def _file(house: House, header: Sequence[str] = HEADER) -> Path:
    return house.write("people.csv", table(header, *ROWS, delimiter=";"))


def _sections(path: Path) -> dict[str, dict[str, str]]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keeps Exact's own spelling
    parser.read_string(path.read_text("utf-8"))
    return {name: dict(parser[name]) for name in parser.sections()}


def test_map_shows_each_column_with_a_sample_and_its_meaning(house: House) -> None:
    ended = house.run("map", _file(house))
    assert ended.returncode == 0
    lines = {line.split("  ")[0]: line for line in ended.stdout.splitlines() if line[:1].isdigit()}
    assert len(lines) == len(HEADER)
    assert "Bedrijf" in lines["2"]
    assert "Bakker BV" in lines["2"]
    assert "account.Name" in lines["2"]
    assert "Name of the company" in lines["2"]
    assert "not used" in lines["8"]
    assert "account.AddressLine1 = {Straat} {Nr}" in ended.stdout
    assert "Not filled of the account: " in ended.stdout
    assert "VATNumber" in ended.stdout


def test_nothing_in_a_file_steers_the_terminal(house: House) -> None:
    file = house.write("x.csv", "Bedrijf,Kleur \x1b[31m\nBakker \x1b]0;x\x07,rood\n")
    assert "\x1b" not in house.run("map", file).stdout


def test_map_as_json(house: House) -> None:
    document = house.json("map", _file(house))
    columns = {column["header"]: column for column in document["columns"]}
    assert columns["Klantnr"]["fields"] == ["account.Code"]
    assert columns["Klantnr"]["sample"] == "1001"
    assert columns["Nr"]["fields"] == ["account.AddressLine1"]
    assert columns["Kleur"]["fields"] == []
    assert document["sections"]["contact"]["Email"] == "{E-mail}"
    assert "City" in document["remaining"]["account"]
    assert "Code" not in document["remaining"]["account"]
    assert document["written"] is None


def test_written_sections_do_what_the_headers_did(house: House) -> None:
    file = _file(house)
    house.configure("; a remark of mine\n[import]\n; and here\nreserve = 100\n")
    before = house.config.read_text("utf-8")
    ended = house.run("map", file, "--write")
    assert ended.returncode == 0, ended.stderr
    after = house.config.read_text("utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    sections = _sections(house.config)
    assert sections["account"]["AddressLine1"] == "{Straat} {Nr}"
    assert sections["contact"] == {
        "FirstName": "{Voornaam}",
        "LastName": "{Achternaam}",
        "Email": "{E-mail}",
    }
    document = house.json("-c", house.config, file)
    assert document["accounts"]["create"] == 2
    assert document["contacts"]["create"] == 1
    assert house.contacts()[0]["Email"] == "an@bakker.example"


def test_writing_again_changes_nothing(house: House) -> None:
    file = _file(house)
    house.run("map", file, "--write")
    before = house.config.read_bytes()
    ended = house.run("map", file, "--write")
    assert (ended.returncode, house.config.read_bytes()) == (0, before)
    assert "already" in ended.stdout


def test_another_mapping_is_replaced_only_by_force(house: House) -> None:
    house.configure("[account]\n; whose name\nName = {Bedrijf}\n[contact]\n")
    before = house.config.read_bytes()
    file = _file(house, ("Code", "Firma", "Straat", "Nr", "Voornaam", "Achternaam", "Mail", "X"))
    ended = house.run("map", file, "--write")
    assert ended.returncode == 2
    assert "--force" in ended.stderr
    assert house.config.read_bytes() == before
    assert house.run("map", file, "--write", "--force").returncode == 0
    assert _sections(house.config)["account"]["Name"] == "{Firma}"
    assert "; whose name" in house.config.read_text("utf-8")
    assert house.json("--dry-run", file)["records"] == {"accounts": 2, "contacts": 1}


def test_a_mapping_that_does_not_fit_is_told_and_left_aside(house: House) -> None:
    house.configure("[account]\nName = {Onderneming}\n")
    ended = house.run("map", _file(house))
    assert ended.returncode == 0
    assert "there is no column {Onderneming}" in ended.stderr
    assert "account.Name" in ended.stdout


def test_a_configuration_is_made_where_there_is_none(house: House) -> None:
    file = _file(house)
    path = house.folder / "new.ini"
    ended = house.run("map", file, "--write", "-c", path)
    assert ended.returncode == 0, ended.stderr
    assert f"Made {path}" in ended.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _sections(path)["account"]["Name"] == "{Bedrijf}"


def test_headers_of_every_kind_survive_the_ini(house: House) -> None:
    header = ("Naam; (bedrijf)", "Straat {x} = 100 %", "E-mail\nadres", "Fax:", "Fax:", "")
    row = ("Bakker", "y", "a@x.example", "b@x.example", "c@x.example", "z")
    text = ",".join(f'"{cell}"' for cell in header) + "\n" + ",".join(row) + "\n"
    file = house.write("odd.csv", text)
    document = house.json("map", file, "--write", "--delimiter", ",")
    assert house.json("map", file, "--delimiter", ",")["sections"] == document["sections"]
    assert house.run("--dry-run", file, "--delimiter", ",").returncode == 0


def test_columns_are_corrected_on_a_terminal(house: House) -> None:
    file = _file(house)
    # Code, company, street and number stay; the first name was none, the rest is right.
    answers = ["y", "", "", "", "", "-", "FullName", "", "account.Remarkz", "account.Remarks", "y"]
    status, shown = house.at_terminal("map", str(file), answers=answers)
    assert status == 0, shown
    assert "Did you mean account.Remarks?" in shown
    sections = _sections(house.config)
    assert sections["contact"] == {"FullName": "{Achternaam}", "Email": "{E-mail}"}
    assert sections["account"]["Remarks"] == "{Kleur}"
    assert sections["account"]["AddressLine1"] == "{Straat} {Nr}"


def test_a_column_taken_out_of_several_leaves_the_others(house: House) -> None:
    file = _file(house)
    answers = ["y", "", "", "", "AddressLine2", "", "", "", "", "y"]
    status, shown = house.at_terminal("map", str(file), answers=answers)
    assert status == 0, shown
    account = _sections(house.config)["account"]
    assert (account["AddressLine1"], account["AddressLine2"]) == ("{Straat}", "{Nr}")


def test_nothing_is_written_unless_it_is_wanted(house: House) -> None:
    before = house.config.read_bytes()
    status, _ = house.at_terminal("map", str(_file(house)), answers=["n"])
    assert (status, house.config.read_bytes()) == (0, before)


def test_a_file_without_any_name(house: House) -> None:
    file = house.write("x.csv", "Kleur,Maat\nrood,3\n")
    assert house.run("map", file).returncode == 0
    ended = house.run("map", file, "--write")
    assert ended.returncode == 2
    assert "No column of" in ended.stderr
