"""The HTTPS client: verified, bounded, on one connection, through a proxy where there is one."""

from __future__ import annotations

import contextlib
import gzip
import logging
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from exact_import.errors import ConfigError
from exact_import.exact.errors import NotSent, NotTrusted, ResponseLost
from exact_import.exact.transport import Transport
from tls_double import Double, Reply, trusted_authority


def test_one_connection_serves_many_calls(double: Double) -> None:
    double.respond = lambda _: Reply(200, b"{}")
    transport = Transport()
    for _ in range(200):
        transport.request("GET", double.url + "/x", {})
        transport.request("POST", double.url + "/x", {}, b"{}")
    assert (double.connections, transport.connections) == (1, 1)
    transport.close()


def test_a_connection_that_the_server_closed_is_not_given_a_write(double: Double) -> None:
    double.respond = lambda _: Reply(200, b"{}", fault="close")
    transport = Transport()
    for _ in range(20):
        assert transport.request("POST", double.url + "/x", {}, b"{}").status == 200
        # The close must have arrived: that is what an idle connection is asked for.
        for _ in range(200):
            if not any(thread.is_alive() for thread in double._threads[1:]):
                break
            time.sleep(0.005)
    assert len(double.seen) == 20


def test_only_https_is_spoken() -> None:
    with pytest.raises(ConfigError, match="Only https"):
        Transport().request("GET", "http://localhost/x", {})


def test_a_certificate_of_an_unknown_authority_is_refused(
    double: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with pytest.raises(NotTrusted, match="unable to get local issuer"):
        Transport().request("GET", double.url + "/x", {"Authorization": "canary"})
    assert double.seen == []


def test_a_certificate_of_another_name_is_refused(double: Double) -> None:
    url = double.url.replace("localhost", "127.0.0.2")
    with contextlib.ExitStack() as stack:
        # The same server, reached by a name that its certificate does not hold.
        relay = stack.enter_context(_relay(double.port, "127.0.0.2"))
        with pytest.raises(NotTrusted, match="not valid for"):
            Transport().request("GET", url.replace(str(double.port), str(relay)), {})


def test_a_named_bundle_takes_the_place_of_the_system(
    double: Double, authority_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    double.respond = lambda _: Reply(200, b"{}")
    assert Transport(ca_bundle=authority_file).request("GET", double.url, {}).status == 200
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificates")
    with pytest.raises(ConfigError, match="holds no certificates"):
        Transport(ca_bundle=empty)
    for named in (empty, tmp_path / "missing.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(named))
        with pytest.raises(ConfigError, match=r"SSL_CERT_FILE names, is missing or holds no"):
            Transport()
        Transport(ca_bundle=authority_file)


def test_an_answer_that_is_too_long_is_cut_short(double: Double) -> None:
    double.respond = lambda _: Reply(200, b"x" * 300_000)
    with pytest.raises(ResponseLost, match="far too long"):
        Transport(most_bytes=200_000).request("GET", double.url, {})
    packed = gzip.compress(b"x" * 300_000)
    double.respond = lambda _: Reply(200, packed, {"Content-Encoding": "gzip"})
    with pytest.raises(ResponseLost, match="far too long"):
        Transport(most_bytes=200_000).request("GET", double.url, {})
    assert Transport().request("GET", double.url, {}).body == b"x" * 300_000


def test_an_answer_that_trickles_ends(double: Double) -> None:
    double.respond = lambda _: Reply(200, b"x" * 1000, fault="trickle")
    with pytest.raises(ResponseLost, match="in time"):
        Transport(read_timeout=30, total_timeout=0.5).request("GET", double.url, {})


def test_a_peer_that_does_not_speak_tls_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotSent, match="in time"):
            Transport(connect_timeout=0.3).request("GET", f"https://127.0.0.1:{port}/", {})


def test_a_connection_lost_while_sending_means_not_sent(double: Double) -> None:
    """The peer resets while a body is still on its way: it cannot have arrived whole."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trusted_authority().issue_cert("localhost").configure_cert(context)

        def accept() -> None:
            plain, _ = listener.accept()
            with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as one:
                one.recv(1000)

        thread = threading.Thread(target=accept)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        with pytest.raises(NotSent, match="while the request was being sent"):
            Transport(read_timeout=5).request("POST", url, {}, b"x" * 50_000_000)
        thread.join()


def test_nobody_listens(double: Double) -> None:
    with Double() as gone:
        url = gone.url
    with pytest.raises(NotSent, match="refuses the connection"):
        Transport().request("GET", url, {})
    with pytest.raises(NotSent, match="name is not found"):
        Transport(connect_timeout=3).request("GET", "https://no-such-name.invalid/", {})


# Through a proxy


class Proxy:
    """An HTTP proxy that knows CONNECT, and may want a name and password."""

    def __init__(self, port: int, asked: list[str]) -> None:
        self.port = port
        self.asked = asked


@contextlib.contextmanager
def _relay(target: int, host: str) -> Iterator[int]:
    with socket.create_server((host, 0)) as listener:
        stopping = threading.Event()
        listener.settimeout(0.1)

        def accept() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError):
                    one, _ = listener.accept()
                    _pump(one, socket.create_connection(("127.0.0.1", target)), stopping)

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        stopping.set()
        thread.join()


def _pump(one: socket.socket, other: socket.socket, stopping: threading.Event) -> None:
    with one, other:
        while not stopping.is_set():
            for source in select.select([one, other], [], [], 0.1)[0]:
                part = source.recv(65536)
                if not part:
                    return
                (other if source is one else one).sendall(part)


@contextlib.contextmanager
def _proxy(status: str) -> Iterator[Proxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopping = threading.Event()
        listener.settimeout(0.1)
        proxy = Proxy(listener.getsockname()[1], [])

        def accept() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError):
                    one, _ = listener.accept()
                    one.settimeout(5)
                    head = b""
                    while b"\r\n\r\n" not in head:
                        head += one.recv(65536)
                    proxy.asked.append(head.decode())
                    if status == "trickle":
                        one.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                        while not stopping.wait(0.05):
                            one.sendall(b"y")
                    one.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
                    if not status.startswith("200"):
                        one.close()
                        continue
                    port = int(head.split(b" ")[1].rpartition(b":")[2])
                    _pump(one, socket.create_connection(("127.0.0.1", port)), stopping)

        thread = threading.Thread(target=accept)
        thread.start()
        yield proxy
        stopping.set()
        thread.join()


def test_a_proxy_is_used_and_the_certificate_is_still_the_servers(
    double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.respond = lambda _: Reply(200, b"{}")
    with _proxy("200 OK") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        transport = Transport()
        for _ in range(3):
            headers = {"Authorization": "Bearer canary"}
            assert transport.request("GET", double.url + "/x", headers).status == 200
        transport.close()
    assert len(proxy.asked) == 1
    assert proxy.asked[0].startswith(f"CONNECT localhost:{double.port} ")
    assert "proxy-authorization: basic bwu6cebzcw==" in proxy.asked[0].casefold()
    assert "canary" not in proxy.asked[0]


def test_a_proxy_whose_answer_trickles_is_given_up(
    double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _proxy("trickle") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(NotSent):
            Transport(connect_timeout=0.3).request("POST", double.url, {}, b"{}")
    assert double.seen == []


def test_no_proxy_is_honoured(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    double.respond = lambda _: Reply(200, b"{}")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert Transport().request("GET", double.url, {}).status == 200


def test_a_proxy_that_refuses_means_not_sent(
    double: Double, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with _proxy("407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:canary@127.0.0.1:{proxy.port}")
        with pytest.raises(NotSent, match="proxy in HTTPS_PROXY") as caught:
            Transport().request("POST", double.url, {}, b"{}")
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    monkeypatch.setenv("HTTPS_PROXY", "127.0.0.1:1")
    with pytest.raises(NotSent, match="proxy in HTTPS_PROXY"):
        Transport().request("POST", double.url, {}, b"{}")


@pytest.mark.parametrize(
    "address", ["socks5://canary@127.0.0.1:1", "http://canary@[::1", "http://canary@host:port"]
)
def test_a_proxy_address_that_is_none_is_reported(
    double: Double, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigError, match="HTTPS_PROXY is not the address") as caught:
        Transport().request("GET", double.url, {})
    assert "canary" not in str(caught.value)
