"""References by what people know: codes, descriptions and names become Exact Online's own terms."""

from __future__ import annotations

from sandbox_env import MakeEnv, SandboxEnv

MAPPING = (
    "[account]\nName = {Company}\nPaymentConditionSales = {Terms}\nSalesVATCode = {VAT}\n"
    "Classification1 = {Class}\nAccountManager = {Manager}\n[contact]\n"
)
HEADER = "Company,Terms,VAT,Class,Manager\r\n"


def test_codes_and_descriptions_are_resolved_and_read_once_a_day(env: SandboxEnv) -> None:
    env.configure(MAPPING)
    env.write("a.csv", HEADER + "Acme,30 dagen,,Horeca,\r\nBeta,15,,bouw,\r\n")
    assert env.json("a.csv")["rows"]["created"] == 2
    acme, beta = sorted(env.accounts(), key=lambda account: account["Name"])
    assert acme["PaymentConditionSales"] == "30"
    assert beta["PaymentConditionSales"] == "15"
    assert acme["Classification1"] != beta["Classification1"]

    assert env.json("a.csv")["rows"]["unchanged"] == 2
    assert len(env.calls("GET", "PaymentConditions")) == 1
    assert len(env.calls("GET", "crm/AccountClassifications")) == 1
    assert not env.calls("GET", "VATCodes")


def test_a_classification_of_another_number_does_not_count(env: SandboxEnv) -> None:
    env.configure(MAPPING)
    env.write("a.csv", HEADER + "Acme,,,A-klant,\r\n")
    report = env.json("a.csv")
    assert "known: Bouw, Horeca, Zorg, Informatica" in report["problems"][0]["message"]


def test_what_the_division_lacks_is_left_out_with_what_there_is(env: SandboxEnv) -> None:
    env.configure(MAPPING)
    env.write("a.csv", HEADER + "Acme,35 dagen,,,\r\nBeta,15,,,\r\n")
    report = env.json("a.csv")
    assert report["rows"] | {"rejected": 0, "created": 2} == report["rows"]
    (problem,) = report["problems"]
    assert (problem["line"], problem["severity"]) == (2, "warning")
    assert problem["message"].endswith("The field is left out.")
    acme, beta = sorted(env.accounts(), key=lambda account: account["Name"])
    assert "PaymentConditionSales" not in acme
    assert beta["PaymentConditionSales"] == "15"


def test_what_the_division_lacks_is_refused_where_the_ini_says_so(env: SandboxEnv) -> None:
    env.configure(MAPPING + "[validation]\nreference = error\n")
    env.write("a.csv", HEADER + "Acme,15 dgen,,,\r\nBeta,35 dagen,,,\r\nGamma,,,,\r\n")
    report = env.json("a.csv", status=1)
    assert report["rows"] | {"rejected": 2, "created": 1} == report["rows"]
    near, far = report["problems"]
    assert (near["line"], far["line"]) == (2, 3)
    assert near["field"] == "PaymentConditionSales"
    assert 'did you mean "15 dagen"?' in near["message"]
    assert "known: Contant, 8 dagen" in far["message"]


def test_a_manager_is_known_by_the_name_that_accounts_carry(env: SandboxEnv) -> None:
    manager = "AccountManager"
    created = env.control("POST", "accounts", {"create": [{"Name": "Old"}]})["created"][0]
    env.control(
        "POST", "accounts", {"update": [{"ID": created["ID"], manager: created["Creator"]}]}
    )
    (old,) = env.accounts()
    env.configure(MAPPING)
    env.write("a.csv", HEADER + f"Acme,,,,{old['AccountManagerFullName'].upper()}\r\n")
    assert env.json("a.csv")["rows"]["created"] == 1
    assert {account[manager] for account in env.accounts()} == {created["Creator"]}
    env.write("a.csv", HEADER + "Beta,,,,Nobody\r\n")
    assert "not a known AccountManager" in env.json("a.csv")["problems"][0]["message"]


def test_a_missing_scope_is_noted_and_the_field_is_not_sent(make_env: MakeEnv) -> None:
    env = make_env(scopes=("crm.accounts", "organization.administration"))
    env.configure(MAPPING)
    env.write("a.csv", HEADER + "Acme,30,,,\r\n")
    report = env.json("a.csv")
    assert report["rows"]["created"] == 1
    (note,) = [note for note in report["notes"] if "PaymentConditionSales is not sent" in note]
    assert "cashflow" in note
    assert "PaymentConditionSales" not in env.accounts()[0]
