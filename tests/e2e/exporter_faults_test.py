"""Processes that start, end, hide what they do or are not what they seem: what process-exporter
makes of them, and what proctally."""

import shutil
import unittest
from dataclasses import replace

from support import exporter_differences, outcome, waiting
from support.differential import ABSENT, NEITHER, PSS, THREADS, Case, series_of
from support.fake_proc import Process, Thread, now

G1 = "process_names: [{name: '{{.Comm}}', comm: [g1]}]\n"
ANY = "process_names: [{name: '{{.Comm}}', cmdline: ['.+']}]\n"


class ExporterFaultsTest(Case):
    differences = exporter_differences.ALL
    own_families = exporter_differences.OWN_FAMILIES

    def put(self, counts=(), **more):
        """The process that most of this is about."""
        self.host.put(Process(20, "g1", counts=counts, **more))

    def put_threads(self, *threads, **more):
        self.put(threads=tuple(Thread(*thread) for thread in threads), **more)

    # Threads.

    def test_threads_of_three_states(self):
        self.put_threads((20, "g1", (), "S", "ep_poll"), (21, "g1", (), "R", "0"),
                         (22, "g1", (), "D", "io_wait"), wchan="ep_poll", fds=10,
                         fd_limit=100)  # fmt: skip
        self.start(G1, families=THREADS)
        self.cycle(g1={
            "num_procs": 1, "num_threads": 3, "worst_fd_ratio": 0.1, "states Sleeping": 2,
            "states Running": 1, "states Waiting": 1, "threads_wchan ep_poll": 2,
            "threads_wchan io_wait": 1, "thread_count g1": 3,
        })  # fmt: skip

    def test_one_of_two_threads_and_two_of_one(self):
        self.put_threads((20, "g1"), (21, "t"))
        self.host.put(Process(30, "g1"), Process(31, "g1"))
        self.start(G1, families=THREADS)
        self.cycle(g1={"num_procs": 3, "num_threads": 4, "states Sleeping": 5,
                       "thread_count g1": 1, "thread_count t": 1})  # fmt: skip

    def test_switches_of_threads_that_end(self):
        def put(*switches):
            self.put_threads(*((20 + i, "g1", (0,) * 6 + (n, 0)) for i, n in enumerate(switches)))

        put(100, 200, 300)
        self.start(G1, families=THREADS)
        self.cycle(g1={"context_switches_total voluntary": 0})
        put(150, 250, 350)
        self.cycle(g1={"context_switches_total voluntary": 150})
        put(150, 250)
        self.cycle(g1={"context_switches_total voluntary": 2.0**64})

    def test_a_new_process_of_two_threads(self):
        self.put()
        self.start(G1, families=THREADS)
        self.cycle()
        threads = tuple(Thread(30 + i, "t", (1,) * 6 + (n, 0)) for i, n in enumerate((4, 6)))
        self.host.put(Process(30, "g1", counts=(2,) * 6 + (4, 0), start=now(), threads=threads))
        self.cycle(g1={
            "cpu_seconds_total user": 2, "context_switches_total voluntary": 10,
            "thread_cpu_seconds_total t user": 0, "thread_context_switches_total t voluntary": 0,
        })  # fmt: skip

    def test_a_thread_that_is_away_for_a_scrape(self):
        a, b = (20, "a", (1,)), (21, "b", (1,))
        of_b = "thread_cpu_seconds_total b user"
        self.put_threads(a, b)
        self.start(G1, families=THREADS)
        self.cycle(g1={of_b: 0})
        self.put_threads(a, (21, "b", (3,)))
        self.cycle(g1={of_b: 2})
        self.put_threads(a, (22, "c", (0,)))
        self.cycle(g1={of_b: ABSENT})
        self.put_threads(a, (21, "b", (3,)))
        self.cycle(g1={of_b: 0})

    def test_a_thread_of_a_new_name(self):
        main = (20, "g1", ())
        self.put_threads(main, (100, "a", (1,)))
        self.start(G1, families=THREADS)
        self.cycle(g1={"thread_cpu_seconds_total a user": 0})
        self.put_threads(main, (100, "z", (1.1,)))
        self.cycle(g1={"thread_cpu_seconds_total z user": 0.1})

    def test_a_group_with_threads_that_empties_and_returns(self):
        main = (20, "g1", ())
        self.host.put(Process(5, "other"))
        self.put_threads(main, (21, "t", (1,)))
        self.start(G1, families=THREADS)
        of_t = "thread_cpu_seconds_total t user"
        self.cycle(g1={of_t: 0})
        self.put_threads(main, (21, "t", (3,)), counts=(2,))
        self.cycle(g1={"cpu_seconds_total user": 2, of_t: 2})
        self.host.remove(20)
        self.cycle(g1={"cpu_seconds_total user": 2, "num_procs": 0, of_t: ABSENT})
        self.put_threads(main, (21, "t", (4,)), counts=(5,))
        self.cycle(g1={"cpu_seconds_total user": 2, "num_procs": 1, of_t: 2})

    # First sight and counters.

    def test_old_and_new_ones(self):
        self.put((5,))
        self.start(G1)
        self.cycle(g1={"cpu_seconds_total user": 0})
        self.host.put(Process(21, "g1", counts=(3,), start=now()))
        self.cycle(g1={"cpu_seconds_total user": 3})
        self.host.put(Process(22, "g1", counts=(3,)))
        self.cycle(g1={"cpu_seconds_total user": 3})
        self.host.put(Process(22, "g1", counts=(3.5,)))
        self.cycle(g1={"cpu_seconds_total user": 3.5})

    def test_all_counters_of_a_new_one(self):
        self.host.put(Process(5, "other"))
        self.start(G1)
        self.cycle()
        self.put((1, 2, 7, 7, 6, 5, 9, 10), start=now())
        self.cycle(g1={
            "cpu_seconds_total user": 1, "cpu_seconds_total system": 2, "read_bytes_total": 7,
            "write_bytes_total": 7, "major_page_faults_total": 6, "minor_page_faults_total": 5,
        })  # fmt: skip

    def test_a_new_one_without_limits_for_a_scrape(self):
        self.host.put(Process(5, "other"))
        self.start(G1)
        start = now()
        self.put((10,), start=start)
        self.cycle(g1={"cpu_seconds_total user": 10})
        self.put((11,), start=start)
        self.cycle(g1={"cpu_seconds_total user": 11})
        self.put((12,), start=start, without=("limits",))
        self.cycle(g1={"cpu_seconds_total user": 11, "num_procs": 0})
        self.put((13,), start=start)
        self.cycle(g1={"cpu_seconds_total user": 24, "num_procs": 1})

    def test_an_old_one_without_limits_for_a_scrape(self):
        self.put((0.01,))
        self.start(G1)
        self.cycle()
        self.put((0.51,), without=("limits",))
        self.cycle()
        self.put((1.01,))
        self.cycle()

    def test_an_old_one_without_stat_for_a_scrape(self):
        self.put((0.01,))
        self.start(G1)
        self.cycle()
        self.put((0.51,), texts={"stat": ""})
        self.cycle()
        self.put((1.01,))
        self.cycle()

    def test_a_counter_that_falls(self):
        self.host.put(Process(5, "other"))
        self.start(G1)
        start = now()
        self.put((0.3,), start=start)
        self.cycle(g1={"cpu_seconds_total user": 0.3})
        self.put((0.1,), start=start)
        self.cycle()
        self.put((0.15,), start=start)
        self.cycle()

    def test_io_that_is_hidden_for_a_scrape(self):
        self.put((0, 0, 1000))
        self.start(G1)
        self.cycle(g1={"read_bytes_total": 0})
        self.put((0, 0, 5000))
        self.cycle(g1={"read_bytes_total": 4000})
        self.put((0, 0, 6000), without=("io",))
        self.cycle(g1={"read_bytes_total": 2.0**64})
        self.put((0, 0, 7000))
        self.cycle(g1={"read_bytes_total": 6000})

    # What is missing.

    def start_without(self, *names, texts=None, **groups):
        """One whole process and one that lacks something, from the start on; then both work."""
        whole = Process(20, "g1", counts=(1, 1, 1, 1, 1, 1))
        lacks = Process(21, "g1", counts=(1,) * 6, fds=7, without=names, texts=texts or {},
                        pss_kb=100)  # fmt: skip
        self.host.put(whole, lacks)
        self.start(G1, families=PSS if "smaps_rollup" in names else NEITHER)
        self.cycle()
        self.host.put(*(replace(process, counts=(2,) * 6) for process in (whole, lacks)))
        self.cycle(**groups)

    def test_without_fd(self):
        self.start_without("fd", g1={"num_procs": 2})

    def test_without_io(self):
        self.start_without("io", g1={"num_procs": 2})

    def test_with_a_short_io(self):
        self.start_without(texts={"io": "rchar: 5\nread_bytes: 5\n"}, g1={"num_procs": 2})

    def test_with_an_empty_io(self):
        self.start_without(texts={"io": ""}, g1={"num_procs": 2})

    def test_without_wchan(self):
        self.start_without("wchan", g1={"num_procs": 2})

    def test_without_smaps_rollup(self):
        self.start_without("smaps_rollup", g1={"num_procs": 2})

    def test_with_smaps_alone(self):
        mapping = "1-2 r--p 00000000 00:00 0 \nPss: 4 kB\nSwapPss: 2 kB\nVmFlags: rd\n"
        self.start_without("smaps_rollup", texts={"smaps": 2 * mapping}, g1={"num_procs": 2})

    def test_without_limits(self):
        self.start_without("limits")

    def test_without_task(self):
        self.start_without("task", g1={"num_procs": 2})

    def test_without_cgroup(self):
        self.start_without("cgroup", g1={"num_procs": 2})

    def test_with_a_malformed_cgroup(self):
        self.start_without(texts={"cgroup": "nonsense\n"}, g1={"num_procs": 2})

    def test_without_stat(self):
        self.start_without("stat", g1={"num_procs": 1})

    def test_without_cmdline(self):
        self.start_without("cmdline")

    def test_without_uid(self):
        self.start_without(texts={"status": "Name:\tg1\n"})

    def test_stat_of_other_kernels(self):
        text = "%d (%s) S 1 0 0 0 -1 0 1 0 1 0 100 100 0 0 20 0 1 0 1000 4096 1"
        for fields in (41, 42, 44, 52, 56):
            whole = text % (fields, f"f{fields}") + " 0" * (fields - 24) + "\n"
            self.host.put(Process(fields, f"f{fields}", texts={"stat": whole}))
        self.start(ANY)
        self.cycle(f44={"num_procs": 1}, f52={"num_procs": 1}, f56={"num_procs": 1})

    # Memory that is shared.

    def test_proportional_memory(self):
        self.host.put(Process(20, "g1", pss_kb=100, swap_pss_kb=3), Process(21, "g1", pss_kb=7))
        self.start(G1, families=PSS)
        # Which proctally does not read within the scan.
        waiting.until(
            lambda: "g1: memory_bytes proportionalResident" in series_of(self.ours.page()),
            "proportional memory",
        )
        self.cycle(g1={"memory_bytes proportionalResident": 107 * 1024,
                       "memory_bytes proportionalSwapped": 3 * 1024})  # fmt: skip

    # Limits of open files.

    def test_no_limit_of_open_files(self):
        self.put(fds=5, fd_limit="unlimited")
        self.start(G1)
        self.cycle(g1={"open_filedesc": 5})

    def test_a_limit_of_no_open_files(self):
        self.put(fds=5, fd_limit=0)
        self.start(G1)
        self.cycle(g1={"open_filedesc": 5})

    # The states of the kernel.

    def test_states(self):
        for number, state in enumerate("RSDZTtXxIWPK"):
            self.host.put(Process(100 + number, "g1", state=state, fds=0))
        self.start(G1)
        self.cycle(g1={"states Running": 1, "states Sleeping": 1, "states Waiting": 1,
                       "states Zombie": 1, "states Other": 8})  # fmt: skip

    # The host.

    def test_no_time_of_boot(self):
        self.host.write_stat("")
        self.put()
        self.start(G1)
        self.cycle(g1={"num_procs": 1})

    def test_the_procfs_disappears(self):
        self.put((1,))
        self.start(G1)
        self.put((2,))
        self.cycle(g1={"cpu_seconds_total user": 1})
        shutil.rmtree(self.host.folder)
        self.cycle()


if __name__ == "__main__":
    outcome.main()
