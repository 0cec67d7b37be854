#include "core/kernel/exit_message.h"

#include <gtest/gtest.h>
#include <linux/acct.h>
#include <linux/taskstats.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/core/kernel/made_exit_message.h"
#include "tests/support/fixture.h"

namespace proctally::kernel {
namespace {

using test::as_payload;
using test::attribute;
using test::bytes_of;
using test::generic_header;
using test::group_part;
using test::thread_part;

constexpr std::size_t kSizeOfVersion8 = offsetof(taskstats, thrashing_count);

std::optional<ExitMessage> parse(std::string_view bytes) {
  // In memory of its own, aligned, and of exactly this size.
  std::vector<char> exact(bytes.begin(), bytes.end());
  return parse_exit_message(as_payload({exact.data(), exact.size()}));
}

taskstats made_stats() {
  taskstats stats{};
  stats.version = TASKSTATS_VERSION;
  stats.ac_flag = AGROUP;
  std::strcpy(static_cast<char*>(stats.ac_comm), "a) R 1 (b");
  stats.ac_uid = 1000;
  stats.ac_pid = 43;
  stats.ac_ppid = 7;
  stats.ac_utime = 4000;
  stats.ac_stime = 8000;
  stats.ac_minflt = 11;
  stats.ac_majflt = 12;
  stats.cpu_run_real_total = 99;
  stats.cpu_run_virtual_total = 12'345'678;
  stats.read_char = 1024;
  stats.write_char = 2048;
  stats.read_syscalls = 3072;
  stats.write_syscalls = 4096;
  stats.read_bytes = 5120;
  stats.write_bytes = 6144;
  stats.nvcsw = 13;
  stats.nivcsw = 14;
  stats.ac_tgid = 42;
  stats.ac_exe_dev = 0xFE00;
  stats.ac_exe_inode = 77;
  return stats;
}

ProcessExit expected_own() {
  ProcessExit own;
  own.pid = 43;
  own.ppid = 7;
  own.uid = 1000;
  std::strcpy(own.comm.data(), "a) R 1 (b");
  own.exe_device = 0xFE00;
  own.exe_inode = 77;
  own.run_ns = 12'345'678;
  own.sampled_user_ns = 4'000'000;
  own.sampled_system_ns = 8'000'000;
  own.minor_faults = 11;
  own.major_faults = 12;
  own.read_chars = 1024;
  own.written_chars = 2048;
  own.read_calls = 3072;
  own.write_calls = 4096;
  own.read_bytes = 5120;
  own.written_bytes = 6144;
  own.voluntary_switches = 13;
  own.involuntary_switches = 14;
  return own;
}

/// A structure of `version`, as long as the kernels that have it send it.
std::string stats_of_version(std::uint16_t version) {
  auto stats = made_stats();
  stats.version = version;
  std::string bytes = bytes_of(stats);
  const auto size = [version] {
    switch (version) {
      case 8:
        return kSizeOfVersion8;
      case 9:
        return offsetof(taskstats, ac_btime64);
      case 10:
        return offsetof(taskstats, compact_count);
      case 11:
        return offsetof(taskstats, ac_tgid);
      case 12:
        return offsetof(taskstats, wpcopy_count);
      default:
        // Of the later ones it matters only that they are longer.
        return sizeof stats + std::size_t{16} * (version - 13U);
    }
  }();
  bytes.resize(size, '\x7F');
  if (version == 15) {
    // Two words behind each of the first three delays, and of the three before ac_tgid.
    bytes.insert(offsetof(taskstats, ac_tgid), std::string(48, '\x7F'));
    bytes.insert(offsetof(taskstats, cpu_run_real_total), std::string(48, '\x7F'));
  }
  return bytes;
}

TEST(ExitMessageTest, OfARealProcessOfOneThreadAllIsRead) {
  const auto message = parse(test::fixture("taskstats/one_thread_v16.bin"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->tid, 17227);
  EXPECT_EQ(message->tgid, 17227);
  EXPECT_TRUE(message->is_last_thread);
  EXPECT_FALSE(message->group);
  EXPECT_EQ(message->own.pid, 17227);
  EXPECT_EQ(message->own.ppid, 17226);
  EXPECT_EQ(message->own.uid, 1234U);
  EXPECT_EQ(message->own.name(), "one) (thread");
  EXPECT_EQ(message->own.exe_device, 0xFE00U);
  EXPECT_EQ(message->own.exe_inode, 10199313U);
  EXPECT_EQ(message->own.run_ns, 66'113'235U);
  EXPECT_EQ(message->own.sampled_user_ns, 68'000'000U);
  EXPECT_EQ(message->own.sampled_system_ns, 0U);
  EXPECT_EQ(message->own.minor_faults, 48U);
  EXPECT_EQ(message->own.read_chars, 12288U);
  EXPECT_EQ(message->own.read_calls, 0U) << "one call, rounded down to a multiple of 1024";
  EXPECT_EQ(message->own.involuntary_switches, 1U);
}

TEST(ExitMessageTest, TheLastOfRealThreadsBringsTheTotalsOfAll) {
  const auto message = parse(test::fixture("taskstats/last_of_four_threads_v16.bin"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->tid, 17228);
  EXPECT_TRUE(message->is_last_thread);
  EXPECT_EQ(message->own.run_ns, 707'199U);
  ASSERT_TRUE(message->group);
  EXPECT_EQ(message->group->tgid, 17228);
  EXPECT_EQ(message->group->run_ns, 46'022'225U);
  EXPECT_EQ(message->group->voluntary_switches, 123U);
  EXPECT_EQ(message->group->involuntary_switches, 1U);
}

TEST(ExitMessageTest, EveryVersionFrom8OnIsUnderstood) {
  for (std::uint16_t version = 8; version <= 20; ++version) {
    SCOPED_TRACE(version);
    const auto message = parse(generic_header() + thread_part(43, stats_of_version(version)));
    ASSERT_TRUE(message);
    auto own = expected_own();
    if (version < 12) own.exe_device = own.exe_inode = 0;
    EXPECT_EQ(message->own, own);
    EXPECT_EQ(message->tid, 43);
    EXPECT_EQ(message->tgid, version < 12 ? std::nullopt : std::optional(42));
    EXPECT_EQ(message->is_last_thread, version >= 12);
  }
}

TEST(ExitMessageTest, VersionsBefore8AreNot) {
  EXPECT_FALSE(parse(generic_header() + thread_part(43, stats_of_version(8).substr(0, 8))));
  auto stats = made_stats();
  stats.version = 7;
  EXPECT_FALSE(parse(generic_header() + thread_part(43, bytes_of(stats))));
}

TEST(ExitMessageTest, TheLengthDecidesAndNotTheVersion) {
  const auto whole = bytes_of(made_stats());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto message = parse(generic_header() + thread_part(43, whole.substr(0, size)));
    EXPECT_EQ(message.has_value(), size >= kSizeOfVersion8) << size;
    if (!message) continue;
    const bool has_tgid = size >= offsetof(taskstats, ac_tgid) + sizeof(taskstats::ac_tgid);
    EXPECT_EQ(message->tgid.has_value(), has_tgid) << size;
    const bool has_exe = size >= offsetof(taskstats, ac_exe_inode) + sizeof(std::uint64_t);
    EXPECT_EQ(message->own.exe_inode, has_exe ? 77U : 0U) << size;
  }
}

TEST(ExitMessageTest, NoPrefixIsTakenForTheWhole) {
  for (const auto* name : {"one_thread_v16.bin", "last_of_four_threads_v16.bin"}) {
    const auto whole = test::fixture(std::string("taskstats/") + name);
    const auto first_part = test::fixture("taskstats/one_thread_v16.bin").size();
    test::for_each_prefix(whole, [&](std::string_view prefix) {
      // Cut between its two parts a message looks whole; its netlink header tells.
      EXPECT_EQ(parse_exit_message(as_payload(prefix)).has_value(), prefix.size() == first_part)
          << name << ' ' << prefix.size();
    });
  }
}

TEST(ExitMessageTest, ANameMayFillItsFieldAndHoldAnyBytes) {
  auto stats = made_stats();
  std::memset(static_cast<char*>(stats.ac_comm), '\xFF', sizeof stats.ac_comm);
  const auto message = parse(generic_header() + thread_part(43, bytes_of(stats)));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->own.name(), std::string(32, '\xFF'));
}

TEST(ExitMessageTest, TheFirstThreeBytesOfPaddingAreNotMissed) {
  // nlattr pads to 4; the last attribute of a message may come without.
  auto bytes = generic_header() + thread_part(43, bytes_of(made_stats())) + attribute(99, "x");
  bytes.resize(bytes.size() - 3);
  EXPECT_TRUE(parse(bytes));
}

TEST(ExitMessageTest, UnknownAttributesArePassedOver) {
  const auto stats = bytes_of(made_stats());
  EXPECT_TRUE(parse(generic_header() + attribute(TASKSTATS_TYPE_NULL, "") + thread_part(43, stats) +
                    attribute(99, "what comes")));
  EXPECT_TRUE(parse(generic_header() +
                    attribute(TASKSTATS_TYPE_AGGR_PID | NLA_F_NESTED,
                              attribute(99, "new") +
                                  attribute(TASKSTATS_TYPE_PID, bytes_of(std::uint32_t{43})) +
                                  attribute(TASKSTATS_TYPE_STATS, stats))));
}

TEST(ExitMessageTest, WhatIsNestedWronglyIsRefused) {
  const auto stats = bytes_of(made_stats());
  const auto pid = attribute(TASKSTATS_TYPE_PID, bytes_of(std::uint32_t{43}));
  const auto body = attribute(TASKSTATS_TYPE_STATS, stats);
  const auto nested = [](std::string_view inner) {
    return generic_header() + attribute(TASKSTATS_TYPE_AGGR_PID, inner);
  };
  ASSERT_TRUE(parse(nested(pid + body)));
  EXPECT_FALSE(parse(generic_header() + pid + body)) << "not nested";
  EXPECT_FALSE(parse(nested(pid))) << "no structure";
  EXPECT_FALSE(parse(nested(body))) << "no pid";
  EXPECT_FALSE(parse(nested(nested(pid + body)))) << "too deep";
  EXPECT_FALSE(parse(nested(attribute(TASKSTATS_TYPE_PID, "ab") + body))) << "half a pid";
  EXPECT_FALSE(parse(nested(attribute(TASKSTATS_TYPE_PID, bytes_of(0)) + body))) << "pid 0";
  EXPECT_FALSE(parse(nested(attribute(TASKSTATS_TYPE_PID, bytes_of(-1)) + body))) << "pid -1";
  EXPECT_FALSE(parse(nested(attribute(TASKSTATS_TYPE_TGID, bytes_of(43)) + body))) << "a tgid";
  EXPECT_FALSE(parse(generic_header() + thread_part(43, stats) + thread_part(44, stats))) << "two";
  EXPECT_FALSE(parse(generic_header() + group_part(43, stats))) << "no thread";
  EXPECT_FALSE(parse(generic_header() + thread_part(43, stats) + group_part(43, "short")));
  EXPECT_FALSE(parse(generic_header() + thread_part(43, stats) + std::string(4, '\0')))
      << "an attribute of no length";
  EXPECT_FALSE(parse(generic_header()));
  EXPECT_FALSE(parse(""));
}

TEST(ExitMessageTest, AnAttributeLongerThanItsMessageIsRefused) {
  auto bytes = generic_header() + thread_part(43, bytes_of(made_stats()));
  for (const std::size_t at : {std::size_t{4}, std::size_t{8}, std::size_t{16}}) {
    auto longer = bytes;
    std::memset(longer.data() + at, 0xFF, sizeof(std::uint16_t));
    EXPECT_FALSE(parse(longer)) << at;
  }
}

TEST(ExitMessageTest, AnotherCommandIsRefused) {
  auto bytes = generic_header() + thread_part(43, bytes_of(made_stats()));
  bytes[0] = TASKSTATS_CMD_GET;
  EXPECT_FALSE(parse(bytes));
}

TEST(ExitMessageTest, AnAnswerAboutAProcessIsItsTotals) {
  const auto stats = bytes_of(made_stats());
  const auto answer = generic_header() + group_part(42, stats);
  const auto group = parse_group_answer(as_payload(answer));
  ASSERT_TRUE(group);
  EXPECT_EQ(
      *group,
      (ExitMessage::Group{
          .tgid = 42, .run_ns = 12'345'678, .voluntary_switches = 13, .involuntary_switches = 14}));
  const auto of_thread = generic_header() + thread_part(42, stats);
  EXPECT_FALSE(parse_group_answer(as_payload(of_thread)));
}

}  // namespace
}  // namespace proctally::kernel
