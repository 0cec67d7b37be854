"""What every line has to be that goes to carbon, strictly: what all receivers read alike."""

import re
from dataclasses import dataclass

_NODE = r"[A-Za-z0-9_-]{1,200}"
_TAG = r"[a-z_]+=[^;~\s\x00-\x20\x7f-\xff][^;\s\x00-\x20\x7f-\xff]*"
_LINE = re.compile(
    rf"(?P<path>{_NODE}(?:\.{_NODE})+(?:;{_TAG})*) "
    r"(?P<value>-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?) (?P<time>[1-9][0-9]*)"
)
_MOST_BYTES = 4096


@dataclass(frozen=True)
class Line:
    path: str
    value: str
    time_s: int


def read_line(line):
    """`line` without its newline."""
    found = _LINE.fullmatch(line.decode("latin-1"))
    assert found, f"no line that carbon should get: {line!r}"
    assert len(line) < _MOST_BYTES, line
    return Line(found["path"], found["value"], int(found["time"]))


def read(lines):
    """{path: {time: text of the value}}; two values for one point are an error."""
    series = {}
    for line in map(read_line, lines):
        points = series.setdefault(line.path, {})
        assert line.time_s not in points, line
        points[line.time_s] = line.value
    return series
