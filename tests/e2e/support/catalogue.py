"""What proctally promises to publish, read from its one catalogue of metrics, core/metrics.cc.

Read from the source and not from the product's output, so that a field that is lost on the way,
or changes its type, is seen.
"""

import re
from decimal import Decimal
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[3] / "core" / "metrics.cc"
_ROW = r'%s"(\w+)",\s*(counter|gauge),\s*(integer|real|seconds),'


# The catalogues stand one after the other: of groups, of threads, of proctally itself.
_GROUPS, _, _SELF = re.split(r"> k(?:Thread|Self)Metrics = ", _SOURCE.read_text())


def _types(text, row_start, count_at_least):
    rows = re.findall(_ROW % row_start, text)
    types = {name: int if kind == "integer" else Decimal for name, _, kind in rows}
    assert len(types) >= count_at_least, f"{_SOURCE} is no longer understood: {sorted(types)}"
    return types


def _counters(text, row_start):
    rows = re.findall(_ROW % row_start, text)
    return {name for name, kind, _ in rows if kind == "counter"}


# Of a family that is off by default.
PSS_FIELDS = {"memory_pss", "memory_swap_pss", "memory_pss_age"}
PSS_SELF_FIELDS = {"pss_skipped"}


def _without(names, fields):
    return {name: kind for name, kind in fields.items() if name not in names}


# Name -> int or Decimal, as line_protocol.py reads it.
GROUP_FIELDS = _without(PSS_FIELDS, _types(_GROUPS, r"row\(", 30))
SELF_FIELDS = _without(PSS_SELF_FIELDS, _types(_SELF, r"\{", 15))
GROUP_COUNTERS = _counters(_GROUPS, r"row\(")

# Absent where the scan before is missing or less than 100 ms ago.
USAGE_FIELDS = {name for name in GROUP_FIELDS if name.startswith("cpu_usage")}

IO_FIELDS = {
    "disk_read_bytes", "disk_write_bytes", "read_bytes", "write_bytes", "read_count", "write_count",
}  # fmt: skip

# Absent without CAP_NET_ADMIN, and where the kernel's taskstats forget dead threads.
SWITCH_FIELDS = {"voluntary_context_switches", "involuntary_context_switches"}
# Absent without CAP_NET_ADMIN, and outside of the first namespaces.
EXIT_FIELDS = {"exits_seen", "exits_lost"}
