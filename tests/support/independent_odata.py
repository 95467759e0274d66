"""`$filter` and `$orderby` of OData 2, turned into functions on records.

A part of the independent server, which shares no code with the sandbox. Texts compare as SQL Server
compares them: blanks at the end and capitals make no difference. Nothing equals null but null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

Value = Any
Reader = Callable[[Mapping[str, Value]], Value]
Typed = tuple[str, Reader]  # the Edm type of what is read, and how to read it

_NUMERIC = {"Byte", "Int16", "Int32", "Int64", "Double"}
_WORD = re.compile(
    r"\s*(guid'[0-9a-fA-F-]{36}'|datetime'[^']+'|'(?:[^']|'')*'|-?\d+(?:\.\d+)?[LMDF]?|[\w/]+|[(),])"
)
_TEXT_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda text, start: text.startswith(start),
    "endswith": lambda text, end: text.endswith(end),
    "substringof": lambda part, text: part in text,
}


class QueryError(Exception):
    """The query is answered with 400 and this sentence."""


def filtered(text: str, types: Mapping[str, str], model: str) -> tuple[Reader, set[str]]:
    """Return what tells if a record fits `$filter`, and the names of the fields it looks at."""
    parser = _Parser(text, types, model)
    _, read = parser.alternatives()
    parser.end()
    return read, parser.fields


def milliseconds(text: str) -> int:
    """Return an ISO date, with or without a time, as milliseconds since 1970."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


class _Parser:
    def __init__(self, text: str, types: Mapping[str, str], model: str) -> None:
        self._types, self._model = types, model
        self._words: list[tuple[str, int]] = []
        self._place = 0
        self.fields: set[str] = set()
        at = 0
        while text[at:].strip():
            found = _WORD.match(text, at)
            if found is None:
                raise QueryError(f"Syntax error at position {at}.")
            self._words.append((found[1], found.start(1)))
            at = found.end()
        self._length = at

    def end(self) -> None:
        if self._place < len(self._words):
            raise QueryError(f"Syntax error at position {self._words[self._place][1]}.")

    def _is_next(self, *words: str) -> bool:
        return self._place < len(self._words) and self._words[self._place][0] in words

    def _word(self, wanted: str = "") -> tuple[str, int]:
        if self._place == len(self._words) or (wanted and not self._is_next(wanted)):
            self.end()
            raise QueryError(f"Syntax error at position {self._length}.")
        self._place += 1
        return self._words[self._place - 1]

    def alternatives(self) -> Typed:
        edm, first = self._conjunction()
        parts = [first]
        while self._is_next("or"):
            self._word()
            parts.append(self._conjunction()[1])
        return (
            (edm, first) if len(parts) == 1 else ("Boolean", lambda row: any(p(row) for p in parts))
        )

    def _conjunction(self) -> Typed:
        edm, first = self._comparison()
        parts = [first]
        while self._is_next("and"):
            self._word()
            parts.append(self._comparison()[1])
        return (
            (edm, first) if len(parts) == 1 else ("Boolean", lambda row: all(p(row) for p in parts))
        )

    def _comparison(self) -> Typed:
        if self._is_next("not"):
            self._word()
            inner = self._comparison()[1]
            return "Boolean", lambda row: not inner(row)
        edm, left = self._operand()
        if not self._is_next("eq", "ne", "gt", "ge", "lt", "le"):
            return edm, left
        operator, at = self._word()
        other, right = self._operand()
        alike = edm == other or {edm, other} <= _NUMERIC or "null" in (edm, other)
        if not alike or (operator not in ("eq", "ne") and edm in ("Guid", "Boolean", "null")):
            raise QueryError(
                f"Operator '{operator}' incompatible with operand types 'System.{edm}' and "
                f"'System.{other}' at position {at}."
            )
        return "Boolean", lambda row: _compare(operator, left(row), right(row))

    def _operand(self) -> Typed:
        word, at = self._word()
        if word == "(":
            inner = self.alternatives()
            self._word(")")
            return inner
        if word in self._types:
            self.fields.add(word)
            return self._types[word], lambda row: row.get(word)
        if self._is_next("("):
            return self._function(word, at)
        return _literal(word, at, self._model)

    def _function(self, name: str, at: int) -> Typed:
        self._word("(")
        arguments = [self.alternatives()[1]]
        while self._is_next(","):
            self._word()
            arguments.append(self.alternatives()[1])
        self._word(")")
        if name == "trim" and len(arguments) == 1:
            return "String", lambda row: str(arguments[0](row) or "").strip()
        if name in _TEXT_FUNCTIONS and len(arguments) == 2:
            test = _TEXT_FUNCTIONS[name]
            return "Boolean", lambda row: test(*(str(_plain(one(row)) or "") for one in arguments))
        raise QueryError(f"Unknown function '{name}' at position {at}.")


def _literal(word: str, at: int, model: str) -> Typed:
    kind, _, rest = word.partition("'")
    fixed: Value
    if kind == "guid":
        edm, fixed = "Guid", rest[:-1].lower()
    elif kind == "datetime":
        try:
            edm, fixed = "DateTime", milliseconds(rest[:-1])
        except ValueError:
            raise QueryError(f"Unrecognized 'Edm.DateTime' literal at position {at}.") from None
    elif kind == "" and rest:
        edm, fixed = "String", rest[:-1].replace("''", "'")
    elif word in ("true", "false"):
        edm, fixed = "Boolean", word == "true"
    elif word == "null":
        edm, fixed = "null", None
    elif re.fullmatch(r"-?\d+L?", word):
        edm, fixed = "Int64" if word.endswith("L") else "Int32", int(word.rstrip("L"))
    elif word[:1].isdigit() or word[:1] == "-":
        edm, fixed = "Double", float(word.rstrip("MDF"))
    else:
        raise QueryError(f"No property '{word}' exists in type '{model}' at position {at}.")
    return edm, lambda _row: fixed


def _plain(value: Value) -> Value:
    return value.rstrip(" ").casefold() if isinstance(value, str) else value


def _compare(name: str, left: Value, right: Value) -> bool:
    left, right = _plain(left), _plain(right)
    if name in ("eq", "ne"):
        return bool(left == right) is (name == "eq")
    if left is None or right is None:
        return False
    return bool({"gt": gt, "ge": ge, "lt": lt, "le": le}[name](left, right))
