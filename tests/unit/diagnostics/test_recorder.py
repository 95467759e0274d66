"""What a probe may show: the site, and no ID, division or address."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from exact_import.diagnostics.recorder import Recorder
from exact_import.exact.auth.storage import Storage


def recorder(tmp_path: Path, rest_url: str) -> Recorder:
    config = tmp_path / "config.ini"
    addresses = "".join(
        f"{name} = {rest_url}{path}\n"
        for name, path in (
            ("rest_url", ""),
            ("auth_url", "/oauth2/auth"),
            ("token_url", "/oauth2/token"),
        )
    )
    config.write_text(f"[server]\n{addresses}", encoding="utf-8")
    api = SimpleNamespace(storage=Storage(config), division=425880)
    return Recorder(cast("Any", api))


@pytest.mark.parametrize(
    ("rest_url", "site"),
    [
        ("https://start.exactonline.be/api", "exactonline.be"),
        ("https://start.exactonline.co.uk/api", "exactonline.co.uk"),
        ("https://127.0.0.1:8443/api", ""),
        ("https://localhost/exactonline.nl/api", ""),
        ("https://notexactonline.nl.example/api", ""),
    ],
)
def test_the_site_is_the_only_address_that_is_named(
    tmp_path: Path, rest_url: str, site: str
) -> None:
    assert recorder(tmp_path, rest_url).site == site


def test_ids_are_replaced_by_the_same_stand_in_each_time(tmp_path: Path) -> None:
    plain = recorder(tmp_path, "https://start.exactonline.nl/api").plain
    first, second = "0BE7677C-9a83-4c97-abab-31b4e69e663a", "9b810e76-6ec9-4286-a3ca-828dd5f4b3b2"
    assert plain(
        {"ID": first, "Account": first.lower(), "Creator": second, "Division": 425880}
    ) == {
        "ID": "00000000-0000-4000-8000-000000000001",
        "Account": "00000000-0000-4000-8000-000000000001",
        "Creator": "00000000-0000-4000-8000-000000000002",
        "Division": 0,
    }
    assert plain({"CreatorFullName": "An Maes", "__metadata": {"uri": "x"}, "Name": None}) == {
        "CreatorFullName": None,
        "Name": None,
    }
    assert plain(["https://start.exactonline.nl/api/v1/425880/crm"]) == [
        "https://example.com/api/v1/0/crm"
    ]


def test_digits_within_another_number_are_no_division(tmp_path: Path) -> None:
    plain = recorder(tmp_path, "https://start.exactonline.nl/api").plain
    assert plain(["BE1942588042", "division 425880"]) == ["BE1942588042", "division 0"]
