"""What the READMEs and the man page say is what the program does."""

import re
import shutil
import tempfile
import unittest

import fake_host
from generated import check_section, section
from program import ROOT, blocks, catalogue, proctally_exec, read, set_man_page

README = "README.md"
EXEC_README = "plugins/exec/README.md"
MAN_PAGE = "plugins/exec/proctally-exec.8"
# Names that Telegraf's Go shim has for options of ours; --help leaves them out.
SHIM_OPTIONS = {"poll_interval", "poll_interval_disabled"}

# All that process-exporter has of a group and of its threads.
EXPORTER_FAMILIES = {
    "num_procs", "cpu_seconds_total", "read_bytes_total", "write_bytes_total",
    "major_page_faults_total", "minor_page_faults_total", "context_switches_total", "memory_bytes",
    "open_filedesc", "worst_fd_ratio", "oldest_start_time_seconds", "num_threads", "states",
    "threads_wchan", "thread_count", "thread_cpu_seconds_total", "thread_io_bytes_total",
    "thread_major_page_faults_total", "thread_minor_page_faults_total",
    "thread_context_switches_total"}


class Generated(unittest.TestCase):
    """Parts of the README that the program can write."""

    def check(self, name, expected):
        check_section(self, README, name, expected)

    def test_the_table_of_metrics_is_the_catalogue(self):
        self.check("metrics", catalogue("groups"))

    def test_the_table_of_its_own_metrics_is_the_catalogue(self):
        self.check("self metrics", catalogue("self"))

    def test_the_tables_of_names_in_prometheus_are_the_catalogue(self):
        check_section(self, EXEC_README, "prometheus", catalogue("prometheus"))
        check_section(self, EXEC_README, "threads", catalogue("threads"))

    def test_each_name_that_the_page_of_migration_has_is_in_the_catalogue(self):
        families = set(re.findall(r"\| `[a-z_]+` \| `([a-z_]+)", catalogue("prometheus")
                                  + catalogue("threads"))) | {"threads_wchan"}
        told = section("migration").search(read(README))[0]
        rows = [line.split("|")[1] for line in told.splitlines()[2:]]
        named = {name for row in rows for name in re.findall(r"`([a-z_]+)", row)}
        self.assertEqual(named - families, set())
        self.assertEqual(EXPORTER_FAMILIES - named, set())

    def test_the_example_of_explain_is_what_it_prints_for_the_rules_above(self):
        rules = re.fullmatch("```json\n(.*)```\n", section("rules").search(read(README))[0],
                             re.DOTALL)[1]
        with tempfile.TemporaryDirectory() as procfs, tempfile.NamedTemporaryFile("w") as file:
            fake_host.make(procfs, pids={2, 410, 613, 801, 1000, 1001})
            file.write(rules)
            file.flush()
            done = proctally_exec("--explain", "--procfs", procfs, "--config", file.name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = done.stdout.split("\n\n", 1)[1]  # Behind the line that says what is read how.
        self.check("explain", f"```\n{rows}```\n")


class Options(unittest.TestCase):
    def setUp(self):
        self.options = set(re.findall("^  --?([a-z.-]+)", proctally_exec("--help").stdout,
                                      re.MULTILINE))
        self.assertLess({"config", "config.path", "procnames"}, self.options)

    def test_the_readme_has_those_that_help_has(self):
        cells = re.findall("^\\| (`-.*?) \\|", read(EXEC_README), re.MULTILINE)
        documented = [flag for cell in cells for flag in re.findall("`--?([a-z_.-]+)", cell)]
        self.assertEqual(sorted(documented), sorted(self.options | SHIM_OPTIONS))

    def test_the_man_page_has_those_that_help_has(self):
        documented = re.findall("^\\.It Fl -?([a-z_.-]+)", read(MAN_PAGE), re.MULTILINE)
        self.assertEqual(sorted(documented), sorted(self.options | SHIM_OPTIONS))

    def test_those_of_the_shim_are_known(self):
        done = proctally_exec("--check", "-poll_interval", "1s", "-poll_interval_disabled")
        self.assertEqual(done.returncode, 0, done.stderr)


class TelegrafConf(unittest.TestCase):
    def setUp(self):
        self.conf = read("conf/telegraf.conf").splitlines()
        self.in_effect = [line for line in self.conf if line and not line.lstrip().startswith("#")]

    def test_the_readmes_and_the_man_page_have_its_lines(self):
        for path in (README, EXEC_README):
            self.assertEqual(blocks(path, "toml")[0].splitlines(), self.in_effect, path)
        self.assertIn("\n" + "\n".join(self.in_effect) + "\n.Ed\n", read(MAN_PAGE))

    def test_other_snippets_are_lines_of_it_that_are_commented_out(self):
        commented_out = [line.replace("# ", "", 1) for line in self.conf
                         if line.startswith("  # ")]
        for block in blocks(EXEC_README, "toml")[1:]:
            for line in block.splitlines():
                self.assertIn(line, commented_out)


class Texts(unittest.TestCase):
    def test_links_lead_to_files(self):
        for path in (README, EXEC_README):
            for target in re.findall(r"\]\(([^)#:]+)\)", read(path)):
                self.assertTrue((ROOT / path).parent.joinpath(target).exists(), f"{path}: {target}")

    def test_the_settings_and_their_defaults_are_those_in_effect(self):
        shown = re.findall("^\\| `([a-z_]+)` \\| `(.*?)` \\|", read(README), re.MULTILINE)
        effective = proctally_exec("--check").stdout
        self.assertGreater(len(shown), 4)
        for name, default in shown:
            self.assertIn(f'"{name}": {default}', effective)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_the_man_page_is_set_without_a_warning(self):
        self.assertEqual(set_man_page(MAN_PAGE), (0, b""))


if __name__ == "__main__":
    unittest.main()
