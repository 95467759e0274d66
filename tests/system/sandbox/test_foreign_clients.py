"""Programs that nobody here wrote talk to the sandbox: the stock library, and dlt's REST client."""

from __future__ import annotations

import configparser
import html
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import exactonline.http
import pytest
import urllib3
from exactonline.api import ExactApi
from exactonline.resource import GET, POST
from exactonline.storage.ini import IniStorage

from exact_sandbox import Sandbox, SandboxSettings

HOME = 425880


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    chosen = SandboxSettings(tmp_path / "sandbox", minute_limit=100_000, day_limit=100_000)
    with Sandbox(chosen) as sandbox:
        yield sandbox


@pytest.fixture(name="api")
def _api(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExactApi:
    """Return the stock library on a copy of the sandbox's configuration, as its tutorial has it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.ca_file))
    config = tmp_path / "config.ini"
    shutil.copy(sandbox.config, config)
    return ExactApi(storage=IniStorage(str(config)))


def code_of(address: str, sandbox: Sandbox) -> str:
    """Return the code that a person gets who logs in at `address` and chooses all companies."""
    forms = ({"user": "a", "password": "b"}, {"division": HOME, "answer": "allow"})
    with urllib3.PoolManager(ca_certs=str(sandbox.ca_file), retries=False) as pool:
        page = pool.request("GET", address)
        for form in forms:
            kept = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.data.decode())
            sent = [(name, html.unescape(value)) for name, value in kept]
            page = pool.request(
                "POST",
                address.partition("?")[0],
                body=urlencode([*sent, *form.items()]),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                redirect=False,
            )
        return parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]


def make(api: Any, count: int) -> list[str]:
    return [api.relations.create({"Name": f"Klant {number}"})["ID"] for number in range(count)]


def test_the_tutorial(api: Any) -> None:
    divisions, current = api.get_divisions()
    assert current in divisions
    api.set_division(current)
    ids = make(api, 103)
    assert len(api.relations.filter(top=100)) == 100
    assert len(api.relations.filter(top=5)) == 5
    assert len(api.relations.filter(filter="Name ne 'x'", top=100)) == 100
    assert len(api.relations.filter(filter="Name ne 'x'", top=500)) == 103
    assert len(api.relations.all()) == 103
    one = api.relations.get(filter=f"ID eq guid'{ids[0]}'")
    assert (one["Name"], one["Code"].strip()) == ("Klant 0", "0000001")
    assert api.relations.get(relation_code="0000002")["Name"] == "Klant 1"
    api.relations.update(ids[0], {"Name": "Anders", "Email": "x@example.com"})
    assert api.relations.get(filter=f"ID eq guid'{ids[0]}'")["Name"] == "Anders"
    person = {"Account": ids[0], "FirstName": "An", "LastName": "Maes"}
    contact = api.contacts.create(person)
    found = api.contacts.filter(filter=f"Account eq guid'{ids[0]}'")
    assert [row["ID"] for row in found] == [contact["ID"]]
    api.contacts.delete(contact["ID"])
    api.relations.delete(ids[0])
    assert len(api.relations.all()) == 102
    with pytest.raises(exactonline.http.HTTPError) as refused:
        api.relations.create({"Name": ""})
    assert refused.value.code == 500
    with pytest.raises(exactonline.http.HTTPError) as refused:
        api.relations.create({"Naam": "X"})
    assert refused.value.code == 400


def test_lists_that_the_library_only_reads_through(api: Any) -> None:
    ids = make(api, 3)
    assert len(api.restv1(GET("sync/CRM/Accounts?$filter=Timestamp+gt+1L&$select=ID,Name"))) == 3
    assert len(api.restv1(GET("bulk/CRM/Accounts?$select=ID,Code"))) == 3
    assert {row["Code"] for row in api.restv1(GET("system/AllDivisions?$select=Code"))} == {
        HOME,
        HOME + 1,
    }
    spaced = f"v1/{HOME}//crm/Accounts?$select=Name&$filter=ID+eq+guid+'{ids[0]}'"
    assert [row["Name"] for row in api.rest(GET(spaced))] == ["Klant 0"]
    bank = {"Account": ids[0], "BankAccount": "BE68539007547034"}
    api.restv1(POST("crm/BankAccounts", bank))
    expanded = "crm/Accounts?$select=ID,BankAccounts&$expand=BankAccounts&$filter=Name+eq+'Klant+0'"
    [account] = api.restv1(GET(expanded))
    assert [row["IBAN"] for row in account["BankAccounts"]["results"]] == ["BE68539007547034"]
    followed = api.restv1(GET(f"crm/Accounts(guid'{ids[0]}')/BankAccounts"))
    assert [row["IBAN"] for row in followed] == ["BE68539007547034"]
    skipped = api.restv1(GET("crm/Accounts?$skip=2&$select=ID"))
    assert len(skipped) == 1


def test_the_library_logs_in_and_refreshes(api: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    api.request_token(code_of(api.create_auth_request_url(), sandbox))
    assert api.relations.all() == []
    ini = configparser.RawConfigParser()
    ini.read(tmp_path / "config.ini")
    assert int(ini["transient"]["access_expiry"]) > time.time()
    with sandbox.remote() as remote:
        remote.move_clock(601)
        api.storage.set_access_expiry(0)
        assert api.relations.all() == []
        assert remote.counts()["refreshes"] == 1


def test_dlt_reads_every_page(api: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca_file))
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator, OffsetPaginator

    make(api, 130)
    client = RESTClient(
        base_url=f"{sandbox.url}/api/v1/{HOME}",
        headers={"Accept": "application/json"},
        auth=BearerTokenAuth(token=api.storage.get_access_token()),
        paginator=JSONLinkPaginator(next_url_path="d.__next"),
        data_selector="d.results",
    )

    pages = list(client.paginate("crm/Accounts", params={"$select": "ID,Name"}))
    assert [len(page) for page in pages] == [60, 60, 10]
    assert len({row["ID"] for page in pages for row in page}) == 130
    [listed] = client.paginate(
        "sync/CRM/Accounts", params={"$select": "ID,Name", "$filter": "Timestamp gt 1L"}
    )
    assert len(listed) == 130

    by_offset = OffsetPaginator(50, offset_param="$skip", limit_param="$top", total_path=None)
    pages = list(
        client.paginate(
            "crm/Accounts", params={"$select": "ID"}, paginator=by_offset, data_selector="d"
        )
    )
    assert len({row["ID"] for page in pages for row in page}) == 130
    changed = {"$select": "ID", "$filter": "Modified gt datetime'2020-01-01T00:00:00'"}
    counted = client.get("crm/Accounts", params={**changed, "$inlinecount": "allpages"}).json()
    assert counted["d"]["__count"] == "130"
