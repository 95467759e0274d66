"""docs/nightly.md: its units are ones that systemd takes, its settings ones that exist."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from exact_import.cli.main import cli
from exact_import.config.loading import read_notices, resolve
from sandbox_env import SandboxEnv, table

ROOT = Path(__file__).parents[3]
PATH = ROOT / "docs" / "nightly.md"
PAGE = PATH.read_text("utf-8")
ROWS = table(
    ["Code", "Company", "Street", "Postcode", "City", "Country", "Email"],
    ["1001", "Bakkerij Peeters", "Molenstraat 1", "9000", "Gent", "BE", ""],
    ["1002", "Garage Maes", "Stationsplein 2", "8000", "Brugge", "BE", "info.maes.example"],
    ["", "Bakkerij Peters", "Molenstraat 1", "9000", "Gent", "BE", ""],
)


def units() -> dict[str, str]:
    return dict(re.findall(r"^```ini (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


def mail() -> str:
    """Return the mail that the page shows."""
    found = re.search(r"<!-- mail -->\n```\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_mail_shown_is_what_cron_sends(env: SandboxEnv) -> None:
    env.write("contacts.csv", "\r\n".join([*ROWS.splitlines()[:2], ""]))
    env.json("contacts.csv")
    env.write("contacts.csv", ROWS.replace("Molenstraat 1,", "Molenstraat 3,"))
    ended = env.run("--quiet", "contacts.csv")
    assert ended.returncode == 1
    printed = f"{ended.stdout}{ended.stderr}"
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        page = PAGE.replace(f"<!-- mail -->\n```\n{mail()}```", f"<!-- mail -->\n```\n{printed}```")
        PATH.write_text(page, "utf-8")
    else:
        assert mail() == printed, (
            "write it again with EXACT_IMPORT_TEST_WRITE_DOCS=1 "
            "pytest tests/system/cli/test_nightly_docs.py"
        )


@pytest.mark.posix
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        # Only systemd itself can say whether its units are right; macOS and containers lack it.
        pytest.skip("systemd is not installed here.")
    program = tmp_path / "exact-import"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    paths = []
    for name, text in units().items():
        path = tmp_path / name
        path.write_text(text.replace("/opt/exact-import/bin/exact-import", str(program)))
        paths.append(path)
    assert len(paths) == 6
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:", "LANG": "C"},
    )
    errors = [line for line in ended.stderr.splitlines() if str(tmp_path) in line]
    assert errors == []


def test_the_commands_shown_are_understood() -> None:
    """Each option that a shown command has is one of that command's."""
    lines = re.findall(r"exact-import(?:\.exe'.*?-Argument ')? ((?:--|watch)[^'\n]*)", PAGE)
    commands = [line for line in lines if "/srv" in line or "C:\\" in line]
    assert len(commands) >= 4
    for line in commands:
        command = cli.commands["watch" if "watch" in line else "import"]
        known = {name for parameter in command.params for name in parameter.opts}
        for option in re.findall(r"--[a-z-]+", line):
            assert option in known, line


def test_the_settings_shown_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (section,) = re.findall(r"^```ini\n(\[notify\].*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(section)
    problems: list[str] = []
    notices = read_notices(parser["notify"], {}, problems)
    assert problems == []
    assert len(notices.to) == 2

    # The example configuration has them too, and its remarks are settings once uncovered.
    example = (ROOT / "config.example.ini").read_text("utf-8")
    uncovered = re.sub(
        r"^;(\w+ = .*)$", r"\1", example[example.index("[notify]") :], flags=re.MULTILINE
    )
    path = tmp_path / "config.ini"
    path.write_text(example[: example.index("[notify]")] + uncovered, "utf-8")
    monkeypatch.chdir(tmp_path)
    settings = resolve({}, path)
    assert settings.notices.success_url.startswith("https://")
    assert settings.notices.to
    assert (settings.watch_rest, settings.watch_poll, settings.watch_try_every) == (5, 0, 15)
