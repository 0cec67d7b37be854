#include "plugins/graphite/udp_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <string>

#include "tests/plugins/graphite/run_until.h"

namespace proctally::plugins::graphite {
namespace {

using test::run_until;
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
    run_until(context_, [this] { return is_open_; });
  }
  ~UdpStreamTest() override { stream_->close(); }

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
    run_until(context_, [this] { return written_ > 0; });
    const auto datagram = next_datagram();
    EXPECT_EQ(datagram.size(), written_);
    EXPECT_LE(datagram.size(), 1428U);
    EXPECT_EQ(datagram.back(), '\n');
    arrived += datagram;
  }
  EXPECT_EQ(arrived, text);
}

TEST_F(UdpStreamTest, EndsWhereTheHostSaysThatNobodyListens) {
  receiver_.close();
  while (!has_ended_) {
    written_ = 0;
    stream_->write("a 1 1\n");
    run_until(context_, [this] { return written_ == 6 || has_ended_; });
  }
  EXPECT_EQ(end_, Stream::End::broken);
}

TEST_F(UdpStreamTest, EndsWhenItIsAskedToAsThereIsNoReceipt) {
  stream_->finish();
  run_until(context_, [this] { return has_ended_; });
  EXPECT_EQ(end_, Stream::End::by_peer);
}

}  // namespace
}  // namespace proctally::plugins::graphite
