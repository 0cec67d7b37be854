#pragma once

#include <cstdint>
#include <string>

#include "core/snapshot.h"

/// Numbers for machines, used by every format that a machine reads. std::to_chars knows no locale,
/// so no LC_NUMERIC of a host can put a comma where a point belongs; nothing here can fail, and
/// nothing allocates but the growth of `out`.
namespace proctally::formats {

void append_integer(std::int64_t number, std::string& out);

/// The shortest text that reads back as the same double, such as `0.1`, `5`, `1e+20` or `5e-324`:
/// a number in Influx line protocol and in JSON alike. `number` is finite, as a Value always is.
void append_real(double number, std::string& out);

/// The one or the other; seconds are a real number. `value` is there.
void append_value(const Value& value, std::string& out);

}  // namespace proctally::formats
