"""What the sandbox's REST API lists: pages, filters, sync and bulk lists, references."""

from __future__ import annotations

import json

import pytest

from exact_sandbox import RemoteControl
from rest_client import HOME, Client, error_body


def test_reading_everything_without_a_filter_can_be_refused(
    client: Client, remote: RemoteControl
) -> None:
    for kind in ("Accounts", "Contacts"):
        assert client.crm("GET", kind).status == 200
    remote.settings(unfiltered="refused")
    answer = client.crm("GET", "Accounts")
    assert answer.status == 400
    assert "mandatory filtering" in answer.message
    other = client.crm("GET", "Accounts?$filter=AccountManagerFullName eq 'X'")
    assert other.status == 400
    # Contacts, addresses and bank accounts have no mandatory filter.
    for kind in ("Contacts", "Addresses", "BankAccounts"):
        assert client.crm("GET", kind).status == 200


def test_pages_follow_each_other(client: Client) -> None:
    made = {client.make(Name=f"N{n}", Status="C")["ID"] for n in range(7)}
    path, seen = f"{HOME}/crm/Accounts?$filter=Status+eq+'C'&$select=ID,Code", []
    sizes = []
    while path:
        found = client("GET", path).d
        sizes.append(len(found["results"]))
        seen += [row["ID"] for row in found["results"]]
        path = found.get("__next", "")
    assert (sizes, set(seen), len(seen)) == ([3, 3, 1], made, 7)
    ordered = f"{HOME}/crm/Accounts?$filter=Status eq 'C'&$select=Name&$orderby=Name desc"
    first = client("GET", ordered).d
    rest = client("GET", first["__next"]).d
    names = [row["Name"] for row in first["results"] + rest["results"]]
    assert names == ["N6", "N5", "N4", "N3", "N2", "N1"]
    top = client.crm("GET", "Accounts?$filter=Status eq 'C'&$top=2&$select=ID").d
    assert (type(top), len(top)) == (list, 2)
    counted = client.crm("GET", "Accounts?$filter=Status eq 'C'&$inlinecount=allpages").d
    assert counted["__count"] == "7"
    counted = client.crm("GET", "Accounts?$inlinecount=allpages&$top=2&$select=ID").d
    assert (counted["__count"], len(counted["results"])) == ("7", 2)


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ("Code eq '           0000002'", ["2"]),
        ("Code eq '2'", []),
        ("trim(Code) eq '0000002'", ["2"]),
        ("Name eq 'O''Neil' or Code eq '           0000002'", ["1", "2"]),
        ("startswith(Name,'Zo')", ["2"]),
        ("substringof('on',Name) eq true", ["2"]),
        ("endswith(Name,'rd') and City ne 'Gent'", ["3"]),
        ("(Status eq 'C' and not (Blocked eq true))", ["1"]),
        ("Blocked eq true", ["3"]),
        ("Email ne null", ["1"]),
        ("Email eq null and Country eq 'NL'", ["3"]),
        ("StartDate ge datetime'2020-01-01' and StartDate lt datetime'2020-01-02'", ["2"]),
        ("toupper(Name) eq 'ZOË MAES'", []),
        ("IsSales eq true", ["1"]),
        ("Created gt datetime'2001-01-01T00:00:00'", ["1", "2", "3"]),
    ],
)
def test_filters(client: Client, wanted: str, codes: list[str]) -> None:
    client.make(Name="O'Neil", Email="o@example.com", Status="C", City="Gent")
    client.make(Name="Zoë & zonen", StartDate="2020-01-01T10:00:00Z")
    client.make(Name="Gerard", Blocked=True, Country="NL")
    path = f"Accounts?$select=Code&$orderby=Code&$filter={wanted.replace('&', '%26')}"
    found = client.crm("GET", path)
    assert found.status == 200, found.body
    assert [row["Code"].strip().lstrip("0") for row in found.d["results"]] == codes


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "$filter=ID eq 1",
            (
                "Operator 'eq' incompatible with operand types 'System.Guid' and 'System.Int32' "
                "at position 3."
            ),
        ),
        ("$filter=Naam eq 'x'", "No property 'Naam' exists in type "),
        ("$filter=Name eq 'x'&$select=Naam", "Could not find a property named 'Naam'"),
        ("$filter=Name eq 'x", "Syntax error at position 8."),
        ("$filter=(Name eq 'x'", "Syntax error"),
        ("$filter=Name eq 'x' Code", "Syntax error"),
        ("$filter=Name eq 'x'&$skip=three", "Bad Request"),
        ("$filter=Name eq 'x'&$skiptoken=three", "Bad Request"),
        ("$filter=Name eq 'x'&$apply=x", "The query option '$apply' is not supported"),
        ("$filter=ID gt guid'00000000-0000-0000-0000-000000000000'", "Operator 'gt'"),
    ],
)
def test_filters_that_make_no_sense_are_400(client: Client, query: str, message: str) -> None:
    answer = client.crm("GET", f"Accounts?{query}")
    assert answer.status == 400
    assert answer.body == error_body(answer.message)
    assert answer.message.startswith(message)


def test_sync_pages_are_in_the_order_of_change(client: Client, remote: RemoteControl) -> None:
    made = [client.make(Name=f"N{n}")["ID"] for n in range(6)]
    client.crm("PUT", f"Accounts(guid'{made[0]}')", {"Name": "Anders"})
    path = f"{HOME}/sync/CRM/Accounts?$filter=Timestamp gt 1L&$select=ID,Name,Timestamp"
    first = client("GET", path).d
    second = client("GET", first["__next"]).d
    rows = first["results"] + second["results"]
    assert "__next" not in second
    assert [row["ID"] for row in rows] == [*made[1:], made[0]]
    stamps = [row["Timestamp"] for row in rows]
    assert stamps == sorted(set(stamps))
    last = client("GET", f"{HOME}/sync/CRM/Accounts?$filter=Timestamp gt {stamps[-1]}L").d
    assert last == {"results": []}
    remote.settings(timestamp_as_text=True)
    assert client("GET", path).d["results"][0]["Timestamp"] == str(stamps[0])
    for query in ("", "?$filter=Name eq 'x'", "?$filter=Timestamp gt 1L&$select=*"):
        assert client("GET", f"{HOME}/sync/CRM/Accounts{query}").status == 400


def test_bulk_pages_want_a_selection(client: Client) -> None:
    account = client.make(Name="X")["ID"]
    for n in range(5):
        client.make("Contacts", Account=account, LastName=f"L{n}", Email=f"l{n}@example.com")
    assert client("GET", f"{HOME}/bulk/CRM/Contacts").status == 400
    first = client("GET", f"{HOME}/bulk/CRM/Contacts?$select=LastName,AccountName").d
    second = client("GET", first["__next"]).d
    assert len(first["results"] + second["results"]) == 5
    assert first["results"][0]["AccountName"] == "X"
    wanted = f"$select=ID&$filter=Account eq guid'{account}'"
    assert client("GET", f"{HOME}/bulk/CRM/Contacts?{wanted}").status == 200
    other = client("GET", f"{HOME}/bulk/CRM/Contacts?$select=ID&$filter=Email eq 'a@b.be'")
    assert other.message == "Filtering on these fields is not supported: Email"


def test_the_next_page_of_bulk_lists_can_stand_beside_the_records(
    client: Client, remote: RemoteControl
) -> None:
    for number in range(5):
        client.make(Name=f"N{number}")
    remote.settings(bulk_next="beside")
    first = json.loads(client("GET", f"{HOME}/bulk/CRM/Accounts?$select=Name").body)
    second = json.loads(client("GET", first["__next"]).body)
    assert [len(first["d"]), second] == [4, {"d": second["d"]}]
    assert len({row["Name"] for row in first["d"] + second["d"]}) == 5
    assert len(client("GET", f"{HOME}/bulk/CRM/Accounts?$top=1").d) == 1


def test_a_filter_on_what_a_contact_shows_of_its_account(client: Client) -> None:
    one = client.make(Name="Een", Status="C")
    other = client.make(Name="Twee", IsSupplier=True)
    for account in (one, one, other):
        client.make("Contacts", Account=account["ID"], LastName=account["Name"])
    for wanted, count in (
        ("IsMainContact eq true", 2),
        ("IsMainContact eq false", 1),
        ("AccountIsCustomer eq true", 2),
        ("AccountIsSupplier eq true", 1),
        ("AccountName eq 'Twee' and IsMainContact eq true", 1),
    ):
        found = client.crm("GET", f"Contacts?$select=ID&$filter={wanted}").d["results"]
        assert len(found) == count, wanted


def test_the_lists_that_records_refer_to(client: Client) -> None:
    conditions, path = [], f"{HOME}/cashflow/PaymentConditions?$select=Code,Description"
    while path:
        page = client("GET", path).d
        conditions += page["results"]
        path = page.get("__next", "")
    assert ("30", "30 dagen") in [(one["Code"], one["Description"]) for one in conditions]
    assert len(conditions) == 7
    codes = client("GET", f"{HOME}/vat/VATCodes?$filter=Code eq '4'").d["results"]
    assert [(code["Code"], code["Percentage"]) for code in codes] == [("4  ", 0.21)]
    classes = client("GET", f"{HOME}/crm/AccountClassifications?$filter=Code eq 'BOUW'").d
    bouw = classes["results"][0]["ID"]
    assert client.make(Name="X", Classification1=bouw)["Classification1"] == bouw
    assert client.crm("POST", "Accounts", {"Name": "Y", "Classification2": bouw}).status == 500
    names = client("GET", f"{HOME}/crm/AccountClassificationNames").d["results"]
    assert names[0]["SequenceNumber"] == 1
    for path in ("crm/AddressStates", "general/Currencies"):
        assert client("GET", f"{HOME}/{path}").d["results"]


def test_divisions_under_their_two_names(client: Client) -> None:
    hrm = client("GET", f"{HOME}/hrm/Divisions?$select=Code,HID,Main,Status").d["results"]
    assert [(row["Code"], row["Status"]) for row in hrm] == [(HOME, 0), (HOME + 1, 0)]
    system = client("GET", f"{HOME}/system/Divisions?$select=Code,Hid,IsMainDivision,Status").d
    assert [row["Status"] for row in system["results"]] == [1, 1]
    assert client("GET", f"{HOME}/system/Divisions?$select=HID").status == 400


def test_edits_by_someone_else_show_in_sync_pages(client: Client, remote: RemoteControl) -> None:
    made = client.make(Name="Van ons")
    edited = remote.edit(
        "accounts",
        create=[{"Name": "Van een ander"}],
        update=[{"ID": made["ID"], "Phone": "03 1"}],
    )
    assert edited["updated"][0]["ModifierFullName"] != made["ModifierFullName"]
    rows = client("GET", f"{HOME}/sync/CRM/Accounts?$filter=Timestamp gt 1L").d["results"]
    assert {row["Name"]: row["Phone"] for row in rows} == {"Van ons": "03 1", "Van een ander": None}
    remote.edit("accounts", delete=[made["ID"]])
    assert [row["Name"] for row in remote.records()] == ["Van een ander"]
    with pytest.raises(ValueError, match="Mandatory: Name"):
        remote.edit("accounts", create=[{"City": "Gent"}])
    assert remote.generate(accounts=20, contacts=30) == {"accounts": 20, "contacts": 30}
    assert len(remote.records("contacts")) == 30
