"""The end of a pusher that cannot deliver what waits: it leaves no line half sent, and what it says
of the lines that it leaves behind is true."""

import contextlib
import fcntl
import re
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import graphite_pusher, namespaces, outcome, small_host, waiting
from support.graphite_pusher import Pusher
from support.recorder import Recorder

# A batch that is larger than the buffers between two processes.
_MANY_GROUPS = 60
_STALLED = ("--manner", "never-read", "--receive-buffer", "4096")
_PIPE_BYTES = 1 << 16
_DISK_BYTES = 300 << 10

_LEFT_BEHIND = re.compile(
    r"not delivered: ([0-9]+) stays? in the spool for the next start, ([0-9]+) (?:is|are) lost"
)
_FOUND = re.compile(r"([0-9]+) lines? of [0-9]+ scans? (?:are|is) still in the spool")


class StopTest(unittest.TestCase):
    def setUp(self):
        self.resources = contextlib.ExitStack()
        self.addCleanup(self.resources.close)

    def enter(self, resource):
        return self.resources.enter_context(resource)


class StalledReceiverTest(StopTest):
    MODES = ((), ("--confirm",), ("--keep-safe", "30s"), ("--spool", "{spool}"))

    def stop(self, procfs, options):
        """What a receiver gets that reads only after the end."""
        with contextlib.ExitStack() as resources:
            spool = resources.enter_context(tempfile.TemporaryDirectory())
            receiver = resources.enter_context(Recorder(*_STALLED))
            truth = resources.enter_context(Recorder())
            words = [*graphite_pusher.arguments(receiver, truth), "--procfs", procfs,
                     "--stop-timeout", "1s"]  # fmt: skip
            words += [option.format(spool=spool) for option in options]
            pusher = resources.enter_context(Pusher(*words))
            waiting.until(lambda: len(truth.ticks()) >= 4, "ticks")
            counters = pusher.finish()[receiver.url]
            counters.check()
            assert counters.waiting() > 0, counters
            receiver.read_from_now_on()

            def ended():
                connections = receiver.connections()
                return connections and all(connection.end for connection in connections)

            waiting.until(ended, "the end of the connection")
            return receiver.connections()

    def test_its_last_byte_is_the_end_of_a_line(self):
        procfs = self.enter(small_host.of_groups(_MANY_GROUPS))
        pool = self.enter(ThreadPoolExecutor(len(self.MODES)))
        futures = {mode: pool.submit(self.stop, procfs, mode) for mode in self.MODES}
        for mode, future in futures.items():
            with self.subTest(mode=mode):
                (connection,) = future.result()
                print(f"{' '.join(mode) or 'plain'}: {len(connection.data)} bytes, then "
                      f"{connection.end}")  # fmt: skip
                self.assertGreater(len(connection.data), 0)
                self.assertEqual(connection.unfinished(), b"")


class FullDiskTest(StopTest):
    def test_the_lines_kept_and_lost_are_as_many_as_it_says(self):
        namespaces.need()
        folder = self.enter(tempfile.TemporaryDirectory())
        own_disk = self.enter(namespaces.entered_with_disk(folder, _DISK_BYTES))
        procfs = self.enter(small_host.of_groups(_MANY_GROUPS))
        receiver = self.enter(Recorder())
        receiver.kill()
        words = [*graphite_pusher.arguments(receiver), "--procfs", procfs, "--spool", folder,
                 "--stop-timeout", "1s"]  # fmt: skip
        command = (*own_disk, graphite_pusher.PROGRAM)
        pusher = self.enter(Pusher(*words, command=command))
        print(pusher.wait_for_log(f"W! {receiver.url}: spool: "))

        def refused_some():
            time.sleep(0.5)
            return pusher.counters()[receiver.url]["spool_errors"] >= 3

        waiting.until(refused_some, "what the disk refuses")
        counters = pusher.finish()[receiver.url]
        counters.check()
        self.assertEqual(counters.dropped(), dict.fromkeys(counters.dropped(), 0))
        kept, lost = self.left_behind(pusher)
        self.assertGreater(kept, 0)
        self.assertGreater(lost, 0)
        self.assertEqual(kept + lost, counters.waiting())
        last_of_first = int(time.time())

        receiver.start()
        following = self.enter(Pusher(*words, command=command))
        found = int(_FOUND.search(following.wait_for_log("still in the spool"))[1])
        self.assertEqual(found, kept)
        waiting.until(lambda: receiver.ticks()[-1:] > [last_of_first], "lines of the second")
        self.assertEqual(following.finish()[receiver.url].waiting(), 0)
        arrived = [line for line in set(receiver.lines())
                   if int(line.rpartition(b" ")[2]) <= last_of_first]  # fmt: skip
        self.assertEqual(len(arrived), kept)

    def left_behind(self, pusher):
        """The lines that are kept, and those that are lost, as the log has it."""
        found = [match for line in pusher.log() if (match := _LEFT_BEHIND.search(line))]
        self.assertEqual(len(found), 1, pusher.log())
        print(found[0].string)
        return int(found[0][1]), int(found[0][2])


class DryRunTest(StopTest):
    def test_one_whose_reader_does_not_read_ends_when_it_is_told_to(self):
        procfs = self.enter(small_host.of_groups(_MANY_GROUPS))
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                words = (*graphite_pusher.arguments(), "--procfs", procfs, "--dry-run")
                pusher = self.enter(Pusher(*words, stdout=subprocess.PIPE))
                waiting.until(lambda: self.is_full(pusher.stdout_fd()), "a full pipe")
                # Whatever is to come when it has been full for a while.
                time.sleep(2)
                pusher.signal(number)
                # By itself or by the signal.
                self.assertIn(pusher.wait(), (0, -number), pusher.log())

    @staticmethod
    def is_full(pipe):
        (size,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"    "))
        return size > _PIPE_BYTES - 4096


if __name__ == "__main__":
    outcome.main()
