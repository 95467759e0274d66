"""Every row that was read stands under one word, and the words add up to the rows, always."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from in_process import Ended, assert_rows_add_up, bounded, new_env, run_json, run_text
from sandbox_env import SandboxEnv, table

HEADER = ("Code", "Company", "City", "First name", "Last name", "E-mail")
REFUSED = "Weigerstad"
REFUSAL = json.dumps({"error": {"code": "", "message": {"lang": "", "value": "Niet toegestaan."}}})


@dataclass
class Case:
    """Files, what is in Exact Online before, options, settings and what goes wrong."""

    files: list[list[tuple[str, ...]]]
    earlier: list[tuple[str, ...]]
    options: list[str]
    settings: list[str] = field(default_factory=list)
    day_limit: int = 1_000_000
    faults: list[dict[str, Any]] = field(default_factory=list)
    interrupted_after: int | None = None


rows = st.tuples(
    st.sampled_from(["", "1", "2", "3", "4", "x"]),
    st.sampled_from(["Acme", "Beta", "Gamma", ""]),
    st.sampled_from(["Gent", "Luik", REFUSED, ""]),
    st.sampled_from(["Jan", "An", ""]),
    st.sampled_from(["Peeters", REFUSED, ""]),
    st.sampled_from(["jan@acme.example", "an@beta.example", "not an address", ""]),
).filter(any)  # blank rows are not read
files = st.lists(rows, max_size=6)
FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"kind": "answer", "status": 500, "text": REFUSAL, "match": {"body": REFUSED}},
    "lost": {"kind": "drop_before", "match": {"method": "POST"}, "skip": 1, "times": 1},
    "lost, written": {"kind": "drop_after", "match": {"method": "POST"}, "times": 2},
    "gone": {"kind": "answer", "status": 404, "text": "", "match": {"method": "PUT"}, "times": 1},
    "wrong in kind": {"kind": "answer", "status": 400, "text": "", "match": {"method": "POST"}},
    "no reading": {"kind": "answer", "status": 403, "text": "", "match": {"path": "sync/*"}},
}
cases = st.builds(
    Case,
    files=st.lists(files, min_size=1, max_size=2),
    earlier=st.one_of(st.just([]), files),
    options=st.lists(
        st.sampled_from(
            [
                ["--strict"],
                ["--mode", "create"],
                ["--mode", "update"],
                ["--limit", "1"],
                ["--limit", "2"],
                ["--retry"],
                ["--recreate"],
            ]
        ),
        max_size=2,
        unique_by=lambda option: option[0],
    ).map(lambda found: [word for option in found for word in option]),
    settings=st.lists(
        st.sampled_from(["max_creates = 1", "max_updates = 0", "blank = clear"]),
        max_size=1,
    ),
    day_limit=st.one_of(st.just(1_000_000), st.integers(0, 12)),
    faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=2, unique=True).map(
        lambda names: [FAULTS[name] for name in names]
    ),
    interrupted_after=st.one_of(st.none(), st.none(), st.integers(0, 4)),
)


@contextlib.contextmanager
def interrupting(env: SandboxEnv, writes: int | None) -> Iterator[None]:
    """Send this process one SIGINT once the sandbox has seen a call and so many writes.

    The call shows that all rows have been read.
    """
    ended = threading.Event()
    earlier = len(env.calls())

    def watch() -> None:
        while not ended.wait(0.01):
            called = len(env.calls()) > earlier
            if called and len(env.calls("POST", "crm/")) >= (writes or 0):
                os.kill(os.getpid(), signal.SIGINT)
                return

    def too_late(_number: int, _frame: object) -> None:
        """The command had ended by the time that the signal came."""

    before = signal.signal(signal.SIGINT, too_late)
    watcher = threading.Thread(target=watch)
    if writes is not None:
        watcher.start()
    try:
        yield
    finally:
        ended.set()
        if writes is not None:
            watcher.join()
        signal.signal(signal.SIGINT, before)


def made(env: SandboxEnv) -> int:
    """Return how many accounts and contacts there are."""
    return len(env.accounts()) + len(env.contacts())


def created(ended: Ended) -> int:
    """Return how many accounts and contacts the document says were made."""
    accounts, contacts = ended.document["accounts"], ended.document["contacts"]
    return int(accounts["create"] + contacts["create"])


@pytest.mark.posix
@bounded()
@given(case=cases)
def test_the_rows_of_every_report_add_up(case: Case) -> None:
    configuration = "[import]\nreserve = 0\nsettle_after = 600\nread_timeout = 1\n"
    with new_env(configuration + "\n".join(case.settings) + "\n") as env:
        if case.earlier:
            earlier = env.write("earlier.csv", table(HEADER, *case.earlier))
            run_json(env, earlier, "--force")
        paths = []
        for number, found in enumerate(case.files):
            # Two files of one name, as two branches of a company would send.
            (env.folder / str(number)).mkdir()
            paths.append(env.write(f"{number}/a.csv", table(HEADER, *found)))
        read = sum(len(found) for found in case.files)

        dry = run_json(env, *paths, "--dry-run")
        assert_rows_add_up(dry.document)
        planned = run_json(env, "plan", *paths, *case.options)
        assert_rows_add_up(planned.document)
        assert dry.document["rows"]["read"] == planned.document["rows"]["read"] == read

        before = made(env)
        env.control("POST", "settings", {"day_limit": case.day_limit})
        env.faults(*case.faults)
        with interrupting(env, case.interrupted_after):
            ended = run_json(env, *paths, *case.options)
        env.control("DELETE", "faults")
        env.control("POST", "settings", {"day_limit": 1_000_000})
        note(f"exit {ended.status}: {ended.rows}; {ended.document.get('error')}")
        assert_rows_add_up(ended.document)
        assert ended.document["rows"]["read"] == read
        # What is said to have been done has been done; a lost answer may hide what was.
        lost = ended.document["accounts"]["unsettled"] + ended.document["contacts"]["unsettled"]
        assert created(ended) <= made(env) - before <= created(ended) + lost
        if ended.status == 4:
            assert not ended.document["api_calls"]["writes"]
            assert not ended.rows.keys() & {"created", "updated", "unsettled"}, ended.rows
        if ended.status == 0:
            assert not ended.rows.keys() & {"rejected", "refused", "unsettled", "pending"}
        if ended.rows.keys() & {"unsettled", "pending"}:
            assert ended.status not in (0, 1), ended.rows
        if ended.document["run"] is not None:
            assert_history_agrees(env, ended)


def assert_history_agrees(env: SandboxEnv, ended: Ended) -> None:
    """`runs` tells of the run what the run told of itself."""
    _, listed, _ = run_text(env, "runs", "--json")
    run = next(one for one in json.loads(listed)["runs"] if one["run"] == ended.document["run"])
    counted = {word: count for word, count in run["rows"].items() if count}
    assert counted == ended.rows
    assert run["exit_status"] == ended.status
