"""Which group a process is in, by process-exporter and by proctally with the same settings."""

import unittest

from support import exporter_differences, outcome
from support.differential import ABSENT, THREADS, Case
from support.fake_proc import KERNEL_THREAD, Process, Thread, now

BY_COMM = "process_names: [{name: '{{.Comm}}', comm: [%s]}]\n"

SHELLS = """
process_names:
- exe: [bash]
- exe: [sh]
- exe: [/bin/ksh]
"""

TEMPLATES = r"""
process_names:
- exe: [postmaster]
  cmdline: ['-D\s+.+?(?P<Path>[^/]+)(?:$|\s)']
  name: "{{.ExeBase}}:{{.Matches.Path}}"
- exe: [prometheus]
  name: "{{.ExeFull}}:{{.PID}}"
- comm: [cat]
  name: "{{.StartTime}}"
"""

EVERY_WORD = r"""
process_names:
- comm: [word]
  cmdline: ['(?P<first>--\w+)', '(?P<last>\w+)$']
  name: "{{.Comm}} {{.ExeBase}} {{.ExeFull}} {{.Username}} {{index .Cgroups 1}}
    {{.Matches.first}} {{.Matches.last}}"
- comm: ["a) (b c)", "tmux: server"]
  name: "{{.Comm}}"
- name: "{{.ExeBase}}"
  cmdline: ['.+']
"""

SELECTORS = r"""
process_names:
- {name: "both {{.PID}}", comm: [one, two], cmdline: ['-a', 'b$']}
- {name: "last wins {{.PID}}", exe: [/usr/bin/pg, /opt/pg]}
- {name: "second {{.PID}}", comm: [two]}
- {name: "kernel {{.ExeBase}}", comm: [kworker]}
"""


MAPPING = r"python2,([^/]+)\.py,java,-jar\s+.*/([^/]+).jar"


def one():
    return {"num_procs": 1}


class ExporterNamesTest(Case):
    differences = exporter_differences.ALL
    own_families = exporter_differences.OWN_FAMILIES

    def test_config_shells(self):
        self.host.put(
            Process(11, "bash", ("/bin/bash",)), Process(12, "sh", ("sh",)),
            Process(13, "ksh", ("/bin/ksh",)), Process(14, "ksh", ("/usr/bin/ksh",)),
        )  # fmt: skip
        self.start(SHELLS)
        self.cycle(bash=one(), sh=one(), ksh=one())

    def test_config_templates(self):
        self.host.put(
            Process(22, "postmaster", ("/usr/bin/postmaster", "-D", "/data/pg")),
            Process(23, "prometheus", ("/usr/local/bin/prometheus",)),
        )
        self.start(TEMPLATES)
        self.cycle({"postmaster:pg": one(), "/usr/local/bin/prometheus:23": one()})

    def test_start_time_as_name(self):
        """Both in Go's form, but not equal: theirs knows the time of the boot to the second, ours
        to the nanosecond. So no difference can be listed."""
        self.host.put(Process(24, "cat", ("/bin/cat",)))
        self.start(TEMPLATES)
        names = [page_groups(page.page()) for page in (self.theirs, self.ours)]
        for (name,) in names:
            self.assertRegex(name, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})? \+0000 UTC$")

    def test_every_word_of_a_template(self):
        self.host.put(
            Process(31, "word", ("/opt/w", "--go", "x"), uid=1, cgroups=("1:a:/x", "0::/b c")),
            Process(32, "a) (b c)"), Process(33, "tmux: server"),
            Process(34, "nginx", ("nginx: master process /usr/sbin/nginx -g daemon on;",)),
            Process(35, "sshd", ("sshd: user@pts/0",)), Process(36, "slash", ("/",)),
            Process(37, "slashes", ("a//",)),
        )  # fmt: skip
        self.start(EVERY_WORD)
        self.cycle({
            "word w /opt/w daemon /b c --go x": one(), "a) (b c)": one(), "tmux: server": one(),
            "nginx -g daemon on;": one(), "0": one(), "/": one(), "a": one(),
        })  # fmt: skip

    def test_selectors(self):
        self.host.put(
            Process(41, "one", ("x", "-a", "b")), Process(42, "two", ("x", "-a")),
            Process(43, "pg", ("/usr/bin/pg",)), Process(44, "pg", ("/opt/pg",)),
            Process(45, "kworker", (), flags=KERNEL_THREAD, ppid=2),
        )  # fmt: skip
        self.start(SELECTORS)
        self.cycle({"both 41": one(), "second 42": one(), "last wins 44": one(),
                    "kernel kworker": one()})  # fmt: skip

    def test_kernel_threads_and_zombies_have_no_command_line(self):
        self.host.put(
            Process(2, "kthreadd", (), ppid=0, flags=KERNEL_THREAD), Process(50, "alive"),
            Process(51, "dead", (), state="Z", fds=0),
            Process(52, "child", (), state="Z", fds=0, ppid=50),
        )  # fmt: skip
        self.start("process_names: [{name: '{{.Comm}}', cmdline: ['.+']}]\n")
        self.cycle(alive={"num_procs": 2, "states Zombie": 1})

    def test_a_constant_name_without_processes(self):
        self.host.put(Process(50, "other"))
        self.start("process_names: [{name: mine, comm: [g1]}]\n")
        self.cycle()
        self.host.put(Process(51, "g1", start=now()))
        self.cycle(mine=one())

    def test_children_and_grandchildren(self):
        self.host.put(
            Process(10, "bash"), Process(11, "a", ppid=10), Process(12, "b", ppid=11),
            Process(13, "apart"),
        )  # fmt: skip
        self.start(BY_COMM % "bash")
        self.cycle(bash={"num_procs": 3})
        self.host.put(Process(14, "c", ppid=12, start=now()))
        self.cycle(bash={"num_procs": 4})
        self.host.only(Process(12, "b", ppid=1), Process(14, "c", ppid=12, start=now()))
        self.cycle(bash={"num_procs": 2})

    def test_children_of_init(self):
        self.host.put(
            Process(1, "systemd", ppid=0), Process(60, "g1"), Process(61, "any"),
            Process(2, "kthreadd", (), ppid=0, flags=KERNEL_THREAD),
            Process(3, "kworker", (), ppid=2, flags=KERNEL_THREAD),
        )  # fmt: skip
        self.start(BY_COMM % "systemd, g1")
        self.cycle(systemd={"num_procs": 2}, g1=one())

    def test_no_children(self):
        self.host.put(Process(10, "bash"), Process(11, "a", ppid=10))
        self.start(BY_COMM % "bash", "-children=false")
        self.cycle(bash=one())

    def test_exec_of_an_ignored_one(self):
        self.host.put(Process(10, "wrapper"), Process(11, "other"))
        self.start(BY_COMM % "g1")
        self.cycle()
        self.host.put(Process(10, "g1", counts=(2,)))
        self.cycle()

    def test_exec_of_an_ignored_one_without_children(self):
        self.host.put(Process(10, "wrapper"), Process(11, "other"))
        self.start(BY_COMM % "g1", "-children=false")
        self.cycle()
        self.host.put(Process(10, "g1"))
        self.cycle(g1=one())

    def test_exec_of_an_ignored_one_with_recheck(self):
        self.host.put(Process(10, "wrapper"), Process(11, "other"))
        self.start(BY_COMM % "g1", "-recheck")
        self.cycle()
        self.host.put(Process(10, "g1"))
        self.cycle(g1=one())

    def test_exec_of_a_tracked_one(self):
        self.host.put(Process(10, "g1", counts=(1,)), Process(11, "g1"))
        self.start(BY_COMM % "g1, g2")
        self.cycle(g1={"num_procs": 2})
        self.host.put(Process(10, "g2", counts=(3,)))
        self.cycle()

    def test_reused_pid(self):
        self.host.put(Process(20, "g1", counts=(1,)))
        self.start(BY_COMM % "g1")
        self.cycle(g1={"cpu_seconds_total user": 0})
        self.host.put(Process(20, "g1", counts=(1.5,)))
        self.cycle(g1={"cpu_seconds_total user": 0.5})
        self.host.put(Process(20, "g1", counts=(0.3,), start=now()))
        self.cycle(g1={"cpu_seconds_total user": 0.8})

    def test_names_on_the_command_line(self):
        self.host.put(Process(10, "g1"), Process(11, "g2"), Process(12, "g3"))
        self.start("", "-procnames", "g1,,g3")
        self.cycle(g1=one(), g3=one(), g2={"num_procs": ABSENT})

    def put_mapped(self):
        self.host.put(
            Process(10, "python2", ("python2", "/srv/app.py")),
            Process(11, "java", ("java", "-jar", "/opt/shop.jar")),
            Process(12, "java", ("java", "-version")), Process(13, "g1"), Process(14, "g2"),
        )  # fmt: skip

    def test_mapped_names(self):
        self.put_mapped()
        self.start("", "-procnames", "g1,java:shop,python2:app", "-namemapping", MAPPING)
        self.cycle({"g1": one(), "java:shop": one(), "python2:app": one()})

    def test_mapped_names_that_are_not_listed(self):
        self.put_mapped()
        self.start("", "-procnames", "g1,java", "-namemapping", MAPPING)
        self.cycle(g1=one())

    def test_mapped_names_alone(self):
        self.host.put(
            Process(10, "python2", ("python2", "/srv/app.py")), Process(11, "python2", ("python2",))
        )
        self.start("", "-namemapping", r"python2,([^/]+)\.py")
        self.cycle({"python2:app": one()})

    def test_bytes_that_are_no_text(self):
        """Their end, so theirs has no page to compare."""
        self.host.put(Process(10, b"caf\xe9"), Process(11, "g1"))
        self.start("process_names: [{name: '{{.Comm}}', cmdline: ['.+']}]\n")
        with self.assertRaises(OSError):
            self.theirs.page()
        self.assertEqual(self.theirs.wait(), 2)
        self.assertEqual(page_groups(self.ours.page_of_named()), {r"caf\xe9", "g1"})

    def test_bytes_that_are_no_text_in_the_name_of_a_thread(self):
        threads = (Thread(11, "g1"), Thread(12, b"caf\xe9"))
        self.host.put(Process(11, "g1", threads=threads))
        self.start(BY_COMM % "g1", families=THREADS)
        with self.assertRaises(OSError):
            self.theirs.page()
        self.assertEqual(self.theirs.wait(), 2)
        self.assertEqual(page_groups(self.ours.page_of_named()), {"g1"})


def page_groups(page):
    return {
        text
        for (name, labels) in page
        for label, text in labels
        if name == "namedprocess_namegroup_num_procs" and label == "groupname"
    }


if __name__ == "__main__":
    outcome.main()
