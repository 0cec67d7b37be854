"""The workloads of the conservation suite: ways to die that lose CPU time elsewhere.

Of each it is known which groups it uses and what each of them really used: the actors tell what
they read off the clocks of zombies (or a process of its own), and `rest` used what is left of the
cgroup's usage. So the truth is exact: nothing is measured apart, and nothing is estimated.
"""

import subprocess
from dataclasses import dataclass
from typing import Callable

from support import outcome

# The sum of several dead is known to a tick of 10 ms, but which of them used how much only from
# their exit messages: samples of 4 ms and a run time without its last slice. Where only one kind of
# program dies there is no such doubt. Seen: 95 to 98 % on an idle machine, 88 to 93 % on one that has
# twice as much to do as CPUs, which is why these run alone.
OF_A_MIXTURE = 0.90

# Nobody's cutime grows by an autoreaped process: its exit message is all there is. What that never
# has too much of, the run time, lacks the last slice: half a tick on the average of each process (2
# of 50 ms), and nearly all of a tiny one. The sampled ticks are unbiased at best: over thousands of
# tiny ones 45 to 186 % of the truth have been seen, so they cannot stand without a sum.
AUTOREAPED = 0.93
AUTOREAPED_TINY = 0.20


@dataclass(frozen=True)
class Workload:
    name: str
    command: Callable  # From the actors to the command line.
    roles: tuple  # The groups beside "boss", which is of the suite.
    rest: tuple  # Those of them whose truth is what is left, in sum.
    interval_s: float = 1
    in_all: float = 0.99  # At least this share of the CPU is on the accounts, by Route A,
    in_all_nobody: float | None = 0.98  # and by Route B alone. None: it is only told.
    right: float | None = 0.97  # On the account where it belongs, by Route A.
    asleep_s: float = 0  # So long the collector is stopped after its first scan.
    scan_at_stops: bool = False  # Scans when a process stops itself, and lets it go on.
    namespace: bool = False  # In a pid namespace, of which it is known that init reaps at once.
    pid_max: int | None = None  # How many pids that has.
    processes: int | None = None  # How many, where the actors do not tell of all.


def _storm(rate, count, loops, options=()):
    """true, ls and a shell that counts."""

    def command(actors):
        count_up = f"i=0; while [ $i -lt {loops} ]; do i=$((i+1)); done"
        return (
            actors.made_of("storm", "storm"), *options, str(rate), str(count),
            "--", actors["true"], "--", actors["ls"], "/", "--", actors["sh"], "-c", count_up,
        )  # fmt: skip

    return command


def _storm_of(options, rate, count, *programs):
    """One command, of programs that are given as ROLE SOURCE or as a word of the command."""

    def command(actors):
        words = [actors.made_of("burner", "burn") if word == "burn" else word for word in programs]
        words = [actors[word] if word in ("true", "sh") else word for word in words]
        words = [word.replace("BURN", actors.made_of("burner", "burn")) for word in words]
        storm = actors.made_of("storm", "storm")
        return (storm, *options, str(rate), str(count), "--", *words)

    return command


def _deep_shells(actors):
    """Each level is a process that waits: the colon keeps it from going on as the level below."""
    below = f"{actors.made_of('burner', 'burn')} 40 tell"
    for level in range(6):
        script = actors.folder / f"level{level}"
        script.write_text(f"{below}\n:\n")
        below = f"{actors['sh']} {script}"
    return (actors.made_of("storm", "storm"), "12", "80", "--", *below.split())


def _compiles(actors):
    """make -j2 of 200 files. The compiler's parts are run under names of this test too."""
    outcome.need_debian_peer("make", "make")
    for tool in ("cc1", "as"):
        asked = ("cc", f"-print-prog-name={tool}")
        path = subprocess.run(asked, capture_output=True, check=True, text=True).stdout.strip()
        actors.link(tool, path if "/" in path else f"/usr/bin/{path}")
    compiler = actors.link("cc", "/usr/bin/cc")
    for i in range(200):
        (actors.folder / f"f{i}.c").write_text(f"int f{i}(int x) {{ return x * {i} + 1; }}\n")
    rename = actors.made_of("rename", "rename")
    objects = " ".join(f"f{i}.o" for i in range(200))
    (actors.folder / "Makefile").write_text(
        f"all: {objects}\n%.o: %.c\n\t{compiler} -wrapper {rename} -c $< -o $@\n"
    )
    return (actors["make"], "-rj2", "-C", str(actors.folder))


def _threads(actors):
    return (actors.made_of("burner", "burn"), "threads", "50", "250", "14000")


def _chain(milliseconds, *options):
    def command(actors):
        first, *others = (actors.made_of("burner", role) for role in _CHAIN)
        return (first, "chain", str(milliseconds), *options, *others)

    return command


def _chains(actors):
    """Several at once, each below a scan."""
    first, *others = (actors.made_of("burner", role) for role in _CHAIN)
    storm = actors.made_of("storm", "storm")
    return (storm, "8", "40", "--", first, "chain", "20", *others)


_CHAIN = ("one", "two", "three", "four")
_MIXED = {"roles": ("storm", "true", "ls", "sh"), "rest": ("sh",), "right": OF_A_MIXTURE}
_BURN = {"roles": ("storm", "burn"), "rest": ("burn",)}
_SHELL_BURN = {"roles": ("storm", "sh", "burn"), "rest": ("burn",)}

ALL = (
    Workload("storm, 100/s", _storm(100, 600, 6000), **_MIXED),
    Workload("storm, 1000/s", _storm(1000, 5000, 300), **_MIXED),
    Workload("one command, 500/s", _storm_of((), 500, 3000, "true"), ("storm", "true"), ("true",)),
    Workload("six shells deep", _deep_shells, ("storm", "sh", "burn"), ("sh",),
             processes=80 * 7 + 1),
    Workload("make -j2, 200 files", _compiles, ("make", "cc", "rename", "cc1", "as"),
             ("cc", "rename", "cc1", "as"), processes=601),
    Workload("autoreap, 50 ms each", _storm_of(("--autoreap",), 15, 60, "burn", "50"), **_BURN,
             in_all=AUTOREAPED, in_all_nobody=None, right=AUTOREAPED),
    Workload("autoreap, tiny", _storm_of(("--autoreap",), 400, 2400, "true"), ("storm", "true"),
             ("true",), in_all=AUTOREAPED_TINY, in_all_nobody=None, right=AUTOREAPED_TINY),
    # The orphans are reaped by init, which is in no account: Route B alone knows whose they were if
    # a scan has seen them. That init waited before the first scan, which withholds two ticks: so
    # there is more of it.
    Workload("double fork, unseen", _storm_of((), 20, 160, "sh", "-c", "BURN 45 & :"),
             **_SHELL_BURN, in_all_nobody=None, processes=321, namespace=True),
    Workload("double fork, seen", _storm_of((), 1, 3, "sh", "-c", "BURN 1300 & :"), **_SHELL_BURN,
             processes=7),
    Workload("subreaper", _storm_of(("--subreaper",), 20, 80, "sh", "-c", "BURN 45 & :"),
             **_SHELL_BURN, processes=161),
    Workload("outliving the parent", _storm_of((), 2, 2, "sh", "-c", "BURN 1800 & BURN 1200 & :"),
             **_SHELL_BURN, processes=7),
    Workload("50 threads a second", _threads, ("burn",), ("burn",)),
    Workload("exec chain, scanned at each", _chain(600, "stop"), _CHAIN, ("one",),
             scan_at_stops=True),
    # Names that no scan saw: the whole life is on the account of the last one, if it is known.
    Workload("exec chains below a scan", _chains, ("storm", *_CHAIN), ("one",), right=None),
    Workload("pid wrap, seen from outside", _storm(400, 2000, 1000), **_MIXED,
             namespace=True, pid_max=400),
    Workload("stopped for 10 s", _storm(100, 1500, 3000), **_MIXED, asleep_s=10),
    Workload("storm, scan each 10 s", _storm(100, 1200, 3000), **_MIXED, interval_s=10),
)  # fmt: skip


def _exits(actors):
    """Three at once, because a single one waits for each of its own."""
    storm = actors.made_of("storm", "storm")
    return (storm, "100", "3", "--", storm, "--vfork", "1667", "8334")


FORKS = Workload("5000 exits/s", _exits, ("storm",), ("storm",), in_all=0.98)
EXECS = Workload(
    "exec, as fast as it goes", _storm_of((), 0, 4000, "true"), ("storm", "true"), ("true",),
    in_all=0.98,
)  # fmt: skip

PID_WRAP_INSIDE = Workload(
    "pid wrap, from inside", _storm(400, 2000, 1000), **_MIXED, namespace=True, pid_max=400
)
