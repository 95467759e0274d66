"""The configuration file: read truly, written whole, private, shared between processes."""

from __future__ import annotations

import configparser
import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from exactonline.storage.base import MissingSetting
from exactonline.storage.ini import IniStorage

from depth import scaled
from exact_import.config import ini_file
from exact_import.errors import ConfigError, StorageError
from exact_import.exact.auth.storage import MissingOption, NotLoggedIn, Storage
from permissions import is_private

INI = """\
# Office login. Do not share.

[server]
site = be

[application]
base_url = https://example.com
client_id = 7f0b8e8a
; the secret has a percent sign
client_secret = ab%cd%(base_url)s

[transient]
access_expiry = 1426492503
access_token = old-access
refresh_token = old!refresh
division = 123456

[account]
Name = {Company}
AddressLine1 = {Street} {Number}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path, INI)


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "config.ini"
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


def test_a_refresh_changes_three_lines_and_nothing_else(path: Path) -> None:
    Storage(path).save_tokens("new%access", "new!re%fresh", 1426493103.2)
    expected = INI.replace("1426492503", "1426493104")
    expected = expected.replace("old-access", "new%%access")
    expected = expected.replace("old!refresh", "new!re%%fresh")
    expected = expected.replace("(base_url)s\n", "(base_url)s\niteration_limit = 50\n")
    assert path.read_text() == expected
    assert Storage(path).get_refresh_token() == "new!re%fresh"
    stock = IniStorage(str(path))
    assert stock.get_access_expiry() == 1426493104
    assert stock.get_refresh_token() == "new!re%fresh"


def test_the_stock_library_beside_us_has_no_reason_to_write(path: Path) -> None:
    stale = IniStorage(str(path))
    Storage(path).save_tokens("access", "refresh", 1426493103.2)
    before = path.read_bytes()
    fresh = IniStorage(str(path))
    for storage in (fresh, stale):
        assert storage.get_access_expiry()
    assert fresh.get_iteration_limit() == 50
    assert path.read_bytes() == before


@pytest.mark.parametrize("written_as", ["ab%%cd", "%(part)scd", "ab%cd", "ab%(nothing)s", "100%"])
def test_percent_signs_are_read_as_the_library_reads_them(tmp_path: Path, written_as: str) -> None:
    text = f"[application]\npart = ab%%\nclient_secret = {written_as}\n"
    path = written(tmp_path, text)
    try:
        expected = IniStorage(str(path)).get_client_secret()
    except configparser.InterpolationError:
        expected = written_as  # the library can read it in no way
    assert Storage(path).get_client_secret() == expected
    Storage(path).write_options("application", {"client_secret": expected})
    assert Storage(path).get_client_secret() == expected
    assert IniStorage(str(path)).get_client_secret() == expected


def test_it_is_one_write(path: Path) -> None:
    storage = Storage(path)
    seen = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            # The file a reader opens is always a whole one.
            parser = configparser.RawConfigParser()
            parser.read_string(path.read_text())
            seen.add(tuple(parser["transient"][n] for n in ("access_token", "refresh_token")))

    reader = threading.Thread(target=watch)
    reader.start()
    for number in range(scaled(50)):
        storage.save_tokens(f"a{number}", f"r{number}", number)
    stop.set()
    reader.join()
    assert {(a[1:], r[1:]) for a, r in seen} <= {(str(n), str(n)) for n in range(50)} | {
        ("ld-access", "ld!refresh")
    }


def test_windows_line_ends_and_a_byte_order_mark_are_kept(tmp_path: Path) -> None:
    before = b"\xef\xbb\xbf" + INI.replace("\n", "\r\n").replace("Office", "Zoë's").encode()
    path = tmp_path / "config.ini"
    path.write_bytes(before)
    path.chmod(0o600)
    storage = Storage(path)
    assert storage.get_division() == 123456
    storage.set_division(7)
    assert path.read_bytes() == before.replace(b"123456", b"7")


def test_lines_that_end_in_several_ways_keep_their_ends(tmp_path: Path) -> None:
    before = b"; a\r\n[transient]\ndivision = 1\r\nrefresh_token = r\naccess_token =\r\n; b\n"
    path = tmp_path / "config.ini"
    path.write_bytes(before)
    path.chmod(0o600)
    Storage(path).write_options("transient", {"refresh_token": "s", "access_token": "t"})
    after = before.replace(b"= r\n", b"= s\n").replace(b"token =\r\n", b"token = t\r\n")
    assert path.read_bytes() == after


def test_a_section_that_is_not_there_is_added(tmp_path: Path) -> None:
    path = written(tmp_path, "[application]\nclient_id = x")
    Storage(path).write_options("transient", {"division": "5"})
    assert path.read_text() == "[application]\nclient_id = x\n\n[transient]\ndivision = 5\n"
    Storage(path).write_options("import", {"blank": "keep"})
    assert ini_file.read(path).section("import") == {"blank": "keep"}
    assert Storage(path).get_division() == 5


def test_a_layout_that_cannot_be_kept_is_reported(tmp_path: Path) -> None:
    text = "[transient]\n   [next]\nx = 1\n"
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match="layout"):
        Storage(path).set_division(3)
    assert path.read_text() == text


def test_an_older_object_undoes_nobodys_changes(path: Path) -> None:
    older, newer = Storage(path), Storage(path)
    newer.save_tokens("a", "r", 1)
    older.set_division(99)
    assert Storage(path).get_refresh_token() == "r"
    assert older.get_refresh_token() == "r"


def test_reading_never_writes(path: Path) -> None:
    before = path.stat()
    written = before.st_ino, before.st_mode, before.st_mtime_ns, before.st_ctime_ns
    storage = Storage(path)
    storage.get_iteration_limit()
    storage.get_access_expiry()
    storage.get_auth_url()
    with pytest.raises(MissingSetting):
        storage.get("nowhere", "nothing")
    storage.save()
    assert path.read_text() == INI
    after = path.stat()
    assert (after.st_ino, after.st_mode, after.st_mtime_ns, after.st_ctime_ns) == written


def test_a_missing_file_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"typo\.ini does not exist"):
        Storage(tmp_path / "typo.ini")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"client_secret = canary\n[a]\n", "line 1: a setting before the first [section]"),
        (b"[a]\nx = 1\n[a]\n", "line 3: duplicate section [a]"),
        (b"[a]\nx = 1\nX = canary\n", "line 3: duplicate setting x in [a]"),
        (b"[a]\nx = 1\n\ncanary canary\n", "line 4: neither a [section] nor a setting"),
        (b"[a]\n\x00canary\n", "not a text file"),
        (b"[a]\nx = 1\ny = \xe9canary\n", "line 3: this is not text in UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_sentence_without_its_content(
    tmp_path: Path, text: bytes, sentence: str
) -> None:
    path = tmp_path / "config.ini"
    path.write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        Storage(path)
    assert sentence in str(caught.value)
    assert "canary" not in str(caught.value)
    assert path.read_bytes() == text


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Storage(tmp_path)


def test_a_percent_sign_is_a_character(path: Path) -> None:
    assert Storage(path).get_client_secret() == "ab%cd%(base_url)s"


@pytest.mark.parametrize("site", ["nl", "be", "de", "uk", "us", "fr", "es"])
def test_a_site_gives_the_three_addresses(tmp_path: Path, site: str) -> None:
    storage = Storage(written(tmp_path, f"[server]\nsite = {site.upper()}\n"))
    end = {"uk": "co.uk", "us": "com"}.get(site, site)
    assert storage.get_auth_url() == f"https://start.exactonline.{end}/api/oauth2/auth"
    assert storage.get_rest_url() == f"https://start.exactonline.{end}/api"
    assert storage.get_refresh_url() == f"https://start.exactonline.{end}/api/oauth2/token"


def test_an_address_that_is_given_wins_and_stands_for_the_others(tmp_path: Path) -> None:
    storage = Storage(written(tmp_path, "[server]\nrest_url = https://one.example/x/api\n"))
    assert storage.get_token_url() == "https://one.example/x/api/oauth2/token"
    storage = Storage(
        written(tmp_path, "[server]\nsite = be\nrest_url = https://one.example/api\n")
    )
    assert storage.get_rest_url() == "https://one.example/api"
    assert storage.get_token_url() == "https://start.exactonline.be/api/oauth2/token"
    assert Storage(written(tmp_path, "[a]\n")).get_rest_url() == "https://start.exactonline.nl/api"


@pytest.mark.parametrize(
    ("server", "match"),
    [
        ("rest_url = http://start.exactonline.nl/api", "must be an https"),
        ("rest_url = start.exactonline.nl", "must be an https"),
        ("site = dk", "must be one of nl, be"),
    ],
)
def test_wrong_addresses_are_refused(tmp_path: Path, server: str, match: str) -> None:
    storage = Storage(written(tmp_path, f"[server]\n{server}\n"))
    with pytest.raises(ConfigError, match=match):
        storage.get_rest_url()


def test_certificates_are_named_from_where_the_file_stands(tmp_path: Path) -> None:
    storage = Storage(written(tmp_path, "[server]\nca_bundle = ours.pem\n"))
    with pytest.raises(ConfigError, match=r"ours\.pem does not exist"):
        storage.get_ca_bundle()
    (tmp_path / "ours.pem").touch()
    assert storage.get_ca_bundle() == tmp_path / "ours.pem"
    assert Storage(written(tmp_path, "[server]\n")).get_ca_bundle() is None


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    storage = Storage(written(tmp_path, "[transient]\ndivision =\naccess_expiry =\n"))
    with pytest.raises(MissingOption, match=r"client_id is missing in \[application\] of "):
        storage.get_client_id()
    with pytest.raises(MissingOption, match="client_secret is missing"):
        storage.get_client_secret()
    with pytest.raises(MissingOption, match="exact-import divisions"):
        storage.get_division()
    # Who is not logged in has no division either, and must hear that first.
    for get in (storage.get_refresh_token, storage.division_in_use):
        with pytest.raises(NotLoggedIn, match="exact-import login"):
            get()
    assert storage.get_access_expiry() == 0
    storage.save_tokens("access", "refresh", 1.0)
    with pytest.raises(MissingOption, match="exact-import divisions"):
        storage.division_in_use()
    assert issubclass(MissingOption, MissingSetting)


def test_a_token_of_several_words_is_none(tmp_path: Path) -> None:
    storage = Storage(written(tmp_path, "[transient]\naccess_token = canary\n  [more]\n"))
    with pytest.raises(NotLoggedIn, match="not a valid token") as caught:
        storage.get_access_token()
    assert "canary" not in str(caught.value)


def test_numbers_that_are_none_are_named(tmp_path: Path) -> None:
    storage = Storage(
        written(
            tmp_path,
            "[application]\niteration_limit = 0\n[transient]\ndivision = x\naccess_expiry = soon\n",
        )
    )
    assert storage.get_iteration_limit() == 1
    assert storage.get_access_expiry() == 0
    storage.write_options("transient", {"access_expiry": "1795404374000"})  # not seconds
    assert storage.get_access_expiry() == 0
    with pytest.raises(ConfigError, match="division in"):
        storage.get_division()


def test_the_overlay_wins_and_is_never_written(path: Path) -> None:
    storage = Storage(
        path,
        {
            ("application", "client_id"): "from-env",
            ("application", "client_secret"): "canary",
            ("transient", "division"): "77",
            ("transient", "refresh_token"): "stale-canary",
        },
    )
    assert storage.get_client_id() == "from-env"
    assert storage.get_client_secret() == "canary"
    assert storage.get_division() == 77
    # A token rotates; one in the environment would be a dead one.
    assert storage.get_refresh_token() == "old!refresh"
    storage.save_tokens("a", "r", 1)
    assert "canary" not in path.read_text()
    assert "from-env" not in path.read_text()
    assert "division = 123456" in path.read_text()


def test_curly_braces_are_taken_off_with_one_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    quoted = written(tmp_path, "[application]\nclient_id = '{abc-1}'\n")
    assert Storage(quoted).get_client_id() == "abc-1"
    caplog.clear()
    storage = Storage(written(tmp_path, "[application]\nclient_id = {abc-1}\n"))
    assert storage.get_client_id() == "abc-1"
    assert storage.get_client_id() == "abc-1"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "braces or quotes" in caplog.text
    # Reading does not write; the next refresh does, and then there is nothing to tell any more.
    assert "{abc-1}" in storage.path.read_text()
    storage.save_tokens("a", "r", 1)
    assert "client_id = abc-1\n" in storage.path.read_text()
    caplog.clear()
    assert Storage(storage.path).get_client_id() == "abc-1"
    overlaid = Storage(storage.path, {("application", "client_id"): "{abc-2}"})
    assert overlaid.get_client_id() == "abc-2"
    overlaid.save_tokens("a", "r", 1)
    assert "client_id = abc-1\n" in storage.path.read_text()
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


@pytest.mark.posix
def test_a_file_that_others_can_read_becomes_private(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, INI, mode=0o644)
    link = tmp_path / "link.ini"
    link.symlink_to(path)
    Storage(link)
    assert is_private(path)
    assert "other users" in caplog.text
    assert "now only you can read it" in caplog.text
    caplog.clear()
    Storage(path).save_tokens("a", "r", 1)
    assert is_private(path)
    assert not caplog.records


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = written(tmp_path / "real", INI)
    link = tmp_path / "config.ini"
    link.symlink_to(real)
    Storage(link).set_division(3)
    assert link.is_symlink()
    assert "division = 3" in real.read_text()
    assert [file.name for file in tmp_path.iterdir() if not file.is_dir()] == ["config.ini"]


def test_leftovers_of_a_killed_process_are_cleared(path: Path) -> None:
    (path.parent / ".config.ini.abc123.tmp").write_text("old tokens")
    other = path.parent / ".other.ini.abc123.tmp"
    other.write_text("not ours")
    Storage(path).set_division(3)
    assert sorted(p.name for p in path.parent.iterdir()) == [
        ".config.ini.lock",
        ".other.ini.abc123.tmp",
        "config.ini",
    ]


def test_a_read_only_file_is_told_before_anything_is_spent(path: Path) -> None:
    path.chmod(0o400)
    with pytest.raises(StorageError, match="read-only"):
        Storage(path).check_writable()
    assert path.read_text() == INI


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.posix
def test_a_full_disk_leaves_the_old_file_whole(path: Path) -> None:
    storage = Storage(path)
    with largest_file(300):
        with pytest.raises(StorageError, match="cannot be written"):
            storage.check_writable()
        with pytest.raises(StorageError, match="cannot be written"):
            storage.save_tokens("a", "r", 1)
    assert path.read_text() == INI
    assert not list(path.parent.glob("*.tmp"))
    assert storage.get_refresh_token() == "old!refresh"


def test_sections_keep_the_spelling_of_their_options(path: Path) -> None:
    sections = ini_file.read(path).sections
    assert sections["account"] == {"Name": "{Company}", "AddressLine1": "{Street} {Number}"}
    assert "contact" not in sections


# Only root may give a file to another owner, which is how one of another owner comes about here.
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs root to give files away")
def test_the_owner_of_the_file_stays_its_owner(path: Path) -> None:
    os.chown(path, 12345, 12345)
    Storage(path).set_division(3)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
