"""The sections of a mapping, and what of Exact Online each of them fills."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from exact_import.fields import Kind

Section = Literal[
    "account", "contact", "bank account", "delivery address", "postal address", "invoice address"
]

KIND_OF: Mapping[Section, Kind] = MappingProxyType(
    {
        "account": "account",
        "contact": "contact",
        "bank account": "bank account",
        "delivery address": "address",
        "postal address": "address",
        "invoice address": "address",
    }
)
SECTIONS: tuple[Section, ...] = tuple(KIND_OF)
