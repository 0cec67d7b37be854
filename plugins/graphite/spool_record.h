#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/graphite/batch.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// A place in the row of all batches that a spool ever took: how many stand before it, and how many
/// lines they have. From two places it is known exactly what lies, or is missing, between them.
struct SpoolPlace {
  std::uint64_t id = 0;
  std::uint64_t line = 0;

  friend bool operator==(const SpoolPlace&, const SpoolPlace&) = default;
};

/// A record is a header of fixed size and the batch's lines. All numbers are little-endian:
///   magic 4, payload bytes 4, id 8, first line 8, time 8, line count 8, CRC-32 of the payload 4,
///   CRC-32 of all of the header before it 4.
/// The header has a sum of its own, so that where only lines are damaged it is known which.
struct RecordHeader {
  SpoolPlace place{};
  std::int64_t time_s = 0;
  std::uint64_t line_count = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;

  [[nodiscard]] std::uint64_t record_bytes() const;
  [[nodiscard]] SpoolPlace end() const { return {place.id + 1, place.line + line_count}; }
  [[nodiscard]] Tally tally() const { return {.batches = 1, .lines = line_count}; }
};

inline constexpr std::size_t kRecordHeaderBytes = 48;
/// No batch that the format can hold is larger. Far more than any host has.
inline constexpr std::size_t kMostPayloadBytes = std::size_t{1} << 30U;
/// The first byte of a record stands in no line of Graphite: it is not ASCII.
inline constexpr std::string_view kRecordMagic{"\x89PT1", 4};

inline std::uint64_t RecordHeader::record_bytes() const {
  return kRecordHeaderBytes + std::uint64_t{payload_bytes};
}

/// `batch` must not be larger than kMostPayloadBytes.
[[nodiscard]] std::string encode_record(const SpoolPlace& place, const Batch& batch);
/// From the first kRecordHeaderBytes of `bytes`; nothing where they are no undamaged header.
[[nodiscard]] std::optional<RecordHeader> decode_record_header(std::string_view bytes);
/// Whether these are the lines that were written.
[[nodiscard]] bool is_payload_of(const RecordHeader& header, std::string_view payload);

/// What the position file holds: where confirmed delivery ended.
inline constexpr std::size_t kPositionBytes = 24;
[[nodiscard]] std::string encode_position(const SpoolPlace& place);
/// Nothing where `bytes` are not all of an undamaged position.
[[nodiscard]] std::optional<SpoolPlace> decode_position(std::string_view bytes);

}  // namespace proctally::plugins::graphite
