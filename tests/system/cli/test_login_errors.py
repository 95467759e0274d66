"""Each error of the road to a login: its sentence says what a person does next, and no secret."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Newcomer = Any

PASTE = "https://example.com/exact-import"
CANARY = "s3cr3t-canary"


def _says(
    ended: subprocess.CompletedProcess[str], status: int, *texts: str, never: tuple[str, ...] = ()
) -> None:
    output = ended.stdout + ended.stderr
    assert ended.returncode == status, output
    for text in texts:
        assert text in ended.stderr
    assert "Traceback" not in output
    for secret in (CANARY, "stampNL001", *never):
        assert secret not in output


def test_a_client_id_that_the_site_does_not_know(newcomer: Newcomer) -> None:
    newcomer.knows()
    newcomer.env.variables["EXACT_CLIENT_ID"] = "11111111-2222-3333-4444-555555555555"
    _says(
        newcomer.env.run("login", "--print-url", "-vv"),
        78,
        "127.0.0.1 does not know an app with this client id",
        "only on the country's site where it was registered",
        "apps.exactonline.com",
        "exact-import login --ask",
    )


def test_a_redirect_uri_that_is_not_the_registered_one(newcomer: Newcomer) -> None:
    newcomer.knows(f"{PASTE}/")
    _says(
        newcomer.env.run("login", "--print-url", "-vv"),
        78,
        f"not registered with the redirect URI {PASTE}/",
        "character for character",
    )


def test_a_wrong_secret(newcomer: Newcomer) -> None:
    newcomer.knows()
    newcomer.env.variables["EXACT_CLIENT_SECRET"] = CANARY
    arrived = newcomer.person.allow(newcomer.begin())
    _says(
        newcomer.finish(arrived, "-vv"),
        78,
        "does not accept the app's client secret",
        "apps.exactonline.com",
        "not the webhook secret",
    )


def test_a_code_that_was_used_or_is_too_old(newcomer: Newcomer) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin(), ("425880",))
    kept = newcomer.env.folder / ".config.ini.login"
    attempt = kept.read_text()
    assert newcomer.finish(arrived).returncode == 0
    kept.write_text(attempt)
    _says(newcomer.finish(arrived, "-vv"), 77, "used before, or is older than three minutes")
    # The login that there is stays usable.
    assert newcomer.env.run("divisions").returncode == 0
    late = newcomer.person.allow(newcomer.begin(), ("425880",))
    newcomer.env.control("POST", "clock", {"move": 181})
    _says(newcomer.finish(late, "-vv"), 77, "older than three minutes", "exact-import login")


@pytest.mark.parametrize(("companies", "answer"), [((), "allow"), (("425880",), "deny")])
def test_consent_without_a_company(
    newcomer: Newcomer, companies: tuple[str, ...], answer: str
) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin(), companies, answer)
    _says(
        newcomer.finish(arrived),
        77,
        "Access was denied, or no company was ticked",
        "tick at least one company",
    )


def test_a_login_that_may_use_no_company(newcomer: Newcomer) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin(), ("425880",))
    empty = {"kind": "answer", "status": 200, "text": '{"d": {"results": []}}'}
    newcomer.env.faults({**empty, "match": {"path": "system/Divisions"}})
    _says(newcomer.finish(arrived), 77, "This login has access to no company", "tick at least one")


def test_a_state_that_is_not_ours_and_other_pastes(newcomer: Newcomer) -> None:
    newcomer.knows()
    address = newcomer.begin()
    arrived = newcomer.person.allow(address, ("425880",))
    pastes = {
        arrived.replace("state=", "state=x"): "another attempt to log in",
        arrived.partition("&state=")[0]: "another attempt to log in",
        address: "There is no code in this address",
        f"{PASTE}?error=server_error": "ended the login with an error",
        "": "Nothing was pasted",
        "ü": "neither an address nor a code",
        "code=short": "neither an address nor a code",
    }
    for text, sentence in pastes.items():
        _says(newcomer.finish(text), 77, sentence, never=(text,) if len(text) > 20 else ())
    # None of them spent the code.
    assert newcomer.finish(arrived).returncode == 0


def test_the_scope_for_accounts_is_missing(newcomer: Newcomer) -> None:
    newcomer.knows()
    newcomer.env.control("POST", "settings", {"scopes": ["organization.administration"]})
    arrived = newcomer.person.allow(newcomer.begin(), ("425880",))
    _says(
        newcomer.finish(arrived),
        77,
        "lacks the scope Crm accounts",
        "Tick it on the app's page at https://apps.exactonline.com",
    )


def test_the_scope_for_the_list_is_missing(newcomer: Newcomer) -> None:
    newcomer.knows()
    newcomer.env.control("POST", "settings", {"scopes": ["crm.accounts"]})
    arrived = newcomer.person.allow(newcomer.begin())
    _says(newcomer.finish(arrived), 78, "Organization administration", "divisions --use N")
    assert newcomer.env.run("divisions", "--use", "425881").returncode == 0
    again = newcomer.finish(newcomer.person.allow(newcomer.begin()))
    _says(again, 0, "companies cannot be listed, and what is deleted")
    assert "to company 425881" in again.stdout


def test_a_typed_division_where_they_cannot_be_listed(newcomer: Newcomer, at_terminal: Any) -> None:
    newcomer.knows()
    newcomer.env.control("POST", "settings", {"scopes": ["crm.accounts"]})
    terminal = at_terminal("login")
    terminal.asked("Address", newcomer.person.allow(terminal.address()))
    terminal.wait_for("Organization administration")
    terminal.asked("Number of the company", "425880")
    assert terminal.end() == 0
    assert newcomer.ini()["transient"]["division"] == "425880"


@pytest.mark.parametrize("kind", ["error_503", "html_200", "drop_before"])
def test_maintenance_while_the_code_is_exchanged(newcomer: Newcomer, kind: str) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin(), ("425880",))
    newcomer.env.faults({"kind": kind, "match": {"path": "oauth2/token"}, "times": 1})
    _says(newcomer.finish(arrived, "-vv"), 75, "04:00 to 04:30")
    # The code was not spent, and what was begun can be finished.
    assert newcomer.finish(arrived).returncode == 0


def test_maintenance_before_the_browser(newcomer: Newcomer) -> None:
    newcomer.knows()
    newcomer.env.faults({"kind": "error_503", "match": {"path": "oauth2/auth"}})
    _says(newcomer.env.run("login", "--print-url"), 75, "HTTP 503", "04:00 to 04:30")
    newcomer.env.sandbox.stop()
    _says(newcomer.env.run("login", "--print-url"), 75, "does not answer", "is saved")


def test_a_server_that_is_not_trusted(newcomer: Newcomer) -> None:
    newcomer.knows()
    text = newcomer.env.config.read_text(encoding="utf-8")
    newcomer.env.config.write_text(text.replace("ca_bundle", ";ca_bundle"), encoding="utf-8")
    _says(newcomer.env.run("login", "--print-url"), 78, "cannot be trusted", "ca_bundle")


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("revoke", "Access was revoked"),
        ("expire refresh", "not used for thirty days"),
        ("reuse", "renewed elsewhere"),
    ],
)
def test_a_refresh_token_that_is_no_good(newcomer: Newcomer, action: str, sentence: str) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin(), ("425880",))
    assert newcomer.finish(arrived).returncode == 0
    env = newcomer.env
    if action == "reuse":
        old = env.config.read_text(encoding="utf-8")
        env.control("POST", "clock", {"move": 700})
        env.control("POST", "tokens", {"action": "expire access"})
        assert env.run("divisions").returncode == 0
        env.config.write_text(old, encoding="utf-8")
    else:
        env.control("POST", "tokens", {"action": action})
    env.control("POST", "tokens", {"action": "expire access"})
    _says(env.run("divisions", "-vv"), 77, sentence, "exact-import login")


def test_a_refresh_that_is_too_early_uses_the_token_there_is(newcomer: Newcomer) -> None:
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin(), ("425880",))
    assert newcomer.finish(arrived).returncode == 0
    text = newcomer.env.config.read_text(encoding="utf-8")
    expiry = newcomer.ini()["transient"]["access_expiry"]
    newcomer.env.config.write_text(text.replace(expiry, "1"), encoding="utf-8")
    assert newcomer.env.run("divisions").returncode == 0
