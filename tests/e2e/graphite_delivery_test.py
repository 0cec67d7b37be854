"""What becomes of every line when a receiver ends, misbehaves or moves: each case beside a second
receiver that is always well, and from which it is known what was written."""

import contextlib
import functools
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support import accounts, graphite_pusher, loopback, namespaces, outcome, small_host, waiting
from support.delivery_case import Case
from support.graphite_pusher import Pusher
from support.recorder import Recorder

# Three ways to deliver, by what they add to the command line; {spool} is a folder.
MODES = {
    "plain": (),
    "confirm": ("--confirm",),
    "spool": ("--confirm", "--spool", "{spool}"),
}
NOTHING_LOST = ("confirm", "spool")
# A fourth, for receivers that end while they have something to read: what is sent again is what
# they may not have read.
KEEP_SAFE = ("--keep-safe", "20s")

# So many pushers and receivers at once, each of which does next to nothing.
_AT_ONCE = 12

# A batch of so many groups does not fit into the buffers of a receiver that is slow, so that it is
# killed in the midst of one.
_MANY_GROUPS = 60
_SLOWLY = ("--manner", "slowly", "--rate", "100000", "--receive-buffer", "16384")

# What happens to the receiver, between the first ticks and the last.


def ended(case, how, pause_s):
    case.wait_for_ticks(2)
    getattr(case.receiver, how)()
    time.sleep(pause_s)
    case.receiver.start()


def ended_in_a_batch(case, how, pause_s):
    """While it reads slowly, and has not read all."""
    case.wait_for_ticks(1)
    waiting.until(lambda: case.counters()["lines_in_flight"] > 0 and case.receiver.lines(), "lines")
    getattr(case.receiver, how)()
    time.sleep(pause_s)
    case.receiver.start("--manner", "read")


def left_alone(case):
    """Its manner is all that is wrong with it."""
    case.wait_for_ticks(5)


def never_read(case):
    """Reads at last, so that the accounts can be closed."""
    case.pusher.wait_for_log(case.pusher.urls[0], "does not read")
    before_kb = case.pusher.rss_kb()
    case.wait_for_ticks(8)
    assert case.counters()["stalled"] == 1, case.counters()
    after_kb = case.pusher.rss_kb()
    case.notes.append(f"RSS {before_kb} kB, and 8 scans later {after_kb} kB")
    # What waits are some 8 batches of 200 kB.
    assert after_kb - before_kb < 8192, case.notes
    case.receiver.read_from_now_on()


# Name -> what happens, the manner of the receiver, and how many groups the host has: few, or so
# many that a batch is large.
FAULTS = {
    "TERM, back at once": (functools.partial(ended, how="terminate", pause_s=0), ()),
    "TERM, back after 5 s": (functools.partial(ended, how="terminate", pause_s=5), ()),
    "KILL, back at once": (functools.partial(ended, how="kill", pause_s=0), ()),
    "KILL, back after 5 s": (functools.partial(ended, how="kill", pause_s=5), ()),
    "TERM in a batch": (functools.partial(ended_in_a_batch, how="terminate", pause_s=1), _SLOWLY),
    "KILL in a batch": (functools.partial(ended_in_a_batch, how="kill", pause_s=1), _SLOWLY),
    "accepts, closes": (left_alone, ("--manner", "close-after-accept", "--times", "3")),
    "closes in a batch": (left_alone, ("--manner", "close-in-batch", "--times", "6")),
    "never reads": (never_read, ("--manner", "never-read", "--receive-buffer", "4096")),
    "half a line, reset": (left_alone, ("--manner", "reset-in-line", "--times", "3")),
    "closes when idle": (left_alone, ("--manner", "close-when-idle")),
}
_LARGE = {"closes in a batch", "TERM in a batch", "KILL in a batch", "never reads"}
_KEPT_SAFE = ("TERM in a batch", "KILL in a batch", "closes in a batch", "half a line, reset",
              "accepts, closes")  # fmt: skip
# Which stay away for long, and the modes for that.
_LONG = {
    "KILL, back after 60 s": (functools.partial(ended, how="kill", pause_s=60), ()),
    "TERM, back after 60 s": (functools.partial(ended, how="terminate", pause_s=60), ()),
}
_MODES_OF_LONG = {"KILL, back after 60 s": tuple(MODES), "TERM, back after 60 s": ("confirm",)}


@contextlib.contextmanager
def case(name, mode, manner, few, many):
    """Everything of one case, running."""
    with contextlib.ExitStack() as resources:
        spool = resources.enter_context(tempfile.TemporaryDirectory())
        truth = resources.enter_context(Recorder())
        receiver = resources.enter_context(Recorder(*manner))
        options = KEEP_SAFE if mode == "keep-safe" else MODES[mode]
        words = [word.format(spool=spool) for word in options]
        words += ["--procfs", many if name in _LARGE else few]
        pusher = Pusher(*graphite_pusher.arguments(receiver, truth), *words)
        resources.enter_context(pusher)
        yield Case(name, mode, receiver, pusher, truth)


def run_fault(name, mode, hosts):
    what, manner = {**FAULTS, **_LONG}[name]
    with case(name, mode, manner, *hosts) as running:
        what(running)
        row, at_end = running.finish(running.receiver)
        return Result(row, at_end, running.pusher.log(), running.notes)


def run_move(mode, hosts):
    """The name of the destination gets another address, while the receiver at the old one is well.
    Without receipts it is --max-connection-age that lets a pusher notice."""
    few, _ = hosts
    with contextlib.ExitStack() as resources:
        folder = resources.enter_context(tempfile.TemporaryDirectory())
        names = Path(folder) / "hosts"
        names.write_text("127.0.0.2 carbon.example\n")
        truth = resources.enter_context(Recorder())
        port = loopback.lasting_port()
        old = resources.enter_context(Recorder(address="127.0.0.2", port=port))
        new = resources.enter_context(Recorder(address="127.0.0.3", port=port))
        words = [word.format(spool=folder) for word in MODES[mode]]
        words += [] if mode in NOTHING_LOST else ["--max-connection-age", "2s"]
        words += graphite_pusher.arguments(f"tcp://carbon.example:{port}", truth)
        command = namespaces.inside_with_own_hosts(names, graphite_pusher.PROGRAM)
        pusher = Pusher(*words, "--procfs", few, command=command)
        resources.enter_context(pusher)
        running = Case("name moves", mode, old, pusher, truth)
        running.wait_for_ticks(3)
        assert old.lines() and not new.lines()
        names.write_text("127.0.0.3 carbon.example\n")
        waiting.until(new.lines, "lines at the new address")
        row, at_end = running.finish(old, new)
        return Result(row, at_end, pusher.log(), running.notes)


class Result:
    def __init__(self, row, counters, log, notes):
        self.row = row
        self.counters = counters
        self.log = log
        self.notes = notes


class GraphiteDeliveryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        namespaces.need()
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        few = resources.enter_context(small_host.small())
        many = resources.enter_context(small_host.of_groups(_MANY_GROUPS))
        pool = resources.enter_context(ThreadPoolExecutor(_AT_ONCE))
        hosts = (few, many)
        # The longest first.
        cls.futures = {(name, mode): pool.submit(run_fault, name, mode, hosts)
                       for name in _LONG for mode in _MODES_OF_LONG[name]}  # fmt: skip
        for name in _KEPT_SAFE:
            cls.futures[name, "keep-safe"] = pool.submit(run_fault, name, "keep-safe", hosts)
        for mode in MODES:
            for name in FAULTS:
                cls.futures[name, mode] = pool.submit(run_fault, name, mode, hosts)
            cls.futures["name moves", mode] = pool.submit(run_move, mode, hosts)

    @classmethod
    def tearDownClass(cls):
        done = [future.result() for future in cls.futures.values() if not future.exception()]
        print("\n" + accounts.table(result.row for result in done))
        for result in done:
            for note in result.notes:
                print(f"{result.row.case}: {note}")

    def check(self, name):
        """Its results by mode; and what is to be true of all of them."""
        results = {}
        for (of, mode), future in self.futures.items():
            if of != name:
                continue
            with self.subTest(mode=mode):
                result = results[mode] = future.result()
                self.assertEqual(result.row.undelivered, 0)
                self.assertEqual(result.row.dropped, {})
                if mode in (*NOTHING_LOST, "keep-safe"):
                    self.assertEqual(result.row.unconfirmed, 0)
        return results

    def check_says(self, results, *texts):
        """The log of each names the state, once."""
        for mode, result in results.items():
            with self.subTest(mode=mode):
                said = [line for line in result.log if all(text in line for text in texts)]
                self.assertEqual(len(said), 1, result.log)

    def test_ended_by_term_and_back_at_once(self):
        self.check("TERM, back at once")

    def test_ended_by_term_and_back_after_5_s(self):
        self.check_says(self.check("TERM, back after 5 s"), "W! tcp://", "scans go on")

    def test_killed_and_back_at_once(self):
        self.check("KILL, back at once")

    def test_killed_and_back_after_5_s(self):
        results = self.check("KILL, back after 5 s")
        self.check_says(results, "W! tcp://", "scans go on")
        self.check_says(results, "I! tcp://", "delivers again")

    def test_killed_and_back_after_60_s(self):
        results = self.check("KILL, back after 60 s")
        # 60 scans had to wait, and still it is said once.
        self.check_says(results, "W! tcp://", "scans go on")
        self.check_says(results, "I! tcp://", "delivers again")

    def test_ended_by_term_and_back_after_60_s(self):
        results = self.check("TERM, back after 60 s")
        self.check_says(results, "W! tcp://", "scans go on")
        self.check_says(results, "I! tcp://", "delivers again")

    def test_ended_by_term_while_it_reads(self):
        self.check("TERM in a batch")

    def test_killed_while_it_reads(self):
        self.check("KILL in a batch")

    def test_accepts_and_closes(self):
        self.check("accepts, closes")

    def test_closes_in_the_midst_of_a_batch(self):
        """Its end comes while lines are on their way to it: that is no receipt for them."""
        self.check("closes in a batch")

    def test_never_reads(self):
        self.check_says(self.check("never reads"), "W! tcp://", "does not read")

    def test_reads_half_a_line_and_resets(self):
        self.check("half a line, reset")

    def test_closes_whenever_it_is_idle(self):
        """What such a receiver does is no fault, and nothing to be told."""
        results = self.check("closes when idle")
        for mode, result in results.items():
            with self.subTest(mode=mode):
                self.assertEqual(result.row.twice, 0)
                self.assertEqual(result.row.unconfirmed, 0)
                self.assertEqual([line for line in result.log if line.startswith("W!")], [])

    def test_follows_its_name_to_another_address(self):
        results = self.check("name moves")
        for mode, result in results.items():
            with self.subTest(mode=mode):
                self.assertEqual(result.row.twice, 0)
                self.assertEqual(result.row.unconfirmed, 0)


class ReceiptTest(unittest.TestCase):
    """The end of a receiver that comes while lines are on their way is no receipt: what the pusher
    takes for delivered has been read. A race, so it is run often."""

    RUNS = 40

    def test_an_end_before_ours_is_no_receipt(self):
        with contextlib.ExitStack() as resources:
            # Some pieces of 16 KiB each.
            procfs = resources.enter_context(small_host.of_groups(25))
            receiver = resources.enter_context(Recorder("--manner", "close-in-batch"))
            words = [*graphite_pusher.arguments(receiver), "--procfs", procfs, "--confirm",
                     "--stop-timeout", "100ms", "--log-level", "debug"]  # fmt: skip
            delivered = 0
            for _ in range(self.RUNS):
                before = len(receiver.connections())
                # A lone scan says by its exit code whether it was delivered.
                pusher = resources.enter_context(Pusher(*words, "--once"))
                delivered += pusher.wait() == 0
                counters = pusher.counters_at_end()[receiver.url]
                counters.check()
                read = {line for connection in receiver.connections()[before:]
                        for line in connection.lines()}  # fmt: skip
                self.assertLessEqual(counters["lines_acknowledged"], len(read), pusher.log())
            print(f"{delivered} of {self.RUNS} were read as a whole")


if __name__ == "__main__":
    outcome.main()
