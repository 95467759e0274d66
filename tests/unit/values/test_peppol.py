"""Participants of Peppol, by scheme."""

from __future__ import annotations

import pytest

from exact_import.values.identifiers import participant
from exact_import.values.vocabulary import InvalidValue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0208:0403170701", "0208:0403170701"),
        (" iso6523-actorid-upis::0208:0403170701 ", "0208:0403170701"),
        ("0208 : 0403.170.701", "0208:0403170701"),
        ("9925:be0403170701", "9925:BE0403170701"),
        # Without a scheme it is a Belgian number.
        ("BE 0403.170.701", "0208:0403170701"),
        ("0403.170.701", "0208:0403170701"),
        ("403170701", "0208:0403170701"),
        ("0088:5412345000013", "0088:5412345000013"),
        ("0106:12345678", "0106:12345678"),
        ("0190:00000001234567890000", "0190:00000001234567890000"),
        ("0184:DK12345678", "0184:DK12345678"),
        ("9930:de123456789", "9930:DE123456789"),
        ("9957:FR40303265045", "9957:FR40303265045"),
        ("0009:12345678901234", "0009:12345678901234"),
        # Of a scheme of further away.
        ("0195:T08GA0028A", "0195:T08GA0028A"),
        ("9910:HU12345678", "9910:HU12345678"),
    ],
)
def test_a_participant(text: str, expected: str) -> None:
    assert participant(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0208:0403170702", "0403170702 does not fit scheme 0208"),
        ("9925:0403170701", "0403170701 does not fit scheme 9925"),
        ("0088:5412345678901", "does not fit scheme 0088"),
        ("0088:54123456789012", "does not fit scheme 0088"),
        ("0106:1234567", "does not fit scheme 0106"),
        ("9938:LU1234567", "does not fit scheme 9938"),
        ("7777:1234", "there is no scheme 7777"),
        ("0000:1234", "there is no scheme 0000"),
        ("9961:1234", "there is no scheme 9961"),
        ("0208", "expected a form such as 0208:0403170701"),
        ("0403170702", "expected a form such as 0208:0403170701"),
        ("208:0403170701", "expected a form such as 0208:0403170701"),
    ],
)
def test_what_is_no_participant(text: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        participant(text)
