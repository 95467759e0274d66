"""The doctor: every line of it, wrong and right, with three calls at most."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from exact_import.store.journal import Journal
from exact_import.store.locking import only_writer
from permissions import is_private
from sandbox_env import SandboxEnv

STATUSES = {0, 75, 77, 78}


def _examined(env: SandboxEnv, status: int, *arguments: str) -> dict[str, dict[str, Any]]:
    document = env.json("doctor", *arguments, status=status)
    assert document["exit_status"] in STATUSES
    return {check["name"]: check for check in document["checks"]}


def _line(env: SandboxEnv, name: str, status: int, *arguments: str) -> str:
    """Return the line of one check."""
    ended = env.run("doctor", *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line[2:].startswith(f"{name} ")]
    return line


def _calls(env: SandboxEnv) -> int:
    return len(env.calls())


def _replace(env: SandboxEnv, old: str, new: str) -> None:
    text = env.config.read_text(encoding="utf-8")
    assert re.search(old, text)
    env.config.write_text(re.sub(old, new, text), encoding="utf-8")


def _urls(host: str, rest: str = "") -> str:
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
    assert _calls(env) <= 3
    found = _examined(env, 0)
    assert all(check["ok"] is True for check in found.values())


def test_a_mapping_that_fits_no_file_is_wrong(env: SandboxEnv) -> None:
    env.configure("[account]\nNme = {Company}\nCity = {Town\n")
    found = _examined(env, 78)
    assert "no field Nme" in found["mapping"]["message"]
    assert "no matching brace" in found["mapping"]["message"]


def test_a_site_that_there_is_not_is_named(env: SandboxEnv) -> None:
    text = env.config.read_text("utf-8").replace("[server]", "[server]\nsite = xx", 1)
    env.config.write_text(text, "utf-8")
    assert "It must be one of" in _examined(env, 78)["addresses"]["advice"]


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
    assert "exact-import login" in _line(env, "configuration", 78)
    env.config.write_text("client_secret = x\n")
    line = _line(env, "configuration", 78)
    assert "line 1" in line
    assert "client_secret = x" not in line
    assert _calls(env) == 0


def test_settings_that_are_wrong(env: SandboxEnv) -> None:
    env.configure("[import]\nblank = perhaps\n")
    assert "blank = perhaps" in _line(env, "configuration", 78)
    # What needs no settings is looked at all the same.
    _replace(env, "access_expiry = .*", "access_expiry = 99999999999999")
    (env.folder / ".git").mkdir()
    found = _examined(env, 78)
    assert {"permissions", "writing", "git", "client id", "addresses", "journal", "login"} < {
        *found
    }
    assert found["login"]["state"] == "ok"
    assert found["git"]["state"] in ("wrong", "not done")  # as git is installed or not
    assert _calls(env) == 0


def test_incomplete(env: SandboxEnv) -> None:
    _replace(env, "client_secret = .*", "client_secret =")
    _replace(env, "base_url = .*", "base_url =")
    found = _examined(env, 78)
    assert "client_secret and base_url" in found["configuration"]["message"]
    assert found["configuration"]["advice"] == "Run `exact-import login`."
    assert found["online"]["ok"] is None
    assert _calls(env) == 0
    env.configure("[more]\n")
    _replace(env, "client_secret =", "client_secret_command = false")
    assert "client_secret_command" in _examined(env, 78)["configuration"]["message"]


def test_what_others_may_read(env: SandboxEnv) -> None:
    env.config.chmod(0o644)
    found = _examined(env, 0, "--offline")
    assert found["permissions"]["state"] == "note"
    assert "it is now yours alone" in found["permissions"]["message"]
    assert is_private(env.config)
    dotenv = env.write(".env", "EXACT_CLIENT_ID=x\n")
    dotenv.chmod(0o640)
    wrong = _examined(env, 78, "--offline")["permissions"]
    assert "others may read .env" in wrong["message"]
    assert wrong["advice"] == "chmod 600 .env"
    dotenv.chmod(0o600)
    assert _examined(env, 0, "--offline")["permissions"]["ok"] is True


def test_a_configuration_that_cannot_be_written(env: SandboxEnv) -> None:
    env.config.chmod(0o400)
    line = _line(env, "writing", 78)
    assert line.startswith("✗")
    assert "read-only" in line
    assert _calls(env) == 0


def test_git(env: SandboxEnv) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", env.folder, *words], check=True, capture_output=True)

    git("init", "-q")
    assert "git does not ignore config.ini → Add to .gitignore: config.ini" in _line(
        env, "git", 78, "--offline"
    )
    env.write(".gitignore", "*.ini\n")
    assert _line(env, "git", 0, "--offline").startswith("✓")
    git("add", "-f", "config.ini")
    assert "git keeps config.ini" in _line(env, "git", 78, "--offline")
    # Without git nobody can tell.
    env.variables["PATH"] = str(env.folder)
    assert "git is not installed" in _line(env, "git", 0, "--offline")


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
    _replace(env, "client_id = .*", f"client_id = {shape.format(found[1], 'x')}")
    line = _line(env, "client id", status, "--offline")
    assert line.startswith(mark)
    assert text in line


@pytest.mark.parametrize(
    ("server", "status", "text"),
    [
        ("site = be", 0, "start.exactonline.be (site = be)"),
        ("rest_url = https://start.exactonline.be/api", 0, "(site = be)"),
        (_urls("exactonline.be", "exactonline.nl"), 78, "rest_url at start.exactonline.nl"),
        ("site = nl\n" + _urls("exactonline.be"), 78, "site = nl, but its addresses are at"),
        (_urls("exactonline.be").replace("/api\n", "/api/v1\n"), 78, "does not end in /api"),
        ("site = lu", 78, "must be one of nl, be"),
        ("site =", 0, "no country is set, so start.exactonline.nl is used"),
        ("rest_url = http://start.exactonline.be/api", 78, "https://"),
        (_urls("example.com"), 0, "not one of Exact Online's own sites"),
    ],
)
def test_sites_and_addresses(env: SandboxEnv, server: str, status: int, text: str) -> None:
    _replace(env, r"(?s)\[server\].*\[application\]", f"[server]\n{server}\n[application]")
    assert text in _line(env, "addresses", status, "--offline")


def test_the_journal(env: SandboxEnv) -> None:
    contacts = env.write("contacts.csv", "Company\nA\n")
    assert env.run(contacts).returncode == 0
    assert "is whole" in _line(env, "journal", 0, "--offline")
    journal = env.folder / "config.journal.sqlite3"
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE change SET state = 'unsettled'")
    database.close()
    line = _line(env, "journal", 0, "--offline")
    assert line.startswith("! ")
    assert "whose outcome is not known yet" in line
    for leftover in env.folder.glob("config.journal.sqlite3-*"):
        leftover.unlink()
    content = bytearray(journal.read_bytes())
    content[5000:] = os.urandom(len(content) - 5000)
    journal.write_bytes(content)
    line = _line(env, "journal", 78)
    assert "damaged" in line
    journal.write_text("not a database, but a text that somebody put here by mistake" * 20)
    assert "is not a journal" in _line(env, "journal", 78, "--offline")


def test_the_age_of_the_login(env: SandboxEnv) -> None:
    def renewed(days: float) -> None:
        expiry = int(time.time() - days * 86_400 + 600)
        _replace(env, "access_expiry = .*", f"access_expiry = {expiry}")

    renewed(3)
    assert "renewed 3 days ago" in _line(env, "login", 0, "--offline")
    renewed(26)
    line = _line(env, "login", 0, "--offline")
    assert line.startswith("! ")
    assert "in 4 days" in line
    renewed(31)
    assert "30 without use end it → exact-import login" in _line(env, "login", 77, "--offline")
    _replace(env, "access_expiry = .*", "")
    assert "how old it is" in _line(env, "login", 0, "--offline")


def test_before_the_first_login(env: SandboxEnv) -> None:
    assert env.run("logout").returncode == 0
    found = _examined(env, 77)
    assert found["login"]["message"] == "not logged in"
    assert found["connection"]["ok"] is True
    assert found["app"]["ok"] is True
    _replace(env, "base_url = .*", "base_url = https://example.com/other")
    assert "not registered with the redirect URI" in _line(env, "app", 77)
    env.sandbox.stop()
    assert "refuses the connection" in _line(env, "connection", 77)


@pytest.mark.parametrize(
    ("action", "text"), [("revoke", "was revoked"), ("expire refresh", "thirty days")]
)
def test_a_login_that_is_no_good(env: SandboxEnv, action: str, text: str) -> None:
    env.control("POST", "tokens", {"action": action})
    env.control("POST", "tokens", {"action": "expire access"})
    line = _line(env, "access", 77)
    assert text in line
    assert "exact-import login" in line
    assert _calls(env) <= 3


def test_an_access_token_that_ended_is_renewed_within_three_calls(env: SandboxEnv) -> None:
    env.control("POST", "clock", {"move": 700})
    found = _examined(env, 78)
    assert found["clock"]["ok"] is False
    assert found["company"]["ok"] is True
    assert _calls(env) <= 3


def test_a_token_that_cannot_be_renewed_yet(env: SandboxEnv) -> None:
    env.control("POST", "tokens", {"action": "expire access"})
    found = _examined(env, 77)
    assert "Wait ten minutes" in found["access"]["advice"]
    assert _calls(env) <= 3


def test_the_clock(env: SandboxEnv) -> None:
    env.control("POST", "clock", {"move": 500})
    line = _line(env, "clock", 78)
    assert "8 minutes behind Exact Online's" in line
    env.control("POST", "clock", {"move": -1100})
    assert "10 minutes ahead of Exact Online's" in _line(env, "clock", 78)


def test_scopes(env: SandboxEnv) -> None:
    env.configure(
        "[account]\nName = {Company}\nPaymentConditionSales = {Terms}\nSalesVATCode = {VAT}\n"
    )
    line = _line(env, "scopes", 0)
    assert "Financial cashflow (PaymentConditionSales in your mapping)" in line
    assert "Financial accounting (SalesVATCode in your mapping)" in line
    assert "Financial cashflow" in _line(env, "online", 0, "--offline")
    env.control("POST", "settings", {"scopes": ["crm.accounts"]})
    line = _line(env, "scopes", 0)
    assert line.startswith("! ")
    assert "lacks Organization administration" in line
    env.control("POST", "settings", {"scopes": ["organization.administration"]})
    line = _line(env, "scopes", 77)
    assert line.startswith("✗ ")
    assert "lacks Crm accounts → Tick it on the app's page" in line


def test_the_company(env: SandboxEnv) -> None:
    assert "999 cannot be used" in _line(env, "company", 78, "--division", "999")
    assert "(425881) can be read" in _line(env, "company", 0, "--division", "425881")
    _replace(env, "division = .*", "division =")
    assert "none is chosen → exact-import divisions --use N" in _line(env, "company", 78)


def test_the_days_calls(env: SandboxEnv) -> None:
    env.control("POST", "settings", {"day_limit": 300})
    found = _examined(env, 0)
    assert "of 300 are left today" in found["calls"]["message"]
    env.configure("[import]\nreserve = 299\n")
    line = _line(env, "calls", 75)
    assert "299 are kept for other programs" in line
    assert "00:00 UTC" in line
    env.control("POST", "settings", {"day_limit": 1})
    assert "used up" in _line(env, "connection", 75)


@pytest.mark.parametrize("kind", ["error_503", "html_200", "too_many", "drop_before", "empty_500"])
def test_trouble_is_not_repeated(env: SandboxEnv, kind: str) -> None:
    env.faults({"kind": kind})
    found = _examined(env, 75)
    assert found["connection"]["ok"] is False
    assert found["company"]["ok"] is None
    assert _calls(env) <= 3


def test_no_network(env: SandboxEnv) -> None:
    env.sandbox.stop()
    assert "it refuses the connection" in _line(env, "connection", 75)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        env.variables |= {"HTTPS_PROXY": f"http://me:s3cret@127.0.0.1:{port}", "NO_PROXY": ""}
        ended = env.run("doctor", "-vv")
    assert ended.returncode == 75
    assert "the proxy in HTTPS_PROXY refuses the connection" in ended.stdout
    assert "s3cret" not in ended.stdout + ended.stderr


def test_a_certificate_that_is_not_trusted(env: SandboxEnv) -> None:
    _replace(env, "ca_bundle", ";ca_bundle")
    line = _line(env, "connection", 78)
    assert "certificate is not valid" in line
    assert "ca_bundle" in line


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
    assert "git does not ignore" in _line(env, "git", 78, "--offline")


def test_a_run_at_work_is_not_trouble(env: SandboxEnv) -> None:
    assert env.run(env.write("contacts.csv", "Company\nA\n")).returncode == 0
    path = env.folder / "config.journal.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE change SET state = 'intent'")
    database.close()
    with contextlib.closing(Journal(path)) as journal, only_writer(journal, env.config):
        assert "in use by a run at work now" in _line(env, "journal", 0, "--offline")
    assert "whose outcome is not known yet" in _line(env, "journal", 0, "--offline")


def test_a_minute_that_is_used_up_is_no_trouble_of_the_network(env: SandboxEnv) -> None:
    env.faults({"kind": "too_many"})
    line = _line(env, "connection", 75)
    assert "too many calls" in line
    assert "in a minute" in line
    assert "network" not in line


def test_advice_without_a_login_is_about_the_network(env: SandboxEnv) -> None:
    assert env.run("logout").returncode == 0
    env.sandbox.stop()
    line = _line(env, "connection", 77)
    assert "Check the network" in line
    assert "What you typed" not in line


def test_the_sandbox_is_not_blamed_for_the_configuration_here(env: SandboxEnv) -> None:
    sandboxed = env.folder / "sandbox" / "config.ini"
    sandboxed.write_bytes(env.config.read_bytes())
    sandboxed.chmod(0o600)
    env.config.chmod(0o644)
    assert _line(env, "permissions", 0, "--offline", "--sandbox").startswith("✓")


def test_live_compares_the_companys_fields_with_those_known(env: SandboxEnv) -> None:
    found = _examined(env, 0, "--live")
    assert found["fields"]["state"] == "ok", found["fields"]
    assert "fields" not in _examined(env, 0)
    lacks = {"fields_missing": ["Account.SearchCode", "Contact.Title"], "fields_new": ["Account.X"]}
    env.control("POST", "settings", lacks)
    before = _calls(env)
    found = _examined(env, 0, "--live")
    assert _calls(env) - before == 3
    assert found["fields missing"]["message"] == "account.SearchCode, contact.Title"
    assert found["fields new"]["message"].startswith("account.X;")
    env.configure("[account]\nName = {Company}\nSearchCode = {Search}\n")
    wrong = _examined(env, 78, "--live")["fields"]
    assert "does not have account.SearchCode, which your mapping uses" in wrong["message"]
    assert "[account]" not in wrong["advice"]
