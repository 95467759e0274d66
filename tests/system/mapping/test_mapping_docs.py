"""docs/mapping.md: its commands run, its mappings fit, and what it says is recognised is."""

from __future__ import annotations

import re
import shlex
from configparser import ConfigParser
from pathlib import Path

import pytest

from exact_import.mapping.infer import recognise
from sandbox_env import SandboxEnv

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mapping.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    """Return the fenced blocks of a kind, such as "sh" or "ini map"."""
    found = re.findall(r"^```([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == kind]


def parsed(text: str) -> dict[str, dict[str, str]]:
    ini = ConfigParser(interpolation=None)
    ini.optionxform = str  # type: ignore[assignment, method-assign]  # keeps Exact's own spelling
    ini.read_string(text)
    return {name: dict(ini[name]) for name in ini.sections()}


@pytest.fixture(name="place")
def _place(env: SandboxEnv) -> SandboxEnv:
    env.write("klanten.csv", blocks("csv klanten.csv")[0])
    return env


def test_every_command_runs(place: SandboxEnv) -> None:
    commands = [line for text in blocks("sh") for line in text.splitlines()]
    assert len(commands) == 12
    assert PAGE.count("exact-import ") >= len(commands)
    (unchanged,) = blocks("")
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "exact-import"
        ended = place.run(*arguments)
        assert ended.returncode == 0, command + ended.stdout + ended.stderr
        if command == "exact-import map klanten.csv --write":
            written = parsed(place.config.read_text("utf-8"))
            mapping = parsed(blocks("ini map")[0])
            assert {name: written[name] for name in mapping} == mapping
            assert not {"delivery address", "postal address"} & set(written)
        if command == "exact-import plan alles.csv":
            assert unchanged in ended.stdout
            assert '"=""09 555 01 21"""' in (place.folder / "alles.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("mapping", blocks("ini example"))
def test_every_mapping_fits(place: SandboxEnv, mapping: str) -> None:
    place.configure(mapping)
    found = place.json("klanten.csv")
    assert found["rows"] | {"read": 2, "created": 2} == found["rows"]
    for account in place.accounts():
        if "Remarks = " in mapping:
            assert account["Remarks"] in ("Lievelingskleur: rood", "Lievelingskleur: blauw")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (header, field)
        for headers, field in re.findall(r"^\| (`.+`) \| ([a-z ]+\.\w+) \|$", PAGE, re.MULTILINE)
        for header in re.findall(r"`([^`]+)`", headers)
    ],
)
def test_every_header_goes_where_it_says(header: str, field: str) -> None:
    beside = {"contact.FirstName": "Achternaam", "contact.JobTitleDescription": "Achternaam"}
    choice, _, _ = recognise([header, beside.get(field, "Website"), "Firma 2"]).choices
    assert f"{choice.section}.{choice.field}" == field


@pytest.mark.parametrize(
    ("held", "typed"),
    [
        ({"Postcode": "1234 AB", "Country": "NL"}, "1234ab"),
        ({"City": "Den Haag"}, "Den  Haag"),
        ({"VATNumber": "BE0123456749"}, "be 0123.456.749"),
    ],
)
def test_what_reads_the_same_is_unchanged(
    env: SandboxEnv, held: dict[str, str], typed: str
) -> None:
    names = ",".join(held)
    first = env.write("a.csv", f"Name,{names}\nBakker,{','.join(held.values())}\n")
    env.json(first)
    row = ",".join([typed, *list(held.values())[1:]])
    again = env.write("b.csv", f"Name,{names}\nBakker,{row}\n")
    found = env.json("plan", again)
    assert found["rows"]["unchanged"] == 1, found["changes"]


def test_the_values_are_replaced(place: SandboxEnv) -> None:
    (text,) = blocks("ini values")
    place.configure(text)
    place.json("klanten.csv")
    statuses = {account["Name"]: account["Status"].strip() for account in place.accounts()}
    assert statuses == {"Bakkerij De Korenbloem": "P", "Slagerij Maes": "C"}


def test_a_column_is_left_out(place: SandboxEnv) -> None:
    (text,) = blocks("ini values out")
    place.configure(text)
    place.json("klanten.csv")
    assert not any(one.get("Phone") for one in [*place.accounts(), *place.contacts()])
    assert [one["Email"] for one in place.contacts()] == ["an@korenbloem.example"]
