"""The import under each reading of what is not known of Exact Online: nothing doubled or lost."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from depth import thinned
from exact_sandbox import choices
from in_process import Ended, new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Company", "Postcode", "City", "VAT number", "Phone", "First name", "Last name", "E-mail")
LONG = "Bakkerij  Van den Broeck-Vanderstraeten en Zonen uit Oudenaarde"
ROWS = (
    (LONG, "9700", "Oudenaarde", "BE0403019261", "", "An", "Maes", "an@broeck.example"),
    (LONG, "9700", "Oudenaarde", "BE0403019261", "", "Jan", "Claes", ""),
    ("Garage Claes", "9000", "Gent", "", "09 123 45 67", "", "", ""),
    ("Café De Zoete Zonde", "2000", "Antwerpen", "BE0776091951", "", "Els", "Özdemir", ""),
)
READINGS = [
    {name: value} for name, values in choices().items() for value in (values if values else (25.0,))
]


def night(env: SandboxEnv, *rows: tuple[str, ...]) -> Ended:
    return run_json(env, env.write("klanten.csv", table(HEADER, *rows)))


def blamed(ended: Ended) -> list[str]:
    """Return what was said of somebody's edit, of which there was none."""
    problems = [one["message"] for one in ended.document["problems"]]
    return [text for text in problems if "changed in Exact Online" in text]


@pytest.mark.parametrize(
    "reading", thinned(READINGS), ids=lambda one: "=".join(map(str, *one.items()))
)
def test_three_nights_under(reading: dict[str, Any]) -> None:
    with new_env(**reading) as env:
        assert night(env, *ROWS).rows == {"created": 4}
        second = night(env, *ROWS)
        assert second.rows == {"unchanged": 4}
        assert not blamed(second)
        moved = [
            (*row[:2], "Gent-Brugge" if row[2] == "Gent" else row[2], *row[3:]) for row in ROWS
        ]
        cleared = [(*row[:4], "", *row[5:]) for row in moved]
        third = night(env, *cleared)
        assert third.rows == {"updated": 1, "unchanged": 3}
        assert not blamed(third)
        last = night(env, *cleared)
        assert last.rows == {"unchanged": 4}
        assert not blamed(last)
        assert len(env.accounts()) == 3
        assert len(env.contacts()) == 3


def test_a_vat_number_that_nobody_has_is_refused_with_its_row_alone() -> None:
    with new_env(vat_register="asked") as env:
        nobody = ("Slagerij Smit", "9000", "Gent", "BE1900000069", "", "", "", "")
        ended = night(env, *ROWS, nobody)
        assert ended.rows == {"created": 4, "refused": 1}
        assert len(env.accounts()) == 3


@pytest.mark.parametrize("reading", choices()["delete_with_contacts"])
def test_undo_takes_back_accounts_with_contacts(reading: str) -> None:
    with new_env(delete_with_contacts=reading) as env:
        assert night(env, *ROWS).rows == {"created": 4}
        assert run_json(env, "undo", "last", "--yes").status == 0
        assert (env.accounts(), env.contacts()) == ([], [])


@pytest.mark.parametrize("answers", ["whole", "filled", "bare"])
def test_what_exact_online_fills_in_by_itself_is_nobodys_edit(answers: str) -> None:
    header = ("Company", "First name", "Last name", "Email", "contact.BusinessEmail", "Gender")
    with new_env("[import]\nblank = keep\n", answers=answers) as env:
        path = env.write("a.csv", table(header, ("Acme", "An", "Maes", "an@acme.example", "", "")))
        assert run_json(env, path).rows == {"created": 1}
        assert env.contacts()[0]["BusinessEmail"] == "an@acme.example"
        again = run_json(env, path)
        assert (again.rows, blamed(again)) == ({"unchanged": 1}, [])
        row = ("Acme", "An", "Maes", "an@acme.example", "a.maes@acme.example", "V")
        env.write("a.csv", table(header, row))
        changed = run_json(env, path)
        assert changed.rows == {"updated": 1}
        assert not [one for one in changed.document["problems"] if "changed both" in one["message"]]


@pytest.mark.parametrize("answers", ["whole", "filled", "bare"])
def test_a_value_that_is_dropped_is_a_warning_on_its_row(answers: str) -> None:
    with new_env(answers=answers) as env:
        rows = [("Acme", "XTS"), ("Best", "EUR")]
        path = env.write("a.csv", table(("Company", "SalesCurrency"), *rows))
        first, second = run_json(env, path), run_json(env, path)
        messages = [one["message"] for one in first.document["problems"]]
        if answers == "bare":
            messages = second.document["notes"]
        assert [text for text in messages if "SalesCurrency" in text and "stored as" in text]
        for ended in (second, run_json(env, path)):
            assert ended.rows == {"unchanged": 2}
            assert not blamed(ended)


def test_the_first_contact_needs_no_call_to_become_the_main_one() -> None:
    header = ("Company", "First name", "Last name", "Main contact")
    rows = [
        ("Acme", "An", "Maes", ""),
        ("Acme", "Jan", "Claes", "x"),
        ("Best", "Els", "Baert", "x"),
    ]
    with new_env() as env:
        path = env.write("a.csv", table(header, *rows))
        ended = run_json(env, path)
        assert ended.document["api_calls"]["writes"] == 5
        main = {one["Name"]: one["MainContact"] for one in env.accounts()}
        ids = {one["LastName"]: one["ID"] for one in env.contacts()}
        assert main == {"Acme": ids["Claes"], "Best": ids["Baert"]}
        for _ in range(2):
            ended = run_json(env, path)
            assert ended.document["api_calls"]["writes"] == 0
        moved = [(*row[:3], "x" if row[2] == "Maes" else "") for row in rows]
        env.write("a.csv", table(header, *moved))
        ended = run_json(env, path)
        assert ended.document["api_calls"]["writes"] == 1
        main = {one["Name"]: one["MainContact"] for one in env.accounts()}
        assert main["Acme"] == ids["Maes"]


@pytest.mark.parametrize(
    ("names", "key", "trouble"),
    thinned(
        list(
            itertools.product(
                ["kept", "cut", "upper", "collapsed"],
                ["", "Klantnr"],
                [{}, {"sync_lag": 25.0}, {"answers": "bare"}],
            )
        )
    ),
    ids=str,
)
def test_a_name_that_is_stored_otherwise_makes_no_second_record(
    names: str, key: str, trouble: dict[str, Any]
) -> None:
    name = "Vereniging  van Eigenaars Residentie Zonnebloem aan Zee te Oostende"
    rows = [(f"{name} {number}", str(7000 + number), "Oostende") for number in range(3)]
    header = ("Company", "Postcode", "City", *([key] if key else []))
    cells = [(*row, *([f"10{place}"] if key else [])) for place, row in enumerate(rows)]
    with new_env(names=names, **trouble) as env:
        path = env.write("klanten.csv", table(header, *cells))
        for _ in range(3):
            ended = run_json(env, path)
            assert not blamed(ended)
            assert len(env.accounts()) == 3, ended.document
        assert ended.rows == {"unchanged": 3}
        assert ended.document["api_calls"]["writes"] == 0
