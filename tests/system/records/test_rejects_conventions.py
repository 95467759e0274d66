"""What a whole file told of its dates and numbers, its rejects still tell when they are mended."""

from __future__ import annotations

from pathlib import Path

from in_process import new_env, run_json

HEADER = "Code,Name,VATNumber,Country,StartDate,CreditLineSales\r\n"
# The first row tells that days come first, and that the comma is before the decimals.
TELLS = '1,Ada,,BE,31/01/2024,"1.000,50"\r\n'
BAD = "2,Bea,BE0123456789,BE,01/02/2024,2.500\r\n"
MENDED = ",BE0123456749,"


def mend(rejects: Path) -> None:
    text = rejects.read_text(encoding="utf-8")
    rejects.write_text(text.replace(",BE0123456789,", MENDED, 1), encoding="utf-8", newline="")


def test_mended_rows_mean_what_they_meant_in_their_file() -> None:
    with new_env() as env:
        env.write("a.csv", HEADER + TELLS + BAD)
        assert run_json(env, env.folder / "a.csv").status == 1
        rejects = env.folder / "a.rejected.csv"
        header = rejects.read_text(encoding="utf-8").splitlines()[0]
        assert header == HEADER.strip() + ",_line,_error,_dates_dmy,_decimals_comma"

        # Refused once more, it loses nothing on the way.
        rejects.write_text(rejects.read_text(encoding="utf-8").replace("Bea", "Bee"), "utf-8")
        assert run_json(env, rejects).status == 1
        again = env.folder / "a.rejected-2.csv"
        assert again.read_text(encoding="utf-8").splitlines()[0] == header

        mend(again)
        assert run_json(env, again).status == 0
        stored = {account["Name"]: account for account in env.accounts()}
        assert stored["Bee"]["StartDate"] == "/Date(1706745600000)/"  # 1 February 2024, UTC
        assert stored["Bee"]["CreditLineSales"] == 2500


def test_rows_that_tell_by_themselves_need_no_more_columns() -> None:
    with new_env() as env:
        env.write("a.csv", HEADER + TELLS + BAD.replace("01/02", "28/02").replace(",2.500", ","))
        assert run_json(env, env.folder / "a.csv").status == 1
        header = (env.folder / "a.rejected.csv").read_text(encoding="utf-8").splitlines()[0]
        assert header == HEADER.strip() + ",_line,_error"


def test_what_the_settings_say_is_not_reported_again() -> None:
    with new_env("[import]\ndate_order = dmy\ndecimal = ,\n") as env:
        env.write("a.csv", HEADER + TELLS + BAD)
        assert run_json(env, env.folder / "a.csv").status == 1
        header = (env.folder / "a.rejected.csv").read_text(encoding="utf-8").splitlines()[0]
        assert header == HEADER.strip() + ",_line,_error"
