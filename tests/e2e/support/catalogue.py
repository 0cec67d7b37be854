"""What proctally promises to publish, read from its one catalogue of metrics, core/metrics.cc.

Read from the source and not from the product's output, so that a field that is lost on the way,
or changes its type, is seen.
"""

import re
from decimal import Decimal
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[3] / "core" / "metrics.cc"
_ROW = r'%s"(\w+)",\s*(counter|gauge),\s*(integer|real|seconds),'


def _types(row_start, count_at_least):
    rows = re.findall(_ROW % row_start, _SOURCE.read_text())
    types = {name: int if kind == "integer" else Decimal for name, _, kind in rows}
    assert len(types) >= count_at_least, f"{_SOURCE} is no longer understood: {sorted(types)}"
    return types


def _counters(row_start):
    rows = re.findall(_ROW % row_start, _SOURCE.read_text())
    return {name for name, kind, _ in rows if kind == "counter"}


# Name -> int or Decimal, as line_protocol.py reads it.
GROUP_FIELDS = _types(r"row\(", 30)
SELF_FIELDS = _types(r"\{", 15)
GROUP_COUNTERS = _counters(r"row\(")

# Absent where the scan before is missing or less than 100 ms ago.
USAGE_FIELDS = {name for name in GROUP_FIELDS if name.startswith("cpu_usage")}

IO_FIELDS = {
    "disk_read_bytes", "disk_write_bytes", "read_bytes", "write_bytes", "read_count", "write_count",
}  # fmt: skip

# Absent without CAP_NET_ADMIN, and where the kernel's taskstats forget dead threads.
SWITCH_FIELDS = {"voluntary_context_switches", "involuntary_context_switches"}
# Absent without CAP_NET_ADMIN, and outside of the first namespaces.
EXIT_FIELDS = {"exits_seen", "exits_lost"}
