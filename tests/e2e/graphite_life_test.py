"""The life of the pusher: the end, a reload, what it tells systemd, and what its scans say."""

import contextlib
import json
import os
import shutil
import signal
import socket
import socketserver
import tempfile
import threading
import time
import unittest
from pathlib import Path

from support import accounts, graphite_lines, graphite_pusher, loopback, outcome, proctally
from support import small_host, waiting
from support.graphite_pusher import HOST, Pusher
from support.notify_socket import NotifySocket
from support.recorder import Recorder

# What a deadline may be late on a busy machine.
MARGIN_S = 3
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
_OWN = f"proctally.{HOST}.proctally_self."
# oldest_queued_seconds is absent, as nothing waits.
_DESTINATION_METRICS = {
    "lines_queued", "batches_queued", "bytes_queued", "lines_in_flight", "lines_pushed",
    "lines_sent", "lines_acknowledged", "lines_resent", "lines_dropped_too_many",
    "lines_dropped_too_large", "lines_dropped_too_old", "lines_dropped_oversized",
    "lines_dropped_damaged", "connects", "connect_failures", "last_success_time", "up", "stalled",
}  # fmt: skip
_SPOOL_METRICS = {"spool_bytes", "spool_errors"}


class LifeTest(unittest.TestCase):
    """With a host that never changes, and what a test asks for closed at its end."""

    def setUp(self):
        self.resources = contextlib.ExitStack()
        self.addCleanup(self.resources.close)
        self.procfs = self.enter(small_host.small())

    def enter(self, resource):
        return self.resources.enter_context(resource)

    def push(self, *destinations, options=(), interval="1s", **how):
        words = graphite_pusher.arguments(*destinations, interval=interval)
        return self.enter(Pusher(*words, "--procfs", self.procfs, *options, **how))

    def wait_for_ticks(self, recorder, count):
        enough = len(recorder.ticks()) + count
        waiting.until(lambda: len(recorder.ticks()) >= enough, "ticks")

    def wait_for_delivery(self, pusher, receiver):
        def delivered():
            time.sleep(0.2)
            return pusher.counters()[receiver.url].waiting() == 0

        waiting.until(delivered, f"delivery: {pusher.log()}")


class StopTest(LifeTest):
    def test_all_is_delivered_before_the_end(self):
        receiver = self.enter(Recorder())
        pusher = self.push(receiver)
        self.wait_for_ticks(receiver, 3)
        counters = pusher.finish()[receiver.url]
        counters.check()
        self.assertEqual(counters.waiting(), 0)
        self.assertEqual(counters["lines_pushed"], len(receiver.lines()))
        self.assertEqual(len(pusher.said("all is delivered")), 1)
        (connection,) = receiver.connections()
        self.assertEqual((connection.end, connection.unfinished()), ("end by peer", b""))

    def test_sigint_is_the_same(self):
        receiver = self.enter(Recorder())
        pusher = self.push(receiver)
        self.wait_for_ticks(receiver, 1)
        pusher.signal(signal.SIGINT)
        self.assertEqual(pusher.wait(), 0)
        self.assertEqual(len(pusher.said("all is delivered")), 1)

    def test_what_a_reader_is_slow_to_take_is_waited_for(self):
        many = self.enter(small_host.of_groups(60))
        receiver = self.enter(
            Recorder("--manner", "slowly", "--rate", "150000", "--receive-buffer", "4096")
        )
        self.procfs = many
        pusher = self.push(receiver, options=("--stop-timeout", "30s"))
        self.wait_for_ticks(receiver, 2)
        counters = pusher.finish()[receiver.url]
        self.assertEqual(counters.waiting(), 0)
        self.assertEqual(counters["lines_pushed"], len(receiver.lines()))

    def stop_undelivered(self, receiver, truth, *options):
        """Counters of the receiver after a stop with a deadline of 2 s."""
        pusher = self.push(receiver, truth, options=("--stop-timeout", "2s", *options))
        self.wait_for_ticks(truth, 3)
        begin = time.monotonic()
        counters = pusher.finish()[receiver.url]
        lasted = time.monotonic() - begin
        self.assertLess(lasted, 2 + MARGIN_S)
        counters.check()
        self.assertEqual(counters["lines_pushed"], len(truth.lines()))
        self.assertGreater(counters.waiting(), 0)
        (line,) = pusher.said("not delivered")
        self.assertTrue(line.startswith(f"W! {receiver.url}: {counters.waiting()} lines "), line)
        print(f"{lasted:.1f} s: {line}")
        return counters

    def test_a_receiver_that_is_down_is_given_up_and_counted(self):
        receiver, truth = self.enter(Recorder()), self.enter(Recorder())
        receiver.kill()
        counters = self.stop_undelivered(receiver, truth)
        self.assertEqual(counters.waiting(), len(truth.lines()))

    def test_a_receiver_that_does_not_read_is_given_up_and_counted(self):
        for options in ((), ("--confirm",)):
            with self.subTest(options=options):
                receiver = self.enter(
                    Recorder("--manner", "never-read", "--receive-buffer", "4096")
                )
                truth = self.enter(Recorder())
                counters = self.stop_undelivered(receiver, truth, *options)
                if options:
                    self.assertEqual(counters.waiting(), len(truth.lines()))

    def test_an_address_that_does_not_answer_does_not_hold_up_the_end(self):
        """The backlog of its listener is full: connecting to it goes on and on."""
        listener = self.enter(socket.socket())
        port = loopback.lasting_port()
        listener.bind(("127.0.0.1", port))
        listener.listen(0)
        for _ in range(3):
            taking_its_place = self.enter(socket.socket())
            taking_its_place.setblocking(False)
            taking_its_place.connect_ex(("127.0.0.1", port))
        truth = self.enter(Recorder())
        pusher = self.push(f"tcp://127.0.0.1:{port}", truth, options=("--stop-timeout", "1s"))
        self.wait_for_ticks(truth, 2)
        begin = time.monotonic()
        pusher.finish()
        self.assertLess(time.monotonic() - begin, 1 + MARGIN_S)

    def test_with_a_spool_what_was_not_delivered_waits_for_the_next(self):
        receiver, truth = self.enter(Recorder()), self.enter(Recorder())
        spool = self.enter(tempfile.TemporaryDirectory())
        options = ("--spool", spool, "--confirm", "--stop-timeout", "1s")
        receiver.kill()
        pusher = self.push(receiver, truth, options=options)
        self.wait_for_ticks(truth, 3)
        stopped = pusher.finish()[receiver.url]
        left, scans = stopped.waiting(), stopped["batches_queued"]
        self.assertEqual(left, len(truth.lines()))
        receiver.start()
        pusher = self.push(receiver, truth, options=options)
        found = f"{left} lines of {scans} scans are still in the spool"
        pusher.wait_for_log(f"I! {receiver.url}: {found}")
        self.wait_for_ticks(truth, 2)
        self.wait_for_delivery(pusher, receiver)
        counters = pusher.finish()[receiver.url]
        counters.check()
        self.assertEqual(sorted(receiver.lines()), sorted(truth.lines()))


class ReloadTest(LifeTest):
    def settings(self):
        file = Path(self.enter(tempfile.TemporaryDirectory())) / "settings.json"
        file.write_text("{}")
        return file

    def test_the_queue_and_the_connection_are_kept(self):
        receiver, truth = self.enter(Recorder()), self.enter(Recorder())
        file = self.settings()
        receiver.kill()
        pusher = self.push(receiver, truth, options=("--config", str(file)))
        self.wait_for_ticks(truth, 3)
        before = pusher.counters()[receiver.url]
        file.write_text(json.dumps({"collect": ["processes"]}))
        pusher.signal(signal.SIGHUP)

        def new_settings_are_used():
            last = b" %d" % truth.ticks()[-2]
            return not any(b"cpu_time" in line and line.endswith(last) for line in truth.lines())

        waiting.until(new_settings_are_used, "scans of the new settings")
        after = pusher.counters()
        self.assertGreater(after[receiver.url]["lines_queued"], before["lines_queued"])
        self.assertEqual(after[truth.url]["connects"], 1)
        receiver.start()
        self.wait_for_delivery(pusher, receiver)
        counters = pusher.finish()[receiver.url]
        row = accounts.settle("SIGHUP", truth.lines(), receiver.lines(), counters)
        self.assertEqual((row.twice, row.unconfirmed, row.dropped), (0, 0, {}))

    def test_bad_settings_change_nothing(self):
        receiver = self.enter(Recorder())
        file = self.settings()
        pusher = self.push(receiver, options=("--config", str(file)))
        self.wait_for_ticks(receiver, 2)
        before = self.series_of_last_scan(receiver)
        file.write_text('{"colect": []}')
        pusher.signal(signal.SIGHUP)
        line = pusher.wait_for_log("colect")
        self.assertRegex(line, r"\A[EW]! ")
        self.wait_for_ticks(receiver, 2)
        self.assertEqual(self.series_of_last_scan(receiver), before)
        pusher.finish()

    @staticmethod
    def series_of_last_scan(receiver):
        last = receiver.ticks()[-2]
        return {line.split(b" ")[0] for line in receiver.lines()
                if line.endswith(b" %d" % last) and b".proctally_self." not in line}  # fmt: skip


class NotifyTest(LifeTest):
    def test_tells_systemd_all_that_a_notifying_service_tells(self):
        receiver = self.enter(Recorder())
        notify = self.enter(NotifySocket())
        environment = {**graphite_pusher.environment(), "NOTIFY_SOCKET": notify.path}
        pusher = self.push(receiver, env=environment)
        self.assertEqual(notify.wait_for("READY")["READY"], "1")
        pusher.signal(signal.SIGHUP)
        before_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        reloading = notify.wait_for("RELOADING")
        self.assertEqual(reloading["RELOADING"], "1")
        told_us = int(reloading["MONOTONIC_USEC"])
        self.assertLess(abs(told_us - before_us), 60_000_000)
        self.assertEqual(notify.wait_for("READY")["READY"], "1")
        pusher.signal(signal.SIGTERM)
        self.assertEqual(notify.wait_for("STOPPING")["STOPPING"], "1")
        self.assertEqual(pusher.wait(), 0)

    def watched(self, receiver, watchdog_pid=None):
        notify = self.enter(NotifySocket())
        environment = {**graphite_pusher.environment(), "NOTIFY_SOCKET": notify.path,
                       "WATCHDOG_USEC": "2000000"}  # fmt: skip
        if watchdog_pid is not None:
            environment["WATCHDOG_PID"] = watchdog_pid
        return self.push(receiver, env=environment, interval="1s"), notify

    def test_feeds_the_watchdog_while_the_receiver_is_away(self):
        receiver = self.enter(Recorder())
        receiver.kill()
        pusher, notify = self.watched(receiver)
        notify.wait_for("READY")
        for _ in range(3):
            self.assertEqual(notify.wait_for("WATCHDOG")["WATCHDOG"], "1")
        pusher.kill()

    def test_does_not_feed_a_watchdog_of_another_process(self):
        receiver = self.enter(Recorder())
        pusher, notify = self.watched(receiver, watchdog_pid="1")
        self.wait_for_ticks(receiver, 4)
        pusher.signal(signal.SIGTERM)
        while "STOPPING" not in (message := notify.next()):
            self.assertNotIn("WATCHDOG", message)
        pusher.wait()

    def test_without_systemd_nothing_is_missed(self):
        receiver = self.enter(Recorder())
        gone = {**graphite_pusher.environment(), "NOTIFY_SOCKET": "/nonexistent/notify"}
        pusher = self.push(receiver, env=gone)
        self.wait_for_ticks(receiver, 2)
        pusher.finish()


class ScanTest(LifeTest):
    def test_time_stamps_are_multiples_of_the_interval(self):
        receiver = self.enter(Recorder())
        pusher = self.push(receiver, interval="3s")
        self.wait_for_ticks(receiver, 3)
        pusher.finish()
        ticks = receiver.ticks()
        self.assertEqual([tick % 3 for tick in ticks], [0] * len(ticks))
        self.assertEqual(accounts.missing_ticks(ticks, 3), [])

    def test_a_splay_moves_no_time_stamp(self):
        receiver, at_once = self.enter(Recorder()), self.enter(Recorder())
        pusher = self.push(receiver, options=("--splay", "900ms"), interval="2s")
        other = self.push(at_once, interval="2s")
        self.wait_for_ticks(receiver, 3)
        pusher.finish()
        other.finish()
        self.assertEqual([tick % 2 for tick in receiver.ticks()], [0] * len(receiver.ticks()))
        arrivals = receiver.first_arrivals()
        print("sent after its tick:", [f"{arrivals[t] - t:.3f} s" for t in receiver.ticks()[1:]])

    def test_runs_as_nobody(self):
        outcome.need_root()
        folder = self.enter(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o755)
        program = shutil.copy(graphite_pusher.PROGRAM, Path(folder) / "proctally-graphite")
        receiver = self.enter(Recorder())
        pusher = self.push(receiver, command=(program,), **NOBODY)
        self.wait_for_ticks(receiver, 2)
        pusher.finish()
        self.assertEqual(pusher.said("E! "), [])
        # And of the real host, where it may not read everything.
        words = graphite_pusher.arguments(receiver)
        pusher = self.enter(Pusher(*words, command=(program,), **NOBODY))
        self.wait_for_ticks(receiver, 2)
        pusher.finish()
        graphite_lines.read(receiver.lines())

    def test_numbers_are_those_of_proctally_exec(self):
        """Of the same host that never changes; but for what either measured of itself."""
        of_exec = proctally.once(
            "--format", "graphite", "--procfs", self.procfs, "--interval", "1s",
            command=("unshare", "--uts", "sh", "-c", f'hostname {HOST} && exec "$@"', "sh",
                     proctally.PROGRAM))[0]  # fmt: skip
        words = (*graphite_pusher.arguments(), "--procfs", self.procfs, "--once")
        of_dry_run = graphite_pusher.run(*words, "--dry-run")[0].encode()
        receiver = self.enter(Recorder())
        graphite_pusher.run(*words, "--to", receiver.url)
        sent = [self.values(lines) for lines in
                (of_exec.splitlines(), of_dry_run.splitlines(), receiver.lines())]  # fmt: skip
        self.assertGreater(len(sent[0]), 100)
        self.assertEqual(sent[1], sent[0])
        self.assertEqual(sent[2], sent[0])

    @staticmethod
    def values(lines):
        """{path: value} of the groups."""
        series = graphite_lines.read(lines)
        return {path: list(points.values()) for path, points in series.items()
                if not path.startswith(_OWN)}  # fmt: skip

    def test_a_row_of_its_own_for_each_destination(self):
        spool = self.enter(tempfile.TemporaryDirectory())
        first, second = self.enter(Recorder()), self.enter(Recorder())
        pusher = self.push(first, second, options=("--spool", spool))
        self.wait_for_ticks(first, 3)
        pusher.finish()
        found = {}
        for path in graphite_lines.read(first.lines()):
            if path.startswith(_OWN + "destination."):
                node, metric = path.removeprefix(_OWN + "destination.").split(".")
                found.setdefault(node, set()).add(metric)
        self.assertEqual(len(found), 2)
        for node, metrics in found.items():
            self.assertRegex(node, rf"127_0_0_1_({first.port}|{second.port})_[0-9a-f]{{8}}\Z")
            self.assertLessEqual(_DESTINATION_METRICS | _SPOOL_METRICS, metrics, node)

    def test_a_lone_scan_says_whether_it_was_delivered(self):
        receiver = self.enter(Recorder())
        words = (*graphite_pusher.arguments(receiver), "--procfs", self.procfs, "--once")
        graphite_pusher.run(*words)
        self.assertEqual(len(receiver.ticks()), 1)
        receiver.kill()
        message = graphite_pusher.run(*words, "--stop-timeout", "1s", expected=1)[1]
        self.assertIn("not delivered", message)


class DestinationTest(LifeTest):
    def test_of_a_set_one_gets_each_line(self):
        """The first that works; another takes over when it ends, and nothing comes to both."""
        first, second = self.enter(Recorder()), self.enter(Recorder())
        pusher = self.push(first, second, options=("--failover", "--confirm"))
        self.wait_for_ticks(first, 3)
        self.assertEqual(second.lines(), [])
        first.kill()
        self.wait_for_ticks(second, 3)
        pusher.finish()
        ticks = sorted(first.ticks() + second.ticks())
        self.assertEqual(accounts.missing_ticks(ticks), [])
        both = set(first.lines()) & set(second.lines())
        self.assertEqual(both, set())

    def test_ipv6(self):
        receiver = self.enter(Recorder(address="::1"))
        pusher = self.push(receiver)
        self.wait_for_ticks(receiver, 2)
        self.assertEqual(pusher.finish()[receiver.url].waiting(), 0)

    def test_a_name_with_a_dead_address_reaches_the_other(self):
        """Every host has localhost at ::1 first, where nobody listens on this port."""
        receiver = self.enter(Recorder())
        pusher = self.push(f"tcp://localhost:{receiver.port}")
        self.wait_for_ticks(receiver, 2)
        pusher.finish()

    def test_datagrams_hold_whole_lines_and_fit_into_a_packet(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(waiting.PATIENCE_S)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            url = f"udp://127.0.0.1:{server.getsockname()[1]}"
            truth = self.enter(Recorder())
            pusher = self.push(url, truth)
            datagrams = []
            ticks = set()
            while len(ticks) < 3:
                datagrams.append(server.recv(1 << 16))
                ticks.add(datagrams[-1].rpartition(b" ")[2])
            counters = pusher.finish()[url]
            server.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:  # Until nothing is left.
                    datagrams.append(server.recv(1 << 16))
        for datagram in datagrams:
            self.assertLessEqual(len(datagram), 1432)
            self.assertTrue(datagram.endswith(b"\n"))
        lines = b"".join(datagrams).splitlines()
        self.assertEqual(sorted(lines), sorted(truth.lines()))
        counters.check()

    def test_a_receiver_that_answers_is_the_wrong_one(self):
        """An HTTP server at that port: carbon never says a word."""
        server = self.enter(_WebServer(("127.0.0.1", 0), _Answer))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.resources.callback(thread.join)
        self.resources.callback(server.shutdown)
        url = f"tcp://127.0.0.1:{server.server_address[1]}"
        pusher = self.push(url)
        line = pusher.wait_for_log("HTTP")
        self.assertTrue(line.startswith(f"W! {url}: "), line)
        print(line)

    def test_a_connection_with_itself_is_none(self):
        """Where the port is one that the kernel gives to clients, connecting again and again to it
        may connect a client with itself: then it would take its own end for a receipt."""
        port = 40_002
        few = 'echo "40000 40003" >/proc/sys/net/ipv4/ip_local_port_range'
        command = ("unshare", "--net", "sh", "-c", f'ip link set lo up && {few} && exec "$@"', "sh",
                   graphite_pusher.PROGRAM)  # fmt: skip
        pusher = self.push(f"tcp://127.0.0.1:{port}", options=("--confirm",), command=command)
        url = f"tcp://127.0.0.1:{port}"

        def tried():
            time.sleep(0.2)
            return pusher.counters()[url]["connect_failures"] >= 6

        waiting.until(tried, "some attempts")
        self.assertEqual(pusher.counters()[url]["lines_acknowledged"], 0, pusher.log())


class _WebServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


class _Answer(socketserver.StreamRequestHandler):
    """What a web server says to something that is no request."""

    def handle(self):
        with contextlib.suppress(OSError):
            self.rfile.readline()
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


if __name__ == "__main__":
    outcome.main()
