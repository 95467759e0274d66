"""A row that would give an account the name of another company is warned of."""

from __future__ import annotations

import pytest

from exact_import.planning.matching import are_strange
from in_process import new_env, run_json

NUMBER = "BE0123456749"


@pytest.mark.parametrize(
    ("one", "other", "strange"),
    [
        ("Garage Peeters BVBA", "Frituur Max BVBA", True),
        ("Garage Peeters BVBA", "Peeters, garage", False),
        ("Établissements Dubois & Fils", "Dubois et Fils SPRL", False),
        ("Bakkerij De Korenbloem", "Bakkery de Korenbloom", False),
        ("B.V. Jansen", "Jansen B.V.", False),
        ("", "Frituur Max", False),
        ("NV", "Frituur Max", False),
    ],
)
def test_names_without_a_word_in_common_are_strange(one: str, other: str, strange: bool) -> None:
    assert are_strange(one, other) == are_strange(other, one) == strange


@pytest.mark.parametrize(
    ("key", "warned"), [("", True), ("1,", False)], ids=["by VAT number", "by code"]
)
def test_an_account_that_would_be_renamed_wholly_is_warned_of(key: str, warned: bool) -> None:
    with new_env() as env:
        header = f"{'Code,' if key else ''}Company,VAT number\r\n"
        env.write("a.csv", f"Code,Company,VAT number\r\n1,Garage Peeters BVBA,{NUMBER}\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        env.write("b.csv", f"{header}{key}Frituur Max,{NUMBER}\r\n")
        ended = run_json(env, env.folder / "b.csv")
        assert ended.status == 0
        assert [account["Name"] for account in env.accounts()] == ["Frituur Max"]
        messages = [problem["message"] for problem in ended.document["problems"]]
        assert any("wholly different name" in message for message in messages) == warned
