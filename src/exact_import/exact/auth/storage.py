"""The library's INI storage, made safe: atomic, locked, private, and in step with the file.

Tokens change with every refresh (docs/exact-online.md, "Logging in"), so this file is the only
place that holds a login: it must never be partial, stale or readable by others.
"""

from __future__ import annotations

import configparser
import contextlib
import io
import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from exactonline.storage.base import MissingSetting
from exactonline.storage.ini import IniStorage

from exact_import import files
from exact_import.config import ini_file
from exact_import.config.settings import PATHS, SITES
from exact_import.errors import ConfigError, LoginError, StorageError, TemporaryError
from exact_import.exact.auth.refresh import LIFE_SECONDS
from exact_import.exact.auth.secret_command import printed_by
from exact_import.exact.clock import Interrupted

if TYPE_CHECKING:
    from filelock import FileLock

log = logging.getLogger(__name__)

# The sections that the library reads, with percent signs doubled.
_INTERPOLATED = frozenset({"server", "application", "transient"})
# Tokens change while a program runs; an old one in the environment would lock the user out.
_NEVER_OVERLAID = frozenset({"access_token", "refresh_token", "access_expiry", "code"})
# One refresh may take its connect and read time-outs before it releases the lock.
_LOCK_SECONDS = 120
# Later than any token can expire: the year 3000, in epoch seconds.
_LATEST = 32_503_680_000


class MissingOption(ConfigError, MissingSetting):  # type: ignore[misc] # the library has no types
    """A required setting is missing in the configuration."""


class NotLoggedIn(LoginError, MissingSetting):  # type: ignore[misc] # the library has no types
    """The configuration holds no tokens yet."""


class Storage(IniStorage):  # type: ignore[misc] # the library has no types
    """The configuration file at `path`, with `overlay` on top.

    `overlay` maps (section, option) to values from the environment or `.env`; they win over the
    file and are never written to it. Reading never writes. Safe to share between threads; several
    processes may use one file. Raises `ConfigError` if the file is missing or is not an INI.
    """

    def __init__(self, path: Path, overlay: Mapping[tuple[str, str], str] | None = None) -> None:
        self.path = Path(path)
        self._overlay = {
            (section, option): value
            for (section, option), value in (overlay or {}).items()
            if section != "transient" or option not in _NEVER_OVERLAID
        }
        self._guard = threading.RLock()
        self._file_lock: FileLock | None = None
        self._ini = ini_file.Ini()
        self._secret: str | None = None
        self._warned_of_braces = False
        super().__init__(io.StringIO())
        self.reload()
        private = files.make_private(self.path.resolve())
        if private is not None:
            log.warning(
                "%s %s",
                self.path,
                "could be read by other users of this computer; now only you can read it (0600)."
                if private
                else "can be read by other users of this computer; its owner has to change that.",
            )

    # Reading

    def reload(self) -> None:
        """Read the file again, so that changes by other processes are seen."""
        ini = ini_file.read(self.path)  # first: if the file is invalid, the old values stay
        with self._guard:
            for section in self.sections():
                self.remove_section(section)
            self.defaults().clear()
            self.read_string(ini.text)
            self._ini = ini

    def get(self, section: str, option: str, **kwargs: object) -> str:
        """Return a setting as the library reads it; `MissingOption` if it is absent.

        `%(name)s` stands for another setting and `%%` for a percent sign; where the library could
        read a value with a percent sign in no way, it is taken as it is written.
        """
        if (section, option) in self._overlay:
            return self._overlay[section, option]
        try:
            with self._guard:
                try:
                    return str(super().get(section, option, **kwargs))
                except configparser.InterpolationError:
                    return str(super().get(section, option, **{**kwargs, "raw": True}))
        except MissingSetting:
            raise self._missing(section, option) from None

    def get_or_set_default(self, section: str, option: str, value: str) -> str:
        """Return a setting, or `value` where it is absent or blank; writes nothing."""
        return self._optional(section, option) or value

    def get_auth_url(self) -> str:
        """Return the address of the login page."""
        return self.get_url("auth_url")

    def get_rest_url(self) -> str:
        """Return the root of the REST services."""
        return self.get_url("rest_url")

    def get_token_url(self) -> str:
        """Return the address of the token endpoint."""
        return self.get_url("token_url")

    def get_ca_bundle(self) -> Path | None:
        """Return the certificates to trust instead of the system's; relative to the INI."""
        named = self._optional("server", "ca_bundle")
        if not named:
            return None
        bundle = self.path.parent / Path(named).expanduser()
        if not bundle.is_file():
            raise ConfigError(
                f"The file {bundle} does not exist; it is named by ca_bundle in [server] of "
                f"{self.path}."
            )
        return bundle

    def get_client_id(self) -> str:
        """Return the app's client id, without braces or quotes that tutorials put around it."""
        value = self._needed("client_id")
        bare = _unbraced(value)
        if bare != value and not self._warned_of_braces:
            self._warned_of_braces = True
            ours = ("application", "client_id") not in self._overlay
            # The program cannot fix a variable, so a warning every night would not help.
            log.log(
                logging.WARNING if ours else logging.INFO,
                "client_id in %s has braces or quotes around it, which are not part of it; %s.",
                self.path if ours else "the environment",
                "they are removed" if ours else "it is used without them",
            )
        return bare

    def get_client_secret(self) -> str:
        """Return the app's secret, from its command where one is set."""
        secret = self._optional("application", "client_secret")
        if secret:
            return secret
        command = self._optional("application", "client_secret_command")
        if not command:
            return self._needed("client_secret")
        with self._guard:
            if self._secret is None:
                self._secret = printed_by(command, self.path)
            return self._secret

    def get_base_url(self) -> str:
        """Return the redirect address that the app is registered with."""
        return self._needed("base_url")

    def get_iteration_limit(self) -> int:
        """Return how many pages the library's own managers may read."""
        return max(1, self._whole_number("application", "iteration_limit", 50))

    def get_division(self) -> int:
        """Return the division that is set; `MissingOption` where there is none."""
        division = self._whole_number("transient", "division", 0)
        if division <= 0:
            raise MissingOption(
                f"No division is set in [transient] of {self.path}.",
                "`exact-import divisions` lists them; name one with --division.",
            )
        return division

    def division_in_use(self) -> int:
        """Return the division that is set; `NotLoggedIn`, which comes first, or `MissingOption`."""
        self.get_refresh_token()
        return self.get_division()

    def get_access_expiry(self) -> int:
        """Return when the access token expires, in local epoch seconds; 0 if that is not known."""
        with contextlib.suppress(ValueError, OverflowError):
            expiry = int(float(self._optional("transient", "access_expiry") or 0))
            return expiry if 0 < expiry < _LATEST else 0
        return 0

    def get_last_renewal(self) -> float:
        """Return when the login was last renewed, in local epoch seconds; 0 if not known."""
        expiry = self.get_access_expiry()
        return expiry and float(expiry - LIFE_SECONDS)

    def get_access_token(self) -> str:
        """Return the access token; `NotLoggedIn` if there is none."""
        return self._token("access_token")

    def get_refresh_token(self) -> str:
        """Return the refresh token; `NotLoggedIn` if there is none."""
        return self._token("refresh_token")

    # Writing

    def set(self, section: str, option: str, value: str | None = None) -> None:
        """Set one option, in memory and in the file."""
        self.write_options(section, {option: value or ""})

    def save(self) -> None:
        """Do nothing: every change is already on disk, and stale values must not be written."""

    def save_tokens(self, access: str, refresh: str, expiry: float) -> None:
        """Store the outcome of a refresh in one write; braces around client_id go in another.

        `expiry` is in local epoch seconds; it is stored as the library does, rounded up, so that
        no reader refreshes too early. Raises `StorageError`.
        """
        self.write_options(
            "transient",
            {
                "access_expiry": str(math.ceil(expiry)),
                "access_token": access,
                "refresh_token": refresh,
            },
        )
        if not self._optional("application", "iteration_limit"):
            # A stock-library process would write it, with the tokens that it read before ours.
            with contextlib.suppress(ConfigError, StorageError):
                self.write_options("application", {"iteration_limit": "50"})
        value = self._optional("application", "client_id")
        if _unbraced(value) != value and ("application", "client_id") not in self._overlay:
            with contextlib.suppress(ConfigError, StorageError):
                self.write_options("application", {"client_id": _unbraced(value)})

    def write_options(self, section: str, values: Mapping[str, str]) -> None:
        """Set `values` in `section` and leave all else in the file alone; one durable write.

        The file is read again first, so that nobody's changes are undone. Raises `StorageError`.
        """
        with self.lock():
            files.clear_drafts(self.path.resolve())
            self.reload()
            if section in _INTERPOLATED:
                values = {name: value.replace("%", "%%") for name, value in values.items()}
            text = ini_file.changed(self._ini.text, {section: values}, self.path)
            ini_file.replace(self.path, text)
            self.reload()

    def check_writable(self) -> None:
        """Raise `StorageError` if a refresh could not be stored; call this before the refresh."""
        ini_file.check_writable(self.path, len(self._ini.text.encode()))

    @contextlib.contextmanager
    def lock(self, stop: threading.Event | None = None) -> Iterator[None]:
        """Lock this configuration against other threads and processes; may be nested.

        Waits up to two minutes; `Interrupted` when `stop` is set meanwhile. The lock of a process
        that died is free. Raises `TemporaryError` if another process keeps it, `StorageError` if it
        cannot be made.
        """
        from filelock import FileLock, Timeout  # slow to import; few need it

        target = self.path.resolve()
        path = target.with_name(f".{target.name}.lock")
        deadline = time.monotonic() + _LOCK_SECONDS
        with self._guard:
            lock = self._file_lock = self._file_lock or FileLock(
                path, thread_local=False, mode=0o600
            )
            while True:
                try:
                    files.acquire(lock, timeout=0.5, poll=0.02)
                    break
                except Timeout:
                    if stop and stop.is_set():
                        raise Interrupted from None
                    if time.monotonic() > deadline:
                        raise TemporaryError(
                            f"Another program has been holding {self.path} for too long.",
                            "Run again when it is done.",
                        ) from None
                except OSError as error:
                    reason = error.strerror or error
                    raise StorageError(
                        f"The file {path} cannot be locked: {reason}.",
                        "Make it and its folder writable for the user who runs this program.",
                    ) from None
            try:
                yield
            finally:
                lock.release()

    # Parts

    def _optional(self, section: str, option: str) -> str:
        try:
            return self.get(section, option).strip()
        except MissingSetting:
            return ""

    def _needed(self, option: str) -> str:
        """Return a setting of [application]; raises MissingOption where it is absent or blank."""
        value = self._optional("application", option)
        if not value:
            raise self._missing("application", option)
        return value

    def _missing(self, section: str, option: str) -> MissingOption:
        return MissingOption(f"The setting {option} is missing in [{section}] of {self.path}.")

    def _token(self, option: str) -> str:
        value = self._optional("transient", option)
        if not value:
            raise NotLoggedIn(
                f"You are not logged in: {self.path} holds no login.", "Run `exact-import login`."
            )
        if any(map(str.isspace, value)):
            raise NotLoggedIn(
                f"The setting {option} in {self.path} is not a valid token.",
                "Run `exact-import login`.",
            )
        return value

    def _whole_number(self, section: str, option: str, default: int) -> int:
        value = self._optional(section, option)
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            raise ConfigError(
                f"The setting {option} in [{section}] of {self.path} is not a whole number."
            ) from None

    def get_url(self, option: str) -> str:
        """Return the address `option` of [server]: as it is set, else of the site."""
        url = self._optional("server", option) or self._site() + PATHS[option]
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ConfigError(
                f"The setting {option} in [server] of {self.path} is {url}; it must be an https:// "
                "address."
            )
        return url

    def _site(self) -> str:
        """Return the root of the site: by its short name, else where the other URLs point."""
        site = self._optional("server", "site").casefold()
        if site in SITES:
            return SITES[site]
        if site:
            raise ConfigError(
                f"The setting site in [server] of {self.path} is {site}; it must be one of "
                f"{', '.join(SITES)}."
            )
        for option, path in PATHS.items():
            url = self._optional("server", option).rstrip("/")
            if url.endswith(path):
                return url.removesuffix(path)
        return SITES["nl"]


def _unbraced(client_id: str) -> str:
    braced = len(client_id) > 1 and client_id[0] + client_id[-1] in ("{}", '""', "''")
    return _unbraced(client_id[1:-1].strip()) if braced else client_id
