#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace proctally::plugins::graphite {

/// One connection to a destination, from the search for its address to its end. Everything happens
/// on the io_context that it was made with: no call waits. After close() nothing is called any
/// more.
class Stream {
 public:
  enum class End : std::uint8_t {
    by_peer,  ///< The peer said that it sends no more (FIN). After finish(): its process has read
              ///< all that was written.
    broken,   ///< Anything else: refused, reset, timed out.
    foreign,  ///< What the peer says shows that it is no receiver of Graphite's lines.
  };
  /// All on the io_context, none from inside a call of ours.
  struct Events {
    std::function<void()> opened;
    /// So many bytes of the last write() are the kernel's now.
    std::function<void(std::size_t bytes)> written;
    /// The end, once; the text is for people. Also where it could not be opened.
    std::function<void(End end, const std::string& why)> ended;
  };

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual void open() = 0;
  /// Takes as many bytes from the front as there is room for; `bytes` stay valid until `written` or
  /// `ended`. One at a time.
  virtual void write(std::string_view bytes) = 0;
  /// We send no more; what the peer says to that is the receipt.
  virtual void finish() = 0;
  /// Of the bytes that are written: so many the peer's kernel has not acknowledged.
  [[nodiscard]] virtual std::size_t unacknowledged() = 0;
  /// Before close() in the middle of a line, of which this is the rest: some receivers take the
  /// half of a line for a whole one. Nobody is told how that went.
  virtual void complete_line(std::string_view /*rest*/) {}
  virtual void close() = 0;
  /// Whether what the kernel of the peer acknowledged is known.
  [[nodiscard]] virtual bool has_acknowledgements() const { return true; }
  /// How old it should become at most, where there is reason to look for a better one.
  [[nodiscard]] virtual std::chrono::milliseconds max_age() const { return kNoMaxAge; }

  static constexpr std::chrono::hours kNoMaxAge{24 * 365};
};

/// Makes one stream for each attempt.
using StreamFactory = std::function<std::shared_ptr<Stream>(Stream::Events)>;

}  // namespace proctally::plugins::graphite
