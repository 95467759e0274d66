"""The whole login in a real browser: real pages, a real redirect; then an import with its INI."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chromium import chromium
from newcomer import shown_address

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.support.wait import WebDriverWait

    Newcomer = Any
    Terminal = Any

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASTE = "https://example.com/exact-import"
SECONDS = 30


@pytest.fixture(name="browser")
def _browser(tmp_path: Path) -> Iterator[Chrome]:
    """Return a headless Chromium that reaches nothing but this computer."""
    here = ("ignore-certificate-errors", "no-proxy-server")
    alone = "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    # A page that cannot be loaded is no failure: it is where the pasted address comes from.
    with chromium(tmp_path / "profile", *here, alone, waits=False) as browser:
        yield browser


def _log_in(browser: Chrome, address: str, *without: str) -> None:
    """Click through the pages, all companies but `without` being ticked."""
    browser.get(address)
    _there(browser, "[name=user]").send_keys("somebody")
    _there(browser, "[name=password]").send_keys("something")
    _there(browser, "button.yes").click()
    _there(browser, "[name=division]")
    _shows(browser, "crm.accounts")
    for company in without:
        _there(browser, f"[name=division][value='{company}']").click()
    _there(browser, "button[value=allow]").click()


def _there(browser: Chrome, selector: str) -> Any:
    def found(driver: Chrome) -> Any:
        elements = driver.find_elements("css selector", selector)
        return elements[0] if elements and elements[0].is_displayed() else None

    return _waiting(browser).until(found)


def _shows(browser: Chrome, text: str) -> None:
    _waiting(browser).until(lambda driver: text in driver.page_source)


def _waiting(browser: Chrome) -> WebDriverWait[Chrome]:
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.wait import WebDriverWait

    # One page may make way for the next between finding a thing and looking at it.
    return WebDriverWait(browser, SECONDS, ignored_exceptions=[StaleElementReferenceException])


def _arrived(browser: Chrome, redirect: str) -> str:
    """Return what the address bar shows once the browser has come to the redirect address."""
    _waiting(browser).until(lambda driver: driver.current_url.startswith(redirect))
    return str(browser.current_url)


def test_pasting_what_the_address_bar_shows(
    newcomer: Newcomer, at_terminal: Callable[..., Terminal], browser: Chrome
) -> None:
    terminal = at_terminal("login")
    terminal.asked("Client id", newcomer.client_id)
    terminal.asked("Redirect URI", PASTE)
    terminal.asked("Client secret", newcomer.secret)
    _log_in(browser, terminal.address())
    terminal.asked("Address", _arrived(browser, PASTE))
    terminal.asked("Which one?", "Tuincentrum Van Zuylen B.V.")
    assert terminal.end() == 0, terminal.shown
    _imports(newcomer, 425881)


def test_the_browser_is_received(newcomer: Newcomer, browser: Chrome) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        redirect = f"https://127.0.0.1:{free.getsockname()[1]}/callback"
    newcomer.knows(redirect)
    with newcomer.env.start("login") as process:
        try:
            _log_in(browser, shown_address(process), "425881")
            _shows(browser, "close this page")
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, err
    # The only company that was left ticked is taken without asking.
    assert "Bakkerij De Korenaar BV (425880)" in out
    _imports(newcomer, 425880)


def test_the_error_page_of_a_wrong_redirect_can_be_read(
    newcomer: Newcomer, browser: Chrome
) -> None:
    newcomer.knows()
    browser.get(newcomer.begin().replace("exact-import", "elsewhere"))
    _shows(browser, "not registered with the redirect URI")


def _imports(newcomer: Newcomer, division: int) -> None:
    env = newcomer.env
    contacts = env.write("contacts.csv", "Company,First name,Last name\nAcme,Ann,Bee\n")
    document = env.json(contacts)
    assert document["division"] == division
    assert document["rows"]["created"] == 1
    assert env.json("plan", contacts)["rows"]["unchanged"] == 1
