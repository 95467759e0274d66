"""The lines of the doctor that ask Exact Online: the login, the clock, the company, the network."""

from __future__ import annotations

import socket
import time

import pytest

from examined import count_calls, examined, line_of, replace_in_config
from sandbox_env import SandboxEnv


def test_the_age_of_the_login(env: SandboxEnv) -> None:
    def renewed(days: float) -> None:
        expiry = int(time.time() - days * 86_400 + 600)
        replace_in_config(env, "access_expiry = .*", f"access_expiry = {expiry}")

    renewed(3)
    assert "renewed 3 days ago" in line_of(env, "login", 0, "--offline")
    renewed(26)
    line = line_of(env, "login", 0, "--offline")
    assert line.startswith("! ")
    assert "in 4 days" in line
    renewed(31)
    assert "it has expired (30 days without use) → exact-import login" in line_of(
        env, "login", 77, "--offline"
    )
    replace_in_config(env, "access_expiry = .*", "")
    assert "the next renewal shows" in line_of(env, "login", 0, "--offline")


def test_before_the_first_login(env: SandboxEnv) -> None:
    assert env.run("logout").returncode == 0
    found = examined(env, 77)
    assert found["login"]["message"] == "not logged in"
    assert found["connection"]["ok"] is True
    assert found["app"]["ok"] is True
    replace_in_config(env, "base_url = .*", "base_url = https://example.com/other")
    assert "not registered with the redirect URI" in line_of(env, "app", 77)
    env.sandbox.stop()
    assert "refuses the connection" in line_of(env, "connection", 77)


@pytest.mark.parametrize(
    ("action", "text"), [("revoke", "was revoked"), ("expire refresh", "thirty days")]
)
def test_a_login_that_is_no_good(env: SandboxEnv, action: str, text: str) -> None:
    env.control("POST", "tokens", {"action": action})
    env.control("POST", "tokens", {"action": "expire access"})
    line = line_of(env, "access", 77)
    assert text in line
    assert "exact-import login" in line
    assert count_calls(env) <= 3


def test_an_access_token_that_ended_is_renewed_within_three_calls(env: SandboxEnv) -> None:
    env.control("POST", "clock", {"move": 700})
    found = examined(env, 78)
    assert found["clock"]["ok"] is False
    assert found["company"]["ok"] is True
    assert count_calls(env) <= 3


def test_a_token_that_cannot_be_renewed_yet(env: SandboxEnv) -> None:
    env.control("POST", "tokens", {"action": "expire access"})
    found = examined(env, 77)
    assert "Wait ten minutes" in found["access"]["advice"]
    assert count_calls(env) <= 3


def test_the_clock(env: SandboxEnv) -> None:
    env.control("POST", "clock", {"move": 500})
    line = line_of(env, "clock", 78)
    assert "8 minutes behind Exact Online's" in line
    env.control("POST", "clock", {"move": -1100})
    assert "10 minutes ahead of Exact Online's" in line_of(env, "clock", 78)


def test_scopes(env: SandboxEnv) -> None:
    env.configure(
        "[account]\nName = {Company}\nPaymentConditionSales = {Terms}\nSalesVATCode = {VAT}\n"
    )
    line = line_of(env, "scopes", 0)
    assert "Financial cashflow (PaymentConditionSales in your mapping)" in line
    assert "Financial accounting (SalesVATCode in your mapping)" in line
    assert "Financial cashflow" in line_of(env, "online", 0, "--offline")
    env.control("POST", "settings", {"scopes": ["crm.accounts"]})
    line = line_of(env, "scopes", 0)
    assert line.startswith("! ")
    assert "lacks Organization administration" in line
    env.control("POST", "settings", {"scopes": ["organization.administration"]})
    line = line_of(env, "scopes", 77)
    assert line.startswith("✗ ")
    assert "lacks Crm accounts → Tick it on the app's page" in line


def test_the_company(env: SandboxEnv) -> None:
    assert "999 cannot be used" in line_of(env, "company", 78, "--division", "999")
    assert "(425881) can be read" in line_of(env, "company", 0, "--division", "425881")
    replace_in_config(env, "division = .*", "division =")
    assert "none is chosen → exact-import divisions --use N" in line_of(env, "company", 78)


def test_the_days_calls(env: SandboxEnv) -> None:
    env.control("POST", "settings", {"day_limit": 300})
    found = examined(env, 0)
    assert "of 300 are left today" in found["calls"]["message"]
    env.configure("[import]\nreserve = 299\n")
    line = line_of(env, "calls", 75)
    assert "299 are kept for other programs" in line
    assert "00:00 UTC" in line
    env.control("POST", "settings", {"day_limit": 1})
    assert "used up" in line_of(env, "connection", 75)


@pytest.mark.parametrize("kind", ["error_503", "html_200", "too_many", "drop_before", "empty_500"])
def test_trouble_is_not_repeated(env: SandboxEnv, kind: str) -> None:
    env.faults({"kind": kind})
    found = examined(env, 75)
    assert found["connection"]["ok"] is False
    assert found["company"]["ok"] is None
    assert count_calls(env) <= 3


def test_no_network(env: SandboxEnv) -> None:
    env.sandbox.stop()
    assert "it refuses the connection" in line_of(env, "connection", 75)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        env.variables |= {"HTTPS_PROXY": f"http://me:s3cret@127.0.0.1:{port}", "NO_PROXY": ""}
        ended = env.run("doctor", "-vv")
    assert ended.returncode == 75
    assert "the proxy in HTTPS_PROXY refuses the connection" in ended.stdout
    assert "s3cret" not in ended.stdout + ended.stderr


def test_a_certificate_that_is_not_trusted(env: SandboxEnv) -> None:
    replace_in_config(env, "ca_bundle", ";ca_bundle")
    line = line_of(env, "connection", 78)
    assert "certificate is not valid" in line
    assert "ca_bundle" in line


def test_a_minute_that_is_used_up_is_no_trouble_of_the_network(env: SandboxEnv) -> None:
    env.faults({"kind": "too_many"})
    line = line_of(env, "connection", 75)
    assert "too many calls" in line
    assert "in a minute" in line
    assert "network" not in line


def test_advice_without_a_login_is_about_the_network(env: SandboxEnv) -> None:
    assert env.run("logout").returncode == 0
    env.sandbox.stop()
    line = line_of(env, "connection", 77)
    assert "Check the network" in line
    assert "What you typed" not in line


def test_live_compares_the_companys_fields_with_those_known(env: SandboxEnv) -> None:
    found = examined(env, 0, "--live")
    assert found["fields"]["state"] == "ok", found["fields"]
    assert "fields" not in examined(env, 0)
    lacks = {"fields_missing": ["Account.SearchCode", "Contact.Title"], "fields_new": ["Account.X"]}
    env.control("POST", "settings", lacks)
    before = count_calls(env)
    found = examined(env, 0, "--live")
    assert count_calls(env) - before == 3
    assert found["fields missing"]["message"] == "account.SearchCode, contact.Title"
    assert found["fields new"]["message"].startswith("account.X;")
    env.configure("[account]\nName = {Company}\nSearchCode = {Search}\n")
    wrong = examined(env, 78, "--live")["fields"]
    assert "does not have account.SearchCode, which your mapping uses" in wrong["message"]
    assert "[account]" not in wrong["advice"]
