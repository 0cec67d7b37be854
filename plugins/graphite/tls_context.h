#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <stdexcept>
#include <string>

namespace proctally::plugins::graphite {

/// Paths of PEM files.
struct TlsFiles {
  std::string ca{};           ///< Who may sign a peer's certificate. Empty: whom the system trusts.
  std::string certificate{};  ///< What we show of ourselves, with its chain. Empty: nothing.
  std::string key{};          ///< Of `certificate`; both or none.
};

/// Says the option and its file, what is wrong with it, and what it must be.
class TlsFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What connections that open from now on have in common: TLS 1.2 or later, and a peer whose
/// certificate is verified, always. Reads the files now, never later and never from the terminal. A
/// reload makes another; streams keep the one that they were made with. Throws TlsFileError.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_tls_context(const TlsFiles& files);

}  // namespace proctally::plugins::graphite
