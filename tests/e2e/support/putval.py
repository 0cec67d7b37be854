"""A reader of collectd's plain text protocol, as write_http sends it with Format "Command": lines
`PUTVAL IDENTIFIER interval=SECONDS TIME:VALUE[:VALUE...]`."""

import re
from dataclasses import dataclass

# A word, or in quotes anything with backslashes before quotes and backslashes; one line each.
_LINE = re.compile(
    r'PUTVAL (?:(?P<plain>[^\s"\\\x00-\x1f\x7f]+)|"(?P<quoted>(?:[^"\\\x00-\x1f\x7f]|\\["\\])*)") '
    r"interval=(?P<interval>[0-9]+\.[0-9]{3}) (?P<time>[0-9]+\.[0-9]{3}):(?P<values>\S+)"
)
_VALUE = re.compile(r"nan|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")


@dataclass(frozen=True)
class Put:
    identifier: str
    interval_s: float
    time_ms: int
    values: tuple  # As they are written.


def read(data):
    assert data.endswith(b"\r\n"), f"the last line is not finished: {data[-80:]!r}"
    return [_read(line) for line in data[:-2].split(b"\r\n")]


def _read(line):
    found = _LINE.fullmatch(line.decode("utf-8"))
    assert found, f"no PUTVAL: {line!r}"
    identifier = found["plain"] or re.sub(r"\\(.)", r"\1", found["quoted"])
    values = tuple(found["values"].split(":"))
    assert all(map(_VALUE.fullmatch, values)), f"no values: {line!r}"
    interval, time = found["interval"], found["time"]
    return Put(identifier, float(interval), int(time.replace(".", "")), values)
