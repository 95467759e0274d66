"""--json: one document for each command, with the fields that its schema promises, always."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from exact_import.cli.json_output import _FIELDS
from exact_import.cli.main import cli
from in_process import run_text
from sandbox_env import SandboxEnv

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "output.schema.json").read_text("utf-8"))
ROWS = "Code,Company,E-mail,First name,Last name\r\n1,Acme,a@b.example,An,Maes\r\n"
ROWS += "2,Other,wrong,Bo,Claes\r\n"


@functools.cache
def validator_of(command: str) -> jsonschema.Draft202012Validator:
    """Return what checks the documents of a command; the schema itself has a test of its own."""
    return jsonschema.Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{command}"}]})


def checked(env: SandboxEnv, *arguments: str, status: int) -> dict[str, Any]:
    """Return what a command prints, which must be what the schema has for it."""
    ended, printed, errors = run_text(env, *arguments)
    assert ended == status, errors
    document: dict[str, Any] = json.loads(printed)
    validator_of(arguments[0] if arguments[0] in _FIELDS else "run").validate(document)
    assert document["exit_status"] == status
    return document


def test_the_schema_is_one_and_has_every_command() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    printing = {
        name
        for name, command in cli.commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert printing == {*_FIELDS, "import", "plan", "apply", "undo"}
    for name, fields in _FIELDS.items():
        assert set(SCHEMA["$defs"][name]["required"]) == {*fields, "exit_status", "error"}


def test_documents_of_commands_that_succeed(env: SandboxEnv) -> None:
    env.write("a.csv", ROWS)
    assert checked(env, "--json", "--dry-run", "a.csv", status=1)["error"] is None
    assert checked(env, "plan", "a.csv", "--json", status=1)["forecast"] is not None
    checked(env, "plan", "a.csv", "--json", "--out", "kept.json", status=1)
    run = checked(env, "apply", "kept.json", "--json", status=1)["run"]
    checked(env, "--json", "a.csv", status=1)
    assert len(checked(env, "runs", "--json", status=0)["runs"]) == 2
    assert checked(env, "runs", run, "--json", status=0)["changes"]
    checked(env, "export", "out.csv", "--json", status=0)
    checked(env, "map", "a.csv", "--json", status=0)
    checked(env, "fields", "account", "name", "--json", status=0)
    checked(env, "doctor", "--offline", "--json", status=0)
    checked(env, "divisions", "--json", status=0)
    checked(env, "links", "--json", status=0)
    checked(env, "duplicates", "--json", status=0)
    checked(env, "login", "--status", "--json", status=0)
    assert checked(env, "undo", run, "--yes", "--json", status=0)["undoes"] == run
    checked(env, "forget", "An Maes", "--yes", "--json", status=0)
    assert checked(env, "logout", "--json", status=0)["logged_out"] is True
    assert checked(env, "logout", "--json", status=0)["logged_out"] is False


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--json",), 2),
        (("--json", "a.csv", "--bogus"), 2),
        (("--json", "nowhere.csv"), 2),
        (("--json", "--mode", "perhaps", "a.csv"), 2),
        (("--json", "-c", "nowhere.ini", "a.csv"), 78),
        (("--json", "--dry-run", "--rejects", "a.csv", "a.pdf"), 2),
        (("plan", "--json"), 2),
        (("plan", "--json", "a.csv", "--out", "a.csv"), 2),
        (("apply", "--json", "nowhere.json"), 2),
        (("undo", "--json", "nothing", "--yes"), 78),
        (("undo", "--json", "nothing"), 78),
        (("runs", "--json", "--bogus"), 2),
        (("runs", "--json"), 78),
        (("forget", "--json"), 2),
        (("links", "--json"), 78),
        (("export", "--json", "-"), 2),
        (("export", "--json", "a.ods"), 2),
        (("map", "--json", "nowhere.csv"), 2),
        (("fields", "--json", "qqqqqq"), 2),
        (("divisions", "--json", "--use", "x"), 2),
        (("doctor", "--json", "--bogus"), 2),
        (("login", "--json", "--bogus"), 2),
        (("logout", "--json", "-c", "nowhere.ini"), 78),
    ],
)
def test_documents_of_commands_that_fail(
    env: SandboxEnv, arguments: tuple[str, ...], status: int
) -> None:
    env.write("a.csv", ROWS)
    env.write("a.pdf", "%PDF-1.7")
    document = checked(env, *arguments, status=status)
    assert document["error"]["message"]


def test_what_was_asked_is_in_the_document_of_a_failure(env: SandboxEnv) -> None:
    env.write("a.csv", ROWS)
    document = checked(env, "--json", "-n", "a.csv", "--mode", "perhaps", status=2)
    assert (document["mode"], document["files"]) == ("dry-run", ["a.csv"])
    assert document["rows"]["created"] is None


@pytest.mark.parametrize(
    "setting", ["mode = perhaps", "limit = x", "delimiter = abc", "encoding = abc"]
)
def test_a_wrong_value_is_wrong_usage_or_a_wrong_configuration(
    env: SandboxEnv, setting: str
) -> None:
    env.write("a.csv", ROWS)
    name, _, value = setting.partition(" = ")
    status, _, errors = run_text(env, "--dry-run", f"--{name}", value, "a.csv")
    assert status == 2
    assert value in errors
    variable = f"EXACT_IMPORT_{name.upper()}"
    env.variables[variable] = value
    statuses = {run_text(env, "--dry-run", "a.csv")[0]}
    del env.variables[variable]
    env.write(".env", f"{variable}={value}\n")
    statuses.add(run_text(env, "--dry-run", "a.csv")[0])
    (env.folder / ".env").unlink()
    env.configure(f"[import]\n{setting}\n")
    statuses.add(run_text(env, "--dry-run", "a.csv")[0])
    assert statuses == {78}


def test_undo_finds_the_company_of_its_run(env: SandboxEnv) -> None:
    env.write("a.csv", ROWS)
    run = checked(env, "--json", "--division", "425881", "a.csv", status=1)["run"]
    assert checked(env, "undo", run[:15], "--yes", "--json", status=0)["division"] == 425881
    assert checked(env, "undo", "last", "--yes", "--json", status=0)["undone_by"]
    message = checked(env, "undo", "2", "--yes", "--json", status=2)["error"]["message"]
    assert message.startswith("Several runs begin with 2")
