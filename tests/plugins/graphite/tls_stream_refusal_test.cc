// Whom a stream over TLS does not talk to, and who does not talk to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/plugins/graphite/certificates.h"
#include "tests/plugins/graphite/tls_stream_fixture.h"

namespace proctally::plugins::graphite {
namespace {

using testing::HasSubstr;
using testing::Not;

using TlsStreamRefusalTest = TlsStreamByVersion;

INSTANTIATE_TEST_SUITE_P(ByVersion, TlsStreamRefusalTest, kBothVersions,
                         [](const auto& version) { return name_of_version(version.param); });

// Whom it does not talk to.

TEST_P(TlsStreamRefusalTest, RefusesACertificateForAnotherName) {
  receive({.hosts = "DNS:other.example"});
  connect();
  expect_refusal("the certificate is for other.example, not for localhost");
}

TEST_P(TlsStreamRefusalTest, RefusesACertificateForManyOtherNames) {
  receive({.hosts = "DNS:a.example,IP:192.0.2.1,IP:2001:db8::1,DNS:b.example,DNS:c.example"});
  connect();
  expect_refusal(
      "the certificate is for a.example, 192.0.2.1, 2001:db8::1 and 2 more, not for localhost");
}

TEST_P(TlsStreamRefusalTest, RefusesAnAddressThatTheCertificateHasOnlyAsName) {
  receive({.common_name = "127.0.0.1", .hosts = "DNS:localhost,DNS:127.0.0.1"});
  connect("127.0.0.1");
  expect_refusal("the certificate is for localhost, 127.0.0.1, not for 127.0.0.1");
}

TEST_P(TlsStreamRefusalTest, WhatAStrangerWroteIntoACertificateIsShownPrintable) {
  receive({.common_name = "evil\n\x1b[2Jname", .hosts = ""});
  connect();
  expect_refusal(R"(the certificate is for evil\x0a\x1b[2Jname, not for localhost)");
}

TEST_P(TlsStreamRefusalTest, RefusesAnExpiredCertificate) {
  receive({.valid_from = -10, .valid_until = -3});
  connect();
  expect_refusal("the certificate expired on " + test::day_from_now(-3));
}

TEST_P(TlsStreamRefusalTest, RefusesACertificateThatIsNotYetValid) {
  receive({.valid_from = 3, .valid_until = 10});
  connect();
  expect_refusal("the certificate is not valid before " + test::day_from_now(3));
}

TEST_P(TlsStreamRefusalTest, RefusesACertificateOfAnUnknownIssuer) {
  const test::CertificateAuthority other("Somebody Else");
  receive_as({.identity = other.issue({})});
  connect();
  expect_refusal(
      "the certificate is signed by an unknown issuer: Somebody Else; "
      "--tls-ca names whom to trust");
}

TEST_P(TlsStreamRefusalTest, RefusesASelfSignedCertificate) {
  receive_as({.identity = test::self_signed({})});
  connect();
  expect_refusal("the certificate is self-signed; --tls-ca names whom to trust");
}

TEST_P(TlsStreamRefusalTest, RefusesAPeerThatSpeaksSomethingElse) {
  for (const std::string greeting : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n"}) {
    end_.reset();
    receive_as({.greeting = greeting});
    connect();
    expect_refusal("the peer does not speak TLS");
  }
}

using OldTlsStreamTest = TlsStreamByVersion;

INSTANTIATE_TEST_SUITE_P(Only, OldTlsStreamTest, testing::Values(TLS1_1_VERSION));

TEST_P(OldTlsStreamTest, RefusesAPeerThatSpeaksOnlyAnOldTls) {
  receive();
  connect();
  expect_refusal("the peer does not speak TLS 1.2 or later");
}

// Who does not talk to it. These read slowly: with TLS 1.3 lines are on their way, and have
// arrived in the peer's kernel, before it comes to judge.

TEST_P(TlsStreamRefusalTest, SaysThatThePeerDemandsACertificateWhereThereIsNone) {
  auto& receiver = receive({}, {.client_ca = ca_.certificate(), .most_at_once = 50});
  connect();
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
  EXPECT_EQ(why_, "the peer demands a client certificate; --tls-cert and --tls-key name one");
  EXPECT_EQ(stream_->unacknowledged(), written_) << "nobody has read it";
  EXPECT_EQ(receiver.text(), "");
  EXPECT_THAT(receiver.wire(), Not(HasSubstr("secret")));
}

TEST_P(TlsStreamRefusalTest, SaysThatThePeerRefusesItsCertificate) {
  const test::CertificateAuthority other("Somebody Else");
  auto& receiver = receive({}, {.client_ca = ca_.certificate(), .most_at_once = 50});
  connect("localhost", other.issue({.common_name = "web01", .hosts = ""}));
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
  EXPECT_EQ(why_, "the peer refuses our client certificate (unknown CA)");
  EXPECT_EQ(stream_->unacknowledged(), written_) << "nobody has read it";
  EXPECT_EQ(receiver.text(), "");
}

TEST_P(TlsStreamRefusalTest, ShowsItsCertificateToAPeerThatDemandsOne) {
  auto& receiver = receive({}, {.client_ca = ca_.certificate()});
  connect("localhost", ca_.issue({.common_name = "web01", .hosts = ""}));
  run_until([&] { return receiver.text() == kLines; });
  run_until_written();
  run_until([this] { return stream_->unacknowledged() == 0; });
}

TEST_P(TlsStreamRefusalTest, TakesSilenceForConsentAfterAWhile) {
  auto& receiver = receive({}, {.client_ca = ca_.certificate(), .sends_tickets = false});
  connect("localhost", ca_.issue({.common_name = "web01", .hosts = ""}), std::chrono::seconds(1));
  run_until([&] { return receiver.text() == kLines; });
  run_until_written();
  run_until([this] { return stream_->unacknowledged() == 0; });
  EXPECT_FALSE(end_.has_value());
}

}  // namespace
}  // namespace proctally::plugins::graphite
