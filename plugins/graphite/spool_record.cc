#include "plugins/graphite/spool_record.h"

#include <zlib.h>

#include <boost/endian/conversion.hpp>
#include <cstring>

namespace proctally::plugins::graphite {
namespace {

constexpr std::string_view kPositionMagic{"\x89PTP", 4};

std::uint32_t checksum(std::string_view bytes) {
  // Fits a uInt: no payload is larger than kMostPayloadBytes.
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

template <typename Unsigned>
void append_number(std::string& out, Unsigned number) {
  boost::endian::native_to_little_inplace(number);
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Takes a number off the front of `bytes`, which must be long enough.
template <typename Unsigned>
Unsigned take_number(std::string_view& bytes) {
  Unsigned number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return boost::endian::little_to_native(number);
}

/// Whether `bytes` begin with `magic` and end in the checksum of what stands before it.
bool is_sealed(std::string_view bytes, std::string_view magic) {
  auto sum = bytes.substr(bytes.size() - sizeof(std::uint32_t));
  return bytes.starts_with(magic) &&
         take_number<std::uint32_t>(sum) ==
             checksum(bytes.substr(0, bytes.size() - sizeof(std::uint32_t)));
}

}  // namespace

std::string encode_record(const SpoolPlace& place, const Batch& batch) {
  std::string record;
  record.reserve(kRecordHeaderBytes + batch.lines.size());
  record += kRecordMagic;
  append_number(record, static_cast<std::uint32_t>(batch.lines.size()));
  append_number(record, place.id);
  append_number(record, place.line);
  append_number(record, static_cast<std::uint64_t>(batch.time_s));
  append_number(record, std::uint64_t{batch.line_count});
  append_number(record, checksum(batch.lines));
  append_number(record, checksum(record));
  record += batch.lines;
  return record;
}

std::optional<RecordHeader> decode_record_header(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  bytes = bytes.substr(0, kRecordHeaderBytes);
  if (!is_sealed(bytes, kRecordMagic)) return std::nullopt;
  bytes.remove_prefix(kRecordMagic.size());
  RecordHeader header;
  header.payload_bytes = take_number<std::uint32_t>(bytes);
  header.place.id = take_number<std::uint64_t>(bytes);
  header.place.line = take_number<std::uint64_t>(bytes);
  header.time_s = static_cast<std::int64_t>(take_number<std::uint64_t>(bytes));
  header.line_count = take_number<std::uint64_t>(bytes);
  header.payload_crc = take_number<std::uint32_t>(bytes);
  if (header.payload_bytes > kMostPayloadBytes) return std::nullopt;
  return header;
}

bool is_payload_of(const RecordHeader& header, std::string_view payload) {
  return payload.size() == header.payload_bytes && checksum(payload) == header.payload_crc;
}

std::string encode_position(const SpoolPlace& place) {
  std::string bytes(kPositionMagic);
  append_number(bytes, place.id);
  append_number(bytes, place.line);
  append_number(bytes, checksum(bytes));
  return bytes;
}

std::optional<SpoolPlace> decode_position(std::string_view bytes) {
  if (bytes.size() != kPositionBytes || !is_sealed(bytes, kPositionMagic)) return std::nullopt;
  bytes.remove_prefix(kPositionMagic.size());
  SpoolPlace place;
  place.id = take_number<std::uint64_t>(bytes);
  place.line = take_number<std::uint64_t>(bytes);
  return place;
}

}  // namespace proctally::plugins::graphite
