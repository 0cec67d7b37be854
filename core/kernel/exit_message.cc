#include "core/kernel/exit_message.h"

#include <libmnl/libmnl.h>
#include <linux/acct.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>

#include <algorithm>
#include <cstring>

namespace proctally::kernel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint16_t kOldestVersion = 8;
// Up to here the structure goes in version 8, which all kernels since 2.6.33 have.
constexpr std::size_t kOldestSize = offsetof(taskstats, thrashing_count);
constexpr std::uint16_t kShuffledVersion = 15;

// Version 15 (6.14) put two words behind each delay, in the middle of the structure; version 16
// took them out again. Source: commit 0bf2d838de1f, "taskstats: fix struct taskstats breaks
// backward compatibility since version 15".
std::size_t shuffled(std::size_t offset) {
  constexpr std::size_t kTwoWords = 16;
  if (offset >= offsetof(taskstats, ac_tgid)) return offset + 6 * kTwoWords;
  if (offset >= offsetof(taskstats, cpu_run_real_total)) return offset + 3 * kTwoWords;
  return offset;
}

/// A structure that may be shorter or longer than the one of our headers.
class Stats {
 public:
  explicit Stats(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_usable() const {
    return version() >= kOldestVersion && bytes_.size() >= position(kOldestSize);
  }
  [[nodiscard]] std::uint16_t version() const {
    return read<std::uint16_t>(offsetof(taskstats, version));
  }
  /// 0 beyond the end.
  template <typename T>
  [[nodiscard]] T get(std::size_t offset) const {
    return read<T>(position(offset));
  }
  [[nodiscard]] std::uint64_t u64(std::size_t offset) const { return get<std::uint64_t>(offset); }
  [[nodiscard]] pid_t pid(std::size_t offset) const {
    return static_cast<pid_t>(get<std::uint32_t>(offset));
  }

 private:
  [[nodiscard]] std::size_t position(std::size_t offset) const {
    return version() == kShuffledVersion ? shuffled(offset) : offset;
  }
  template <typename T>
  [[nodiscard]] T read(std::size_t at) const {
    T value{};
    if (at <= bytes_.size() && bytes_.size() - at >= sizeof value) {
      std::memcpy(&value, bytes_.data() + at, sizeof value);
    }
    return value;
  }

  Bytes bytes_;
};

/// Cuts the first attribute off; false where none is left, or the rest is none.
bool cut_attribute(Bytes& rest, std::uint16_t& type, Bytes& payload) {
  const auto* attribute = reinterpret_cast<const nlattr*>(rest.data());
  if (rest.empty() || !mnl_attr_ok(attribute, static_cast<int>(rest.size()))) return false;
  type = mnl_attr_get_type(attribute);
  payload = {static_cast<const std::byte*>(mnl_attr_get_payload(attribute)),
             mnl_attr_get_payload_len(attribute)};
  const auto length = static_cast<std::size_t>(MNL_ALIGN(mnl_attr_get_len(attribute)));
  rest = rest.subspan(std::min(length, rest.size()));  // The last padding may be missing.
  return true;
}

struct Aggregate {
  std::uint16_t type = 0;
  pid_t id = 0;
  Stats stats{{}};
};

/// An AGGR_PID or AGGR_TGID: an id and a structure.
bool read_aggregate(std::uint16_t type, Bytes nested, Aggregate& aggregate) {
  const std::uint16_t id_type =
      type == TASKSTATS_TYPE_AGGR_PID ? TASKSTATS_TYPE_PID : TASKSTATS_TYPE_TGID;
  bool has_id = false;
  bool has_stats = false;
  while (!nested.empty()) {
    std::uint16_t inner = 0;
    Bytes payload;
    if (!cut_attribute(nested, inner, payload)) return false;
    if (inner == id_type) {
      std::uint32_t id = 0;
      if (payload.size() < sizeof id) return false;
      std::memcpy(&id, payload.data(), sizeof id);
      aggregate.id = static_cast<pid_t>(id);
      has_id = aggregate.id > 0;
    } else if (inner == TASKSTATS_TYPE_STATS) {
      aggregate.stats = Stats(payload);
      has_stats = aggregate.stats.is_usable();
    }
  }
  aggregate.type = type;
  return has_id && has_stats;
}

/// The aggregates of a message, each of them at most once; false where it is not one of ours.
bool read_message(Bytes payload, std::optional<Aggregate>& thread,
                  std::optional<Aggregate>& group) {
  constexpr std::size_t kHeader = sizeof(genlmsghdr);
  if (payload.size() < kHeader) return false;
  genlmsghdr header{};
  std::memcpy(&header, payload.data(), sizeof header);
  if (header.cmd != TASKSTATS_CMD_NEW) return false;
  auto rest = payload.subspan(kHeader);
  while (!rest.empty()) {
    std::uint16_t type = 0;
    Bytes nested;
    if (!cut_attribute(rest, type, nested)) return false;
    // TYPE_NULL pads on some architectures; new types are for those who know them.
    if (type != TASKSTATS_TYPE_AGGR_PID && type != TASKSTATS_TYPE_AGGR_TGID) continue;
    auto& aggregate = type == TASKSTATS_TYPE_AGGR_PID ? thread : group;
    if (aggregate || !read_aggregate(type, nested, aggregate.emplace())) return false;
  }
  return true;
}

ProcessExit read_own(const Stats& stats) {
  constexpr std::uint64_t kNsPerUs = 1000;
  ProcessExit own;
  own.ppid = stats.pid(offsetof(taskstats, ac_ppid));
  own.uid = stats.get<std::uint32_t>(offsetof(taskstats, ac_uid));
  static_assert(sizeof own.comm == sizeof(taskstats::ac_comm));
  own.comm = stats.get<decltype(own.comm)>(offsetof(taskstats, ac_comm));
  own.exe_device = stats.u64(offsetof(taskstats, ac_exe_dev));
  own.exe_inode = stats.u64(offsetof(taskstats, ac_exe_inode));
  own.run_ns = stats.u64(offsetof(taskstats, cpu_run_virtual_total));
  own.sampled_user_ns = stats.u64(offsetof(taskstats, ac_utime)) * kNsPerUs;
  own.sampled_system_ns = stats.u64(offsetof(taskstats, ac_stime)) * kNsPerUs;
  own.minor_faults = stats.u64(offsetof(taskstats, ac_minflt));
  own.major_faults = stats.u64(offsetof(taskstats, ac_majflt));
  own.read_chars = stats.u64(offsetof(taskstats, read_char));
  own.written_chars = stats.u64(offsetof(taskstats, write_char));
  own.read_calls = stats.u64(offsetof(taskstats, read_syscalls));
  own.write_calls = stats.u64(offsetof(taskstats, write_syscalls));
  own.read_bytes = stats.u64(offsetof(taskstats, read_bytes));
  own.written_bytes = stats.u64(offsetof(taskstats, write_bytes));
  own.voluntary_switches = stats.u64(offsetof(taskstats, nvcsw));
  own.involuntary_switches = stats.u64(offsetof(taskstats, nivcsw));
  return own;
}

ExitMessage::Group read_group(const Aggregate& group) {
  return {.tgid = group.id,
          .run_ns = group.stats.u64(offsetof(taskstats, cpu_run_virtual_total)),
          .voluntary_switches = group.stats.u64(offsetof(taskstats, nvcsw)),
          .involuntary_switches = group.stats.u64(offsetof(taskstats, nivcsw))};
}

}  // namespace

std::optional<ExitMessage> parse_exit_message(std::span<const std::byte> payload) {
  std::optional<Aggregate> thread;
  std::optional<Aggregate> group;
  if (!read_message(payload, thread, group) || !thread) return std::nullopt;
  ExitMessage message;
  message.tid = thread->id;
  message.own = read_own(thread->stats);
  message.own.pid = thread->id;
  if (const auto tgid = thread->stats.pid(offsetof(taskstats, ac_tgid)); tgid > 0) {
    message.tgid = tgid;
    message.is_last_thread =
        (thread->stats.get<std::uint8_t>(offsetof(taskstats, ac_flag)) & AGROUP) != 0;
  }
  if (group) message.group = read_group(*group);
  return message;
}

std::optional<ExitMessage::Group> parse_group_answer(std::span<const std::byte> payload) {
  std::optional<Aggregate> thread;
  std::optional<Aggregate> group;
  if (!read_message(payload, thread, group) || !group) return std::nullopt;
  return read_group(*group);
}

}  // namespace proctally::kernel
