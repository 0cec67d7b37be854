"""What collectd's csv plugin has written: each value of each read, as it was dispatched."""

import re
from dataclasses import dataclass
from pathlib import Path

_DAY = r"-\d{4}-\d\d-\d\d"
_DAY_AT_END = re.compile(_DAY + r"\Z")


@dataclass(frozen=True)
class Row:
    time_ms: int
    values: dict  # Data source -> int where it is a counter, float where it is a gauge.


class CsvFolder:
    """The files of one host. An identifier is PLUGIN-INSTANCE/TYPE-INSTANCE here."""

    def __init__(self, path):
        self._path = Path(path)

    def identifiers(self):
        return {f"{file.parent.name}/{_DAY_AT_END.sub('', file.name)}" for file in self._files()}

    def rows(self, identifier):
        """In the order in which they were written; what is half written is left out."""
        plugin, _, name = identifier.partition("/")
        return [row for file in self._days(plugin, name) for row in _read(file)]

    def series(self):
        """Identifier -> rows."""
        return {identifier: self.rows(identifier) for identifier in self.identifiers()}

    def last(self, identifier):
        return self.rows(identifier)[-1].values

    def reads_since(self, time_ms, identifier):
        """How many there are."""
        return sum(row.time_ms > time_ms for row in self.rows(identifier))

    def _files(self):
        return self._path.glob("*/*")

    def _days(self, plugin, name):
        folder = self._path / plugin
        if not folder.is_dir():
            return []
        # Not by glob: names may have its own characters in them.
        return sorted(
            file for file in folder.iterdir()
            if file.name.startswith(name) and re.fullmatch(_DAY, file.name[len(name) :])
        )  # fmt: skip


def _read(file):
    head, *lines = file.read_text().split("\n")[:-1] or [""]
    sources = head.split(",")[1:]
    for line in lines:
        seconds, *values = line.split(",")
        # Three digits after the point, so this is exact.
        yield Row(int(seconds.replace(".", "")), dict(zip(sources, map(_number, values))))


def _number(text):
    return float(text) if "." in text or "n" in text else int(text)
