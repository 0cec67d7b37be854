// What a stream over TLS sends, and what it takes for the receipt of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tests/plugins/graphite/tls_receiver.h"
#include "tests/plugins/graphite/tls_stream_fixture.h"

namespace proctally::plugins::graphite {
namespace {

using test::TlsReceiver;
using testing::HasSubstr;
using testing::Not;
using Farewell = TlsReceiver::Farewell;

using TlsStreamTest = TlsStreamByVersion;

INSTANTIATE_TEST_SUITE_P(ByVersion, TlsStreamTest, kBothVersions,
                         [](const auto& version) { return name_of_version(version.param); });

TEST_P(TlsStreamTest, LinesArriveAndNeverInTheClear) {
  auto& receiver = receive();
  connect();
  run_until([&] { return receiver.text() == kLines; });
  EXPECT_EQ(receiver.asked_for_host(), "localhost");
  EXPECT_THAT(receiver.wire(), Not(HasSubstr("secret")));
}

TEST_P(TlsStreamTest, AnAddressIsVerifiedAsAddressAndNotAskedForByName) {
  auto& receiver = receive({.hosts = "IP:127.0.0.1"});
  connect("127.0.0.1");
  run_until([&] { return receiver.text() == kLines; });
  EXPECT_EQ(receiver.asked_for_host(), "");
}

TEST_P(TlsStreamTest, AMegabyteArrivesAtAPeerThatReadsSlowly) {
  auto& receiver = receive({}, {.most_at_once = 1500});
  text_.clear();
  while (text_.size() < 1'000'000) text_ += fmt::format("line.number{} 1 17\n", text_.size());
  const auto sent = text_;
  connect();
  run_until_written();
  EXPECT_EQ(writes_, 62) << "16 KiB are one write";
  stream_->finish();
  run_until_ended();
  EXPECT_EQ(end_, End::by_peer);
  EXPECT_TRUE(receiver.text_before_goodbye() == sent);
}

TEST_P(TlsStreamTest, WhatIsAcknowledgedCanBeReadToTheLastByteWhateverBecomesOfTheRest) {
  auto& receiver = receive({}, {.most_at_once = 1500});
  text_ = std::string(90'000, 'x');  // More than the peer's kernel takes, less than ours.
  connect();
  run_until([&] { return receiver.handshakes() == 1; });
  receiver.pause();
  run_until_written();
  const auto unacknowledged = stream_->unacknowledged();
  EXPECT_GT(unacknowledged, 0U);
  EXPECT_LE(unacknowledged, written_);
  receiver.read_only(receiver.unread());
  run_until([&] { return receiver.is_done_reading(); });
  EXPECT_LT(receiver.text().size(), written_);
  EXPECT_GE(receiver.text().size(), written_ - unacknowledged);
}

TEST_P(TlsStreamTest, NothingIsUnacknowledgedOnceThePeersKernelHasIt) {
  auto& receiver = receive();
  connect();
  run_until([&] { return receiver.text() == kLines; });
  run_until_written();
  run_until([this] { return stream_->unacknowledged() == 0; });
}

// Receipts.

TEST_P(TlsStreamTest, TheReceiptWaitsForAPeerThatReadsLate) {
  auto& receiver = receive();
  connect();
  run_until([&] { return receiver.handshakes() == 1; });
  receiver.pause();
  run_until_written();
  stream_->finish();
  run_dry();
  EXPECT_FALSE(end_.has_value());
  receiver.resume();
  run_until_ended();
  EXPECT_EQ(end_, End::by_peer);
  EXPECT_EQ(receiver.text_before_goodbye(), kLines);
}

/// What a peer does at the end, for each version of TLS.
class TlsStreamFarewellTest : public TlsStreamFixture,
                              public testing::WithParamInterface<std::tuple<int, Farewell>> {
 protected:
  TlsStreamFarewellTest() : TlsStreamFixture(std::get<int>(GetParam())) {}

  static Farewell farewell() { return std::get<Farewell>(GetParam()); }
};

std::string name_of_farewell(
    const testing::TestParamInfo<TlsStreamFarewellTest::ParamType>& parameter) {
  const auto [version, farewell] = parameter.param;
  switch (farewell) {
    case Farewell::close_notify:
      return name_of_version(version) + "CloseNotify";
    case Farewell::only_tcp:
      return name_of_version(version) + "OnlyTcp";
    case Farewell::after_fin:
      return name_of_version(version) + "AfterFin";
    case Farewell::reset:
      return name_of_version(version) + "Reset";
  }
  return "";
}

using TlsStreamReceiptTest = TlsStreamFarewellTest;

// The last of them answers nothing but the end of TCP: so that must follow our close_notify.
INSTANTIATE_TEST_SUITE_P(ByFarewell, TlsStreamReceiptTest,
                         testing::Combine(kBothVersions,
                                          testing::Values(Farewell::close_notify,
                                                          Farewell::only_tcp, Farewell::after_fin)),
                         name_of_farewell);

TEST_P(TlsStreamReceiptTest, ThePeersEndIsTheReceiptOfAllThatItRead) {
  auto& receiver = receive({}, {.farewell = farewell()});
  connect();
  run_until_written();
  stream_->finish();
  run_until_ended();
  EXPECT_EQ(end_, End::by_peer);
  EXPECT_EQ(receiver.goodbyes(), 1);
  EXPECT_EQ(receiver.text_before_goodbye(), kLines);
}

TEST_P(TlsStreamTest, AResetInPlaceOfThePeersEndIsNoReceipt) {
  receive({}, {.farewell = Farewell::reset});
  connect();
  run_until_written();
  stream_->finish();
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
  EXPECT_THAT(why_, HasSubstr("reset"));
}

TEST_P(TlsStreamTest, AResetThatTheCloseNotifyRunsIntoIsNoReceipt) {
  auto& receiver = receive();
  connect();
  run_until([&] { return receiver.text() == kLines; });
  run_until_written();
  run_dry();
  receiver.say_goodbye(Farewell::reset);
  stream_->finish();
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
}

using IdleTlsStreamTest = TlsStreamFarewellTest;

INSTANTIATE_TEST_SUITE_P(ByFarewell, IdleTlsStreamTest,
                         testing::Combine(kBothVersions,
                                          testing::Values(Farewell::close_notify,
                                                          Farewell::only_tcp, Farewell::reset)),
                         name_of_farewell);

TEST_P(IdleTlsStreamTest, HearsAtOnceOfAPeerThatEndsTheConnection) {
  auto& receiver = receive();
  connect();
  run_until([&] { return receiver.text() == kLines; });
  run_until_written();
  run_dry();
  receiver.say_goodbye(farewell());
  run_until_ended();
  EXPECT_EQ(end_, farewell() == Farewell::reset ? End::broken : End::by_peer);
}

// What comes from the peer in between.

using Tls13StreamTest = TlsStreamByVersion;  // There is no such thing in TLS 1.2.

INSTANTIATE_TEST_SUITE_P(Only, Tls13StreamTest, testing::Values(TLS1_3_VERSION));

TEST_P(Tls13StreamTest, SendsOnWithNewKeysWhenThePeerAsksForThem) {
  auto& receiver = receive({}, {.most_at_once = 1500});
  text_ = std::string(400'000, 'x');
  connect();
  run_until([&] { return receiver.text().size() > 50'000; });
  for (int i = 0; i < 20; ++i) {
    receiver.ask_for_new_keys();
    test::turn(context_);
  }
  run_until_written();
  stream_->finish();
  run_until_ended();
  EXPECT_EQ(end_, End::by_peer);
  EXPECT_EQ(receiver.text_before_goodbye().size(), 400'000U);
}

using Tls12StreamTest = TlsStreamByVersion;  // Nor this in TLS 1.3.

INSTANTIATE_TEST_SUITE_P(Only, Tls12StreamTest, testing::Values(TLS1_2_VERSION));

TEST_P(Tls12StreamTest, APeerThatRenegotiatesIsNoReceiver) {
  auto& receiver = receive({}, {.most_at_once = 1500});
  text_ = std::string(400'000, 'x');
  connect();
  run_until([&] { return receiver.text().size() > 50'000; });
  receiver.renegotiate();
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
}

}  // namespace
}  // namespace proctally::plugins::graphite
