"""A workbook from the file to Exact Online: plan, import, rejects and back, saved plan, map."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

import workbooks
from sandbox_env import SandboxEnv

HEADER = ["Klantnr", "Bedrijf", "Postcode", "Plaats", "Telefoon", "BTW nummer", "Voornaam", "Naam"]
HEADER += ["Geboortedatum"]
BORN = datetime.date(1970, 3, 1)
ROWS: list[list[Any]] = [
    [1, "Bakkerij Een", 9000, "Gent", "092251234", "BE0417497106", "An", "Peeters", BORN],
    [2, "Garage Twee", 2000, "Antwerpen", "032251234", "BE0000000001", "Jan", "Claes", BORN],
]


def moment(text: str) -> datetime.datetime:
    """Return the moment of Exact Online's /Date(milliseconds)/."""
    milliseconds = int(text.removeprefix("/Date(").removesuffix(")/"))
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)


def write(env: SandboxEnv, kind: str, rows: list[list[Any]] | None = None) -> Path:
    title: list[Any] = ["Klantenlijst van vandaag"]
    sheets = {"Leeg": [], "Klanten": [title, [], HEADER, *(ROWS if rows is None else rows)]}
    path = env.folder / f"klanten.{kind}"
    path.write_bytes(workbooks.make(kind, sheets))
    return path


@pytest.mark.parametrize("kind", workbooks.KINDS)
def test_a_row_is_rejected_fixed_and_imported(env: SandboxEnv, kind: str) -> None:
    write(env, kind)
    ended = env.run("--json", f"klanten.{kind}")
    document = json.loads(ended.stdout)
    assert (ended.returncode, document["rows"]["created"], document["rows"]["rejected"]) == (
        1,
        1,
        1,
    )
    (error,) = [one for one in document["problems"] if one["severity"] == "error"]
    assert (error["file"], error["sheet"], error["line"]) == (f"klanten.{kind}", "Klanten", 5)
    assert document["changes"][0]["lines"] == [[f"klanten.{kind}", 4]]
    (account,) = env.accounts()
    assert (account["Postcode"], account["Phone"]) == ("9000", "092251234")
    assert moment(env.contacts()[0]["BirthDate"]).date() == BORN

    rejects = env.folder / "klanten.rejected.csv"
    text = rejects.read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("Klantnr;Bedrijf;Postcode")
    rejects.write_text(text.replace("BE0000000001", "BE0403170701"), "utf-8-sig")
    document = json.loads(env.run("--json", rejects.name).stdout)
    assert document["rows"]["created"] == 1
    names = {account["Name"] for account in env.accounts()}
    assert names == {"Bakkerij Een", "Garage Twee"}
    # The workbook again: what it says of the first company already exists.
    document = json.loads(env.run("--json", f"klanten.{kind}").stdout)
    assert (document["rows"]["unchanged"], document["rows"]["rejected"]) == (1, 1)


def test_messages_name_sheet_and_row(env: SandboxEnv) -> None:
    write(env, "xlsx")
    ended = env.run("--dry-run", "klanten.xlsx")
    assert 'klanten.xlsx, sheet "Klanten", row 5, column BTW nummer:' in ended.stdout + ended.stderr
    assert 'Sheet "Klanten" is read; empty: "Leeg".' in ended.stdout + ended.stderr


def test_a_misspelt_sheet_is_suggested(env: SandboxEnv) -> None:
    write(env, "ods")
    ended = env.run("--dry-run", "--sheet", "klantn", "klanten.ods")
    assert ended.returncode == 2
    assert 'Did you mean "Klanten"? Its sheets: "Leeg" and "Klanten".' in ended.stderr
    env.configure("[import]\nsheet = Klanten\n")
    assert env.run("plan", "klanten.ods", "--config", env.config).returncode in (0, 1)


def test_a_saved_plan_and_a_page_of_a_workbook(env: SandboxEnv) -> None:
    write(env, "xlsx", ROWS[:1])
    assert env.run("plan", "klanten.xlsx", "--out", "plan.json").returncode == 0
    ended = env.run("apply", "plan.json", "--json")
    assert json.loads(ended.stdout)["rows"]["created"] == 1, ended.stderr


def test_several_files_and_a_folder(env: SandboxEnv) -> None:
    (env.folder / "in").mkdir()
    write(env, "xlsx", ROWS[:1]).rename(env.folder / "in" / "a.xlsx")
    (env.folder / "in" / "b.csv").write_text("Bedrijf;Plaats\nDrie bv;Aalst\n", "utf-8")
    (env.folder / "in" / "~$a.xlsx").write_bytes(b"open in Excel")
    document = json.loads(env.run("--json", "in").stdout)
    assert document["rows"]["created"] == 2
    assert document["files"] == [str(Path("in", name)) for name in ("a.xlsx", "b.csv")]


def test_map_shows_the_columns_of_a_sheet(env: SandboxEnv) -> None:
    write(env, "xls")
    document = json.loads(env.run("map", "klanten.xls", "--json").stdout)
    assert [column["header"] for column in document["columns"]] == HEADER
    assert document["columns"][2]["sample"] == "9000"


def test_rejects_open_in_the_excel_of_the_country(env: SandboxEnv) -> None:
    env.configure("[import]\ncountry = GB\n")
    write(env, "xlsx")
    env.run("klanten.xlsx")
    text = (env.folder / "klanten.rejected.csv").read_text("utf-8-sig")
    assert text.startswith("Klantnr,Bedrijf,")
