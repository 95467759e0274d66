"""Rows that would be put into the wrong company, or make a second one of it, are told."""

from __future__ import annotations

from in_process import new_env, run_json


def test_a_code_that_lost_its_zeros_is_still_that_code() -> None:
    with new_env() as env:
        env.write("a.csv", "Code,Company\r\n00100,Alfa BV\r\n200,Beta BV\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        env.write("b.csv", "Code,Company\r\n100,Alfa\r\n0200,Beta\r\n300,Gamma\r\n")
        report = run_json(env, "plan", env.folder / "b.csv")
        assert [one["message"] for one in report.document["problems"]] == [
            f'Exact Online keeps the name "{name} BV"; "{name}" in this row is only written '
            "differently and was not sent"
            for name in ("Alfa", "Beta")
        ]
        assert report.rows == {"created": 1, "unchanged": 2}


def test_a_person_of_another_company_is_not_made_a_second_time() -> None:
    with new_env() as env:
        env.write("a.csv", "Code,Company,Last name\r\n1,Alfa,Maes\r\n2,Beta,Vos\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        maes = next(one["ID"] for one in env.contacts() if one["LastName"] == "Maes")
        header = "account.Code,account.Name,contact.ID,contact.LastName\r\n"
        env.write("b.csv", f"{header}2,Beta,{maes},Maes\r\n3,Gamma,{maes},Maes\r\n")
        report = run_json(env, env.folder / "b.csv")
        assert report.refused_lines() == {2, 3}
        assert 'contact of "Alfa"' in report.document["problems"][0]["message"]
        assert len(env.contacts()) == 2

        env.write("b.csv", f"{header}1,Alfa,{maes},Maes-Vos\r\n")
        assert run_json(env, env.folder / "b.csv").status == 0
        assert sorted(one["LastName"] for one in env.contacts()) == ["Maes-Vos", "Vos"]


def test_a_column_of_ids_finds_the_records_that_have_them() -> None:
    with new_env() as env:
        env.write("a.csv", "Company,Last name\r\nAlfa,Maes\r\nBeta,Vos\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        alfa = next(one["ID"] for one in env.accounts() if one["Name"] == "Alfa")
        maes = next(one["ID"] for one in env.contacts() if one["LastName"] == "Maes")
        header = "Company ID,Company,Contact ID,Last name\r\n"
        env.write("b.csv", f"{header}{alfa.upper()},Delta,{maes},De Smet\r\n")
        assert run_json(env, env.folder / "b.csv").status == 0
        assert sorted(one["Name"] for one in env.accounts()) == ["Beta", "Delta"]
        assert sorted(one["LastName"] for one in env.contacts()) == ["De Smet", "Vos"]
