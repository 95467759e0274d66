"""The INI is read as the library reads it, and a change leaves all else to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.config.ini_file import changed, parse, read
from exact_import.errors import ConfigError

PATH = Path("config.ini")


def test_options_keep_their_spelling_and_have_those_of_default() -> None:
    ini = parse("[DEFAULT]\nx = 1\n[account]\nAddressLine1 = {Street} %d\n[empty]\n", PATH)
    assert ini.sections == {
        "account": {"x": "1", "AddressLine1": "{Street} %d"},
        "empty": {"x": "1"},
    }
    assert ini.section("contact") == {}


@pytest.mark.parametrize("text", ["[a]\nPhone = 1\nphone = 2\n", "[a]\n x = 1\n[a]\n"])
def test_what_the_library_finds_twice_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="duplicate"):
        parse(text, PATH)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("[a]\nx = 1 ; no comment\n", "[a]\nx = 2\n"),
        ("[a]\n    x: 1\n    y = 1\n", "[a]\n    x : 2\n    y = 1\n"),
        ("[a]\nx = 1\n# kept\n  more\ny = 1\n", "[a]\nx = 2\n# kept\ny = 1\n"),
        ("[a]\n  ; x = 0\nX = 1", "[a]\n  ; x = 0\nX = 2\n"),
        ("[a]\n\t; kept\n  y = 1\n\n[b]\n", "[a]\n\t; kept\n  y = 1\n  x = 2\n\n[b]\n"),
        ("[b]\r\ny = 1\r\n", "[b]\r\ny = 1\r\n\r\n[a]\r\nx = 2\r\n"),
        ("[b]\n[transient]\ny = 1\n", "[b]\n[a]\nx = 2\n\n[transient]\ny = 1\n"),
        ("", "[a]\nx = 2\n"),
    ],
)
def test_one_option_changes_and_nothing_else(text: str, after: str) -> None:
    assert changed(text, {"a": {"x": "2"}}, PATH) == after


def test_a_whole_section_is_replaced_and_its_comments_stay() -> None:
    text = "[a]\n; first\nx = 1\n; second\ny = 1\n\n[b]\ny = 1\n"
    after = changed(text, {"a": {"z": "3", "x": "2"}}, PATH, whole=True)
    assert parse(after, PATH).sections == {"a": {"x": "2", "z": "3"}, "b": {"y": "1"}}
    assert [line for line in after.splitlines() if line[:1] == ";"] == ["; first", "; second"]
    assert changed(text, {"b": {"y": "1"}}, PATH, whole=True) == text


def test_every_way_to_fail_is_reported_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.ini does not exist\. Check the path") as missing:
        read(tmp_path / "a.ini")
    assert "--sandbox" not in str(missing.value)  # no help to somebody who gave it
    with pytest.raises(ConfigError, match="it is a folder"):
        read(tmp_path)
    with pytest.raises(ConfigError, match=r"layout .* \[a\]"):
        changed("[a]\n  [b]\nx = 1\n", {"a": {"x": "2"}}, PATH)
