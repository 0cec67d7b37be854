"""Clients that behave badly cost proctally-exec --listen nothing: during all that they do a client
that behaves well is answered with a whole page, and memory stays bounded."""

import contextlib
import gzip
import os
import re
import resource
import select
import socket
import threading
import time
import unittest

from support import outcome, proctally, prometheus_text, small_host, waiting
from support.waiting import PATIENCE_S

_GROUPS = 100  # Their page is about 300 KB.
_MOST_GROWTH = 64 << 20
_MOST_CONNECTIONS = 64
_GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def _rss(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) << 10


class Server:
    """A proctally-exec that listens. Use it in `with`."""

    def __init__(self, procfs):
        self._running = proctally.Running(
            "--listen", "127.0.0.1:0", "--procfs", procfs, "--interval", "100ms",
            # A sanitizer keeps what was freed, 256 MB of it unless it is told so.
            env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=4"},
        )  # fmt: skip
        self._resources = contextlib.ExitStack()

    def __enter__(self):
        self._resources.enter_context(self._running)
        line = waiting.until(lambda: "\n".join(self._running.log()), "the address")
        self.port = int(re.search(r"serves http://127\.0\.0\.1:(\d+)/metrics", line)[1])
        return self

    def __exit__(self, *exception):
        return self._resources.__exit__(*exception)

    @property
    def pid(self):
        return self._running.pid

    def log(self):
        return self._running.log()

    def connect(self):
        return self._resources.enter_context(
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        )

    def ask(self, request=b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n"):
        """All that is said to these bytes. A server may close before it has read them all."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as client:
            with contextlib.suppress(ConnectionError):
                client.sendall(request)
            return _read_to_end(client)


def _read_to_end(client):
    pieces = []
    with contextlib.suppress(ConnectionError):
        while more := client.recv(1 << 20):
            pieces.append(more)
    return b"".join(pieces)


class GoodClient:
    """Scrapes on and on in a thread, as Prometheus does: what is not answered it asks again, for a
    connection may have had to give its place to a newer one. Use it in `with`."""

    def __init__(self, server):
        self._server = server
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._scrape_on)
        self.pages = 0
        self.lost = 0
        self.error = None

    def __enter__(self):
        self._thread.start()
        self.get_pages(1)
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def get_pages(self, count):
        """Waits for so many more."""
        goal = self.pages + count
        waiting.until(lambda: self.error or self.pages >= goal, "a page for who behaves well")
        if self.error:
            raise self.error

    def _scrape_on(self):
        try:
            while not self._is_over.wait(0.02):
                answer = self._server.ask()
                header, _, page = answer.partition(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", header)
                if length is None or len(page) < int(length[1]):
                    self.lost += 1
                    continue
                _check(header, page)
                self.pages += 1
        except Exception as error:  # To be raised where somebody waits.
            self.error = error


def _check(header, page):
    assert header.startswith(b"HTTP/1.1 200 OK\r\n"), header
    samples, _ = prometheus_text.read(page)
    groups = {dict(sample.labels).get("groupname") for sample in samples}
    missing = {f"group{i:05}" for i in range(1, _GROUPS)} - groups
    assert not missing, f"{len(missing)} groups are missing"


class HostileTest(unittest.TestCase):
    def setUp(self):
        resources = contextlib.ExitStack()
        self.addCleanup(resources.close)
        procfs = resources.enter_context(small_host.of_groups(_GROUPS))
        self.server = resources.enter_context(Server(procfs))
        self.good = resources.enter_context(GoodClient(self.server))
        self.good.get_pages(5)
        self.before = _rss(self.server.pid)

    def settle(self, what):
        """At the end of each: the good client is served on, and nothing was said in the log."""
        self.good.get_pages(3)
        growth = _rss(self.server.pid) - self.before
        print(f"{what}: {self.good.pages} pages for the good client, {self.good.lost} asked again; "
              f"RSS grew by {growth / (1 << 20):.1f} MiB")  # fmt: skip
        self.assertLess(growth, _MOST_GROWTH)
        self.assertEqual(len(self.server.log()), 1, self.server.log())

    def test_two_hundred_that_dribble(self):
        clients = [self.server.connect() for _ in range(200)]
        for client in clients:
            client.setblocking(False)
        closed = set()
        began = time.monotonic()
        while len(closed) < len(clients) and time.monotonic() - began < PATIENCE_S:
            for client in set(clients) - closed:
                try:
                    client.send(b"G")
                    if select.select([client], [], [], 0)[0] and not client.recv(1):
                        closed.add(client)
                except BlockingIOError:
                    pass
                except OSError:
                    closed.add(client)
            self.good.get_pages(1)
            time.sleep(0.1)
        self.assertEqual(len(closed), len(clients), "each is closed at its deadline")
        self.settle("200 that dribble")

    def test_a_gigabyte_of_header(self):
        for line in (b"x" * (1 << 20), b"A: b\r\n" * (1 << 17)):
            client = self.server.connect()
            sent = client.send(b"GET /metrics HTTP/1.1\r\n")
            with contextlib.suppress(OSError):
                while sent < 1 << 30:
                    sent += client.send(line)
            self.assertLess(sent, 32 << 20, "it was closed long before")
            print(f"closed after {sent} bytes")
            self.good.get_pages(1)
        self.assertTrue(self.server.ask(b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000)
                        .startswith(b"HTTP/1.1 431 "))  # fmt: skip
        self.settle("1 GB of header")

    def test_a_thousand_requests_at_once(self):
        # Compressed, for a gigabyte would only tell how fast a test can read.
        request = b"GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n"
        last = b"HEAD /none HTTP/1.1\r\nConnection: close\r\n\r\n"
        client = self.server.connect()
        sender = threading.Thread(target=client.sendall, args=(request * 1000 + last,))
        sender.start()
        said = _read_to_end(client)
        sender.join()
        count, begin = 0, 0
        while said.startswith(b"HTTP/1.1 200 OK\r\n", begin):
            end = said.index(b"\r\n\r\n", begin) + 4
            length = int(re.search(rb"Content-Length: (\d+)", said[begin:end])[1])
            if count % 100 == 0:
                _check(said[begin:end], gzip.decompress(said[end : end + length]))
            begin = end + length
            count += 1
        said = said[begin:]
        self.assertEqual(count, 1000)
        self.assertTrue(said.startswith(b"HTTP/1.1 404 "), said[:50])
        self.settle("1000 requests at once")

    def test_what_is_no_request(self):
        for request in (
            b"GET /metrics\r\n\r\n",
            b"\xff\xfe\xc3\x28 /metrics HTTP/1.1\r\n\r\n",
            b"GET /\0 HTTP/1.1\r\n\r\n",
            b"GET /metrics HTTP/1.1\r\nHost: \0\r\n\r\n",
            b"GET /metrics HTTP/1.1\r\n\xff\xff: x\r\n\r\n",
            b"GET /metrics HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01" + b"\0" * 500 + b"\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ):
            said = self.server.ask(request + _GET)
            self.assertTrue(said.startswith(b"HTTP/1.1 400 "), (request, said[:50]))
            self.assertEqual(said.count(b"HTTP/1.1 "), 1, request)
        said = self.server.ask(b"GET /\xff\xc3\x28 HTTP/1.1\r\nConnection: close\r\n\r\n")
        self.assertRegex(said, rb"^HTTP/1.1 40[04] ")
        self.assertTrue(self.server.ask(b"G" * 100_000).startswith(b"HTTP/1.1 431 "))
        self.settle("what is no request")

    def test_a_request_that_hides_another(self):
        for fields in (
            b"Content-Length: 0\r\nContent-Length: 44",
            b"Content-Length: 44\r\nContent-Length: 0",
            b"Content-Length: 44",
            b"Content-Length: 44\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: chunked\r\nContent-Length: 0",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding : chunked",
            b"Transfer-Encoding: identity, chunked",
            b"Content-Length: +44",
            b"Content-Length: 18446744073709551616",
        ):
            said = self.server.ask(b"POST /metrics HTTP/1.1\r\n" + fields + b"\r\n\r\n0\r\n\r\n" + _GET)
            self.assertRegex(said, rb"^HTTP/1.1 4(00|13) ", fields)
            self.assertEqual(said.count(b"HTTP/1.1 "), 1, fields)
        self.settle("requests that hide another")

    def test_ten_thousand_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        batch = min(2000, (soft if hard == resource.RLIM_INFINITY else min(soft, hard)) - 200)
        opened = 0
        while opened < 10_000:
            clients = []
            for _ in range(min(batch, 10_000 - opened)):
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", self.server.port))
                clients.append(client)
            opened += len(clients)
            self.good.get_pages(1)
            for client in clients:
                client.close()
        self.settle(f"{opened} connections, {batch} at a time")

    def test_many_that_never_read(self):
        for _ in range(3 * _MOST_CONNECTIONS):
            client = self.server.connect()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(_GET * 20)
        for _ in range(20):
            self.good.get_pages(3)
            self.assertLess(_rss(self.server.pid) - self.before, _MOST_GROWTH)
        self.settle(f"{3 * _MOST_CONNECTIONS} that never read")


if __name__ == "__main__":
    outcome.main()
