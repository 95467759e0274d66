"""The client secret from a password manager: the command that the user names."""

from __future__ import annotations

import shlex
import subprocess  # runs the password manager that the user names
import sys
from pathlib import Path

from exact_import.errors import ConfigError

# How long the user's password manager may take, in seconds.
_SECRET_SECONDS = 60


def printed_by(command: str, path: Path) -> str:
    """Run the user's command, without a shell, and return the first line that it prints.

    `path` is the INI that names it. Raises `ConfigError`, which quotes nothing it printed.
    """
    where = f"The client_secret_command in [application] of {path}"
    advice = "Run it by hand to see what it prints."
    try:
        done = subprocess.run(  # noqa: S603 # the user's own command, from the user's own file
            words(command),
            # The command may ask on a terminal; a file or a pipe is our own input.
            stdin=None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECRET_SECONDS,
            check=True,
        )
        printed = done.stdout.decode("utf-8").strip()
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"{where} did not finish within {_SECRET_SECONDS} seconds.", advice
        ) from None
    except subprocess.CalledProcessError as error:
        raise ConfigError(f"{where} failed with status {error.returncode}.", advice) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where} printed something that is not text.", advice) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it cannot be understood"
        raise ConfigError(f"{where} cannot be run: {reason}.") from None
    if not printed:
        raise ConfigError(f"{where} printed nothing.", advice)
    # Password managers print the password on the first line, and notes below it.
    return printed.splitlines()[0].strip()


def words(command: str, platform: str = sys.platform) -> str | list[str]:
    r"""Return `command` as `subprocess` takes it.

    Windows programs split their own command line, so it is passed as it is; split as a POSIX shell
    does, `C:\Tools\op.exe` would lose its backslashes.
    """
    return command if platform == "win32" else shlex.split(command)
