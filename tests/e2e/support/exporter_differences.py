"""Where proctally differs from process-exporter 0.7.10 on purpose, and why: the one list of it.

What is about their runtimes (go_*, process_*, promhttp_*, process_exporter_build_info) is left out.
"""

from support.differential import ABSENT, ANYTHING, Difference
from support.fake_proc import PAGE

# What proctally has beyond process-exporter.
OWN_FAMILIES = frozenset(
    f"namedprocess_namegroup_{name}"
    for name in (
        "cpu_usage_percent", "cpu_usage_host_percent", "cpu_usage_max_percent", "started_total",
        "exited_total", "memory_rss_max_bytes", "memory_usage_percent", "memory_pss_age_seconds",
        "syscall_read_bytes_total", "syscall_write_bytes_total", "read_syscalls_total",
        "write_syscalls_total",
    )
)  # fmt: skip

# Of the year 1: Go's zero time.
_NO_TIME = -62135596800

# A group of one of the tests' processes that has done nothing.
_ONE = {
    "num_procs": 1,
    "num_threads": 1,
    "cpu_seconds_total user": 0,
    "cpu_seconds_total system": 0,
    "read_bytes_total": 0,
    "write_bytes_total": 0,
    "major_page_faults_total": 0,
    "minor_page_faults_total": 0,
    "memory_bytes resident": PAGE,
    "memory_bytes virtual": PAGE,
    "memory_bytes swapped": 0,
    "open_filedesc": 3,
    "worst_fd_ratio": 3 / 1024,
    "oldest_start_time_seconds": ANYTHING,  # It is known when they start.
    "states Running": 0,
    "states Sleeping": 1,
    "states Waiting": 0,
    "states Zombie": 0,
    "states Other": 0,
}
_GAUGES = ("num_procs", "num_threads", "memory_bytes resident", "memory_bytes virtual",
           "open_filedesc", "worst_fd_ratio", "states Sleeping")  # fmt: skip


def _differ(scenario, cycle, group, reason, values):
    """`values`: series -> (theirs, ours)."""
    return tuple(
        Difference(scenario, cycle, f"{group}: {series}", theirs, ours, reason)
        for series, (theirs, ours) in values.items()
    )


def _only_ours(scenario, cycle, group, reason, **user_seconds):
    """A group of one process that theirs does not have."""
    values = {**_ONE, **{f"cpu_seconds_total {mode}": s for mode, s in user_seconds.items()}}
    return _differ(scenario, cycle, group, reason,
                   {series: (ABSENT, value) for series, value in values.items()})  # fmt: skip


def _only_theirs(scenario, cycle, group, reason, values):
    """A group that ours does not have."""
    return _differ(scenario, cycle, group, reason,
                   {series: (value, ABSENT) for series, value in values.items()})  # fmt: skip


def _empty(counters):
    """A group at theirs whose processes are gone."""
    values = {series: counters if "_total" in series else 0 for series in _ONE}
    return {**values, "oldest_start_time_seconds": _NO_TIME}


def _empty_at_theirs(scenario, cycle, reason, more):
    """g1 has one process at ours and none at theirs."""
    values = {series: (0, _ONE[series]) for series in _GAUGES}
    values["oldest_start_time_seconds"] = (_NO_TIME, ANYTHING)
    return _differ(scenario, cycle, "g1", reason, {**values, **more})


def _second_only_at_ours(scenario, reason, *unread):
    """Of exporter_faults_test's start_without(): theirs has the whole process only. `unread` is
    what ours cannot read of the other either."""
    gauges = {series: (_ONE[series], 2 * _ONE[series]) for series in _GAUGES}
    gauges["open_filedesc"] = (3, 3 + 7)
    gauges["worst_fd_ratio"] = (3 / 1024, 7 / 1024)
    for series in unread:
        del gauges[series]
    counters = {series: (1, 2) for series in _ONE if "_total" in series}
    return _differ(scenario, 1, "g1", reason, gauges) + _differ(
        scenario, 2, "g1", reason, {**gauges, **counters}
    )


def _states(scenario, *of_cycles):
    """How many sleep, in scrapes from 1 on: at theirs, at ours. None: no difference."""
    return tuple(
        Difference(scenario, cycle, "g1: states Sleeping", *pair, _STATES)
        for cycle, pair in enumerate(of_cycles, 1)
        if pair is not None
    )


_THREAD = (
    "thread_count {}", "thread_cpu_seconds_total {} user", "thread_cpu_seconds_total {} system",
    "thread_io_bytes_total {} read", "thread_io_bytes_total {} write",
    "thread_major_page_faults_total {}", "thread_minor_page_faults_total {}",
    "thread_context_switches_total {} voluntary", "thread_context_switches_total {} nonvoluntary",
)  # fmt: skip


def _thread(scenario, cycles, name, reason, theirs, ours):
    """Of g1: how many threads and what they did, in the order above; what is left out is 0 in both.
    None: theirs has no thread of that name."""
    pairs = {
        series.format(name): (ABSENT if theirs is None else one, other)
        for series, one, other in zip(
            _THREAD, (*(theirs or ()), *(0,) * 9), (*ours, *(0,) * (9 - len(ours)))
        )
        if theirs is None or one != other
    }
    return tuple(row for cycle in cycles for row in _differ(scenario, cycle, "g1", reason, pairs))


_STATES = "processes are counted, each once; theirs adds the threads, the main one twice"
_RENAMED = "a process that became another program is in the group of that from then on"
_KEPT = "one that cannot be read for a scrape keeps its place; what it did meanwhile counts once"
_UNLISTED = "a name that -procnames does not list is left out, as documented, also a mapped one"
_NEEDLESS = "it is counted without what no rule of this group needs"

_EVERYWHERE = (
    Difference("*", 0, "*: context_switches_total *", ANYTHING, ABSENT,
               "counted by taskstats, which knows the processes of this host only: the sum over the"
               " threads that live now, as theirs, falls when one ends, and wraps"),
    Difference("*", 0, "*: oldest_start_time_seconds", _NO_TIME, ABSENT,
               "a group without processes has no oldest one"),
    Difference("*", 0, "*: worst_fd_ratio", 0, ABSENT,
               "a group without processes has no worst one"),
    Difference("*", 0, "scrape_partial_errors", ANYTHING, ANYTHING,
               "ours are reads that a privilege is missing for; theirs are processes of which any"
               " file was missing, in each scrape again"),
    Difference("*", 0, "scrape_procread_errors", ANYTHING, ANYTHING,
               "ours are files that were not understood, theirs count at the start only"),
)  # fmt: skip

_VECTORS = (
    *_differ("read_of_a_process", 1, "process-exporte",
             "the time of the boot is the host's; the fixture's is made up",
             {"oldest_start_time_seconds": (1508453571, ANYTHING)}),
    *_differ("grouper_basic", 2, "g1", "a zombie has no open files: none are looked for",
             {"open_filedesc": (100, 0), "worst_fd_ratio": (0.25, 0)}),
    *(
        row
        for cycle, group, counters in ((3, "g2", 0), (4, "g2", 0), (5, "g1", 1), (5, "g2", 0))
        for row in _only_theirs("grouper_remove_empty_groups", cycle, group,
                                "an option that later versions of theirs have", _empty(counters))
    ),
    *_states("grouper_threads", (3, 1), (4, 1), (3, 1)),
    *_states("tracker_threads", None, (3, 1), (4, 1), (3, 1)),
)  # fmt: skip

_NAMES = (
    *_differ("a_constant_name_without_processes", 1, "mine",
             "a group that is configured under one name is there from the start on",
             {series: (ABSENT, 0) for series in _ONE if series not in
              ("oldest_start_time_seconds", "worst_fd_ratio")}),
    *_only_ours("exec_of_an_ignored_one", 2, "g1", _RENAMED, user=2),
    *_only_ours("exec_of_a_tracked_one", 2, "g2", _RENAMED, user=2),
    *_differ("exec_of_a_tracked_one", 2, "g1", _RENAMED,
             {"cpu_seconds_total user": (2, 0),
              **{series: (2 * _ONE[series], _ONE[series]) for series in _GAUGES
                 if series != "worst_fd_ratio"}}),
    *_only_theirs("mapped_names_that_are_not_listed", 1, "java:shop", _UNLISTED, _ONE),
    *_only_theirs("mapped_names_that_are_not_listed", 1, "python2:app", _UNLISTED, _ONE),
    *_only_ours("mapped_names_that_are_not_listed", 1, "java",
                "a mapping that does not match leaves the process under its own name"),
    *_only_ours("selectors", 1, "last wins 43",
                "of two exe rules of one base name both count, as documented"),
)  # fmt: skip

_FAULTS = (
    *_states("a_group_with_threads_that_empties_and_returns", (3, 1), (3, 1), None, (3, 1)),
    *_states("a_new_process_of_two_threads", None, (4, 2)),
    *_states("a_thread_of_a_new_name", (3, 1), (3, 1)),
    *_states("a_thread_that_is_away_for_a_scrape", (3, 1), (3, 1), (3, 1), (3, 1)),
    *_states("one_of_two_threads_and_two_of_one", (5, 3)),
    *_states("switches_of_threads_that_end", (4, 1), (4, 1), (3, 1)),
    *_states("threads_of_three_states", (2, 1)),
    *_differ("threads_of_three_states", 1, "g1", _STATES,
             {"states Running": (1, 0), "states Waiting": (1, 0)}),
    Difference("a_counter_that_falls", 2, "g1: cpu_seconds_total user", 0.1, 0.3,
               "no counter ever falls"),
    Difference("a_counter_that_falls", 3, "g1: cpu_seconds_total user", 0.15, 0.35,
               "and what is done from there on counts"),
    Difference("a_limit_of_no_open_files", 1, "g1: worst_fd_ratio", float("inf"), ABSENT,
               "there is no share of nothing"),
    *_empty_at_theirs("a_new_one_without_limits_for_a_scrape", 3, _KEPT,
                      {"cpu_seconds_total user": (11, 12)}),
    Difference("a_new_one_without_limits_for_a_scrape", 4, "g1: cpu_seconds_total user", 24, 13,
               _KEPT),
    *_empty_at_theirs("an_old_one_without_limits_for_a_scrape", 2, _KEPT,
                      {"cpu_seconds_total user": (0, 0.5)}),
    Difference("an_old_one_without_limits_for_a_scrape", 3, "g1: cpu_seconds_total user", 0, 1,
               _KEPT),
    *_empty_at_theirs("an_old_one_without_stat_for_a_scrape", 2, _KEPT, {}),
    Difference("an_old_one_without_stat_for_a_scrape", 3, "g1: cpu_seconds_total user", 0, 1,
               _KEPT),
    Difference("io_that_is_hidden_for_a_scrape", 3, "g1: read_bytes_total", 2.0**64, 4000,
               "what cannot be read is no 0, and no counter wraps"),
    Difference("no_time_of_boot", 1, "g1: oldest_start_time_seconds", 10, ANYTHING,
               "the time of the boot is taken from the clocks of the host"),
    *_only_ours("stat_of_other_kernels", 1, "f41", "only fields up to 22 are needed"),
    *_second_only_at_ours("without_cmdline", _NEEDLESS),
    *_second_only_at_ours("without_limits", _NEEDLESS, "worst_fd_ratio"),
    *_second_only_at_ours("without_uid", _NEEDLESS),
    Difference("the_procfs_disappears", 2, "scrape_errors", 1, 0,
               "a folder that was removed while it is open is an empty one"),
    *_differ("the_procfs_disappears", 2, "g1", "so the group is empty, and keeps its counters",
             {series: (ABSENT, 1 if series == "cpu_seconds_total user" else 0) for series in _ONE
              if series not in ("oldest_start_time_seconds", "worst_fd_ratio")}),
)  # fmt: skip

_STAYS = "the counters of a name stay when its last thread ends, and go on when it returns"
_ALONE = "the one thread of a process is a thread too"
_LATER = "it is the thread that was seen before under another name: what it did since counts"
_BORN = "a thread that was born since the scrape before counts with all that it did"
_PSS = "the sum is not known as long as one of them could not be read"

_THREADS = (
    *_thread("grouper_threads", (3,), "t1", _STAYS, None, (0, 1, 1, 1, 1, 1, 1)),
    *_thread("tracker_threads", (1,), "g1", _ALONE, None, (1,)),
    *_thread("tracker_threads", (2, 3, 4), "g1", _STAYS, None, (0,)),
    *_thread("tracker_threads", (2,), "t1", _LATER, (1,), (1, 1, 2, 3, 4, 5, 6)),
    *_thread("tracker_threads", (3, 4), "t1", _LATER, (1,) * 7, (1, 2, 3, 4, 5, 6, 7)),
    *_thread("a_group_with_threads_that_empties_and_returns", (3,), "g1", _STAYS, None, (0,)),
    *_thread("a_group_with_threads_that_empties_and_returns", (3,), "t", _STAYS, None, (0, 2)),
    *_thread("a_new_process_of_two_threads", (1, 2), "g1", _ALONE, None, (1,)),
    *_thread("a_new_process_of_two_threads", (2,), "t", _BORN, (2,), (2,) * 7 + (10,)),
    *_thread("a_thread_of_a_new_name", (2,), "a", _STAYS, None, (0,)),
    *_thread("a_thread_that_is_away_for_a_scrape", (3,), "b", _STAYS, None, (0, 2)),
    *_thread("a_thread_that_is_away_for_a_scrape", (4,), "b", _STAYS, (1,), (1, 2)),
    *_thread("a_thread_that_is_away_for_a_scrape", (4,), "c", _STAYS, None, (0,)),
    *_thread("one_of_two_threads_and_two_of_one", (1,), "g1", _ALONE, (1,), (3,)),
    Difference("threads_of_three_states", 1, "g1: threads_wchan ep_poll", 2, 1,
               "each thread counts once, the main one too"),
    *(
        Difference("without_smaps_rollup", cycle, f"g1: memory_bytes proportional{what}", 0, ABSENT,
                   _PSS)
        for cycle in (1, 2) for what in ("Resident", "Swapped")
    ),
    *(
        Difference("with_smaps_alone", cycle, f"g1: memory_bytes proportional{what}", kb * 1024,
                   ABSENT, "what kernels before 4.14 have costs too much to add up")
        for cycle in (1, 2) for what, kb in (("Resident", 8), ("Swapped", 4))
    ),
)  # fmt: skip

ALL = (*_EVERYWHERE, *_VECTORS, *_NAMES, *_FAULTS, *_THREADS)
