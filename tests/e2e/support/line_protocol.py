"""A reader of Influx line protocol that takes only what every consumer takes.

Independent of the product's own code. Anything outside the safe subset of telegraf.md 2.1 is an
error: control characters, invalid UTF-8, empty or twice given tags and fields, tags out of order,
a backslash at the end of a tag, unsigned and string fields, numbers that are no plain decimals,
blanks in excess, comments, empty lines, a missing time.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

_INT64_MAX = 2**63 - 1
_INTEGER = re.compile(r"(0|-?[1-9][0-9]*)i")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?")
_TIME = re.compile(r"0|[1-9][0-9]{0,18}")


class BadLine(ValueError):
    """A line that some consumer would refuse or misread."""


@dataclass(frozen=True)
class Point:
    """One line. Integer fields are int, the others Decimal: exactly the digits that were sent."""

    measurement: str
    tags: dict
    fields: dict
    time_ns: int

    @property
    def series(self):
        return (self.measurement, tuple(sorted(self.tags.items())))


def read(data):
    """The points of some bytes, which must be whole lines."""
    if not data:
        return []
    if not data.endswith(b"\n"):
        raise BadLine(f"the last line is not finished: {data[-80:]!r}")
    return [read_line(line) for line in data[:-1].split(b"\n")]


def read_line(line):
    """The point of one line, given without its newline."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLine(f"{error}: {line!r}") from None
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        raise BadLine(f"control character: {line!r}")
    parts = _split(text, " ")
    if len(parts) != 3:
        raise BadLine(f"{len(parts)} parts instead of series, fields and time: {line!r}")
    head, fields, time = parts
    names = _split(head, ",")
    if not names[0] or names[0].startswith("#"):
        raise BadLine(f"measurement: {line!r}")
    tags = _pairs(names[1:], line, _tag_value)
    if list(tags) != sorted(tags, key=str.encode):
        raise BadLine(f"tags out of order: {line!r}")
    if not _TIME.fullmatch(time):
        raise BadLine(f"time: {line!r}")
    return Point(
        measurement=_unescape(names[0], ", "),
        tags=tags,
        fields=_pairs(_split(fields, ","), line, _number),
        time_ns=int(time),
    )


def _split(text, separator):
    """Splits at each separator that no backslash escapes."""
    if "\\" not in text:
        return text.split(separator)
    parts = [""]
    escaped = False
    for c in text:
        if c == separator and not escaped:
            parts.append("")
        else:
            parts[-1] += c
        escaped = c == "\\" and not escaped
    return parts


def _pairs(items, line, read_value):
    pairs = {}
    for item in items:
        halves = _split(item, "=")
        if len(halves) != 2 or not all(halves):
            raise BadLine(f"no KEY=VALUE: {item!r} in {line!r}")
        key = _unescape(halves[0], ",= ")
        if key in pairs:
            raise BadLine(f"given twice: {key!r} in {line!r}")
        if key.endswith("\\"):
            raise BadLine(f"backslash at the end: {key!r} in {line!r}")
        pairs[key] = read_value(halves[1], line)
    return pairs


def _tag_value(text, line):
    if text.endswith("\\"):
        raise BadLine(f"backslash at the end: {text!r} in {line!r}")
    return _unescape(text, ",= ")


def _number(text, line):
    if _INTEGER.fullmatch(text):
        value = int(text[:-1])
        if not -_INT64_MAX - 1 <= value <= _INT64_MAX:
            raise BadLine(f"out of range: {text!r} in {line!r}")
        return value
    if _FLOAT.fullmatch(text):
        return Decimal(text)
    raise BadLine(f"neither 1i nor 1.5: {text!r} in {line!r}")


def _unescape(text, special):
    """A backslash is literal unless it stands before what it is there to escape."""
    return re.sub(rf"\\([{special}])", r"\1", text)
