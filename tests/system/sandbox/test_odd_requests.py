"""Whatever is asked, the sandbox answers as a server does, and never fails itself."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exact_sandbox import RemoteControl, Sandbox, SandboxSettings

DIVISION = "425880"
WIDE: dict[str, Any] = {"minute_limit": 100_000, "day_limit": 100_000, "error_limit": 100_000}


class Asker:
    """Sends requests as they are given."""

    def __init__(self, sandbox: Sandbox) -> None:
        ini = configparser.RawConfigParser()
        ini.read(sandbox.config)
        self._root = f"{sandbox.url}/api/v1"
        self._pool = urllib3.PoolManager(ca_certs=str(sandbox.ca_file), retries=False)
        self._headers = {
            "Authorization": f"Bearer {ini['transient']['access_token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        made = self("POST", f"{DIVISION}/crm/Accounts", {"Name": "Er was eens"})
        self.id = json.loads(made.data)["d"]["ID"]

    def __call__(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            method,
            f"{self._root}/{path}",
            body=body if isinstance(body, bytes) or body is None else json.dumps(body),
            headers={**self._headers, **headers},
        )

    def accounts(self, query: str) -> urllib3.BaseHTTPResponse:
        return self("GET", f"{DIVISION}/crm/Accounts?{quote(query, safe='$=&')}")

    def close(self) -> None:
        self._pool.clear()


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(tmp_path / "sandbox", **WIDE)) as sandbox:
        yield sandbox


@pytest.fixture(name="ask")
def _ask(sandbox: Sandbox, remote: RemoteControl) -> Iterator[Asker]:
    asker = Asker(sandbox)
    yield asker
    asker.close()


def test_queries_that_make_no_sense(ask: Asker) -> None:
    for query, message in {
        "$filter=Name": "Expression of type 'Boolean' expected",
        "$filter=1": "Expression of type 'Boolean' expected",
        "$filter=not Name": "Expression of type 'Boolean' expected",
        "$filter=Name and Blocked": "Expression of type 'Boolean' expected",
        "$filter=ID eq guid'xx'": "Unrecognized 'Edm.Guid' literal",
        "$filter=startswith(Name,1)": "No applicable function",
        "$filter=tolower(ID) eq 'x'": "No applicable function",
        f"$filter=Code eq {'9' * 30}": "Unrecognized 'Edm.Int64' literal",
        f"$filter={'(' * 500}Blocked{')' * 500}": "Recursion depth",
        "$filter=Website eq 'x'": "Filtering on these fields is not supported: Website",
        "$filter=Blocked&$filter=Blocked": "exactly once",
        f"$top={'9' * 30}": "Bad Request",
        f"$skip={'9' * 5000}": "Bad Request",
        "$top=\N{SUPERSCRIPT TWO}": "Bad Request",
        "$orderby=BankAccounts": "No property",
        "$inlinecount=some": "$inlinecount",
        "$expand=Contacts": "Could not find a property named 'Contacts'",
    }.items():
        answer = ask.accounts(query)
        assert answer.status == 400, query
        assert message in json.loads(answer.data)["error"]["message"]["value"], query
    for path in ("sync/CRM/Accounts", "sync/Deleted"):
        for option in ("$orderby=ID", "$skip=1", "$inlinecount=allpages", "$expand=BankAccounts"):
            answer = ask("GET", f"{DIVISION}/{path}?$filter=Timestamp+gt+1L&{option}")
            assert answer.status == 400, (path, option)
    for long in (
        "+or+".join(["true"] * 700),
        "+and+".join(["not+(false+or+true)"] * 200),
        "(" * 18 + "startswith(Name,'x')+or+Blocked" + ")" * 18,
        "tolower(" * 19 + "Name" + ")" * 19 + "+eq+'x'",
    ):
        assert ask("GET", f"{DIVISION}/crm/Accounts?$filter={long}").status == 200, long


def test_lists_take_what_they_are_asked(ask: Asker) -> None:
    def get(path: str) -> Any:
        answer = ask("GET", f"{DIVISION}/{path}")
        text = answer.data.decode()
        return json.loads(text)["d"] if text.startswith("{") else text

    conditions = "cashflow/PaymentConditions"
    whole = [row["Code"] for row in get(f"{conditions}?$select=Code")["results"]]
    assert get(f"{conditions}/$count") == str(len(whole))
    backwards = get(f"{conditions}?$select=Code&$orderby=Code+desc&$top=2")
    assert [row["Code"] for row in backwards] == sorted(whole, reverse=True)[:2]
    rest = get(f"{conditions}?$select=Code&$skip=2&$inlinecount=allpages")
    assert [row["Code"] for row in rest["results"]] == whole[2:]
    assert rest["__count"] == str(len(whole))
    assert get(f"system/Divisions({DIVISION})?$select=Code")["Code"] == int(DIVISION)
    one = get(f"crm/Accounts(guid'{ask.id}')?$select=BankAccounts&$expand=BankAccounts")
    assert one["BankAccounts"] == {"results": []}
    assert len(get("sync/CRM/Accounts?$filter=Timestamp+gt+1L&$top=1")) == 1
    assert len(get("bulk/CRM/Accounts?$select=ID&$top=1")) == 1
    for path in (
        f"{conditions}(guid'{ask.id}')",
        "system/Divisions(1)",
        "bulk/CRM/Accounts/$count",
        f"crm/Accounts(guid'{ask.id}')/Name",
    ):
        assert ask("GET", f"{DIVISION}/{path}").status == 404, path
    assert ask("GET", f"{DIVISION}/crm/Accounts(guid'{ask.id}')?$apply=x").status == 400
    assert ask("GET", f"{'9' * 30}/crm/Accounts").status == 404


@pytest.mark.parametrize(
    "field",
    [
        {"SecurityLevel": 10**30},
        {"SecurityLevel": 2**31},
        {"SecurityLevel": "10"},
        {"SecurityLevel": 1.5},
        {"IsAgency": 256},
        {"IsAgency": -1},
        {"IncotermVersionSales": 2**15},
        {"DiscountSales": "0.5"},
        {"Blocked": 1},
        {"Name": ["x"]},
        {"Code": 5},
        {"StartDate": "2020-01-01T00:00:00+99:00"},
        {"StartDate": "/Date(99999999999999999999)/"},
        {"StartDate": 5},
        {"ID": "x"},
        {"name": "x"},
    ],
    ids=str,
)
def test_values_of_another_type_are_400(ask: Asker, field: dict[str, object]) -> None:
    answer = ask("POST", f"{DIVISION}/crm/Accounts", {"Name": "x", **field})
    assert answer.status == 400, answer.data
    assert b"Error processing request stream" in answer.data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[" * 100_000,
        b'{"Name": "\xe9"}',
        b'{"Name": "\\ud800"}',
        b'{"Name": "x", "DiscountSales": NaN}',
        b'{"Name": "x", "DiscountSales": 1e400}',
        b"null",
        b'"Name"',
    ],
    ids=lambda body: repr(body[:30]),
)
def test_bodies_that_are_no_record_are_400(ask: Asker, body: bytes) -> None:
    for method, path in (("POST", ""), ("PUT", f"(guid'{ask.id}')")):
        answer = ask(method, f"{DIVISION}/crm/Accounts{path}", body)
        assert answer.status == 400, answer.data
        assert json.loads(answer.data)["error"]["message"]["value"]


def test_an_account_keeps_its_number(ask: Asker) -> None:
    path = f"{DIVISION}/crm/Accounts(guid'{ask.id}')"
    for nothing in (None, "", "  "):
        assert ask("PUT", path, {"Code": nothing}).status in (204, 500)
        assert json.loads(ask("GET", path).data)["d"]["Code"].strip() == "0000001"


WORDS_TEXT = """
    ( ) , ' and or not eq ne gt le Name Code ID Blocked Created SecurityLevel BankAccounts Naam / $
    % 'x' 'O''N' 5 5L 1.5 -1 true null guid'x' guid'00000000-0000-4000-8000-000000000000'
    datetime'2020-01-01' datetime'x' startswith( substringof( trim( tolower( endswith(
"""
WORDS = st.sampled_from(WORDS_TEXT.split())
OPTIONS = st.sampled_from(
    ["$filter", "$orderby", "$select", "$top", "$skip", "$skiptoken", "$expand", "$inlinecount"]
)
SERVICES = st.sampled_from(
    [
        "crm/Accounts",
        "crm/Contacts",
        "crm/Accounts/$count",
        "sync/CRM/Accounts",
        "sync/Deleted",
        "bulk/CRM/Contacts",
        "vat/VATCodes",
        "system/Divisions",
    ]
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    service=SERVICES,
    query=st.dictionaries(OPTIONS, st.lists(WORDS, max_size=9).map(" ".join), max_size=3),
    accept=st.sampled_from(["application/json", "*/*"]),
)
def test_any_query_is_answered(
    ask: Asker, remote: RemoteControl, service: str, query: dict[str, str], accept: str
) -> None:
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    answer = ask("GET", f"{DIVISION}/{service}?{text}", Accept=accept)
    assert answer.status in (200, 400), (answer.status, answer.data)
    assert remote.counts()["failures"] == 0
