#include "core/procfs/pid_io.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

using test::fixture;

TEST(PidIoTest, ReadsTheSixCounters) {
  EXPECT_EQ(parse_pid_io(fixture("proc/ordinary/io")), (PidIo{.read_chars = 331267,
                                                              .written_chars = 5337920,
                                                              .read_calls = 60,
                                                              .write_calls = 5257,
                                                              .read_bytes = 634880,
                                                              .written_bytes = 110592}));
  EXPECT_EQ(parse_pid_io(fixture("proc/kernel_worker/io")), PidIo{});
}

TEST(PidIoTest, TakesTheLargestNumbers) {
  const auto io = parse_pid_io(
      "rchar: 18446744073709551615\nwchar: 1\nsyscr: 2\nsyscw: 3\nread_bytes: 4\n"
      "write_bytes: 18446744073709551615\n");
  ASSERT_TRUE(io);
  EXPECT_EQ(io->read_chars, ~0ULL);
  EXPECT_EQ(io->written_bytes, ~0ULL);
}

TEST(PidIoTest, TellsNothingOrTheSameOfAFileThatWasCutShort) {
  const auto text = fixture("proc/ordinary/io");
  const auto whole = parse_pid_io(text);
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto io = parse_pid_io(prefix);
    // Cancelled writes, the last line, are not looked at.
    EXPECT_EQ(io.has_value(), prefix.ends_with("write_bytes: 110592\n")) << prefix;
    if (io) {
      EXPECT_EQ(io, whole) << prefix;
    }
  });
}

TEST(PidIoTest, TellsNothingOfWhatTheKernelDoesNotPrint) {
  constexpr std::string_view kGood =
      "rchar: 1\nwchar: 1\nsyscr: 2\nsyscw: 3\nread_bytes: 4\nwrite_bytes: 5\n";
  ASSERT_TRUE(parse_pid_io(kGood));
  struct Damage {
    std::string_view from;
    std::string_view to;
  };
  constexpr Damage kDamages[] = {
      {"rchar: 1\n", ""},
      {"rchar: 1", "rchar: -1"},
      {"rchar: 1", "rchar: "},
      {"wchar: 1", "wchar: 1x"},
      {"syscr", "sysc"},
      {"syscw: 3", "syscw 3"},
      {"read_bytes", "write_b"},
      {"write_bytes", "cancelled_b"},
      {": 5\n", ": 5"},
      {"4\nwrite", "4 write"},
      {": 2", ": 18446744073709551616"},
  };
  for (const auto& [from, to] : kDamages) {
    std::string text(kGood);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    EXPECT_FALSE(parse_pid_io(text)) << text;
  }
  EXPECT_FALSE(parse_pid_io(""));
  EXPECT_FALSE(parse_pid_io("\n\n\n\n\n\n"));
}

}  // namespace
}  // namespace proctally::procfs
