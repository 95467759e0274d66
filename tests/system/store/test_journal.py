"""The journal in bad company: newer versions, foreign files, damage, full disks, readers."""

from __future__ import annotations

import concurrent.futures
import ctypes
import json
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from depth import thinned
from exact_import.errors import StorageError
from exact_import.store import journal as journal_module
from exact_import.store import schema
from exact_import.store.bases import Bases, RecordBases
from exact_import.store.history import prune
from exact_import.store.journal import Intent, Journal
from exact_import.store.schema import FIRST_VERSION, SCHEMA_VERSION
from in_process import assert_rows_add_up, new_env, run_json, run_text
from permissions import is_private
from sandbox_env import SandboxEnv, table

HEADER = ("Code", "Company", "City", "Last name")
READING_ANY_FILE = 1  # CAP_DAC_OVERRIDE of Linux: root's right to pass over permissions
DROP_FROM_BOUNDS = 24  # PR_CAPBSET_DROP


def companies(count: int, city: str = "Gent") -> str:
    rows = [(str(number), f"Klant {number}", city, f"P{number}") for number in range(1, count + 1)]
    return table(HEADER, *rows)


@pytest.fixture(name="imported")
def _imported() -> Iterator[SandboxEnv]:
    """Return a sandbox into which three companies have been imported."""
    with new_env("[import]\nsettle_after = 0\n") as env:
        env.write("a.csv", companies(3))
        assert run_json(env, env.folder / "a.csv").status == 0
        yield env


def journal_of(env: SandboxEnv) -> Path:
    return env.folder / "config.journal.sqlite3"


def assert_refused(env: SandboxEnv, word: str) -> None:
    """The journal cannot be used: said in a sentence, and nothing is changed anywhere."""
    journal = journal_of(env)
    before, calls = journal.read_bytes(), len(env.calls())
    for arguments in ([env.folder / "a.csv"], ["plan", env.folder / "a.csv"]):
        ended = run_json(env, *arguments)
        assert ended.status == 73, ended.document
        assert word in ended.document["error"]["message"]
        assert str(journal) in ended.document["error"]["message"]
        assert ended.document["rows"]["pending"] == 3
    status, _, errors = run_text(env, "runs")
    assert status == 73
    assert word in errors
    assert journal.read_bytes() == before
    assert len(env.calls()) == calls


# --- not ours to read


def test_a_journal_of_a_newer_version_is_left_alone(imported: SandboxEnv) -> None:
    with sqlite3.connect(journal_of(imported)) as sql:
        sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    sql.close()
    assert_refused(imported, "newer")


def test_a_journal_from_before_the_first_release_is_left_alone(imported: SandboxEnv) -> None:
    with sqlite3.connect(journal_of(imported)) as sql:
        sql.execute(f"PRAGMA user_version = {FIRST_VERSION - 1}")
    sql.close()
    assert_refused(imported, "before the first release")


def test_several_threads_may_migrate_a_journal_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite3"
    Journal(path).close()
    later = SCHEMA_VERSION + 2
    for module in (schema, journal_module):
        monkeypatch.setattr(module, "SCHEMA_VERSION", later)
    steps = (("ALTER TABLE fact ADD COLUMN once TEXT",), ("DROP INDEX change_run",))
    monkeypatch.setattr(schema, "_MIGRATIONS", (*schema._MIGRATIONS, *steps))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for journal in pool.map(Journal, [path] * 4):
            assert journal.read("PRAGMA user_version") == [(later,)]
            assert len(journal.read("SELECT once FROM fact")) == 0
            journal.close()


def test_a_database_of_another_program_is_left_alone(imported: SandboxEnv) -> None:
    journal_of(imported).unlink()
    with sqlite3.connect(journal_of(imported)) as sql:
        sql.execute("CREATE TABLE recipes (name TEXT)")
    sql.close()
    assert_refused(imported, "not a journal")


@pytest.mark.parametrize("content", [b"Code,Company\r\n1,Acme\r\n", bytes(8192), b"\xff" * 5000])
def test_a_file_that_is_no_database_is_left_alone(imported: SandboxEnv, content: bytes) -> None:
    journal_of(imported).write_bytes(content)
    assert_refused(imported, "")


def test_a_folder_in_its_place_is_reported(imported: SandboxEnv) -> None:
    journal_of(imported).unlink()
    journal_of(imported).mkdir()
    ended = run_json(imported, imported.folder / "a.csv")
    assert ended.status == 73
    assert str(journal_of(imported)) in ended.document["error"]["message"]


# --- damaged


@pytest.mark.parametrize("left", thinned([2, 60, 100, 512, 4096, 0.25, 0.5, 0.75, -4096]))
def test_a_journal_that_was_cut_off_is_left_alone(imported: SandboxEnv, left: float) -> None:
    journal = journal_of(imported)
    whole = journal.read_bytes()
    length = int(len(whole) * left) if isinstance(left, float) else left % len(whole)
    journal.write_bytes(whole[:length])
    assert_refused(imported, "")


def test_an_empty_journal_costs_history_and_no_doubles(imported: SandboxEnv) -> None:
    journal_of(imported).write_bytes(b"")
    assert run_json(imported, imported.folder / "a.csv").rows == {"unchanged": 3}
    assert len(imported.accounts()) == 3


@pytest.mark.parametrize("seed", thinned(range(12)))
def test_garbage_in_the_middle_doubles_nothing_and_is_reported(
    imported: SandboxEnv, seed: int
) -> None:
    journal = journal_of(imported)
    content = bytearray(journal.read_bytes())
    dice = random.Random(seed)
    start = dice.randrange(100, len(content) - 600)
    content[start : start + 600] = dice.randbytes(600)
    journal.write_bytes(content)
    place = journal.stat().st_ino
    for _ in range(2):
        ended = run_json(imported, imported.folder / "a.csv")
        assert ended.status in (0, 73), ended.document
        if ended.status == 73:
            assert str(journal) in ended.document["error"]["message"]
        assert len(imported.accounts()) == len(imported.contacts()) == 3
    assert journal.stat().st_ino == place


# --- a disk that does not take it


def run_as_anybody(env: SandboxEnv, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command without the right of root to write where nobody may."""

    def lose_rights() -> None:
        ctypes.CDLL(None).prctl(DROP_FROM_BOUNDS, READING_ANY_FILE, 0, 0, 0)

    return env.run_process(*arguments, before=lose_rights)


# Tests may run as root, who may write anywhere; only Linux lets root do without that right.
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes rights from root")
@pytest.mark.parametrize("there", [True, False], ids=["with a journal", "without one"])
def test_a_folder_that_is_read_only_is_reported(imported: SandboxEnv, there: bool) -> None:
    if not there:
        journal_of(imported).unlink()
    calls = len(imported.calls())
    imported.folder.chmod(0o500)
    try:
        ended = run_as_anybody(imported, "a.csv", "--json")
    finally:
        imported.folder.chmod(0o700)
    assert ended.returncode == 73, ended.stderr
    assert json.loads(ended.stdout)["exit_status"] == 73
    assert str(imported.folder) in ended.stderr or "config.journal" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(imported.calls()) == calls


# The mode of a file keeps nothing from root; only Linux lets root do without that right.
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes rights from root")
def test_a_journal_that_is_read_only_is_reported(imported: SandboxEnv) -> None:
    journal_of(imported).chmod(0o400)
    calls = len(imported.calls())
    ended = run_as_anybody(imported, "a.csv")
    assert ended.returncode == 73, ended.stderr
    assert "config.journal.sqlite3" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(imported.calls()) == calls


# Neither compiled modules nor measured coverage take their share of a small disk.
UNMEASURED = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "COVERAGE_PROCESS_START": "",
    "COVERAGE_PROCESS_CONFIG": "",
}


def run_on_a_small_disk(env: SandboxEnv, size: int) -> subprocess.CompletedProcess[str]:
    """Run an import where no file may grow past `size` bytes."""

    def limit() -> None:
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    env.variables.update(UNMEASURED)
    return env.run_process("a.csv", "--json", before=limit)


@pytest.mark.posix
# From a disk that is full already to one that fills up while rows go out.
@pytest.mark.parametrize("size", thinned([0, 4096, 40_000, 200_000, 300_000, 400_000, 500_000]))
def test_a_full_disk_ends_it_before_anything_more_is_sent(size: int) -> None:
    with new_env() as env:
        env.write("a.csv", companies(60))
        ended = run_on_a_small_disk(env, size)
        assert ended.returncode == 73, ended.stderr
        assert "Traceback" not in ended.stderr
        assert json.loads(ended.stdout)["exit_status"] == 73
        written = env.calls("POST", "crm/")
        if size < 200_000:
            assert not written
        calls = [call["method"] for call in env.calls()]
        # The last that it did was to send what the journal knew of, or to read before all of it.
        assert not written or calls[-1] == "POST"

        # What was sent is known, so that nothing of it is sent again.
        env.variables["EXACT_IMPORT_SETTLE_AFTER"] = "0"
        assert env.json("a.csv")["rows"]["pending"] == 0
        assert len(env.accounts()) == len(env.contacts()) == 60


@pytest.mark.posix
@pytest.mark.parametrize("room", thinned([0, 100_000, 300_000]))
def test_a_disk_that_fills_up_while_rows_are_updated_ends_it(room: int) -> None:
    with new_env() as env:
        env.write("a.csv", companies(60))
        assert run_json(env, env.folder / "a.csv").status == 0
        earlier = len(env.calls())
        env.write("a.csv", companies(60, "Luik"))
        ended = run_on_a_small_disk(env, journal_of(env).stat().st_size + room)
        assert ended.returncode == 73, ended.stderr
        assert "Traceback" not in ended.stderr
        report = json.loads(ended.stdout)
        assert_rows_add_up(report)
        calls = [call["method"] for call in env.calls()[earlier:]]
        assert calls[-1] == "PUT", "nothing is read once the disk is full"
        # The last of them may have been sent and not been noted.
        assert calls.count("PUT") - report["rows"]["updated"] in (0, 1)

        env.variables["EXACT_IMPORT_SETTLE_AFTER"] = "0"
        assert env.json("a.csv")["rows"]["pending"] == 0
        assert {account["City"] for account in env.accounts()} == {"Luik"}


# --- several programs


def test_two_read_while_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.sqlite3"
    writer = Journal(path)
    done = threading.Event()
    seen: list[list[int]] = [[], []]
    trouble: list[StorageError] = []

    def read(counts: list[int]) -> None:
        try:
            reader = Journal(path)
            while not done.is_set() or not counts:
                counts.append(reader.read("SELECT count(*) FROM fact")[0][0])
            reader.close()
        except StorageError as error:
            trouble.append(error)

    readers = [threading.Thread(target=read, args=(counts,)) for counts in seen]
    for reader in readers:
        reader.start()
    for number in range(150):
        writer.note(f"fact {number}", "known")
    done.set()
    for reader in readers:
        reader.join()
    writer.close()
    assert not trouble
    for counts in seen:
        assert counts == sorted(counts)


def test_many_may_make_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.sqlite3"
    made: list[Journal] = []
    trouble: list[StorageError] = []

    def make() -> None:
        try:
            made.append(Journal(path))
        except StorageError as error:
            trouble.append(error)

    makers = [threading.Thread(target=make) for _ in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    for journal in made:
        journal.close()
    assert not trouble
    assert len(made) == 8


# --- what it keeps, and for whose eyes


def test_pruning_keeps_what_a_later_run_needs(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal.sqlite3")
    scope = journal.scope("https://example.com", 1)
    run = journal.start_run(scope, "import", ["a.csv"])
    states = ("intent", "unsettled", "done", "refused", "gone", "absent", "unclear")
    for state in states:
        for action in ("create", "update", "delete"):
            source = [("a.csv", 2)]
            intent = Intent(run, "account", action, source, state, "id", None, {}, {})
            journal.announce(scope, intent)
            if state != "intent":
                journal.conclude(intent, state)
    Bases(journal, scope).write("account", "id", RecordBases({"a": {}}))
    journal.end_run(run, 75, {})
    other = journal.start_run(scope, "import", ["b.csv"])
    journal.end_run(other, 0, {})
    journal.write("UPDATE change SET intent_at = 0")
    journal.write("UPDATE run SET started = 0, ended = 0")
    prune(journal, 90 * 86_400)
    left = {(one.state, one.action) for one in journal.changes_of(run)}
    for state in ("intent", "unsettled"):
        assert {(state, "create"), (state, "update"), (state, "delete")} <= left
    assert ("done", "create") in left
    assert ("done", "update") not in left
    assert len(journal.open_intents(scope)) == 6
    assert [row[0] for row in journal.read("SELECT id FROM run")] == [run]
    assert journal.read("SELECT count(*) FROM base")[0][0] == 1
    journal.close()


def test_a_run_that_was_killed_is_pruned_as_well(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal.sqlite3")
    scope = journal.scope("https://example.com", 1)
    journal.start_run(scope, "import", ["a.csv"])
    journal.write("UPDATE run SET started = 0")
    running = journal.start_run(scope, "import", ["a.csv"])
    prune(journal, 90 * 86_400)
    assert [row[0] for row in journal.read("SELECT id FROM run")] == [running]
    journal.close()


def test_with_history_forgotten_at_once_edits_are_known_and_lost_answers_settled() -> None:
    with new_env("[import]\nkeep_runs = 0\nsettle_after = 0.5\n") as env:
        path = env.write("a.csv", companies(3))
        env.faults({"kind": "drop_then_write", "delay": 0.2, "times": 1, "match": {"body": "P2"}})
        run_json(env, path)
        while run_json(env, path).status == 75:
            pass
        account = env.accounts()[0]
        env.control("POST", "accounts", {"update": [{"ID": account["ID"], "City": "Luik"}]})
        assert run_json(env, path).rows == {"kept": 1, "unchanged": 2}
        env.control("POST", "accounts", {"delete": [account["ID"]]})
        assert run_json(env, path).rows == {"kept": 1, "unchanged": 2}
        assert len(env.accounts()) == 2


def test_what_holds_personal_data_is_for_its_owner_only(imported: SandboxEnv) -> None:
    folder = imported.folder
    with (folder / "a.csv").open("a") as file:
        file.write("4,Klant 4,Gent,P4\r\nx,,,\r\n")
    page = folder / "report.html"
    plan = folder / "plan.json"
    run_json(imported, "plan", folder / "a.csv", "--out", plan)
    run_json(imported, folder / "a.csv", "--report", page)
    private = [journal_of(imported), page, plan, folder / "a.rejected.csv", imported.config]
    private += folder.glob("config.journal*")
    for path in private:
        assert is_private(path), path
    with pytest.raises(StorageError, match="cannot be used"):
        Journal(folder / "missing" / "x.journal.sqlite3")


def test_a_running_import_keeps_its_files_to_itself() -> None:
    patient = "[import]\nread_timeout = 3600\n"
    with new_env(patient) as env:
        env.write("a.csv", companies(3))
        env.faults({"kind": "hang", "match": {"method": "POST"}, "times": 1})
        process = env.start("a.csv")
        try:
            while not env.calls("POST", "crm/"):
                assert process.poll() is None
            found = sorted(env.folder.glob("config.journal*"))
            assert [path.name for path in found] == [
                "config.journal.lock",
                "config.journal.sqlite3",
                "config.journal.sqlite3-shm",
                "config.journal.sqlite3-wal",
            ]
            for path in found:
                assert is_private(path), path
        finally:
            process.kill()
            process.communicate()
