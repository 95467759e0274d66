"""docs/session.svg: a session at a terminal as the README shows it, and nothing else than it is."""

from __future__ import annotations

import html
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sandbox_env import MakeEnv, table
from screen import COLUMNS, Screen, on_screen

PICTURE = Path(__file__).parents[3] / "docs" / "session.svg"
COMMAND = "exact-import customers.csv"
HEADER = ["Company", "Street", "Postcode", "City", "Country", "Contact", "E-mail"]
ROWS = (
    ["Garage Maes", "Stationsplein 2", "8000", "Brugge", "BE", "An Maes", "an@maes.example"],
    ["Bakkerij Peters", "Molenstraat 1", "9000", "Gent", "BE", "", ""],
    ["Drukkerij Zetsel", "Inktlaan 44", "8000", "Brugge", "BE", "", "zetsel.example"],
)


def test_the_picture_of_a_session_is_what_a_terminal_shows(make_env: MakeEnv) -> None:
    env = make_env(minute_limit=60, day_limit=5000)
    account = {"Code": "1001", "Name": "Bakkerij Peeters", "Status": "C", "Country": "BE"}
    place = {"AddressLine1": "Kerkplein 5", "Postcode": "9000", "City": "Gent"}
    env.control("POST", "accounts", {"create": [account | place]})
    env.json("divisions")  # from now on the company's name is known
    env.write("customers.csv", table(HEADER, *ROWS))
    with on_screen(env, "customers.csv") as screen:
        screen.wait_for("or later [later]:")
        screen.type("1\n")
        screen.wait_for("[y/N]:")
        screen.type("y\n")
        assert screen.end() == 1
        prompt = Text.assemble(("$ ", "dim"), (COMMAND, "bold"))
        lines = [prompt, *_styled(screen)]
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        PICTURE.write_text(_svg(lines), "utf-8")
    assert _texts(PICTURE.read_text("utf-8")) == _texts(_svg(lines)), (
        "write it again with EXACT_IMPORT_TEST_WRITE_DOCS=1 "
        "pytest tests/system/cli/test_session_picture.py"
    )


def _styled(screen: Screen) -> list[Text]:
    """Return what the terminal showed, with its colours, without the empty lines at its end."""
    lines = [
        Text.assemble(*((text, f"{'bold ' * bold}{colour}".strip()) for text, colour, bold in line))
        for line in screen.coloured_lines()
    ]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    for line in lines:
        line.rstrip()
    return lines


def _svg(lines: Iterable[Text]) -> str:
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), color_system="truecolor")
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)
    text = console.export_svg(title="exact-import", unique_id="session")
    # A picture asks no network for a font.
    text = re.sub(r"@font-face \{.*?\}", "", text, flags=re.DOTALL)
    return re.sub(r"[ \t]+\n", "\n", text)


def _texts(picture: str) -> list[str]:
    """Return the texts of an SVG, without what depends on the version that drew it."""
    found = re.findall(r"<text [^>]*>(.*?)</text>", picture, re.DOTALL)
    texts = [html.unescape(text).replace("\xa0", " ").strip() for text in found]
    return [text for text in texts if text]
