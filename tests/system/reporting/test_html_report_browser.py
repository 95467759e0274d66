"""The report in a real browser: silent, safe, and legible at every width, on paper, in the dark."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chromium import chromium
from depth import thinned
from report_files import HOSTILE, SECTIONS, hostile_file
from sandbox_env import SandboxEnv

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture(name="browser", scope="module")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile"), logs=True) as browser:
        yield browser


def look(browser: Chrome, path: Path, width: int = 1100, height: int = 1400) -> None:
    """Open the page in a window of this size, with nothing noted of what was before it."""
    browser.get("about:blank")
    requested(browser)
    console_errors(browser)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get(path.as_uri())


def choose(browser: Chrome, scheme: str) -> None:
    """Let the reader prefer light or dark."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def console_errors(browser: Chrome) -> list[Any]:
    found: list[Any] = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium's own
    return found


def requested(browser: Chrome) -> list[str]:
    log: list[Any] = browser.get_log("performance")  # type: ignore[no-untyped-call]  # selenium's own
    events = [json.loads(entry["message"])["message"] for entry in log]
    return [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]


@pytest.mark.browser
def test_a_browser_opens_it_without_a_word_or_a_request(browser: Chrome, demo: Path) -> None:
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
def test_search_and_filter_narrow_the_changes(browser: Chrome, demo: Path) -> None:
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
def test_hostile_cells_stay_text(browser: Chrome, env: SandboxEnv) -> None:
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


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme"),
    thinned([(1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")]),
)
def test_each_section_can_be_read_at_every_width(
    browser: Chrome, demo: Path, width: int, scheme: str
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
def test_it_fits_a_phone_and_paper(browser: Chrome, demo: Path) -> None:
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
@pytest.mark.parametrize("scheme", thinned(["dark", "light"]))
def test_it_is_legible_in_light_and_dark(browser: Chrome, demo: Path, scheme: str) -> None:
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
