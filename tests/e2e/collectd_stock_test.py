"""proctally.so beside collectd's own processes plugin, in one daemon, on the same processes: where
that one falls, counts twice or counts what is not its own, proctally says what is true."""

import contextlib
import os
import time
import unittest
from dataclasses import dataclass

from support import children, collectd, kernel, outcome, reborn
from support.puppet import Puppet

PLUGINS = ("processes", "proctally")
INTERVAL_S = 0.5
# What proctally may be off: the start and the end of a process are not in what it tells itself.
TOLERANCE_S = 0.02
TOLERANCE_SWITCHES = 30
# Of the CPU time of commands that no read sees.
SHORT_COMMANDS = 150
SHORT_SHARE = 0.97


TITLES = {
    "zombie": "0.5 s of work, then a zombie",
    "threads": "8 threads that end: voluntary context switches",
    "reuse": "0.5 s of work, its end, and a new process with the same pid",
    "late": "0.5 s of work under another name, 0.1 s under this",
    "flips": "0.2 s of work, leaves, 0.3 s elsewhere, returns three times, 0.1 s of work",
    "short": f"{SHORT_COMMANDS} commands of 10 ms",
}


@dataclass
class Case:
    """What was true of a name, and what the counters of both plugins were at each read."""

    title: str
    unit: str
    truth: float
    stock: list
    ours: list

    def __str__(self):
        truth = self._number(self.truth)
        return f"| {self.title} | {truth} | {self._told(self.stock)} | {self._told(self.ours)} |"

    def _told(self, values):
        fallen = [f", fell from {self._number(before)} to {self._number(after)}"
                  for before, after in falls(values)]  # fmt: skip
        return self._number(values[-1]) + "".join(fallen)

    def _number(self, value):
        if self.unit != "s":
            return f"{value:.0f}"
        return f"{value:.3f} s" if abs(value) >= 0.001 else f"{value * 1e6:.0f} us"


def falls(values):
    """From what to what."""
    return [(before, after) for before, after in zip(values, values[1:]) if after < before]


def short_commands(name):
    """Commands one after the other, most of them between two reads; gives the CPU they used."""
    used_ns = 0
    for _ in range(SHORT_COMMANDS):
        pid = os.fork()
        if pid == 0:
            children.set_comm(name.encode())
            while time.process_time() < 0.01:
                pass
            os._exit(0)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        used_ns += kernel.cpu_clock_ns(pid)
        os.waitpid(pid, 0)
    return used_ns


class Stage:
    """Both plugins in one daemon, and a process for each case. A process is idle but for what it is
    told to do, so it does not matter when exactly it is read."""

    def __init__(self, resources):
        self._resources = resources
        self.names = {role: f"{os.getpid():x}_{role}" for role in (*TITLES, "other")}
        self.zombie, self.threads, self.reuse, self.late, self.flips = puppets = [
            self.puppet(role) for role in ("zombie", "threads", "reuse", "other", "flips")
        ]
        bodies = [puppet.body for puppet in puppets]
        _, _, self.pid_to_reuse, _, _ = resources.enter_context(children.running(*bodies))
        words = "\n".join(f'Process "{self.names[role]}"' for role in TITLES)
        words = f"CollectContextSwitch true\n{words}"
        self._daemon = resources.enter_context(
            collectd.Daemon(
                collectd.plugin("processes", words, INTERVAL_S),
                collectd.proctally(words, INTERVAL_S),
            )
        )
        self.wait()

    def enter(self, context):
        return self._resources.enter_context(context)

    def puppet(self, role):
        return self._resources.enter_context(Puppet(self.names[role]))

    def wait(self):
        """Until both have read what has been done."""
        self._daemon.wait_for_reads(
            *(self._identifier(plugin, "short", "ps_cputime") for plugin in PLUGINS)
        )

    def close(self):
        self._daemon.stop()

    def case(self, role, truth):
        if role == "threads":
            counters = [self._counters(plugin, role, "contextswitch-voluntary", 1)
                        for plugin in PLUGINS]  # fmt: skip
            return Case(TITLES[role], "switches", truth, *counters)
        counters = [self._counters(plugin, role, "ps_cputime", 1e6) for plugin in PLUGINS]
        return Case(TITLES[role], "s", truth / 1e9, *counters)

    def falls_of(self, plugin):
        """Of all its counters, those that fell and from what to what."""
        found = {}
        for identifier, rows in self._daemon.csv.series().items():
            for source, value in rows[0].values.items():
                if identifier.startswith(plugin) and isinstance(value, int):
                    fallen = falls([row.values[source] for row in rows])
                    if fallen:
                        found[f"{identifier} {source}"] = fallen
        return found

    def complaints(self):
        return self._daemon.complaints()

    def _counters(self, plugin, role, value_list, per_unit):
        rows = self._daemon.csv.rows(self._identifier(plugin, role, value_list))
        return [sum(row.values.values()) / per_unit for row in rows]

    def _identifier(self, plugin, role, value_list):
        return f"{plugin}-{self.names[role]}/{value_list}"


def play(stage):
    """What happens, and what is true of each role: ns of CPU time, or context switches. A role that
    cannot be played here has the reason instead."""
    truth = {}
    zombie, threads, reuse, late, flips = (
        stage.zombie, stage.threads, stage.reuse, stage.late, stage.flips
    )  # fmt: skip
    first = {puppet: puppet.work(0) for puppet in (zombie, threads, reuse, late, flips)}

    def since_first(puppet, used):
        return used.cpu_ns - first[puppet].cpu_ns

    stage.wait()
    zombie.work(0.5)
    threads.start_threads(8, 200)
    of_first_life = since_first(reuse, reuse.work(0.5))
    late.work(0.5)
    of_first_stay = since_first(flips, flips.work(0.2))
    stage.wait()

    truth["zombie"] = since_first(zombie, zombie.end())
    truth["threads"] = (
        threads.end_threads().voluntary_switches - first[threads].voluntary_switches
    )
    before_match = late.rename(stage.names["late"])
    flips.rename(stage.names["other"])
    second_life = stage.puppet("reuse")
    try:
        stage.enter(reborn.running(stage.pid_to_reuse, second_life.body))
        truth["reuse"] = of_first_life + second_life.work(0.05).cpu_ns
    except unittest.SkipTest as skip:
        truth["reuse"] = str(skip)
    stage.wait()

    truth["late"] = late.work(0.1).cpu_ns - before_match.cpu_ns
    flips.work(0.3)
    stage.wait()
    for _ in range(2):
        flips.rename(stage.names["flips"])
        stage.wait()
        flips.rename(stage.names["other"])
        stage.wait()
    returned = flips.rename(stage.names["flips"])
    stage.wait()
    truth["flips"] = of_first_stay + flips.work(0.1).cpu_ns - returned.cpu_ns
    truth["short"] = short_commands(stage.names["short"])
    stage.wait()
    return truth


class CollectdStockTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        collectd.need()
        with contextlib.ExitStack() as resources:
            stage = Stage(resources)
            truth = play(stage)
            stage.close()
            cls.falls = {plugin: stage.falls_of(plugin) for plugin in PLUGINS}
            cls.complaints = stage.complaints()
            cls.impossible = {role: told for role, told in truth.items() if isinstance(told, str)}
            cls.cases = {
                role: stage.case(role, told)
                for role, told in truth.items() if role not in cls.impossible
            }  # fmt: skip
        print("| case | truth | processes | proctally |\n|---|---|---|---|")
        for case in cls.cases.values():
            print(case)

    def case(self, role):
        if role in self.impossible:
            self.skipTest(self.impossible[role])
        return self.cases[role]

    def check_ours(self, case, tolerance):
        self.assertLessEqual(abs(case.ours[-1] - case.truth), tolerance, case)

    def test_no_counter_of_proctally_falls(self):
        self.assertEqual(self.falls["proctally"], {})

    def test_nothing_is_complained_about(self):
        self.assertEqual(self.complaints, [])

    def test_a_zombie_keeps_what_it_used(self):
        case = self.case("zombie")
        self.check_ours(case, TOLERANCE_S)
        self.assertTrue(falls(case.stock), "the stock plugin has been mended")

    def test_threads_that_ended_keep_their_context_switches(self):
        case = self.case("threads")
        self.check_ours(case, TOLERANCE_SWITCHES)
        self.assertTrue(falls(case.stock), "the stock plugin has been mended")

    def test_a_new_process_with_the_pid_of_another_is_added_to_it(self):
        # The stock plugin falls, unless it reads just between the two.
        self.check_ours(self.case("reuse"), TOLERANCE_S)

    def test_only_work_under_the_name_counts_of_one_that_matches_late(self):
        case = self.case("late")
        self.check_ours(case, TOLERANCE_S)
        self.assertGreater(case.stock[-1], 2 * case.truth, "the stock plugin has been mended")

    def test_leaving_and_returning_counts_nothing_twice(self):
        case = self.case("flips")
        self.check_ours(case, TOLERANCE_S)
        self.assertGreater(case.stock[-1], 2 * case.truth, "the stock plugin has been mended")

    def test_commands_that_no_read_sees_are_counted(self):
        case = self.case("short")
        self.check_ours(case, (1 - SHORT_SHARE) * case.truth)
        self.assertLess(case.stock[-1], case.truth / 2, "the stock plugin has been mended")


class CollectdBadRegexTest(unittest.TestCase):
    """An expression that does not compile: the stock plugin goes on without the group, and says
    nothing."""

    WORDS = 'ProcessMatch "bad" "(["'

    @classmethod
    def setUpClass(cls):
        collectd.need()

    def test_proctally_refuses_it_and_says_why(self):
        stock = collectd.check(collectd.plugin("processes", self.WORDS))
        ours = collectd.check(collectd.proctally(self.WORDS))
        said = [line for line in ours.output.splitlines() if '(["' in line]
        print(f'| `{self.WORDS}` | a mistake | taken, exit code {stock.code} '
              f"| refused, exit code {ours.code} |")  # fmt: skip
        print(*said, sep="\n")
        self.assertNotEqual(ours.code, 0)
        self.assertTrue(any("bad" in line and "missing ]" in line for line in said), ours.output)
        self.assertEqual(stock.code, 0, "the stock plugin has been mended")
        self.assertNotIn("([", stock.output)

    def test_the_same_words_without_the_mistake_are_taken(self):
        checked = collectd.check(collectd.proctally('ProcessMatch "good" "[(]"'))
        self.assertEqual(checked.code, 0, checked.output)


if __name__ == "__main__":
    outcome.main()
