#include "plugins/graphite/udp_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace proctally::plugins::graphite {
namespace {

using Udp = boost::asio::ip::udp;

class UdpStreamTest : public testing::Test {
 protected:
  UdpStreamTest()
      : receiver_(context_, {boost::asio::ip::address_v4::loopback(), 0}),
        stream_(std::make_shared<UdpStream>(
            context_,
            Destination{.protocol = Protocol::udp,
                        .host = "127.0.0.1",
                        .port = std::to_string(receiver_.local_endpoint().port())},
            Stream::Events{.opened = [this] { is_open_ = true; },
                           .written = [this](std::size_t bytes) { written_ = bytes; },
                           .ended =
                               [this](Stream::End end, const std::string&) {
                                 has_ended_ = true;
                                 end_ = end;
                               }})) {
    stream_->open();
    run_until([this] { return is_open_; });
  }
  ~UdpStreamTest() override { stream_->close(); }

  void run_until(const std::function<bool()>& is_done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!is_done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(100));
    }
  }
  std::string next_datagram() {
    std::array<char, 65536> bytes{};
    return {bytes.data(), receiver_.receive(boost::asio::buffer(bytes))};
  }

  boost::asio::io_context context_;
  Udp::socket receiver_;
  bool is_open_ = false;
  std::size_t written_ = 0;
  bool has_ended_ = false;
  Stream::End end_ = Stream::End::broken;
  std::shared_ptr<UdpStream> stream_;
};

TEST_F(UdpStreamTest, SendsWholeLinesInDatagramsThatNoRouterCuts) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += fmt::format("proctally.web01.group{}.num_procs 1 17\n", i);
  std::string arrived;
  while (arrived.size() < text.size()) {
    written_ = 0;
    stream_->write(std::string_view(text).substr(arrived.size()));
    run_until([this] { return written_ > 0; });
    const auto datagram = next_datagram();
    EXPECT_EQ(datagram.size(), written_);
    EXPECT_LE(datagram.size(), 1428U);
    EXPECT_EQ(datagram.back(), '\n');
    arrived += datagram;
  }
  EXPECT_EQ(arrived, text);
}

TEST_F(UdpStreamTest, GoesOnWhereNobodyListens) {
  receiver_.close();
  for (int i = 0; i < 5; ++i) {
    bool is_answered = false;
    written_ = 12345;
    stream_->write("a 1 1\n");
    run_until([&] { return is_answered = written_ != 12345; });
    EXPECT_TRUE(written_ == 6 || written_ == 0) << "sent, or refused for the one before";
  }
  EXPECT_FALSE(has_ended_);
}

TEST_F(UdpStreamTest, EndsWhenItIsAskedToAsThereIsNoReceipt) {
  stream_->finish();
  run_until([this] { return has_ended_; });
  EXPECT_EQ(end_, Stream::End::by_peer);
}

}  // namespace
}  // namespace proctally::plugins::graphite
