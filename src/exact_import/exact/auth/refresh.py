"""One refresh of the login: the note that one is in progress, and what its answer means.

A refresh token works once (docs/exact-online.md, "Logging in"). If a process is killed between the
request and storing the answer, Exact Online reports the login as used, and only the note shows why.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

from exact_import.config import ini_file
from exact_import.errors import (
    ConfigError,
    ExactImportError,
    LoginError,
    StorageError,
    TemporaryError,
)
from exact_import.exact.errors import Response

AGAIN = "Run `exact-import login`."
# The life of an access token in seconds, if the answer does not give it.
LIFE_SECONDS = 600
# Days without use after which a refresh token expires, and after which a warning is shown.
LIFE_DAYS = 30
WARN_DAYS = 25


class RefreshTooEarly(Exception):
    """The server says that the access token is not old enough to be refreshed."""


class RefreshUncertain(TemporaryError):
    """No tokens came, and it is not known whether the refresh token still works."""


def maintenance(answer: Response) -> str:
    """Return the message for a site that is closed, "" if it is not.

    Such an answer (503, or an HTML page) comes from a proxy in front of the service, so nothing was
    renewed. 502 and 504 come from the proxy too, but after it has passed the request on.
    """
    if answer.status == 503:
        return "Exact Online is closed for maintenance (HTTP 503)"
    if answer.status == 200 and answer.body.lstrip().startswith(b"<"):
        return "Exact Online shows a page instead of renewing the login, probably maintenance"
    return ""


def tokens_in(answer: Response) -> tuple[str, str, int]:
    """Return the access token, the refresh token and the seconds that the first one lives.

    Raises `RefreshTooEarly`, or the error that the answer means: `RefreshUncertain` where it is
    unclear.
    """
    if answer.status != 200:
        raise _refusal(answer)
    match answer.document():
        case {"access_token": str(access), "refresh_token": str(refresh), **more}:
            # The old tokens are used up, so an invalid lifetime must not lose the new ones.
            life = str(more.get("expires_in"))
            seconds = int(life) if life.isascii() and life.isdigit() and len(life) < 6 else 0
            if all(_printable(token) for token in (access, refresh)):
                return access, refresh, seconds or LIFE_SECONDS
        case None:
            raise RefreshUncertain(
                "The answer to renewing the login cannot be read: it was cut off, or Exact Online "
                "is closed for maintenance.",
                f"Run again later. If the login is then refused: {AGAIN}",
            )
    raise LoginError("The answer from Exact Online holds no usable tokens.", AGAIN)


def refusal_text(answer: Response) -> str:
    """Return the text of a refusal in lower case: its error, its description and its reason."""
    document = answer.document()
    parts: list[object] = [answer.headers.get("reason", "")]
    if isinstance(document, dict):
        parts += [document.get("error", ""), document.get("error_description", "")]
    return " ".join(str(part) for part in parts).casefold()


def used_up(answer: Response) -> bool:
    """Return True if the refusal may mean that the refresh token was used before."""
    text = refusal_text(answer)
    known = ("expired", "chainid")
    return "old refresh token" in text or (
        "invalid_grant" in text and not any(word in text for word in known)
    )


def _printable(token: str) -> bool:
    """Return True if a token fits on one line of an INI."""
    return bool(token) and token.isprintable() and not any(map(str.isspace, token))


def _refusal(answer: Response) -> ExactImportError | RefreshTooEarly:
    text = refusal_text(answer)
    status = answer.status
    bare = answer.body[:200].decode("utf-8", "replace").casefold()  # it may not be JSON
    if "not expired" in text or "tooearly" in text or "access token not expired" in bare:
        return RefreshTooEarly()
    if status == 429:
        return TemporaryError(
            "Exact Online is not renewing logins at the moment (HTTP 429).",
            "Another program may renew too often; run again later.",
        )
    if status >= 500:
        return RefreshUncertain(
            f"Exact Online cannot renew the login now (HTTP {status}).",
            f"Run again later. If the login is then refused: {AGAIN}",
        )
    if "old refresh token" in text:
        return LoginError(
            "This login was renewed elsewhere: another program or a copy of this configuration "
            "used its refresh token.",
            f"{AGAIN} Give every program its own login.",
        )
    if "expired" in text:
        return LoginError(
            "The login has expired, because it was not used for thirty days.",
            f"{AGAIN} Anything that runs monthly keeps it alive.",
        )
    if "chainid" in text:
        return LoginError(
            "Access was revoked in Exact Online, or a newer login replaced this one.", AGAIN
        )
    if "invalid_grant" in text:
        return LoginError("Exact Online no longer recognises this login.", AGAIN)
    if "invalid_request" in text or "invalid_client" in text:
        return ConfigError(
            "Exact Online does not accept the client id and secret.",
            "Compare client_id and client_secret in [application] with the app's page in the "
            "Exact Online App Centre; both belong to one country's site.",
        )
    return LoginError(f"Exact Online refuses to renew the login (HTTP {status}).", AGAIN)


class RefreshMarker:
    """The note beside the INI at `path`; holds no secret. Use it with the INI's lock held."""

    def __init__(self, path: Path) -> None:
        ini = path.resolve()
        self._path = ini.with_name(f".{ini.name}.renewal")
        self._note: dict[str, object] = {}
        self._left = False

    def check(self, refresh_token: str) -> None:
        """Find out whether an earlier process began to refresh this login and did not finish."""
        found = self._read()
        self._left = found.get("login") == _fingerprint(refresh_token)
        if self._left:
            self._note = found

    def begin(self, refresh_token: str) -> None:
        """Note durably that this login is about to be renewed; raises `StorageError`.

        Keeps the note of an earlier process about the same login.
        """
        if not self._left:
            login = _fingerprint(refresh_token)
            self._write({"login": login, "process": os.getpid(), "at": time.time(), "lost": False})

    def mark_lost(self) -> None:
        """Keep the note: Exact Online may have renewed the login, and the tokens did not come."""
        if not self._left:
            with contextlib.suppress(StorageError):
                self._write({**self._note, "lost": True})

    def withdraw(self) -> None:
        """Remove what `begin` wrote: the login was certainly not renewed."""
        if not self._left:
            self.remove()

    def remove(self) -> None:
        """Remove the note: the new tokens are stored."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def explanation(self) -> LoginError | None:
        """Return why this login is used up, if `check` found an interrupted refresh."""
        if not self._left:
            return None
        at = time.strftime("%Y-%m-%d at %H:%M", time.localtime(float(str(self._note["at"]))))
        if self._note["lost"]:
            text = (
                f"When the login was renewed, on {at}, the answer from Exact Online was lost, and "
                "the new login with it."
            )
        else:
            text = (
                f"This program was killed while it renewed the login (on {at}, process "
                f"{self._note['process']}), and the new login was lost with it."
            )
        return LoginError(text, "Run `exact-import login`; nothing else is lost.")

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        known = isinstance(found, dict) and {"login", "process", "at", "lost"} <= found.keys()
        return found if known and isinstance(found["at"], float) else {}

    def _write(self, note: dict[str, object]) -> None:
        self._note = note
        ini_file.put_beside(self._path, json.dumps(note).encode())


def _fingerprint(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode()).hexdigest()[:12]
