"""A row that would give an account the name of another company is warned of."""

from __future__ import annotations

import pytest

from in_process import new_env, run_json

NUMBER = "BE0123456749"


@pytest.mark.parametrize("key", ["", "1,"], ids=["by VAT number", "by code too"])
def test_an_account_that_would_be_renamed_wholly_is_warned_of(key: str) -> None:
    with new_env() as env:
        header = f"{'Code,' if key else ''}Company,VAT number\r\n"
        env.write("a.csv", f"Code,Company,VAT number\r\n1,Garage Peeters BVBA,{NUMBER}\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        env.write("a.csv", f"{header}{key}Frituur Max,{NUMBER}\r\n")
        ended = run_json(env, env.folder / "a.csv")
        assert ended.status == 0
        assert [account["Name"] for account in env.accounts()] == ["Frituur Max"]
        messages = [problem["message"] for problem in ended.document["problems"]]
        assert any("completely different name" in message for message in messages)
