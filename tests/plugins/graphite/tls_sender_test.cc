#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "plugins/graphite/tls_context.h"
#include "plugins/graphite/tls_stream.h"
#include "tests/plugins/graphite/certificates.h"
#include "tests/plugins/graphite/sender_fixture.h"
#include "tests/plugins/graphite/tls_receiver.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::graphite {
namespace {

using test::TlsReceiver;
using testing::ElementsAre;
using testing::HasSubstr;
using Farewell = TlsReceiver::Farewell;

class TlsSenderTest : public SenderFixture,
                      public testing::WithParamInterface<std::tuple<Receipt, int>> {
 protected:
  TlsSenderTest() : SenderFixture(std::get<Receipt>(GetParam())) {}

  void receive(TlsReceiver::Manner manner) {
    folder_.write("ca.pem", ca_.certificate());
    tls_ = make_tls_context({.ca = folder_.path() / "ca.pem"});
    manner.identity = ca_.issue({});
    manner.version = std::get<int>(GetParam());
    receiver_ = std::make_unique<TlsReceiver>(context_, std::move(manner));
  }
  std::shared_ptr<Stream> make_stream(Stream::Events events) override {
    return std::make_shared<TlsStream>(context_, tls_,
                                       Destination{.protocol = Protocol::tls,
                                                   .host = "localhost",
                                                   .port = std::to_string(receiver_->port())},
                                       std::move(events));
  }
  [[nodiscard]] std::string expected_text() const {
    return fmt::format("{}\n", fmt::join(expected_, "\n"));
  }

  test::TempDir folder_;
  test::CertificateAuthority ca_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::unique_ptr<TlsReceiver> receiver_;
};

INSTANTIATE_TEST_SUITE_P(ByReceipt, TlsSenderTest,
                         testing::Combine(testing::Values(Receipt::kernel, Receipt::process),
                                          testing::Values(TLS1_2_VERSION, TLS1_3_VERSION)),
                         [](const auto& param) {
                           return fmt::format(
                               "{}{}",
                               std::get<Receipt>(param.param) == Receipt::kernel ? "Kernel"
                                                                                 : "Process",
                               std::get<int>(param.param) == TLS1_2_VERSION ? "Tls12" : "Tls13");
                         });

TEST_P(TlsSenderTest, DeliversEveryLineOnceAndEndsProperly) {
  receive({});
  for (int i = 0; i < 20; ++i) push(500);
  run_until([this] { return all_are_delivered(); });
  push(500);
  stop_and_expect(0);
  EXPECT_TRUE(receiver_->text() == expected_text());
  EXPECT_EQ(receiver_->goodbyes(), receiver_->connections());
  EXPECT_EQ(sender_->stats().resent.lines, 0U);
  EXPECT_THAT(log_.lines(), ElementsAre("the receiver: delivers; 0 lines wait"));
}

TEST_P(TlsSenderTest, APeerThatRefusesUsGetsNoLineAndNoneCountsAsDelivered) {
  // Slowly: so that lines have arrived in its kernel before it comes to refuse.
  receive({.client_ca = ca_.certificate(), .most_at_once = 50});
  push(100);
  run_until([this] { return receiver_->connections() >= 4; });
  EXPECT_EQ(sender_->stats().delivered.lines, 0U);
  EXPECT_EQ(receiver_->text(), "");
  ASSERT_FALSE(log_.lines().empty());
  EXPECT_THAT(log_.lines()[0], HasSubstr("the peer demands a client certificate; --tls-cert and "
                                         "--tls-key name one; scans go on, 100 lines wait"));
}

using ConfirmingTlsSenderTest = TlsSenderTest;

INSTANTIATE_TEST_SUITE_P(ByVersion, ConfirmingTlsSenderTest,
                         testing::Combine(testing::Values(Receipt::process),
                                          testing::Values(TLS1_2_VERSION, TLS1_3_VERSION)));

TEST_P(ConfirmingTlsSenderTest, WithoutAReceiptItSendsAgain) {
  receive({.farewell = Farewell::reset});
  push(100);
  run_until([this] { return sender_->stats().resent.lines >= 200; });
  EXPECT_EQ(sender_->stats().delivered.lines, 0U);
  ASSERT_FALSE(log_.lines().empty());
  EXPECT_THAT(log_.lines()[0], HasSubstr("reset by peer; scans go on, 100 lines wait"));
}

}  // namespace
}  // namespace proctally::plugins::graphite
