"""PSS is what the kernel's own smaps_rollup says, of real processes that share memory and do not."""

import mmap
import signal
import unittest

from support import children, kernel, outcome, proctally

SIZE = 64 << 20
TOLERANCE = 0.05
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
# Two processes touch this one: each has half of it.
SHARED = mmap.mmap(-1, SIZE)

SETTINGS = {
    **proctally.EVERY_GROUP,
    "process_names": [{"name": "{{.Comm}}", "comm": ["e2e-pss-own", "e2e-pss-shared"]}],
    "children": False,
    "collect": ["memory", "pss"],
    # However slow this machine is today.
    "pss_budget": "1s",
    "pss_deadline": "10s",
}


def own():
    memory = mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    _touch(memory)
    return lambda: _keep(memory)


def shared():
    _touch(SHARED)


def _touch(memory):
    for at in range(0, SIZE, mmap.PAGESIZE):
        memory[at] = 1


def _keep(memory):
    signal.pause()
    memory.close()


class PssTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        bodies = (
            children.bearing("e2e-pss-own", own),
            children.bearing("e2e-pss-shared", shared),
            children.bearing("e2e-pss-shared", shared),
        )
        running = children.running(*bodies)
        cls.pids = running.__enter__()
        cls.addClassCleanup(running.__exit__, None, None, None)

    def test_is_the_kernels_to_five_percent(self):
        with proctally.settings_file(SETTINGS) as file:
            batch = proctally.read_batch(proctally.once("--config", file)[0])
        own_pid, *sharing = self.pids
        for group, pids in (("e2e-pss-own", [own_pid]), ("e2e-pss-shared", sharing)):
            row = batch.groups[group]
            pss, swap_pss = map(sum, zip(*map(kernel.pss, pids)))
            print(f"{group}: memory_pss {row['memory_pss']}, the kernel {pss}")
            self.assertLess(abs(row["memory_pss"] - pss), TOLERANCE * pss)
            self.assertLessEqual(abs(row["memory_swap_pss"] - swap_pss), TOLERANCE * SIZE)
            self.assertGreaterEqual(row["memory_pss_age"], 0)
            self.assertGreater(row["memory_pss"], SIZE * 0.95)
        # Which RSS counts twice.
        self.assertLess(batch.groups["e2e-pss-shared"]["memory_pss"], SIZE * 1.5)
        self.assertGreater(batch.groups["e2e-pss-shared"]["memory_rss"], SIZE * 2)
        self.assertEqual(batch.own["pss_skipped"], 0)

    def test_is_absent_of_what_cannot_be_read_in_time(self):
        with proctally.settings_file({**SETTINGS, "pss_deadline": "10us"}) as file:
            batch = proctally.read_batch(proctally.once("--config", file)[0])
        for group in ("e2e-pss-own", "e2e-pss-shared"):
            self.assertNotIn("memory_pss", batch.groups[group])
            self.assertNotIn("memory_swap_pss", batch.groups[group])
            self.assertNotIn("memory_pss_age", batch.groups[group])
        self.assertEqual(batch.own["pss_skipped"], 3)

    def test_is_absent_of_what_may_not_be_read(self):
        outcome.need_root()
        with proctally.settings_file(SETTINGS) as file, proctally.program_for_everybody() as program:
            out = proctally.once("--config", file, command=(program,), **NOBODY)[0]
        batch = proctally.read_batch(out)
        self.assertNotIn("memory_pss", batch.groups["e2e-pss-own"])
        self.assertGreater(batch.groups["e2e-pss-own"]["memory_rss"], SIZE)
        self.assertEqual(batch.own["pss_skipped"], 0)

    def test_is_neither_read_nor_published_unless_asked_for(self):
        with proctally.Running() as running:
            running.ask()
            batch = running.ask()
            names = kernel.thread_names(running.pid)
            running.finish()
        self.assertNotIn("memory_pss", batch.groups["e2e-pss-own"])
        self.assertNotIn("pss_skipped", batch.own)
        self.assertNotIn(b"pss reader", names)

    def test_comes_scan_by_scan_within_a_small_budget(self):
        with (
            proctally.settings_file({**SETTINGS, "pss_budget": "10us"}) as file,
            proctally.Running("--config", file) as running,
        ):
            first = running.ask()
            self.assertNotIn("memory_pss", first.groups["e2e-pss-shared"])
            # One process a scan, however long these take on this machine.
            for _ in range(50):
                batch = running.ask_with_usage()
                if all("memory_pss" in row for row in batch.groups.values()):
                    break
            self.assertIn("memory_pss", batch.groups["e2e-pss-shared"])
            self.assertIn("memory_pss", batch.groups["e2e-pss-own"])
            self.assertIn(b"pss reader", kernel.thread_names(running.pid))
            running.finish()


if __name__ == "__main__":
    outcome.main()
