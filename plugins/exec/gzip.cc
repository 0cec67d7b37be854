#include "plugins/exec/gzip.h"

#include <zlib.h>

#include <new>

namespace proctally::plugins {

std::string gzip(std::string_view text) {
  constexpr int kGzipHeader = 16;
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzipHeader, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string compressed;
  try {
    compressed.resize(deflateBound(&stream, text.size()));
  } catch (...) {
    deflateEnd(&stream);
    throw;
  }
  // zlib only reads from it.
  stream.next_in =
      const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT(*-const-cast)
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  deflate(&stream, Z_FINISH);  // All fits into the bound.
  compressed.resize(stream.total_out);
  compressed.shrink_to_fit();
  deflateEnd(&stream);
  return compressed;
}

}  // namespace proctally::plugins
