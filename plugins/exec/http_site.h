#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/common/log.h"

namespace proctally::plugins {

using HttpStatus = boost::beast::http::status;
using HttpRequest = boost::beast::http::request<boost::beast::http::empty_body>;

/// The text of the metrics now: asked for once a scrape, and the same text again where it is
/// recent.
using PageSource = std::function<std::shared_ptr<const std::string>()>;

/// What is said to a request. The body is shared by all who are told the same.
struct HttpAnswer {
  HttpStatus status = HttpStatus::ok;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body = {};
  bool is_gzipped = false;
  std::uint64_t page = 0;  ///< The number of the page of metrics that the body is; 0: of none.
};

/// What a server of metrics serves: the metrics at their path, and at / a link to them. Knows
/// requests and answers, and nothing of how they travel.
class HttpSite {
 public:
  /// `path` begins with a slash, and is of letters and digits and ._~/-. `log` outlives the site.
  HttpSite(std::string path, PageSource source, const Log& log);

  [[nodiscard]] HttpAnswer answer(const HttpRequest& request);
  /// The number of the last page; they count up.
  [[nodiscard]] std::uint64_t newest_page() const { return page_; }

 private:
  enum class Encoding : std::uint8_t { plain, gzip };

  [[nodiscard]] HttpAnswer metrics(Encoding encoding);
  void refresh();

  std::string path_;
  PageSource source_;
  const Log& log_;
  std::shared_ptr<const std::string> text_;
  std::shared_ptr<const std::string> gzipped_;  ///< text_, from the first who wants it so on.
  std::uint64_t page_ = 0;
  bool is_failing_ = false;  ///< The source fails, and the log says so.
};

/// An answer that is a line for people.
[[nodiscard]] HttpAnswer plain_answer(HttpStatus status, std::string text);

}  // namespace proctally::plugins
