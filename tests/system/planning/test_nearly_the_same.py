"""Rows that are a record of Exact Online written otherwise, or only look like one."""

from __future__ import annotations

from in_process import new_env, run_json


def test_a_contact_is_found_whose_particle_exact_online_keeps_apart() -> None:
    with new_env() as env:
        env.write("a.csv", "Company,Last name\r\nAlfa,Maes\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        (alfa,) = env.accounts()
        berg = {"Account": alfa["ID"], "FirstName": "Jan", "LastName": "Berg"}
        env.control("POST", "contacts", {"create": [{**berg, "MiddleName": "van den"}]})
        # The file has no column for the particle, so that no import has asked for it.
        env.write(
            "b.csv", "Company,First name,Last name,Job title\r\nAlfa,Jan,van den Berg,CEO\r\n"
        )
        report = run_json(env, env.folder / "b.csv")
        assert report.document["problems"] == []
        (found,) = (one for one in env.contacts() if one.get("FirstName") == "Jan")
        assert (found["MiddleName"], found["LastName"]) == ("van den", "Berg")
        assert found["JobTitleDescription"] == "CEO"


def test_a_customer_number_that_lost_its_zeros_is_the_same_customer() -> None:
    header = "Customer number,Company,Postcode,City\r\n"
    with new_env("[import]\ncode = own\n") as env:
        env.write("crm.csv", f"{header}0017,Alfa,9000,Gent\r\n0018,Beta,8000,Brugge\r\n")
        assert run_json(env, env.folder / "crm.csv").status == 0
        # One moved; the other has another name and place, and may be another customer.
        env.write("crm.csv", f"{header}17,Alfa,3000,Leuven\r\n18,Gamma,2000,Antwerpen\r\n")
        report = run_json(env, env.folder / "crm.csv")
        assert report.rows == {"held": 1, "updated": 1}
        assert [held["line"] for held in report.document["held"]] == [3]
        assert "its customer number belonged to" in report.document["held"][0]["why"]
        found = sorted((one["Name"], one["City"]) for one in env.accounts())
        assert found == [("Alfa", "Leuven"), ("Beta", "Brugge")]


def test_nearly_the_same_name_at_the_same_address_is_held_whatever_the_phone() -> None:
    header = "Company,Street,Postcode,City,Phone\r\n"
    with new_env() as env:
        env.write("a.csv", f"{header}De Zonn,Veldstraat 12,9000,Gent,09 225 10 01\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        rows = (
            "Bakkerij De Zon,Veldstr. 12,9000,Gent,0475 22 10 01\r\n"
            "De Zon,Veldstraat 14,9000,Gent,0475 22 10 02\r\n"
            "Notaris Zegel,Veldstraat 12,9000,Gent,09 225 10 03\r\n"
        )
        env.write("b.csv", f"{header}{rows}")
        report = run_json(env, env.folder / "b.csv")
        assert [held["line"] for held in report.document["held"]] == [2]
        assert "the same address and a similar name" in report.document["held"][0]["why"]
        assert report.rows == {"held": 1, "created": 2}


def test_a_page_on_a_shared_website_is_nobody_elses() -> None:
    header = "Company,Postcode,City,Website\r\n"
    with new_env() as env:
        env.write("a.csv", f"{header}Kam,9000,Gent,https://www.facebook.com/kamgent\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        env.write("b.csv", f"{header}Kam,3000,Leuven,facebook.com/kamleuven\r\n")
        report = run_json(env, env.folder / "b.csv")
        assert report.rows == {"held": 1}
        env.write("b.csv", f"{header}Kam,3000,Leuven,facebook.com/kamgent/\r\n")
        assert run_json(env, env.folder / "b.csv").rows == {"updated": 1}
        assert [one["City"] for one in env.accounts()] == ["Leuven"]
