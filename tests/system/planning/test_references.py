"""References by what people know: codes, descriptions and names become Exact Online's own terms."""

from __future__ import annotations

from house import House, MakeHouse

MAPPING = (
    "[account]\nName = {Company}\nPaymentConditionSales = {Terms}\nSalesVATCode = {VAT}\n"
    "Classification1 = {Class}\nAccountManager = {Manager}\n[contact]\n"
)
HEADER = "Company,Terms,VAT,Class,Manager\r\n"


def test_codes_and_descriptions_are_resolved_and_read_once_a_day(house: House) -> None:
    house.configure(MAPPING)
    house.write("a.csv", HEADER + "Acme,30 dagen,,Horeca,\r\nBeta,15,,bouw,\r\n")
    assert house.json("a.csv")["rows"]["created"] == 2
    acme, beta = sorted(house.accounts(), key=lambda account: account["Name"])
    assert acme["PaymentConditionSales"] == "30"
    assert beta["PaymentConditionSales"] == "15"
    assert acme["Classification1"] != beta["Classification1"]

    assert house.json("a.csv")["rows"]["unchanged"] == 2
    assert len(house.calls("GET", "PaymentConditions")) == 1
    assert len(house.calls("GET", "crm/AccountClassifications")) == 1
    assert not house.calls("GET", "VATCodes")


def test_a_classification_of_another_number_does_not_count(house: House) -> None:
    house.configure(MAPPING)
    house.write("a.csv", HEADER + "Acme,,,A-klant,\r\n")
    report = house.json("a.csv", status=1)
    assert "there are: Bouw, Horeca, Zorg, Informatica" in report["problems"][0]["message"]


def test_what_the_division_lacks_is_refused_with_what_there_is(house: House) -> None:
    house.configure(MAPPING)
    house.write("a.csv", HEADER + "Acme,35 dagen,,,\r\nBeta,soon,,,\r\nGamma,,,,\r\n")
    report = house.json("a.csv", status=1)
    assert report["rows"] | {"rejected": 2, "created": 1} == report["rows"]
    near, far = report["problems"]
    assert (near["line"], far["line"]) == (2, 3)
    assert near["field"] == "PaymentConditionSales"
    assert 'did you mean "15 dagen"?' in near["message"] or '"30 dagen"?' in near["message"]
    assert "there are: Contant, 8 dagen" in far["message"]


def test_a_manager_is_known_by_the_name_that_accounts_carry(house: House) -> None:
    manager = "AccountManager"
    shown = house.control("POST", "accounts", {"create": [{"Name": "Old"}]})["created"][0]
    house.control("POST", "accounts", {"update": [{"ID": shown["ID"], manager: shown["Creator"]}]})
    (old,) = house.accounts()
    house.configure(MAPPING)
    house.write("a.csv", HEADER + f"Acme,,,,{old['AccountManagerFullName'].upper()}\r\n")
    assert house.json("a.csv")["rows"]["created"] == 1
    assert {account[manager] for account in house.accounts()} == {shown["Creator"]}
    house.write("a.csv", HEADER + "Beta,,,,Nobody\r\n")
    assert "is no AccountManager" in house.json("a.csv", status=1)["problems"][0]["message"]


def test_a_missing_scope_is_noted_and_the_field_is_not_sent(make_house: MakeHouse) -> None:
    house = make_house(scopes=("crm.accounts", "organization.administration"))
    house.configure(MAPPING)
    house.write("a.csv", HEADER + "Acme,30,,,\r\n")
    report = house.json("a.csv")
    assert report["rows"]["created"] == 1
    (note,) = [note for note in report["notes"] if "PaymentConditionSales is not sent" in note]
    assert "cashflow" in note
    assert "PaymentConditionSales" not in house.accounts()[0]
