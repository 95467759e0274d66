"""The report as a page: what it says, that nothing in a file becomes markup, and how it behaves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exact_import.errors import ConfigError
from exact_import.records.models import RowsRead
from exact_import.reporting.html import page
from exact_import.reporting.report import Report, failure
from exact_import.reporting.summary import sentence, verdict_of
from permissions import is_private
from report_files import AFTER, BEFORE, HOSTILE, SECTIONS, hostile_file
from sandbox_env import SandboxEnv


class Outline(HTMLParser):
    """The elements of a page with their attributes, and its text outside style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._raw = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag

    def handle_data(self, data: str) -> None:
        if self._raw not in ("style", "script"):
            self.text += data + " "

    def handle_endtag(self, _tag: str) -> None:
        self._raw = ""


def outline(path: Path) -> Outline:
    return Outline(path.read_text("utf-8"))


def test_it_says_what_happened(demo: Path) -> None:
    found = outline(demo)
    assert (
        "4 accounts and 2 contacts were created and 1 account and 2 contacts were updated "
        "from klanten.csv; 2 of 11 rows were rejected; 1 row waits for your decision." in found.text
    )
    for title in SECTIONS:
        assert title.rpartition(" ")[0] in found.text
    text = " ".join(found.text.split())
    assert "5004 Drukkerij 't Zetsel Inktlaan 44, 8000 Brugge same name (another" in text
    for value in ("Molenstraat 12", "Nieuwe Molenstraat 14", "065 12 34 56", "065 98 76 54"):
        assert value in found.text
    # A refused row stands there whole, with the reason; others only as far as they changed.
    for cell in ("5006", "Elektro Öztürk", "Stroomweg 9", "emre.elektro.example", "line 7"):
        assert cell in found.text
    assert "not a valid e-mail address" in found.text
    assert "klanten.rejected.csv" in found.text
    assert "lieve@zetsel.example" not in found.text
    assert "15 calls to Exact Online: 6 to read, 9 to write." in found.text
    assert is_private(demo)


def test_it_asks_the_network_for_nothing(demo: Path) -> None:
    found = outline(demo)
    for tag, attributes in found.elements:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert (attributes.get(name) or "data:,") == "data:,", (tag, attributes)
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in found.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_nothing_in_a_file_becomes_markup(env: SandboxEnv) -> None:
    plain = Outline(page(Report("import", ["a.csv"], rows=RowsRead(1)), {}, "A title", at=0))
    path = hostile_file(env)
    env.json(path.name, "--report", "report.html", status=1)
    found = outline(env.folder / "report.html")
    for cell in HOSTILE:
        assert cell in found.text, cell
    assert "<i>a&b.csv" in found.text
    assert 'E-mail <b>of</b> "them"' in found.text
    tags = [tag for tag, _ in found.elements]
    assert tags.count("script") == tags.count("style") == tags.count("h1") == 1
    assert not {"i", "b", "img", "iframe", "a"} & set(tags)
    assert "script" in [tag for tag, _ in plain.elements]


def test_control_characters_are_shown_as_such() -> None:
    report = Report("import", ["a.csv"], notes=["a\x00b\x1b[31mc\ud800d"])
    text = page(report, {}, "A title", at=0)
    assert "a\ufffdb\ufffd[31mc?d" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("command", ["plan", "--dry-run", "undo"])
def test_other_commands_make_one_too(env: SandboxEnv, command: str) -> None:
    env.write("klanten.csv", AFTER)
    arguments: list[str] = [command, "klanten.csv"]
    if command == "undo":
        run = env.json("klanten.csv", status=1)["run"]
        arguments = ["undo", "--yes", run]
    ended = env.run(*arguments, "--report", "report.html")
    assert ended.returncode in (0, 1), ended.stderr
    text = outline(env.folder / "report.html").text
    expected = {
        "plan": "would be created from klanten.csv",
        "--dry-run": "klanten.csv was checked: 2 of 8 rows were rejected.",
        "undo": "were deleted",
    }
    assert expected[command] in text


def test_several_divisions_have_a_line_each(env: SandboxEnv) -> None:
    env.configure("[import]\ndivision = {Administratie}\n[division 425880]\nis = <Bakkerij>\n")
    env.write(
        "a.csv",
        "Administratie,Code,Company\r\n<Bakkerij>,1,Acme\r\n425881,2,Beta\r\n999999,3,Gamma\r\n",
    )
    env.json("a.csv", "--report", "report.html", status=None)
    text = outline(env.folder / "report.html").text
    assert "2 accounts were created from a.csv" in text
    for division, word in ((425880, "1 created"), (425881, "1 created"), (999999, "1 pending")):
        assert re.search(rf"{division}\)?\s[^0-9]*{word}", text), text
    # Trouble comes first, and says what it is.
    assert text.index("999999") < text.index("425880")
    assert "account · line 2 · <Bakkerij> (425880)" in text


def test_a_plan_shows_what_is_written_otherwise(env: SandboxEnv) -> None:
    env.write("klanten.csv", AFTER)
    env.json("plan", "klanten.csv", "--report", "report.html", status=None)
    text = outline(env.folder / "report.html").text
    assert "Values rewritten" in text
    assert re.search(r"Land\s+.*België.*→.*BE", text)


def test_a_report_that_cannot_be_written_is_reported(env: SandboxEnv) -> None:
    env.write("klanten.csv", BEFORE)
    ended = env.run("klanten.csv", "--report", "nowhere/report.html")
    assert ended.returncode == 2
    assert "nowhere/report.html: the folder does not exist; nothing was read" in ended.stderr


# Nobody may make a file in /proc; elsewhere root, as which tests often run, may write anywhere.
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can fill")
def test_a_report_that_cannot_be_made_after_all_is_reported(env: SandboxEnv) -> None:
    env.write("klanten.csv", BEFORE)
    ended = env.run("klanten.csv", "--report", "/proc/self/report.html", "--json")
    assert ended.returncode == 73
    assert "report.html" in ended.stderr
    assert json.loads(ended.stdout)["rows"]["created"] == 4


def test_a_report_of_what_failed_says_so() -> None:
    report = failure("import", ["in/a.csv"], ConfigError("It is <wrong>.", "Fix it."))
    found = Outline(page(report, {}, sentence(report), at=0))
    assert "The configuration is wrong" in found.text
    assert "a.csv was not imported." in found.text
    assert "It is <wrong>." in found.text
    assert "Fix it." in found.text


def test_an_exit_status_that_is_not_described_has_a_heading_too() -> None:
    assert verdict_of(0) == ("Done", "good")
    assert verdict_of(99) == ("Ended with exit status 99", "bad")


def test_the_template_is_loaded_only_for_a_report(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Company\nAcme\n")
    program = (
        "import sys\n"
        "from exact_import.cli.main import run\n"
        "run(['--dry-run', 'a.csv', *sys.argv[1:]])\n"
        "print('jinja2' in sys.modules, file=sys.stderr)\n"
    )
    for arguments, loaded in (((), "False"), (("--report", "r.html"), "True")):
        ended = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            cwd=tmp_path,
        )
        assert ended.stderr.strip() == loaded
