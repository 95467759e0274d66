"""The doctor: every line of it, wrong and right, with three calls at most."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from exact_import.store.journal import Journal
from exact_import.store.locking import only_writer
from examined import count_calls, examined, line_of, replace_in_config
from permissions import is_private
from sandbox_env import SandboxEnv


def urls_at(host: str, rest: str = "") -> str:
    return (
        f"auth_url = https://start.{host}/api/oauth2/auth\n"
        f"rest_url = https://start.{rest or host}/api\n"
        f"token_url = https://start.{host}/api/oauth2/token"
    )


def test_all_is_well(env: SandboxEnv) -> None:
    ended = env.run("doctor")
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert all(line.startswith("✓ ") for line in lines), ended.stdout
    names = [line[2:].partition("  ")[0] for line in lines]
    assert names == [
        "version",
        "configuration",
        "mapping",
        "permissions",
        "writing",
        "git",
        "client id",
        "addresses",
        "journal",
        "login",
        "connection",
        "clock",
        "scopes",
        "company",
        "calls",
    ]
    assert "Bakkerij De Korenaar BV (425880)" in ended.stdout
    assert count_calls(env) <= 3
    found = examined(env, 0)
    assert all(check["ok"] is True for check in found.values())


def test_a_mapping_that_fits_no_file_is_wrong(env: SandboxEnv) -> None:
    env.configure("[account]\nNme = {Company}\nCity = {Town\n")
    found = examined(env, 78)
    assert "no field Nme" in found["mapping"]["message"]
    assert "no matching brace" in found["mapping"]["message"]


def test_a_site_that_there_is_not_is_named(env: SandboxEnv) -> None:
    text = env.config.read_text("utf-8").replace("[server]", "[server]\nsite = xx", 1)
    env.config.write_text(text, "utf-8")
    assert "It must be one of" in examined(env, 78)["addresses"]["advice"]


def test_in_quiet_only_what_is_wrong_is_reported(env: SandboxEnv) -> None:
    assert env.run("doctor", "--quiet").stdout == ""
    env.configure("[account]\nNme = {Company}\n")
    (line,) = env.run("doctor", "--quiet").stdout.splitlines()
    assert line.startswith("✗ mapping")


def test_a_terminal_that_knows_few_letters(env: SandboxEnv) -> None:
    env.variables |= {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ended = env.run_process("doctor", "--offline")
    assert ended.returncode == 0
    assert ended.stdout.startswith("ok version")


def test_no_configuration(env: SandboxEnv) -> None:
    env.config.unlink()
    assert "exact-import login" in line_of(env, "configuration", 78)
    env.config.write_text("client_secret = x\n")
    line = line_of(env, "configuration", 78)
    assert "line 1" in line
    assert "client_secret = x" not in line
    assert count_calls(env) == 0


def test_settings_that_are_wrong(env: SandboxEnv) -> None:
    env.configure("[import]\nblank = perhaps\n")
    assert "blank = perhaps" in line_of(env, "configuration", 78)
    # What needs no settings is looked at all the same.
    replace_in_config(env, "access_expiry = .*", "access_expiry = 99999999999999")
    (env.folder / ".git").mkdir()
    found = examined(env, 78)
    assert {"permissions", "writing", "git", "client id", "addresses", "journal", "login"} < {
        *found
    }
    assert found["login"]["state"] == "ok"
    assert found["git"]["state"] in ("wrong", "not done")  # as git is installed or not
    assert count_calls(env) == 0


def test_incomplete(env: SandboxEnv) -> None:
    replace_in_config(env, "client_secret = .*", "client_secret =")
    replace_in_config(env, "base_url = .*", "base_url =")
    found = examined(env, 78)
    assert "client_secret and base_url" in found["configuration"]["message"]
    assert found["configuration"]["advice"] == "Run `exact-import login`."
    assert found["online"]["ok"] is None
    assert count_calls(env) == 0
    env.configure("[more]\n")
    replace_in_config(env, "client_secret =", "client_secret_command = false")
    assert "client_secret_command" in examined(env, 78)["configuration"]["message"]


def test_what_others_may_read(env: SandboxEnv) -> None:
    env.config.chmod(0o644)
    found = examined(env, 0, "--offline")
    assert found["permissions"]["state"] == "note"
    assert "now only you can" in found["permissions"]["message"]
    assert is_private(env.config)
    dotenv = env.write(".env", "EXACT_CLIENT_ID=x\n")
    dotenv.chmod(0o640)
    wrong = examined(env, 78, "--offline")["permissions"]
    assert "others may read .env" in wrong["message"]
    assert wrong["advice"] == "chmod 600 .env"
    dotenv.chmod(0o600)
    assert examined(env, 0, "--offline")["permissions"]["ok"] is True


def test_a_configuration_that_cannot_be_written(env: SandboxEnv) -> None:
    env.config.chmod(0o400)
    line = line_of(env, "writing", 78)
    assert line.startswith("✗")
    assert "read-only" in line
    assert count_calls(env) == 0


def test_git(env: SandboxEnv) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", env.folder, *words], check=True, capture_output=True)

    git("init", "-q")
    assert "git does not ignore config.ini → Add to .gitignore: config.ini" in line_of(
        env, "git", 78, "--offline"
    )
    env.write(".gitignore", "*.ini\n")
    assert line_of(env, "git", 0, "--offline").startswith("✓")
    git("add", "-f", "config.ini")
    assert "git tracks config.ini" in line_of(env, "git", 78, "--offline")
    # Without git nobody can tell.
    env.variables["PATH"] = str(env.folder)
    assert "git is not installed" in line_of(env, "git", 0, "--offline")


@pytest.mark.parametrize(
    ("shape", "status", "mark", "text"),
    [
        ("{{{}}}", 0, "!", "braces or quotes"),
        ('"{}"', 0, "!", "braces or quotes"),
        ("{} {}", 78, "✗", "spaces"),
        ("abc{:.5}", 0, "!", "does not look like one"),
    ],
)
def test_the_shape_of_the_client_id(
    env: SandboxEnv, shape: str, status: int, mark: str, text: str
) -> None:
    found = re.search("client_id = (.*)", env.config.read_text(encoding="utf-8"))
    assert found
    replace_in_config(env, "client_id = .*", f"client_id = {shape.format(found[1], 'x')}")
    line = line_of(env, "client id", status, "--offline")
    assert line.startswith(mark)
    assert text in line


@pytest.mark.parametrize(
    ("server", "status", "text"),
    [
        ("site = be", 0, "start.exactonline.be (site = be)"),
        ("rest_url = https://start.exactonline.be/api", 0, "(site = be)"),
        (urls_at("exactonline.be", "exactonline.nl"), 78, "rest_url at start.exactonline.nl"),
        ("site = nl\n" + urls_at("exactonline.be"), 78, "site = nl, but its addresses are at"),
        (urls_at("exactonline.be").replace("/api\n", "/api/v1\n"), 78, "does not end in /api"),
        ("site = lu", 78, "must be one of nl, be"),
        ("site =", 0, "no country is set, so start.exactonline.nl is used"),
        ("rest_url = http://start.exactonline.be/api", 78, "https://"),
        (urls_at("example.com"), 0, "not one of Exact Online's own sites"),
    ],
)
def test_sites_and_addresses(env: SandboxEnv, server: str, status: int, text: str) -> None:
    replace_in_config(env, r"(?s)\[server\].*\[application\]", f"[server]\n{server}\n[application]")
    assert text in line_of(env, "addresses", status, "--offline")


def test_the_journal(env: SandboxEnv) -> None:
    contacts = env.write("contacts.csv", "Company\nA\n")
    assert env.run(contacts).returncode == 0
    assert "is intact" in line_of(env, "journal", 0, "--offline")
    journal = env.folder / "config.journal.sqlite3"
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE change SET state = 'unsettled'")
    database.close()
    line = line_of(env, "journal", 0, "--offline")
    assert line.startswith("! ")
    assert "whose outcome is not known yet" in line
    for leftover in env.folder.glob("config.journal.sqlite3-*"):
        leftover.unlink()
    content = bytearray(journal.read_bytes())
    content[5000:] = os.urandom(len(content) - 5000)
    journal.write_bytes(content)
    line = line_of(env, "journal", 78)
    assert "damaged" in line
    journal.write_text("not a database, but a text that somebody put here by mistake" * 20)
    assert "is not a journal" in line_of(env, "journal", 78, "--offline")


def test_the_tutorials_own_configuration_works(env: SandboxEnv) -> None:
    """Braces, no expiry, no settings of ours: what the tutorial tells people to write."""
    text = env.config.read_text(encoding="utf-8")
    found = dict(re.findall(r"(?m)^(\w+) = (.*)$", text))
    env.config.write_text(
        "[server]\n"
        + "".join(f"{n} = {found[n]}\n" for n in ("auth_url", "rest_url", "token_url", "ca_bundle"))
        + f"\n[application]\nbase_url = {found['base_url']}\nclient_id = {{{found['client_id']}}}\n"
        f"client_secret = {found['client_secret']}\n\n[transient]\n"
        f"access_token = {found['access_token']}\nrefresh_token = {found['refresh_token']}\n"
        "division = 425880\n",
        encoding="utf-8",
    )
    env.control("POST", "clock", {"move": 60})
    contacts = env.write("contacts.csv", "Company\nA\n")
    assert env.run("doctor").returncode == 0
    assert env.json(contacts)["rows"]["created"] == 1
    assert env.json(contacts)["rows"]["unchanged"] == 1
    # And once the token has ended.
    env.control("POST", "clock", {"move": 600})
    assert env.json("plan", contacts)["rows"]["unchanged"] == 1
    assert "access_expiry" in env.config.read_text(encoding="utf-8")


def test_a_belgian_configuration_is_seen_to_be_one(tmp_path: Path, env: SandboxEnv) -> None:
    path = tmp_path / "belgian.ini"
    path.write_text(
        "[server]\nauth_url = https://start.exactonline.be/api/oauth2/auth\n"
        "rest_url = https://start.exactonline.be/api\n"
        "token_url = https://start.exactonline.be/api/oauth2/token\n"
        "[application]\nbase_url = https://www.example.com/\n"
        "client_id = {12345678-1234-1234-1234-123456789abc}\nclient_secret = x\n"
        "[transient]\naccess_token = a\nrefresh_token = b\n"
    )
    ended = env.run("doctor", "--offline", "-c", path)
    assert ended.returncode == 0, ended.stdout
    assert "start.exactonline.be (site = be)" in ended.stdout
    assert "used without them" in ended.stdout


# Doctor itself needs no git: only git makes a real work tree. On Windows `git init` is not tried.
@pytest.mark.posix
@pytest.mark.skipif(shutil.which("git") is None, reason="no git is there to make a work tree")
def test_a_folder_below_a_work_tree_counts_too(env: SandboxEnv) -> None:
    subprocess.run(["git", "init", "-q", str(env.folder.parent)], check=True)
    assert "git does not ignore" in line_of(env, "git", 78, "--offline")


def test_a_run_at_work_is_not_trouble(env: SandboxEnv) -> None:
    assert env.run(env.write("contacts.csv", "Company\nA\n")).returncode == 0
    path = env.folder / "config.journal.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE change SET state = 'intent'")
    database.close()
    with contextlib.closing(Journal(path)) as journal, only_writer(journal, env.config):
        assert "in use by another run" in line_of(env, "journal", 0, "--offline")
    assert "whose outcome is not known yet" in line_of(env, "journal", 0, "--offline")


def test_the_sandbox_is_not_blamed_for_the_configuration_here(env: SandboxEnv) -> None:
    sandboxed = env.folder / "sandbox" / "config.ini"
    sandboxed.write_bytes(env.config.read_bytes())
    sandboxed.chmod(0o600)
    env.config.chmod(0o644)
    assert line_of(env, "permissions", 0, "--offline", "--sandbox").startswith("✓")
