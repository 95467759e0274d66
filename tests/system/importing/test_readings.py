"""The import under each reading of what is not known of Exact Online: nothing doubled or lost."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: "=".join(map(str, *one.items())))
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
