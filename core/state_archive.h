#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace proctally {

/// A saved state cannot be used: what() says what is wrong with it.
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Of a transfer() that takes a T: constant where it is written, not constant where it is read.
template <typename Given, typename T>
concept Saved = std::same_as<std::remove_const_t<Given>, T>;

// What is written and what is read back is said once: as a static member function
//   template <typename Archive, typename Self> static void transfer(Archive& archive, Self& self)
// of a class, or a function beside a plain structure, that hands its fields to the archive in their
// order. Numbers are written seven bits a byte, the lowest first: nearly all of a host's are 0 or
// small, and a state is written after every scan. There are no names and no types in between; a
// number in front says of which layout it is.

/// Appends fields to a text; flush() ends it.
class StateWriter {
 public:
  static constexpr bool kReads = false;

  explicit StateWriter(std::string& out) : out_(out) {}

  template <typename... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  /// A field that is none but the first up to `last`.
  template <typename Enum>
  void choice(Enum field, Enum /*last*/) {
    put_number(static_cast<std::uint64_t>(field));
  }
  void require(bool /*holds*/, const char* /*otherwise*/) {}
  void flush() {
    out_.append(bytes_.data(), size_);
    size_ = 0;
  }

 private:
  void put_number(std::uint64_t number) {
    constexpr std::size_t kLongest = 10;
    if (bytes_.size() - size_ < kLongest) flush();
    auto* place = bytes_.data() + size_;
    for (; number > 0x7f; number >>= 7U) *place++ = static_cast<char>(number | 0x80U);
    *place++ = static_cast<char>(number);
    size_ = static_cast<std::size_t>(place - bytes_.data());
  }
  void put_bytes(std::string_view bytes) {
    flush();
    out_ += bytes;
  }

  template <typename T>
  void put(const T& field) {
    if constexpr (std::is_same_v<T, double>) {
      put_number(std::bit_cast<std::uint64_t>(field));
    } else if constexpr (std::is_same_v<T, char>) {
      put_number(static_cast<unsigned char>(field));
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      const auto wide = static_cast<std::int64_t>(field);
      // Small ones of either sign become small ones.
      put_number((static_cast<std::uint64_t>(wide) << 1U) ^ static_cast<std::uint64_t>(wide >> 63));
    } else if constexpr (std::is_integral_v<T>) {
      put_number(field);
    } else if constexpr (requires { T::transfer(*this, field); }) {
      T::transfer(*this, field);
    } else {
      transfer(*this, field);
    }
  }
  void put(const std::string& text) {
    put_number(text.size());
    put_bytes(text);
  }
  template <std::size_t kSize>
  void put(const std::array<char, kSize>& text) {
    put_bytes({text.data(), text.size()});
  }
  template <typename T>
  void put(const std::vector<T>& fields) {
    put_number(fields.size());
    for (const auto& field : fields) put(field);
  }
  template <typename T>
  void put(const std::optional<T>& field) {
    put(field.has_value());
    if (field) put(*field);
  }
  template <typename T>
  void put(const std::unique_ptr<T>& field) {
    put(field != nullptr);
    if (field) put(*field);
  }

  std::string& out_;
  // Appending each byte to a string would cost more than all else.
  std::array<char, 4096> bytes_{};
  std::size_t size_ = 0;
};

/// Takes fields from a text that may hold any bytes. Throws StateError at the first that is wrong;
/// what was read until then is of no use.
class StateReader {
 public:
  static constexpr bool kReads = true;

  /// The text outlives the reader.
  explicit StateReader(std::string_view text) : rest_(text) {}

  template <typename... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  template <typename Enum>
  void choice(Enum& field, Enum last) {
    const auto number = get_number();
    require(number <= static_cast<std::uint64_t>(last), "a value is none of the known ones");
    field = static_cast<Enum>(number);
  }
  // NOLINTNEXTLINE(readability-convert-member-functions-to-static): asked of an archive.
  void require(bool holds, const char* otherwise) {
    if (!holds) throw StateError(otherwise);
  }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    require(size <= rest_.size(), "it ends too early");
    const auto taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::uint64_t get_number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      const auto bits = static_cast<std::uint64_t>(byte & 0x7fU);
      require(shift < 63 || (shift == 63 && bits <= 1), "a number is too large");
      number |= bits << shift;
      if ((byte & 0x80U) == 0) return number;
    }
  }

  template <typename T>
  void get(T& field) {
    if constexpr (std::is_same_v<T, double>) {
      field = std::bit_cast<double>(get_number());
    } else if constexpr (std::is_same_v<T, char>) {
      std::uint8_t byte = 0;
      get_integer(byte);
      field = static_cast<char>(byte);
    } else if constexpr (std::is_integral_v<T>) {
      get_integer(field);
    } else if constexpr (requires { T::transfer(*this, field); }) {
      T::transfer(*this, field);
    } else {
      transfer(*this, field);
    }
  }
  template <typename T>
  void get_integer(T& field) {
    const auto number = get_number();
    if constexpr (std::is_signed_v<T>) {
      const auto wide =
          static_cast<std::int64_t>((number >> 1U) ^ (std::uint64_t{0} - (number & 1U)));
      require(wide >= std::numeric_limits<T>::min() && wide <= std::numeric_limits<T>::max(),
              "a number is out of range");
      field = static_cast<T>(wide);
    } else {
      require(number <= std::numeric_limits<T>::max(), "a number is out of range");
      field = static_cast<T>(number);
    }
  }
  void get(std::string& text) { text = take(get_number()); }
  template <std::size_t kSize>
  void get(std::array<char, kSize>& text) {
    take(kSize).copy(text.data(), kSize);
  }
  template <typename T>
  void get(std::vector<T>& fields) {
    fields.clear();
    // Whatever it says, there are no more than the text has bytes left.
    for (auto left = get_number(); left > 0; --left) get(fields.emplace_back());
  }
  template <typename T>
  void get(std::optional<T>& field) {
    bool is_there = false;
    get(is_there);
    field.reset();
    if (is_there) get(field.emplace());
  }
  template <typename T>
  void get(std::unique_ptr<T>& field) {
    bool is_there = false;
    get(is_there);
    field = is_there ? std::make_unique<T>() : nullptr;
    if (field) get(*field);
  }

  std::string_view rest_;
};

}  // namespace proctally
