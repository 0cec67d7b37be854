"""Context switches of whole processes are those that the kernel counts for their threads, those of
threads that have ended too, up to the last moment of the process."""

import operator
import os
import resource
import threading
import time
import unittest

from support import children, kernel, outcome, proctally, waiting, workers

FIELDS = ("voluntary_context_switches", "involuntary_context_switches")
# A process makes some on its last steps, after it was asked.
LAST_STEPS = 10


def of_threads(pid):
    """The sums over the threads that live."""
    return tuple(map(sum, zip(*(of_thread(pid, tid) for tid in kernel.threads(pid)))))


def of_thread(pid, tid):
    found = {}
    with open(f"/proc/{pid}/task/{tid}/status", encoding="utf-8", errors="replace") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name.endswith("voluntary_ctxt_switches"):
                found[name] = int(value)
    return found["voluntary_ctxt_switches"], found["nonvoluntary_ctxt_switches"]


def sleeping_thread(said):
    for _ in range(200):
        time.sleep(0.0001)
    said.append(of_usage(resource.getrusage(resource.RUSAGE_THREAD)))


def of_own_dead_threads():
    """What the process has more than its one living thread, which asks until it did not switch in
    between."""
    waiting.until(lambda: len(kernel.threads(os.getpid())) == 1, "the threads to be gone")
    while True:
        before = of_usage(resource.getrusage(resource.RUSAGE_THREAD))
        whole = of_usage(resource.getrusage(resource.RUSAGE_SELF))
        if of_usage(resource.getrusage(resource.RUSAGE_THREAD)) == before:
            return tuple(map(operator.sub, whole, before))


def of_usage(usage):
    return usage.ru_nvcsw, usage.ru_nivcsw


def of_row(row):
    return tuple(row[field] for field in FIELDS)


class ContextSwitchesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        if set(FIELDS) & proctally.absent_fields():
            raise unittest.SkipTest("this kernel does not tell them")

    def check_between(self, row, before, after):
        """A thread that stopped may be told so before it makes the switch."""
        for counted, least, most in zip(of_row(row), before, after):
            self.assertLessEqual(least, counted)
            self.assertLessEqual(counted, most)

    def test_of_the_living_are_those_of_their_threads(self):
        with (
            children.running(workers.user_cpu, workers.threads, workers.disk_writer) as pids,
            proctally.settings_file(proctally.BY_PID) as settings,
            proctally.Running("--config", settings) as running,
        ):
            for pid in pids:
                children.stop(pid)
            running.ask()
            before = {pid: of_threads(pid) for pid in pids}
            batch = running.ask()
            for pid in pids:
                self.check_between(batch.groups[str(pid)], before[pid], of_threads(pid))

    def test_of_threads_that_ended_stay(self):
        reading, writing = os.pipe()

        def body():
            said = []
            threads = [threading.Thread(target=sleeping_thread, args=(said,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            told = tuple(map(sum, zip(*said)))
            os.write(writing, b"%d %d %d %d" % (*told, *of_own_dead_threads()))

        with (
            children.running(body) as (pid,),
            proctally.settings_file(proctally.BY_PID) as settings,
            proctally.Running("--config", settings) as running,
        ):
            # They make some switches after they told, which the kernel may or may not keep.
            told = tuple(map(int, os.read(reading, 100).split()))
            least, most = told[:2], told[2:]
            self.assertGreaterEqual(least[0], 8 * 200)
            children.stop(pid)
            running.ask()
            before = tuple(map(operator.add, least, of_threads(pid)))
            row = running.ask().groups[str(pid)]
            self.check_between(row, before, tuple(map(operator.add, most, of_threads(pid))))

    def test_of_one_that_no_scan_saw_are_there(self):
        if "exits_seen" in proctally.absent_fields():
            self.skipTest("nobody says who ended")

        def body():
            children.set_comm(b"e2e-switches")
            for _ in range(100):
                time.sleep(0.0001)
            os._exit(0)

        with proctally.Running() as running:
            running.ask()
            pid = os.fork()
            if pid == 0:
                body()
            usage = os.wait4(pid, 0)[2]
            row = running.ask().groups["e2e-switches"]
        self.assertGreaterEqual(usage.ru_nvcsw, 100)
        for counted, told in zip(of_row(row), of_usage(usage)):
            self.assertLessEqual(abs(counted - told), LAST_STEPS)


if __name__ == "__main__":
    outcome.main()
