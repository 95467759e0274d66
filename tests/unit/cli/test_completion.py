"""The shell completes commands, files, runs, companies and fields; each command has an example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from exact_import.cli.main import cli
from exact_import.store.journal import Journal

SHELLS = ("bash", "zsh", "fish", "powershell")
Completer = Callable[..., list[str]]


@pytest.fixture(name="completed")
def _completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Completer:
    """Return what the arguments may go on with, the last of them incomplete."""
    monkeypatch.chdir(tmp_path)

    def completed(*arguments: str) -> list[str]:
        found = get_completion_class("zsh")
        assert found is not None
        shell = found(cli, {}, "exact-import", "_EXACT_IMPORT_COMPLETE")
        items = shell.get_completions([*arguments[:-1]], arguments[-1])
        return [f"<{item.type}>" if item.type != "plain" else item.value for item in items]

    return completed


def test_commands_or_the_file_that_is_imported_without_one(completed: Completer) -> None:
    assert completed("un") == ["<file>", "undo"]
    assert "completion" in completed("")
    assert completed("contacts.csv", "") == ["<file>"]
    assert completed("contacts.csv", "--she") == ["--sheet"]
    assert completed("export", "con") == ["<file>"]
    assert completed("--mode", "up") == ["upsert", "update"]


def test_runs_and_companies_are_those_of_the_journal(completed: Completer, tmp_path: Path) -> None:
    assert completed("undo", "") == ["last"]
    assert completed("--division", "") == []
    journal = Journal(tmp_path / "config.journal.sqlite3")
    scope = journal.scope("https://start.exactonline.nl/api", 425880)
    run = journal.start_run(scope, "import", ["a.csv"])
    journal.close()
    assert completed("undo", "") == ["last", run]
    assert completed("runs", run[:4]) == [run]
    assert completed("--division", "4") == ["425880"]
    assert completed("divisions", "--use", "") == ["425880"]
    assert completed("-c", "other.ini", "undo", "2") == []


def test_fields(completed: Completer) -> None:
    assert "PhoneExtension" in completed("fields", "Pho")
    assert completed("export", "--columns", "Name,contact.EM") == ["Name,contact.Email"]
    assert completed("export", "--columns", "+account.NAM") == ["+account.Name"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert "_EXACT_IMPORT_COMPLETE" in result.output
    assert "exact-import" in result.output


def test_powershell_asks_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    found = get_completion_class("powershell")
    assert found is not None
    monkeypatch.setenv("COMP_WORDS", "exact-import fields PhoneE")
    monkeypatch.setenv("COMP_INCOMPLETE", "PhoneE")
    answer = found(cli, {}, "exact-import", "_EXACT_IMPORT_COMPLETE").complete()
    assert answer == "plain\tPhoneExtension\tExtension of the telephone number"


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_the_help_of_each_command_has_an_example(name: str) -> None:
    output = " ".join(CliRunner().invoke(cli, [name, "--help"]).output.split())
    example = output.partition("Example: ")[2].removeprefix('eval "$(')
    assert example.startswith("exact-import" if name == "import" else f"exact-import {name}")
