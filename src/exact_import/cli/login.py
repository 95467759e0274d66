"""The commands that set up: login, logout and divisions."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from exact_import.cli import options
from exact_import.cli.advice import as_said
from exact_import.cli.opening import config_path, connected, make_config, opened, say
from exact_import.config.settings import SITES
from exact_import.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import DivisionInfo

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
    help="The redirect URI that it is registered with.",
)
@options.division
@click.option("--ask", is_flag=True, help="Ask everything again, offering what is known.")
@click.option("--no-browser", is_flag=True, help="Only show the address to open.")
@click.option(
    "--print-url", is_flag=True, help="Print the address to open, for --code-url, and leave."
)
@click.option(
    "--code-url",
    metavar="-",
    help="Finish what --print-url began: read where the browser arrived from standard input.",
)
@click.option("--status", is_flag=True, help="Tell whether and as whom you are logged in.")
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def login(ctx: click.Context, /, **said: Any) -> None:
    """Log in to Exact Online, and choose the company to import into.

    Asks what it has to know, opens the browser, and writes config.ini. The client secret is asked
    for too, or comes from EXACT_CLIENT_SECRET, .env or the configuration; it is never an option.

    \b
    exact-import login                            on a computer with a browser
    exact-import login --print-url                elsewhere: open this address anywhere,
    exact-import login --code-url - < answer      and give the address where it ends
    """
    if sum(bool(said[name]) for name in ("print_url", "code_url", "status")) > 1:
        raise UsageError("--print-url, --code-url and --status do not go together.")
    if said["code_url"] not in (None, "-"):
        raise UsageError(
            "The address holds a secret, so it cannot be an option.",
            "Give --code-url - and the address on standard input.",
        )
    if not said["sandbox"] and not said["status"] and not said["code_url"]:
        path = config_path(ctx, said)
        if not path.exists():
            make_config(path)
            say(f"Made {path}, with remarks on every setting.")
    with opened(ctx, said) as settings:
        chosen = _without(settings, _typed(ctx))
        if said["status"]:
            _status(chosen, as_json=said["as_json"])
        else:
            _login(chosen, said)


def _typed(ctx: click.Context) -> set[tuple[str, str]]:
    """Return the places of what was said on the command line itself."""
    return {
        place
        for name, place in _PLACES.items()
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def _without(settings: Settings, places: set[tuple[str, str]]) -> Settings:
    """Return the settings without what the environment says of `places`."""
    kept = {place: text for place, text in settings.overlay.items() if place not in places}
    return dataclasses.replace(settings, overlay=kept)


def _login(settings: Settings, said: dict[str, Any]) -> None:
    from exact_import.cli.login_dialog import LoginDialog  # only while logging in
    from exact_import.exact.auth import oauth
    from exact_import.exact.auth.storage import Storage

    storage = Storage(settings.config, settings.overlay)
    _write_options(settings, storage, said)
    road = LoginDialog(settings, storage, browser=not said["no_browser"])
    road.complete(ask=said["ask"])
    if said["print_url"]:
        attempt = oauth.LoginAttempt.begin()
        with connected(settings, storage, 0) as remote:
            url = road.address(remote, attempt)
        attempt.keep(settings.config)
        click.echo(url)
        say("Open this address, log in, and allow access. Then, within three minutes, give the")
        say("address at which the browser arrives to: exact-import login --code-url -")
        return
    if said["code_url"]:
        attempt = oauth.LoginAttempt.kept(settings.config)
        code = oauth.code_in(sys.stdin.read(), attempt.state, storage.get_base_url())
        with connected(settings, storage, 0) as remote:
            road.exchange(remote, code)
        oauth.forget_attempt(settings.config)
    else:
        road.run()
    _show_outcome(settings, road, as_json=said["as_json"])


def _write_options(settings: Settings, storage: Storage, said: dict[str, Any]) -> None:
    """Write what the options say to the configuration, but what the environment keeps."""
    from exact_import.cli import prompts

    told = {
        name: said[name]
        for name, place in _PLACES.items()
        if said[name] and place not in settings.overlay
    }
    if "site" in told:
        prompts.set_site(storage, told["site"].casefold())
    values = {}
    if "client_id" in told:
        values["client_id"] = prompts.client_id_of(told["client_id"])
    if "redirect_uri" in told:
        values["base_url"] = prompts.redirect_of(told["redirect_uri"])
    if values:
        storage.write_options("application", values)


def _show_outcome(settings: Settings, road: Any, *, as_json: bool) -> None:
    outcome = road.settle()
    if as_json:
        document = {
            "user": outcome.user,
            "division": outcome.division,
            "name": outcome.name,
            "account": outcome.account,
            "exit_status": 0,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    company = f"{outcome.name} ({outcome.division})" if outcome.name else str(outcome.division)
    click.echo(f"Logged in as {outcome.user}, to the company {company}.")
    if outcome.account:
        click.echo(f"An account could be read: {outcome.account}")
    else:
        click.echo("Accounts can be read; the company has none yet.")
    click.echo(f"{settings.config} keeps the login, for you alone; 30 days without use end it.")
    click.echo(as_said("Next: exact-import plan contacts.csv"))


def _status(settings: Settings, *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from exact_import.cli import prompts
    from exact_import.errors import ExactImportError
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.auth.tokens import LIFE_DAYS

    storage = Storage(settings.config, settings.overlay)
    storage.get_refresh_token()  # raises where there is no login
    expiry = storage.get_access_expiry()
    # Unused, it ends so long after it was last renewed, ten minutes before that expiry.
    ends = expiry - 600 + LIFE_DAYS * 86_400
    found: dict[str, object] = {
        "config": str(settings.config),
        "server": storage.get_rest_url(),
        "client_id": storage.get_client_id(),
        "division": settings.division or prompts.chosen_division(storage) or None,
        "unused_until": datetime.fromtimestamp(ends, UTC).date().isoformat() if expiry else None,
    }
    fault: ExactImportError | None = None
    try:
        with connected(settings, storage, 0) as remote:
            found["user"] = remote.me().get("FullName")
    except ExactImportError as error:
        fault = error
    if as_json and fault is None:
        click.echo(json.dumps({**found, "exit_status": 0}, ensure_ascii=False))
    elif not as_json:
        if fault is None:
            click.echo(f"Logged in to {found['server']} as {found['user']}.")
        click.echo(f"Configuration: {found['config']}, client id {found['client_id']}.")
        company = found["division"] or as_said("none is chosen: see exact-import divisions")
        click.echo(f"Company: {company}.")
        if expiry and fault is None:
            ends = storage.get_access_expiry() - 600 + LIFE_DAYS * 86_400
            day = datetime.fromtimestamp(ends, UTC).date().isoformat()
            click.echo(f"Unused, the login ends on {day}.")
    if fault is not None:
        raise fault


@click.command()
@options.common
@options.sandbox
@options.logging_options
@click.pass_context
def logout(ctx: click.Context, /, **said: Any) -> None:
    """Forget the login: its tokens go, everything else in the configuration stays."""
    from exact_import.exact.auth import oauth
    from exact_import.exact.auth.storage import Storage

    with opened(ctx, said) as settings:
        storage = Storage(settings.config, settings.overlay)
        oauth.forget_attempt(settings.config)
        names = ("access_token", "refresh_token", "access_expiry", "code")
        there = {name: "" for name in names if storage.get_or_set_default("transient", name, "")}
        if there:
            storage.write_options("transient", there)
            click.echo(f"Logged out: the tokens are gone from {settings.config}.")
            click.echo("To take the access itself back, withdraw it in Exact Online's App Centre.")
        else:
            click.echo(f"{settings.config} holds no login.")


@click.command()
@options.common
@click.option("--use", type=click.IntRange(min=1), help="Write to this company from now on.")
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def divisions(ctx: click.Context, /, use: int | None, **said: Any) -> None:
    """List the companies that the login may use, or choose the one to import into."""
    from exact_import.cli import login_dialog as road
    from exact_import.cli import prompts
    from exact_import.exact.auth.storage import Storage

    with opened(ctx, said) as settings:
        storage = Storage(settings.config, settings.overlay)
        if use:
            with connected(settings, storage, use) as remote:
                _check(remote, use)
            storage.write_options("transient", {"division": str(use)})
        with connected(settings, storage, 0) as remote:
            found = road.granted(remote)
        chosen = settings.division or prompts.chosen_division(storage)
        _show_divisions(found, chosen, as_json=said["as_json"])


def _check(remote: Any, number: int) -> None:
    """Make a call in the company that changes and finds nothing; raise where it may not be used."""
    from exact_import.cli.login_dialog import scope_fault
    from exact_import.exact.errors import ScopeMissing, ServiceError

    try:
        remote.find("account", f"ID eq guid'{'00000000-0000-0000-0000-000000000000'}'", ["ID"])
    except ScopeMissing as fault:
        raise scope_fault(fault) from None
    except ServiceError as fault:
        if fault.status not in (403, 404):
            raise
        why = "" if "may not open" in fault.message else f" {fault.message}"
        raise ConfigError(
            f"This login may not use company {number}.{why}",
            "`exact-import divisions` lists those it may use; others are ticked while logging in, "
            "on the page that asks for access. Nothing was changed.",
        ) from None


def _show_divisions(found: list[DivisionInfo] | None, chosen: int, *, as_json: bool) -> None:
    from exact_import.cli.login_dialog import WITHOUT_LIST

    if as_json:
        document = {
            "divisions": [
                {"code": one.code, "name": one.name, "chosen": one.code == chosen}
                for one in found or ()
            ],
            "listed": found is not None,
            "division": chosen or None,
            "exit_status": 0,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    if found is None:
        say(WITHOUT_LIST)
        click.echo(f"* {chosen}" if chosen else "No company is chosen.")
        return
    for one in found:
        click.echo(f"{'*' if one.code == chosen else ' '} {one.code:>8}  {one.name}")
    if chosen not in [one.code for one in found]:
        say("None of these is chosen. Choose one with: exact-import divisions --use N")
