"""The INI file: read as the library reads it, edited without losing comments, replaced whole."""

from __future__ import annotations

import configparser
import functools
import itertools
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import import files
from exact_import.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from configupdater import ConfigUpdater, Option, Section

Sections = Mapping[str, Mapping[str, str]]

_BOM = b"\xef\xbb\xbf"
# A line that is probably meant as a setting of its own.
_SETTING = re.compile(r"\w+\s*=(\s|$)")
_COMMENT = re.compile(r"^[^\S\n]*[#;].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ini:
    """An INI: its text with its line ends, and its options by section.

    Options are spelled as in the file; those of [DEFAULT] are in every section, as the library has
    it. Nothing is interpolated.
    """

    text: str = ""
    sections: Sections = field(default_factory=dict)

    def section(self, name: str) -> Mapping[str, str]:
        """Return the options of a section, none where it is not there."""
        return self.sections.get(name, {})


def read(path: Path) -> Ini:
    """Read the INI at `path`; raises ConfigError, naming the line that is wrong."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"The configuration {path} does not exist.",
            "Check the path that --config or EXACT_IMPORT_CONFIG names.",
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            f"The configuration {path} cannot be read: it is a folder.", "Name an INI file."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"The configuration {path} cannot be read: {error.strerror}.", "Check its permissions."
        ) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}, line {line}: this is not text in UTF-8.", "Save the file as UTF-8."
        ) from None
    if "\0" in text:
        raise ConfigError(f"The configuration {path} is not a text file.")
    ini = parse(text, path)
    _refuse_swallowed(path, text)
    return ini


@functools.lru_cache(maxsize=1)  # settings and logins are read one after the other
def parse(text: str, path: Path) -> Ini:
    """Parse the INI `text` of the file `path`; raises ConfigError."""
    # Options that differ only in case are duplicates, as in the library.
    _parsed(text, path)
    spelled = configparser.RawConfigParser()
    spelled.optionxform = str  # type: ignore[assignment, method-assign]  # as documented
    spelled.read_string(_with_unix_ends(text))
    sections = {name: dict(spelled.items(name)) for name in spelled.sections()}
    return Ini(text, sections)


def _parsed(text: str, path: Path, default_section: str = "DEFAULT") -> Sections:
    parser = configparser.RawConfigParser(default_section=default_section)
    try:
        parser.read_string(_with_unix_ends(text), str(path))
    except configparser.Error as error:
        raise ConfigError(_sentence(path, error), "Fix that line.") from None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _with_unix_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sentence(path: Path, error: configparser.Error) -> str:
    # The parser's own messages quote the line, which may hold a secret.
    match error:
        case configparser.DuplicateSectionError():
            return f"{path}, line {error.lineno}: duplicate section [{error.section}]."
        case configparser.DuplicateOptionError():
            setting = f"{error.option} in [{error.section}]"
            return f"{path}, line {error.lineno}: duplicate setting {setting}."
        case configparser.MissingSectionHeaderError():
            return f"{path}, line {error.lineno}: a setting before the first [section]."
        case configparser.ParsingError() if error.errors:
            line = error.errors[0][0]
            return f"{path}, line {line}: neither a [section] nor a setting such as name = value."
        case _:
            return f"{path} is not a valid INI file."


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
                    "Remove the spaces.",
                )
            continue
        level = indent
        header = configparser.RawConfigParser.SECTCRE.match(stripped)
        option = "" if header else re.split("[=:]", stripped, maxsplit=1)[0].strip()


def changed(text: str, sections: Sections, path: Path, *, whole: bool = False) -> str:
    """Return the INI `text` with the options of `sections` set; everything else stays unchanged.

    With `whole`, these sections have no other options afterwards. Comments stay, also within a
    section whose options change. A new section goes before [transient], which is the program's own.
    Raises ConfigError if that is not possible without other changes.
    """
    from configupdater import ConfigUpdater  # slow to load, and only writers need it

    expected = {**_parsed(text, path, default_section="")}
    windows = "\r\n" in text
    # New lines end in "\n"; if most lines end in "\r\n", the two are swapped during the edit.
    result = _with_ends_swapped(text) if windows else text
    if result and not result.endswith("\n"):
        result += "\n"
    # ConfigUpdater reads an indented comment as a setting; comments can be hidden from it.
    comments = _COMMENT.findall(result)
    numbers = itertools.count()
    document = ConfigUpdater()
    document.read_string(_COMMENT.sub(lambda _: f"#{next(numbers)}", result))
    for name, options in sections.items():
        lowered = {option.lower(): value for option, value in options.items()}
        expected[name] = {**({} if whole else expected.get(name, {})), **lowered}
        section = _section(document, name)
        for option, value in options.items():
            _set(section, option, value)
        for option in section.options() if whole else ():
            if option not in lowered:
                del section[option]
    result = re.sub(r"^#(\d+)$", lambda m: comments[int(m[1])], str(document), flags=re.MULTILINE)
    if windows:
        result = _with_ends_swapped(result)
    try:
        as_meant = _parsed(result, path, default_section="") == expected
    except ConfigError:
        as_meant = False
    if not as_meant:
        names = " and ".join(f"[{name}]" for name in sections)
        raise ConfigError(
            f"The layout of the configuration {path} leaves no place to write to {names}.",
            "Start each setting at the beginning of a line.",
        )
    return result


def _with_ends_swapped(text: str) -> str:
    return re.sub(r"\r?\n", lambda end: "\n" if end[0] == "\r\n" else "\r\n", text)


def _section(document: ConfigUpdater, name: str) -> Section:
    if not document.has_section(name):
        if document.has_section("transient"):
            document["transient"].add_before.section(name).space(1)
        else:
            if document.sections() and not str(document).endswith("\n\n"):
                document[document.sections()[-1]].add_after.space(1)
            document.add_section(name)
    return document[name]


def _set(section: Section, name: str, value: str) -> None:
    """Set an option in its own place, indented as it was; a new one goes below the last."""
    if name in section:
        option = section[name]
        # Comments between the lines of its value.
        for line in reversed([line for line in option.lines if line.startswith("#")]):
            option.add_after.comment(line)
        end = "\r" if option.lines[-1].endswith("\r\n") else ""
        option.key = _indent(option) + option.raw_key
        option.value = value + end
    elif section.options():
        last = section[section.options()[-1]]
        last.add_after.option(_indent(last) + name, value)
    else:
        section.set(name, value)


def _indent(option: Option) -> str:
    line = str(option)
    return line[: len(line) - len(line.lstrip())]


def replace(path: Path, text: str) -> None:
    """Replace the content of `path` by `text` in one step, durably, readable by its owner only.

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
    """Write `content` to the file `path` beside the INI, durably, for its owner only.

    Raises `StorageError`.
    """
    try:
        files.write_atomic(path, content)
    except OSError as error:
        raise _cannot_write(path, error) from None


def check_writable(path: Path, size: int) -> None:
    """Raise `StorageError` unless a little more than `size` bytes can replace `path` now."""
    target = path.resolve()
    try:
        if not target.stat().st_mode & stat.S_IWUSR or not os.access(target, os.W_OK):
            raise PermissionError(13, "it is read-only")
        files.check_space(target, size + 16_384)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The file {path} cannot be written: {error.strerror or error}.",
        "New login tokens are stored there; free some disk space, or make the file and its "
        "folder writable.",
    )
