"""Which value lists proctally promises to collectd, read from the catalogue in core/metrics.cc.

A value list is named as in identifiers, TYPE or TYPE-INSTANCE, and has a value for each data source
of its type.
"""

import re
from pathlib import Path

from support import catalogue

_SOURCE = Path(__file__).resolve().parents[3] / "core" / "metrics.cc"
_ROW = re.compile(
    r'"(?P<field>\w+)",\s*(?:counter|gauge),\s*(?:integer|real|seconds),\s*"[^"]*",\s*'
    r'(?:Family::(?P<family>\w+),\s*)?(?:"[^"]*"\s*)+,\s*\{(?P<name>[^{}]*)\}'
)


def _lists(of_groups):
    lists, families = {}, {}
    for row in _ROW.finditer(_SOURCE.read_text()):
        if (row["family"] is not None) != of_groups or not row["name"]:
            continue
        if row["field"] in catalogue.PSS_FIELDS | catalogue.PSS_SELF_FIELDS:
            continue
        words = re.findall(r'"([^"]*)"', row["name"])
        type_name, instance, source = (*words, "value")[:3]
        name = f"{type_name}-{instance}" if instance else type_name
        lists.setdefault(name, {})[source] = row["field"]
        families.setdefault(row["family"], set()).add(name)
    return lists, families


# Value list -> data source -> field.
GROUP_LISTS, FAMILIES = _lists(of_groups=True)  # FAMILIES: family -> value lists.
SELF_LISTS, _ = _lists(of_groups=False)
assert len(GROUP_LISTS) >= 20 and len(SELF_LISTS) >= 15, f"{_SOURCE} is no longer understood"

# Of proctally-exec only: a plugin is not asked by ticks, and has no stdout that is not read.
NOT_OF_A_PLUGIN = {"ticks_skipped", "batches_dropped"}

# Absent where the read before is missing.
USAGE_LISTS = {
    "gauge-cpu_usage", "gauge-cpu_usage_user", "gauge-cpu_usage_system", "gauge-cpu_usage_max",
    "percent-cpu",
}  # fmt: skip

# Absent where no process lives that has a limit of files, and where there is no process at all.
OF_LIVING = {"percent-fd"}
OF_PROCESSES = OF_LIVING | {"gauge-oldest_start_time"}


def without(lists, absent_fields):
    """The names of those whose fields are all there."""
    return {name for name, fields in lists.items() if not absent_fields & set(fields.values())}


def of_group(group):
    """The name of the group's plugin in identifiers."""
    return f"proctally-{group}"
