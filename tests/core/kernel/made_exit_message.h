#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace proctally::test {

/// The bytes of anything plain.
template <typename T>
[[nodiscard]] std::string bytes_of(const T& value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// One attribute, padded to 4 bytes.
[[nodiscard]] inline std::string attribute(std::uint16_t type, std::string_view payload) {
  nlattr header{};
  header.nla_len = static_cast<std::uint16_t>(sizeof header + payload.size());
  header.nla_type = type;
  std::string bytes = bytes_of(header) + std::string(payload);
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

[[nodiscard]] inline std::string generic_header() {
  genlmsghdr header{};
  header.cmd = TASKSTATS_CMD_NEW;
  header.version = TASKSTATS_GENL_VERSION;
  return bytes_of(header);
}

[[nodiscard]] inline std::string thread_part(std::uint32_t tid, std::string_view stats) {
  return attribute(TASKSTATS_TYPE_AGGR_PID, attribute(TASKSTATS_TYPE_PID, bytes_of(tid)) +
                                                attribute(TASKSTATS_TYPE_STATS, stats));
}

[[nodiscard]] inline std::string group_part(std::uint32_t tgid, std::string_view stats) {
  return attribute(TASKSTATS_TYPE_AGGR_TGID, attribute(TASKSTATS_TYPE_TGID, bytes_of(tgid)) +
                                                 attribute(TASKSTATS_TYPE_STATS, stats));
}

/// For parsers: strings are aligned enough.
[[nodiscard]] inline std::span<const std::byte> as_payload(std::string_view bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

}  // namespace proctally::test
