"""The commands that set up: login, logout and divisions."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from exact_import.cli import completion, options
from exact_import.cli.console import for_command, say
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.config.settings import SITES
from exact_import.errors import ExactImportError, UsageError

if TYPE_CHECKING:
    from exact_import.cli.login_dialog import LoginResult
    from exact_import.config.settings import Settings
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import Client, DivisionInfo

# Where the configuration keeps what these options say.
_PLACES = {
    "site": ("server", "site"),
    "client_id": ("application", "client_id"),
    "redirect_uri": ("application", "base_url"),
}


@click.command()
@options.common
@click.option(
    "--site",
    type=click.Choice(list(SITES), case_sensitive=False),
    envvar="EXACT_IMPORT_SITE",
    show_envvar=True,
    help="The country of your Exact Online.",
)
@click.option(
    "--client-id",
    envvar="EXACT_CLIENT_ID",
    show_envvar=True,
    help="The client id of the app that you registered.",
)
@click.option(
    "--redirect-uri",
    envvar="EXACT_IMPORT_REDIRECT_URI",
    show_envvar=True,
    help="The redirect URI of that app.",
)
@options.division
@click.option("--ask", is_flag=True, help="Ask for everything again; Enter keeps what is set.")
@click.option("--no-browser", is_flag=True, help="Show the address instead of opening a browser.")
@click.option(
    "--print-url", is_flag=True, help="Print the address to open, for --code-url, and exit."
)
@click.option(
    "--code-url",
    metavar="-",
    help="Finish a login begun with --print-url; reads the browser's final address from standard "
    "input.",
)
@click.option("--status", is_flag=True, help="Show whether you are logged in, and as which user.")
@options.results
@options.pass_given
def login(
    given: CommandOptions,
    site: str | None,
    client_id: str | None,
    redirect_uri: str | None,
    ask: bool,
    no_browser: bool,
    print_url: bool,
    code_url: str | None,
    status: bool,
) -> None:
    """Log in to Exact Online, and choose the company to import into.

    Asks what it needs, opens the browser, and writes config.ini. The client secret is asked for
    too, unless it is in EXACT_CLIENT_SECRET, .env or the configuration; it is never an option.

    \b
    exact-import login                            on a computer with a browser
    exact-import login --print-url                elsewhere: open this address in any browser,
    exact-import login --code-url - < answer      and give the address where the browser ends
    """
    from exact_import.cli.login_dialog import WHICH_COMPANIES, LoginDialog
    from exact_import.cli.setup import make_config, opened
    from exact_import.exact.auth.storage import Storage

    if sum(map(bool, (print_url, code_url, status))) > 1:
        raise UsageError("--print-url, --code-url and --status cannot be combined.")
    if code_url not in (None, "-"):
        raise UsageError(
            "The address holds a secret, so it cannot be an option.",
            "Give --code-url - and the address on standard input.",
        )
    if print_url and given.sandbox:
        from exact_import.cli.sandbox import must_run  # an extra

        must_run()
    path = given.config_path
    if not given.sandbox and not status and not code_url and not path.exists():
        make_config(path)
        say(f"Created {path}, which explains every setting.")
    texts = {"site": site, "client_id": client_id, "redirect_uri": redirect_uri}
    with opened(given) as settings:
        chosen = _without_typed(settings)
        if status:
            _status(chosen, as_json=given.as_json)
            return
        dialog = LoginDialog(chosen, browser=not no_browser)
        # Values from the environment are not written.
        dialog.write(
            {
                name: text
                for name, text in texts.items()
                if text and _PLACES[name] not in chosen.overlay
            }
        )
        dialog.complete(ask=ask)
        if print_url:
            address = dialog.begin()
            if given.as_json:
                show_document("login", {"url": address, "config": str(settings.config)})
                return
            click.echo(address)
            say(
                "Open this address, log in, and allow access. Copy the address at which the "
                "browser arrives. Within three minutes, run this command and paste the address: "
                "exact-import login --code-url -"
            )
            say(WHICH_COMPANIES)
            return
        if code_url:
            dialog.finish()
        else:
            dialog.run()
        outcome = dialog.settle()
        storage = Storage(settings.config, settings.overlay)
        _remember_companies(settings, storage, {outcome.division: outcome.name})
        _show_outcome(outcome, settings.config, as_json=given.as_json)


def _remember_companies(settings: Settings, storage: Storage, names: Mapping[int, str]) -> None:
    """Store the names of companies by number, so that runs can show them."""
    from exact_import.store.history import remember_company
    from exact_import.store.journal import Journal

    with contextlib.closing(Journal(settings.journal)) as journal:
        for number, name in names.items():
            remember_company(journal, storage.get_rest_url(), number, name)


def _without_typed(settings: Settings) -> Settings:
    """Return the settings without environment values for options that were typed."""
    source_of = click.get_current_context().get_parameter_source
    typed = [
        place for name, place in _PLACES.items() if source_of(name) is ParameterSource.COMMANDLINE
    ]
    kept = {place: text for place, text in settings.overlay.items() if place not in typed}
    return dataclasses.replace(settings, overlay=kept)


def _show_outcome(outcome: LoginResult, config: Path, *, as_json: bool) -> None:
    if as_json:
        show_document("login", {**dataclasses.asdict(outcome), "config": str(config)})
        return
    company = f"{outcome.name} ({outcome.division})" if outcome.name else str(outcome.division)
    click.echo(f"Logged in as {outcome.user} to company {company}.")
    if outcome.account:
        click.echo(f"One account was read as a test: {outcome.account}")
    else:
        click.echo("Accounts can be read; the company has none yet.")
    click.echo(
        f"The login is in {config}, which only you can read; it expires after 30 days without use."
    )
    click.echo(for_command("Next: exact-import plan contacts.csv"))


def _status(settings: Settings, *, as_json: bool) -> None:
    from exact_import.cli import login_prompts
    from exact_import.cli.setup import connected
    from exact_import.exact.auth.refresh import LIFE_DAYS
    from exact_import.exact.auth.storage import Storage

    storage = Storage(settings.config, settings.overlay)
    storage.get_refresh_token()  # raises where there is no login

    def ends() -> str | None:
        renewed = storage.get_last_renewal()
        last = datetime.fromtimestamp(renewed, UTC) + timedelta(days=LIFE_DAYS)
        return last.date().isoformat() if renewed else None

    found: dict[str, object] = {
        "config": str(settings.config),
        "server": storage.get_rest_url(),
        "client_id": storage.get_client_id(),
        "division": settings.division or login_prompts.chosen_division(storage) or None,
        "unused_until": ends(),
    }
    failed: ExactImportError | None = None
    try:
        with connected(settings, storage, 0) as client:
            found["user"] = client.me().get("FullName")
    except ExactImportError as error:
        failed = error
    if as_json and failed is None:
        show_document("login", found)
    elif not as_json:
        if failed is None:
            click.echo(f"Logged in to {found['server']} as {found['user']}.")
        click.echo(f"Configuration: {found['config']}, client id {found['client_id']}.")
        company = found["division"] or for_command("none is chosen: see exact-import divisions")
        click.echo(f"Company: {company}.")
        if found["unused_until"] and failed is None:
            click.echo(f"If it is not used, the login expires on {ends()}.")
    if failed is not None:
        raise failed


@click.command()
@options.common
@options.results
@options.pass_given
def logout(given: CommandOptions) -> None:
    """Remove the login tokens; everything else in the configuration stays."""
    from exact_import.cli.setup import opened
    from exact_import.exact.auth import oauth
    from exact_import.exact.auth.storage import Storage

    with opened(given) as settings:
        storage = Storage(settings.config, settings.overlay)
        oauth.forget_attempt(settings.config)
        names = ("access_token", "refresh_token", "access_expiry", "code")
        there = {name: "" for name in names if storage.get_or_set_default("transient", name, "")}
        if there:
            storage.write_options("transient", there)
        if given.as_json:
            show_document("logout", {"config": str(settings.config), "logged_out": bool(there)})
        elif there:
            click.echo(f"Logged out: the tokens were removed from {settings.config}.")
            click.echo("To revoke the access itself, withdraw it in Exact Online's App Centre.")
        else:
            click.echo(f"{settings.config} holds no login.")


@click.command()
@options.common
@click.option(
    "--use",
    type=click.IntRange(min=1),
    shell_complete=completion.divisions,
    help="Write to this company from now on.",
)
@options.results
@options.pass_given
def divisions(given: CommandOptions, use: int | None) -> None:
    """List the companies that the login may use, or choose the one to import into."""
    from exact_import.cli import login_prompts
    from exact_import.cli.login_dialog import granted
    from exact_import.cli.setup import connected, opened
    from exact_import.exact.auth.storage import Storage

    with opened(given) as settings:
        storage = Storage(settings.config, settings.overlay)
        if use:
            with connected(settings, storage, use) as client:
                _check(client, use)
            storage.write_options("transient", {"division": str(use)})
        with connected(settings, storage, 0) as client:
            found = granted(client)
        _remember_companies(settings, storage, {one.code: one.name for one in found or ()})
        chosen = settings.division or login_prompts.chosen_division(storage)
        _show_divisions(found, chosen, as_json=given.as_json)


def _check(client: Client, number: int) -> None:
    """Make a call in the company that finds nothing; raise if the company may not be used."""
    from exact_import.cli.login_dialog import no_access, scope_error
    from exact_import.exact.errors import ScopeMissing, ServiceError

    try:
        client.find("account", "ID eq guid'00000000-0000-0000-0000-000000000000'", ["ID"])
    except ScopeMissing as error:
        raise scope_error(error) from None
    except ServiceError as error:
        if error.status not in (403, 404):
            raise
        why = "" if "has no access" in error.message else f" {error.message}"
        raise no_access(number, why, " Nothing was changed.") from None


def _show_divisions(found: list[DivisionInfo] | None, chosen: int, *, as_json: bool) -> None:
    from exact_import.cli.login_dialog import WITHOUT_LIST

    if as_json:
        companies = [
            {"code": company.code, "name": company.name, "chosen": company.code == chosen}
            for company in found or ()
        ]
        document = {"divisions": companies, "listed": found is not None, "division": chosen or None}
        show_document("divisions", document)
        return
    if found is None:
        say(WITHOUT_LIST)
        click.echo(f"* {chosen}" if chosen else "No company is chosen.")
        return
    for company in found:
        mark = "*" if company.code == chosen else " "
        click.echo(f"{mark} {company.code:>8}  {company.name}")
    if chosen not in [company.code for company in found]:
        say("No company is chosen. Choose one with: exact-import divisions --use N")
