#include "plugins/exec/http_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/verb.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

#include "plugins/exec/gzip.h"

namespace proctally::plugins {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// What a request asks for, without its query. A proxy's form has the server in front.
std::string_view path_of(const HttpRequest& request) {
  std::string_view target{request.target().data(), request.target().size()};
  target = target.substr(0, target.find_first_of("?#"));
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    const auto slash = target.find('/', kScheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target;
}

/// "q=0", "q=0.00": a client's word for no.
bool is_refused(const http::param_list& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    const std::string_view value{parameter.second.data(), parameter.second.size()};
    return beast::iequals(parameter.first, "q") &&
           value.find_first_not_of("0.") == std::string_view::npos;
  });
}

bool takes_gzip(const HttpRequest& request) {
  const http::ext_list encodings(request[http::field::accept_encoding]);
  return std::any_of(encodings.begin(), encodings.end(), [](const auto& encoding) {
    return beast::iequals(encoding.first, "gzip") && !is_refused(encoding.second);
  });
}

HttpAnswer link_to(const std::string& path) {
  constexpr std::string_view kPage =
      "<!DOCTYPE html>\n<html><head><title>proctally</title></head><body><h1>proctally</h1>"
      "<p><a href=\"{}\">Metrics</a></p></body></html>\n";
  return {.content_type = "text/html; charset=utf-8",
          .body = std::make_shared<const std::string>(fmt::format(kPage, path))};
}

}  // namespace

HttpAnswer plain_answer(HttpStatus status, std::string text) {
  return {.status = status, .body = std::make_shared<const std::string>(std::move(text))};
}

HttpSite::HttpSite(std::string path, PageSource source, const Log& log)
    : path_(std::move(path)), source_(std::move(source)), log_(log) {}

HttpAnswer HttpSite::answer(const HttpRequest& request) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    return plain_answer(HttpStatus::method_not_allowed, "only GET and HEAD are served\n");
  }
  const auto path = path_of(request);
  if (path == path_) return metrics(takes_gzip(request) ? Encoding::gzip : Encoding::plain);
  if (path == "/") return link_to(path_);
  return plain_answer(HttpStatus::not_found,
                      fmt::format("nothing is here; the metrics are at {}\n", path_));
}

HttpAnswer HttpSite::metrics(Encoding encoding) {
  try {
    refresh();
    if (encoding == Encoding::gzip && !gzipped_) {
      gzipped_ = std::make_shared<const std::string>(gzip(*text_));
    }
  } catch (const std::exception& error) {
    // A client may ask again and again; once is enough for the log.
    if (!std::exchange(is_failing_, true)) {
      log_.error(fmt::format("no page of metrics can be made: {}", error.what()));
    }
    return plain_answer(HttpStatus::internal_server_error,
                        "no page of metrics can be made; the log says why\n");
  }
  if (std::exchange(is_failing_, false)) log_.info("pages of metrics can be made again");
  const bool is_gzipped = encoding == Encoding::gzip;
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = is_gzipped ? gzipped_ : text_,
          .is_gzipped = is_gzipped,
          .page = page_};
}

void HttpSite::refresh() {
  auto text = source_();
  if (!text) throw std::runtime_error("there is none");
  if (text == text_) return;
  text_ = std::move(text);
  gzipped_.reset();
  ++page_;
}

}  // namespace proctally::plugins
