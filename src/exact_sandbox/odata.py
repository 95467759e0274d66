"""Turns the OData queries of Exact Online into SQL conditions.

`$filter`: eq, ne, gt, ge, lt, le, and, or, not, parentheses, trim, tolower, toupper, startswith,
endswith, substringof; literals of text, guid, numbers (1L), datetime, true, false and null.
docs/exact-online.md, "Queries".
"""

# ruff: noqa: S608 # made of checked field names and of marks for parameters

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from exact_sandbox.http import RequestError

_TOKEN = re.compile(
    r"(?:"
    r"(?P<guid>guid\s*'[^']*')|(?P<datetime>datetime(?:offset)?'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[LlMmDdFf]?(?![\w]))|(?P<name>[A-Za-z_][\w/]*)"
    r"|(?P<mark>[(),]))"
)
_COMPARISONS = {"eq": "=", "ne": "IS NOT", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_NUMBERS = frozenset({"Byte", "Int16", "Int32", "Int64", "Double"})
_ORDERED = _NUMBERS | {"String", "DateTime"}
_DEEPEST = 20  # parentheses, functions and negations within each other
_MOST_DIGITS = 18
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_UNARY = {"trim": "trim({})", "tolower": "lower({})", "toupper": "upper({})"}
_BINARY = {
    "startswith": "substr({0}, 1, length({1})) = {1}",
    "endswith": "substr({0}, -length({1})) = {1}",
    "substringof": "instr({1}, {0}) > 0",
}


class Expression(NamedTuple):
    """SQL with its parameters, and the Edm type of its value."""

    sql: str
    parameters: tuple[object, ...]
    edm: str


class Condition(NamedTuple):
    """A whole `$filter` in SQL, and the fields it looks at."""

    sql: str
    parameters: tuple[object, ...]
    fields: frozenset[str]


class Schema(NamedTuple):
    """The queryable schema of an entity: its model's name, its fields' types and their SQL."""

    model: str
    types: Mapping[str, str]
    column: Callable[[str], str]


def selection(text: str | None, schema: Schema) -> list[str] | None:
    """Return the names that `$select` asks for, None if it asks for all."""
    if text is None or text.strip() in ("", "*"):
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in schema.types:
            raise RequestError(
                400, f"Could not find a property named '{name}' on type '{schema.model}'."
            )
    return names


def ordering(text: str | None, schema: Schema) -> str | None:
    """Return SQL for `$orderby`, None if there is none."""
    if not text:
        return None
    terms = []
    for term in text.split(","):
        name, _, direction = term.strip().partition(" ")
        if schema.types.get(name, "BankAccounts") == "BankAccounts" or direction.strip() not in (
            "",
            "asc",
            "desc",
        ):
            raise RequestError(400, _no_property(name, schema, 0))
        terms.append(f"{schema.column(name)} {direction.strip() or 'asc'}")
    return ", ".join(terms)


def condition(text: str | None, schema: Schema) -> Condition:
    """Return `$filter` as SQL; a filter that cannot be understood is refused with a 400."""
    if text is None or not text.strip():
        return Condition("1", (), frozenset())
    return _Parser(text, schema).parse()


class _Parser:
    def __init__(self, text: str, schema: Schema) -> None:
        self._text = text
        self._schema = schema
        self._fields: set[str] = set()
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def parse(self) -> Condition:
        found = self._either()
        _must_be_boolean(found, 0)
        if self._next < len(self._tokens):
            raise RequestError(400, f"Syntax error at position {self._tokens[self._next][2]}.")
        return Condition(found.sql, found.parameters, frozenset(self._fields))

    def _split(self) -> list[tuple[str, str, int]]:
        tokens, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            at += len(self._text[at:]) - len(self._text[at:].lstrip())
            match = _TOKEN.match(self._text, at)
            if match is None or match.lastgroup is None:
                raise RequestError(400, f"Syntax error at position {at}.")
            tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self, expected: str = "") -> tuple[str, str, int]:
        if self._next >= len(self._tokens) or (expected and self._peek() != expected):
            at = self._tokens[self._next][2] if self._next < len(self._tokens) else len(self._text)
            raise RequestError(400, f"Syntax error at position {at}.")
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RequestError(400, "Recursion depth exceeded allowed limit.")
        found = self._joined("or", self._both)
        self._depth -= 1
        return found

    def _both(self) -> Expression:
        return self._joined("and", self._negated)

    def _joined(self, word: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self._peek() == word:
            _, _, at = self._take()
            parts.append(part())
            for side in parts[-2:]:
                _must_be_boolean(side, at)
        if len(parts) == 1:
            return parts[0]
        # Without nested parentheses: SQLite limits their depth.
        sql = f" {word} ".join(one.sql for one in parts)
        parameters = tuple(value for one in parts for value in one.parameters)
        return Expression(f"({sql})", parameters, "Boolean")

    def _negated(self) -> Expression:
        words = []
        while self._peek() == "not":
            words.append(self._take())
        inner = self._comparison()
        for _, _, at in words:
            _must_be_boolean(inner, at)
        if len(words) % 2:
            return Expression(f"NOT ifnull({inner.sql}, 0)", inner.parameters, "Boolean")
        return inner

    def _comparison(self) -> Expression:
        left = self._primary()
        if self._peek() not in _COMPARISONS:
            return left
        _, word, at = self._take()
        right = self._primary()
        if not _comparable(word, left.edm, right.edm):
            raise RequestError(
                400,
                f"Operator '{word}' incompatible with operand types '{_clr(left.edm)}' and "
                f"'{_clr(right.edm)}' at position {at}.",
            )
        operator = _COMPARISONS[word]
        if "null" in (left.edm, right.edm):
            operator = "IS" if word == "eq" else "IS NOT"
        sql = f"({left.sql} {operator} {right.sql})"
        return Expression(sql, left.parameters + right.parameters, "Boolean")

    def _primary(self) -> Expression:
        group, text, at = self._take()
        if text == "(":
            inner = self._either()
            self._take(")")
            return Expression(f"({inner.sql})", inner.parameters, inner.edm)
        if group != "name":
            return _literal(group, text, at)
        if text in ("true", "false"):
            return Expression("?", (int(text == "true"),), "Boolean")
        if text == "null":
            return Expression("NULL", (), "null")
        if self._peek() == "(" and (text in _UNARY or text in _BINARY):
            return self._function(text, at)
        if text not in self._schema.types:
            raise RequestError(400, _no_property(text, self._schema, at))
        self._fields.add(text)
        return Expression(self._schema.column(text), (), self._schema.types[text])

    def _function(self, name: str, at: int) -> Expression:
        self._take("(")
        first = self._either()
        if name in _UNARY:
            self._take(")")
            _must_be_text(name, at, first)
            return Expression(_UNARY[name].format(first.sql), first.parameters, "String")
        self._take(",")
        second = self._either()
        self._take(")")
        _must_be_text(name, at, first, second)
        sql = _BINARY[name].format("a.x", "a.y")
        # Each argument may be used twice in the SQL, its parameters only once.
        arguments = f"(SELECT {first.sql} AS x, {second.sql} AS y) a"
        parameters = first.parameters + second.parameters
        return Expression(f"(SELECT {sql} FROM {arguments})", parameters, "Boolean")


def moment(text: str) -> int:
    """Return an ISO date and time, UTC where it names no zone, as ms since 1970."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return round(parsed.timestamp() * 1000)


def _literal(group: str, text: str, at: int) -> Expression:
    if group == "text":
        # As the columns are, see `store.column`.
        return Expression("?", (text[1:-1].replace("''", "'").rstrip(" "),), "String")
    if group == "guid":
        bare = text.partition("'")[2][:-1]
        if not _GUID.fullmatch(bare):
            raise RequestError(400, f"Unrecognized 'Edm.Guid' literal at position {at}.")
        return Expression("?", (bare.lower(),), "Guid")
    if group == "datetime":
        try:
            return Expression("?", (moment(text[text.index("'") + 1 : -1]),), "DateTime")
        except ValueError:
            raise RequestError(
                400, f"Unrecognized 'Edm.DateTime' literal at position {at}."
            ) from None
    if group == "number":
        bare = text.rstrip("LlMmDdFf")
        if len(bare.lstrip("-").partition(".")[0]) > _MOST_DIGITS:
            raise RequestError(400, f"Unrecognized 'Edm.Int64' literal at position {at}.")
        if text[-1] in "Ll" and "." not in bare:
            return Expression("?", (int(bare),), "Int64")
        if "." in bare or bare != text:
            return Expression("?", (float(bare),), "Double")
        return Expression("?", (int(bare),), "Int32")
    raise RequestError(400, f"Syntax error at position {at}.")


def _must_be_boolean(found: Expression, at: int) -> None:
    if found.edm != "Boolean":
        raise RequestError(400, f"Expression of type 'Boolean' expected at position {at}.")


def _must_be_text(name: str, at: int, *arguments: Expression) -> None:
    if any(one.edm not in ("String", "null") for one in arguments):
        raise RequestError(400, f"No applicable function '{name}' exists at position {at}.")


def _comparable(word: str, left: str, right: str) -> bool:
    if "null" in (left, right):
        return word in ("eq", "ne")
    alike = left == right or (left in _NUMBERS and right in _NUMBERS)
    return alike and (word in ("eq", "ne") or left in _ORDERED)


def _clr(edm: str) -> str:
    return "null" if edm == "null" else f"System.{edm}"


def _no_property(name: str, schema: Schema, at: int) -> str:
    return f"No property '{name}' exists in type '{schema.model}' at position {at}."
