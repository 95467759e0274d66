"""The login dialogue, from the first question to a company that can be imported into."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import sys
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from exact_import.cli import login_prompts
from exact_import.cli.console import at_terminal, say
from exact_import.cli.setup import connected
from exact_import.errors import ConfigError, LoginError, TemporaryError, UsageError
from exact_import.exact.auth import oauth
from exact_import.exact.auth.storage import Storage
from exact_import.exact.errors import ScopeMissing

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.exact.client import Client, DivisionInfo

# How often the user may try again after an error.
ROUNDS = 3
# Seconds to wait for the browser.
BROWSER_SECONDS = 300.0
_POLL_SECONDS = 0.3

WHICH_COMPANIES = (
    'Where it asks for companies, choose "current and future administrations": a new '
    "consent replaces the companies that were chosen before."
)
WITHOUT_LIST = (
    "The app lacks the scope Organization administration: companies cannot be listed, and what is "
    "deleted in Exact Online is noticed only when everything is read again. To add it, tick it on "
    f"the app's page at {oauth.APP_CENTRE}, then log in again."
)


@dataclass(frozen=True, slots=True)
class LoginResult:
    """Who logged in, to which company (with its name, if known), and what could be read."""

    user: str
    division: int
    name: str
    account: str


class LoginDialog:
    """One login into the configuration of `settings`; without `browser` none is opened."""

    def __init__(self, settings: Settings, *, browser: bool) -> None:
        self.settings = settings
        self.storage = Storage(settings.config, settings.overlay)
        self.browser = browser

    # Before the browser

    def write(self, given: Mapping[str, str]) -> None:
        """Write the options that are given: site, client_id and redirect_uri."""
        if "site" in given:
            login_prompts.set_site(self.storage, given["site"].casefold())
        values = {}
        if "client_id" in given:
            values["client_id"] = login_prompts.client_id_of(given["client_id"])
        if "redirect_uri" in given:
            values["base_url"] = login_prompts.redirect_of(given["redirect_uri"])
        if values:
            self.storage.write_options("application", values)

    def complete(self, *, ask: bool) -> None:
        """Ask for all missing values at a terminal.

        Raises ConfigError if something is missing and there is nobody to ask.
        """
        storage = self.storage
        if at_terminal() and (ask or not self._known()):
            login_prompts.ask_all(storage)
        try:
            storage.get_client_id()
            storage.get_base_url()
            storage.get_client_secret()
        except ConfigError as error:
            raise ConfigError(
                error.message,
                error.advice
                or "Run `exact-import login` at a terminal, fill it in there, or set "
                "EXACT_CLIENT_ID and EXACT_CLIENT_SECRET.",
            ) from None
        login_prompts.redirect_of(storage.get_base_url())
        if login_prompts.site_of(storage) == "":
            raise ConfigError(
                f"The country of your Exact Online is unknown: site in [server] of "
                f"{storage.path} is not set.",
                "Add --site be, or the code of your country.",
            )

    def _known(self) -> bool:
        there = functools.partial(login_prompts.present, self.storage, "application")
        secret = there("client_secret") or there("client_secret_command")
        known = there("client_id") and there("base_url") and secret
        return bool(known) and login_prompts.site_of(self.storage) != ""

    def _address(self, client: Client, attempt: oauth.LoginAttempt) -> str:
        """Return the address to open, after asking the site whether it knows the app."""
        url: str = client.api.create_auth_request_url(attempt.state)
        oauth.check_address(client.api.transport, url, self.storage.get_base_url())
        return url

    # The browser

    def begin(self) -> str:
        """Begin a login that `finish` ends, and return the address to open."""
        attempt = oauth.LoginAttempt.begin()
        with connected(self.settings, self.storage, 0) as client:
            url = self._address(client, attempt)
        attempt.keep(self.settings.config)
        return url

    def finish(self) -> None:
        """Finish what `begin` began: read the browser's final address from standard input."""
        attempt = oauth.LoginAttempt.kept(self.settings.config)
        code = oauth.code_in(sys.stdin.read(), attempt.state, self.storage.get_base_url())
        with connected(self.settings, self.storage, 0) as client:
            self._exchange(client, code)
        oauth.forget_attempt(self.settings.config)

    def run(self) -> None:
        """Get a code through the browser, exchange it for tokens, and store them."""
        there = at_terminal()
        if not there and not oauth.is_loopback(self.storage.get_base_url()):
            raise no_terminal()
        for left in reversed(range(ROUNDS)):
            attempt = oauth.LoginAttempt.begin()
            try:
                with connected(self.settings, self.storage, 0) as client:
                    code = self._code(self._address(client, attempt), attempt)
                    self._exchange(client, code)
            except (LoginError, ConfigError) as error:
                if not left or not there:
                    raise
                if isinstance(error, LoginError):
                    say(f"{error.message} Try again with a new address.\n")
                else:
                    say(f"{error.message}\n")
                    login_prompts.ask_all(self.storage)
            else:
                return

    def _exchange(self, client: Client, code: str) -> None:
        """Exchange a code for tokens, which are then stored.

        Raises `LoginError` if the code is refused, `ConfigError` if the app's secret is,
        `TemporaryError` if the site does not answer, `StorageError` if nothing can be stored.
        """
        try:
            client.api.request_token(code)
        except LoginError:
            raise LoginError(
                "Exact Online does not accept this code: it was used before, or is older than "
                "three minutes.",
                f"{oauth.AGAIN} Paste the address as soon as the browser has arrived there.",
            ) from None
        except ConfigError as error:
            if "client" not in error.message:
                raise
            host = urlsplit(self.storage.get_token_url()).hostname
            raise ConfigError(
                f"{host} does not accept the app's client secret.",
                f"Copy it again from the app's page at {oauth.APP_CENTRE} (not the webhook "
                "secret), with `exact-import login --ask`, or change it where it comes from.",
            ) from None
        except TemporaryError as error:
            raise TemporaryError(
                f"The login could not be finished: {error.message}", oauth.MAINTENANCE
            ) from None

    def _code(self, url: str, attempt: oauth.LoginAttempt) -> str:
        redirect = self.storage.get_base_url()
        if not oauth.is_loopback(redirect):
            self._show(url)
            return self._pasted(attempt, redirect)
        try:
            with oauth.Listener(redirect, attempt.state) as listener:
                self._show(url)
                address = self._received(listener, redirect)
        except oauth.NoListener as reason:
            say(f"This program cannot wait for the browser at {redirect} ({reason}).")
            if not at_terminal():
                raise no_terminal() from None
            self._show(url)
            return self._pasted(attempt, redirect)
        if address:
            return oauth.code_in(address, attempt.state, redirect)
        if not at_terminal():
            raise LoginError("The browser did not come back.", "Run `exact-import login` again.")
        return self._pasted(attempt, redirect)

    def _show(self, url: str) -> None:
        say("Open this address in a browser, log in there, and allow access:")
        say(f"\n  {url}\n")
        say(f"{WHICH_COMPANIES}\n")
        if self.browser and at_terminal() and _has_browser():
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(url)

    def _received(self, listener: oauth.Listener, redirect: str) -> str:
        """Return the address at which the browser arrived; "" if the user wants to paste it."""
        say(
            f"The browser then comes back to {redirect} by itself. It warns about that page's "
            "certificate, which was made for this login: accept it."
        )
        if at_terminal():
            say("(Press Enter to paste the address instead.)")
        until = time.monotonic() + BROWSER_SECONDS
        while time.monotonic() < until:
            address = listener.wait(_POLL_SECONDS)
            if address:
                return address
            if at_terminal() and _typed():
                return sys.stdin.readline().strip()
        return ""

    def _pasted(self, attempt: oauth.LoginAttempt, redirect: str) -> str:
        say(f"The browser then arrives at {redirect}; what that page shows does not matter.")
        say(
            "Copy the whole address from the browser's address bar and paste it here within three "
            "minutes. It is not shown."
        )
        while True:
            text = click.prompt(
                "Address", hide_input=True, default="", show_default=False, err=True
            )
            if not text.strip():
                say(
                    f"If the browser shows an error instead: is {redirect} the redirect URI that "
                    "the app is registered with? Press Ctrl-C to stop; `exact-import login --ask` "
                    "asks for everything again."
                )
                continue
            try:
                return oauth.code_in(text, attempt.state, redirect)
            except LoginError as error:
                say(str(error))

    # After the browser

    def settle(self) -> LoginResult:
        """Choose the company, store it, and test that it can be read.

        Raises ConfigError if there are several and nobody to ask; the login is kept.
        """
        with connected(self.settings, self.storage, 0) as client:
            user = str(client.me().get("FullName") or "")
            divisions = granted(client)
        number = self._chosen(divisions)
        self.storage.write_options("transient", {"division": str(number)})
        with connected(self.settings, self.storage, number) as client:
            account = one_account(client)
        names = {division.code: division.name for division in divisions or ()}
        return LoginResult(user, number, names.get(number, ""), account)

    def _chosen(self, divisions: list[DivisionInfo] | None) -> int:
        wanted = self.settings.division
        now = login_prompts.chosen_division(self.storage)
        if divisions is None:
            say(WITHOUT_LIST)
            if wanted or not at_terminal():
                return wanted or now or _nobody_to_ask("Name its number")
            return int(
                click.prompt(
                    "Number of the company",
                    type=click.IntRange(min=1),
                    default=now or None,
                    err=True,
                )
            )
        codes = [division.code for division in divisions]
        if wanted:
            if wanted not in codes:
                raise no_access(wanted)
            return wanted
        if len(codes) == 1:
            return codes[0]
        if at_terminal():
            return login_prompts.choose(divisions, now)
        return (
            now if now in codes else _nobody_to_ask("`exact-import divisions` lists them; name one")
        )


def no_terminal() -> UsageError:
    """Return the error of a login that needs pasting without a terminal."""
    return UsageError(
        "Not a terminal, so the browser's address cannot be pasted.",
        "Run `exact-import login --print-url`, then `exact-import login --code-url -` with the "
        "address on standard input.",
    )


def no_access(number: int, why: str = "", then: str = "") -> ConfigError:
    """Return the error of a login that may not use the company `number`, and `why`."""
    return ConfigError(
        f"This login has no access to company {number}.{why}",
        "`exact-import divisions` lists the companies it can use. To add one, log in again and "
        f"tick it on the page that asks for access.{then}",
    )


def _nobody_to_ask(how: str) -> int:
    raise ConfigError(
        "You are logged in, but no company is chosen yet.",
        f"{how} with `exact-import divisions --use N`.",
    )


def granted(client: Client) -> list[DivisionInfo] | None:
    """Return the active companies that the login may use; None if it may not list them.

    Raises LoginError if there are none.
    """
    try:
        divisions = [division for division in client.divisions() if division.active]
    except ScopeMissing:
        return None
    if not divisions:
        raise LoginError(
            "This login has access to no company: none was ticked when access was given.",
            "Run `exact-import login` again and tick at least one.",
        )
    return sorted(divisions, key=lambda division: division.code)


def one_account(client: Client) -> str:
    """Read accounts and return the code and name of one; "" if there is none.

    Raises LoginError, naming the scope, where the login may not read them.
    """
    try:
        rows = next(client.sync_pages("account", 1, ["Code", "Name"]), [])
    except ScopeMissing as error:
        raise scope_error(error) from None
    return f"{rows[0]['Code']} {rows[0]['Name']}" if rows else ""


def scope_error(error: ScopeMissing) -> LoginError:
    """Return an error with the missing scope as the App Centre spells it, and where to tick it."""
    scope = oauth.scope_in(error.message) or "Crm accounts"
    return LoginError(
        f"The app lacks the scope {scope}.",
        f"Tick it on the app's page at {oauth.APP_CENTRE} (Manage my apps, the app, its scopes), "
        "then run `exact-import login` again.",
    )


def _typed() -> bool:
    """Return True if a line was typed; on Windows, if somebody has begun to type one."""
    if sys.platform == "win32":  # where select() works for sockets only
        import msvcrt

        return msvcrt.kbhit()
    return bool(select.select([sys.stdin], [], [], 0)[0])


def _has_browser() -> bool:
    """Return True if opening a browser shows one, and does not take over the terminal."""
    if sys.platform in ("win32", "darwin") or os.environ.get("BROWSER"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
