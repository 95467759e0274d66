"""The way back: what is exported imports again and changes nothing."""

from __future__ import annotations

import csv
import stat

from house import House

ACCOUNTS = [
    {"Name": "Bakkerij Zoë", "Code": "7", "Status": "C", "VATNumber": "BE0999102176"},
    {"Name": "=Rekenwerk", "Code": "123456789012345678", "Status": "P", "Phone": "+32 9 555 01 21"},
    {"Name": 'De "Gouden" Leeuw; en zoon', "Code": "8", "Status": "A", "IsSupplier": True},
]


def _fill(house: House) -> None:
    made = house.control("POST", "accounts", {"create": ACCOUNTS})["created"]
    people = [
        {"Account": made[0]["ID"], "FirstName": "An", "LastName": "'t Hooft"},
        {"Account": made[0]["ID"], "LastName": "O'Neill", "Notes": "één\ntwee;drie"},
        {"Account": made[1]["ID"], "LastName": "-Streep", "Mobile": "0475 55 01 21"},
    ]
    house.control("POST", "contacts", {"create": people})


def _rows(house: House, name: str = "out.csv", delimiter: str = ";") -> list[dict[str, str]]:
    with (house.folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_export_then_plan_changes_nothing(house: House) -> None:
    _fill(house)
    document = house.json("export", "out.csv")
    assert (document["rows"], document["accounts"], document["contacts"]) == (4, 3, 3)
    assert document["left_out"] == []
    assert len(_rows(house)) == 4
    planned = house.json("plan", "out.csv")
    assert planned["accounts"]["unchanged"] == 3
    assert planned["contacts"]["unchanged"] == 3
    assert planned["rows"]["unchanged"] == 4
    assert planned["problems"] == []


def test_export_is_private(house: House) -> None:
    _fill(house)
    house.json("export", "out.csv")
    assert stat.S_IMODE((house.folder / "out.csv").stat().st_mode) == 0o600
