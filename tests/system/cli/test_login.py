"""Logging in at a terminal, without one, and with the browser coming back by itself."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from newcomer import shown_address
from permissions import is_private

if TYPE_CHECKING:
    Newcomer = Any
    Terminal = Any

PASTE = "https://example.com/exact-import"


def test_everything_is_asked_at_a_terminal(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    terminal = at_terminal("login")
    terminal.wait_for("register")
    terminal.asked("Client id", "{" + newcomer.client_id + "}")
    terminal.asked("Redirect URI", "http://example.com/not-https")
    terminal.asked("Redirect URI", PASTE)
    terminal.asked("Client secret", newcomer.secret)
    arrived = newcomer.person.allow(terminal.address())
    terminal.asked("Address", arrived)
    terminal.wait_for("425881")
    terminal.asked("Which one?", "tuin")
    assert terminal.end() == 0
    assert "Logged in as Sander Zandbak" in terminal.shown
    assert '"current and future administrations"' in terminal.shown
    assert "Tuincentrum Van Zuylen B.V. (425881)" in terminal.shown
    found = newcomer.ini()
    assert dict(found["application"]) == {
        "client_id": newcomer.client_id,
        "client_secret": newcomer.secret,
        "base_url": PASTE,
        # Else the library would add it, and write an older INI over ours.
        "iteration_limit": "50",
    }
    assert found["transient"]["division"] == "425881"
    assert found["transient"]["access_token"]
    config = newcomer.env.config
    assert is_private(config)
    assert config.read_text(encoding="utf-8").startswith("; a remark that stays\n")
    code = re.search(r"code=([^&]+)", arrived)
    assert code
    for secret in (newcomer.secret, code[1], found["transient"]["refresh_token"]):
        assert secret not in terminal.shown


def test_nothing_typed_is_lost_when_it_is_broken_off(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    terminal = at_terminal("login")
    terminal.asked("Client id", newcomer.client_id)
    terminal.asked("Redirect URI", PASTE)
    terminal.wait_for("Client secret")
    terminal.stop()
    assert newcomer.ini()["application"]["client_id"] == newcomer.client_id
    again = at_terminal("login")
    again.asked(f"Client id [{newcomer.client_id}]", "")
    again.asked(f"Redirect URI [{PASTE}]", "")
    again.asked("Client secret", newcomer.secret)
    again.asked("Address", newcomer.person.allow(again.address(), ("425880",)))
    assert again.end() == 0
    assert "Bakkerij De Korenaar BV (425880)" in again.shown
    # Nothing is asked a second time.
    third = at_terminal("login")
    third.asked("Address", newcomer.person.allow(third.address(), ("425880",)))
    assert third.end() == 0


def test_a_wrong_secret_is_asked_again(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    newcomer.env.configure(
        f"[application]\nclient_id = {newcomer.client_id}\nclient_secret = stale\n"
        f"base_url = {PASTE}\n"
    )
    terminal = at_terminal("login")
    terminal.asked("Address", newcomer.person.allow(terminal.address()))
    terminal.wait_for("does not accept the app's client secret")
    terminal.asked("Client id", "")
    terminal.asked("Redirect URI", "")
    terminal.asked("Client secret", newcomer.secret)
    terminal.asked("Address", newcomer.person.allow(terminal.address()))
    terminal.asked("Which one?", "425880")
    assert terminal.end() == 0
    assert newcomer.ini()["application"]["client_secret"] == newcomer.secret


def test_a_wrong_paste_is_asked_again(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    newcomer.knows()
    terminal = at_terminal("login")
    address = terminal.address()
    terminal.asked("Address", "")
    terminal.wait_for("redirect URI that")
    terminal.asked("Address", address)
    terminal.wait_for("no code in this address")
    terminal.asked("Address", newcomer.person.allow(address, answer="deny"))
    terminal.wait_for("Access was denied")
    terminal.asked("Address", newcomer.person.allow(address).replace("state=", "state=x"))
    terminal.wait_for("another attempt")
    terminal.asked("Address", newcomer.person.allow(address))
    terminal.asked("Which one?", "425880")
    assert terminal.end() == 0


def test_without_a_terminal(newcomer: Newcomer) -> None:
    newcomer.knows()
    began = newcomer.env.run("login", "--print-url")
    assert '"current and future administrations"' in began.stderr
    address = began.stdout.strip()
    kept = newcomer.env.folder / ".config.ini.login"
    assert is_private(kept)
    assert json.loads(kept.read_text())["state"] in address
    ended = newcomer.finish(newcomer.person.allow(address, ("425881",)) + "\n")
    assert ended.returncode == 0, ended.stderr
    assert "Tuincentrum Van Zuylen B.V. (425881)" in ended.stdout
    assert not kept.exists()
    found = newcomer.ini()
    # What the environment holds stays there.
    assert dict(found["application"]) == {"base_url": PASTE, "iteration_limit": "50"}
    assert found["transient"]["division"] == "425881"


def test_a_bare_code_and_a_folded_address_are_understood(newcomer: Newcomer) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin())
    code = re.search(r"code=([^&]+)", arrived)
    assert code
    assert "%21" in code[1]
    assert newcomer.finish(code[1], "--division", "425880").returncode == 0
    arrived = newcomer.person.allow(newcomer.begin())
    query = arrived.partition("?")[2]
    assert newcomer.finish(query, "--division", "425880").returncode == 0
    arrived = newcomer.person.allow(newcomer.begin())
    folded = "  " + arrived[:60] + "\n" + arrived[60:].replace("%21", "%2521") + "\n\n"
    assert newcomer.finish(folded, "--division", "425881").returncode == 0
    assert newcomer.ini()["transient"]["division"] == "425881"


def test_an_address_of_a_sandbox_that_ends_is_not_printed(newcomer: Newcomer) -> None:
    newcomer.env.variables["EXACT_IMPORT_SANDBOX"] = str(newcomer.env.folder / "state")
    ended = newcomer.env.run("login", "--sandbox", "--print-url")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "exact-import sandbox" in ended.stderr


def test_several_companies_and_nobody_to_ask(newcomer: Newcomer) -> None:
    newcomer.knows()
    ended = newcomer.finish(newcomer.person.allow(newcomer.begin()))
    assert ended.returncode == 78
    assert "exact-import divisions --use N" in ended.stderr
    assert newcomer.env.run("divisions", "--use", "425880").returncode == 0
    # The one in use is kept by a later login.
    again = newcomer.finish(newcomer.person.allow(newcomer.begin()), "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == {
        "user": "Sander Zandbak",
        "division": 425880,
        "name": "Bakkerij De Korenaar BV",
        "account": "",
        "config": "config.ini",
        "server": None,
        "client_id": None,
        "unused_until": None,
        "url": None,
        "exit_status": 0,
        "error": None,
    }
    newcomer.env.control("POST", "accounts", {"create": [{"Name": "Eerste", "Code": "7"}]})
    result = newcomer.finish(newcomer.person.allow(newcomer.begin()))
    assert "One account was read as a test: 7 Eerste" in result.stdout


def test_settings_come_from_options_dotenv_and_a_command(newcomer: Newcomer) -> None:
    env = newcomer.env
    env.write(".env", f"EXACT_CLIENT_ID={newcomer.client_id}\n")
    (env.folder / ".env").chmod(0o600)
    # It must not take the address that is waiting on standard input.
    env.configure(f"[application]\nclient_secret_command = sh -c 'cat; echo {newcomer.secret}'\n")
    address = newcomer.begin("--redirect-uri", PASTE)
    ended = newcomer.finish(newcomer.person.allow(address, ("425880",)))
    assert ended.returncode == 0, ended.stderr
    application = newcomer.ini()["application"]
    assert application["base_url"] == PASTE
    assert "client_id" not in application
    assert "client_secret" not in application


def test_an_option_wins_over_the_environment(newcomer: Newcomer) -> None:
    newcomer.knows()
    newcomer.env.variables["EXACT_CLIENT_ID"] = "another"
    arrived = newcomer.person.allow(newcomer.begin("--client-id", newcomer.client_id))
    assert newcomer.ini()["application"]["client_id"] == newcomer.client_id
    ended = newcomer.finish(arrived, "--client-id", newcomer.client_id, "--division", "425880")
    assert ended.returncode == 0, ended.stderr


def test_it_can_be_broken_off(newcomer: Newcomer, at_terminal: Callable[..., Terminal]) -> None:
    newcomer.knows()
    terminal = at_terminal("login")
    terminal.asked("Address", "\x03")
    assert terminal.end() == 130
    assert "Interrupted" in terminal.shown


def test_a_configuration_is_made_from_the_example(newcomer: Newcomer) -> None:
    env = newcomer.env
    # Nothing may reach the real Exact Online.
    env.variables["HTTPS_PROXY"] = "http://127.0.0.1:9"
    (env.folder / "new").mkdir()
    there = "https://app.example/back"
    typed = ("--site", "BE", "--client-id", "{ab cd}", "--redirect-uri", there)
    ended = env.run("login", "-c", "new/my.ini", *typed)
    assert ended.returncode == 78
    assert "client_secret is missing" in ended.stderr
    path = env.folder / "new" / "my.ini"
    assert is_private(path)
    text = path.read_text(encoding="utf-8")
    example = (Path(__file__).parents[3] / "config.example.ini").read_text(encoding="utf-8")
    changed = {
        "site =": "site = be",
        "client_id =": "client_id = abcd",
        "base_url =": f"base_url = {there}",
    }
    for before, after in changed.items():
        example = example.replace(f"\n{before}\n", f"\n{after}\n")
    assert text == example
    assert env.run("login", "-c", "nowhere/my.ini").returncode == 73


def test_nothing_of_the_example_counts_as_said(newcomer: Newcomer) -> None:
    env = newcomer.env
    env.variables |= {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "EXACT_CLIENT_ID": "abcd",
        "EXACT_CLIENT_SECRET": "efgh",
    }
    begin = ("login", "--print-url", "-c", "my.ini")
    ended = env.run(*begin)
    assert (ended.returncode, "base_url is missing" in ended.stderr) == (78, True)
    ended = env.run(*begin, "--redirect-uri", "https://app.example/back")
    assert (ended.returncode, "Add --site be" in ended.stderr) == (78, True)


def test_a_site_overrules_addresses_that_are_spelled_out(newcomer: Newcomer) -> None:
    env = newcomer.env
    env.variables["HTTPS_PROXY"] = "http://127.0.0.1:9"
    newcomer.knows()
    assert env.run("login", "--site", "de", "--print-url").returncode == 75
    server = newcomer.ini()["server"]
    assert server["site"] == "de"
    assert server["auth_url"] == "https://start.exactonline.de/api/oauth2/auth"
    assert server["rest_url"] == "https://start.exactonline.de/api"
    assert server["token_url"] == "https://start.exactonline.de/api/oauth2/token"


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")  # as somebody who clicked it away
def test_the_browser_comes_back_by_itself(newcomer: Newcomer) -> None:
    redirect = f"https://127.0.0.1:{_free_port()}/back"
    newcomer.knows(redirect)
    with newcomer.env.start("login", "--division", "425880") as process:
        try:
            arrived = newcomer.person.allow(shown_address(process))
            assert arrived.startswith(redirect)
            _come_back(redirect, arrived)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert "Bakkerij De Korenaar BV (425880)" in out
    assert "stampNL001" not in out + err


def _come_back(redirect: str, arrived: str) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", _port(redirect))),  # idle, as browsers do
        urllib3.PoolManager(ssl_context=trusting, retries=False) as pool,
    ):
        assert pool.request("GET", f"{redirect.rpartition('/')[0]}/favicon.ico").status == 404
        assert pool.request("GET", re.sub(r"state=[^&]+", "state=x", arrived)).status == 400
        page = pool.request("GET", arrived)
    assert page.status == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert b"close this page" in page.data


def test_a_port_that_is_taken_leaves_pasting(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        newcomer.knows(f"https://localhost:{taken.getsockname()[1]}/")
        ended = newcomer.env.run("login")
        assert ended.returncode == 2
        assert "cannot be used" in ended.stderr
        terminal = at_terminal("login")
        terminal.wait_for("cannot be used")
        terminal.asked("Address", newcomer.person.allow(terminal.address()))
        terminal.asked("Which one?", "425880")
        assert terminal.end() == 0


def test_without_the_package_that_makes_certificates(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    newcomer.knows(f"https://127.0.0.1:{_free_port()}/")
    newcomer.env.write("trustme.py", "raise ImportError")
    ended = newcomer.env.run_process("login")
    assert ended.returncode == 2
    assert "install the extra login" in ended.stderr
    terminal = at_terminal("login")
    terminal.wait_for("install the extra login")
    terminal.asked("Address", newcomer.person.allow(terminal.address(), ("425881",)))
    assert terminal.end() == 0


def test_pasting_instead_of_being_received(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal]
) -> None:
    newcomer.knows(f"https://127.0.0.1:{_free_port()}/")
    terminal = at_terminal("login")
    address = terminal.address()
    terminal.asked("(Press Enter to paste", "")
    terminal.asked("Address", newcomer.person.allow(address))
    terminal.asked("Which one?", "425880")
    assert terminal.end() == 0


def test_status_and_logout(newcomer: Newcomer) -> None:
    env = newcomer.env
    assert env.run("login", "--status").returncode == 77
    newcomer.knows()
    assert newcomer.finish(newcomer.person.allow(newcomer.begin(), ("425880",))).returncode == 0
    status = env.run("login", "--status")
    assert status.returncode == 0
    assert "Sander Zandbak" in status.stdout
    assert "425880" in status.stdout
    document = env.json("login", "--status")
    assert document["division"] == 425880
    assert document["unused_until"]
    env.control("POST", "tokens", {"action": "revoke"})
    env.control("POST", "tokens", {"action": "expire access"})
    refused = env.run("login", "--status")
    assert refused.returncode == 77
    assert "425880" in refused.stdout
    assert "Access was revoked" in refused.stderr
    before = env.config.read_text(encoding="utf-8")
    assert env.run("logout").returncode == 0
    after = newcomer.ini()["transient"]
    assert [after[name] for name in ("access_token", "refresh_token", "access_expiry")] == [""] * 3
    assert after["division"] == "425880"
    assert "; a remark that stays" in before
    again = env.run("logout")
    assert (again.returncode, "holds no login" in again.stdout) == (0, True)
    assert env.run("plan", env.write("a.csv", "Company\nA\n")).returncode == 77


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--code-url", "https://example.com/?code=x"], 2, "holds a secret"),
        (["--print-url", "--status"], 2, "cannot be combined"),
        (["--code-url", "-"], 77, "No login was started"),
        (["--redirect-uri", "http://example.com"], 78, "begins with https://"),
        ([], 2, "Not a terminal"),
    ],
)
def test_wrong_usage(newcomer: Newcomer, arguments: list[str], status: int, text: str) -> None:
    newcomer.knows()
    ended = newcomer.env.run("login", *arguments)
    assert ended.returncode == status
    assert text in ended.stderr


def test_an_attempt_that_is_too_old_is_refused(newcomer: Newcomer) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin())
    kept = newcomer.env.folder / ".config.ini.login"
    attempt = json.loads(kept.read_text())
    kept.write_text(json.dumps({**attempt, "at": attempt["at"] - 3601}))
    ended = newcomer.finish(arrived)
    assert ended.returncode == 77
    assert "too long ago" in ended.stderr


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _port(address: str) -> int:
    return int(address.rpartition(":")[2].partition("/")[0])
