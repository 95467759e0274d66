"""A row that would give an account a completely different name is warned of, or held."""

from __future__ import annotations

import pytest

from in_process import new_env, run_json

NUMBER = "BE0123456749"


@pytest.mark.parametrize("key", ["", "1,"], ids=["by VAT number", "by code too"])
def test_a_row_gives_a_completely_different_name_only_in_its_own_file(key: str) -> None:
    with new_env() as env:
        header = f"{'Code,' if key else ''}Company,VAT number\r\n"
        env.write("a.csv", f"Code,Company,VAT number\r\n1,Garage Peeters BVBA,{NUMBER}\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        changed = f"{header}{key}Frituur Max,{NUMBER}\r\n"
        env.write("b.csv", changed)
        assert run_json(env, env.folder / "b.csv").rows == {"held": 1}
        env.write("a.csv", changed)
        ended = run_json(env, env.folder / "a.csv")
        assert ended.status == 0
        assert [account["Name"] for account in env.accounts()] == ["Frituur Max"]
        messages = [problem["message"] for problem in ended.document["problems"]]
        # An own number needs no warning: it is the same row, with a new name.
        assert any("completely different name" in message for message in messages) == (not key)
