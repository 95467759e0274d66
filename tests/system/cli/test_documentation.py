"""What the documentation shows is what the program prints, and every option stands in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from exact_import.cli.main import cli
from exact_import.config.declare import Setting
from exact_import.config.settings import IMPORT, NOTIFY
from exact_import.errors import EXIT_STATUSES, ExitStatus

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")


def help_text(name: str) -> str:
    """Return the block of the README that follows the mark `name`."""
    found = re.search(rf"<!-- {name} -->\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None, name
    return found[1]


def reference() -> str:
    """Return docs/commands.md as it should be: the help of every command."""
    runner = CliRunner()
    parts = ["# Commands\n\nWhat `--help` says of each command; this page is generated from it.\n"]
    for name in ["", *sorted(cli.commands)]:
        arguments = [*([name] if name else []), "--help"]
        result = runner.invoke(cli, arguments, prog_name="exact-import", terminal_width=98)
        assert result.exit_code == 0
        title = f"exact-import {name}".strip()
        parts.append(f"## {title}\n\n```\n{result.output.rstrip()}\n```\n")
    return "\n".join(parts)


def test_the_readme_shows_what_the_commands_print(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    environment = {
        **os.environ,
        "EXACT_IMPORT_SANDBOX": str(tmp_path / "state"),
        "PYTHONIOENCODING": "utf-8",
    }

    def run() -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "exact_import", "--sandbox", "samples/contacts.csv"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=120,
        )
        assert ended.stderr == ""
        return ended.stdout

    first, second = run(), run()
    sample = tmp_path / "samples" / "contacts.csv"
    sample.write_text(sample.read_text("utf-8").replace("Liège", "Luik"), "utf-8")
    third = run()
    printed = {"first run": first, "second run": second, "third run": third}
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        text = README
        for name, output in printed.items():
            text = text.replace(
                f"<!-- {name} -->\n```\n{help_text(name)}```", f"<!-- {name} -->\n```\n{output}```"
            )
        (ROOT / "README.md").write_text(text, "utf-8")
    else:
        assert {name: help_text(name) for name in printed} == printed


def example(table: Mapping[str, Setting]) -> str:
    """Return what config.example.ini says of the settings of a section."""
    lines: list[str] = []
    for name, setting in table.items():
        if setting.about is None:
            continue
        if setting.about:
            lines += [
                "",
                *(f"; {line}" for line in textwrap.wrap(setting.about, 97, break_on_hyphens=False)),
            ]
        value = setting.sample or setting.shown_default
        lines.append(f"{';' if setting.sample else ''}{name} = {value}".rstrip())
    return "\n".join(lines[1:]) + "\n"


def test_the_example_configuration_has_every_setting_of_the_table() -> None:
    path = ROOT / "config.example.ini"
    text = path.read_text("utf-8")
    for section, table, follows in (
        ("import", IMPORT, "; What goes into each field"),
        ("notify", NOTIFY, "[transient]"),
    ):
        before, mark, rest = text.partition(f"[{section}]\n")
        text = before + mark + example(table) + "\n" + rest[rest.index(follows) :]
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text, (
        "write it anew with EXACT_IMPORT_TEST_WRITE_DOCS=1 pytest tests/system/cli"
    )


@pytest.mark.parametrize(("mark", "extra"), [("try it", "sandbox"), ("test it", "test")])
def test_each_command_for_newcomers_is_a_line_with_an_environment_of_its_own(
    mark: str, extra: str
) -> None:
    """`.ci/run` runs them as they stand there."""
    [line] = help_text(mark).splitlines()
    assert line.startswith(f"python3 -m venv .venv && .venv/bin/pip install -q '.[{extra}]' && ")
    unix = line.removeprefix("python3 ").replace(" && ", "; ")
    windows = unix.replace(".venv/bin/", ".venv\\Scripts\\")
    assert f"```\npy {windows}\n```" in README


def test_the_reference_is_what_help_says() -> None:
    page = ROOT / "docs" / "commands.md"
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        page.write_text(reference(), "utf-8")
    assert page.read_text("utf-8") == reference(), (
        "write it anew with EXACT_IMPORT_TEST_WRITE_DOCS=1 "
        "pytest tests/system/cli/test_documentation.py"
    )


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_says_what_it_is_for(name: str) -> None:
    command = cli.commands[name]
    assert command.get_short_help_str()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


def test_the_readme_names_every_exit_status_and_page() -> None:
    assert set(EXIT_STATUSES) == set(ExitStatus)
    numbers: dict[str, list[str]] = {}
    for status in sorted(ExitStatus):
        numbers.setdefault(EXIT_STATUSES[status].meaning, []).append(str(int(status)))
    rows = [f"| {', '.join(same)} | {meaning} |\n" for meaning, same in numbers.items()]
    table = "| status | meaning |\n| --- | --- |\n" + "".join(rows)
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        path = ROOT / "README.md"
        text = re.sub(r"\| status \| meaning \|\n(?:\|.*\n)+", table, path.read_text("utf-8"))
        path.write_text(text, "utf-8")
    assert table in (ROOT / "README.md").read_text("utf-8")
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert f"docs/{page.name}" in README
    for linked in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / linked).exists(), linked


def test_help_starts_without_what_only_the_work_needs() -> None:
    heavy = (
        "aiohttp",
        "babel",
        "charset_normalizer",
        "dotenv",
        "email_validator",
        "exactonline",
        "hashlib",
        "jinja2",
        "json",
        "logging",
        "rich",
        "sqlite3",
        "ssl",
        "stdnum",
        "tempfile",
        "urllib3",
    )
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"  # what measures the coverage has been at work
        "from exact_import.cli.main import run\n"
        "run(['--help'])\n"
        f"print(sorted(set({heavy!r}) & (set(sys.modules) - before)), file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stderr.strip() == "[]"
