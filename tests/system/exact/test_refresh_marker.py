"""A renewal of the login that was cut off is called by its name afterwards."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from double_client import TOKEN, call, connected
from exact_import.errors import ExitStatus, LoginError, StorageError, TemporaryError
from memory_journal import memory_journal
from permissions import is_private
from tls_double import Double, Reply, Seen

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from exact_import.config.settings import Settings
    from exact_import.store.journal import IN_MEMORY, Journal
    from exact_import.exact.client import connect
    from exact_import.exact.auth.storage import Storage
    exact = connect(Storage(Path(sys.argv[1])), Journal(IN_MEMORY), Settings(), division=1)
    exact.find("account", "Name eq 'x'", [])
    """
)


def note(path: Path) -> Path:
    return path.with_name(".config.ini.renewal")


@pytest.fixture
def expired(ini: Callable[..., Path], double: Double) -> Path:
    """An INI whose access token has ended."""
    double.issued_at -= 700
    return ini()


def killed_while_renewing(path: Path, double: Double, *, spent: bool) -> int:
    """Kill a process while it waits for new tokens; return its number."""
    asked = threading.Event()

    def respond(seen: Seen) -> Reply | None:
        if seen.path != TOKEN:
            return None
        if spent:
            double.issue()
        asked.set()
        return Reply(fault="hang")

    double.respond = respond
    running = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)])
    assert asked.wait(30)
    running.kill()
    running.wait()
    double.respond = lambda _: None
    return running.pid


def test_who_was_killed_while_renewing_is_told_so(expired: Path, double: Double) -> None:
    process = killed_while_renewing(expired, double, spent=True)
    assert is_private(note(expired))
    assert "refresh-0" not in note(expired).read_text()
    store = memory_journal()
    for _ in range(6):  # however often it is tried
        exact = connected(expired, journal=store)
        with pytest.raises(LoginError, match="was killed while it renewed the login") as caught:
            call(exact)
        assert f"process {process}" in str(caught.value)
        assert "exact-import login" in str(caught.value)
        assert caught.value.exit_status == ExitStatus.LOGIN
    assert len(double.requests(TOKEN)) == 1 + 4
    # Logging in ends it.
    connected(expired).api.request_token("code")
    assert not note(expired).exists()
    call(connected(expired))


def test_who_was_killed_before_it_was_renewed_goes_on(expired: Path, double: Double) -> None:
    killed_while_renewing(expired, double, spent=False)
    assert note(expired).exists()
    call(connected(expired))
    assert double.refreshes == 1
    assert not note(expired).exists()


def test_an_answer_that_was_lost_is_reported_too(expired: Path, double: Double) -> None:
    def respond(seen: Seen) -> Reply | None:
        if seen.path == TOKEN:
            double.issue()
            return Reply(fault="drop")
        return None

    double.respond = respond
    with pytest.raises(TemporaryError, match="answer from Exact Online was lost"):
        call(connected(expired))
    double.respond = lambda _: None
    with pytest.raises(LoginError, match=r"answer from Exact Online was lost.*new login with it"):
        call(connected(expired))


@pytest.mark.parametrize("left", ["nothing", "of another login", "rubbish", "a list"])
def test_only_what_was_cut_off_is_called_so(expired: Path, double: Double, left: str) -> None:
    """A copy of the configuration was used elsewhere; an old note has nothing to do with it."""
    double.refreshes = 0
    double.issue()
    double.issued_at -= 700
    texts = {
        "of another login": '{"login": "x", "process": 1, "at": 1.0, "lost": false}',
        "rubbish": "\0\xff",
        "a list": "[]",
    }
    if left in texts:
        note(expired).write_text(texts[left])
    with pytest.raises(LoginError, match="renewed elsewhere"):
        call(connected(expired))
    assert not note(expired).exists()


def test_a_note_that_cannot_be_written_spends_nothing(expired: Path, double: Double) -> None:
    note(expired).mkdir()
    with pytest.raises(StorageError, match="renewal cannot be written"):
        call(connected(expired))
    assert double.requests(TOKEN) == []
