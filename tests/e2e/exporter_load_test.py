"""What process-exporter's own integration test asks of it: a program of threads that each load the
host in another way, told apart by their names."""

import os
import select
import tempfile
import threading
import time
import unittest

from support import children, outcome, waiting
from support.differential import series_of
from support.exporter import Exporter


def wait():
    select.poll().poll()


def work_in_user_mode():
    while True:
        sum(range(1000))


def work_in_the_kernel():
    """Reads and writes; the file does not grow."""
    with open("/dev/zero", "rb", buffering=0) as zeros, tempfile.TemporaryFile(dir=FOLDER) as file:
        while True:
            os.pwrite(file.fileno(), zeros.read(1 << 20), 0)
            os.ftruncate(file.fileno(), 0)


def block():
    """Waits for the disk."""
    with tempfile.TemporaryFile(dir=FOLDER) as file:
        while True:
            os.pwrite(file.fileno(), bytes(1 << 16), 0)
            os.fsync(file.fileno())


THREADS = {"waiting": wait, "userbusy": work_in_user_mode, "sysbusy": work_in_the_kernel,
           "blocking": block}  # fmt: skip
NAME = "e2e-load"  # Of the program, and of its first thread.
FOLDER = "/var/tmp"  # On a disk: what is written to memory is not counted.
WRITERS = {"sysbusy", "blocking"}
BUSY = ("thread_cpu_seconds_total userbusy user", "thread_cpu_seconds_total sysbusy system",
        "thread_context_switches_total blocking voluntary",
        *(f"thread_io_bytes_total {name} write" for name in WRITERS))  # fmt: skip


def load():
    """Each, and two more that wait."""
    children.set_comm(NAME.encode())
    begun = threading.Barrier(len(THREADS) + 3)

    def run(name, body):
        children.set_comm(name.encode())
        begun.wait()
        body()

    for name, body in [*THREADS.items(), ("idle", wait), ("idle", wait)]:
        threading.Thread(target=run, args=(name, body), daemon=True).start()
    begun.wait()


class ExporterLoadTest(unittest.TestCase):
    def test_a_program_of_named_threads(self):
        before = time.time()
        with (
            Exporter("-procnames", NAME, "-threads") as exporter,
            children.running(load) as (pid,),
        ):
            page = waiting.until(lambda: page_of_busy(exporter, pid), "work of all")
        self.assertEqual(page["num_procs"], 1)
        self.assertEqual(page["num_threads"], 7)
        # A tick, and what the clock was set by meanwhile.
        self.assertGreaterEqual(page["oldest_start_time_seconds"], before - 1)
        # A process counts once; at theirs its threads do.
        states = {name: value for name, value in page.items() if name.startswith("states ")}
        self.assertEqual(sum(states.values()), 1)
        self.assertEqual(states["states Zombie"] + states["states Other"], 0)

        for name in (*THREADS, NAME):
            self.assertEqual(page[f"thread_count {name}"], 1, name)
        self.assertEqual(page["thread_count idle"], 2)
        for name in (*THREADS, NAME, "idle"):
            written = page[f"thread_io_bytes_total {name} write"]
            self.assertEqual(written > 0, name in WRITERS, f"{name}: {written}")
        # What no scan saw of a thread would be here.
        self.assertNotIn("thread_cpu_seconds_total _ended user", page)


def page_of_busy(exporter, pid):
    """Of its group, once all that work have worked, and all that wait do."""
    prefix = f"{NAME}: "
    series = series_of(exporter.page())
    page = {name.removeprefix(prefix): series[name] for name in series if name.startswith(prefix)}
    place = read_wchan(pid, "waiting")
    waits = place in ("", "0") or page.get(f"threads_wchan {place}", 0) >= 3
    return page if waits and all(page.get(name, 0) > 0 for name in BUSY) else None


def read_wchan(pid, name):
    """Where in the kernel the thread of this name waits; empty or 0 where that is not told."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="utf-8") as comm:
            if comm.read() == f"{name}\n":
                with open(f"/proc/{pid}/task/{tid}/wchan", encoding="utf-8") as wchan:
                    return wchan.read()
    raise AssertionError(f"no thread {name}")


if __name__ == "__main__":
    outcome.main()
