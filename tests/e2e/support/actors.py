"""The programs of workloads under names that nothing else on this host has: PREFIX_ROLE.

So what a group by comm shows is the workload's, whoever else runs the same commands. The role is
the name of the group.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_SOURCES = Path(__file__).resolve().parent / "actors"
_COMM = 15  # The kernel keeps so many bytes of a name.


class Actors:
    """A folder with the programs; use it in `with`. actors["true"] is the path of one, made when it
    is asked for first."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        os.chmod(self.folder, 0o755)
        self.prefix = f"{os.getpid():x}"
        self.truth = self.folder / "truth"
        self.truth.touch()
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def __getitem__(self, role):
        path = self.folder / self.comm(role)
        if not path.exists():
            shutil.copy(shutil.which(role), path)
        return str(path)

    def comm(self, role):
        name = f"{self.prefix}_{role}"
        assert len(name) <= _COMM, f"{name} is too long for a comm"
        return name

    def made_of(self, source, role):
        """The path of a program that plays the role and is made of that C file."""
        path = self.folder / self.comm(role)
        if not path.exists():
            compiled = self.folder / source
            if not compiled.exists():
                command = ("cc", "-O1", "-pthread", "-Wall", "-Wextra", "-o", compiled)
                subprocess.run((*command, _SOURCES / f"{source}.c"), check=True)
            shutil.copy(compiled, path)
        return str(path)

    def link(self, role, target):
        """The path of a link to a program that has to stay where it is."""
        path = self.folder / self.comm(role)
        if not path.exists():
            path.symlink_to(target)
        return str(path)

    def environment(self):
        return {**os.environ, "TRUTH": str(self.truth), "LC_ALL": "C"}

    def settings(self, roles, families=("cpu", "processes")):
        """A group for each role, and nobody else in any."""
        return {
            "process_names": [{"name": role, "comm": [self.comm(role)]} for role in roles],
            "collect": list(families),
        }
