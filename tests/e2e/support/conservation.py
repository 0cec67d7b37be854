"""Runs a workload in a cgroup of its own and holds the accounts against what the cgroup used."""

import contextlib
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass

from support import actors, cgroup, kernel, namespaces, proctally, waiting

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}

NEVER_MORE = 1.005  # Of the CPU that was used is on the accounts.

COLUMNS = f"{'workload':28} {'route':14} interval processes   cgroup   in all    right"


@dataclass
class Books:
    """What came out, all in seconds, by group."""

    workload: object
    route: str
    used: float  # By the cgroup.
    processes: int
    accounted: dict
    truth: dict  # The groups of `rest` together are under "rest".
    grown: dict  # Of every group, every counter.
    own: dict  # proctally_self at the end.
    spawning_s: float  # How long it took to start all of them.

    @property
    def in_all(self):
        return sum(self.accounted.values()) / self.used

    @property
    def right(self):
        together = dict.fromkeys(self.truth, 0.0)
        for role, seconds in self.accounted.items():
            together["rest" if role in self.workload.rest else role] += seconds
        right = sum(min(together[role], self.truth[role]) for role in together)
        return right / sum(self.truth.values())

    def __str__(self):
        interval = "at stops" if self.workload.scan_at_stops else f"{self.workload.interval_s} s"
        return (
            f"{self.workload.name:28} {self.route:14} {interval:>8} {self.processes:9} "
            f"{self.used:6.2f} s {self.in_all:8.2%} {self.right:8.2%}"
        )

    def by_group(self):
        truth = {role: round(seconds, 3) for role, seconds in self.truth.items()}
        accounted = {role: round(seconds, 3) for role, seconds in self.accounted.items()}
        return f"truth {truth}, rest is {'+'.join(self.workload.rest)}; accounted {accounted}"


def run(workload, route, nobody=False, inside=False):
    """The books of one workload by proctally-exec. nobody: it has no privilege. inside: it is in
    the namespace of the workload too."""

    @contextlib.contextmanager
    def collector(settings, entering):
        with (
            proctally.program_for_everybody() as program,
            proctally.Running(
                "--config", settings, command=(*(entering if inside else ()), program),
                **(NOBODY if nobody else {}),
            ) as running,
        ):  # fmt: skip
            yield running

    return run_with(collector, workload, route)


def run_with(start_collector, workload, route):
    """The books of one workload. start_collector: makes a context of a settings file and of the
    words that enter the workload's namespace. What it gives has ask(), which gives a Batch of a
    scan that has begun since, with the same counters of every group each time; and signal() where
    the collector is to be stopped for some time."""
    with contextlib.ExitStack() as resources:
        cast = resources.enter_context(actors.Actors())
        group = resources.enter_context(cgroup.Cgroup())
        roles = ("boss", *workload.roles)
        settings = resources.enter_context(proctally.settings_file(cast.settings(roles)))
        entering = ()
        if workload.namespace:
            entering = resources.enter_context(namespaces.entered(workload.pid_max))
        boss = resources.enter_context(Boss(cast, group, workload.command(cast), entering))
        collector = resources.enter_context(start_collector(settings, entering))
        first = collector.ask()
        used_ns = -group.usage_ns()
        boss.go()
        _watch(workload, collector, boss, group)
        boss.wait_until_alone(group)
        used_ns += group.usage_ns()
        collector.ask()
        time.sleep(0.2)  # For exit messages that are still on their way.
        last = collector.ask()
        return _close(workload, route, cast, boss, used_ns, first, last)


def _watch(workload, collector, boss, group):
    """Scans at the interval until the workload has ended, its orphans too."""
    if workload.scan_at_stops:
        while not boss.ends_within(0.02):
            for pid in _stopped(group):
                collector.ask()
                os.kill(pid, signal.SIGCONT)
        return
    asleep_s = workload.asleep_s
    due = time.monotonic() + workload.interval_s
    ended = False
    while not ended or boss.others(group):
        if ended:
            time.sleep(0.05)
        else:
            ended = boss.ends_within(max(0, due - time.monotonic()))
        if time.monotonic() < due:
            continue
        collector.ask()
        if asleep_s:
            collector.signal(signal.SIGSTOP)
            time.sleep(asleep_s)
            assert boss.others(group), "it has to go on for longer than the collector is stopped"
            collector.signal(signal.SIGCONT)
            collector.ask()
            asleep_s = 0
        due = time.monotonic() + workload.interval_s


def _stopped(group):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [pid for pid in group.pids() if kernel.state(pid) == "T"]
    return []


def _close(workload, route, cast, boss, used_ns, first, last):
    roles = ("boss", *workload.roles)
    truth = {role: 0.0 for role in roles if role not in workload.rest}
    truth["boss"] = boss.own_ns / 1e9
    processes, spawning_s = 0, 0.0
    for line in cast.truth.read_text().splitlines():
        role, ns, count = line.split()
        processes += int(count)
        if role == "(spawning)":
            spawning_s = max(spawning_s, int(ns) / 1e9)
        elif role not in workload.rest:
            truth[role] += int(ns) / 1e9
    truth["rest"] = used_ns / 1e9 - sum(truth.values())
    assert truth["rest"] > 0, f"more was told of than the {used_ns} ns of the cgroup: {truth}"
    grown = {}
    for role in roles:
        before, after = first.groups[role], last.groups[role]
        grown[role] = {name: after[name] - before.get(name, 0) for name in after}
    accounted = {role: float(fields["cpu_time"]) for role, fields in grown.items()}
    return Books(
        workload, route, used_ns / 1e9, workload.processes or processes, accounted, truth, grown,
        last.own, spawning_s,
    )  # fmt: skip


class Boss:
    """actors/boss.c, which says why it is needed. Ready when made."""

    def __init__(self, cast, group, command, entering=()):
        boss = cast.made_of("boss", "boss")
        self._prefix = cast.prefix
        self._child = subprocess.Popen(
            [*entering, boss, group.entrance, *command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, bufsize=0, env=cast.environment(),
        )  # fmt: skip
        self.own_ns = -self._hear("ready")
        (self.pid,) = group.pids()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()
        self._child.stdin.close()
        self._child.stdout.close()

    def go(self):
        self._child.stdin.write(b"\n")

    def ends_within(self, seconds):
        """Waits for the end of the workload's first process, and says whether it came."""
        if not select.select([self._child.stdout], [], [], seconds)[0]:
            return False
        self.own_ns += self._hear("done")
        return True

    def others(self, group):
        return group.pids() - {self.pid}

    def wait_until_alone(self, group):
        """Until nobody of the workload is there any more, not even as a zombie."""
        waiting.until(lambda: not self.others(group), "the workload to end")
        waiting.until(lambda: self._names() == {f"{self._prefix}_boss"}, "orphans to be reaped")

    def _names(self):
        found = set()
        for pid in kernel.processes():
            with contextlib.suppress(OSError):
                found.add(kernel.comm(pid).decode(errors="replace"))
        return {name for name in found if name.startswith(f"{self._prefix}_")}

    def _hear(self, word):
        said = self._child.stdout.readline().decode().split()
        assert said[:2] == [word, "0"], f"instead of {word}: {said}"
        return int(said[2])
