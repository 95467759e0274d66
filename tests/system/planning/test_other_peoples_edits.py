"""What happens when somebody edits or deletes in Exact Online between two imports."""

from __future__ import annotations

from typing import Any

import pytest

from depth import scaled
from sandbox_env import MakeEnv, SandboxEnv

HEADER = "Code,Company,City,Phone,Website,Last name\r\n"


def row(city: str = "Gent", phone: str = "09 123 45 67", code: str = "1") -> str:
    return f"{code},Acme,{city},{phone},www.acme.example,Jansen\r\n"


def edit(env: SandboxEnv, **fields: Any) -> None:
    account = env.accounts()[0]
    env.control("POST", "accounts", {"update": [{"ID": account["ID"], **fields}]})


@pytest.fixture(name="imported")
def _imported(env: SandboxEnv) -> SandboxEnv:
    env.configure(
        "[account]\nCode={Code}\nName={Company}\nCity={City}\nPhone={Phone}\nWebsite={Website}\n"
    )
    env.write("a.csv", HEADER + row())
    env.json("a.csv")
    return env


def test_only_exact_online_changed_is_kept_and_reported(imported: SandboxEnv) -> None:
    edit(imported, Phone="09 999 99 99")
    report = imported.json("a.csv")
    assert report["rows"]["kept"] == 1
    assert report["accounts"]["kept"] == 1
    assert imported.accounts()[0]["Phone"] == "09 999 99 99"
    (problem,) = report["problems"]
    assert problem["severity"] == "warning"
    assert "09 999 99 99" in problem["message"]
    assert imported.json("a.csv")["rows"]["kept"] == 1
    assert not imported.calls("PUT")


def test_only_the_file_changed_is_an_update(imported: SandboxEnv) -> None:
    imported.write("a.csv", HEADER + row(phone="09 111 11 11"))
    report = imported.json("a.csv")
    assert report["changes"][0]["fields"] == {"Phone": ["09 123 45 67", "09 111 11 11"]}
    assert report["problems"] == []


def test_where_both_changed_the_file_wins_with_a_warning(imported: SandboxEnv) -> None:
    edit(imported, Phone="09 999 99 99")
    imported.write("a.csv", HEADER + row(phone="09 111 11 11"))
    report = imported.json("a.csv")
    assert report["rows"]["updated"] == 1
    assert imported.accounts()[0]["Phone"] == "09 111 11 11"
    assert "the file wins" in report["problems"][0]["message"]


def test_without_a_base_the_file_wins(imported: SandboxEnv) -> None:
    edit(imported, Phone="09 999 99 99")
    for journal in imported.folder.glob("config.journal.*"):
        journal.unlink()
    assert imported.json("a.csv")["rows"]["updated"] == 1
    assert imported.accounts()[0]["Phone"] == "09 123 45 67"


def test_deleted_there_stays_deleted_until_its_row_changes(imported: SandboxEnv) -> None:
    account = imported.accounts()[0]
    imported.control("POST", "accounts", {"delete": [account["ID"]]})
    report = imported.json("a.csv")
    assert report["rows"]["kept"] == 1
    assert report["exit_status"] == 0
    assert "deleted in Exact Online" in report["problems"][0]["message"]
    assert imported.accounts() == []
    imported.write("a.csv", HEADER + row(city="Luik"))
    assert imported.json("a.csv")["rows"]["created"] == 1
    assert len(imported.accounts()) == 1


def test_deleted_twice_is_compared_with_what_the_file_said_last(env: SandboxEnv) -> None:
    for city in ("Gent", "Luik", "Gent"):
        env.write("a.csv", HEADER + row(city=city))
        assert env.json("a.csv")["rows"]["created"] == 1
        env.control("POST", "accounts", {"delete": [env.accounts()[0]["ID"]]})
        assert env.json("a.csv")["rows"]["kept"] == 1
    assert env.accounts() == env.contacts() == []


def test_a_person_deleted_twice_is_compared_with_what_the_file_said_last(env: SandboxEnv) -> None:
    for title in ("Buyer", "Seller", "Buyer"):
        env.write("a.csv", f"Code,Company,Last name,Job title\r\n1,Acme,Jansen,{title}\r\n")
        assert env.json("a.csv")["rows"]["created"] == 1
        env.control("POST", "contacts", {"delete": [env.contacts()[0]["ID"]]})
        assert env.json("a.csv")["rows"]["kept"] == 1
    assert len(env.accounts()) == 1


def test_a_new_row_of_a_deleted_company_makes_it_again_with_all_its_people(env: SandboxEnv) -> None:
    people = [f"1,Acme,Gent,{name}\r\n" for name in ("Jansen", "Maes", "Peeters")]
    env.write("a.csv", "Code,Company,City,Last name\r\n" + "".join(people[:2]))
    env.json("a.csv")
    env.control("POST", "accounts", {"delete": [env.accounts()[0]["ID"]]})
    assert env.json("a.csv")["rows"]["kept"] == 2
    env.write("a.csv", "Code,Company,City,Last name\r\n" + "".join(people))
    report = env.json("a.csv")
    assert report["rows"]["created"] == 3
    assert report["problems"] == []
    assert sorted(one["LastName"] for one in env.contacts()) == ["Jansen", "Maes", "Peeters"]


def test_a_deleted_person_is_not_asked_for_as_the_main_contact(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company,Last name,Main contact\r\n1,Acme,Jansen,yes\r\n")
    env.json("a.csv")
    assert env.accounts()[0]["MainContact"] == env.contacts()[0]["ID"]
    env.control("POST", "contacts", {"delete": [env.contacts()[0]["ID"]]})
    report = env.json("a.csv")
    assert report["rows"]["kept"] == 1
    assert report["api_calls"]["writes"] == 0


def test_a_cell_that_is_filled_in_is_a_change(imported: SandboxEnv) -> None:
    imported.write("a.csv", HEADER + row() + row(phone="", code="2"))
    imported.json("a.csv")
    second = next(one for one in imported.accounts() if one["Code"].strip() == "2")
    imported.control("POST", "accounts", {"delete": [second["ID"]]})
    assert imported.json("a.csv")["rows"]["kept"] == 1
    imported.write("a.csv", HEADER + row() + row(phone="09 111 11 11", code="2"))
    assert imported.json("a.csv")["rows"]["created"] == 1


def test_an_empty_cell_that_clears_leaves_what_somebody_filled_in_since(
    imported: SandboxEnv,
) -> None:
    imported.configure("[import]\nblank = clear\n")
    imported.write("a.csv", HEADER + row() + row(phone="", code="2"))
    imported.json("a.csv")
    second = next(one for one in imported.accounts() if one["Code"].strip() == "2")
    imported.control("POST", "accounts", {"update": [{"ID": second["ID"], "Phone": "09 9"}]})
    assert imported.json("a.csv")["rows"]["kept"] == 1
    held = {one["Code"].strip(): one.get("Phone") for one in imported.accounts()}
    assert held["2"] == "09 9"


def test_recreate_makes_again_what_was_deleted(imported: SandboxEnv) -> None:
    imported.control("POST", "accounts", {"delete": [imported.accounts()[0]["ID"]]})
    assert imported.json("a.csv", "--recreate")["rows"]["created"] == 1
    assert imported.json("a.csv")["rows"]["unchanged"] == 1


def test_a_deleted_contact_stays_deleted(env: SandboxEnv) -> None:
    env.write("a.csv", HEADER + row())
    env.json("a.csv")
    env.control("POST", "contacts", {"delete": [env.contacts()[0]["ID"]]})
    report = env.json("a.csv")
    assert report["rows"]["kept"] == 1
    assert report["accounts"]["unchanged"] == 1
    assert report["contacts"]["kept"] == 1
    assert env.contacts() == []


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [("overwrite", "09 123 45 67"), ("keep", "09 9"), ("fill", "09 9"), ("never", "09 9")],
)
def test_a_policy_decides_by_field(imported: SandboxEnv, policy: str, wanted: str) -> None:
    imported.configure(f"[policy]\naccount Phone = {policy}\n")
    edit(imported, Phone="09 9")
    imported.json("a.csv")
    assert imported.accounts()[0]["Phone"] == wanted


def test_fill_fills_only_what_is_empty(imported: SandboxEnv) -> None:
    imported.configure("[policy]\nPhone = fill\nCity = never\n")
    edit(imported, Phone="", City="")
    imported.json("a.csv")
    account = imported.accounts()[0]
    assert account.get("Phone") == "09 123 45 67"
    assert not account.get("City")


def test_an_empty_cell_clears_the_field_whose_policy_says_so(imported: SandboxEnv) -> None:
    imported.configure("[policy]\naccount Phone = clear\n")
    edit(imported, City="Aalst")
    imported.write("a.csv", HEADER + row(phone="", city=""))
    report = imported.json("a.csv")
    assert [change["fields"] for change in report["changes"]] == [{"Phone": ["09 123 45 67", None]}]
    account = imported.accounts()[0]
    assert not account.get("Phone")
    assert account.get("City") == "Aalst"
    assert imported.json("a.csv")["rows"]["unchanged"] == 1


def test_a_cleared_field_is_otherwise_decided_as_any(imported: SandboxEnv) -> None:
    imported.configure("[policy]\naccount Phone = clear\n")
    edit(imported, Phone="09 9")
    imported.json("a.csv")
    assert imported.accounts()[0]["Phone"] == "09 9"


def test_an_empty_cell_leaves_the_value_unless_blank_clears(imported: SandboxEnv) -> None:
    imported.write("a.csv", HEADER + row(phone=""))
    assert imported.json("a.csv")["rows"]["unchanged"] == 1
    imported.configure("[import]\nblank = clear\n")
    report = imported.json("a.csv")
    assert report["rows"]["updated"] == 1
    assert not imported.accounts()[0].get("Phone")


def test_a_value_that_exact_online_shortens_is_reported_once_and_not_sent_nightly(
    env: SandboxEnv,
) -> None:
    long = "Sint-Pieters-op-den-Dijk-aan-de-Zee-bij-Brugge"
    env.write("a.csv", HEADER + row(city=long))
    report = env.json("a.csv")
    assert any("stored as" in problem["message"] for problem in report["problems"])
    stored = env.accounts()[0]["City"]
    assert stored == long[:30]
    assert env.json("a.csv")["rows"]["unchanged"] == 1

    other = "Sint-Gillis-op-den-Berg-bij-Dendermonde"
    env.write("a.csv", HEADER + row(city=other))
    report = env.json("a.csv")
    assert any("stored as" in problem["message"] for problem in report["problems"])
    assert env.json("a.csv")["rows"]["unchanged"] == 1
    assert len(env.calls("PUT")) == 1


def test_lagging_sync_pages_are_not_taken_for_edits(make_env: MakeEnv) -> None:
    env = make_env(sync_lag=3.0)
    env.write("a.csv", HEADER + row())
    env.json("a.csv")
    env.write("a.csv", HEADER + row(city="Luik"))
    assert env.json("a.csv")["rows"]["updated"] == 1
    report = env.json("a.csv")
    assert report["rows"]["unchanged"] == 1, report["problems"]
    assert env.accounts()[0]["City"] == "Luik"


def test_what_exact_online_lost_meanwhile_is_finished_by_the_next_run(imported: SandboxEnv) -> None:
    imported.write("a.csv", HEADER + row(city="Luik"))
    imported.faults(
        {
            "kind": "answer",
            "status": 404,
            "text": "",
            "match": {"method": "PUT"},
            "times": 1,
        }
    )
    report = imported.json("a.csv", status=75)
    assert report["rows"]["pending"] == 1


def test_safeguards_stop_a_shifted_column(imported: SandboxEnv) -> None:
    imported.configure("[import]\nmax_updates = 50%\nmax_creates = 1\n")
    imported.write("a.csv", HEADER + row(city="Luik"))
    report = imported.json("a.csv", status=4)
    assert "max_updates = 50%" in report["error"]["message"]
    assert report["changes"][0]["fields"] == {"City": ["Gent", "Luik"]}
    assert imported.json("a.csv", "--force")["rows"]["updated"] == 1
    imported.write("a.csv", HEADER + row(city="Luik") + row(code="2") + row(code="3"))
    assert "max_creates" in imported.json("a.csv", status=4)["error"]["message"]


def test_safeguards_count_contacts_by_themselves(env: SandboxEnv) -> None:
    def people(*titles: str) -> str:
        rows = [f"1,Acme,P{place},{title}\r\n" for place, title in enumerate(titles)]
        return "Code,Company,Last name,Job title\r\n" + "".join(rows)

    env.configure("[import]\nmax_updates = 50%\nmax_creates = 1\n")
    env.write("a.csv", people("a", "a", "a"))
    env.json("a.csv")  # people of a new company come with it
    env.write("a.csv", people("b", "b", "a"))
    assert "update 2 contacts" in env.json("a.csv", status=4)["error"]["message"]
    env.write("a.csv", people("a", "a", "a", "a", "a"))
    assert "create 2 contacts" in env.json("a.csv", status=4)["error"]["message"]
    env.write("a.csv", people("b", "a", "a", "a"))
    rows = env.json("a.csv")["rows"]
    assert (rows["created"], rows["updated"], rows["unchanged"]) == (1, 1, 2)


def test_a_big_division_costs_few_calls(env: SandboxEnv) -> None:
    count, others = max(200, scaled(1_000)), max(3_000, scaled(10_000))
    rows = "".join(f"{number},Klant {number},Gent\r\n" for number in range(1, count + 1))
    env.write("a.csv", "Code,Company,City\r\n" + rows)
    env.json("a.csv")
    assert env.json("a.csv")["api_calls"]["total"] <= 6
    env.write("a.csv", "Code,Company,City\r\n" + rows.replace(",Klant 150,Gent", ",Klant 150,Luik"))
    assert env.json("a.csv")["api_calls"]["total"] <= 7
    env.control("POST", "generate", {"accounts": others})
    report = env.json("a.csv")
    assert report["rows"]["unchanged"] == count
    assert report["api_calls"]["total"] <= 6 + others // 1_000


@pytest.mark.parametrize("nights", [0, 2])
def test_a_namesake_with_its_own_number_gets_it_as_its_code(
    imported: SandboxEnv, nights: int
) -> None:
    for _ in range(nights):
        assert imported.json("a.csv")["rows"]["unchanged"] == 1
    imported.write("a.csv", HEADER + row() + row(code="2"))
    assert imported.json("a.csv")["rows"]["created"] == 1
    assert sorted(one["Code"].strip() for one in imported.accounts()) == ["1", "2"]
