"""Processes that are stopped while they refresh the login, many times and at any moment.

EXACT_IMPORT_TEST_KILLS sets how often; other counts here go along with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from depth import KILLS as PROCESSES
from exact_import.exact.auth.storage import Storage
from tls_double import Double, Reply, Seen

# A refresh is a small process: there can be more of them, 500 in full.
KILLS = PROCESSES * 5 // 2
AT_ONCE = 4

pytestmark = pytest.mark.crash

# What refreshes with our storage or with the library's own, and looks at the file after a kill:
# a "whole" set of tokens, or what is wrong with it.
REFRESHING = textwrap.dedent(
    """
    import configparser, json, os, random, resource, signal, sys, time
    from collections import Counter
    from pathlib import Path

    path, stock = Path(sys.argv[1]), sys.argv[2] == "stock"

    if stock:
        from exactonline.api import ExactApi
        from exactonline.storage.ini import IniStorage
    else:
        from exact_import.config.settings import Settings
        from exact_import.store.journal import IN_MEMORY, Journal
        from exact_import.exact.client import connect
        from exact_import.exact.auth.storage import Storage
        from exact_import.exact.auth.tokens import LentToken
        from exact_import.exact.errors import Response

    def refresh_for_ever():
        if stock:
            api = ExactApi(storage=IniStorage(str(path), interpolation=None))
        else:
            storage = Storage(path)
            tokens = connect(storage, Journal(IN_MEMORY), Settings(), division=1).api.tokens
        while True:
            began = time.monotonic()
            if stock:
                api.refresh_token()
            else:
                rejected = LentToken(storage.get_access_token())
                tokens.record(rejected, Response(401, {}, b""))
                tokens.lend()
            time.sleep(max(0, 0.05 - (time.monotonic() - began)))

    def state():
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text())
            held = parser["transient"]
            expiry, access, refresh = (
                held[name] for name in ("access_expiry", "access_token", "refresh_token")
            )
            secret = parser["application"]["client_secret"]
        except Exception as error:
            return f"broken: {type(error).__name__}"
        number = access.removeprefix("access-")
        # Set 0 has ended, and of the others no two in a row live equally long.
        life = 1000 * (1 + int(number) % 50) if number != "0" else 0
        ends = time.time() + life
        whole = refresh == f"refresh-{number}" and abs(int(expiry) - ends) < 500
        return "whole" if whole and secret else "mixed"

    good = path.read_text()
    states = Counter()

    def refresh_in_child():
        child = os.fork()
        if not child:
            os.close(2)
            try:
                refresh_for_ever()
            finally:
                os._exit(9)
        return child

    def look(child, expected):
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == expected, status
        found = state()
        states[found] += 1
        if found != "whole":
            path.write_text(good)
    """
)

# Kills children that refresh twenty times a second, each at a random moment.
AT_RANDOM = REFRESHING + textwrap.dedent(
    """
    chance = random.Random(sys.argv[4])
    for _ in range(int(sys.argv[3])):
        child = refresh_in_child()
        time.sleep(0.02 + 0.15 * chance.random())
        os.kill(child, signal.SIGKILL)
        look(child, signal.SIGKILL)
    print(json.dumps(states))
    """
)

# Lets the system kill children in the middle of a write: as soon as a file has so many bytes.
IN_A_WRITE = REFRESHING + textwrap.dedent(
    """
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for size in range(0, len(good) // 2, 20):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        child = refresh_in_child()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        look(child, signal.SIGXFSZ)
    print(json.dumps(states))
    """
)


@pytest.fixture(name="numbered")
def _numbered(double: Double) -> Double:
    """Return a double whose sets of tokens have numbers, and no two in a row one length of life."""
    double.strict_refresh = False
    double.earliest = None
    numbers = iter(range(1, 10**6))

    def respond(_: Seen) -> Reply:
        number = next(numbers)
        double.refreshes, double.life = number - 1, 1000 * (1 + number % 50)
        return double.issue()

    double.issued_at -= double.life  # set 0 ends now
    double.respond = respond
    return double


def login_in(folder: Path, double: Double) -> Path:
    folder.mkdir()
    path = folder / "config.ini"
    path.write_text(double.config())
    path.chmod(0o600)
    return path


def test_a_killed_process_leaves_the_old_login_or_the_new_one(
    tmp_path: Path, numbered: Double
) -> None:
    paths = [login_in(tmp_path / str(number), numbered) for number in range(AT_ONCE)]
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                AT_RANDOM,
                str(path),
                "ours",
                str(-(-KILLS // AT_ONCE)),
                str(number),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, path in enumerate(paths)
    ]
    states: Counter[str] = Counter()
    for process in running:
        output, _ = process.communicate(timeout=280)
        assert process.returncode == 0
        states += Counter(json.loads(output))
    assert set(states) == {"whole"}
    assert states.total() >= KILLS
    for path in paths:
        Storage(path).set_division(5)
        assert not list(path.parent.glob("*.tmp"))


def test_a_process_killed_in_a_write_leaves_a_whole_login(tmp_path: Path, numbered: Double) -> None:
    """The library's own storage is put through the same, in the same run, for comparison."""

    def states_of(which: str) -> Counter[str]:
        path = login_in(tmp_path / which, numbered)
        killer = [sys.executable, "-c", IN_A_WRITE, str(path), which]
        return Counter(json.loads(subprocess.check_output(killer, timeout=280)))

    ours, stock = states_of("ours"), states_of("stock")
    assert set(ours) == {"whole"}
    assert stock["whole"] < stock.total() == ours.total()


# Forks a child that refreshes once, and signals it at a random moment.
SIGNALLER = textwrap.dedent(
    """
    import json, os, random, signal, sys, threading, time
    # Loaded before: Python 3.11 turns an exit while a class is made into a RuntimeError.
    import filelock
    from collections import Counter
    from pathlib import Path
    from exact_import.config.settings import Settings
    from exact_import.store.journal import IN_MEMORY, Journal
    from exact_import.exact.client import connect
    from exact_import.exact.clock import guarded
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.auth.tokens import LentToken
    from exact_import.exact.errors import Response
    from exact_import.errors import ExactImportError

    path, trials, seed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    chance = random.Random(seed)

    def refresh():
        storage = Storage(path)
        tokens = connect(storage, Journal(IN_MEMORY), Settings(), division=1).api.tokens
        before = storage.get_access_token()
        tokens.record(LentToken(before), Response(401, {}, b""))
        assert tokens.lend().token != before

    def child(threaded, ready):
        # As the command line does: SIGTERM becomes an exception, too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(ready, b".")
        if not threaded:
            return refresh()
        faults = []
        def work():
            try:
                refresh()
            except BaseException as error:
                faults.append(error)
        thread = threading.Thread(target=work)
        with guarded():
            thread.start()
            while thread.is_alive():
                thread.join(0.01)
        if faults:
            raise faults[0]

    def outcome(number, threaded, when):
        reading, ready = os.pipe()
        pid = os.fork()
        if not pid:
            code = 0
            try:
                os.close(2)
                child(threaded, ready)
            except KeyboardInterrupt:
                code = 130
            except SystemExit as leaving:
                code = leaving.code
            except ExactImportError:
                code = 77
            except BaseException:
                code = 70
            finally:
                os._exit(code)
        os.read(reading, 1)
        os.close(reading)
        os.close(ready)
        if number:
            time.sleep(when)
            os.kill(pid, number)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)

    codes = Counter()
    for trial in range(trials):
        number = (signal.SIGINT, signal.SIGTERM)[trial % 2]
        codes[outcome(number, trial % 4 > 1, 0.06 * chance.random())] += 1
        # Whoever comes next must still be able to refresh.
        codes["next", outcome(0, False, 0)] += 1
    print(json.dumps({str(code): count for code, count in codes.items()}))
    """
)


def test_signals_never_lock_the_user_out(tmp_path: Path, double: Double) -> None:
    import random
    import time

    double.earliest = None
    trials = -(-KILLS * 2 // 5)
    path = tmp_path / "config.ini"
    path.write_text(double.config())
    path.chmod(0o600)
    chance = random.Random(1)

    def respond(seen: Seen) -> Reply:
        # Part of a refresh's time passes before the old token is spent, part after.
        time.sleep(0.02 * chance.random())
        reply = double.ordinary(seen)
        time.sleep(0.02 * chance.random())
        return reply

    double.respond = respond
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLER, str(path), str(trials), "1"],
        stdout=subprocess.PIPE,
        text=True,
        timeout=280,
        check=True,
    )
    codes = json.loads(done.stdout)
    sys.stdout.write(f"exit statuses: {codes}\n")
    nexts = {name: count for name, count in codes.items() if name.startswith("(")}
    assert nexts == {"('next', 0)": trials}
    own = {name: count for name, count in codes.items() if not name.startswith("(")}
    assert set(own) <= {"0", "130", "143"}
    assert sum(own.values()) == trials
    assert Storage(path).get_refresh_token() == double.refresh
    if trials >= 40:
        assert own.get("130", 0) > trials // 10
        assert own.get("143", 0) > trials // 10
