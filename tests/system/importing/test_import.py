"""The main road: a CSV becomes accounts and contacts, and a second time nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from depth import scaled
from permissions import is_private
from sandbox_env import MakeEnv, SandboxEnv

SAMPLES = Path(__file__).parents[3] / "samples"


def test_the_sample_is_imported_then_unchanged_then_one_cell_differs(env: SandboxEnv) -> None:
    shutil.copy(SAMPLES / "contacts.csv", env.folder)
    first = env.json("contacts.csv")
    assert first["rows"]["read"] == first["rows"]["created"] == 17
    assert first["accounts"]["create"] == len(env.accounts()) == 13
    assert first["contacts"]["create"] == len(env.contacts()) == 16
    assert first["api_calls"]["writes"] == 29

    second = env.json("contacts.csv")
    assert second["rows"]["unchanged"] == 17
    assert second["changes"] == []
    assert second["api_calls"]["writes"] == 0
    assert second["api_calls"]["total"] <= 6

    text = (env.folder / "contacts.csv").read_text("utf-8")
    env.write("contacts.csv", text.replace("Liège", "Luik"))
    third = env.json("contacts.csv")
    (change,) = third["changes"]
    assert change["fields"] == {"City": ["Liège", "Luik"]}
    assert change["action"] == "update"
    (put,) = env.calls("PUT")
    assert put["body"] == ["City"]
    assert "Luik" in {account.get("City") for account in env.accounts()}


def test_many_accounts_cost_a_write_each_and_few_reads(env: SandboxEnv) -> None:
    count = max(200, scaled(1000))
    names = [f"Klant {number:04}" for number in range(count)]
    rows = "".join(f"{number},{name}\r\n" for number, name in enumerate(names, 1))
    env.write("many.csv", "Code,Name\r\n" + rows)
    first = env.json("many.csv")
    assert first["rows"]["created"] == count
    assert first["api_calls"]["total"] <= count + 10
    assert sorted(account["Name"] for account in env.accounts()) == names

    again = env.json("many.csv")
    assert again["rows"]["unchanged"] == count
    assert again["api_calls"]["writes"] == 0
    assert again["api_calls"]["total"] <= 6

    env.write("many.csv", ("Code,Name\r\n" + rows).replace("Klant", "Client"))
    renamed = env.json("many.csv", "--force")  # a list whose names all changed
    assert renamed["rows"]["updated"] == count
    puts = env.calls("PUT")
    assert len(puts) == count
    assert {tuple(put["body"]) for put in puts} == {("Name",)}


DUTCH = (
    "Relatiecode;Bedrijfsnaam;Straat;Huisnummer;Postcode;Plaats;Land;BTW-nummer;KvK-nummer;"
    "Telefoon;E-mail;Voornaam;Tussenvoegsel;Achternaam;Functie;GSM"
)


def test_ten_dutch_companies_of_three_people(env: SandboxEnv) -> None:
    lines = ["sep=;", DUTCH]
    lines += [
        f"{500 + company};Bedrijf {company} B.V.;Dorpsstraat;{company + 1};"
        f"12{company}{company} AB;Utrecht;Nederland;;{12345670 + company};"
        f"030-123456{company};p{person}@bedrijf{company}.example;"
        f"Voornaam{person};van der;Achternaam{person};Inkoper;06-1234567{person}"
        for company in range(10)
        for person in range(3)
    ]
    text = "\r\n".join(lines) + "\r\n"
    (env.folder / "nl.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    report = env.json("nl.csv")
    assert report["accounts"]["create"] == 10
    assert report["contacts"]["create"] == 30
    accounts = env.accounts()
    assert {account["Country"].strip() for account in accounts} == {"NL"}
    assert sorted(account["Code"].strip() for account in accounts) == [
        str(500 + company) for company in range(10)
    ]
    assert {account["AddressLine1"] for account in accounts} == {
        f"Dorpsstraat {number}" for number in range(1, 11)
    }
    assert {contact["MiddleName"] for contact in env.contacts()} == {"van der"}


def test_a_mapping_in_the_ini_means_exactly_its_fields(env: SandboxEnv) -> None:
    env.configure(
        "[account]\nName = {Firma}\nAddressLine1 = {Straat} {Nr}\nRemarks = from the webshop\n"
        "[contact]\nFirstName = {Voor}\nLastName = {Achter}\nEmail = {Mail|Mail 2}\n"
    )
    env.write(
        "shop.csv",
        "Firma,Straat,Nr,Voor,Achter,Mail,Mail 2,Phone\r\n"
        "Acme,Kaai,,Jan,Jansen,,jan@acme.example,0123\r\n",
    )
    report = env.json("shop.csv")
    (account,) = env.accounts()
    assert account["AddressLine1"] == "Kaai"
    assert account["Remarks"] == "from the webshop"
    assert account["Status"] == "C"
    assert "Phone" not in account
    (contact,) = env.contacts()
    assert contact["Email"] == "jan@acme.example"
    assert [one["column"] for one in report["problems"]] == ["Phone"]

    # A constant is sent on creation only.
    env.control("POST", "accounts", {"update": [{"ID": account["ID"], "Remarks": "other"}]})
    assert env.json("shop.csv")["rows"]["unchanged"] == 1


def test_an_empty_contact_section_means_no_contacts(env: SandboxEnv) -> None:
    env.configure("[contact]\n")
    env.write("a.csv", "Company,First name,Last name\r\nAcme,Jan,Jansen\r\n")
    report = env.json("a.csv")
    assert report["accounts"]["create"] == 1
    assert report["contacts"]["create"] == 0
    assert env.contacts() == []


def test_rows_that_contradict_each_other_are_all_refused(env: SandboxEnv) -> None:
    env.write(
        "a.csv",
        "Code,Company,City,Website,Last name\r\n"
        "1,Acme,Gent,acme.example,Jansen\r\n"
        "2,Beta,Gent,beta.example,Peeters\r\n"
        "1,Acme,Gent,other.example,Smets\r\n",
    )
    report = env.json("a.csv", status=1)
    assert report["rows"] | {"read": 3, "rejected": 2, "created": 1} == report["rows"]
    assert [account["Name"] for account in env.accounts()] == ["Beta"]
    lines = {problem["line"] for problem in report["problems"]}
    assert lines == {2, 4}
    assert all("Website" in problem["message"] for problem in report["problems"])


def test_rejects_hold_the_rows_as_they_were_and_import_when_mended(env: SandboxEnv) -> None:
    env.write(
        "klanten.csv",
        "sep=;\r\nBedrijf;E-mail;Opmerking\r\n"
        "Goed;goed@a.example;één\r\nSlecht;geen adres;twee\r\n",
        "cp1252",
    )
    report = env.json("klanten.csv", status=1)
    rejects = env.folder / "klanten.rejected.csv"
    assert report["rejects"] == [str(rejects)] or report["rejects"] == [rejects.name]
    text = rejects.read_bytes().decode("cp1252")
    assert text.startswith("sep=;\r\nBedrijf;E-mail;Opmerking;_line;_error\r\n")
    assert "Slecht;geen adres;twee;4;" in text
    assert "Goed" not in text
    assert is_private(rejects)

    env.write(rejects.name, text.replace("geen adres", "wel@b.example"), "cp1252")
    assert env.json(rejects.name)["rows"]["created"] == 1
    assert {account["Name"] for account in env.accounts()} == {"Goed", "Slecht"}


def test_a_row_that_was_corrected_in_its_rejects_says_so_in_the_original(env: SandboxEnv) -> None:
    env.write("a.csv", "Bedrijf,E-mail\nAlfa,alfa\nBeta,beta\nGamma,\n")
    assert env.json("a.csv", status=1)["rows"]["rejected"] == 2
    rejects = env.folder / "a.rejected.csv"
    corrected = rejects.read_text("utf-8").replace("Alfa,alfa", "Alfa,info@alfa.example")
    env.write(rejects.name, corrected)
    env.run(rejects.name)
    # The file comes back with another row above.
    env.write("a.csv", "Bedrijf,E-mail\nZeta,\nAlfa,alfa\nBeta,beta\nGamma,\n")
    report = env.json("a.csv", status=1)
    (told,) = [one for one in report["problems"] if one["severity"] == "warning"]
    assert told["line"] == 3
    assert "was corrected in a.rejected.csv and imported from there" in told["message"]
    assert report["rows"] | {"rejected": 2, "created": 1, "unchanged": 1} == report["rows"]


def test_a_refusal_by_exact_online_is_reported_with_its_row(env: SandboxEnv) -> None:
    env.configure("[validation]\nvat = off\n")
    env.write("a.csv", "VAT number,Company,Last name\r\nBE1,Hier,Jansen\r\n,Daar,Peeters\r\n")
    report = env.json("a.csv", status=1)
    assert report["rows"]["refused"] == 1
    assert report["rows"]["created"] == 1
    assert report["accounts"]["failed"] == 1
    (problem,) = [item for item in report["problems"] if item["severity"] == "error"]
    assert problem["line"] == 2
    assert "VAT number" in problem["message"]
    assert (env.folder / "a.rejected.csv").exists()

    # It is not sent again as long as nothing changes, and --retry sends it.
    before = len(env.calls("POST"))
    again = env.json("a.csv", status=1)
    assert again["rows"] | {"refused": 1, "unchanged": 1} == again["rows"]
    assert len(env.calls("POST")) == before
    env.json("a.csv", "--retry", status=1)
    assert len(env.calls("POST")) == before + 1


def test_strict_sends_nothing_when_a_row_is_bad(env: SandboxEnv) -> None:
    env.write("a.csv", "Company,E-mail\r\nGoed,a@b.example\r\nSlecht,nee\r\n")
    report = env.json("a.csv", "--strict", status=4)
    assert report["rows"]["rejected"] == 1
    assert env.accounts() == []


def test_a_plan_changes_nothing(env: SandboxEnv) -> None:
    env.write("a.csv", "Company,City\r\nAcme,Gent\r\n")
    plan = env.json("plan", "a.csv")
    assert plan["accounts"]["create"] == 1
    assert plan["rows"]["created"] == 1
    assert env.accounts() == []
    assert {call["method"] for call in env.calls()} <= {"GET"}
    assert env.json("plan", "a.csv", "--detailed-exitcode", status=3)
    env.json("a.csv")
    assert env.json("plan", "a.csv", "--detailed-exitcode")["rows"]["unchanged"] == 1


def test_a_dry_run_needs_no_network_and_no_configuration(env: SandboxEnv) -> None:
    env.config.unlink()
    env.write("a.csv", "Company,E-mail\r\nAcme,nee\r\nBeta,b@b.example\r\n")
    report = env.json("--dry-run", "a.csv", status=1)
    assert report["rows"]["read"] == 2
    assert report["rows"]["rejected"] == 1
    assert report["rows"]["created"] is None
    assert report["records"] == {"accounts": 1, "contacts": 0}
    assert report["accounts"]["create"] is None
    assert env.calls() == []
    assert sorted(path.name for path in env.folder.iterdir()) == ["a.csv", "sandbox"]


def test_only_a_person_makes_an_account_named_after_the_person(env: SandboxEnv) -> None:
    env.write("p.csv", "First name,Last name,E-mail,City\r\nMia,Claes,mia@a.example,Gent\r\n")
    env.json("p.csv")
    (account,) = env.accounts()
    (contact,) = env.contacts()
    assert account["Name"] == "Mia Claes"
    assert account["Email"] == contact["Email"] == "mia@a.example"
    assert contact["Account"] == account["ID"]
    assert env.json("p.csv")["rows"]["unchanged"] == 1

    # The same name with another address is another person.
    env.write("p.csv", "First name,Last name,E-mail,City\r\nMia,Claes,other@a.example,Gent\r\n")
    env.json("p.csv")
    assert len(env.accounts()) == 2


def test_a_person_known_by_name_alone_is_never_doubled(env: SandboxEnv) -> None:
    env.write("p.csv", "First name,Last name\r\nMia,Claes\r\n")
    env.json("p.csv")
    assert env.json("p.csv")["rows"]["unchanged"] == 1
    for journal in env.folder.glob("config.journal.sqlite3*"):
        journal.unlink()
    report = env.json("p.csv", status=1)
    assert "which alone does not identify" in report["held"][0]["why"]
    assert len(env.accounts()) == 1


def test_the_main_contact_is_set_when_a_column_asks_for_it(env: SandboxEnv) -> None:
    env.configure(
        "[account]\nName = {Company}\nMainContact = {Main}\n[contact]\nLastName = {Last}\n"
    )
    env.write("m.csv", "Company,Last,Main\r\nAcme,Jansen,nee\r\nAcme,Smets,ja\r\n")
    report = env.json("m.csv")
    assert report["rows"]["created"] == 2
    (account,) = env.accounts()
    smets = next(contact for contact in env.contacts() if contact["LastName"] == "Smets")
    assert account["MainContact"] == smets["ID"]
    assert env.json("m.csv")["rows"]["unchanged"] == 2

    env.write("m.csv", "Company,Last,Main\r\nAcme,Jansen,ja\r\nAcme,Smets,nee\r\n")
    assert env.json("m.csv")["accounts"]["update"] == 1
    (account,) = env.accounts()
    assert account["MainContact"] != smets["ID"]


def test_modes_and_limit_skip_what_they_exclude(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company,City\r\n1,Acme,Gent\r\n2,Beta,Gent\r\n3,Gamma,Gent\r\n")
    limited = env.json("a.csv", "--limit", "1")
    assert limited["rows"] | {"created": 1, "skipped": 2} == limited["rows"]
    env.write("a.csv", "Code,Company,City\r\n1,Acme,Luik\r\n2,Beta,Gent\r\n")
    updating = env.json("a.csv", "--mode", "update")
    assert updating["rows"] | {"updated": 1, "skipped": 1} == updating["rows"]
    creating = env.json("a.csv", "--mode", "create")
    assert creating["rows"] | {"created": 1, "unchanged": 1} == creating["rows"]
    assert sorted(account["Name"] for account in env.accounts()) == ["Acme", "Beta"]


def test_the_sandbox_serves_for_the_length_of_a_command(env: SandboxEnv) -> None:
    env.sandbox.stop()
    env.config.unlink()
    env.variables["EXACT_IMPORT_SANDBOX"] = str(env.folder / "own")
    env.write("a.csv", "Company\r\nAcme\r\n")
    assert env.json("--sandbox", "a.csv")["rows"]["created"] == 1
    assert env.json("--sandbox", "a.csv")["rows"]["unchanged"] == 1
    # Beside what was there: the sandbox's own folder, and the user's for the locks of companies.
    there = sorted(path.name for path in env.folder.iterdir())
    assert there == ["a.csv", "own", "sandbox", "state"]
    env.sandbox.start()


def test_two_files_can_speak_of_one_company(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company,Last name\r\n1,Acme,Jansen\r\n")
    env.write("b.csv", "Code,Company,Last name\r\n1,Acme,Smets\r\n")
    report = env.json("a.csv", "b.csv")
    assert report["accounts"]["create"] == 1
    assert report["contacts"]["create"] == 2
    assert report["rows"]["created"] == 2


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_says_nothing_when_there_is_nothing_to_tell(env: SandboxEnv, option: str) -> None:
    env.write("a.csv", "Company\r\nAcme\r\n")
    ended = env.run(option, "a.csv")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_day_budget_ends_a_run_that_the_next_one_continues(make_env: MakeEnv) -> None:
    env = make_env(day_limit=23)
    env.configure("[import]\nreserve = 5\n")
    rows = "".join(f"{number},Klant {number}\r\n" for number in range(1, 31))
    env.write("a.csv", "Code,Name\r\n" + rows)
    first = env.json("a.csv", status=75)
    assert first["rows"]["created"] > 0
    assert first["rows"]["created"] + first["rows"]["pending"] == 30
    assert "budget" in first["error"]["message"] or "calls" in first["error"]["message"]
    env.control("POST", "settings", {"day_limit": 1000})
    env.control("POST", "clock", {"move": 86_400})
    for journal in env.folder.glob("*.lock"):
        assert journal.stat().st_size < 1000
    second = env.json("a.csv", status=None)
    assert len(env.accounts()) == 30 or second["exit_status"] == 75


def test_a_code_that_exact_online_gives_out_is_no_rows_own(make_env: MakeEnv) -> None:
    env = make_env(latency=0.02)
    lines = ["Code,Company"]
    for number in range(1, 31):
        lines += [f",Zonder {number}", f"{number},Met {number}"]
    env.write("a.csv", "\r\n".join(lines) + "\r\n")
    report = env.json("a.csv")
    assert report["rows"]["created"] == 60
    codes = {account["Name"]: account["Code"].strip() for account in env.accounts()}
    assert all(codes[f"Met {number}"] == str(number) for number in range(1, 31))
    assert len(set(codes.values())) == 60
