// The life of proctally-exec --listen, seen from outside.
#include "plugins/exec/listen_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <regex>
#include <string>

#include "tests/plugins/exec/program.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using test::Program;
using test::TempDir;
using testing::HasSubstr;
using testing::StartsWith;
using Tcp = boost::asio::ip::tcp;

/// A proctally-exec that listens on a free port.
class Listening {
 public:
  explicit Listening(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    program = std::make_unique<Program>(Program::Start{.arguments = std::move(arguments)});
    EXPECT_TRUE(program->wait_for_log("I! serves http://127.0.0.1:"));
    std::smatch found;
    const auto& log = program->log();
    EXPECT_TRUE(std::regex_search(log, found, std::regex("127\\.0\\.0\\.1:([0-9]+)(/[^\n]*)\n")));
    port = static_cast<std::uint16_t>(std::stoi(found[1]));
    path = found[2];
  }

  /// The body of the answer.
  [[nodiscard]] std::string scrape() const {
    boost::asio::io_context context;
    Tcp::socket socket(context);
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    boost::asio::write(socket, boost::asio::buffer("GET " + path + " HTTP/1.0\r\n\r\n"));
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
    EXPECT_THAT(answer, StartsWith("HTTP/1.0 200 OK\r\n"));
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  std::unique_ptr<Program> program;
  std::uint16_t port = 0;
  std::string path;
};

TEST(ListenLoopTest, ServesAScanAndIsNotEndedByItsInput) {
  const Listening server;
  server.program->end_input();
  const auto page = server.scrape();
  EXPECT_THAT(page, HasSubstr("exec_test"));
  EXPECT_EQ(page.back(), '\n');
  server.program->signal(SIGTERM);
  EXPECT_EQ(server.program->finish(), 0);
  EXPECT_EQ(server.program->output(), "");
}

TEST(ListenLoopTest, ScansNoMoreOftenThanTheInterval) {
  const Listening server({"--interval", "24h"});
  const auto first = server.scrape();
  EXPECT_EQ(server.scrape(), first);
  server.program->signal(SIGUSR1);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (server.scrape() == first) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST(ListenLoopTest, ScansForEachScrapeThatIsAnIntervalApart) {
  const Listening server({"--interval", "100ms"});
  const auto first = server.scrape();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (server.scrape() == first) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST(ListenLoopTest, ServesAtAnotherPath) {
  const Listening server({"-web.telemetry-path", "/processes"});
  EXPECT_EQ(server.path, "/processes");
  EXPECT_THAT(server.scrape(), HasSubstr("exec_test"));
}

TEST(ListenLoopTest, ReadsTheSettingsAgainOnSighup) {
  const TempDir dir;
  dir.write("p.json", "{}");
  const Listening server({"--config", dir.string() + "/p.json", "--interval", "24h"});
  dir.write("p.json", R"({"process_names": [{"name": "everything", "kernel_thread": false}]})");
  server.program->signal(SIGHUP);
  ASSERT_TRUE(server.program->wait_for_log("I! the settings are read again\n"));
  server.program->signal(SIGUSR2);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (server.scrape().find("everything") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  server.program->signal(SIGINT);
  EXPECT_EQ(server.program->finish(), 0);
}

TEST(ListenLoopTest, SaysThatItsPortIsTakenAndEndsWithCode1) {
  const Listening first;
  const auto address = "127.0.0.1:" + std::to_string(first.port);
  Program second({.arguments = {"--listen", address}});
  EXPECT_EQ(second.finish(), 1);
  EXPECT_EQ(second.log(), "E! --listen: 127.0.0.1 port " + std::to_string(first.port) +
                              ": Address already in use\n");
}

}  // namespace
}  // namespace proctally::plugins
