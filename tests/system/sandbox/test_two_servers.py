"""The sandbox and the server that was written apart from it answer the same queries alike."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from in_process import FIRST, new_env
from independent_env import WEI, independent

ACCOUNTS = 130
# The two differ in what is not known: capitals, and where a null stands in an order.
ATOMS = (
    "Name eq 'Best 3'",
    "Name ne 'Best 3'",
    "startswith(Name,'O''')",
    "endswith(Name,'1') eq true",
    "substringof('ei',Name)",
    "substringof('ei',Name) eq false",
    "City eq 'Gent'",
    "City ne 'Gent'",
    "City eq null",
    "City ne null",
    "Email ne 'a@b.example'",
    "Blocked",
    "Blocked eq false",
    "IsSales eq true",
    "Status gt 'A'",
    "Country eq 'NL '",
    "Postcode ge '9'",
    "StartDate ge datetime'2021-01-01'",
    "StartDate eq datetime'2020-01-01T00:00:00'",
    "EndDate gt datetime'2000-01-01'",
    "Code eq '           0000007'",
    "Code eq '0000007'",
    "trim(Code) eq '0000007'",
    "MainContact eq null",
    "ID ne guid'00000000-0000-4000-8000-000000000007'",
    "ID eq 5",
    "Name eq",
    "Naam eq 'x'",
)
FILTERS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join)
        | inner.map("({})".format)
        | inner.map("not ({})".format)
    ),
    max_leaves=4,
)
OPTIONS = st.fixed_dictionaries(
    {"$filter": FILTERS},
    optional={
        "$top": st.sampled_from(["1", "59", "60", "61", "100", "500"]),
        "$orderby": st.sampled_from(["ID", "ID desc"]),
    },
)


class Server(NamedTuple):
    root: str
    token: str
    pool: urllib3.PoolManager

    def ask(self, method: str, url: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        address = url if url.startswith("https:") else f"{self.root}/{url}"
        answer = self.pool.request(method, address, json=body, headers=headers)
        return answer.status, answer.json() if answer.data else None

    def read(self, url: str) -> tuple[int, list[str], list[int]]:
        """Return the status, the IDs of all pages, and how many each page had."""
        found, sizes = [], []
        for _ in range(20):
            status, document = self.ask("GET", url)
            if status != 200:
                return status, [], []
            d = document["d"]
            rows = d if isinstance(d, list) else d["results"]
            found += [row["ID"] for row in rows]
            sizes.append(len(rows))
            url = "" if isinstance(d, list) else d.get("__next", "")
            if not url:
                return 200, found, sizes
        raise AssertionError("the pages have no end")


def account(number: int) -> dict[str, object]:
    name = ("Best", "O'Neil", "Zeiler", "Acme")[number % 4]
    fields: dict[str, object] = {
        "ID": f"00000000-0000-4000-8000-{number:012d}",
        "Name": f"{name} {number % 40}",
        "City": (None, "Gent", "Gent ", "Utrecht")[number % 4],
        "Email": (None, "a@b.example")[number % 2],
        "Status": "CPA"[number % 3],
        "Blocked": number % 5 == 0,
        "Country": ("NL", "BE")[number % 2],
        "Postcode": ("9000", "1000")[number // 2 % 2],
        "StartDate": ("2020-01-01", "2021-06-01")[number // 3 % 2],
    }
    return {one: value for one, value in fields.items() if value is not None}


@pytest.fixture(name="servers", scope="module")
def _servers() -> Iterator[tuple[Server, Server]]:
    with independent(minute_limit=1_000_000) as other, new_env(error_limit=1_000_000) as env:
        other.server.day_limit, other.server.error_limit = 1_000_000, 1_000_000
        made = []
        for config, root, ca_file in (
            (env.config, f"{env.sandbox.url}/api/v1/{FIRST}", env.sandbox.ca_file),
            (other.config, f"{other.server.url}/api/v1/{WEI}", other.server.ca_file),
        ):
            made.append(_server(config, root, ca_file))
            for number in range(ACCOUNTS):
                assert made[-1].ask("POST", "crm/Accounts", account(number))[0] == 201
        yield made[0], made[1]
        for one in made:
            one.pool.clear()


def _server(config: Path, root: str, ca_file: Path) -> Server:
    ini = configparser.RawConfigParser()
    ini.read(config, encoding="utf-8")
    pool = urllib3.PoolManager(ca_certs=str(ca_file), retries=False)
    return Server(root, ini["transient"]["access_token"], pool)


@settings(max_examples=scaled(100), deadline=None)
@given(options=OPTIONS)
def test_queries_are_answered_alike(
    servers: tuple[Server, Server], options: dict[str, str]
) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in options.items())
    one, other = (server.read(f"crm/Accounts?$select=ID&{query}") for server in servers)
    if "$orderby" not in options and "$top" in options:  # any of them are right
        assert (one[0], one[2]) == (other[0], other[2])
    elif "$orderby" in options:
        assert one == other
    else:
        assert (one[0], sorted(one[1]), one[2]) == (other[0], sorted(other[1]), other[2])
