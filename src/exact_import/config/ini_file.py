"""An INI file on disk: read whole, changed without losing a comment, replaced in one step."""

from __future__ import annotations

import configparser
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from exact_import import files
from exact_import.errors import ConfigError, StorageError

_BOM = b"\xef\xbb\xbf"


def read(path: Path) -> str:
    """Return the text of the INI at `path`, its line ends as they are, without a BOM.

    Raises `ConfigError` where there is no such file or it is not UTF-8 text.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"The configuration {path} does not exist.",
            "Copy config.example.ini to it, or name another with --config.",
        ) from None
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read: {error.strerror}.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}, line {line}: this is not text in UTF-8.", "Save it as UTF-8."
        ) from None
    if "\0" in text:
        raise ConfigError(f"The configuration {path} is not a text file.")
    return text


def parse(
    parser: configparser.RawConfigParser, text: str, path: Path, *, advice: str = ""
) -> configparser.RawConfigParser:
    """Read `text` into `parser` and return it; `ConfigError` names the line that is wrong.

    The parser's own messages are not passed on: they quote the line, which may be a secret.
    """
    wrong = ""
    try:
        parser.read_string(text.replace("\r\n", "\n"), str(path))
    except configparser.MissingSectionHeaderError as error:
        wrong = f"{path}, line {error.lineno}: a setting stands before the first [section]."
    except configparser.DuplicateSectionError as error:
        wrong = f"{path}, line {error.lineno}: the section [{error.section}] is there twice."
    except configparser.DuplicateOptionError as error:
        wrong = f"{path}, line {error.lineno}: {error.option} is there twice in [{error.section}]."
    except configparser.ParsingError as error:
        line = error.errors[0][0] if error.errors else 0
        wrong = f"{path}, line {line}: this is neither a [section] nor `name = value`."
    except configparser.Error:
        wrong = f"The configuration {path} is not an INI file that can be read."
    if wrong:
        raise ConfigError(wrong, advice)
    return parser


def changed(text: str, section: str, values: Mapping[str, str], path: Path) -> str:
    """Return `text` with `values` set in `section`; all else stays to the letter.

    Raises `ConfigError` where that is not possible without changing what else the file says.
    """
    # Each line keeps its own end, a "\r" included.
    lines = text.split("\n")
    eol = "\r" if "\r\n" in text else ""
    wanted = {option.lower(): value for option, value in values.items()}
    layout = _Layout(lines, section)
    # From the end, so that the places found stay where they are.
    for option, (first, last) in sorted(layout.options.items(), key=lambda o: -o[1][0]):
        if option in wanted:
            end = "\r" if lines[last].endswith("\r") else ""
            lines[first : last + 1] = [_before_value(lines[first]) + wanted.pop(option) + end]
            layout.end -= last - first
    new = [f"{layout.indent}{option} = {value}{eol}" for option, value in wanted.items()]
    if layout.end < 0:
        while lines and not lines[-1].strip():
            lines.pop()
        if lines:
            lines = [*lines[:-1], lines[-1].removesuffix("\r") + eol, eol]
        lines += [f"[{section}]{eol}", *new, ""]
    elif new:
        if layout.end == len(lines):
            lines[-1] += eol
            new[-1] = new[-1].removesuffix("\r")
        lines[layout.end : layout.end] = new
    result = "\n".join(lines)
    expected = _content(text, path)
    expected.setdefault(section, {}).update({o.lower(): v for o, v in values.items()})
    if _content(result, path) != expected:
        raise ConfigError(
            f"The section [{section}] of {path} is laid out so that nothing can be written there.",
            "Write each setting at the beginning of a line of its own.",
        )
    return result


class _Layout:
    """Where the options of one section stand, by the rules of `configparser`.

    `options` gives the first and the last line of each, `end` the line before which a new one
    belongs (-1 where there is no such section), and `indent` what it starts with.
    """

    def __init__(self, lines: Sequence[str], section: str) -> None:
        self.options: dict[str, tuple[int, int]] = {}
        self.end = -1
        self.indent = ""
        current = option = ""
        level = 0
        for number, line in enumerate(lines):
            stripped = line.strip()
            if not stripped or stripped[0] in "#;":
                continue
            indent = len(line) - len(line.lstrip())
            if option and indent > level:
                if current == section:
                    self.options[option] = (self.options[option][0], number)
                    self.end = number + 1
                continue
            level = indent
            header = configparser.RawConfigParser.SECTCRE.match(stripped)
            if header:
                current, option = header["header"], ""
            else:
                option = re.split("[=:]", stripped, maxsplit=1)[0].rstrip().lower()
                if current == section:
                    self.options[option] = (number, number)
                    self.indent = line[:indent]
            if current == section:
                self.end = number + 1


def _before_value(line: str) -> str:
    """Return what stands before the value of the option on this line."""
    name, delimiter, value = re.split(r"([=:]\s*)", line, maxsplit=1)
    return name + delimiter if value else f"{name}{delimiter.rstrip()} "


def _content(text: str, path: Path) -> dict[str, dict[str, str]]:
    parser = parse(configparser.RawConfigParser(default_section=""), text, path)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def replace(path: Path, text: str) -> None:
    """Make `text` the content of `path` in one step, durably and readable by its owner only.

    Works on the file a symbolic link points to. Raises `StorageError`; the old file is then
    untouched.
    """
    target = path.resolve()
    try:
        bom = target.read_bytes()[: len(_BOM)] == _BOM
        content = (_BOM if bom else b"") + text.encode("utf-8")
        files.write_atomic(target, content, owner=target.stat())
    except OSError as error:
        raise _cannot_write(path, error) from None


def put_beside(path: Path, content: bytes) -> None:
    """Make `content` that of the file `path` beside the INI, durably, for its owner only.

    Raises `StorageError`.
    """
    try:
        files.write_atomic(path, content)
    except OSError as error:
        raise _cannot_write(path, error) from None


def check_writable(path: Path, size: int) -> None:
    """Raise `StorageError` unless `size` bytes could be written in place of `path` just now."""
    target = path.resolve()
    try:
        if not target.stat().st_mode & stat.S_IWUSR or not os.access(target, os.W_OK):
            raise PermissionError(13, "it is read-only")
        files.check_space(target, size)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The file {path} cannot be written: {error.strerror or error}.",
        "New login tokens are kept there; make room, or make file and folder writable.",
    )
