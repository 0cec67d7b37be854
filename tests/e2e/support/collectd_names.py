"""What collectd's own writers call a data source, as their documentation and sources say
(write_graphite, write_prometheus and write_http of 5.12, with their defaults)."""

from dataclasses import dataclass

from support import types_db


@dataclass(frozen=True)
class DataSource:
    """One value of a value list."""

    plugin: str
    plugin_instance: str
    type: str
    type_instance: str
    name: str

    @classmethod
    def of(cls, identifier, name):
        """identifier: PLUGIN-INSTANCE/TYPE-INSTANCE. The first hyphen of each part counts."""
        plugin, _, rest = identifier.partition("/")
        return cls(*plugin.partition("-")[::2], *rest.partition("-")[::2], name)

    @property
    def identifier(self):
        return f"{_joined(self.plugin, self.plugin_instance)}/{self.list_name}"

    @property
    def list_name(self):
        return _joined(self.type, self.type_instance)

    def graphite_path(self):
        """Behind the host."""
        path = f"{_joined(self.plugin, self.plugin_instance)}.{self.list_name}"
        return path if len(types_db.read()[self.type]) == 1 else f"{path}.{self.name}"

    def prometheus_name(self):
        name = f"collectd_{self.plugin}_{self.type}"
        name += "" if self.name == "value" else f"_{self.name}"
        (source,) = (each for each in types_db.read()[self.type] if each.name == self.name)
        return name + ("_total" if source.kind in ("DERIVE", "COUNTER") else "")

    def prometheus_labels(self):
        """But for `instance`, which is the host."""
        labels = {}
        if self.plugin_instance:
            labels[self.plugin] = self.plugin_instance
        if self.type_instance:
            labels["type" if self.plugin_instance else self.plugin] = self.type_instance
        return labels


def _joined(name, instance):
    return f"{name}-{instance}" if instance else name
