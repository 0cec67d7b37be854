"""Names of destinations: of one that nobody resolves the others feel nothing, nor does the end; and
lines follow one whose address changes, without a connection that could break as well."""

import contextlib
import socket
import tempfile
import time
import unittest
from pathlib import Path

from support import accounts, graphite_pusher, lossy_link, loopback, namespaces, outcome
from support import silent_name_server, small_host, waiting
from support.graphite_pusher import Pusher
from support.recorder import Recorder
from support.silent_name_server import SilentNameServer

_UNRESOLVED = "tcp://carbon.example:2003"


class NamesTest(unittest.TestCase):
    def setUp(self):
        outcome.need_root()
        self.resources = contextlib.ExitStack()
        self.addCleanup(self.resources.close)
        self.procfs = self.enter(small_host.small())

    def enter(self, resource):
        return self.resources.enter_context(resource)

    def wait_for_ticks(self, recorder, count):
        enough = len(recorder.ticks()) + count
        waiting.until(lambda: len(recorder.ticks()) >= enough, "ticks")


class SilentNameServerTest(NamesTest):
    STOP_TIMEOUT_S = 1
    MOST_S = 3

    def setUp(self):
        super().setUp()
        network = self.enter(lossy_link.namespace())
        self.server = self.enter(SilentNameServer(network))
        waiting.until(self.server.is_ready, "the name server")
        self.receiver = self.enter(Recorder(within=network))

    def push(self, *destinations):
        words = [*graphite_pusher.arguments(*destinations), "--procfs", self.procfs,
                 "--stop-timeout", f"{self.STOP_TIMEOUT_S}s"]  # fmt: skip
        command = self.server.asked_by(graphite_pusher.PROGRAM)
        return self.enter(Pusher(*words, command=command))

    def test_another_destination_gets_every_tick_all_the_same(self):
        pusher = self.push(_UNRESOLVED, self.receiver)
        self.wait_for_ticks(self.receiver, 5)
        self.assertGreater(self.server.questions(), 0)
        line = pusher.wait_for_log(f"W! {_UNRESOLVED}: ", "scans go on")
        print(line)
        self.wait_for_ticks(self.receiver, 3)
        counters = pusher.finish()
        for each in counters.values():
            each.check()
        self.assertEqual(counters[self.receiver.url].waiting(), 0)
        self.assertEqual(len(self.receiver.lines()), counters[_UNRESOLVED].waiting())
        self.assertEqual(accounts.missing_ticks(self.receiver.ticks()), [])
        # None has come only because a lookup had ended.
        arrivals = self.receiver.first_arrivals()
        latest_s = max(arrival_s - tick for tick, arrival_s in arrivals.items())
        self.assertLess(latest_s, silent_name_server.LOOKUP_S - self.MOST_S)

    def test_the_end_does_not_wait_for_an_answer(self):
        pusher = self.push(_UNRESOLVED, self.receiver)
        self.wait_for_ticks(self.receiver, 2)
        begin = time.monotonic()
        counters = pusher.finish()[_UNRESOLVED]
        lasted_s = time.monotonic() - begin
        (line,) = pusher.said(f"W! {_UNRESOLVED}: {counters.waiting()} lines ")
        self.assertIn("not delivered", line)
        self.assertLess(lasted_s, self.MOST_S)

    def test_nor_does_the_end_of_one_that_has_nobody_else(self):
        pusher = self.push(_UNRESOLVED)
        waiting.until(lambda: self.server.questions() > 0, "a question")
        begin = time.monotonic()
        counters = pusher.finish()[_UNRESOLVED]
        lasted_s = time.monotonic() - begin
        counters.check()
        self.assertTrue(pusher.said(f"W! {_UNRESOLVED}: "), pusher.log())
        self.assertLess(lasted_s, self.MOST_S)


class UdpTest(NamesTest):
    def test_lines_follow_a_name_when_its_host_says_that_nobody_listens(self):
        port = loopback.lasting_port()
        names = Path(self.enter(tempfile.TemporaryDirectory())) / "hosts"
        names.write_text("127.0.0.2 carbon.example\n")
        old = self.enter(self.listen("127.0.0.2", port))
        new = self.enter(self.listen("127.0.0.3", port))
        url = f"udp://carbon.example:{port}"
        command = namespaces.inside_with_own_hosts(names, graphite_pusher.PROGRAM)
        words = [*graphite_pusher.arguments(url), "--procfs", self.procfs]
        pusher = self.enter(Pusher(*words, command=command))
        self.assertTrue(old.recv(1 << 16).endswith(b"\n"))
        old.close()
        line = pusher.wait_for_log(f"W! {url}: ", "nobody listens")
        print(line)
        time.sleep(5)  # It is answered so again and again.
        self.assertEqual(pusher.said("delivers again"), [])
        names.write_text("127.0.0.3 carbon.example\n")
        self.assertTrue(new.recv(1 << 16).endswith(b"\n"))
        # A scan as a whole: one whose first and last line are of one time.
        first = new.recv(1 << 16).rpartition(b" ")[2]
        while (last := new.recv(1 << 16).rpartition(b" ")[2]) == first:
            pass
        self.assertGreater(int(last), int(first))
        counters = pusher.finish()[url]
        counters.check()
        self.assertEqual(len(pusher.said("nobody listens")), 1, pusher.log())

    @staticmethod
    def listen(address, port):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((address, port))
        server.settimeout(waiting.PATIENCE_S)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return server


if __name__ == "__main__":
    outcome.main()
