"""A tls:// destination gets lines only if its certificate is right, and nobody gets them in the
clear. What is wrong with it the log says."""

import contextlib
import unittest

from support import graphite_pusher, outcome, small_host, waiting
from support.carbon_c_relay import CarbonCRelay
from support.carbon_cache import CarbonCache
from support.certificates import Certificates
from support.graphite_pusher import Pusher
from support.recorder import Recorder
from support.tls_server import TlsServer
from support.wiretap import Wiretap

# In every line.
SECRET = b"proctally"


class GraphiteTlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        cls.procfs = resources.enter_context(small_host.small())
        cls.certificates = resources.enter_context(Certificates())

    def ca(self, name="ca"):
        return "--tls-ca", self.certificates.path(f"{name}.pem")

    def client(self, name):
        both = (self.certificates.path(f"{name}.{kind}") for kind in ("pem", "key"))
        return tuple(zip(("--tls-cert", "--tls-key"), both))

    def words(self, port, *options, host="localhost"):
        url = f"tls://{host}:{port}"
        return [*graphite_pusher.arguments(url), "--procfs", self.procfs, *options]

    def check_refused(self, port, *said, options=None, host="localhost"):
        """It is said why, all waits, scans go on, and not a byte of a line was on the wire."""
        with Wiretap(port) as wire:
            words = self.words(wire.port, *(options or self.ca()), host=host)
            with Recorder() as truth:
                with Pusher(*words, "--to", truth.url, "--stop-timeout", "1s") as pusher:
                    line = pusher.wait_for_log(f"W! tls://{host}:", "scans go on")
                    for text in said:
                        self.assertRegex(line, text)
                    waiting.until(lambda: len(truth.ticks()) >= 2, "ticks")
                    counters = pusher.finish()[f"tls://{host}:{wire.port}"]
                    counters.check()
                    self.assertEqual(counters["lines_acknowledged"], 0)
                    self.assertEqual(counters["lines_pushed"], len(truth.lines()))
                    self.assertNotIn("ERROR: AddressSanitizer", "\n".join(pusher.log()))
            self.assertNotIn(SECRET, wire.sent())
            print(line)

    def check_server_refused(self, certificate, *said, **how):
        with TlsServer(self.certificates, certificate) as server:
            self.check_refused(server.port, *said, **how)
            self.assertNotIn(SECRET, server.output())

    def test_certificate_of_another_name(self):
        self.check_server_refused("wrong_name", r"other\.example", "localhost")

    def test_certificate_that_expired(self):
        self.check_server_refused("expired", "expired", "2021-01-01")

    def test_certificate_that_is_not_valid_yet(self):
        self.check_server_refused("not_yet_valid", "not.*valid", "2090-01-01")

    def test_certificate_of_an_unknown_issuer(self):
        self.check_server_refused("other_issuer", "issuer", "e2e other authority", "--tls-ca")

    def test_certificate_that_the_system_does_not_know(self):
        """Without --tls-ca the system's authorities are asked."""
        self.check_server_refused("server", "issuer", options=("--log-level", "info"))

    def test_address_that_is_not_in_the_certificate(self):
        self.check_server_refused("wrong_name", r"127\.0\.0\.1", host="127.0.0.1")

    def test_client_certificate_that_is_missing(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version=version):
                self.check_client_refused(version, "client certificate")

    def test_client_certificate_of_an_unknown_issuer(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version=version):
                cert = [word for option in self.client("other_client") for word in option]
                self.check_client_refused(version, "client certificate", options=cert)

    def check_client_refused(self, version, *said, options=()):
        demands = ("-Verify", "1", "-verify_return_error", "-CAfile", self.ca()[1], version)
        with TlsServer(self.certificates, "server", *demands) as server:
            self.check_refused(server.port, *said, options=(*self.ca(), *options))
            self.assertNotIn(SECRET, server.output())

    def test_receiver_without_tls(self):
        with CarbonCache() as carbon:
            self.check_refused(carbon.port, "TLS")
            self.assertEqual(carbon.data_files(), [])

    def test_right_certificates_on_both_sides(self):
        demands = ("-Verify", "1", "-verify_return_error", "-CAfile", self.ca()[1])
        cert = [word for option in self.client("client") for word in option]
        with TlsServer(self.certificates, "server", *demands) as server:
            with Wiretap(server.port) as wire:
                with Pusher(*self.words(wire.port, *self.ca(), *cert)) as pusher:
                    waiting.until(lambda: server.output().count(b"\n" + SECRET) > 200, "lines")
                    pusher.finish()
                self.assertNotIn(SECRET, wire.sent())

    def test_address_that_is_in_the_certificate(self):
        with CarbonCRelay(pem=self.certificates.path("server.both.pem")) as relay:
            with Wiretap(relay.tls_port) as wire:
                with Pusher(*self.words(wire.port, *self.ca(), host="127.0.0.1")) as pusher:
                    waiting.until(lambda: len(relay.lines()) > 200, "lines")
                    pusher.finish()
                self.assertNotIn(SECRET, wire.sent())


if __name__ == "__main__":
    outcome.main()
