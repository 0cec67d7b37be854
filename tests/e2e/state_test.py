"""--state: the program is killed whenever it may be, and its counters go on: none falls below what
was published, and in sum they are what was used, also while nobody was counting."""

import contextlib
import os
import random
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support import catalogue, conservation, line_protocol, outcome, proctally, workloads

KILLS = 100
WITHIN = 0.01  # Of the truth.
_OWN_COUNTERS = {"cpu_host_seconds", "cpu_grouped_seconds", "cpu_ungrouped_seconds",
                 "cpu_unattributed_seconds", "exits_seen", "exits_lost", "vanished",
                 "denied", "malformed"}  # fmt: skip


def _storm_until(stop):
    """A shell that runs short commands beside a busy process until there is that file."""

    def command(cast):
        busy = f"{cast.made_of('burner', 'burn')} 3600000"
        short = f"{cast['true']}; {cast['ls']} / >/dev/null; {cast['sh']} -c ':; :'"
        storm = f"while [ ! -e {stop} ]; do {short}; done"
        return (cast["sh"], "-c", f"{busy} & {storm}; kill $!; wait")

    return command


class Mortal:
    """A collector that is killed at a random moment before it is asked, and started again."""

    def __init__(self, words, stop):
        self._words = words
        self._stop = stop
        self._random = random.Random(6)
        self._highest = {}
        self.kills = 0
        self._running = self._start()

    def close(self):
        self._running.__exit__()

    def ask(self):
        if self.kills < KILLS and self._highest:
            self._kill()
        batch = self._running.ask()
        for name, fields in batch.groups.items():
            self._check(name, fields, catalogue.GROUP_COUNTERS)
        self._check("", batch.own, _OWN_COUNTERS)
        return batch

    def _start(self):
        return proctally.Running(*self._words).__enter__()

    def _kill(self):
        if self._random.random() < 0.7:
            self._running.tick()
        # Before the scan, in it, while the state is written, before the batch is, and after it.
        time.sleep(self._random.uniform(0, 0.04))
        for point in line_protocol.read(self._running.kill()):
            name = point.tags.get("groupname", "")
            self._check(name, point.fields, catalogue.GROUP_COUNTERS if name else _OWN_COUNTERS)
        self.close()
        self.kills += 1
        if self.kills == KILLS:
            self._stop.touch()
        time.sleep(self._random.uniform(0, 0.2))
        self._running = self._start()

    def _check(self, name, fields, counters):
        for counter in counters & fields.keys():
            before = self._highest.get((name, counter), 0)
            assert fields[counter] >= before, (
                f"{counter} of {name or 'proctally_self'} fell from {before} to {fields[counter]}"
                f" after {self.kills} kills; log: {self._running.log()}"
            )
            self._highest[name, counter] = fields[counter]


class KilledTest(unittest.TestCase):
    def test_no_counter_falls_and_nothing_is_lost(self):
        outcome.need_root()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        mortals = []

        @contextlib.contextmanager
        def collector(settings, _entering):
            words = ("--config", settings, "--state", str(folder / "state"))
            mortals.append(Mortal(words, folder / "stop"))
            yield mortals[0]
            mortals[0].close()

        roles = ("sh", "true", "ls", "burn")
        storm = workloads.Workload(
            f"killed {KILLS} times", _storm_until(folder / "stop"), roles, roles, interval_s=0.1
        )
        print(conservation.COLUMNS)
        books = conservation.run_with(collector, storm, "A")
        print(books, flush=True)
        self.assertEqual(mortals[0].kills, KILLS)
        self.assertAlmostEqual(books.in_all, 1, delta=WITHIN, msg=books.by_group())


class StateFileTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o755)
        self.state = self.folder / "state"

    def refusal(self, **how):
        """What it says when it does not start because of the file."""
        done = subprocess.run(
            [how.pop("program", proctally.PROGRAM), "--state", self.state],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, **how,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (78, b""), done.stderr)
        return done.stderr.decode()

    def run_once(self):
        with proctally.Running("--state", self.state) as running:
            batch = running.ask()
            return batch, running.log()

    def test_the_first_run_begins_in_silence_and_the_next_goes_on(self):
        first, log = self.run_once()
        self.assertEqual([line for line in log if "state" in line], [])
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o600)
        second, log = self.run_once()
        self.assertEqual([line for line in log if "state" in line], [])
        self.assertGreaterEqual(second.own["cpu_grouped_seconds"], first.own["cpu_grouped_seconds"])
        self.assertGreater(second.own["cpu_host_seconds"], 0)

    def test_a_file_that_is_none_of_ours_is_moved_aside(self):
        self.run_once()
        good = self.state.read_bytes()
        boot_id = good.split()[1]
        foreign = good.replace(boot_id, boot_id[::-1])
        for bad in (b"", b"x", b"{}\n", good[:-1], good[: len(good) // 2], good + b"x", foreign,
                    good[:-9] + b"X" + good[-8:]):  # fmt: skip
            with self.subTest(bad=bad[:80]):
                self.state.write_bytes(bad)
                _, log = self.run_once()
                (line,) = [line for line in log if "cannot be used" in line]
                self.assertTrue(line.startswith(f"W! {self.state}: cannot be used, it is "), line)
                self.assertIn("counters begin anew", line)
                aside = Path(f"{self.state}.refused")
                self.assertEqual(aside.read_bytes(), bad)
                aside.unlink()
                # The new one is good.
                self.assertEqual([x for x in self.run_once()[1] if "cannot" in x], [])

    def test_what_cannot_hold_a_state_is_refused_at_once(self):
        allowed = "is no regular file, must be one of our own, or none so far\n"
        os.mkfifo(self.state)
        self.assertEqual(self.refusal(), f"E! --state: {self.state}: {allowed}")
        self.state.unlink()
        self.state.mkdir()
        self.assertEqual(self.refusal(), f"E! --state: {self.state}: {allowed}")

    def test_a_folder_that_cannot_be_written_to_is_refused(self):
        outcome.need_root()
        with proctally.program_for_everybody() as program:
            said = self.refusal(program=program, **conservation.NOBODY)
        self.assertIn(f"E! --state: {self.state}", said)
        self.assertIn("Permission denied", said)

    def test_a_second_program_is_refused_and_the_first_goes_on(self):
        with proctally.Running("--state", self.state) as running:
            running.ask()
            self.assertEqual(
                self.refusal(),
                f"E! --state: {self.state}: is in use by another proctally, each needs a file of "
                "its own\n",
            )
            running.ask()


if __name__ == "__main__":
    outcome.main()
