"""process-exporter and proctally side by side on this host, over 200 processes that work.

Both are started while these wait, so both count the same work; they are compared when all of it is
done and everything sleeps again."""

import contextlib
import mmap
import os
import tempfile
import threading
import time
import unittest
from dataclasses import dataclass

from support import catalogue, children, kernel, outcome, proctally
from support.differential import series_of
from support.exporter import THREADS_AND_PSS, Exporter
from support.exporter_differences import OWN_FAMILIES
from support.process_exporter import ProcessExporter

SECONDS = float(os.environ.get("PROCTALLY_LIVE_SECONDS", "60"))
SCRAPE_EACH_S = 2
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGESIZE")
GROUPS = 20
PROCESSES_OF_GROUP = 10

# At a quiet moment.
EQUAL = ("num_procs", "num_threads", "memory_bytes virtual", "memory_bytes swapped",
         "open_filedesc", "worst_fd_ratio")  # fmt: skip
IO = ("read_bytes_total", "write_bytes_total")


@dataclass(frozen=True)
class Kind:
    """What each process of a group does once it may."""

    name: str
    cpu_s: float
    files: int
    written: int
    threads: int

    def body(self, start, folder):
        """For children.running(): ready when all that others see of it is there, but its work."""

        def work():
            kept = [open("/dev/null", "rb") for _ in range(self.files)]
            threads = [_named_thread(f"{self.name}_t{i}") for i in range(self.threads)]

            def go_on():
                os.read(start, 1)  # The end of the file.
                self.work(folder)
                return kept, threads

            return go_on

        return children.bearing(self.name, work)

    def work(self, folder):
        with tempfile.TemporaryFile(dir=folder) as file, mmap.mmap(-1, 1 << 20) as fresh:
            file.write(bytes(self.written))
            file.flush()
            os.fsync(file.fileno())
            for place in range(0, len(fresh), PAGE):
                fresh[place] = 1
            while time.process_time() < self.cpu_s:
                sum(range(1000))


KINDS = [
    Kind(f"live_{i:02}", 0.02 * (i % 6), 5 * (i % 4), (i % 3) * 300_000, i % 5 // 2)
    for i in range(GROUPS)
]


def _named_thread(name):
    named = threading.Event()

    def live():
        children.set_comm(name.encode())
        named.set()
        time.sleep(3600)

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    named.wait()
    return thread


def cpu_seconds(page, group):
    return sum(page[f"{group}: cpu_seconds_total {mode}"] for mode in ("user", "system"))


class ExporterLiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = contextlib.ExitStack()
        cls.addClassCleanup(cls.resources.close)
        folder = cls.resources.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp"))
        waits, cls.go = os.pipe()
        bodies = [kind.body(waits, folder) for kind in KINDS for _ in range(PROCESSES_OF_GROUP)]
        # The children must not hold the end that says go.
        bodies = [lambda body=body: (os.close(cls.go), body())[1] for body in bodies]
        pids = cls.resources.enter_context(children.running(*bodies))
        cls.pids = {
            kind.name: pids[i * PROCESSES_OF_GROUP : (i + 1) * PROCESSES_OF_GROUP]
            for i, kind in enumerate(KINDS)
        }
        os.close(waits)
        names = ", ".join(kind.name for kind in KINDS)
        file = cls.resources.enter_context(tempfile.NamedTemporaryFile("w", suffix=".yaml"))
        file.write(f"process_names: [{{name: '{{{{.Comm}}}}', comm: [{names}]}}]\n")
        # Proportional memory is read little by little; theirs does not know this key.
        file.write("pss_budget: 100ms\n")
        file.flush()
        cls.theirs = cls.resources.enter_context(ProcessExporter("-config.path", file.name))
        cls.ours = cls.resources.enter_context(
            Exporter("-config.path", file.name, *THREADS_AND_PSS)
        )
        cls.ours.page_of_named()
        begin = time.monotonic()
        os.close(cls.go)
        while time.monotonic() < begin + SECONDS or not cls.is_done():
            cls.scrape()
            time.sleep(SCRAPE_EACH_S)
        cls.scrape()

    @classmethod
    def scrape(cls):
        cls.their_page = series_of(cls.theirs.page())
        cls.our_page = series_of(cls.ours.page(), OWN_FAMILIES)

    @classmethod
    def is_done(cls):
        """Whether nobody works any more, by both, and all memory is read."""
        before = (cls.their_page, cls.our_page)
        cls.scrape()
        return all(
            cpu_seconds(page, kind.name) == cpu_seconds(then, kind.name)
            and page[f"{kind.name}: states Running"] == 0
            and f"{kind.name}: memory_bytes proportionalResident" in page
            for kind in KINDS
            for then, page in zip(before, (cls.their_page, cls.our_page))
        )

    def test_every_series_of_theirs_is_there(self):
        absent = set()
        if catalogue.SWITCH_FIELDS & proctally.absent_fields():
            absent.add("context_switches_total")
        missing = [
            series
            for series in self.their_page.keys() - self.our_page.keys()
            if not any(series.partition(": ")[2].startswith(family) for family in absent)
        ]
        self.assertEqual(missing, [])
        self.assertGreater(len(self.their_page), 20 * GROUPS)
        print(f"{len(self.their_page)} series of theirs")

    def test_every_process_is_in_its_group(self):
        for kind in KINDS:
            series = f"{kind.name}: num_procs"
            self.assertEqual(self.our_page[series], PROCESSES_OF_GROUP, series)
            threads = f"{kind.name}: num_threads"
            self.assertEqual(self.our_page[threads], PROCESSES_OF_GROUP * (1 + kind.threads))

    def test_gauges_are_equal(self):
        for kind in KINDS:
            for name in EQUAL:
                series = f"{kind.name}: {name}"
                with self.subTest(series=series):
                    self.assertAlmostEqual(self.our_page[series], self.their_page[series])

    def test_start_times_are_equal_to_the_second(self):
        """Theirs rounds the time of the boot down to a second, and then the sum once more."""
        for kind in KINDS:
            series = f"{kind.name}: oldest_start_time_seconds"
            self.assertIn(self.our_page[series] - self.their_page[series], (0, 1), series)

    def test_resident_memory_is_equal_as_far_as_the_kernel_is(self):
        """It has two figures: for statm, which proctally reads, it sums up what each CPU keeps of
        it, and for stat it does not."""
        print(f"{'group':10} {'theirs pages':>12} {'ours pages':>10}")
        for kind in KINDS:
            series = f"{kind.name}: memory_bytes resident"
            theirs, ours = (int(page[series]) // PAGE for page in (self.their_page, self.our_page))
            print(f"{kind.name:10} {theirs:12} {ours:10}")
            of_stat = sum(int(kernel.stat(pid)[24]) for pid in self.pids[kind.name])
            of_statm = sum(kernel.statm(pid)[1] // PAGE for pid in self.pids[kind.name])
            self.assertEqual((theirs, ours), (of_stat, of_statm), series)

    def test_cpu_time_is_equal_to_two_ticks_a_process(self):
        print(f"{'group':10} {'theirs s':>9} {'ours s':>9} {'ticks apart':>11}")
        for kind in KINDS:
            theirs, ours = (
                cpu_seconds(page, kind.name) for page in (self.their_page, self.our_page)
            )
            ticks = (ours - theirs) / TICK_S
            print(f"{kind.name:10} {theirs:9.2f} {ours:9.3f} {ticks:11.1f}")
            self.assertLessEqual(abs(ticks), 2 * PROCESSES_OF_GROUP, kind.name)
            self.assertGreaterEqual(ours, 0.5 * kind.cpu_s * PROCESSES_OF_GROUP, kind.name)

    def test_io_is_equal(self):
        for kind in KINDS:
            for name in IO:
                series = f"{kind.name}: {name}"
                self.assertEqual(self.our_page[series], self.their_page[series], series)
            written = self.our_page[f"{kind.name}: write_bytes_total"]
            self.assertGreaterEqual(written, kind.written * PROCESSES_OF_GROUP // 2, kind.name)


if __name__ == "__main__":
    outcome.main()
