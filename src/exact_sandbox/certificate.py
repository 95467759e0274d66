"""The sandbox's certificate: created on first use, stored in the state, renewed after expiry."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509  # comes with trustme

_CA, _LEAF = "ca.pem", "certificate.pem"
_LIFE = timedelta(days=365)
_NAMES = ("127.0.0.1", "localhost", "::1")


def prepare(state: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of the authority that clients should trust, and the server's TLS settings."""
    ca_file, leaf_file = state / _CA, state / _LEAF
    if not (ca_file.exists() and _valid(leaf_file)):
        _make(ca_file, leaf_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(leaf_file)
    return ca_file, context


def _valid(leaf_file: Path) -> bool:
    try:
        found = x509.load_pem_x509_certificate(leaf_file.read_bytes())
    except (OSError, ValueError):
        return False
    return found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1)


def _make(ca_file: Path, leaf_file: Path) -> None:
    authority = trustme.CA(organization_name="exact-import sandbox")
    leaf = authority.issue_cert(*_NAMES, not_after=datetime.now(UTC).replace(tzinfo=None) + _LIFE)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    _write(ca_file, authority.cert_pem.bytes())
    # The certificate comes before the key, so that `_valid` finds it first.
    _write(leaf_file, chain + leaf.private_key_pem.bytes())


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
