#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugins/graphite/disk_error.h"
#include "plugins/graphite/spool_folder.h"
#include "plugins/graphite/spool_record.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// Something that a spool's files do not say as they should. For the log.
struct SpoolFinding {
  enum class Kind : std::uint8_t {
    torn_tail,   ///< The end of the newest segment is no whole record. It was cut off.
    damage,      ///< Some of a segment cannot be read.
    gap,         ///< Whole segments are missing. Not counted: most likely they were, on removal.
    lost_place,  ///< Where delivery had come to cannot be read: all is sent once more.
    foreign,     ///< Something that is no file has a segment's name. It is left alone.
  };
  Kind kind = Kind::damage;
  std::string file{};       ///< Its name in the folder.
  std::uint64_t bytes = 0;  ///< How many are torn or cannot be read.
  Tally lost{};          ///< Known batches that were in them; a torn one never counted as spooled.
  std::string detail{};  ///< An error of the disk, where one is the reason; else empty.
};

/// "0...1-0...0.spool: the last 17 bytes were torn, and are cut off".
[[nodiscard]] std::string to_string(const SpoolFinding& finding);

/// What a spool has to remember of one segment file.
struct SpoolSegment {
  SpoolPlace first{};
  std::uint64_t size = 0;  ///< How much of the file counts.
  Tally unread{};          ///< Records of it that are to be sent and were not come to yet.
  std::uint64_t held = 0;  ///< Records of it that were come to, and are neither sent nor dropped.
};

/// What is found in a folder when it is opened.
struct RecoveredSpool {
  std::map<std::uint64_t, SpoolSegment> segments;  ///< By the id of the place where they begin.
  std::optional<SpoolPlace> saved;                 ///< The position, as it was saved.
  SpoolPlace begin;                                ///< Where delivery goes on.
  SpoolPlace end;                                  ///< Where the next batch will stand.
  Tally lost{};                                    ///< Between the two, not readable any more.
  std::vector<SpoolFinding> findings;
  std::vector<DiskError> errors;  ///< Of files: those of the folder itself are returned.
};

/// Reads the position and the headers of all records; cuts off a torn tail, and removes segments in
/// which nothing is left to be sent.
[[nodiscard]] std::variant<RecoveredSpool, DiskError> recover_spool(const SpoolFolder& folder);

}  // namespace proctally::plugins::graphite
