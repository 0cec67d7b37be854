"""The types that every collectd knows, from the types.db that comes with it."""

import math
from dataclasses import dataclass
from pathlib import Path

_STOCK = Path("/usr/share/collectd/types.db")


@dataclass(frozen=True)
class DataSource:
    name: str
    kind: str  # GAUGE, DERIVE, COUNTER or ABSOLUTE.
    least: float
    most: float


def read():
    """Type -> its data sources in order."""
    types = {}
    for line in _STOCK.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, *sources = line.replace(",", " ").split()
            types[name] = [_source(*source.split(":")) for source in sources]
    return types


def type_of(identifier):
    """The type in PLUGIN/TYPE-INSTANCE."""
    return identifier.rpartition("/")[2].partition("-")[0]


def _source(name, kind, least, most):
    return DataSource(
        name, kind, -math.inf if least == "U" else float(least),
        math.inf if most == "U" else float(most),
    )  # fmt: skip
