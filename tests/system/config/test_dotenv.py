"""What `.env` beside the configuration says holds for every option, and is exported to nobody."""

from __future__ import annotations

import click
import pytest

from exact_import.cli.main import cli
from exact_import.config.settings import IMPORT, RUN, VARIABLES
from in_process import run_text
from sandbox_env import SandboxEnv


def test_an_option_is_taken_from_dotenv_unless_it_is_set_elsewhere(env: SandboxEnv) -> None:
    path = env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    env.write(
        ".env",
        f"EXACT_IMPORT_DRY_RUN=1\nEXACT_IMPORT_LOG_FILE={env.folder / 'a.log'}\n"
        "EXACT_IMPORT_STRICT=perhaps\n",
    )
    status, _, errors = run_text(env, path)
    assert status == 78  # a setting, so it is read with those of the configuration
    assert "perhaps" in errors
    env.write(".env", (env.folder / ".env").read_text().replace("perhaps", "yes"))
    status, printed, errors = run_text(env, path)
    assert status == 0, errors
    assert printed.startswith("Checked")
    assert env.accounts() == []
    assert "dry-run" in (env.folder / "a.log").read_text("utf-8")
    # The environment comes before the file.
    env.variables["EXACT_IMPORT_DRY_RUN"] = "0"
    status, printed, errors = run_text(env, path)
    assert status == 0, errors
    assert len(env.accounts()) == 1


@pytest.mark.parametrize("place", ["before", "after"])
def test_dotenv_is_looked_for_beside_the_configuration_that_is_named(
    env: SandboxEnv, place: str
) -> None:
    folder = env.folder / "client"
    folder.mkdir()
    config = env.config.rename(folder / "config.ini")
    (folder / ".env").write_text("EXACT_IMPORT_DRY_RUN=yes\n")
    path = env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    named = ["-c", str(config)]
    arguments = [*named, str(path)] if place == "before" else ["import", str(path), *named]
    ended = env.run(*arguments)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Checked")
    assert env.accounts() == []


def test_a_variable_that_is_misspelt_is_named(env: SandboxEnv) -> None:
    env.write(".env", "EXACT_IMPORT_DIVSION=425881\nEXACT_IMPORT_OF_ANOTHER_PROGRAM=1\n")
    status, _, errors = run_text(env, env.write("a.csv", "Code,Company\r\n1,Acme\r\n"))
    assert status == 78
    assert "EXACT_IMPORT_DIVSION (did you mean EXACT_IMPORT_DIVISION?)" in errors
    assert "ANOTHER" not in errors


def test_no_variable_of_an_option_is_taken_for_a_misspelt_one() -> None:
    found: set[str] = set()
    commands: list[click.Command] = [cli]
    while commands:
        command = commands.pop()
        if isinstance(command, click.Group):
            commands += [
                one
                for name in command.list_commands(click.Context(command))
                if (one := command.get_command(click.Context(command), name)) is not None
            ]
        found |= {str(one.envvar) for one in command.params if one.envvar}
    assert len(found) > 20
    assert found <= VARIABLES
    options = [setting for table in (IMPORT, RUN) for setting in table.values() if setting.flags]
    assert {setting.variable for setting in options} - {"EXACT_IMPORT_SANDBOX"} <= found
