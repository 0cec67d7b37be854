// What clients may cost the server, over real connections on this host.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "core/unique_fd.h"
#include "tests/plugins/exec/http_server_fixture.h"

namespace proctally::test {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class HttpLimitsTest : public HttpServerFixture {};

TEST_F(HttpLimitsTest, RefusesAHeaderThatIsTooLarge) {
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

TEST_F(HttpLimitsTest, ClosesWhoTakesTooLongToAsk) {
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

TEST_F(HttpLimitsTest, ClosesWhoAsksNoMore) {
  serve({.idle_deadline = kSoon});
  auto& client = connect();
  client.send(kGet);
  run_until(context_, [&] { return client.is_closed(); });
  EXPECT_THAT(client.received(), EndsWith("up 1\n"));
}

TEST_F(HttpLimitsTest, ClosesWhoDoesNotRead) {
  publish(page_of(50'000'000));
  serve({.write_deadline = kSoon});
  connect_without_reading().send(kGet);
  run_until_connections(1);
  run_until_connections(0);
}

TEST_F(HttpLimitsTest, HoldsFewPagesHoweverManyClientsDoNotRead) {
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

TEST_F(HttpLimitsTest, GivesAPlaceToANewClientWhereAllAreTaken) {
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

TEST_F(HttpLimitsTest, GivesThePlaceOfWhoAskedLongestAgoWhereAllHaveAsked) {
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

TEST_F(HttpLimitsTest, WaitsWhereNoDescriptorIsLeftAndThenGoesOn) {
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

TEST_F(HttpLimitsTest, RestsAfterEachAnswerOfAConnectionAndServesOthersMeanwhile) {
  serve({.rest = std::chrono::hours(1)});
  auto& greedy = connect();
  greedy.send(kGet + kGet);
  run_until(context_, [&] { return count_of(greedy.received(), "up 1\n") == 1; });
  EXPECT_THAT(said_to(kGetAndClose), EndsWith("up 1\n"));
  context_.run_for(kSoon);
  EXPECT_EQ(count_of(greedy.received(), "up 1\n"), 1U);
}
}  // namespace
}  // namespace proctally::test
