"""A process whose command line cannot be read, because the kernel hangs whoever tries: scans go on,
everything else is in its group, the log says it once, and the end is not held up."""

import contextlib
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import children, kernel, outcome, proctally, waiting, workers

# Without the command line nobody can tell whether the first rule matches.
SETTINGS = {
    **proctally.EVERY_GROUP,
    "process_names": [
        {"cmdline": ["^sleep 600"], "name": "by-cmdline"},
        {"name": "{{.PID}}", "kernel_thread": False},
    ],
}
SCRIPT = (sys.executable, "-B", Path(__file__).parent / "support" / "stuck_process.py")


def threads_that_wait(pid):
    """Of a process: those in uninterruptible sleep."""
    return [tid for tid in kernel.threads(pid) if kernel.state(f"{pid}/task/{tid}") == "D"]


def hangs(pid):
    """Whether reading the command line does."""
    try:
        subprocess.run(["cat", f"/proc/{pid}/cmdline"], stdout=subprocess.DEVNULL, timeout=1)
    except subprocess.TimeoutExpired:
        return True
    return False


@contextlib.contextmanager
def stuck_process():
    """Yields its pid and a function that ends it, and every wait for it."""
    if not os.path.exists("/dev/fuse"):
        raise unittest.SkipTest("no /dev/fuse here")
    with (
        tempfile.NamedTemporaryFile() as file,
        subprocess.Popen([*SCRIPT, file.name], stdout=subprocess.PIPE) as server,
    ):
        try:
            pid = server.stdout.readline()
            if not pid:
                raise unittest.SkipTest("FUSE cannot be mounted here; the reason is above")
            waiting.until(lambda: len(threads_that_wait(int(pid))) == 2, "two threads that wait")
            if not hangs(int(pid)):
                raise unittest.SkipTest("this kernel reads the command line nevertheless")
            yield int(pid), server.kill
        finally:
            server.kill()


class StuckCmdlineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()

    def setUp(self):
        resources = contextlib.ExitStack()
        self.addCleanup(resources.close)
        (sleeper,) = resources.enter_context(children.running(workers.executed))
        workers.wait_for_sleep(sleeper)
        self.settings = resources.enter_context(proctally.settings_file(SETTINGS))
        self.stuck, self.end_it = resources.enter_context(stuck_process())

    def test_scans_go_on_and_the_rest_is_named(self):
        with proctally.Running("--config", self.settings) as running:
            got = [running.ask() for _ in range(10)]
            # One scan may wait for an answer; from the next on its name comes from what is known.
            for batch in got[2:]:
                self.assertEqual(batch.groups[str(self.stuck)]["num_procs"], 1)
                self.assertEqual(batch.groups[str(self.stuck)]["num_threads"], 3)
                self.assertGreaterEqual(batch.groups["by-cmdline"]["num_procs"], 1)
                self.assertEqual(batch.own["slow_readers_stuck"], 1)
                self.assertEqual(batch.own["processes_unnamed"], 0)
            waits = [f"{float(batch.own['scan_seconds']) * 1000:.1f}" for batch in got]
            print(f"scans beside a hanging reader took {', '.join(waits)} ms")
            self.check_log(running.log())

            # The reader that hung comes back, and is no longer counted.
            self.end_it()
            waiting.until(
                lambda: running.ask().own["slow_readers_stuck"] == 0, "the reader that hung"
            )
            self.check_log(running.log())
            running.finish()

    def check_log(self, log):
        self.assertEqual(len(log), 1, log)
        self.assertTrue(log[0].startswith("W! 1 thread(s) hang in the kernel"), log)

    def test_the_end_does_not_wait_for_it(self):
        with proctally.Running("--config", self.settings) as running:
            while running.ask().own["slow_readers_stuck"] == 0:
                pass
            running.finish()
        self.assertTrue(hangs(self.stuck), "it was set free before the end")

    def test_once_and_explain_work(self):
        batch = proctally.read_batch(proctally.once("--config", self.settings)[0])
        self.assertGreaterEqual(batch.groups["by-cmdline"]["num_procs"], 1)
        lines = proctally.run("--explain", "--config", self.settings)[0].decode().splitlines()
        self.assertEqual(len([line for line in lines if line.split()[:1] == [str(self.stuck)]]), 1)


if __name__ == "__main__":
    outcome.main()
