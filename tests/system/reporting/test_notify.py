"""Being told: addresses are called, mail is sent, secrets stay where they are, outcomes as well."""

from __future__ import annotations

import http.server
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from filelock import FileLock

from exact_import.config.loading import read_notices
from exact_import.config.settings import Notices
from exact_import.reporting.notify import call
from sandbox_env import SandboxEnv, ask_to_stop, table
from watch_env import until

# What apprise loads warns of its own, and in this process a warning is an error.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GOOD = table(["Code", "Company"], ["1001", "Goed"])
BAD = table(["Code", "Company", "Email"], ["1001", "Goed", ""], ["1002", "Slecht", "geenadres"])
SECRET = "c0ffee-canary-4711"  # what no output may hold


class Switch:
    """A dead-man's switch: an HTTPS server that remembers what was asked of it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "switch.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.asked: list[str] = []
        self.answers: list[int] = []
        switch = self

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                switch.asked.append(f"{self.command} {self.path}")
                self.send_response(switch.answers.pop(0) if switch.answers else 200)
                self.send_header("Location", "https://localhost:1/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"OK")

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Switch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[EmailMessage] = []
        self.target = (
            f"mailto://user:{SECRET}@127.0.0.1:{self.server_address[1]}"
            "?smtp=127.0.0.1&mode=insecure&from=import@office.example&to=books@office.example"
        )


class _Smtp(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        def answer(text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        answer("220 mailbox")
        while line := self.rfile.readline().decode().strip():
            match line.split()[0].upper():
                case "EHLO":
                    answer("250-mailbox\r\n250 AUTH PLAIN LOGIN")
                case "AUTH":
                    answer("235 welcome")
                case "DATA":
                    answer("354 go on")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += self.rfile.readline()
                    mail = message_from_string(text[:-3].decode(), policy=policy.default)
                    assert isinstance(mail, EmailMessage)
                    self.server.mails.append(mail)
                    answer("250 taken")
                case "QUIT":
                    answer("221 bye")
                    return
                case _:
                    answer("250 well")


@pytest.fixture(name="switch")
def _switch(tmp_path: Path) -> Iterator[Switch]:
    with Switch(tmp_path) as switch:
        yield switch


@pytest.fixture(name="mailbox")
def _mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        thread = threading.Thread(target=mailbox.serve_forever)
        thread.start()
        yield mailbox
        mailbox.shutdown()
        thread.join()


def told_by(env: SandboxEnv, switch: Switch, more: str = "") -> None:
    env.variables["SSL_CERT_FILE"] = str(switch.ca_file)
    env.configure(
        f"[notify]\nsuccess_url = {switch.url}/ping/{SECRET}\n"
        f"failure_url = {switch.url}/ping/{SECRET}/fail\n{more}"
    )


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return str(body.get_content())


def test_the_address_for_success_or_for_failure_is_called(env: SandboxEnv, switch: Switch) -> None:
    told_by(env, switch)
    env.write("a.csv", GOOD)
    env.json("a.csv")
    assert switch.asked.pop() == f"GET /ping/{SECRET}"
    env.write("a.csv", BAD)
    env.json("a.csv", status=1)
    assert switch.asked.pop() == f"GET /ping/{SECRET}/fail"
    env.json("nothing.csv", status=2)
    assert switch.asked.pop() == f"GET /ping/{SECRET}/fail"


def test_looking_tells_nobody(env: SandboxEnv, switch: Switch) -> None:
    told_by(env, switch)
    env.write("a.csv", GOOD)
    env.json("plan", "a.csv")
    env.json("--dry-run", "a.csv")
    env.json("--sandbox", "a.csv")
    assert switch.asked == []


def test_what_is_not_finished_is_neither(env: SandboxEnv, switch: Switch) -> None:
    told_by(env, switch, "[import]\nreserve = 0\n")
    env.control("POST", "settings", {"day_limit": 1})
    env.write("a.csv", GOOD)
    env.json("a.csv", status=75)
    assert switch.asked == []


def test_an_address_that_fails_is_tried_again_and_changes_nothing(
    env: SandboxEnv, switch: Switch
) -> None:
    told_by(env, switch)
    env.write("a.csv", GOOD)
    switch.answers = [503, 200]
    ended = env.run("a.csv")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(switch.asked) == 2

    # A redirect is not followed; a refusal is final.
    switch.answers = [302]
    ended = env.run("a.csv", "-vv")
    assert ended.returncode == 0
    assert "success_url in [notify] could not be called: it answers 302" in ended.stderr
    assert len(switch.asked) == 3
    assert SECRET not in ended.stdout + ended.stderr

    # Nobody there, and a certificate that nobody knows.
    del env.variables["SSL_CERT_FILE"]
    ended = env.run("a.csv", "-vv")
    assert ended.returncode == 0
    assert "could not be called" in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("when", "expected"),
    [("always", [True, True, True]), ("changes", [True, False, True]), ("", [False, False, True])],
)
def test_messages_come_when_they_are_wanted(
    env: SandboxEnv, mailbox: Mailbox, when: str, expected: list[bool]
) -> None:
    env.configure(f"[notify]\nto = {mailbox.target}\nwhen = {when}\n")
    came = []
    for text, status in ((GOOD, 0), (GOOD, 0), (BAD, 1)):
        env.write("a.csv", text)
        before = len(mailbox.mails)
        ended = env.run("a.csv", "-vv")
        assert ended.returncode == status, ended.stderr
        assert SECRET not in ended.stdout + ended.stderr
        came.append(len(mailbox.mails) > before)
    assert came == expected


def test_a_message_says_what_happened_and_quotes_no_row(env: SandboxEnv, mailbox: Mailbox) -> None:
    env.configure(f"[notify]\nto = {mailbox.target}\n")
    env.write("klanten.csv", BAD)
    run = env.json("klanten.csv", status=1)["run"]
    (mail,) = mailbox.mails
    assert mail["Subject"] == "exact-import: Done, but some rows need you (klanten.csv)"
    assert mail["To"] == "books@office.example"
    text = text_of(mail)
    assert "1 account was created from klanten.csv; 1 of 2 rows was rejected." in text
    assert "Rejected for column Email: 1" in text
    assert "klanten.rejected.csv" in text
    assert run in text
    assert "geenadres" not in text
    assert [part.get_filename() for part in mail.iter_attachments()] == []


def test_the_page_goes_along_where_it_is_wanted(env: SandboxEnv, mailbox: Mailbox) -> None:
    env.configure(f"[notify]\nto = {mailbox.target}\nwhen = always\nattach = yes\n")
    env.write("a.csv", BAD)
    env.run("a.csv")
    env.run("a.csv", "--report", "mine.html")
    attached = [list(mail.iter_attachments()) for mail in mailbox.mails]
    assert [[part.get_filename() for part in parts] for parts in attached] == [
        ["report.html"],
        ["mine.html"],
    ]
    for (part,) in attached:
        assert b"geenadres" in part.get_payload(decode=True)


def test_the_doctor_looks_at_targets_and_sends_nothing(env: SandboxEnv, mailbox: Mailbox) -> None:
    env.configure(f"[notify]\nto = nothing-known://{SECRET}\n  {mailbox.target}\n")
    result = env.run("doctor")
    assert result.returncode == 78
    (line,) = [line for line in result.stdout.splitlines() if "messages" in line]
    assert "target 1 of `to` is not a supported address" in line
    assert "target 2" not in line
    assert SECRET not in result.stdout + result.stderr

    text = env.config.read_text("utf-8")
    env.config.write_text(text.replace(f"nothing-known://{SECRET}\n", ""), "utf-8")
    (check,) = [one for one in env.json("doctor")["checks"] if one["name"] == "messages"]
    assert check["ok"]
    assert not mailbox.mails


def test_a_target_that_fails_changes_nothing(env: SandboxEnv) -> None:
    env.configure(
        "[notify]\nwhen = always\n"
        f"to = nothing-known://{SECRET}\n  json://user:{SECRET}@127.0.0.1:1/{SECRET}\n"
    )
    env.write("a.csv", GOOD)
    ended = env.run("a.csv", "-vv", "--log-file", "log")
    assert ended.returncode == 0
    assert "target 1 of `to` is not a supported address" in ended.stderr
    assert "target 2 of `to` (json) did not accept it" in ended.stderr
    log = (env.folder / "log").read_text("utf-8")
    assert SECRET not in ended.stdout + ended.stderr + log


def test_a_library_that_is_missing_changes_nothing(env: SandboxEnv, tmp_path: Path) -> None:
    (tmp_path / "apprise.py").write_text("raise ImportError('not here')\n")
    env.variables["PYTHONPATH"] = f"{tmp_path}:{env.environment().get('PYTHONPATH', '')}"
    env.configure("[notify]\nwhen = always\nto = json://127.0.0.1\n")
    env.write("a.csv", GOOD)
    ended = env.run_process("a.csv")
    assert ended.returncode == 0
    assert "add the extra notify (docs/install.md, Extras)" in ended.stderr


def test_watch_calls_for_each_file_and_once_at_its_end(
    env: SandboxEnv, switch: Switch, mailbox: Mailbox
) -> None:
    told_by(env, switch, f"when = changes\nattach = yes\nto = {mailbox.target}\n")
    inbox = env.folder / "in"
    inbox.mkdir()
    ended = env.run("watch", "in", "--once", "--rest", "0.1")
    assert switch.asked == [f"GET /ping/{SECRET}"], ended.stderr
    (inbox / "a.csv").write_text(GOOD)
    (inbox / "b.csv").write_text(BAD)
    ended = env.run("watch", "in", "--once", "--rest", "0.1")
    assert ended.returncode == 1
    assert switch.asked[1:] == [f"GET /ping/{SECRET}/fail"]
    assert len(mailbox.mails) == 2
    names = [str(part.get_filename()) for mail in mailbox.mails for part in mail.iter_attachments()]
    reports = [json.loads(path.read_text()) for path in sorted(inbox.glob("done/*.json"))]
    assert sorted(names) == sorted(
        f"{report['run']}-{Path(report['files'][0]).stem}.html" for report in reports
    )


def test_a_file_that_has_to_wait_is_reported_once(env: SandboxEnv, mailbox: Mailbox) -> None:
    env.configure(f"[notify]\nto = {mailbox.target}\n")
    inbox = env.folder / "in"
    inbox.mkdir()
    (inbox / "a.csv").write_text(GOOD)
    # What is soon over is no news; what stays is, once.
    log = env.folder / "log"
    with FileLock(env.config.with_name("config.journal.lock")):
        process = env.start(
            "watch", "in", "--rest", "0.1", "--try-every", "0.005", "--log-file", log
        )
        until(lambda: mailbox.mails, "a message comes")
        tried = log.read_text("utf-8").count("arrived")
        until(lambda: log.read_text("utf-8").count("arrived") > tried + 2, "more tries")
        ask_to_stop(process)
        process.communicate(timeout=20)
    assert tried >= 3
    assert [mail["Subject"] for mail in mailbox.mails] == ["exact-import: Not finished yet (a.csv)"]

    # --once remembers what it told.
    mailbox.mails.clear()
    for _ in range(2):
        env.control("POST", "tokens", {"action": "expire access"})
        env.control("POST", "tokens", {"action": "revoke"})
        ended = env.run("watch", "in", "--once", "--rest", "0.1")
        assert ended.returncode == 77
    assert [mail["Subject"] for mail in mailbox.mails] == [
        "exact-import: You need to log in (a.csv)"
    ]


@pytest.mark.parametrize("ending", ["withdrawn", "a month unused", "renewed elsewhere"])
def test_a_login_that_ended_is_reported_at_night(
    env: SandboxEnv, mailbox: Mailbox, switch: Switch, ending: str
) -> None:
    told_by(env, switch, f"to = {mailbox.target}\n")
    env.write("a.csv", GOOD)
    if ending == "a month unused":
        env.control("POST", "clock", {"move": 31 * 86_400})
    elif ending == "withdrawn":
        for action in ("expire access", "revoke"):
            env.control("POST", "tokens", {"action": action})
    else:
        env.control("POST", "clock", {"move": 700})
        elsewhere = env.write("elsewhere.ini", env.config.read_text("utf-8"))
        elsewhere.chmod(0o600)
        assert env.run("login", "--status", "-c", elsewhere).returncode == 0
    assert env.run("a.csv").returncode == 77
    assert [mail["Subject"] for mail in mailbox.mails] == [
        "exact-import: You need to log in (a.csv)"
    ]
    assert switch.asked == [f"GET /ping/{SECRET}/fail"]


def test_settings_are_read_and_their_faults_named_without_their_values() -> None:
    problems: list[str] = []
    section = {
        "Success_URL": f"http://localhost/{SECRET}",
        "failure_url": f"https://[{SECRET}",
        "when": "sometimes",
        "attach": "perhaps",
        "two": SECRET,
    }
    notices = read_notices(section, {}, problems)
    assert notices == Notices()
    assert len(problems) == 5
    assert SECRET not in " ".join(problems)

    environment: dict[str, Any] = {
        "EXACT_IMPORT_NOTIFY_SUCCESS_URL": "https://one.example/x",
        "EXACT_IMPORT_NOTIFY_TO": "mailto://a ntfy://b",
        "EXACT_IMPORT_NOTIFY_WHEN": "always",
    }
    problems = []
    notices = read_notices({"when": "changes"}, environment, problems)
    assert problems == []
    assert notices.success_url == "https://one.example/x"
    assert notices.to == ("mailto://a", "ntfy://b")
    assert notices.when == "always"
    assert "one.example" not in repr(notices)


def test_a_wrong_setting_is_reported_without_its_value(env: SandboxEnv) -> None:
    env.configure(f"[notify]\nsuccess_url = http://localhost/{SECRET}\n")
    env.write("a.csv", GOOD)
    ended = env.run("a.csv", "-vv")
    assert ended.returncode == 78
    assert "[notify] success_url: expected an address that begins with https://" in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize("status", [75, 130, 143])
def test_what_goes_on_later_calls_nobody(switch: Switch, status: int) -> None:
    call(Notices(f"{switch.url}/a", f"{switch.url}/b"), status)
    assert switch.asked == []
