#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "plugins/graphite/batch_queue.h"
#include "plugins/graphite/sender.h"
#include "plugins/graphite/stream.h"
#include "plugins/graphite/tcp_stream.h"
#include "tests/plugins/graphite/receiver.h"
#include "tests/plugins/graphite/recording_log.h"
#include "tests/plugins/graphite/run_until.h"

namespace proctally::plugins::graphite {

inline constexpr std::int64_t kNow = 1'700'000'000;

/// A sender and what it sends, to a receiver on the same io_context. Every step checks that the
/// accounts add up.
class SenderFixture : public testing::Test {
 protected:
  explicit SenderFixture(Receipt receipt) {
    settings_.receipt = receipt;
    make(QueueLimits{});
  }

  /// To the receiver.
  virtual std::shared_ptr<Stream> make_stream(Stream::Events events) = 0;

  void make(const QueueLimits& limits) { make(std::make_unique<BatchQueue>(limits)); }
  void make(std::unique_ptr<Backlog> backlog) {
    sender_ = std::make_unique<Sender>(
        "the receiver",
        Sender::Parts{
            .context = context_,
            .make_stream = [this](Stream::Events events) { return make_stream(std::move(events)); },
            .backlog = std::move(backlog),
            .clock = [this] { return now_s_; },
            .random = [] { return 0.01; },  // At most 600 ms, and 10 ms at first.
            .log = log_},
        settings_);
  }

  void push(std::size_t lines, std::size_t bytes_each = 40) {
    Batch batch{.time_s = kNow, .line_count = lines};
    for (std::size_t i = 0; i < lines; ++i) {
      auto line = fmt::format("line.number{} 1 {}", next_line_++, kNow);
      line.insert(0, bytes_each > line.size() ? bytes_each - line.size() : 0, 'x');
      batch.lines += line + "\n";
      expected_.push_back(line);
    }
    sender_->push(std::make_shared<const Batch>(std::move(batch)));
  }

  void run_until(const std::function<bool()>& is_done) {
    test::run_until(context_, is_done, [this] { expect_accounts_to_add_up(); });
  }

  void expect_accounts_to_add_up() const {
    const auto& backlog = sender_->backlog();
    EXPECT_EQ(next_line_, backlog.came().lines);
    EXPECT_EQ(next_line_, sender_->stats().delivered.lines + backlog.dropped().total().lines +
                              backlog.waiting().lines + sender_->in_flight().lines);
  }

  void stop_and_expect(std::uint64_t undelivered,
                       std::chrono::milliseconds deadline = test::kPatience) {
    std::optional<Tally> left;
    sender_->stop(deadline, [&left](Tally lines) { left = lines; });
    run_until([&left] { return left.has_value(); });
    ASSERT_TRUE(left.has_value());
    EXPECT_EQ(left->lines, undelivered);
  }

  [[nodiscard]] bool all_are_delivered() const {
    return sender_->stats().delivered.lines == next_line_;
  }

  boost::asio::io_context context_;
  test::RecordingLog log_;
  SenderSettings settings_;
  std::unique_ptr<Sender> sender_;
  std::uint64_t next_line_ = 0;
  std::vector<std::string> expected_;
  std::int64_t now_s_ = kNow;
};

/// Over TCP.
class TcpSenderFixture : public SenderFixture {
 protected:
  using SenderFixture::SenderFixture;

  std::shared_ptr<Stream> make_stream(Stream::Events events) override {
    return std::make_shared<TcpStream>(context_,
                                       Destination{.protocol = Protocol::tcp,
                                                   .host = "127.0.0.1",
                                                   .port = std::to_string(receiver_.port())},
                                       std::move(events));
  }
  [[nodiscard]] bool all_have_arrived() const {
    return std::ranges::all_of(
        expected_, [this](const auto& line) { return receiver_.lines().contains(line); });
  }

  /// The peer has ten lines and does not end its side, as the connection is to be ended before ten
  /// more.
  void end_a_connection_whose_peer_stays() {
    settings_.max_connection_age = std::chrono::milliseconds(1);
    make(QueueLimits{});
    receiver_.behave(test::Receiver::Manner::stays);
    receiver_.listen();
    push(10);
    run_until([this] { return all_have_arrived(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    push(10);
  }

  test::Receiver receiver_{context_, test::Receiver::Manner::reads};
};

}  // namespace proctally::plugins::graphite
