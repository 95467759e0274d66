"""A record that somebody deletes in Exact Online again and again, while its row changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from in_process import Ended, new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Bedrijf", "Btw-nummer", "E-mail", "Plaats", "Telefoon")
FIRST, SECOND, THIRD = "09 111 11 11", "09 222 22 22", "09 333 33 33"


@pytest.fixture
def env() -> Iterator[SandboxEnv]:
    with new_env() as env:
        yield env


@pytest.mark.parametrize(
    ("number", "email", "place"),
    [("BE0403170701", "", ""), ("", "info@vat.example", ""), ("", "", "Gent")],
)
def test_a_row_that_is_put_back_to_its_first_text_has_changed(
    env: SandboxEnv, number: str, email: str, place: str
) -> None:
    def night(phone: str) -> Ended:
        row = ("Wijnhuis Vat", number, email, place, phone)
        return run_json(env, env.write("a.csv", table(HEADER, row)))

    def delete() -> None:
        env.control("POST", "accounts", {"delete": [one["ID"] for one in env.accounts()]})

    for phone in (FIRST, SECOND, THIRD, FIRST):
        assert night(phone).rows == {"created": 1}, phone
        assert len(env.accounts()) == 1
        delete()
        assert night(phone).rows == {"kept": 1}, phone
        assert env.accounts() == []
