"""The way back: what is exported imports again and changes nothing."""

from __future__ import annotations

import csv
import io
import os
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from permissions import is_private
from sandbox_env import MakeEnv, SandboxEnv

ACCOUNTS: Sequence[Mapping[str, Any]] = [
    {"Name": "Bakkerij Zoë", "Code": "7", "Status": "C", "VATNumber": "BE0999102176"},
    {"Name": "=Rekenwerk", "Code": "123456789012345678", "Status": "P", "Phone": "+3295550121"},
    {"Name": 'De "Gouden" Leeuw; en zoon', "Code": "8", "Status": "A", "IsSupplier": True},
]
# What a text can be made of that CSV, spreadsheets and importers stumble over.
PIECES = (
    *("Zoë", "Ça va", "Łódź", "Straße", "Ærø", "naïef", "O'Neill", "'s-Gravenhage", '"Gouden"'),
    *("a;b", "c,d", "x\ty", "=1+1", "+31", "-5", "@home", "0123", "1/2", "3 mei", "TRUE", "12E5"),
    *("😀", "“q”", "€ 5", "100 %", "'0", '="x"', "& Zonen", "B.V.", "(oud)", "\\n", "|", "{x}"),
)


def _fill(env: SandboxEnv) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = _make(env, "accounts", ACCOUNTS)
    _make(
        env,
        "contacts",
        [
            {"Account": made[0]["ID"], "FirstName": "An", "LastName": "'t Hooft"},
            {"Account": made[0]["ID"], "LastName": "O'Neill", "Notes": "één\ntwee;drie"},
            {"Account": made[1]["ID"], "LastName": "-Streep", "Mobile": "0475 55 01 21"},
        ],
    )
    return made


def _make(
    env: SandboxEnv, kind: str, payloads: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = env.control("POST", kind, {"create": list(payloads)})["created"]
    return made


def _rows(env: SandboxEnv, name: str = "out.csv", delimiter: str = ";") -> list[dict[str, str]]:
    with (env.folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _assert_unchanged(env: SandboxEnv, file: str | Path, accounts: int, contacts: int) -> None:
    planned = env.json("plan", file)
    changes = [change for change in planned["changes"] if change["action"] != "unchanged"]
    assert changes == []
    assert planned["accounts"]["unchanged"] == accounts
    assert planned["contacts"]["unchanged"] == contacts
    assert planned["rows"]["unchanged"] == planned["rows"]["read"]


# --- there and back


def test_export_then_plan_changes_nothing(env: SandboxEnv) -> None:
    _fill(env)
    document = env.json("export", "out.csv")
    assert (document["rows"], document["accounts"], document["contacts"]) == (4, 3, 3)
    assert document["left_out"] == []
    _assert_unchanged(env, "out.csv", 3, 3)
    assert env.json("plan", "out.csv")["problems"] == []


@pytest.mark.parametrize("file", ["out.csv", "out.xlsx"])
def test_damaged_text_in_exact_online_is_left_as_it_is(env: SandboxEnv, file: str) -> None:
    _make(env, "accounts", [{"Name": "Jansen &amp; Zn LiÃ¨ge", "Code": "9"}])
    env.json("export", file)
    _assert_unchanged(env, file, 1, 0)


def test_a_workbook_there_and_back(env: SandboxEnv) -> None:
    _fill(env)
    document = env.json("export", "out.xlsx")
    assert (document["rows"], document["accounts"], document["contacts"]) == (4, 3, 3)
    assert (env.folder / "out.xlsx").read_bytes().startswith(b"PK")
    _assert_unchanged(env, "out.xlsx", 3, 3)
    ended = env.run("export", "out.ods")
    assert ended.returncode == 2
    assert not (env.folder / "out.ods").exists()


def test_an_edit_of_one_cell_is_the_one_change(env: SandboxEnv) -> None:
    made = _fill(env)
    env.json("export", "out.csv")
    path = env.folder / "out.csv"
    text = path.read_bytes().decode("utf-8-sig").replace("Bakkerij Zoë", "Bakkerij Chloë")
    path.write_bytes(text.encode("utf-8-sig"))
    done = env.json("out.csv")
    changes = [change for change in done["changes"] if change["action"] != "unchanged"]
    assert [(change["id"], change["fields"]) for change in changes] == [
        (made[0]["ID"].lower(), {"Name": ["Bakkerij Zoë", "Bakkerij Chloë"]})
    ]
    assert len(env.calls("PUT")) == 1


def test_a_mapping_for_another_file_does_not_apply_to_an_export(env: SandboxEnv) -> None:
    _fill(env)
    env.configure("[account]\nName = {Bedrijf}\n[contact]\nLanguage = NL\n")
    env.json("export", "out.csv")
    _assert_unchanged(env, "out.csv", 3, 3)


def test_columns_may_go_and_move(env: SandboxEnv) -> None:
    _fill(env)
    env.json("export", "out.csv")
    kept = ["contact.Notes", "account.Phone", "contact.LastName", "contact.ID", "account.ID"]
    rows = _rows(env)
    text = io.StringIO()
    table = csv.DictWriter(text, kept, extrasaction="ignore", delimiter=";")
    table.writeheader()
    table.writerows(rows)
    env.write("edited.csv", text.getvalue())
    _assert_unchanged(env, "edited.csv", 3, 3)


def test_a_division_with_everything_in_it(env: SandboxEnv) -> None:
    chance = random.Random(5)

    def words(least: int, most: int, joint: str = " ") -> str:
        return joint.join(chance.choices(PIECES, k=chance.randint(least, most)))

    accounts = _make(
        env,
        "accounts",
        [
            {
                "Name": f"{words(1, 3)} {number}"[:50],
                "Status": chance.choice("CPSA"),
                "AddressLine1": words(0, 3),
                "City": words(1, 1)[:30],
                "Postcode": chance.choice(["9000", "01067", "1234 AB", "SW1A 1AA", ""]),
                "Phone": chance.choice(["+32 9 555 01 21", "0475/55.01.21", "0032475550121", ""]),
                "SearchCode": words(1, 1),
                "Remarks": words(0, 9, joint="\r\n"),
                "DiscountSales": chance.choice([0, 0.055, 0.125, 1, 0.0005]),
                "CreditLineSales": chance.choice([0, 1234.5, 1e6, 0.01]),
                "Blocked": chance.random() < 0.5,
                "StartDate": "2024-05-06",
            }
            for number in range(500)
        ],
    )
    _make(
        env,
        "contacts",
        [
            {
                "Account": accounts[chance.randrange(400)]["ID"],
                "FirstName": words(0, 1),
                "LastName": f"{words(1, 2)} {number}",
                "BirthDate": chance.choice(["1980-02-03", "2001-12-31"]),
                "Notes": words(0, 5, joint="\n"),
                "Mobile": chance.choice(["+31 6 5550 0101", "0475550121", ""]),
                "Email": chance.choice([f"p{number}@x.example", ""]),
            }
            for number in range(700)
        ],
    )
    document = env.json("export", "out.csv", "--columns", "+StartDate")
    assert (document["accounts"], document["contacts"]) == (500, 700)
    assert document["left_out"] == []
    assert document["api_calls"]["total"] <= 8
    _assert_unchanged(env, "out.csv", 500, 700)
    # As Excel users do: open it, save it.
    office = shutil.which("soffice")
    if office is None:
        # pip cannot install a spreadsheet; what was held so far needs none.
        pytest.skip(
            "LIBREOFFICE IS MISSING, so nothing tells whether a spreadsheet alters an export: "
            "apt-get install --no-install-recommends libreoffice-calc"
        )
    text_csv = "CSV:59,34,76,1"
    subprocess.run(
        [
            office,
            "--headless",
            f"-env:UserInstallation={(env.folder / 'office').as_uri()}",
            f"--infilter={text_csv}",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):59,34,76,1",
            "--outdir",
            str(env.folder / "saved"),
            str(env.folder / "out.csv"),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    saved = env.folder / "saved" / "out.csv"
    assert saved.read_bytes() != (env.folder / "out.csv").read_bytes()
    _assert_unchanged(env, saved, 500, 700)


def test_untidy_records_come_back_as_they_are(env: SandboxEnv) -> None:
    accounts = _make(
        env,
        "accounts",
        [
            {"Name": "Dubbele  spatie"},
            {"Name": "Regel\neinde\tBV"},
            {"Name": "Postcode", "Postcode": "1234ab", "Country": "NL"},
            {"Name": "zero\u200bwidth\u00a0nbsp e\u0301"},
            {"Name": "Opmerking", "Remarks": "a\r\n\r\n  b  \n=c\n"},
            {"Name": "Dubbel", "VATNumber": "BE0999203433"},
            {"Name": "Dubbel", "VATNumber": "BE0999203433"},
        ],
    )
    same = {"Account": accounts[0]["ID"], "FirstName": "Jan", "LastName": "de  Wit"}
    people = _make(env, "contacts", [same, same, {**same, "Email": "jan@x.example"}])
    env.control(
        "POST",
        "accounts",
        {"update": [{"ID": accounts[0]["ID"], "MainContact": people[1]["ID"]}]},
    )
    env.json("export", "out.csv")
    marks = {row["contact.ID"]: row["account.MainContact"] for row in _rows(env)}
    assert [marks[person["ID"].lower()] for person in people] == ["0", "1", "0"]
    _assert_unchanged(env, "out.csv", 7, 3)


def test_what_an_import_would_refuse_is_reported_and_kept_apart(env: SandboxEnv) -> None:
    _make(env, "accounts", [{"Name": "Fout", "VATNumber": "NL123456789B01"}, {"Name": "Goed"}])
    document = env.json("export", "out.csv")
    assert len(document["left_out"]) == 1
    wrong, right = _rows(env)
    assert wrong["account.VATNumber"] == ""
    assert "NL123456789B01" in wrong["_error"]
    assert right["_error"] == ""
    _assert_unchanged(env, "out.csv", 2, 0)
    # Where an empty cell empties the field, the value stays in its cell and the row is refused.
    env.configure("[import]\nblank = clear\n")
    env.json("export", "out.csv", "--force")
    assert _rows(env)[0]["account.VATNumber"] == "NL123456789B01"
    assert env.json("plan", "out.csv", status=1)["accounts"]["update"] == 0


# --- what a spreadsheet makes of it


@pytest.mark.parametrize(
    ("country", "delimiter", "discount"),
    [("BE", ";", "0,055"), ("DE", ";", "0,055"), ("GB", ",", "0.055"), ("US", ",", "0.055")],
)
def test_the_form_that_excel_in_the_country_opens(
    make_env: MakeEnv, country: str, delimiter: str, discount: str
) -> None:
    env = make_env()
    env.configure(f"[import]\ncountry = {country}\n")
    _make(env, "accounts", [{"Name": "Zoë", "DiscountSales": 0.055}])
    env.json("export", "out.csv")
    raw = (env.folder / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfaccount.ID" + delimiter.encode())
    assert _rows(env, delimiter=delimiter)[0]["account.DiscountSales"] == f'="{discount}"'
    _assert_unchanged(env, "out.csv", 1, 0)


def test_delimiter_and_encoding_can_be_had_otherwise(env: SandboxEnv) -> None:
    _make(env, "accounts", [{"Name": "Zoë"}])
    env.json("export", "out.csv", "--delimiter", "tab", "--encoding", "cp1252")
    raw = (env.folder / "out.csv").read_bytes()
    assert raw.startswith(b"account.ID\taccount.Code\t")
    assert "Zoë".encode("cp1252") in raw
    _assert_unchanged(env, "out.csv", 1, 0)
    _make(env, "accounts", [{"Name": "Łódź"}])
    ended = env.run("export", "out.csv", "--encoding", "cp1252")
    assert ended.returncode == 2
    assert 'cp1252 has no "Ł"' in ended.stderr
    assert (env.folder / "out.csv").read_bytes() == raw
    assert env.run("export", "other.csv", "--encoding", "nonsense").returncode == 2


def test_no_cell_is_a_formula_but_a_text(env: SandboxEnv) -> None:
    dangerous = ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\uff1dcmd", '="x"', "0123", "'0123", "12-5"]
    _make(env, "accounts", [{"Name": name} for name in dangerous])
    env.json("export", "out.csv")
    written = {row["account.Name"] for row in _rows(env)}
    assert written == {
        "'=1+1",
        "'+cmd",
        "'-cmd",
        "'@SUM(A1)",
        '="\uff1dcmd"',
        '\'="=""x"""',
        '="0123"',
        "'=\"'0123\"",
        '="12-5"',
    }
    _assert_unchanged(env, "out.csv", len(dangerous), 0)


# --- choosing


def test_status_chooses_accounts(env: SandboxEnv) -> None:
    _fill(env)
    for text, names in {
        "C,P": {"Bakkerij Zoë", "'=Rekenwerk"},
        "prospect": {"'=Rekenwerk"},
        "leverancier": {'De "Gouden" Leeuw; en zoon'},
        "A": {'De "Gouden" Leeuw; en zoon'},
    }.items():
        env.json("export", "out.csv", "--status", text)
        assert {row["account.Name"] for row in _rows(env)} == names
    ended = env.run("export", "out.csv", "--status", "klaant")
    assert ended.returncode == 2
    assert "klaant" in ended.stderr


def test_since_chooses_what_changed(env: SandboxEnv) -> None:
    made = _fill(env)
    env.control("POST", "clock", {"move": 3 * 86_400})
    env.control("POST", "accounts", {"update": [{"ID": made[2]["ID"], "City": "Gent"}]})
    _make(env, "contacts", [{"Account": made[0]["ID"], "LastName": "Nieuw"}])
    day = _rows_since(env, "--since", "7d")
    assert len(day) == 5
    late = env.control("GET", "counts")["now"] - 86_400
    date = datetime.fromtimestamp(late).date().isoformat()
    found = _rows_since(env, "--since", date)
    assert [(row["account.Code"], row["contact.LastName"]) for row in found] == [
        ("7", "Nieuw"),
        ("8", ""),
    ]
    assert env.run("export", "out.csv", "--since", "last week").returncode == 2


def _rows_since(env: SandboxEnv, *arguments: str) -> list[dict[str, str]]:
    env.json("export", "out.csv", *arguments)
    return _rows(env)


def test_columns_chooses_fields(env: SandboxEnv) -> None:
    _fill(env)
    env.json("export", "out.csv", "--columns", "Phone, contact.mobile, City")
    assert list(_rows(env)[0]) == [
        "account.ID",
        "account.Name",
        "account.Phone",
        "account.City",
        "contact.ID",
        "contact.FirstName",
        "contact.LastName",
        "contact.Mobile",
    ]
    _assert_unchanged(env, "out.csv", 3, 3)
    env.json("export", "out.csv", "--columns", "Phone,Modified")
    assert list(_rows(env)[0])[-1] == "account.Modified (read-only)"
    assert len(_rows(env)) == 3
    _assert_unchanged(env, "out.csv", 3, 0)
    ended = env.run("export", "out.csv", "--columns", "Phonne")
    assert ended.returncode == 2
    assert "Did you mean account.Phone?" in ended.stderr


# --- the file


def test_the_file_is_private_and_an_edited_one_is_spared(env: SandboxEnv) -> None:
    _fill(env)
    path = env.folder / "out.csv"
    env.json("export", "out.csv")
    assert is_private(path)
    env.json("export", "out.csv", "--status", "C")
    path.write_text("edited", "utf-8")
    ended = env.run("export", "out.csv")
    assert ended.returncode == 2
    assert "--force" in ended.stderr
    assert path.read_text("utf-8") == "edited"
    env.json("export", "out.csv", "--force")
    assert len(_rows(env)) == 4


def test_standard_output(env: SandboxEnv) -> None:
    _fill(env)
    ended = env.run("export", "-")
    assert ended.returncode == 0
    assert ended.stdout.startswith("\ufeffaccount.ID;")
    assert ended.stderr == ""
    assert env.run("export", "-", "--json").returncode == 2


def test_a_folder_that_is_not_there(env: SandboxEnv) -> None:
    ended = env.run("export", "nowhere/out.csv")
    assert ended.returncode == 73
    assert "nowhere" in ended.stderr


def test_an_export_is_written_to_a_device_and_not_over_a_folder(env: SandboxEnv) -> None:
    (env.folder / "device").symlink_to(os.devnull)
    assert env.run("export", "device").returncode == 0
    assert (env.folder / "device").is_symlink()
    ended = env.run("export", ".", "--force")
    assert ended.returncode == 73
    ended = env.run("export", ".")
    assert ended.returncode == 2
    assert "is a folder" in ended.stderr
    ended = env.run_process("export", "/dev/stdout")
    assert ended.stdout.startswith("\ufeffaccount.ID;")
    assert "Wrote /dev/stdout" in ended.stderr


def test_an_export_reads_while_another_run_writes(env: SandboxEnv) -> None:
    from filelock import FileLock

    _fill(env)
    env.json("export", "out.csv")
    with FileLock(env.folder / "config.journal.lock"):
        assert env.run("export", "out.csv").returncode == 0


def test_an_empty_division(env: SandboxEnv) -> None:
    document = env.json("export", "out.csv")
    assert document["rows"] == 0
    assert env.json("plan", "out.csv")["rows"]["read"] == 0
