"""The scans of process-exporter's own unit tests, made up on a procfs for it and for proctally."""

import unittest

from support import exporter_differences, outcome
from support.differential import THREADS, Case
from support.fake_proc import PAGE, Process, Thread, now

WANTED = "process_names: [{name: '{{.Comm}}', comm: [%s]}]\n"


def counters(user, system, read, written, major, minor):
    return {
        "cpu_seconds_total user": user,
        "cpu_seconds_total system": system,
        "read_bytes_total": read,
        "write_bytes_total": written,
        "major_page_faults_total": major,
        "minor_page_faults_total": minor,
    }


def gauges(procs, resident, virtual, fds, worst, threads):
    return {
        "num_procs": procs,
        "memory_bytes resident": resident * PAGE,
        "memory_bytes virtual": virtual * PAGE,
        "open_filedesc": fds,
        "worst_fd_ratio": worst,
        "num_threads": threads,
    }


def thread_counters(name, count, user, system, read, written, major, minor):
    return {
        f"thread_count {name}": count,
        f"thread_cpu_seconds_total {name} user": user,
        f"thread_cpu_seconds_total {name} system": system,
        f"thread_io_bytes_total {name} read": read,
        f"thread_io_bytes_total {name} write": written,
        f"thread_major_page_faults_total {name}": major,
        f"thread_minor_page_faults_total {name}": minor,
    }


def process(pid, comm, counts, memory=(1, 1), fds=(1, 1), threads=1, state="S"):
    """As their tests write one: memory in pages, open files and how many may be."""
    resident, virtual = memory
    return Process(
        pid, comm, counts=counts, resident_pages=resident, virtual=virtual * PAGE,
        fds=fds[0], fd_limit=fds[1], threads=threads, state=state,
    )  # fmt: skip


def six(value):
    return (value,) * 6


class ExporterVectorsTest(Case):
    differences = exporter_differences.ALL
    own_families = exporter_differences.OWN_FAMILIES

    def test_read_of_a_process(self):
        """Their fixture 14804."""
        container = "8dde0b0d6e919baef8d635cd9399b22639ed1e400eaec1b1cb94ff3b216cf3c3"
        fixture = Process(
            14804, "process-exporte", ("./process-exporter", "-procnames", "bash"),
            (0.10, 0.04, 1814455, 0, 767, 1603, 72, 6), ppid=10884, threads=7, uid=1000,
            virtual=17174528, resident_pages=1969, swapped_kb=10, fds=5, start=324219,
            cgroups=(f"0::/system.slice/docker-{container}.scope",), without=("task", "wchan"),
        )  # fmt: skip
        self.host.write_stat("btime 1508450329\n")
        self.host.put(fixture)
        self.start(WANTED % "process-exporte")
        self.cycle({"process-exporte": {
            **counters(0, 0, 0, 0, 0, 0), **gauges(1, 1969, 4193, 5, 5 / 1024, 7),
            "memory_bytes swapped": 10240, "states Sleeping": 1,
            "oldest_start_time_seconds": 1508453571,
        }})  # fmt: skip

    def test_tracker_basic(self):
        self.host.put(Process(1, "g1", ppid=0), Process(3, "g3", ppid=0))
        self.start(WANTED % "g1, g2, g4", "-children=false")
        self.cycle(g1={"num_procs": 1})
        self.host.put(Process(2, "g2", ppid=0, start=now()))
        self.cycle(g1={"num_procs": 1}, g2={"num_procs": 1})
        self.host.remove(3)
        self.host.put(Process(1, "g4", ppid=0, start=now()))  # Another of that pid.
        self.cycle(g1={"num_procs": 0}, g2={"num_procs": 1}, g4={"num_procs": 1})

    def test_tracker_children(self):
        self.host.put(Process(1, "g1", ppid=0), Process(2, "g2", ppid=1))
        self.start(WANTED % "g2")
        self.cycle(g2={"num_procs": 1})
        self.host.put(Process(3, "g3", ppid=2))
        self.cycle(g2={"num_procs": 2})

    def test_tracker_metrics(self):
        self.host.put(process(1, "g1", (1, 2, 3, 4, 5, 6), (7, 8), (1, 10), threads=9))
        self.start(WANTED % "g1")
        self.cycle(g1={**counters(*six(0)), **gauges(1, 7, 8, 1, 0.1, 9), "states Sleeping": 1})
        self.host.put(process(1, "g1", (2, 3, 4, 5, 6, 7), (1, 2), (2, 20), threads=1, state="R"))
        self.cycle(g1={**counters(*six(1)), **gauges(1, 1, 2, 2, 0.1, 1), "states Running": 1})

    def test_tracker_threads(self):
        def with_threads(*threads):
            return process(1, "g1", (), threads=tuple(Thread(*thread) for thread in threads) or 1)

        self.host.put(with_threads())
        self.start(WANTED % "g1", families=THREADS)
        self.cycle(g1={"num_threads": 1})
        self.host.put(with_threads((1, "t1", (1, 2, 3, 4, 5, 6)), (2, "t2", six(1))))
        self.cycle(g1={**thread_counters("t1", 1, *six(0)), **thread_counters("t2", 1, *six(0))})
        self.host.put(
            with_threads((1, "t1", (2, 3, 4, 5, 6, 7)), (2, "t2", six(2)), (3, "t2", six(1)))
        )
        self.cycle(g1={**thread_counters("t1", 1, *six(1)), **thread_counters("t2", 2, *six(1))})
        self.host.put(with_threads((1, "t1", (2, 3, 4, 5, 6, 7)), (3, "t2", (1, 2, 3, 4, 5, 6))))
        self.cycle(g1={
            **thread_counters("t1", 1, *six(1)), **thread_counters("t2", 1, 1, 2, 3, 4, 5, 6),
        })  # fmt: skip

    def test_grouper_basic(self):
        self.host.put(
            process(1, "g1", (1, 2, 3, 4, 5, 6), (7, 8), (4, 400), 2, "T"),
            process(2, "g2", (2, 3, 4, 5, 6, 7), (8, 9), (40, 400), 3, "D"),
        )
        self.start(WANTED % "g1, g2")
        self.cycle(
            g1={**counters(*six(0)), **gauges(1, 7, 8, 4, 0.01, 2), "states Other": 1},
            g2={**counters(*six(0)), **gauges(1, 8, 9, 40, 0.1, 3), "states Waiting": 1},
        )
        self.host.put(
            process(1, "g1", (2, 3, 4, 5, 6, 7), (6, 7), (100, 400), 4, "Z"),
            process(2, "g2", (4, 5, 6, 7, 8, 9), (9, 8), (400, 400), 2, "R"),
        )
        self.cycle(
            g1={**counters(*six(1)), **gauges(1, 6, 7, 100, 0.25, 4), "states Zombie": 1},
            g2={**counters(*six(2)), **gauges(1, 9, 8, 400, 1, 2), "states Running": 1},
        )

    def test_grouper_proc_join(self):
        self.host.put(process(1, "g1", (1, 2, 3, 4, 5, 6), (3, 4), (4, 400), 2))
        self.start(WANTED % "g1")
        self.cycle(g1={**counters(*six(0)), **gauges(1, 3, 4, 4, 0.01, 2)})
        self.host.put(
            process(1, "g1", (3, 4, 5, 6, 7, 8), (3, 4), (4, 400), 2, "R"),
            process(2, "g1", six(1), (1, 2), (40, 400), 3),
        )
        self.cycle(g1={
            **counters(*six(2)), **gauges(2, 4, 6, 44, 0.1, 5),
            "states Running": 1, "states Sleeping": 1,
        })  # fmt: skip
        self.host.put(
            process(1, "g1", (4, 5, 6, 7, 8, 9), (1, 5), (4, 400), 2, "R"),
            process(2, "g1", six(2), (2, 4), (40, 400), 3, "R"),
        )
        self.cycle(g1={**counters(*six(4)), **gauges(2, 3, 9, 44, 0.1, 5), "states Running": 2})

    def test_grouper_non_decreasing(self):
        self.host.put(
            process(1, "g1", (3, 4, 5, 6, 7, 8), (3, 4), (4, 400), 2),
            process(2, "g1", six(1), (1, 2), (40, 400), 3),
        )
        self.start(WANTED % "g1")
        self.cycle(g1={**counters(*six(0)), **gauges(2, 4, 6, 44, 0.1, 5)})
        self.host.only(process(1, "g1", (4, 5, 6, 7, 8, 9), (1, 5), (4, 400), 2))
        self.cycle(g1={**counters(*six(1)), **gauges(1, 1, 5, 4, 0.01, 2)})
        self.host.only()
        self.cycle(g1={**counters(*six(1)), **gauges(0, 0, 0, 0, 0, 0)})

    def test_grouper_remove_empty_groups(self):
        """Debian's does not know the flag: it keeps them. At ours a group is there for the scrape
        that counts the end of its last process, and gone in the next."""
        self.host.put(process(1, "g1", six(1)), process(2, "g2", six(1)))
        self.start(WANTED % "g1, g2", own_flags=("-remove-empty-groups",))
        self.cycle(g1=counters(*six(0)), g2=counters(*six(0)))
        self.host.only(process(1, "g1", six(2)))
        self.cycle(g1=counters(*six(1)), g2={**counters(*six(0)), "num_procs": 0})
        self.cycle(g1=counters(*six(1)))
        self.host.only()
        self.cycle(g1={**counters(*six(1)), "num_procs": 0})
        self.cycle()

    def test_grouper_threads(self):
        def with_threads(*threads):
            return process(1, "g1", (), threads=tuple(Thread(*thread) for thread in threads))

        self.host.put(with_threads((1, "t1", (1, 2, 3, 4, 5, 6)), (2, "t2", six(1))))
        self.start(WANTED % "g1", families=THREADS)
        self.cycle(g1={**thread_counters("t1", 1, *six(0)), **thread_counters("t2", 1, *six(0))})
        self.host.put(
            with_threads((1, "t1", (2, 3, 4, 5, 6, 7)), (2, "t2", six(2)), (3, "t2", six(1)))
        )
        self.cycle(g1={**thread_counters("t1", 1, *six(1)), **thread_counters("t2", 2, *six(1))})
        self.host.put(with_threads((2, "t2", six(4)), (3, "t2", (2, 3, 4, 5, 6, 7))))
        self.cycle(g1=thread_counters("t2", 2, 4, 5, 6, 7, 8, 9))


if __name__ == "__main__":
    outcome.main()
