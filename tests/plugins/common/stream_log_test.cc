#include "plugins/common/stream_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "core/unique_fd.h"

namespace proctally::plugins {
namespace {

/// A pipe whose write end a log gets.
class StreamLogTest : public testing::Test {
 protected:
  StreamLogTest() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) == 0) {
      read_end_.reset(ends[0]);
      write_end_.reset(ends[1]);
    }
    ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
    (void)::signal(SIGPIPE, SIG_IGN);
  }
  [[nodiscard]] StreamLog log(LogLevel level) const { return StreamLog(write_end_.get(), level); }
  [[nodiscard]] std::string written() const {
    std::string text;
    std::array<char, 4096> bytes{};
    for (ssize_t size = 0; (size = ::read(read_end_.get(), bytes.data(), bytes.size())) > 0;) {
      text.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  UniqueFd read_end_;
  UniqueFd write_end_;
};

TEST_F(StreamLogTest, MarksEachLevelAsTelegrafReadsIt) {
  const auto everything = log(LogLevel::debug);
  everything.error("a");
  everything.warning("b");
  everything.info("c");
  everything.debug("d");
  EXPECT_EQ(written(), "E! a\nW! b\nI! c\nD! d\n");
}

TEST_F(StreamLogTest, MarksEachLevelAsTheJournalReadsIt) {
  const StreamLog everything(write_end_.get(), LogLevel::debug, LogStyle::journal);
  everything.error("a");
  everything.warning("b");
  everything.info("c");
  everything.debug("d");
  EXPECT_EQ(written(), "<3>a\n<4>b\n<6>c\n<7>d\n");
}

TEST_F(StreamLogTest, WritesForTheJournalWhereThatIsWhatItsStreamIs) {
  struct stat stream {};
  ASSERT_EQ(::fstat(write_end_.get(), &stream), 0);
  const auto name = std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino);
  EXPECT_EQ(log_style_of(write_end_.get(), name.c_str()), LogStyle::journal);
  EXPECT_EQ(log_style_of(write_end_.get(), (name + "1").c_str()), LogStyle::telegraf);
  EXPECT_EQ(log_style_of(write_end_.get(), nullptr), LogStyle::telegraf);
}

TEST_F(StreamLogTest, LeavesOutWhatIsBelowItsLevel) {
  auto chosen = log(LogLevel::error);
  const auto write_all = [&chosen] {
    chosen.error("a");
    chosen.warning("b");
    chosen.info("c");
    chosen.debug("d");
  };
  write_all();
  EXPECT_EQ(written(), "E! a\n");
  chosen.set_level(LogLevel::warning);
  write_all();
  EXPECT_EQ(written(), "E! a\nW! b\n");
  chosen.set_level(LogLevel::info);
  write_all();
  EXPECT_EQ(written(), "E! a\nW! b\nI! c\n");
}

TEST_F(StreamLogTest, DropsLinesThatAFullPipeDoesNotTake) {
  ::fcntl(write_end_.get(), F_SETPIPE_SZ, 4096);
  const auto to_pipe = log(LogLevel::info);
  const std::string text(1000, 'x');
  // Were it to wait, this test would never end.
  for (int i = 0; i < 1000; ++i) to_pipe.info(text);
  const auto lines = written();
  EXPECT_GE(lines.size(), 1004U);
  EXPECT_EQ(lines.size() % 1004, 0U) << "a line was cut";
  to_pipe.info("again");
  EXPECT_EQ(written(), "I! again\n");
}

TEST_F(StreamLogTest, MindsNeitherAReaderThatIsGoneNorAClosedDescriptor) {
  const auto to_pipe = log(LogLevel::info);
  read_end_.reset();
  to_pipe.error("nobody reads");
  write_end_.reset();
  to_pipe.error("nothing to write to");
}

TEST(FormatLogLineTest, EscapesWhatCouldForgeOrBreakALine) {
  EXPECT_EQ(format_log_line(LogLevel::error, "a\nE! b\r\x1b[31m\xff é\\"),
            "E! a\\x0aE! b\\x0d\\x1b[31m\\xff é\\\n");
  EXPECT_EQ(format_log_line(LogLevel::info, ""), "I! \n");
}

TEST(FormatLogLineTest, CutsALongLineAndSaysSo) {
  constexpr auto kMost = StreamLog::kMaxLineBytes;
  const auto fits = std::string(kMost - 4, 'x');
  EXPECT_EQ(format_log_line(LogLevel::info, fits), "I! " + fits + "\n");
  const auto cut = format_log_line(LogLevel::info, fits + "x");
  EXPECT_EQ(cut, "I! " + std::string(kMost - 7, 'x') + "...\n");
  EXPECT_EQ(cut.size(), kMost);
}

TEST(FormatLogLineTest, CutsBetweenCodePointsAndBetweenEscapes) {
  for (const std::string piece : {"é", "€", "🐧", "\n", "\xff"}) {
    const auto shown = format_log_line(LogLevel::info, piece).substr(3);
    const auto piece_bytes = shown.size() - 1;
    for (std::size_t shift = 0; shift < 8; ++shift) {
      std::string text(shift, 'x');
      while (text.size() < 2 * StreamLog::kMaxLineBytes) text += piece;
      auto line = format_log_line(LogLevel::info, text);
      EXPECT_LE(line.size(), StreamLog::kMaxLineBytes);
      ASSERT_TRUE(line.ends_with("...\n"));
      line.resize(line.size() - 4);
      EXPECT_EQ((line.size() - 3 - shift) % piece_bytes, 0U) << piece << " after " << shift;
      EXPECT_GT(line.size(), StreamLog::kMaxLineBytes - 10);
    }
  }
}

TEST(LogLevelTest, HasAName) {
  EXPECT_EQ(log_level_of("error"), LogLevel::error);
  EXPECT_EQ(log_level_of("warning"), LogLevel::warning);
  EXPECT_EQ(log_level_of("info"), LogLevel::info);
  EXPECT_EQ(log_level_of("debug"), LogLevel::debug);
  EXPECT_EQ(log_level_of("warn"), std::nullopt);
  EXPECT_EQ(log_level_of(""), std::nullopt);
}

}  // namespace
}  // namespace proctally::plugins
