// The server as its clients see it, over real connections on this host.
#include "plugins/exec/http_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/plugins/exec/http_server_fixture.h"

namespace proctally::test {
namespace {

using plugins::HttpLimits;
using plugins::HttpServer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class HttpServerTest : public HttpServerFixture {};

TEST_F(HttpServerTest, AnswersWithThePage) {
  serve();
  EXPECT_EQ(said_to(kGetAndClose),
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: 5\r\n"
            "Connection: close\r\n\r\n"
            "up 1\n");
}

TEST_F(HttpServerTest, AnswersOnAndOnOverOneConnection) {
  serve();
  auto& client = connect();
  for (std::size_t round = 1; round <= 3; ++round) {
    client.send(kGet);
    run_until(context_, [&] { return count_of(client.received(), "up 1\n") == round; });
  }
  EXPECT_FALSE(client.is_closed());
  EXPECT_EQ(server_->connections(), 1U);
  client.hang_up();
  run_until_connections(0);
}

TEST_F(HttpServerTest, AnswersRequestsThatComeTogetherInTheirOrder) {
  serve();
  std::string requests;
  for (int i = 0; i < 500; ++i) {
    requests += kGet + "GET /none HTTP/1.1\r\n\r\n";
  }
  const auto said = said_to(requests + kGetAndClose);
  EXPECT_EQ(count_of(said, "HTTP/1.1 200"), 501U);
  EXPECT_EQ(count_of(said, "HTTP/1.1 404"), 500U);
  for (auto at = said.find("HTTP/1.1 404"); at != std::string::npos;
       at = said.find("HTTP/1.1 404", at + 1)) {
    EXPECT_EQ(said.substr(at - 5, 5), "up 1\n");
  }
  EXPECT_THAT(said, EndsWith("up 1\n"));
}

TEST_F(HttpServerTest, AnswersARequestThatComesInPieces) {
  serve();
  auto& client = connect();
  for (const auto byte : kGetAndClose) {
    client.send({&byte, 1});
    turn(context_);
  }
  run_until(context_, [&] { return client.is_closed(); });
  EXPECT_THAT(client.received(), EndsWith("\r\n\r\nup 1\n"));
}

TEST_F(HttpServerTest, AnswersHttp10AndClosesUnlessItIsAskedNotTo) {
  serve();
  EXPECT_THAT(said_to("GET /metrics HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 OK\r\n"));
  auto& client = connect();
  client.send("GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  run_until(context_, [&] { return count_of(client.received(), "up 1\n") == 1; });
  EXPECT_THAT(client.received(), HasSubstr("Connection: keep-alive\r\n"));
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  run_until(context_, [&] { return client.is_closed(); });
  EXPECT_EQ(count_of(client.received(), "up 1\n"), 2U);
}

TEST_F(HttpServerTest, SaysToHeadHowLongThePageIsAndNoMore) {
  serve();
  const auto said = said_to("HEAD /metrics HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(said, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(said, EndsWith("\r\n\r\n"));
  EXPECT_EQ(scrapes_, 1);
}

TEST_F(HttpServerTest, NamesTheMethodsThatItKnows) {
  serve();
  const auto said = said_to("DELETE /metrics HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(said, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(said, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(HttpServerTest, SaysWhatIsCompressed) {
  serve();
  EXPECT_THAT(
      said_to("GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"),
      HasSubstr("Content-Encoding: gzip\r\n"));
}

TEST_F(HttpServerTest, RefusesABodyWithoutReadingIt) {
  serve();
  for (const std::string fields : {"Content-Length: 1\r\n", "Content-Length: 99999999999\r\n",
                                   "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n",
                                   "Expect: 100-continue\r\nContent-Length: 5\r\n"}) {
    // A second request, smuggled in as a body, is not answered.
    const auto said = said_to(fmt::format("GET /metrics HTTP/1.1\r\n{}\r\n{}", fields, kGet));
    EXPECT_THAT(said, StartsWith("HTTP/1.1 413 ")) << fields;
    EXPECT_EQ(count_of(said, "HTTP/1.1"), 1U) << fields;
    EXPECT_THAT(said, HasSubstr("Connection: close\r\n"));
  }
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(HttpServerTest, RefusesWhatIsNoRequest) {
  serve();
  const std::string nul(1, '\0');
  for (const auto& bytes :
       {std::string("GET /metrics\r\n\r\n"), std::string("GET  /metrics HTTP/1.1\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10), "GET /" + nul + " HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nX: a" + nul + "b\r\n\r\n",
        std::string("GET /metrics HTTP/2.0\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\n: x\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nContent-Length: x\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n")}) {
    const auto said = said_to(bytes + kGet);
    EXPECT_THAT(said, StartsWith("HTTP/1.1 4")) << testing::PrintToString(bytes);
    EXPECT_EQ(count_of(said, "HTTP/1.1"), 1U) << testing::PrintToString(bytes);
  }
  EXPECT_EQ(scrapes_, 0);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(HttpServerTest, LeavesNoDescriptorToAProgramThatIsStarted) {
  serve();
  connect().send(kGet);
  run_until(context_, [&] { return scrapes_ == 1; });
  const auto port = server_->local_endpoint().port();
  int sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const auto fd = std::stoi(entry.path().filename());
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    if (ntohs(address.sin_port) != port) continue;
    ++sockets;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_EQ(sockets, 2);
}

TEST_F(HttpServerTest, EndsWithAllItsConnections) {
  publish(page_of(50'000'000));
  serve();
  auto& idle = connect();
  auto& busy = connect_without_reading();
  busy.send(kGet);
  run_until(context_, [&] { return scrapes_ == 1; });
  server_->stop();
  run_until(context_, [&] { return idle.is_closed(); });
  EXPECT_EQ(server_->connections(), 0U);
  context_.restart();
  context_.run_for(kSoon);
  EXPECT_TRUE(context_.stopped()) << "something still waits";
}

TEST_F(HttpServerTest, SaysThatItsPortIsTaken) {
  serve();
  EXPECT_THROW(
      HttpServer(
          context_, server_->local_endpoint(), "/", [this] { return page_; }, HttpLimits(), log_),
      boost::system::system_error);
}

TEST_F(HttpServerTest, ServesBothFamiliesOnEveryAddress) {
  HttpServer server(
      context_, {boost::asio::ip::address_v6::any(), 0}, "/metrics", [this] { return page_; },
      HttpLimits(), log_);
  server.start();
  HttpClient client(context_,
                    {boost::asio::ip::address_v4::loopback(), server.local_endpoint().port()});
  client.read();
  client.send(kGetAndClose);
  run_until(context_, [&] { return client.is_closed(); });
  EXPECT_THAT(client.received(), EndsWith("up 1\n"));
}
}  // namespace
}  // namespace proctally::test
