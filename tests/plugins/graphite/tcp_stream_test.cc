#include "plugins/graphite/tcp_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/plugins/graphite/run_until.h"

namespace proctally::plugins::graphite {
namespace {

using test::run_until;
using Tcp = boost::asio::ip::tcp;

/// A stream to a peer that the test moves by hand, with calls that wait.
class TcpStreamTest : public testing::Test {
 protected:
  TcpStreamTest() : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
    stream_ = std::make_shared<TcpStream>(
        context_,
        Destination{.protocol = Protocol::tcp,
                    .host = "127.0.0.1",
                    .port = std::to_string(acceptor_.local_endpoint().port())},
        Stream::Events{.opened = [this] { is_open_ = true; },
                       .written =
                           [this](std::size_t bytes) {
                             is_written_ = true;
                             written_bytes_ = bytes;
                             if (then_) then_();
                           },
                       .ended =
                           [this](Stream::End end, const std::string& why) {
                             end_ = end;
                             why_ = why;
                           }});
    stream_->open();
    run_until(context_, [this] { return is_open_; });
    peer_.emplace(acceptor_.accept());
  }
  void TearDown() override { stream_->close(); }

  void write_then(std::string_view bytes, std::function<void()> then) {
    then_ = std::move(then);
    stream_->write(bytes);
  }

  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::shared_ptr<TcpStream> stream_;
  std::optional<Tcp::socket> peer_;
  std::function<void()> then_;
  bool is_open_ = false;
  bool is_written_ = false;
  std::size_t written_bytes_ = 0;
  std::optional<Stream::End> end_;
  std::string why_;
};

TEST_F(TcpStreamTest, TakesForAReceiptTheEndOfAPeerThatHasReadOurs) {
  write_then("a 1 1\n", [this] { stream_->finish(); });
  run_until(context_, [this] { return is_written_; });
  std::array<char, 100> bytes{};
  boost::system::error_code error;
  while (!error) peer_->read_some(boost::asio::buffer(bytes), error);
  EXPECT_EQ(error, boost::asio::error::eof);
  peer_->close();
  run_until(context_, [this] { return end_.has_value(); });
  EXPECT_EQ(end_, Stream::End::by_peer);
}

TEST_F(TcpStreamTest, TakesForNoReceiptAnEndThatThePeerSentBeforeItHadOurs) {
  peer_->close();  // Nothing was unread, so this is a FIN and no reset.
  bool is_finished = false;
  write_then("a 1 1\n", [&] {
    stream_->finish();
    is_finished = true;
  });
  run_until(context_, [this] { return end_.has_value(); });
  ASSERT_TRUE(is_finished);
  EXPECT_EQ(end_, Stream::End::broken);
  EXPECT_EQ(why_, "the peer closed the connection before it had read everything");
}

TEST_F(TcpStreamTest, TakesForNoReceiptAnEndThatCrossesOurs) {
  peer_->shutdown(Tcp::socket::shutdown_send);
  bool is_finished = false;
  write_then("a 1 1\n", [&] {
    stream_->finish();
    is_finished = true;
  });
  run_until(context_, [this] { return end_.has_value(); });
  ASSERT_TRUE(is_finished);
  EXPECT_EQ(end_, Stream::End::broken);
}

TEST_F(TcpStreamTest, TellsOfAnEndThatThePeerBegan) {
  peer_->close();
  run_until(context_, [this] { return end_.has_value(); });
  EXPECT_EQ(end_, Stream::End::by_peer);
}

TEST_F(TcpStreamTest, TellsAResetFromAnEndWhereAWriteMetItFirst) {
  peer_->set_option(boost::asio::socket_base::linger(true, 0));
  peer_->close();
  // Asio looks at the socket first, and calls the read after this write, which takes the error.
  boost::asio::post(context_, [this] { stream_->write("a 1 1\n"); });
  run_until(context_, [this] { return end_.has_value(); });
  EXPECT_EQ(end_, Stream::End::broken);
  EXPECT_EQ(why_, "the peer reset the connection");
}

TEST_F(TcpStreamTest, KnowsByAnythingItSaysThatAPeerIsNoReceiver) {
  boost::asio::write(*peer_, boost::asio::buffer(std::string("220 mail\x01 ESMTP\r\n")));
  run_until(context_, [this] { return end_.has_value(); });
  EXPECT_EQ(end_, Stream::End::foreign);
  EXPECT_EQ(why_,
            "the peer answers \"220 mail\\x01 ESMTP\\x0d\\x0a\", and is no receiver of Graphite's "
            "plaintext protocol");
}

TEST_F(TcpStreamTest, LeavesNoHalfLineBehind) {
  const std::string line = "proctally.web01.nginx.cpu_time 12.5 1700000000\n";
  std::string much;
  while (much.size() < (std::size_t{16} << 20U)) much += line;
  std::size_t written = 0;
  bool is_cut = false;
  // As much as the kernels take, until a line is cut.
  while (!is_cut) {
    written_bytes_ = 0;
    stream_->write(std::string_view(much).substr(written));
    context_.restart();
    context_.run_for(std::chrono::milliseconds(300));
    written += written_bytes_;
    is_cut = written % line.size() != 0;
    ASSERT_TRUE(is_cut || written_bytes_ > 0);
  }
  stream_->complete_line(std::string_view(line).substr(written % line.size()));
  stream_->close();
  std::array<char, 65536> bytes{};
  boost::system::error_code error;
  std::string received;
  while (!error) {
    const auto size = peer_->read_some(boost::asio::buffer(bytes), error);
    received.append(bytes.data(), size);
  }
  EXPECT_EQ(received, much.substr(0, received.size()));
  EXPECT_TRUE(received.ends_with('\n'));
}

TEST_F(TcpStreamTest, KnowsAServerOfAnotherProtocol) {
  boost::asio::write(*peer_, boost::asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")));
  run_until(context_, [this] { return end_.has_value(); });
  EXPECT_EQ(end_, Stream::End::foreign);
  EXPECT_EQ(why_, "the peer speaks HTTP, not Graphite's plaintext protocol");
}

TEST_F(TcpStreamTest, KnowsAServerOfAnotherProtocolFromWhatItSaidBeforeItClosed) {
  boost::asio::write(*peer_, boost::asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")));
  peer_->close();
  // The write may find out before the read is told.
  write_then("a 1 1\n", [this] { stream_->write("a 1 2\n"); });
  run_until(context_, [this] { return end_.has_value(); });
  EXPECT_EQ(end_, Stream::End::foreign);
}

TEST_F(TcpStreamTest, CallsNothingOnceItIsClosed) {
  stream_->write("a 1 1\n");
  stream_->close();
  peer_->close();
  context_.restart();
  context_.run_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(is_written_);
  EXPECT_EQ(end_, std::nullopt);
}

}  // namespace
}  // namespace proctally::plugins::graphite
