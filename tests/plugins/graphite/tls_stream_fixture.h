#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/graphite/tls_context.h"
#include "plugins/graphite/tls_stream.h"
#include "tests/plugins/graphite/certificates.h"
#include "tests/plugins/graphite/run_until.h"
#include "tests/plugins/graphite/tls_receiver.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::graphite {

inline constexpr std::string_view kLines =
    "web01.secret.group 1 1700000000\nweb01.secret.other 2 17\n";

/// A stream to a receiver, both on one io_context. As soon as it is open it writes kLines.
class TlsStreamFixture : public testing::Test {
 protected:
  using End = Stream::End;

  explicit TlsStreamFixture(int version) : version_(version) {}
  ~TlsStreamFixture() override {
    if (stream_ != nullptr) stream_->close();
  }

  /// A receiver of this version, with a certificate of ours.
  test::TlsReceiver& receive(const test::CertificateText& text = {},
                             test::TlsReceiver::Manner manner = {}) {
    manner.identity = ca_.issue(text);
    return receive_as(std::move(manner));
  }
  test::TlsReceiver& receive_as(test::TlsReceiver::Manner manner) {
    manner.version = version_;
    auto& receiver = receivers_.emplace_back(context_, std::move(manner));
    port_ = receiver.port();
    return receiver;
  }

  /// Shows `own` where it is asked.
  void connect(const std::string& host = "localhost", const test::Identity& own = {},
               std::chrono::milliseconds patience = test::kPatience) {
    folder_.write("ca.pem", ca_.certificate());
    TlsFiles files{.ca = folder_.path() / "ca.pem"};
    if (!own.key.empty()) {
      folder_.write("own.pem", own.certificate);
      folder_.write("own.key", own.key);
      files.certificate = folder_.path() / "own.pem";
      files.key = folder_.path() / "own.key";
    }
    stream_ = std::make_shared<TlsStream>(
        context_, make_tls_context(files),
        Destination{.protocol = Protocol::tls, .host = host, .port = std::to_string(port_)},
        Stream::Events{.opened = [this] { opened(); },
                       .written = [this](std::size_t bytes) { written(bytes); },
                       .ended = [this](End end, const std::string& why) { ended(end, why); }},
        patience);
    stream_->open();
  }

  void write(std::string text) {
    text_ = std::move(text);
    write_next();
  }
  void write_next() {
    writing_ = std::string_view(text_).substr(0, 16 * 1024);
    stream_->write(writing_);
  }

  void run_until(const std::function<bool()>& is_done) {
    test::run_until(context_, is_done);
    ASSERT_FALSE(HasFatalFailure()) << why_;
  }
  /// All that was due, and nothing is left to come.
  void run_dry() {
    context_.restart();
    while (context_.poll_one() > 0) {
    }
  }
  void run_until_written() {
    run_until([this] { return is_open_ && text_.empty(); });
  }
  void run_until_ended() {
    run_until([this] { return end_.has_value(); });
  }

  void expect_refusal(const testing::Matcher<std::string>& why) {
    run_until_ended();
    EXPECT_EQ(end_, End::broken);
    EXPECT_THAT(why_, why);
    EXPECT_FALSE(is_open_);
    EXPECT_EQ(written_, 0U);
    EXPECT_EQ(receivers_.back().text(), "");
    EXPECT_THAT(receivers_.back().wire(), testing::Not(testing::HasSubstr("secret")));
  }

  void opened() {
    EXPECT_FALSE(is_closed_);
    is_open_ = true;
    write(std::move(text_));
  }
  void written(std::size_t bytes) {
    EXPECT_FALSE(is_closed_);
    EXPECT_EQ(bytes, writing_.size()) << "a write is one record";
    written_ += bytes;
    ++writes_;
    text_.erase(0, bytes);
    if (!text_.empty()) write_next();
  }
  void ended(End end, const std::string& why) {
    EXPECT_FALSE(is_closed_);
    EXPECT_FALSE(end_.has_value()) << "twice: " << why;
    end_ = end;
    why_ = why;
  }

  const int version_;
  boost::asio::io_context context_;
  test::TempDir folder_;
  test::CertificateAuthority ca_;
  std::list<test::TlsReceiver> receivers_;  ///< The last one is in use.
  std::uint16_t port_ = 0;
  std::shared_ptr<TlsStream> stream_;
  std::string text_{kLines};
  std::string_view writing_;
  bool is_open_ = false;
  bool is_closed_ = false;
  std::size_t written_ = 0;
  int writes_ = 0;
  std::optional<End> end_;
  std::string why_;
};

/// The same for each version of TLS.
class TlsStreamByVersion : public TlsStreamFixture, public testing::WithParamInterface<int> {
 protected:
  TlsStreamByVersion() : TlsStreamFixture(GetParam()) {}
};

inline const auto kBothVersions = testing::Values(TLS1_2_VERSION, TLS1_3_VERSION);

inline std::string name_of_version(int version) {
  return version == TLS1_2_VERSION ? "Tls12" : "Tls13";
}

}  // namespace proctally::plugins::graphite
