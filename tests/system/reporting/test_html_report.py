"""The report as a page: what it says, that nothing in a file becomes markup, and how it behaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from exact_import.errors import ConfigError
from exact_import.records.models import RowsRead
from exact_import.reporting.html import page
from exact_import.reporting.report import Report, failure
from exact_import.reporting.summary import sentence, verdict_of
from permissions import is_private
from sandbox_env import SandboxEnv

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

# The same customers twice: as they were, and with mistakes and changes.
BEFORE, AFTER = (
    Path(__file__).with_name(f"report_{name}.csv").read_text("utf-8")
    for name in ("before", "after")
)
# A row that may be a company of the others, spelled otherwise.
HELD = ";Drukkerij Zetzel;Inktlaan 44;8000;Brugge;België;;;;;\n"
# A new company on two rows, with two customer numbers.
ALIKE = "".join(f"{code};Café Sport;Markt 3;8000;Brugge;België;;;;;\n" for code in (5009, 5010))
# What an attacker might put into a cell, and what is merely unusual in HTML.
HOSTILE = (
    "<script>document.title='taken'</script>",
    "<img src=https://evil.example/x onerror=document.title='taken'>",
    "</td></table><h1>Mine</h1>",
    "\"' onmouseover='document.title=1'",
    "</script><script>document.title='taken'</script>",
    "&lt;b&gt; & &amp;",
    "<style>*{display:none}</style>",
    "javascript:alert(1)",
    "\u202emoc.live\u202c",
)


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


def hostile_file(env: SandboxEnv) -> Path:
    rows = [
        f'{number},"{cell.replace(chr(34), chr(34) * 2)}",no-address'
        if number % 2
        else f'{number},"{cell.replace(chr(34), chr(34) * 2)}",a{number}@b.example'
        for number, cell in enumerate(HOSTILE, 6001)
    ]
    header = 'Code,Company,"E-mail <b>of</b> ""them"""'
    env.configure('[account]\nCode = {Code}\nName = {Company}\nEmail = {E-mail <b>of</b> "them"}\n')
    return env.write("<i>a&b.csv", "\r\n".join([header, *rows]) + "\r\n")


@pytest.fixture(name="demo")
def _demo(env: SandboxEnv) -> Path:
    """Return the page of an import with all that a page can show."""
    env.write("klanten.csv", BEFORE)
    env.json("klanten.csv")
    env.write("klanten.csv", AFTER + HELD + ALIKE)
    env.json("klanten.csv", "--report", "report.html", status=1)
    return env.folder / "report.html"


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


# Elsewhere root, as which tests often run, may write anywhere.
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


@pytest.fixture(name="browser", scope="module")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("There is no Chromium here.")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for name in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{name}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


def look(browser: WebDriver, path: Path, width: int = 1100, height: int = 1400) -> None:
    """Open the page in a window of this size, with nothing noted of what was before it."""
    browser.get("about:blank")
    requested(browser)
    console_errors(browser)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get(path.as_uri())


def choose(browser: WebDriver, scheme: str) -> None:
    """Let the reader prefer light or dark."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def console_errors(browser: WebDriver) -> list[Any]:
    found: list[Any] = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium's own
    return found


def requested(browser: WebDriver) -> list[str]:
    log: list[Any] = browser.get_log("performance")  # type: ignore[no-untyped-call]  # selenium's own
    events = [json.loads(entry["message"])["message"] for entry in log]
    return [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]


@pytest.mark.browser
def test_a_browser_opens_it_without_a_word_or_a_request(browser: WebDriver, demo: Path) -> None:
    look(browser, demo)
    assert console_errors(browser) == []
    asked = [url for url in requested(browser) if not url.startswith("data:")]
    assert asked == [demo.as_uri()]
    # The style is in force, so the policy lets it be.
    assert browser.execute_script("return getComputedStyle(document.querySelector('.bar')).height")
    assert "js" in browser.execute_script("return document.documentElement.className")
    if os.environ.get("EXACT_IMPORT_TEST_WRITE_DOCS"):
        target = Path(__file__).parents[3] / "docs" / "report.png"
        browser.save_screenshot(str(target))
        assert target.stat().st_size < 300_000


@pytest.mark.browser
def test_search_and_filter_narrow_the_changes(browser: WebDriver, demo: Path) -> None:
    look(browser, demo)
    section = next(
        one
        for one in browser.find_elements("css selector", "section[data-list]")
        if one.find_elements("css selector", "input")
    )

    def shown() -> list[str]:
        rows = section.find_elements("css selector", "tbody > tr")
        return [row.text for row in rows if row.is_displayed()]

    everything = shown()
    assert len(everything) == 9
    search = section.find_element("css selector", "input")
    search.send_keys("MOLENSTRAAT 14")
    assert len(shown()) == 1
    assert "Bakkerij De Korenbloem" in shown()[0]
    assert section.find_element("css selector", "output").text == "1 of 9 shown"
    search.send_keys("\ue00c")  # Escape
    assert shown() == everything

    by_name = {one.text: one for one in section.find_elements("css selector", "button")}
    by_name["Created"].click()
    assert len(shown()) == 6
    assert all(row.startswith("Created") for row in shown())
    assert by_name["Created"].get_attribute("aria-pressed") == "true"
    search.send_keys("trapper")
    assert len(shown()) == 2
    by_name["All"].click()
    assert len(shown()) == 2
    assert console_errors(browser) == []


@pytest.mark.browser
def test_hostile_cells_stay_text(browser: WebDriver, env: SandboxEnv) -> None:
    env.json(hostile_file(env).name, "--report", "report.html", status=1)
    look(browser, env.folder / "report.html")
    title = browser.title
    assert "rejected" in title
    text = browser.execute_script("return document.querySelector('main').textContent")
    for cell in HOSTILE:
        assert cell in text, cell
    assert len(browser.find_elements("css selector", "h1")) == 1
    assert browser.execute_script("return document.scripts.length") == 1
    browser.execute_script(
        "for (const one of document.querySelectorAll('*'))"
        " one.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))"
    )
    assert browser.title == title
    assert console_errors(browser) == []
    assert not any(re.match(r"https?:", url) for url in requested(browser))


SECTIONS = {
    "Rejected rows 2": ["line 7", "emre.elektro.example"],
    "Held: which record is it? 1": ["Drukkerij Zetzel", "5004", "Inktlaan 44, 8000 Brugge"],
    "Likely duplicates 1": [
        "line 12",
        "has the same name and",
        "as line 11 but another customer number",
    ],
    "No number for e-invoices (Peppol) 6": ["line 2", "Bakkerij De Korenbloem"],
}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_each_section_can_be_read_at_every_width(
    browser: WebDriver, demo: Path, width: int, scheme: str
) -> None:
    choose(browser, scheme)
    look(browser, demo, width, 900)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    shown = {
        " ".join(one.find_element("css selector", "h2").text.split()): one
        for one in browser.find_elements("css selector", "section")
    }
    assert shown.keys() >= SECTIONS.keys()
    for title, texts in SECTIONS.items():
        text = " ".join(shown[title].text.split())
        for expected in texts:
            assert expected.casefold() in text.casefold(), (title, text)
    # Nothing is cut off, or drawn over its neighbour.
    spilled = browser.execute_script(
        "return [...document.querySelectorAll('main *')].filter((one) => one.clientWidth"
        " && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'"
        " && getComputedStyle(one).overflowX === 'visible').map((one) => one.outerHTML)"
    )
    assert spilled == []
    ground, ink = browser.execute_script(
        "const list = document.querySelector('.list'); const key = document.querySelector('.key');"
        "return [getComputedStyle(list).backgroundColor, getComputedStyle(key).color]"
    )
    assert (_brightness(ground) > _brightness(ink)) == (scheme == "light")


def _brightness(colour: str) -> int:
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


@pytest.mark.browser
def test_it_fits_a_phone_and_paper(browser: WebDriver, demo: Path) -> None:
    look(browser, demo, 360, 740)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= 360
    closed = "return document.querySelectorAll('details:not([open])').length"
    assert browser.execute_script(closed) == 6
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(closed) == 0
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(closed) == 6


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_legible_in_light_and_dark(browser: WebDriver, demo: Path, scheme: str) -> None:
    choose(browser, scheme)
    look(browser, demo)
    style = "const style = getComputedStyle(document.documentElement);"
    colours = browser.execute_script(
        style + "return ['paper', 'sheet', 'ink', 'soft', 'quiet', 'good', 'change', 'bad', 'mine']"
        ".map((name) => style.getPropertyValue('--' + name).trim())"
    )
    paper, sheet, *inks = map(_luminance, colours)
    assert (paper > 0.5) == (scheme == "light")
    for ground in (paper, sheet):
        for ink in inks:
            # WCAG 2.2, 1.4.3: text needs a contrast of 4.5.
            assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5, colours


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
