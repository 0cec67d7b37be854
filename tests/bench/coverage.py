"""What share of a workload's CPU seconds each collector attributes to it: `./dev bench coverage`.

All watch at the same time, each second, the same processes by the same names. The truth is the
cgroup that the workload runs in. Prints a Markdown table of ratios, and passes no judgement.
"""

import contextlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from support import actors, cgroup, collectd_processes, conservation, process_exporter  # noqa: E402
from support import proctally, workloads  # noqa: E402

NAMES = ("storm, 100/s", "storm, 1000/s", "six shells deep", "make -j2, 200 files")
INTERVAL_S = 1


class Proctally(proctally.Running):
    """In the way the others are asked: the seconds of each group."""

    def cpu_seconds(self):
        groups = self.ask().groups
        return {name: float(fields["cpu_time"]) for name, fields in groups.items()}


@contextlib.contextmanager
def watchers(cast, roles):
    """Those that are compared, by name."""
    comms = [cast.comm(role) for role in roles]
    with (
        proctally.settings_file(cast.settings(roles)) as settings,
        proctally.program_for_everybody() as program,
        Proctally("--config", settings, command=(program,)) as of_root,
        Proctally("--config", settings, command=(program,), **conservation.NOBODY) as of_nobody,
        process_exporter.ProcessExporter("-procnames", ",".join(comms)) as exporter,
        collectd_processes.CollectdProcesses(comms) as collectd,
    ):
        yield {
            "proctally, root": of_root,
            "proctally, nobody": of_nobody,
            "process-exporter": exporter,
            "collectd processes": collectd,
        }


def total(watcher):
    return sum(watcher.cpu_seconds().values())


def shares(workload):
    """The CPU seconds that the workload used, and the share of them that each attributes."""
    roles = ("boss", *workload.roles)
    with (
        actors.Actors() as cast,
        cgroup.Cgroup() as group,
        conservation.Boss(cast, group, workload.command(cast)) as boss,
        watchers(cast, roles) as watching,
    ):
        before = {name: total(watcher) for name, watcher in watching.items()}
        used_s = -group.usage_ns() / 1e9
        boss.go()
        due = time.monotonic() + INTERVAL_S
        while not boss.ends_within(max(0, due - time.monotonic())):
            for watcher in watching.values():
                watcher.cpu_seconds()
            due += INTERVAL_S
        boss.wait_until_alone(group)
        used_s += group.usage_ns() / 1e9
        # Two more scans for everybody, also for who scans by a clock of its own.
        for _ in range(3):
            time.sleep(INTERVAL_S)
            after = {name: total(watcher) for name, watcher in watching.items()}
        return used_s, {name: (after[name] - before[name]) / used_s for name in watching}


def main():
    chosen = [workload for workload in workloads.ALL if workload.name in NAMES]
    for number, workload in enumerate(chosen):
        used_s, of_each = shares(workload)
        if number == 0:
            print("| workload | CPU seconds |", " | ".join(of_each), "|")
            print("|---|---:|" + "---:|" * len(of_each))
        cells = " | ".join(f"{share:.1%}" for share in of_each.values())
        print(f"| {workload.name} | {used_s:.2f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
