"""The sandbox's REST API, over real TLS, against what is recorded of Exact Online."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import exactonline.http
import pytest
from exactonline.api import ExactApi
from exactonline.resource import GET
from exactonline.storage.ini import IniStorage
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from exact_sandbox import RemoteControl, Sandbox
from rest_client import HOME, Client, error_body


def test_who_am_i_needs_no_division_and_is_not_counted(client: Client) -> None:
    answer = client("GET", "current/Me?$select=CurrentDivision")
    assert answer.d["results"][0]["CurrentDivision"] == HOME
    assert not [name for name in answer.headers if name.startswith("X-RateLimit")]


def test_a_created_account_shows_little_unless_asked(client: Client) -> None:
    bare = client.crm("POST", "Accounts", {"Name": "Zoë & zonen"})
    assert bare.status == 201
    zeros = {
        "CostPaid",
        "IsAccountant",
        "IsAgency",
        "IsAnonymised",
        "IsCompetitor",
        "IsMailing",
        "SeparateInvPerProject",
        "SeparateInvPerSubscription",
        "IgnoreDatevWarningMessage",
    }
    filled = {name for name, value in bare.d.items() if value is not None}
    assert filled == zeros | {"ID", "__metadata", "BankAccounts"}
    stored = client.get("Accounts", bare.d["ID"])
    assert stored["Name"] == "Zoë & zonen"
    assert stored["Code"] == "           0000001"
    assert (stored["Status"], stored["Type"], stored["Country"]) == ("A", "A", "BE ")
    assert (stored["SalesCurrency"], stored["SecurityLevel"]) == ("EUR", 10)
    assert (stored["Blocked"], stored["InvoicingMethod"]) == (False, 0)
    assert re.fullmatch(r"/Date\(\d+\)/", stored["Created"])
    full = client.make(Name="Vol", Code="41", Language="NL-BE", SalesVATCode="4", Status="C")
    assert full["Code"] == "                41"
    assert (full["Language"], full["SalesVATCode"]) == ("NL-BE     ", "4  ")
    assert (full["IsSales"], full["IsPurchase"]) == (True, True)
    assert full["SalesVATCodeDescription"] == "Btw hoog, exclusief"
    assert client.make(Name="Volgende")["Code"] == "           0000042"


def test_refusals_are_500_in_the_words_of_exact_online(
    client: Client, remote: RemoteControl
) -> None:
    refused = client.crm("POST", "Accounts", {"Name": "X", "Email": "no address"})
    assert (refused.status, refused.body) == (500, error_body("Invalid: Email []"))
    client.make(Name="Eerste", Code="1")
    twice = client.crm("POST", "Accounts", {"Name": "Tweede", "Code": "1"})
    assert (twice.status, twice.body) == (500, error_body("Data already exists."))
    remote.settings(language="nl")
    twice = client.crm("POST", "Accounts", {"Name": "Tweede", "Code": "1"})
    assert (twice.status, twice.body) == (500, error_body("Gegeven bestaat reeds."))
    several = client.crm("POST", "Accounts", {"Email": "x", "VATNumber": "BE12", "Code": "A1"})
    assert several.message == (
        "Verplicht: Naam\r\nOngeldig: Code []\r\nOngeldig: Btw-nummer []\r\nOngeldig: E-mail []\r\n"
    )
    nobody = "00000000-0000-4000-8000-000000000000"
    orphan = client.crm("POST", "Contacts", {"Account": nobody, "FirstName": "A"})
    assert orphan.message == "Ongeldige referentie: Relatie"
    assert len(remote.records()) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Name": " "}, "Mandatory: Name"),
        ({"Name": "X", "VATNumber": "NL123456782"}, "Invalid: VAT number []"),
        ({"Name": "X", "Country": "XX"}, "Invalid: Country []"),
        ({"Name": "X", "Status": "K"}, "Invalid: Status []"),
        ({"Name": "X", "Language": "Nederlands"}, "Invalid: Language []"),
        ({"Name": "X", "State": "ZZ", "Country": "BE"}, "Invalid: State []"),
        ({"Name": "X", "Code": "1234567890123456789"}, "Invalid: Code []"),
        ({"Name": "X", "SalesVATCode": "99"}, "Invalid reference: VAT code: Sales"),
        (
            {"Name": "X", "PaymentConditionSales": "99"},
            "Invalid reference: Payment condition: Sales",
        ),
        (
            {"Name": "X", "Classification1": "00000000-0000-4000-8000-000000000000"},
            "Invalid reference: Classification1",
        ),
        (
            {"Name": "X", "MainContact": "00000000-0000-4000-8000-000000000000"},
            "Invalid reference: Main contact",
        ),
    ],
)
def test_each_rule_of_an_account(client: Client, fields: dict[str, str], message: str) -> None:
    answer = client.crm("POST", "Accounts", fields)
    assert (answer.status, answer.message) == (500, message)


def test_only_codes_are_unique(client: Client) -> None:
    alike = {"Name": "Acme", "Email": "info@acme.example", "VATNumber": "BE0403019261"}
    one, other = client.make(**alike), client.make(**alike)
    for person in (one, one, other):
        client.make("Contacts", Account=person["ID"], LastName="Maes", Email="a@acme.example")
    client.make(Name="Met nummer", Code="0077799")
    for code in ("77799", "0077799", "077799"):
        answer = client.crm("POST", "Accounts", {"Name": "X", "Code": code})
        assert (answer.status, answer.message) == (500, "Data already exists.")


def test_what_the_reader_cannot_take_is_400(client: Client) -> None:
    unknown = client.crm("POST", "Contacts", {"X": 1})
    text = (
        "Error processing request stream. The property name 'X' specified for type "
        "'Exact.Web.Api.Models.Contact' is not valid."
    )
    assert (unknown.status, unknown.body) == (400, error_body(text))
    for fields in ({"Blocked": "maybe"}, {"StartDate": "31/12/2025"}, {"Parent": "12"}):
        answer = client.crm("POST", "Accounts", {"Name": "X", **fields})
        assert answer.status == 400
        assert "converting the value" in answer.message
    assert client.crm("PUT", "Accounts", {"Name": "X"}).status == 400


def test_known_names_that_are_read_only_are_ignored(client: Client) -> None:
    made = client.make(Name="X", IsSales=True, SalesCurrency="BTC", CountryName="Utopia")
    assert (made["IsSales"], made["SalesCurrency"], made["CountryName"]) == (False, None, None)


def test_a_value_too_long_is_cut_without_a_word(client: Client) -> None:
    long = "Llanfairpwllgwyngyllgogerychwyrndrobwll"
    assert client.make(Name="X", City=long)["City"] == long[:30]


def test_an_update_changes_what_it_names(client: Client) -> None:
    made = client.make(Name="Oud", Code="7", Phone="02 1", Email="a@example.com")
    path = f"Accounts(guid'{made['ID']}')"
    changed = client.crm("PUT", path, {"Name": "Nieuw", "Phone": None})
    assert (changed.status, changed.body) == (204, b"")
    stored = client.get("Accounts", made["ID"])
    assert (stored["Name"], stored["Phone"], stored["Email"]) == ("Nieuw", None, "a@example.com")
    own_code = client.crm("PUT", path, {"Name": "Nieuw", "Code": "7"})
    assert (own_code.status, own_code.message) == (500, "Data already exists.")
    assert client.crm("PUT", path, {"Code": "8"}).status == 204
    nobody = "Accounts(guid'00000000-0000-4000-8000-000000000000')"
    assert client.crm("PUT", nobody, {"Name": "X"}).status == 404
    assert client.crm("GET", nobody).status == 404
    assert client.crm("DELETE", nobody).status == 403


def test_null_may_be_made_to_clear_nothing(client: Client, remote: RemoteControl) -> None:
    remote.settings(put_null="ignored")
    made = client.make(Name="X", Phone="02 1", Email="a@example.com")
    client.crm("PUT", f"Accounts(guid'{made['ID']}')", {"Phone": None, "Email": ""})
    stored = client.get("Accounts", made["ID"])
    assert (stored["Phone"], stored["Email"]) == ("02 1", None)


def test_contacts_belong_to_one_account_for_good(client: Client) -> None:
    one, other = client.make(Name="Een", Code="12"), client.make(Name="Twee")
    made = client.make(
        "Contacts", Account=one["ID"], FirstName="Jan", MiddleName="van", LastName="Dijk"
    )
    assert (made["FullName"], made["AccountName"]) == ("Jan van Dijk", "Een")
    # The first contact of an account is its main one.
    assert (made["Code"], made["IsMainContact"], made["HID"]) == (one["Code"], True, 1)
    second = client.make("Contacts", Account=one["ID"], LastName="Maes")
    assert second["IsMainContact"] is False
    path = f"Contacts(guid'{made['ID']}')"
    assert client.crm("PUT", path, {"Account": other["ID"], "LastName": "Dam"}).status == 204
    assert client.get("Contacts", made["ID"])["AccountName"] == "Een"
    assert (
        client.crm("PUT", f"Accounts(guid'{one['ID']}')", {"MainContact": second["ID"]}).status
        == 204
    )
    assert client.get("Contacts", made["ID"])["IsMainContact"] is False
    assert client.get("Contacts", second["ID"])["IsMainContact"] is True
    assert client.crm("PUT", path, {"FirstName": "", "LastName": None}).status == 500
    for fields, message in (
        ({"FirstName": "A"}, "Mandatory: Account"),
        ({"Account": one["ID"]}, "Mandatory: Last name"),
        ({"Account": one["ID"], "LastName": "A", "Gender": "X"}, "Invalid: Gender []"),
    ):
        answer = client.crm("POST", "Contacts", fields)
        assert (answer.status, answer.message) == (500, message)


def test_deleting_an_account_takes_its_parts_along(client: Client, remote: RemoteControl) -> None:
    account = client.make(Name="Weg")
    contact = client.make("Contacts", Account=account["ID"], LastName="Weg")
    remote.edit("accounts", hold=[account["ID"]])
    path = f"Accounts(guid'{account['ID']}')"
    refused = client.crm("DELETE", path)
    assert (refused.status, refused.message) == (500, "In use")
    remote.edit("accounts", release=[account["ID"]])
    assert client.crm("DELETE", path).status == 204
    assert client.crm("GET", path).status == 404
    gone = client("GET", f"{HOME}/sync/Deleted?$filter=Timestamp gt 1L").d["results"]
    assert [(row["EntityType"], row["EntityKey"]) for row in gone] == [
        (5, contact["ID"]),
        (2, account["ID"]),
    ]
    remote.move_clock(70 * 86400)
    client.token = remote.tokens("grant")["access"]
    assert client("GET", f"{HOME}/sync/Deleted?$filter=Timestamp gt 1L").d["results"] == []


def test_the_same_address_is_made_once(client: Client) -> None:
    account = client.make(Name="X")["ID"]
    sent = {"Account": account, "Type": 4, "AddressLine1": "Kaai 1", "City": "Gent"}
    first = client.make("Addresses", **sent)
    assert client.make("Addresses", **sent)["ID"] == first["ID"]
    second = client.make("Addresses", **{**sent, "AddressLine1": "Kaai 2", "Main": True})
    assert (first["Main"], second["Main"]) == (True, True)
    assert client.get("Addresses", first["ID"])["Main"] is False
    listed = client.crm("GET", f"Addresses?$filter=Account eq guid'{account}'&$select=ID").d
    assert len(listed["results"]) == 2


def test_bank_accounts(client: Client) -> None:
    account = client.make(Name="X")["ID"]
    made = client.make("BankAccounts", Account=account, BankAccount="BE68539007547034")
    assert (made["Main"], made["IBAN"], made["Type"]) == (True, "BE68539007547034", "A")
    wrong = client.crm(
        "POST", "BankAccounts", {"Account": account, "BankAccount": "BE68539007547035"}
    )
    assert wrong.message == "Invalid: Bank account []"
    none = client.crm("POST", "BankAccounts", {"Account": account})
    assert none.message == "Mandatory: Bank account"


def test_who_may_not_enter(client: Client, remote: RemoteControl) -> None:
    wrong = client("GET", "1/crm/Accounts?$filter=Name eq 'x'")
    assert (wrong.status, wrong.body) == (403, error_body("Forbidden - WrongDivision"))
    remote.settings(scopes=["crm.accounts"])
    outside = client("GET", f"{HOME}/sync/Deleted?$filter=Timestamp gt 1L")
    text = (
        "Forbidden - Application Scope Violated. Cannot read 'organization.administration' scope."
    )
    assert (outside.status, outside.body) == (403, error_body(text))
    assert client("GET", "current/Me").status == 200
    client.token = "stale"
    answer = client("GET", "current/Me")
    assert (answer.status, answer.body) == (401, b"")


def test_a_caller_who_does_not_ask_for_json_gets_atom(client: Client) -> None:
    answer = client("GET", "current/Me", Accept="*/*")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    made = client.make(Name="Zoë & zonen", Status="C")
    one = client.crm("GET", f"Accounts(guid'{made['ID']}')", Accept="*/*").body.decode()
    feed = client.crm("GET", "Accounts?$select=ID,Name,Phone", Accept="*/*").body.decode()
    for text in (one, feed):
        assert "<d:Name>Zoë &amp; zonen</d:Name>" in text
        assert '<d:Phone m:null="true" />' in text
    assert '<d:IsSales m:type="Edm.Boolean">true</d:IsSales>' in one
    sent = client.crm("POST", "Accounts", {"Name": "Nieuw"}, Accept="*/*")
    assert (sent.status, b"<entry" in sent.body) == (201, True)


def test_the_log_names_what_was_asked_but_no_values(client: Client, remote: RemoteControl) -> None:
    client.make(Name="Geheim", Phone="02 1")
    entry = remote.log()[-1]
    assert (entry["method"], entry["endpoint"], entry["division"]) == ("POST", "crm/Accounts", HOME)
    assert (entry["body"], entry["status"], entry["token"]) == (["Name", "Phone"], 201, False)
    assert "Geheim" not in json.dumps(remote.log())
    assert remote.log(entry["seq"]) == []


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "crm/Nothing", None, 404),
        ("GET", "current", None, 404),
        ("PATCH", "crm/Accounts", {}, 400),
        ("PATCH", "crm/Accounts(guid'{id}')", {}, 405),
        ("POST", "sync/CRM/Accounts", {}, 405),
        ("GET", "crm/Accounts(12)", None, 400),
        ("DELETE", "crm/Accounts", None, 400),
        ("POST", "crm/Accounts", ["Name"], 400),
        ("PUT", "crm/Accounts(guid'{id}')", {"Name": ""}, 500),
        ("POST", "crm/Accounts", {"Name": "X", "ID": "{id}"}, 500),
        ("GET", "crm/Accounts?$filter=Name eq '" + "x" * 6000 + "'", None, 414),
        ("GET", "crm/Accounts?$filter=Name eq 'x'&$top=many", None, 400),
    ],
)
def test_odd_requests(client: Client, method: str, path: str, content: object, status: int) -> None:
    made = client.make(Name="X")["ID"]
    sent = json.loads(json.dumps(content).replace("{id}", made))
    answer = client(method, f"{HOME}/{path.replace('{id}', made)}", sent)
    assert answer.status == status
    assert client.get("Accounts", made)["Name"] == "X"


def test_a_body_that_is_no_json(client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.token}", "Accept": "application/json"}
    address = f"{client.url}/api/v1/{HOME}/crm/Accounts"
    for kind, status in (({}, 415), ({"Content-Type": "application/json"}, 400)):
        answer = client.pool.request("POST", address, body=b"Name=X", headers={**headers, **kind})
        assert answer.status == status


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40))
def test_any_name_is_stored_and_found_again(client: Client, name: str) -> None:
    assume(name.strip())
    made = client.make(Name=name)
    assert made["Name"] == name
    wanted = quote("Name eq '" + name.replace("'", "''") + "'")
    found = client.crm("GET", f"Accounts?$filter={wanted}&$select=ID,Name&$orderby=Created desc")
    rows = {row["ID"]: row["Name"] for row in found.d["results"]}
    assert rows[made["ID"]] == name
    assert {text.rstrip(" ") for text in rows.values()} == {name.rstrip(" ")}


def test_the_stock_library_works_with_it(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The file says what the library needs to trust the certificate.
    assert f"SSL_CERT_FILE={sandbox.ca_file}" in sandbox.config.read_text("utf-8")
    made = client.make(Name="Bestaat al", Code="77")
    monkeypatch.setattr(exactonline.http.opt_secure, "cacert_file", str(sandbox.ca_file))
    api = ExactApi(storage=IniStorage(str(sandbox.config)))
    divisions, current = api.get_divisions()
    assert (current, divisions[HOME]) == (HOME, "Bakkerij De Korenaar BV")
    api.set_division(HOME)
    assert api.relations.filter(relation_code="77")[0]["ID"] == made["ID"]
    created = api.relations.create({"Name": "Nieuw", "Code": "78"})["ID"]
    api.relations.update(created, {"Name": "Nieuwer"})
    assert client.get("Accounts", created)["Name"] == "Nieuwer"
    pages = api.restv1(GET("sync/CRM/Accounts?$filter=Timestamp+gt+1L&$select=ID"))
    assert len(pages) == 2
