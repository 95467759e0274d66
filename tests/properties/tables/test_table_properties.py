"""Any table, written in any dialect and encoding, is read back cell for cell; no bytes crash."""

from __future__ import annotations

import codecs
import gzip
import io
import itertools
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.errors import UsageError
from exact_import.tables.damage import looks_damaged
from exact_import.tables.line_reader import read_batches, read_rows
from exact_import.tables.quoting import CsvFormat
from exact_import.tables.rejects_file import write_rejects
from exact_import.tables.rows import RowLayout
from exact_import.tables.table import open_table

DELIMITERS = ",;\t|"
SPACE = " \t\r\n\v\f\xa0\u2007\u202f\ufeff\0\x1a"
WORDS = [
    "Café",
    "Zoë",
    "crème brûlée",
    "Müller",
    "Straße",
    "François",
    "Ærø",
    "niño",
    "€ 5",
    "l’eau",
]

ENCODINGS = {
    "utf-8": (b"", "utf-8"),
    "utf-8 with a mark": (codecs.BOM_UTF8, "utf-8"),
    "utf-16 little": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16 big": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "utf-16 little without a mark": (b"", "utf-16-le"),
    "utf-16 big without a mark": (b"", "utf-16-be"),
    "windows": (b"", "cp1252"),
}

header_cells = st.from_regex(re.compile(r"[A-Za-z][A-Za-z ]{0,8}[a-z]", re.ASCII), fullmatch=True)
plain_cells = st.text(st.sampled_from("ab 0'=+-@\"\n\r,;\t|é€"), max_size=8)
any_cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
windows_cells = st.lists(
    st.sampled_from([*WORDS, "a", "0", '"', "'", "=", ",", ";", "\n", "\r\n", "\t", "|", " "]),
    max_size=5,
).map("".join)


def clean(cell: str) -> str:
    """The rule as the issue states it, written another way."""
    cell = cell.replace("\0", "")
    if len(cell) > 1 and cell[0] == "'" and (cell[1] in "0123456789=+-@"):
        cell = cell[1:]
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        inner = cell[2:-1]
        if '"' not in inner.replace('""', ""):
            cell = inner.replace('""', '"')
    return cell.strip()


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str], list[tuple[int, list[str]]], dict[str, str]]:
    """Draw a file's bytes, its header, its rows with their lines, and what must be found out."""
    kind = draw(st.sampled_from(sorted(ENCODINGS)))
    mark, encoding = ENCODINGS[kind]
    delimiter = draw(st.sampled_from(DELIMITERS))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    sep = draw(st.booleans())
    quote_all = draw(st.booleans())
    last_newline = draw(st.booleans())
    width = draw(st.integers(2, 6))
    header = draw(st.lists(header_cells, min_size=width, max_size=width))
    cells = windows_cells if encoding == "cp1252" else st.one_of(plain_cells, any_cells)
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8))
    blanks = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))

    def write(cell: str) -> str:
        if quote_all or any(c in cell for c in f'{delimiter}"\r\n'):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    text = f"sep={delimiter}{newline}" if sep else ""
    text += delimiter.join(map(write, header)) + newline
    expected = []
    for row, blank in zip(rows, blanks, strict=True):
        if blank:
            text += delimiter * (len(header) - 1) + newline
        line = len(re.findall(r"\r\n|\r|\n", text)) + 1
        text += delimiter.join(map(write, row)) + newline
        if any(cell.strip(SPACE) for cell in row):
            expected.append((line, row))
    if not last_newline and rows:
        text = text.removesuffix(newline)
    found = {"delimiter": delimiter, "encoding": encoding, "newline": newline}
    return mark + text.encode(encoding), header, expected, found


@settings(deadline=None, max_examples=scaled(400), suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.booleans())
@example(
    (
        b"\xfe\xff\0A\0a\0,\0A\0a\0\n\0\x1a\0,",  # a row of the end mark of DOS alone
        ["Aa", "Aa"],
        [],
        {"delimiter": ",", "encoding": "utf-16-be", "newline": "\n"},
    ),
    False,
)
def test_any_table_is_read_back(
    drawn: tuple[bytes, list[str], list[tuple[int, list[str]]], dict[str, str]], packed: bool
) -> None:
    content, header, rows, found = drawn
    assume(not any(looks_damaged(clean(cell)) for _, cells in rows for cell in cells))
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        found["encoding"] = "utf-8" if found["encoding"] == "cp1252" else found["encoding"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.csv.gz" if packed else "any.csv")
        path.write_bytes(gzip.compress(content) if packed else content)
        table = open_table(str(path))
        assert list(table.header) == [name.strip() for name in header]
        assert table.dialect.delimiter == found["delimiter"]
        assert table.dialect.encoding == found["encoding"]
        assert table.dialect.newline == found["newline"]
        for _ in range(2):
            read = list(table.rows())
            assert [(row.line, list(row.cells)) for row in read] == [
                (line, list(map(clean, cells))) for line, cells in rows
            ]
            for row, (_, cells) in zip(read, rows, strict=True):
                # A cell of several lines that are split as rows are may be doubted, and so may a
                # row of one cell where others have many.
                if sum(map(bool, map(str.strip, cells))) > 1 and not any(
                    "\n" in c.replace("\r", "\n") and found["delimiter"] in c for c in cells
                ):
                    assert row.problem == ""


soup = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from(
            [b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"a", b"'1", b'="',
             b"Naam", b"\xe9", b"\xc3\xa9", b"\xff\xfe", b"\xef\xbb\xbf", b"sep=;", b"\x1f\x8b",
             b"_line", b"_error", b" ", b"\x1a", b"=", b"@", b"\x81", b"0"]
        ),
        max_size=60,
    ).map(b"".join),
)  # fmt: skip
prefixes = st.sampled_from(
    [b"", b"Naam;Plaats\n", b"a,b,c,d,e\r\n", b"Naam,_line,_error\n", b"x\n"]
)


@settings(deadline=None, max_examples=scaled(1000))
@given(
    prefixes, soup, st.sampled_from([None, ";", "tab"]), st.sampled_from([None, "utf-8", "cp1252"])
)
@example(b"", b'="\n"', None, None)
def test_no_bytes_crash_or_are_lost(
    header: bytes, content: bytes, delimiter: str | None, encoding: str | None
) -> None:
    """Rows or a sentence, and each row's line within the file, in order."""
    content = header + content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "soup.csv")
        path.write_bytes(content)
        fault: UsageError | None = None
        try:
            table = open_table(str(path), delimiter=delimiter, encoding=encoding)
            rows = list(table.rows())
        except UsageError as caught:
            fault = caught
        if fault is not None:
            assert "soup.csv" in fault.message
            assert "\n" not in str(fault)
            return
        lines = [table.header_line, *(row.line for row in rows)]
        assert all(a < b for a, b in itertools.pairwise(lines))
        assert all(len(row.cells) == len(table.header) for row in rows)
        if rows:
            write_rejects(table, [(row, row.problem) for row in rows])


@settings(deadline=None, max_examples=scaled(400), suppress_health_check=[HealthCheck.too_slow])
@given(
    files(),
    st.lists(st.text(st.sampled_from("'=+-@\t\r\n0 a\uff1d"), max_size=4), min_size=2, max_size=2),
)
def test_rejects_import_back_unchanged(
    drawn: tuple[bytes, list[str], list[tuple[int, list[str]]], dict[str, str]], nasty: list[str]
) -> None:
    content, header, _, found = drawn
    extra = found["delimiter"].join(
        ['"' + cell.replace('"', '""') + '"' for cell in [*nasty, "x"]][: len(header)]
    )
    content += (found["newline"] + extra + found["newline"]).encode(found["encoding"], "replace")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.csv")
        path.write_bytes(content)
        table = open_table(str(path))
        rows = list(table.rows())
        assume(rows)
        written = write_rejects(table, [(row, "it is wrong") for row in rows])
        again = open_table(str(written))
        assert again.is_rejects
        assert again.header == table.header
        assert again.dialect.encoding == table.dialect.encoding or content.isascii()
        back = list(again.rows())
        assert [row.cells for row in back] == [row.cells for row in rows]
        for row in back:
            for cell in row.raw:
                assert not re.match(r"[=@\t\r\n]|[+\-].*[^\d .,()/%\xa0\u202f-]", cell, re.DOTALL)
        # and once more, from the rejects of the rejects
        third = open_table(str(write_rejects(again, [(row, "still wrong") for row in back])))
        assert [row.cells for row in third.rows()] == [row.cells for row in rows]


@settings(deadline=None, max_examples=scaled(1000))
@given(
    st.lists(
        st.sampled_from(
            ["a;b\n", "a;b\n", "a;b\r\n", ";b\n", "a;\n", "a\n", "a;b;c\n", "\n", " ;\n",
             '"a";b\n', '"a\n', 'b";c\n', '"a;\n', 'a";b\n', "'1;b\n", '"";"="\n',
             '"a\nb";c\n', "\r", "a\0;b\n", " a ; b \n", "\x1a;b\n", "\x1c\x85;\u2028b\n", "a;b"]
        ),
        max_size=25,
    ),
    st.integers(1, 6),
    st.booleans(),
)  # fmt: skip
def test_batches_hold_the_rows_that_are_read_one_by_one(
    lines: list[str], size: int, rejects: bool
) -> None:
    layout = RowLayout(CsvFormat(";"), ("A", "_line", "_error") if rejects else ("A", "B"))
    text = "".join(lines)
    one_by_one = list(read_rows(io.StringIO(text, newline=""), 3, layout))
    batches = list(read_batches(io.StringIO(text, newline=""), 3, layout, size))
    assert [row for batch in batches for row in batch.rows()] == one_by_one
    assert sum(map(len, batches)) == len(one_by_one)
