"""The queries of dashboards that people have for process-exporter.

249 "Named processes" is linked from process-exporter's README; its panels and variables are known
from a copy that somebody keeps in his repository. 4202 "Named processes by host" is the same with a
variable for the host; its source is the dashboard that issue 14 of process-exporter links to.
Panels of both are written here as they are there, beside what became of them where 249 was edited.
"""

_OF_BOTH = (
    "namedprocess_namegroup_num_procs{%s}",
    "rate(namedprocess_namegroup_cpu_seconds_total{%s}[$interval])",
    "rate(namedprocess_namegroup_read_bytes_total{%s}[$interval])",
    "rate(namedprocess_namegroup_write_bytes_total{%s}[$interval])",
    'namedprocess_namegroup_memory_bytes{%s, memtype="resident"}',
    'namedprocess_namegroup_memory_bytes{%s, memtype="virtual"}',
)

_NAMED_PROCESSES = (
    *(panel % 'groupname=~"$processes"' for panel in _OF_BOTH),
    'sum(namedprocess_namegroup_num_procs{groupname=~"$processes"}) without (mode)',
    'sum(rate(namedprocess_namegroup_cpu_seconds_total{groupname=~"$processes"}[$interval] ))'
    " without (mode)",
    'sum(namedprocess_namegroup_memory_bytes{groupname=~"$processes", memtype="resident"})'
    " without (mode)",
)

_BY_HOST = tuple(panel % 'groupname=~"$processes",instance="$host"' for panel in _OF_BOTH)

# What its README says that there is; for these no panel is published.
_README = (
    "rate(namedprocess_namegroup_major_page_faults_total[$interval])",
    "rate(namedprocess_namegroup_minor_page_faults_total[$interval])",
    'namedprocess_namegroup_memory_bytes{memtype="swapped"}',
    "namedprocess_namegroup_open_filedesc",
    "namedprocess_namegroup_worst_fd_ratio",
    "time() - namedprocess_namegroup_oldest_start_time_seconds",
    "namedprocess_namegroup_num_threads",
    *(
        f'namedprocess_namegroup_states{{state="{state}"}}'
        for state in ("Running", "Sleeping", "Waiting", "Zombie", "Other")
    ),
    "namedprocess_scrape_errors",
    "namedprocess_scrape_partial_errors",
    "namedprocess_scrape_procread_errors",
)

SWITCHES = tuple(
    f'rate(namedprocess_namegroup_context_switches_total{{ctxswitchtype="{kind}"}}[$interval])'
    for kind in ("voluntary", "nonvoluntary")
)

THREADS = (
    "namedprocess_namegroup_thread_count",
    'rate(namedprocess_namegroup_thread_cpu_seconds_total{mode="user"}[$interval])',
    'rate(namedprocess_namegroup_thread_cpu_seconds_total{mode="system"}[$interval])',
    'rate(namedprocess_namegroup_thread_io_bytes_total{iomode="read"}[$interval])',
    'rate(namedprocess_namegroup_thread_io_bytes_total{iomode="write"}[$interval])',
    "rate(namedprocess_namegroup_thread_major_page_faults_total[$interval])",
    "rate(namedprocess_namegroup_thread_minor_page_faults_total[$interval])",
    "rate(namedprocess_namegroup_thread_context_switches_total[$interval])",
    "namedprocess_namegroup_threads_wchan",
)

PSS = (
    'namedprocess_namegroup_memory_bytes{memtype="proportionalResident"}',
    'namedprocess_namegroup_memory_bytes{memtype="proportionalSwapped"}',
)

QUERIES = (*_NAMED_PROCESSES, *_BY_HOST, *_README)

# Of their variables $processes and $host: metric and label.
VARIABLES = (
    ("namedprocess_namegroup_cpu_seconds_total", "groupname"),
    ("namedprocess_namegroup_num_procs", "groupname"),
    ("namedprocess_namegroup_num_procs", "instance"),
)


def filled_in(query, **variables):
    """As Grafana sends it."""
    for name, value in variables.items():
        query = query.replace(f"${name}", value)
    return query
