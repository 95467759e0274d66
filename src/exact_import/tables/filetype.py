"""Files that are no CSV, known by how they begin."""

from __future__ import annotations

import codecs

from exact_import.errors import UsageError

_SAVE_AS_CSV = "Open it in the program that made it, save it as CSV and import that."
_UNPACK = "Unpack it and import the CSV that is in it."

# What people hand over instead of a CSV: how it begins, what it is, what to do.
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document (.xls, .doc)", _SAVE_AS_CSV),
    (b"%PDF", "a PDF document", "Ask for the same list as CSV."),
    (b"{\\rtf", "a word processor's document (RTF)", _SAVE_AS_CSV),
    (b"\x89PNG", "a picture", "Ask for the same list as CSV."),
    (b"GIF8", "a picture", "Ask for the same list as CSV."),
    (b"\xff\xd8\xff", "a picture", "Ask for the same list as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", _UNPACK),
    (b"SQLite format 3", "a SQLite database", "Export the table as CSV and import that."),
    (b"\x7fELF", "a program", "Name the CSV file instead."),
)
# The same for text; these are looked for after white space and a byte order mark.
_TEXT_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"<!doctype html", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<html", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<table", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<?xml", "an XML document", _SAVE_AS_CSV),
    (b'{"', "a JSON document", "Export the same list as CSV."),
    (b'[{"', "a JSON document", "Export the same list as CSV."),
    (b"begin:vcard", "a list of vCards", "Open it in an address book and export it as CSV."),
)


def refuse_strangers(name: str, head: bytes) -> None:
    """Raise UsageError when `head`, the first bytes of the file `name`, is no text of a CSV."""
    if head.startswith(b"PK\x03\x04"):
        workbook = b"xl/" in head or b"[Content_Types].xml" in head
        sheet = workbook or b"opendocument.spreadsheet" in head
        what = "a spreadsheet (.xlsx, .ods)" if sheet else "a zip archive"
        raise UsageError(f"{name} is {what}, not a CSV file.", _SAVE_AS_CSV if sheet else _UNPACK)
    text = head[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for strangers, start in ((_STRANGERS, head), (_TEXT_STRANGERS, text)):
        for magic, what, advice in strangers:
            if start.startswith(magic):
                raise UsageError(f"{name} is {what}, not a CSV file.", advice)
    if not head.strip(b" \t\r\n"):
        raise UsageError(f"{name} is empty.", "Export it again.")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_wide(head, one_in=64)
    if not wide and (head.count(0) > len(head) // 2 or _is_noise(head)):
        raise UsageError(f"{name} is not text but binary.", _SAVE_AS_CSV)


def looks_wide(head: bytes, *, one_in: int) -> str:
    """Return which UTF-16 `head` must be, "" if it is none.

    Every second byte is below 9 then, always on the same side: in the scripts of Europe and the
    Near East nearly always (`one_in` 2), in the others for delimiters, digits and line ends.
    """
    pairs = len(head) // 2
    even, odd = (len(head[side : 2 * pairs : 2].translate(None, _NOT_LOW)) for side in range(2))
    if odd * one_in >= pairs and even * 8 < odd:
        return "utf-16-le"
    if even * one_in >= pairs and odd * 8 < even:
        return "utf-16-be"
    return ""


_NOT_LOW = bytes(range(9, 256))


def _is_noise(head: bytes) -> bool:
    """Return whether control characters abound, in the header too, and it is not UTF-8."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    first = head.split(b"\n", 1)[0]
    if controls <= max(len(head) // 20, 8) or first == first.translate(None, _CONTROLS):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return False


_CONTROLS = bytes(set(range(0x20)) - set(b"\0\t\n\v\f\r\x1a\x1b"))
