"""What people get wrong on the command line and in settings: it is said at once what is wrong,
where, and what is allowed; the exit code tells a mistake on the command line from one elsewhere."""

import contextlib
import json
import tempfile
import unittest
from pathlib import Path

from support import graphite_pusher, outcome, small_host
from support.certificates import Certificates

LINE, ELSEWHERE = 64, 78
TO = ("--to", "tcp://127.0.0.1:2003")
TLS = ("--to", "tls://localhost:2003")

SUCH = (
    "; must be such as tcp://carbon.example:2003, udp://10.0.0.5:2003 or tls://[2001:db8::5]:2003"
)
# Words, exit code, message. In braces: files that the test makes.
MISTAKES = [
    # Destinations.
    ((), LINE,
     "--to: is missing; say where to send, such as --to tcp://carbon.example:2003, or "
     "look at the lines with --dry-run"),
    (("--to", "carbon:2003"), LINE, '--to: "carbon:2003": has no protocol in front' + SUCH),
    (("--to", "http://carbon"), LINE,
     '--to: "http://carbon": the protocol is none of tcp, udp and tls' + SUCH),
    (("--to", ""), LINE, '--to: "": has no protocol in front' + SUCH),
    (("--to", "tcp://"), LINE, '--to: "tcp://": has no host' + SUCH),
    (("--to", "tcp://carbon:0"), LINE,
     '--to: "tcp://carbon:0": the port is "0", must be a number from 1 to 65535' + SUCH),
    (("--to", "tcp://carbon:65536"), LINE,
     '--to: "tcp://carbon:65536": the port is "65536", must be a number from 1 to '
     "65535" + SUCH),
    (("--to", "tcp://carbon:graphite"), LINE,
     '--to: "tcp://carbon:graphite": the port is "graphite", must be a number from 1 '
     "to 65535" + SUCH),
    (("--to", "tcp://carbon:"), LINE,
     '--to: "tcp://carbon:": the port is "", must be a number from 1 to 65535' + SUCH),
    (("--to", "tcp://[::1"), LINE, '--to: "tcp://[::1": the bracket is not closed' + SUCH),
    (("--to", "tcp://::1:2003"), LINE,
     '--to: "tcp://::1:2003": an address of IPv6 must stand in brackets' + SUCH),
    (("--to", "tcp://carbon:2003/path"), LINE,
     '--to: "tcp://carbon:2003/path": the port is "2003/path", must be a number from 1'
     " to 65535" + SUCH),
    (("--to", "tcp://car bon:2003"), LINE,
     '--to: "tcp://car bon:2003": the host is neither a name nor an address' + SUCH),
    ((*TO, *TO), LINE,
     '--to: "tcp://127.0.0.1:2003" is "tcp://127.0.0.1:2003" again, and would get '
     "everything twice; give each host and port once"),
    (("--to", "tcp://carbon", "--to", "tcp://carbon:2003"), LINE,
     '--to: "tcp://carbon:2003" is "tcp://carbon:2003" again, and would get everything'
     " twice; give each host and port once"),
    (("--to", "tcp://carbon:1", "--to", "udp://carbon:1"), LINE,
     '--to: "udp://carbon:1" is "tcp://carbon:1" again, and would get everything '
     "twice; give each host and port once"),
    (("--to", "tcp://carbon", "--to", "tcp://CARBON"), LINE,
     '--to: "tcp://carbon:2003" is "tcp://carbon:2003" again, and would get everything'
     " twice; give each host and port once"),
    (("--to", "tcp://carbon:2003", "--to", "tcp://carbon:02003"), LINE,
     '--to: "tcp://carbon:2003" is "tcp://carbon:2003" again, and would get everything'
     " twice; give each host and port once"),
    (("--to", "tcp://a:1,tcp://b:2"), LINE,
     '--to: "tcp://a:1,tcp://b:2": is more than one; give --to once for each' + SUCH),
    ((*TO, "--failover"), LINE, "--failover: needs at least two destinations; give --to again"),
    (("--to", "udp://carbon", "--confirm"), LINE,
     "--confirm: udp:// gives no receipts; give tcp:// or tls://"),
    (("--to", "udp://carbon", "--keep-safe", "5s"), LINE,
     "--keep-safe: udp:// acknowledges nothing; give tcp:// or tls://"),
    ((*TO, "--confirm", "--keep-safe", "5s"), LINE,
     "--confirm and --keep-safe exclude each other; give one of them"),
    # TLS.
    ((*TO, "--tls-ca", "{ca}"), LINE,
     "--tls-ca: no destination is tls://, so it would be of no use"),
    ((*TLS, "--tls-cert", "{cert}"), LINE, "--tls-key: is missing; --tls-cert needs it"),
    ((*TLS, "--tls-key", "{key}"), LINE, "--tls-cert: is missing; --tls-key needs it"),
    ((*TLS, "--tls-ca", "/nonexistent/ca.pem"), ELSEWHERE,
     "--tls-ca /nonexistent/ca.pem: No such file or directory; it must be certificates in "
     "PEM format of those to be trusted"),
    ((*TLS, "--tls-ca", "{empty}"), ELSEWHERE,
     "--tls-ca {empty}: has no certificate in PEM format; it must be certificates in PEM "
     "format of those to be trusted"),
    ((*TLS, "--tls-cert", "{cert}", "--tls-key", "{other_key}"), ELSEWHERE,
     "--tls-key {other_key}: does not match the certificate in {cert}; it must be the "
     "certificate's key in PEM format, unencrypted"),
    ((*TLS, "--tls-cert", "{cert}", "--tls-key", "{locked_key}"), ELSEWHERE,
     "--tls-key {locked_key}: is encrypted with a passphrase; it must be the certificate's "
     "key in PEM format, unencrypted"),
    # Names.
    ((*TO, "--prefix", ""), LINE,
     "--prefix: the prefix is empty; allowed are letters, digits and any of _-:#@+=, "
     "and dots between them"),
    ((*TO, "--prefix", "a b"), LINE,
     "--prefix: the prefix has a character that is not allowed at position 2; allowed "
     "are letters, digits and any of _-:#@+=, and dots between them"),
    ((*TO, "--prefix", "a..b"), LINE,
     "--prefix: the prefix has a dot at position 3 with nothing in front of it"),
    ((*TO, "--prefix", "a;b=c"), LINE,
     "--prefix: the prefix has a character that is not allowed at position 2; allowed "
     "are letters, digits and any of _-:#@+=, and dots between them"),
    ((*TO, "--prefix", "p", "--template", "{{host}}.{{group}}.{{metric}}"), LINE,
     "--prefix: --template has no {{prefix}} where it could stand"),
    ((*TO, "--prefix", "p" * 5000), ELSEWHERE,
     "--host e2e: the names of series would have up to 5406 bytes, 2048 at most; "
     "--host NAME gives it one"),
    ((*TO, "--host", ""), LINE, "--host: the name of this host is empty"),
    ((*TO, "--host", "web 01"), LINE,
     "--host: the name of this host has a character that is not allowed at position 4;"
     " allowed are letters, digits and any of _-:#@+=, and dots between them"),
    ((*TO, "--host", "localhost"), LINE,
     '--host: the name of this host is "localhost", as any may be called; its series '
     "need a name of its own"),
    ((*TO, "--template", "{{prefix}}.{{host}}.{{metric}}"), LINE,
     "--template: the template has no {{group}}; it must have {{group}} and {{metric}}"),
    ((*TO, "--template", "{{prefix}}.{{nothing}}.{{group}}.{{metric}}"), LINE,
     "--template: the template has something unknown in braces at position 10; known "
     "are {{prefix}}, {{host}}, {{group}} and {{metric}}"),
    ((*TO, "--template", "{{prefix"), LINE,
     '--template: the template has a "{{" at position 1 without its "}}"'),
    ((*TO, "--template", "{{prefix}}.{{host}}.{{group}}.{{metric}}", "--tags"), LINE,
     "--tags and --template exclude each other; give one of them"),
    # What waits.
    ((*TO, "--queue-batches", "0"), LINE,
     '--queue-batches: is "0", must be a whole number from 1 to 1000000000'),
    ((*TO, "--queue-batches", "many"), LINE,
     '--queue-batches: is "many", must be a whole number from 1 to 1000000000'),
    ((*TO, "--queue-batches", "-1"), LINE,
     '--queue-batches: is "-1", must be a whole number from 1 to 1000000000'),
    ((*TO, "--queue-bytes", "10XB"), LINE,
     '--queue-bytes: is "10XB", must be a size from 64KiB to 1TiB, such as 32MiB or 32M'),
    ((*TO, "--queue-bytes", "0"), LINE,
     '--queue-bytes: is "0", must be a size from 64KiB to 1TiB, such as 32MiB or 32M'),
    ((*TO, "--queue-age", "old"), LINE, '--queue-age: is "old", must be a time from 1s to 87600h'),
    ((*TO, "--queue-bytes", "1MiB", "--spool", "{folder}/s"), LINE,
     "--queue-bytes: is for what waits in memory; with --spool it is --spool-bytes"),
    ((*TO, "--spool-bytes", "1MiB"), LINE,
     "--spool-bytes: there is no --spool DIR that it could be for"),
    ((*TO, "--spool-age", "1h"), LINE, "--spool-age: there is no --spool DIR that it could be for"),
    ((*TO, "--spool", ""), LINE, "--spool: is empty, must be a folder; see --help"),
    ((*TO, "--spool", "/nonexistent/spool"), ELSEWHERE,
     "--spool: cannot make the folder /nonexistent/spool: No such file or directory; mkdir -p "
     "/nonexistent"),
    ((*TO, "--spool", "{empty}"), ELSEWHERE,
     "--spool: cannot make the folder {empty}: File exists"),
    ((*TO, "--spool", "{open_folder}"), ELSEWHERE,
     "--spool: others may write to the folder {open_folder}; chmod go-w {open_folder}"),
    ((*TO, "--spool", "{loose_folder}"), ELSEWHERE,
     "--spool: cannot use {loose_folder}/127_0_0_1_2003_5c33b201: others may write to "
     "it (mode 0777); give it mode 0700"),
    ((*TO, "--replay-rate", "0"), LINE,
     '--replay-rate: is "0", must be a whole number from 1 to 1000000000'),
    # Life.
    ((*TO, "--interval", "0s"), LINE,
     '--interval: is "0s", must be whole seconds from 1s to 24h, such as 10s: Graphite'
     " knows no fractions"),
    ((*TO, "--interval", "1500ms"), LINE,
     '--interval: is "1500ms", must be whole seconds from 1s to 24h, such as 10s: '
     "Graphite knows no fractions"),
    ((*TO, "--interval", "25h"), LINE,
     '--interval: is "25h", must be whole seconds from 1s to 24h, such as 10s: '
     "Graphite knows no fractions"),
    ((*TO, "--interval", "-1s"), LINE,
     '--interval: is "-1s", must be whole seconds from 1s to 24h, such as 10s: '
     "Graphite knows no fractions"),
    ((*TO, "--interval", "soon"), LINE,
     '--interval: is "soon", must be whole seconds from 1s to 24h, such as 10s: '
     "Graphite knows no fractions"),
    ((*TO, "--interval", "10s", "--splay", "11s"), LINE,
     '--splay: is "11s", must be less than the interval, 10s'),
    ((*TO, "--stop-timeout", "never"), LINE,
     '--stop-timeout: is "never", must be a time from 100ms to 1h'),
    ((*TO, "--max-connection-age", "0s"), LINE,
     '--max-connection-age: is "0s", must be a time from 1s to 8760h'),
    ((*TO, "--log-level", "loud"), LINE,
     '--log-level: is "loud", must be one of: error, warning, info, debug'),
    # Settings.
    ((*TO, "--config", "/nonexistent.json"), ELSEWHERE,
     "/nonexistent.json: cannot be read: No such file or directory"),
    ((*TO, "--config", "{empty}"), ELSEWHERE, "{empty}: is empty; write {{}} for the defaults"),
    ((*TO, "--config", "{folder}"), ELSEWHERE, "{folder}: cannot be read: Is a directory"),
    ((*TO, "--config", "{unknown_key}"), ELSEWHERE,
     "colect: unknown setting; did you mean collect?"),
    ((*TO, "--config", "{wrong_type}"), ELSEWHERE,
     'max_groups: is "many", must be a whole number from 1 to 100000'),
    ((*TO, "--config", "{cut}"), ELSEWHERE,
     "{cut}: no valid JSON at line 1, column 14: syntax error while parsing value - "
     "unexpected end of input; expected '[', '{{', or a literal"),
    ((*TO, "--procfs", "/nonexistent/proc"), ELSEWHERE,
     "--procfs: /nonexistent/proc: No such file or directory; must be where a procfs "
     "is mounted, such as /proc"),
    # What to do.
    ((*TO, "--check", "--explain"), LINE,
     "--check and --explain exclude each other; give one of them"),
    ((*TO, "--print-schema", "--once"), LINE,
     "--print-schema and --once exclude each other; give one of them"),
    ((*TO, "--frobnicate"), LINE, "unrecognised option '--frobnicate'; see --help"),
    ((*TO, "--inter", "10s"), LINE, "unrecognised option '--inter'; see --help"),
    ((*TO, "tcp://127.0.0.1:2004"), LINE,
     '"tcp://127.0.0.1:2004" stands alone, but all arguments are options, such as '
     "--config FILE; see --help"),
    ((*TO, "--interval"), LINE,
     "the required argument for option '--interval' is missing; see --help"),
    ((*TO, "--interval", "10s", "--interval", "20s"), LINE,
     "option '--interval' cannot be specified more than once; see --help"),
    ((*TO, "--tags=yes"), LINE, "option '--tags' does not take any arguments; see --help"),
]  # fmt: skip


class GraphiteMistakesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        certificates = resources.enter_context(Certificates())
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory()))
        # That of the first destination below it is not only for us.
        loose = folder / "loose" / "127_0_0_1_2003_5c33b201"
        loose.mkdir(parents=True)
        loose.chmod(0o777)
        folder.chmod(0o755)
        open_to_all = folder / "open"
        open_to_all.mkdir()
        open_to_all.chmod(0o777)
        cls.procfs = resources.enter_context(small_host.small())
        certificates.lock_key("server", "locked.key")
        cls.names = {
            "ca": certificates.path("ca.pem"),
            "cert": certificates.path("server.pem"),
            "key": certificates.path("server.key"),
            "other_key": certificates.path("client.key"),
            "locked_key": certificates.path("locked.key"),
            "folder": str(folder),
            "loose_folder": str(folder / "loose"),
            "open_folder": str(open_to_all),
        }
        files = {
            "empty": "",
            "unknown_key": json.dumps({"colect": []}),
            "wrong_type": json.dumps({"max_groups": "many"}),
            "cut": '{"collect": [',
        }
        for name, text in files.items():
            (folder / name).write_text(text)
            cls.names[name] = str(folder / name)

    def test_each_is_refused_with_a_message_that_says_what_is_wrong(self):
        self.assertGreater(len(MISTAKES), 30)
        for words, code, message in MISTAKES:
            words = [word.format(**self.names) for word in words]
            with self.subTest(" ".join(words)[:150]):
                # Whatever is wrong, what is right comes first.
                right = [] if "--host" in words else ["--host", "e2e"]
                right += [] if "--procfs" in words else ["--procfs", self.procfs]
                said = graphite_pusher.run(*right, *words, expected=code)
                self.assertEqual(said, ("", f"E! {message.format(**self.names)}\n"))
        print(f"{len(MISTAKES)} mistakes")

    def test_a_host_that_is_called_like_any_other_needs_a_name(self):
        """What it is called is not said on the command line."""
        outcome.need_root()
        command = ("unshare", "--uts", "sh", "-c", 'hostname localhost && exec "$@"', "sh",
                   graphite_pusher.PROGRAM)  # fmt: skip
        words = (*TO, "--procfs", self.procfs)
        message = graphite_pusher.run(*words, expected=ELSEWHERE, command=command)[1]
        self.assertIn("localhost", message)
        self.assertIn("--host NAME", message)


if __name__ == "__main__":
    outcome.main()
