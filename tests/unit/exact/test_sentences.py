"""Every sentence that the layer can say to a user, read as the user reads it."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exact_import.config import ini_file
from exact_import.errors import ExactImportError
from exact_import.exact import errors
from exact_import.exact.auth.refresh import RefreshTooEarly, tokens_in
from exact_import.exact.errors import Method, NotTrusted, Response, Verdict, classify, stop
from source_trees import tree_of
from tls_double import DIVISION, refusal

LAYER = Path(errors.__file__).parent
SECRET = "CANARY"
# Names of faults in the source, and of functions that make one from a text.
FAULTS = re.compile(
    r"(Usage|Storage|Temporary|Login|Config|Service|ExactImport)Error|kind"
    r"|(Scope)?Missing(Option)?|NotLoggedIn|DailyLimitReached|RefreshUncertain|WrongDivision"
)
# What stands for a placeholder in the source as it is read here: one that is whole sentences,
# and any other.
SENTENCES, ANYTHING = "\0", "\1"
WHOLE = {"AGAIN", "_AGAIN", "_LATER", "_ASK", "MAINTENANCE", "message", "advice"}


def well_said(text: str) -> bool:
    """Return True if the text is one or more whole sentences."""
    begins = r"[A-Z\0\1`]"
    return bool(
        re.match(begins, text)
        and re.search(r"[^.\s][.?!]$|\0$", text)
        and not re.search(r"\.\.|\.:|:\.| \.|  |,\.|\(\)", text)
    )


def statuses(text: str) -> list[str]:
    return re.findall(r"HTTP \d+", text)


def spoken() -> Iterator[tuple[str, str]]:
    """Yield where each text of a fault stands in the source, and the text."""
    for path in sorted([*LAYER.rglob("*.py"), Path(ini_file.__file__)]):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            if name == "sentence" or getattr(node.func, "attr", "") == "sentence":
                # It adds the full stop.
                yield f"{path.name}:{node.lineno}", f"{_text(node.args[0])}."
            elif FAULTS.fullmatch(name):
                for argument in node.args[:2]:
                    text = _text(argument)
                    if text:
                        yield f"{path.name}:{argument.lineno}", text


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_text, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.FormattedValue(value=value):
            return _text(value)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in WHOLE:
            return SENTENCES
        case ast.Call(func=ast.Name(id="sentence") | ast.Attribute(attr="sentence")):
            return ""  # looked at by itself
        case _:
            return ANYTHING


SPOKEN = [text for text in spoken() if text[1] not in (SENTENCES, ANYTHING, ANYTHING + ".")]


def test_they_are_all_found() -> None:
    assert len(SPOKEN) > 70
    assert {where.partition(":")[0] for where, _ in SPOKEN} >= {
        "api.py",
        "errors.py",
        "ini_file.py",
        "rate_limit.py",
        "storage.py",
        "refresh.py",
        "tokens.py",
        "transport.py",
    }


@pytest.mark.parametrize(("where", "text"), SPOKEN, ids=[one[0] for one in SPOKEN])
def test_each_is_a_whole_sentence(where: str, text: str) -> None:
    # An address that is to be copied stands at the end of its line, without a full stop.
    assert well_said(text) or (where.startswith("oauth") and text.endswith(ANYTHING)), text


SAYINGS = [
    "",
    "No",
    "The property name 'X' is not valid.",
    "One.\r\nTwo.\r\n",
    "Really?",
    "Forbidden - Application Scope Violated. Cannot read 'crm.accounts' scope.",
    "Forbidden - WrongDivision",
    "Forbidden - LicenseExpired.",
]
STATUSES = [301, 302, 307, 400, 403, 404, 405, 406, 413, 415, 418, 451]
METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "DELETE")


@pytest.mark.parametrize("status", STATUSES)
def test_every_stop_is_whole_sentences_that_name_the_request_once(status: int) -> None:
    reasons = ["", *errors._REASONS, "Odd: what is this."]
    for method, saying, reason in itertools.product(METHODS, SAYINGS, reasons):
        answer = Response(status, {"reason": reason}, refusal(saying).body if saying else b"")
        if classify(method, answer).verdict is not Verdict.STOP:
            continue
        fault = stop(method, "crm/Accounts", answer)
        assert well_said(fault.message), fault.message
        assert well_said(fault.advice) or not fault.advice, fault.advice
        assert fault.advice or status in (405, 406, 413, 415, 418, 451)
        assert "crm/Accounts" in fault.message
        assert len(statuses(str(fault))) == (type(fault) is not errors.ScopeMissing), fault


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 502, 503, 504])
def test_every_refusal_of_a_login_is_whole_sentences_without_a_secret(status: int) -> None:
    bodies = [
        b"",
        b"<html>CANARY</html>",
        b'{"access_token": "CANARY',
        b'{"access_token": "CANARY", "refresh_token": "CAN ARY"}',
        b'{"error":"CANARY","error_description":"CANARY."}',
        b'{"error":"invalid_request","error_description":"The refresh token expired at CANARY."}',
        b'{"error":"invalid_request"}',
        b'{"error":"invalid_grant","error_description":"CANARY"}',
        b'{"error":"invalid_grant","error_description":"invalid or empty chainId"}',
        b'{"error":"unauthorized_client","error_description":"Old refresh token used."}',
    ]
    for body in bodies:
        with pytest.raises((ExactImportError, RefreshTooEarly)) as caught:
            tokens_in(Response(status, {}, body))
        fault = caught.value
        assert isinstance(fault, ExactImportError)
        assert well_said(fault.message), fault.message
        assert well_said(fault.advice), fault.advice
        assert SECRET not in str(fault)
        assert len(statuses(str(fault))) <= 1


def test_what_others_say_ends_in_one_full_stop() -> None:
    for text in ("a", "a.", "a. ", "a...", "a ."):
        assert errors.sentence(text) == "a."
    assert errors.sentence("Really?") == "Really?"
    untrusted = stop("GET", f"{DIVISION}", NotTrusted("its certificate is not valid: expired."))
    assert well_said(untrusted.message)
