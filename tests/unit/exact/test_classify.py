"""What every answer, and every lack of one, is taken for."""

from __future__ import annotations

import pytest

from answer_table import METHODS, TABLE
from exact_import.exact.errors import Response, TransportError, classify
from tls_double import Reply


@pytest.mark.parametrize("name", TABLE)
def test_every_answer_has_one_verdict(name: str) -> None:
    comes, *verdicts = TABLE[name]
    if isinstance(comes, Reply):
        headers = {name.lower(): value for name, value in comes.headers.items()}
        result: Response | TransportError = Response(comes.status, headers, comes.body)
    else:
        result = comes
    for method, verdict in zip(METHODS, verdicts, strict=True):
        assert classify(method, result).verdict is verdict, method
