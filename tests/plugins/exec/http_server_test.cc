// The server as its clients see it, over real connections on this host.
#include "plugins/exec/http_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>

#include "core/unique_fd.h"
#include "tests/plugins/exec/http_client.h"
#include "tests/plugins/graphite/recording_log.h"
#include "tests/plugins/graphite/run_until.h"

namespace proctally::test {
namespace {

using plugins::HttpLimits;
using plugins::HttpServer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kGet = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kGetAndClose = "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n";
constexpr std::chrono::milliseconds kSoon{100};

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string page_of(std::size_t bytes, char letter = 'x') { return std::string(bytes, letter); }

class HttpServerTest : public testing::Test {
 protected:
  void serve(const HttpLimits& limits = {}) {
    const HttpServer::Tcp::endpoint anywhere(boost::asio::ip::address_v4::loopback(), 0);
    server_ = std::make_unique<HttpServer>(
        context_, anywhere, "/metrics",
        [this] {
          ++scrapes_;
          return page_;
        },
        limits, log_);
    server_->start();
  }
  /// A client that reads.
  HttpClient& connect() {
    auto& client = connect_without_reading();
    client.read();
    return client;
  }
  HttpClient& connect_without_reading() {
    return clients_.emplace_back(context_, server_->local_endpoint());
  }
  /// All that the server says to these bytes until it closes the connection.
  std::string said_to(std::string_view bytes) {
    auto& client = connect();
    client.send(bytes);
    run_until(context_, [&] { return client.is_closed(); });
    return client.received();
  }
  void run_until_connections(std::size_t count) {
    run_until(context_, [&] { return server_->connections() == count; });
  }
  void publish(const std::string& text) { page_ = std::make_shared<const std::string>(text); }

  boost::asio::io_context context_;
  RecordingLog log_;
  std::shared_ptr<const std::string> page_ = std::make_shared<const std::string>("up 1\n");
  int scrapes_ = 0;
  std::unique_ptr<HttpServer> server_;
  std::deque<HttpClient> clients_;
};

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

TEST_F(HttpServerTest, RestsAfterEachAnswerOfAConnectionAndServesOthersMeanwhile) {
  serve({.rest = std::chrono::hours(1)});
  auto& greedy = connect();
  greedy.send(kGet + kGet);
  run_until(context_, [&] { return count_of(greedy.received(), "up 1\n") == 1; });
  EXPECT_THAT(said_to(kGetAndClose), EndsWith("up 1\n"));
  context_.run_for(kSoon);
  EXPECT_EQ(count_of(greedy.received(), "up 1\n"), 1U);
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

TEST_F(HttpServerTest, RefusesAHeaderThatIsTooLarge) {
  serve();
  const std::string start = "GET /metrics HTTP/1.1\r\n";
  for (const auto& bytes : {std::string(9000, 'G'), "GET /" + std::string(9000, 'x'),
                            start + "X: " + std::string(9000, 'x')}) {
    EXPECT_THAT(said_to(bytes), StartsWith("HTTP/1.1 431 ")) << bytes.substr(0, 30);
  }
  std::string many = start;
  while (many.size() < 9000) many += "A: b\r\n";
  EXPECT_THAT(said_to(many), StartsWith("HTTP/1.1 431 "));
  // What just fits is taken.
  const std::string end = "\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(said_to(start + "X: " + std::string(8000, 'x') + end), EndsWith("up 1\n"));
}

TEST_F(HttpServerTest, ClosesWhoTakesTooLongToAsk) {
  serve({.request_deadline = kSoon});
  auto& silent = connect();
  auto& slow = connect();
  slow.send("GET /metrics HTTP/1.1\r\nX: ");
  int sent = 0;
  run_until(
      context_, [&] { return silent.is_closed() && slow.is_closed(); },
      [&] {
        if (++sent < 100) slow.send("x");
      });
  EXPECT_EQ(silent.received() + slow.received(), "");
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(HttpServerTest, ClosesWhoAsksNoMore) {
  serve({.idle_deadline = kSoon});
  auto& client = connect();
  client.send(kGet);
  run_until(context_, [&] { return client.is_closed(); });
  EXPECT_THAT(client.received(), EndsWith("up 1\n"));
}

TEST_F(HttpServerTest, ClosesWhoDoesNotRead) {
  publish(page_of(50'000'000));
  serve({.write_deadline = kSoon});
  connect_without_reading().send(kGet);
  run_until_connections(1);
  run_until_connections(0);
}

TEST_F(HttpServerTest, HoldsFewPagesHoweverManyClientsDoNotRead) {
  serve({.max_pages_held = 3});
  std::deque<std::weak_ptr<const std::string>> pages;
  for (int i = 0; i < 10; ++i) {
    publish(page_of(20'000'000, static_cast<char>('a' + i)));
    pages.emplace_back(page_);
    connect_without_reading().send(kGet);
    run_until(context_, [&] { return scrapes_ == i + 1; });
  }
  EXPECT_EQ(server_->connections(), 3U);
  // The handlers of those that were closed have yet to run.
  run_until(context_, [&] {
    return std::count_if(pages.begin(), pages.end(), [](auto& page) { return !page.expired(); }) ==
           3;
  });
  publish("up 2\n");
  EXPECT_THAT(said_to(kGetAndClose), EndsWith("up 2\n"));
}

TEST_F(HttpServerTest, GivesAPlaceToANewClientWhereAllAreTaken) {
  serve({.max_connections = 3});
  auto& known = connect();
  known.send(kGet);
  run_until(context_, [&] { return scrapes_ == 1; });
  auto& first_silent = connect();
  run_until_connections(2);
  auto& second_silent = connect();
  run_until_connections(3);
  // Who never asked goes first, the longest silent before others.
  EXPECT_THAT(said_to(kGetAndClose), EndsWith("up 1\n"));
  EXPECT_TRUE(first_silent.is_closed());
  EXPECT_FALSE(second_silent.is_closed());
  EXPECT_FALSE(known.is_closed());
  for (int i = 0; i < 100; ++i) connect();
  EXPECT_THAT(said_to(kGetAndClose), EndsWith("up 1\n"));
  EXPECT_FALSE(known.is_closed());
  EXPECT_LE(server_->connections(), 3U);
}

TEST_F(HttpServerTest, GivesThePlaceOfWhoAskedLongestAgoWhereAllHaveAsked) {
  serve({.max_connections = 2});
  auto& first = connect();
  first.send(kGet);
  run_until(context_, [&] { return scrapes_ == 1; });
  auto& second = connect();
  second.send(kGet);
  run_until(context_, [&] { return scrapes_ == 2; });
  first.send(kGet);
  run_until(context_, [&] { return scrapes_ == 3; });
  EXPECT_THAT(said_to(kGetAndClose), EndsWith("up 1\n"));
  EXPECT_TRUE(second.is_closed());
  EXPECT_FALSE(first.is_closed());
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

TEST_F(HttpServerTest, WaitsWhereNoDescriptorIsLeftAndThenGoesOn) {
  serve();
  auto& client = connect();
  const auto& lines = log_.lines();
  // A sanitizer looks at each type of object once, and takes descriptors for it.
  RecordingLog other;
  static_cast<const plugins::Log&>(other).warning("");
  // Connected in the kernel, and not accepted yet; now all descriptors are taken.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 100, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::deque<UniqueFd> taken;
  for (;;) {
    UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) break;
    taken.push_back(std::move(fd));
  }
  int turns = 0;
  run_until(context_, [&] { return !lines.empty(); });
  const auto until = std::chrono::steady_clock::now() + 3 * kSoon;
  while (std::chrono::steady_clock::now() < until) {
    context_.restart();
    turns += static_cast<int>(context_.run_one_for(kSoon));
  }
  taken.clear();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_LT(turns, 20) << "it asks again and again";
  EXPECT_THAT(log_.lines(),
              testing::ElementsAre("no connection can be accepted: Too many open files"));
  client.send(kGetAndClose);
  run_until(context_, [&] { return client.is_closed(); });
  EXPECT_THAT(client.received(), EndsWith("up 1\n"));
  EXPECT_THAT(log_.lines().back(), "connections are accepted again");
}

}  // namespace
}  // namespace proctally::test
