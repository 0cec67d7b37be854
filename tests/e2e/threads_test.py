"""The threads of a program, by their names: what proctally says of each is what its own clock says."""

import contextlib
import json
import os
import threading
import time
import unittest

from support import children, outcome, proctally

# The last slice of a thread is on its account a tick later, and it looks at its clock before that.
NEAR_S = 0.05
BURNS_S = {"busy-1": 0.9, "busy-2": 0.3, "pool": 0.2}  # "pool": two of them.


class Burners:
    """A process of named threads that each burn so much CPU, tell their clocks, and sleep. One more
    is born and ends in between."""

    def __init__(self):
        self._clocks = os.pipe()
        self._goes_on = os.pipe()

    def body(self):
        children.set_comm(b"burners")
        return self._run

    def clocks(self):
        """Seconds by name, once all have burnt."""
        return json.loads(os.read(self._clocks[0], 4096))

    def go_on(self):
        os.write(self._goes_on[1], b"x")

    def close(self):
        for end in (*self._clocks, *self._goes_on):
            os.close(end)

    def _run(self):
        used = {}
        burnt = threading.Barrier(len(BURNS_S) + 2)

        def burn(name, key, seconds):
            children.set_comm(name.encode())
            while time.thread_time() < seconds:
                sum(range(1000))
            used[key] = time.thread_time()
            burnt.wait()
            threading.Event().wait()

        burners = [(name, name, seconds) for name, seconds in BURNS_S.items()]
        burners.append(("pool", "pool again", BURNS_S["pool"]))
        for one in burners:
            threading.Thread(target=burn, args=one, daemon=True).start()
        burnt.wait()
        os.write(self._clocks[1], json.dumps(used).encode())
        os.read(self._goes_on[0], 1)
        brief = threading.Thread(target=self._burn_briefly)
        brief.start()
        brief.join()
        os.write(self._clocks[1], json.dumps({"brief": self._brief_s}).encode())
        threading.Event().wait()

    def _burn_briefly(self):
        children.set_comm(b"brief")
        while time.thread_time() < 0.3:
            sum(range(1000))
        self._brief_s = time.thread_time()


@contextlib.contextmanager
def burners():
    program = Burners()
    try:
        with children.running(program.body) as (pid,):
            yield program, pid
    finally:
        program.close()


def settings_of(threads):
    return {
        **proctally.EVERY_GROUP,
        "process_names": [{"name": "burners", "comm": ["burners"], "threads": threads}],
        "baseline": "lifetime",
    }


class Scans:
    """The snapshots of a proctally-exec, as JSON, each when it is asked for."""

    def __init__(self, running):
        self._running = running

    def next(self):
        self._running._child.stdin.write(b"\n")
        line = self._running._child.stdout.readline()
        assert line, f"it ended; log: {self._running.log()}"
        (group,) = [group for group in json.loads(line)["groups"] if group["name"] == "burners"]
        return group


@contextlib.contextmanager
def scans(settings):
    with (
        proctally.settings_file(settings) as file,
        proctally.Running("--config", file, "--format", "json", "--interval", "1h") as running,
    ):
        yield Scans(running)


class ThreadsTest(unittest.TestCase):
    def test_each_name_has_what_its_threads_used(self):
        with burners() as (program, pid), scans(settings_of(threads=True)) as scan:
            clocks = program.clocks()
            clocks["pool"] += clocks.pop("pool again")
            time.sleep(0.1)
            group = scan.next()
            threads = group["threads"]
            print({name: round(thread["cpu_time"], 4) for name, thread in threads.items()}, clocks)
            for name, seconds in clocks.items():
                self.assertLess(abs(threads[name]["cpu_time"] - seconds), NEAR_S, name)
                parts = threads[name]["cpu_time_user"] + threads[name]["cpu_time_system"]
                self.assertAlmostEqual(threads[name]["cpu_time"], parts, places=6)
            self.assertEqual(threads["pool"]["num_threads"], 2)
            self.assertEqual(threads["busy-1"]["num_threads"], 1)
            self.assertEqual(sum_of(threads, "num_threads"), group["num_threads"])
            self.assertEqual(group["num_threads"], 5)
            self.assertAlmostEqual(sum_of(threads, "cpu_time"), group["cpu_time"], places=6)

            # A thread that no scan saw is on nobody's account but that of the ended.
            program.go_on()
            brief = program.clocks()["brief"]
            time.sleep(0.1)
            group = scan.next()
            threads = group["threads"]
            self.assertNotIn("brief", threads)
            self.assertLess(abs(threads["_ended"]["cpu_time"] - brief), NEAR_S)
            self.assertAlmostEqual(sum_of(threads, "cpu_time"), group["cpu_time"], places=6)

    def test_they_wait_somewhere_in_the_kernel(self):
        with burners() as (program, pid), scans(settings_of(threads=True)) as scan:
            program.clocks()
            time.sleep(0.1)
            wchan = scan.next().get("wchan", {})
            places = read_wchans(pid)
            if not places:
                self.skipTest("this kernel does not tell where threads wait")
            self.assertEqual(wchan, places)

    def test_the_switches_of_each_are_those_of_the_kernel(self):
        with burners() as (program, pid), scans(settings_of(threads=True)) as scan:
            program.clocks()
            time.sleep(0.1)
            threads = scan.next()["threads"]
            for name, switches in read_switches(pid).items():
                self.assertEqual(threads[name]["voluntary_context_switches"], switches, name)

    def test_off_is_not_there(self):
        with burners() as (program, pid), scans(settings_of(threads=False)) as scan:
            program.clocks()
            group = scan.next()
            self.assertNotIn("threads", group)
            self.assertNotIn("wchan", group)


def sum_of(threads, metric):
    return sum(values.get(metric, 0) for values in threads.values())


def task_files(pid, name):
    """The content of that file of each thread, with the thread's name."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm") as comm, open(
            f"/proc/{pid}/task/{tid}/{name}"
        ) as file:
            yield comm.read().rstrip("\n"), file.read()


def read_wchans(pid):
    places = {}
    for _, wchan in task_files(pid, "wchan"):
        if wchan not in ("", "0"):
            places[wchan] = places.get(wchan, 0) + 1
    return places


def read_switches(pid):
    switches = {}
    for name, status in task_files(pid, "status"):
        (line,) = [x for x in status.splitlines() if x.startswith("voluntary_ctxt_switches:")]
        switches[name] = switches.get(name, 0) + int(line.split()[1])
    return switches


if __name__ == "__main__":
    outcome.main()
