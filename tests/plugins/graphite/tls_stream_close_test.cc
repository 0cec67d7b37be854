// How a stream over TLS is closed at any stage, and what it says of peers that speak no TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/plugins/graphite/receiver.h"
#include "tests/plugins/graphite/tls_receiver.h"
#include "tests/plugins/graphite/tls_stream_fixture.h"

namespace proctally::plugins::graphite {
namespace {

using test::TlsReceiver;
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

using TlsStreamCloseTest = TlsStreamByVersion;

INSTANTIATE_TEST_SUITE_P(ByVersion, TlsStreamCloseTest, kBothVersions,
                         [](const auto& version) { return name_of_version(version.param); });

// Closed at any stage, it calls nobody any more.

TEST_P(TlsStreamCloseTest, ClosedAfterAnyNumberOfStepsNothingFollows) {
  bool has_seen_all = false;
  for (int steps = 0; !has_seen_all; ++steps) {
    ASSERT_LT(steps, 10'000);
    receive({}, {.most_at_once = 20'000});
    text_ = std::string(50'000, 'x');
    is_open_ = false;
    is_closed_ = false;
    end_.reset();
    bool is_finishing = false;
    connect();
    for (int i = 0; i < steps && !end_.has_value(); ++i) {
      test::turn(context_);
      if (is_open_ && text_.empty() && !is_finishing) {
        is_finishing = true;
        stream_->finish();
      }
    }
    has_seen_all = end_.has_value();
    stream_->close();
    is_closed_ = true;
    const std::weak_ptr<TlsStream> gone = stream_;
    stream_.reset();
    // The resolver's thread has its answer to give.
    run_until([&gone] { return gone.expired(); });
    run_dry();
  }
}

TEST_P(TlsStreamCloseTest, ClosedItMayGoWithItsIoContextThatRunsNoMore) {
  // Nothing is expected here. Where it is broken a stream and what it waits for hold each other,
  // and LeakSanitizer fails the program at its end.
  for (int steps = 0; steps < 30; ++steps) {
    boost::asio::io_context context;
    TlsReceiver receiver(context, {.identity = ca_.issue({}), .version = version_});
    folder_.write("ca.pem", ca_.certificate());
    const std::string text(50'000, 'x');
    std::weak_ptr<TlsStream> weak;
    const auto stream =
        std::make_shared<TlsStream>(context, make_tls_context({.ca = folder_.path() / "ca.pem"}),
                                    Destination{.protocol = Protocol::tls,
                                                .host = "127.0.0.1",
                                                .port = std::to_string(receiver.port())},
                                    Stream::Events{.opened = [&] { weak.lock()->write(text); },
                                                   .written = [](std::size_t) {},
                                                   .ended = [](End, const std::string&) {}});
    weak = stream;
    stream->open();
    for (int i = 0; i < steps; ++i) {
      if (context.run_one_for(std::chrono::milliseconds(10)) == 0) break;
    }
    stream->close();
  }
}

/// Peers for whom the version does not matter, as they speak none.
class TlsStreamToAPlainPeerTest : public TlsStreamFixture {
 protected:
  TlsStreamToAPlainPeerTest() : TlsStreamFixture(TLS1_3_VERSION) {}
};

TEST_F(TlsStreamToAPlainPeerTest, APeerThatNeverAnswersTheHandshakeIsGivenUp) {
  test::Receiver plain(context_, test::Receiver::Manner::reads);
  plain.listen();
  port_ = plain.port();
  connect("127.0.0.1", {}, std::chrono::milliseconds(50));
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
  EXPECT_EQ(why_, "no answer to the TLS handshake; does the peer speak TLS?");
  EXPECT_FALSE(is_open_);
  EXPECT_THAT(plain.lines(), Not(Contains(Key(HasSubstr("secret")))));
}

TEST_F(TlsStreamToAPlainPeerTest, APeerThatClosesInTheHandshakeMayNotSpeakTls) {
  test::Receiver plain(context_, test::Receiver::Manner::reads);
  plain.listen();
  port_ = plain.port();
  connect("127.0.0.1");
  run_until([&] { return plain.connections() == 1; });
  plain.die();
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
  EXPECT_THAT(why_, AnyOf("the peer closed the connection in the TLS handshake; "
                          "does it speak TLS?",
                          HasSubstr("reset")));
  EXPECT_FALSE(is_open_);
}

TEST_F(TlsStreamToAPlainPeerTest, NobodyThereIsTheSameAsOverTcp) {
  test::Receiver plain(context_, test::Receiver::Manner::reads);
  port_ = plain.port();  // Bound, and nobody listens.
  connect("127.0.0.1");
  run_until_ended();
  EXPECT_EQ(end_, End::broken);
  EXPECT_THAT(why_, HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace proctally::plugins::graphite
