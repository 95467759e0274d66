"""`watch --once`: what is there is imported once, in order, and filed away."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

import workbooks
from sandbox_env import SandboxEnv
from watch_env import company, csv, filed, names, once, put, reports


def test_once_imports_what_is_there_and_files_it_with_its_reports(
    env: SandboxEnv, inbox: Path
) -> None:
    put(inbox, "b.csv", csv(company(1)))
    time.sleep(0.02)
    put(inbox, "a.CSV", csv(company(2)))
    put(inbox, "notes.txt", "none of ours")
    once(env)

    assert names(env) == {"Bedrijf 1", "Bedrijf 2"}
    assert sorted(path.name for path in inbox.iterdir()) == ["done", "notes.txt"]
    assert [report["rows"]["created"] for report in reports(inbox)] == [1, 1]
    for report in reports(inbox):
        run = report["run"]
        stem = Path(report["files"][0]).stem
        together = sorted(path.name for path in (inbox / "done").glob(f"{run}-*"))
        suffix = Path(report["files"][0]).suffix
        assert together == sorted(
            [f"{run}-{stem}{suffix}", f"{run}-{stem}.html", f"{run}-{stem}.json"]
        )


def test_files_go_in_the_order_of_their_arrival(env: SandboxEnv, inbox: Path) -> None:
    for place, name in enumerate(["c.csv", "a.csv", "b.csv"]):
        put(inbox, name, csv(company(1, f"City {place}")))
        time.sleep(0.05)
    once(env)
    # Had another one been last, the account would have its city.
    assert [account["City"] for account in env.accounts()] == ["City 2"]
    assert sorted(filed(inbox)) == ["a.csv", "b.csv", "c.csv"]


def test_refused_rows_go_with_their_file_and_come_back_when_mended(
    env: SandboxEnv, inbox: Path
) -> None:
    text = "Company,E-mail,First name,Last name\nGoed,a@b.example,An,A\nSlecht,geenadres,Bo,B\n"
    put(inbox, "a.csv", text)
    ended = once(env, status=1)
    (rejects,) = (inbox / "done").glob("*-a.rejected.csv")
    assert str(rejects) in ended.stdout
    assert reports(inbox)[0]["rejects"] == [str(rejects)]
    assert names(env) == {"Goed"}
    assert [path.name for path in inbox.iterdir()] == ["done"]

    # As we wrote it, it is no news; mended it is.
    back = inbox / rejects.name
    back.write_bytes(rejects.read_bytes())
    assert "is skipped: it has rejected rows that nobody has edited" in once(env).stdout
    assert back.exists()
    back.write_text(back.read_text("utf-8").replace("geenadres", "c@d.example"), "utf-8")
    once(env)
    assert names(env) == {"Goed", "Slecht"}
    assert not back.exists()


def test_a_workbook_is_imported_and_filed_with_its_rejects(env: SandboxEnv, inbox: Path) -> None:
    rows = [["Company", "E-mail"], ["Goed", "a@b.example"], ["Slecht", "geenadres"]]
    (inbox / "~$a.xlsx").write_bytes(b"what Excel keeps of an open file")
    (inbox / "a.xlsx").write_bytes(workbooks.make("xlsx", {"Blad1": rows}))
    once(env, status=1)
    assert names(env) == {"Goed"}
    assert filed(inbox, pattern="*.xlsx") == ["a.xlsx"]
    (rejects,) = (inbox / "done").glob("*-a.rejected.csv")
    assert "Slecht" in rejects.read_text("utf-8-sig")
    assert reports(inbox)[0]["problems"][0]["sheet"] == "Blad1"


def test_a_file_of_another_kind_is_named_once(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", csv(company(1)))
    put(inbox, "list.pdf", "%PDF-1.7")
    put(inbox, "b.csv.part", "still being written")
    ended = once(env)
    assert ended.stderr.count("list.pdf is not imported: its name does not end in .csv,") == 1
    assert "b.csv.part" not in ended.stderr
    put(inbox, "a.csv", csv(company(2)))
    assert "list.pdf" not in once(env).stderr
    put(inbox, "list.pdf", "%PDF-1.7 and another page")
    put(inbox, "a.csv", csv(company(3)))
    assert "list.pdf" in once(env, "--quiet").stderr
    assert (inbox / "list.pdf").exists()


# On Windows only administrators may make links.
@pytest.mark.posix
@pytest.mark.parametrize("name", ["done", "failed"])
def test_links_are_not_followed(env: SandboxEnv, inbox: Path, name: str) -> None:
    elsewhere = env.folder / "elsewhere"
    elsewhere.mkdir()
    (inbox / name).symlink_to(elsewhere)
    put(inbox, "a.csv", csv(company(1)))
    ended = once(env, status=73)
    assert f"{name} is a symbolic link" in ended.stderr
    assert names(env) == set()
    assert list(elsewhere.iterdir()) == []
    (inbox / name).unlink()
    once(env)
    assert names(env) == {"Bedrijf 1"}


def test_what_cannot_be_read_goes_to_failed(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", "%PDF-1.4 not a table\n")
    put(inbox, "b.csv", csv(company(1)))
    once(env, status=2)
    assert filed(inbox, "failed") == ["a.csv"]
    assert reports(inbox, "failed")[0]["exit_status"] == 2
    (page,) = (inbox / "failed").glob("*.html")
    assert "PDF" in page.read_text("utf-8")
    assert names(env) == {"Bedrijf 1"}


def test_a_file_of_something_else_holds_up_nobody(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", "Datum,Bedrag\n01/02/2026,5\n")
    time.sleep(0.02)
    put(inbox, "b.csv", csv(company(1)))
    once(env, status=2)
    assert names(env) == {"Bedrijf 1"}
    assert filed(inbox, "failed") == ["a.csv"]


def test_strict_leaves_nothing_half_done(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", csv(company(1), ",,Gent"))
    once(env, "--strict", status=4)
    assert filed(inbox, "failed") == ["a.csv"]
    assert names(env) == set()


def test_the_same_bytes_are_not_imported_twice_in_a_row(env: SandboxEnv, inbox: Path) -> None:
    first, second = csv(company(1)), csv(company(1, "Luik"))
    put(inbox, "export-1.csv", first)
    once(env)
    before = len(env.calls())

    put(inbox, "export-2.csv", first)
    ended = once(env)
    assert "is the same as what run" in ended.stdout
    assert len(env.calls()) == before
    assert sorted(filed(inbox)) == ["export-1.csv", "export-2.csv"]
    assert not (inbox / "export-2.csv").exists()

    # Anything in between makes it news again, and so does being told.
    put(inbox, "export-3.csv", second)
    once(env)
    put(inbox, "export-4.csv", first)
    once(env)
    assert [account["City"] for account in env.accounts()] == ["Gent"]
    put(inbox, "export-5.csv", first)
    once(env, "--again")
    assert reports(inbox)[-1]["rows"]["unchanged"] == 1


@pytest.fixture(name="small_disk")
def _small_disk(inbox: Path) -> Iterator[Path]:
    """Make the folder a disk of its own with hardly any room."""
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(inbox)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        # Only root may mount a disk, and only Linux has one in memory; CI runs as root on Linux.
        pytest.skip("Disks cannot be mounted here.")
    yield inbox
    subprocess.run(["umount", str(inbox)], check=True)


def test_a_full_disk_is_waited_for_and_nothing_is_lost(env: SandboxEnv, small_disk: Path) -> None:
    mails = ("info@bedrijf.example", "geenadres")
    rows = [f"{1000 + number},Bedrijf {number},{mails[number % 2]}" for number in range(200)]
    put(small_disk, "a.csv", "\n".join(["Code,Company,E-mail", *rows]))
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"0" * 4096):
            pass
    assert "rejected rows cannot be written" in once(env, status=73).stderr
    assert (small_disk / "a.csv").exists()
    assert len(env.accounts()) == 100

    (small_disk / "filler").unlink()
    once(env, status=1)
    assert filed(small_disk) == ["a.csv"]
    (rejects,) = (small_disk / "done").glob("*.rejected.csv")
    assert len(rejects.read_text("utf-8").splitlines()) == 101
    assert len(env.accounts()) == 100
    assert sorted(path.name for path in small_disk.iterdir()) == ["done"]


def test_a_file_for_several_divisions_is_filed_once(env: SandboxEnv, inbox: Path) -> None:
    env.configure("[import]\ndivision = {Administratie}\n")
    text = "Administratie,Code,Company\r\n425880,1,Acme\r\n425881,1,Beta\r\n"
    put(inbox, "a.csv", text)
    once(env)
    assert [part["rows"]["created"] for part in reports(inbox)[0]["divisions"]] == [1, 1]
    assert filed(inbox) == ["a.csv"]
    put(inbox, "b.csv", text)
    assert "is the same as what run" in once(env).stdout


def test_another_mapping_makes_the_same_bytes_news(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", csv(company(1)))
    once(env)
    env.configure("[account]\nCode = {Code}\nName = {Company} NV\nCity = {City}\n")
    put(inbox, "a.csv", csv(company(1)))
    once(env)
    assert names(env) == {"Bedrijf 1 NV"}


def test_a_file_that_is_being_written_is_left_for_the_next_time(
    env: SandboxEnv, inbox: Path
) -> None:
    path = inbox / "a.csv"
    path.write_text(csv(company(1)), "utf-8")
    process = env.start("watch", "in", "--once", "--rest", "1.5")
    number = 1
    while process.poll() is None:
        number += 1
        with path.open("a", encoding="utf-8") as file:
            file.write(company(number) + "\r\n")
        time.sleep(0.2)
    output, _ = process.communicate()
    assert process.returncode == 75
    assert "still being written" in output
    assert env.accounts() == []
    once(env)
    assert len(env.accounts()) == number


def _login(env: SandboxEnv) -> None:
    from exact_sandbox import write_config

    env.config.unlink()
    env.control("POST", "tokens", {"action": "grant"})
    write_config(env.sandbox, env.config)


@functools.cache
def lock(config: Path) -> FileLock:
    """Return the lock of whoever writes with this configuration."""
    return FileLock(config.with_name("config.journal.lock"))


STAYING: dict[str, tuple[int, Callable[[SandboxEnv], object], Callable[[SandboxEnv], object]]] = {
    "another run": (
        75,
        lambda env: lock(env.config).acquire(),
        lambda env: lock(env.config).release(),
    ),
    "a revoked login": (
        77,
        lambda env: [
            env.control("POST", "tokens", {"action": action})
            for action in ("expire access", "revoke")
        ],
        _login,
    ),
    "a wrong setting": (
        78,
        lambda env: env.configure("[import]\nblank = perhaps\n"),
        lambda env: env.config.write_text(
            env.config.read_text("utf-8").replace("perhaps", "keep"), "utf-8"
        ),
    ),
}


@pytest.mark.parametrize("why", STAYING)
def test_what_has_to_wait_stays_and_is_not_overtaken(
    env: SandboxEnv, inbox: Path, why: str
) -> None:
    status, trouble, relief = STAYING[why]
    put(inbox, "a.csv", csv(company(1, "first")))
    time.sleep(0.02)
    put(inbox, "b.csv", csv(company(1, "second")))
    trouble(env)
    ended = once(env, status=status)
    assert ended.stderr.startswith("exact-import: ")
    assert sorted(path.name for path in inbox.iterdir()) == ["a.csv", "b.csv"]
    assert env.accounts() == []
    relief(env)
    once(env)
    assert [account["City"] for account in env.accounts()] == ["second"]


def test_quiet_says_nothing_where_there_is_nothing_to_tell(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", csv(company(1)))
    ended = once(env, "--quiet")
    assert ended.stdout + ended.stderr == ""
    ended = once(env, "--quiet")
    assert ended.stdout + ended.stderr == ""


@pytest.mark.posix
def test_reports_may_be_read_by_who_may_read_the_file(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", csv(company(1))).chmod(0o640)
    once(env)
    put(inbox, "b.csv", csv(company(2))).chmod(0o600)
    once(env)
    modes = {
        path.name.split("-", 3)[3]: oct(path.stat().st_mode & 0o777)
        for path in (inbox / "done").iterdir()
    }
    assert modes["a.html"] == modes["a.json"] == "0o640"
    assert modes["b.html"] == modes["b.json"] == "0o600"


# Linux takes any bytes as a name; macOS and Windows refuse names that are not Unicode.
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are other things there")
@pytest.mark.parametrize("name", ["é".encode() * 125, b"caf\xe9", b"-q\n\t%s{}\x1b[1m"])
def test_any_name_that_a_file_can_have_is_filed(env: SandboxEnv, inbox: Path, name: bytes) -> None:
    text = "Code,Company,City\r\n1,Acme,Gent\r\n,,Luik\r\n"
    (inbox / (os.fsdecode(name) + ".csv")).write_text(text, "utf-8")
    ended = env.run("watch", "--once", "--rest", "0", inbox, "--log-file", "import.log")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert [path.name for path in inbox.iterdir()] == ["done"]
    (page,) = (inbox / "done").glob("*.html")
    document = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert document["rejects"] == [str(page.with_suffix(".rejected.csv"))]
    assert {path.name for path in (inbox / "done").iterdir()} == {
        page.stem + end for end in (".csv", ".html", ".json", ".rejected.csv")
    }
    assert len(env.accounts()) == 1
    assert "exit status 1" in (env.folder / "import.log").read_text("utf-8")
