"""Fixtures for the tests of the Exact Online layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from double_client import START
from tls_double import Double, FastClock, trusted_authority


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, authority_file: Path) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))


@pytest.fixture(scope="session")
def authority_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate authority that signed the doubles' certificates."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    trusted_authority().cert_pem.write_to_path(path)
    return path


@pytest.fixture
def double() -> Iterator[Double]:
    """A running double of Exact Online, over TLS on a free port."""
    with Double() as running:
        yield running


@pytest.fixture
def ini(tmp_path: Path, double: Double) -> Callable[..., Path]:
    """Writes an INI for the double; call it with the options of [transient] to change."""

    def write(**transient: str | None) -> Path:
        path = tmp_path / "config.ini"
        path.write_text(double.config(**transient), encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def clock(double: Double) -> FastClock:
    """A clock that the double goes by, too."""
    clock = FastClock(START)
    double.clock = clock.now
    double.issued_at = START
    return clock
