"""Whatever the layout of an INI file, only what is meant changes in it."""

from __future__ import annotations

import configparser
from pathlib import Path

import hypothesis
from hypothesis import strategies as st

from exact_import.config import ini_file
from exact_import.errors import ConfigError

LINES = [
    *("", "  ", "# c", "; c = 1", "  # indented", "\t; x = 2", "[transient]", "[a]", "[b]  # no"),
    *("x = 1", "x: 2", "  cont", "\tcont", "x =", "x=#v", "refresh_token = old", "y = a ; b"),
    *("refresh_token = a\n  b", "Access_Token: z", "  access_token=q", "z = %(x)s", "[DEFAULT]"),
    *("k=v=w", "a b = c", "é = ü", "x\u2028y = 1", "x = a\x0bb", "x = a\x0cb\x1cc", "   [a]"),
]


@hypothesis.settings(deadline=None)
@hypothesis.given(
    st.lists(st.sampled_from(LINES) | st.text(" =:#;[]ab\t\x85", max_size=8), max_size=10),
    st.booleans(),
)
def test_whatever_the_layout_only_what_is_meant_changes(lines: list[str], crlf: bool) -> None:
    def content(text: str) -> dict[str, dict[str, str]]:
        parser = configparser.RawConfigParser(default_section="")
        parser.read_string(text.replace("\r\n", "\n"))
        return {name: dict(parser.items(name)) for name in parser.sections()}

    text = ("\r\n" if crlf else "\n").join(lines)
    try:
        expected = content(text)
    except configparser.Error:
        return
    new = {"access_token": "A", "refresh_token": "R%"}
    try:
        result = ini_file.changed(text, {"transient": new}, Path("x"))
    except ConfigError:
        return
    expected["transient"] = {**expected.get("transient", {}), **new}
    assert content(result) == expected
    if "\r\n" in text:
        bare = [whole.count("\n") - whole.count("\r\n") for whole in (text, result)]
        assert bare[1] <= bare[0]
    comments = [line for line in text.split("\n") if line.startswith(("#", ";"))]
    kept = [line for line in result.split("\n") if line.startswith(("#", ";"))]
    assert [line.rstrip("\r") for line in kept] == [line.rstrip("\r") for line in comments]
