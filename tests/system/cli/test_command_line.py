"""What the command line takes for what, and what it says of what it does not understand."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from exact_import.cli.main import run
from exact_sandbox import Sandbox, SandboxSettings
from sandbox_env import SandboxEnv, table


def run_command(*arguments: str) -> tuple[int, str, str]:
    """Return exit status, standard output and standard error of a command run here."""
    printed, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
        status = run(arguments)
    return status, printed.getvalue(), errors.getvalue()


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(table(("Company",), ("Klant",)), "utf-8")
    return tmp_path


def test_sandbox_may_stand_before_a_command(
    env: SandboxEnv, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.variables.items():
        monkeypatch.setenv(name, value)
    (env.folder / "sandbox" / "config.ini").write_bytes(env.config.read_bytes())
    for arguments in (("--sandbox", "plan", "a.csv"), ("-q", "--sandbox", "-v", "plan", "a.csv")):
        status, printed, errors = run_command(*arguments)
        assert (status, errors) == (0, "")
        assert "+ account Klant" in printed or "-q" in arguments
    assert not env.accounts()
    assert run_command("--sandbox", "map", "a.csv")[0] == 0
    assert run_command("--sandbox", "-v", "a.csv")[0] == 0
    assert [account["Name"] for account in env.accounts()] == ["Klant"]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("plann", "a.csv"), "exact-import plan?"),
        (("--sandbox", "plann", "a.csv"), "exact-import plan --sandbox?"),
        (("undu",), "exact-import undo?"),
        (("help",), "exact-import --help?"),
        (("contacts",), "exact-import --help lists the commands"),
        (("--dry-run", "plan", "a.csv"), "no option --dry-run. See exact-import plan --help."),
    ],
)
def test_a_command_that_was_not_understood_is_suggested(
    folder: Path, arguments: tuple[str, ...], meant: str
) -> None:
    status, _, errors = run_command(*arguments)
    assert status == 2
    assert meant in errors
    assert "does not exist" not in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--json", "--rejects", "r.csv", "a.csv"),
        ("--json", "plan", "--rejects", "r.csv", "a.csv"),
        ("--rejects", "r.csv", "--json", "plan", "a.csv"),
    ],
)
def test_options_before_a_command_are_those_behind_it(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    status, printed, errors = run_command(*arguments)
    assert status == 2
    assert "There is no option --rejects. See exact-import plan --help." in errors
    document = json.loads(printed)
    assert (document["mode"], document["exit_status"]) == ("plan", 2)


def test_a_mistake_in_a_command_is_said_on_one_line(folder: Path) -> None:
    (folder / "b.csv").write_text("x")
    for arguments, said in (
        (("completion",), "Choose from: bash, zsh, fish, powershell. See exact-import completion"),
        (("watch", "b.csv"), "b.csv is a file. Name the folder in which files appear."),
    ):
        status, _, errors = run_command(*arguments)
        assert status == 2
        assert said in errors


def test_the_value_of_an_option_is_no_command(folder: Path) -> None:
    assert run_command("--rejects", "plan", "-n", "a.csv")[0] == 0


def test_an_option_that_only_one_command_takes_alone_may_stand_before_it(
    folder: Path, state: Path
) -> None:
    alone, valued = (
        run_command("--status", "login"),
        run_command("--status", "C", "export", "x.csv"),
    )
    assert "There is no configuration config.ini" in alone[2]
    assert "There is no configuration config.ini" in valued[2]
    assert "C, P, S" in run_command("--sandbox", "--status", "Q", "export", "x.csv")[2]


@pytest.mark.parametrize("option", ["--xyz", "--colmn", "--now"])
def test_nothing_is_suggested_where_nothing_is_near(folder: Path, option: str) -> None:
    _, _, errors = run_command(option, "a.csv")
    assert f"There is no option {option}. See exact-import --help." in errors


@pytest.mark.parametrize("arguments", [("--sandbox", "--help"), ("--help",)])
def test_help_is_help_before_any_command(arguments: tuple[str, ...]) -> None:
    status, printed, errors = run_command(*arguments)
    assert (status, errors) == (0, "")
    assert "Import options" in printed


@pytest.mark.parametrize("name", ["undu", "plann"])
def test_a_file_may_be_called_nearly_as_a_command(folder: Path, name: str) -> None:
    (folder / "a.csv").rename(name)
    assert run_command("-n", name)[0] == 0


# Windows refuses a file whose name holds a control character, so there is none to be told of.
@pytest.mark.posix
def test_what_a_file_is_called_does_not_steer_the_terminal(folder: Path) -> None:
    name = "a\x1b7.csv"
    status, printed, errors = run_command("-n", name)
    assert (status, printed) == (2, "")
    assert "a\ufffd7.csv does not exist" in errors
    (folder / name).write_text("Code,Company\n1,One\n1,Other\n", "utf-8")
    (folder / "b.csv").write_text("Company\nKlant\n", "utf-8")
    for arguments in ((name,), ("b.csv", name)):
        status, printed, errors = run_command("-n", *arguments)
        assert status == 1
        assert "a\ufffd7.csv" in printed
        assert "\x1b" not in printed + errors


def test_a_long_option_with_one_dash_is_recognised(folder: Path) -> None:
    status, _, errors = run_command("-dry-run", "a.csv")
    assert status == 2
    assert "no option -dry-run. Did you mean --dry-run? See exact-import --help." in errors
    assert (
        "Did you mean --detailed-exitcode?" in run_command("plan", "a.csv", "-detailed-exitcode")[2]
    )


def test_without_arguments_the_help_is_shown_once() -> None:
    status, printed, errors = run_command()
    assert (status, printed) == (2, "")
    assert errors.count("Usage:") == 1
    assert errors.startswith("Usage: exact-import")
    assert "..." not in errors.replace("FILE...", "")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("plan", "--bogus", "a.csv"), "exact-import plan"),
        (("--bogus", "a.csv"), "exact-import"),
        (("runs", "--bogus"), "exact-import runs"),
    ],
)
def test_the_help_of_the_command_at_hand_is_named(
    folder: Path, arguments: tuple[str, ...], command: str
) -> None:
    assert f"See {command} --help." in run_command(*arguments)[2]


@pytest.fixture(name="state")
def _state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    state = folder / "state"
    monkeypatch.setenv("EXACT_IMPORT_SANDBOX", str(state))
    return state


def test_a_reset_sandbox_has_no_past(state: Path) -> None:
    assert run_command("--sandbox", "a.csv")[0] == 0
    assert run_command("runs", "--sandbox")[0] == 0
    assert run_command("sandbox", "--reset")[0] == 0
    assert [path.name for path in state.iterdir() if "journal.sqlite3" in path.name] == []
    assert "There is no journal" in run_command("runs", "--sandbox")[2]


def test_a_folder_with_a_real_configuration_is_not_taken_for_the_sandbox(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXACT_IMPORT_SANDBOX", str(folder))
    (folder / "config.ini").write_text("[transient]\nrefresh_token = dear\n", "utf-8")
    (folder / "config.journal.sqlite3").write_bytes(b"")
    for arguments in (("sandbox", "--reset"), ("--sandbox", "a.csv")):
        status, _, errors = run_command(*arguments)
        assert status == 78
        assert "not the sandbox's" in errors
    assert "dear" in (folder / "config.ini").read_text("utf-8")
    assert (folder / "config.journal.sqlite3").exists()


def test_advice_in_the_sandbox_names_the_sandbox(state: Path) -> None:
    assert run_command("--sandbox", "a.csv")[0] == 0
    # A sandbox that starts lets itself in; one that runs does not.
    with Sandbox(SandboxSettings(state=state)):
        assert "the tokens were removed" in run_command("logout", "--sandbox")[1]
        status, _, errors = run_command("--sandbox", "a.csv")
        assert status == 77
        assert "You are not logged in" in errors
        assert "`exact-import login --sandbox`" in errors
        status, _, errors = run_command("login", "--status", "--sandbox")
        assert status == 77
        assert "`exact-import login --sandbox`" in errors
        assert "→ exact-import login --sandbox" in run_command("doctor", "--sandbox")[1].replace(
            "->", "→"
        )
