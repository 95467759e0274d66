"""Plain English, as far as a pattern can see it: words that no help text, message or page uses.

Each rule names what to write instead. A pattern leaves the ordinary uses of its word alone
("stands for", "there is no file"); where no pattern can tell the two apart, there is no rule.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click

from exact_import.cli.main import cli
from source_trees import nodes_of, text_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TEMPLATES = sorted((ROOT / "src").rglob("*.j2"))
PAGES = [
    path for folder in (".", "docs", "benchmarks") for path in sorted(ROOT.glob(f"{folder}/*.md"))
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that plain English does not need, and what to write instead of it."""

    pattern: str
    instead: str

    def found_in(self, text: str) -> Iterator[str]:
        """Yield what matches, each with the words around it."""
        for match in re.finditer(self.pattern, text, re.IGNORECASE):
            around = text[max(0, match.start() - 40) : match.end() + 40]
            yield f"…{around}…: {self.instead}"


class Passage(NamedTuple):
    """A text that a person reads, and where it is: "README.md:12"."""

    where: str
    text: str


# For everything that is written in English, docstrings and comments included.
ALWAYS = (
    Rule(r"(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b)\w", 'write "is not a valid …"'),
    Rule(r"\b(?:that|which) (?:is|are) none\b", 'write "an invalid …" or "is not a …"'),
    Rule(r"\btells? (?:whether|if)\b", 'write "return True if", "check whether" or "show whether"'),
    Rule(
        r"\b(?:came|comes?|becom(?:es|e)|became) of\b", 'write "the outcome of" or "the result of"'
    ),
    Rule(r"\b(?:stands?|stood)\b(?! (?:for|in for|alone|out)\b|-)", 'write "is", "has" or "comes"'),
    Rule(r"\bso (?:many|few|often)\b(?! (?:that|as)\b)", "give the number or the interval"),
    Rule(r"\bmend(?:s|ed|ing)?\b", 'write "fix"'),
    Rule(r"\bbesides\b", 'write "also"'),
    Rule(r"(?<!one )(?<!all )(?<!none )(?<!most )(?<!first )\bof which\b", "begin a new sentence"),
    Rule(r"\bthe others\b", "name them: the other files, the other rows"),
    Rule(r"\bhad been\b", "use the present tense"),
    Rule(r"\b(?:twins?|strangers?|surely|sift(?:s|ed)?)\b", "use the word of the field"),
    Rule(r"\bdoubles?\b(?! quot| space| click|-|_)", 'write "duplicate"'),
    Rule(r"\b(?:is|are|was|were|be) told\b(?! apart)", 'write "is notified" or "is set to"'),
    Rule(r"\b(?:anew|amid|whence|thereby|hereby|likewise)\b", "use the everyday word"),
    Rule(r"\bbut for (?!which)", 'write "except for"'),
    Rule(r"\bby way of\b", 'write "through" or "with"'),
    Rule(r"\b(?:go|goes|going|went) on\b", 'write "continue"'),
    Rule(r"\b(?:lies|lie) (?:at|in|on|elsewhere|outside|beside|below|above)\b", 'write "is"'),
    Rule(r"\bevery so\b", "give the interval"),
    Rule(r"""(?:\b(?:None|True|False|\w+Error`?)|"") where\b""", 'write "if"'),
    Rule(r"\botherwise than\b", 'write "differently than" or "differs from"'),
    Rule(r"\bparted (?:by|from)\b", 'write "separated by" or "split at"'),
    Rule(r"\btak(?:es?|en|ing)\b[^.;:]{0,40}\bapart\b", 'write "split"'),
    Rule(r"\bwhoever\b|\bspoken for\b|\bwholly\b", "use the everyday word"),
    Rule(r"\btells? of\b", 'write "shows" or "says"'),
    Rule(r"\banswers? of Exact Online\b", 'write "from Exact Online"'),
    Rule(r"\bbusy with\b", 'write "is using"'),
    Rule(r"\bleaves? with\b", 'write "exit with"'),
    Rule(r"\bwords? for nothing\b", 'write "placeholder"'),
    Rule(r"\brefused rows?\b", 'rows are "rejected"; Exact Online refuses records'),
    Rule(r"\brows? (?:is|are|was|were) refused\b", 'rows are "rejected"'),
    Rule(r"\b(?:bad|wrong) rows?\b|\brows? (?:is|are) (?:bad|wrong)\b", 'write "rejected"'),
    Rule(r"\bcomplain(?:s|ed|ts?)?\b", 'write "warning", "error" or "problem"'),
    Rule(r"\b(?:do|don|does|doesn|did|is|isn|can|won|are|has|had)n?['’]t\b", "write it in full"),
    Rule(r"\b(?:it|that|you|they|we)['’](?:s|re|ll|ve)\b", "write it in full"),
)

# For what is shown to those who use the program: help, messages, pages.
SHOWN = (
    Rule(r"(?:^|[.:;] )say (?!which\b)", 'write "add", "use", "set" or "enter"'),
    Rule(r"\b(?:does|do|did) not tell\b", 'write "is not known" or "does not show"'),
    Rule(r"\bnobody knows\b|\bknows nothing\b", 'write "unknown" or "not known"'),
    Rule(r"\b(?:that|which) (?:is|are) known\b", 'write "known …" or "unknown …"'),
    Rule(r"\bone that\b|\bthose (?:that|which|who)\b", "repeat the noun"),
    Rule(r"\b(?:is|are) there (?:already|again)\b", 'write "already exists"'),
    Rule(r"\bhas gone\b", 'write "no longer exists"'),
    Rule(r"\b(?:made|makes?) again\b", 'write "create again"'),
    Rule(r"\b(?:written|spell?ed|spelt|understood|behaves?|decides?) otherwise\b", '"differently"'),
    Rule(r"\bfor so long\b", "give the time"),
    Rule(r"\bfaults? in\b|\bby a fault\b", 'write "error" or "bug"'),
    Rule(r"\b(?:looks?|seems?) (?:into|double)\b", 'write "check" or "may be a duplicate"'),
    Rule(r"\bcannot be told\b(?! apart)", 'write "it is not clear"'),
    Rule(r"(?<!current and future )\badministrations\b|\bbooks\b", 'write "company"'),
    Rule(r"\bwith remarks\b|\bto the letter\b|\bthe real thing\b", "use the everyday words"),
    Rule(r"\bterminal to ask on\b", 'write "Not a terminal; add --yes to confirm"'),
)


def help_texts() -> Iterator[Passage]:
    """Yield what `--help` shows of each command: its text, its options and its example."""

    def walk(command: click.Command, name: str) -> Iterator[Passage]:
        for text in (command.help, command.short_help, command.epilog):
            yield Passage(name, text or "")
        for parameter in command.params:
            yield Passage(f"{name} {parameter.opts[0]}", getattr(parameter, "help", None) or "")
        for word, child in getattr(command, "commands", {}).items():
            yield from walk(child, f"{name} {word}")

    yield from walk(cli, "exact-import")


def _docstring_of(node: ast.AST) -> ast.Constant | None:
    """Return the string that an object's body begins with; also one below an attribute."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value if isinstance(node.value.value, str) else None
    return None


def _plain(node: ast.expr) -> str:
    """Return a string, or an f-string with "{}" where a value goes in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            "{}" if isinstance(v, ast.FormattedValue) else _plain(v) for v in node.values
        )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_sentence(text: str) -> bool:
    """Return True if a string is words for people: no SQL, no pattern, no list of header words."""
    return " " in text.strip() and not re.search(
        r"\\[bdsSwW]|\(\?|^\s*[A-Z]{5,} |[a-z],[a-z]", text
    )


def messages() -> Iterator[Passage]:
    """Yield the strings in the sources that are sentences, docstrings left out, and templates."""
    for path in SOURCES:
        nodes = nodes_of(path)
        parts = {
            id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
        }
        parts.update(id(text) for node in nodes if (text := _docstring_of(node)))
        for node in nodes:
            if not isinstance(node, ast.JoinedStr | ast.Constant) or id(node) in parts:
                continue
            if _is_sentence(sentence := _plain(node)):
                yield Passage(f"{path.relative_to(ROOT)}:{node.lineno}", sentence)
    for path in TEMPLATES:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield Passage(
                f"{path.relative_to(ROOT)}:{number}", re.sub(r"{[%#{].*?[%#}]}", "", line)
            )


def pages() -> Iterator[Passage]:
    """Yield the paragraphs of the pages, without what is code."""
    for path in PAGES:
        text = re.sub(
            r"^```.*?^```$",
            lambda m: "\n" * m[0].count("\n"),
            path.read_text("utf-8"),
            flags=re.M | re.S,
        )
        number = 1
        for paragraph in re.split(r"(\n\s*\n|\n(?=[|*-] ))", text):
            if paragraph.strip():
                words = " ".join(re.sub(r"`[^`]*`", "`…`", paragraph).split())
                yield Passage(f"{path.relative_to(ROOT)}:{number}", words)
            number += paragraph.count("\n")


def remarks() -> Iterator[Passage]:
    """Yield the docstrings and the comments of the sources."""
    for path in SOURCES:
        name = path.relative_to(ROOT)
        for node in nodes_of(path):
            if text := _docstring_of(node):
                yield Passage(f"{name}:{text.lineno}", " ".join(str(text.value).split()))
        yield from (Passage(f"{name}:{number}", text) for number, text in _comments(text_of(path)))


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the comments with their lines; those on lines that follow each other are one."""
    begun, words, last = 0, "", -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        text = token.string.lstrip("#:! ")
        if token.start[0] == last + 1 and words:
            words += " " + text
        else:
            if words:
                yield begun, words
            begun, words = token.start[0], text
        last = token.start[0]
    if words:
        yield begun, words


def found(rules: tuple[Rule, ...], passages: Iterator[Passage]) -> list[str]:
    # All rules at once first: hardly any passage breaks one.
    broken = re.compile("|".join(f"(?:{rule.pattern})" for rule in rules))
    return [
        f"{passage.where}: {hit}"
        for passage in passages
        if broken.search(passage.text.lower())
        for rule in rules
        for hit in rule.found_in(passage.text)
    ]


def test_help_is_plain_english() -> None:
    assert found(ALWAYS + SHOWN, help_texts()) == []


def test_pages_are_plain_english() -> None:
    assert found(ALWAYS + SHOWN, pages()) == []


def test_messages_docstrings_and_comments_are_plain_english() -> None:
    assert found(ALWAYS + SHOWN, messages()) + found(ALWAYS, remarks()) == []
