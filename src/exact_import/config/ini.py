"""The INI and `.env` as they stand, read without changing or exporting anything."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from exact_import.errors import ConfigError, quote

# What a line says that means to be a setting of its own.
_SETTING = re.compile(r"\w+\s*=(\s|$)")


def read_ini(path: Path) -> configparser.ConfigParser:
    """Read the INI at `path` as it stands: no interpolation, option names in their own case.

    Raises ConfigError, naming the file and where possible the line, if it cannot be read.
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keeps Exact's own spelling
    try:
        text = path.read_text(encoding="utf-8-sig")
        parser.read_string(text, source=str(path))
    except FileNotFoundError:
        raise ConfigError(
            f"The configuration {path} does not exist.",
            "Make one with: exact-import login, or try things out with --sandbox.",
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder; --config wants an INI file.") from None
    except OSError as error:
        raise ConfigError(
            f"The configuration {path} cannot be read: {error.strerror}.",
            "Check its permissions.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"The configuration {path} is not a text file in UTF-8.", "Save it as UTF-8."
        ) from None
    except configparser.Error as error:
        raise ConfigError(_ini_sentence(path, error), "Mend that line.") from None
    _refuse_swallowed(path, text)
    return parser


def _refuse_swallowed(path: Path, text: str) -> None:
    """Raise ConfigError for a setting that is indented, which makes it part of the one above."""
    option, level = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        indent = len(line) - len(line.lstrip())
        if option and indent > level:
            if _SETTING.match(stripped):
                raise ConfigError(
                    f"{path}, line {number}: this line begins with spaces, which makes it part of "
                    f"the value of {option} above it.",
                    "Take the spaces away.",
                )
            continue
        level = indent
        header = configparser.ConfigParser.SECTCRE.match(stripped)
        option = "" if header else re.split("[=:]", stripped, maxsplit=1)[0].strip()


def _ini_sentence(path: Path, error: configparser.Error) -> str:
    # The parser's own messages quote the line, which may hold a secret.
    match error:
        case configparser.DuplicateSectionError():
            return f"{path}, line {error.lineno}: the section [{error.section}] stands twice."
        case configparser.DuplicateOptionError():
            where = f"{quote(error.option)} stands twice in [{error.section}]"
            return f"{path}, line {error.lineno}: {where}."
        case configparser.MissingSectionHeaderError():
            return f"{path}, line {error.lineno}: there is no [section] above the first setting."
        case configparser.ParsingError():
            line = error.errors[0][0] if error.errors else 0
            return f"{path}, line {line}: neither a [section] nor a setting such as name = value."
        case _:
            return f"{path} is not an INI file."


def read_dotenv(folder: Path) -> dict[str, str]:
    """Read `.env` of the INI's folder, then of the current one, without exporting anything."""
    found: dict[str, str] = {}
    for place in (Path(), folder):
        file = place / ".env"
        if file.is_file():
            from dotenv import dotenv_values  # only where there is such a file

            try:
                values = dotenv_values(file, interpolate=False)
            except OSError:
                raise ConfigError(f"{file} cannot be read.", "Check its permissions.") from None
            except UnicodeDecodeError:
                raise ConfigError(
                    f"{file} is not a text file in UTF-8.", "Save it again as UTF-8."
                ) from None
            found.update({name: value for name, value in values.items() if value})
    return found
