#include "plugins/exec/http_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <stdexcept>
#include <string>

#include "plugins/exec/gzip.h"
#include "tests/plugins/graphite/recording_log.h"

namespace proctally::plugins {
namespace {

namespace http = boost::beast::http;

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kBad = HttpStatus::internal_server_error;

std::string inflated(const std::string& bytes) {
  std::string text(1'000'000, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  stream.next_in =
      const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // NOLINT(*-const-cast)
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

class HttpSiteTest : public testing::Test {
 protected:
  HttpAnswer ask(const std::string& target, http::verb verb = http::verb::get,
                 const std::string& encodings = "") {
    HttpRequest request(verb, target, 11);
    if (!encodings.empty()) request.set(http::field::accept_encoding, encodings);
    return site_.answer(request);
  }
  void publish(const std::string& text) { text_ = std::make_shared<const std::string>(text); }

  std::shared_ptr<const std::string> text_ = std::make_shared<const std::string>("up 1\n");
  std::string failure_;
  test::RecordingLog log_;
  HttpSite site_{"/metrics",
                 [this] {
                   if (!failure_.empty()) throw std::runtime_error(failure_);
                   return text_;
                 },
                 log_};
};

TEST_F(HttpSiteTest, ServesThePageAtItsPathWhateverTheQueryIs) {
  for (const auto* target :
       {"/metrics", "/metrics?", "/metrics?name[]=x", "/metrics#x", "http://web01:9256/metrics"}) {
    const auto answer = ask(target);
    EXPECT_EQ(answer.status, HttpStatus::ok) << target;
    EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(answer.body, text_) << target;
  }
}

TEST_F(HttpSiteTest, LinksToThePageFromTheRoot) {
  for (const auto* target : {"/", "/?x", "http://web01"}) {
    const auto answer = ask(target);
    EXPECT_EQ(answer.status, HttpStatus::ok) << target;
    EXPECT_THAT(*answer.body, HasSubstr("<a href=\"/metrics\">"));
  }
}

TEST_F(HttpSiteTest, HasNothingElse) {
  for (const auto* target : {"/metric", "/metrics/", "/METRICS", "//metrics", "*", "metrics",
                             "/%6detrics", "/../metrics"}) {
    const auto answer = ask(target);
    EXPECT_EQ(answer.status, HttpStatus::not_found) << target;
    EXPECT_EQ(*answer.body, "nothing is here; the metrics are at /metrics\n");
  }
}

TEST_F(HttpSiteTest, KnowsGetAndHead) {
  EXPECT_EQ(ask("/metrics", http::verb::head).body, text_);
  for (const auto verb : {http::verb::post, http::verb::put, http::verb::delete_,
                          http::verb::options, http::verb::trace, http::verb::connect}) {
    EXPECT_EQ(ask("/metrics", verb).status, HttpStatus::method_not_allowed);
  }
}

TEST_F(HttpSiteTest, CompressesAPageOnceForAllWhoTakeIt) {
  publish(std::string(100'000, 'x'));
  const auto first = ask("/metrics", http::verb::get, "gzip");
  EXPECT_TRUE(first.is_gzipped);
  EXPECT_EQ(inflated(*first.body), *text_);
  EXPECT_LT(first.body->size(), 1000U);
  EXPECT_EQ(ask("/metrics", http::verb::get, "deflate, GZIP;q=0.5").body, first.body);
  publish("new\n");
  EXPECT_EQ(inflated(*ask("/metrics", http::verb::get, "gzip").body), "new\n");
}

TEST_F(HttpSiteTest, CompressesNothingForOthers) {
  for (const auto* encodings :
       {"", "identity", "gzip;q=0", "gzip; q=0.000", "xgzip", "br, *;q=0"}) {
    const auto answer = ask("/metrics", http::verb::get, encodings);
    EXPECT_FALSE(answer.is_gzipped) << encodings;
    EXPECT_EQ(answer.body, text_) << encodings;
  }
}

TEST_F(HttpSiteTest, CountsItsPages) {
  EXPECT_EQ(ask("/metrics").page, 1U);
  EXPECT_EQ(ask("/metrics").page, 1U);
  publish("new\n");
  EXPECT_EQ(ask("/metrics").page, 2U);
  EXPECT_EQ(site_.newest_page(), 2U);
  EXPECT_EQ(ask("/").page, 0U);
}

TEST_F(HttpSiteTest, LivesOnWhereNoPageCanBeMadeAndSaysSoOnce) {
  failure_ = "the disk is on fire";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("/metrics").status, kBad);
  EXPECT_EQ(ask("/").status, HttpStatus::ok);
  EXPECT_THAT(log_.lines(), ElementsAre("no page of metrics can be made: the disk is on fire"));
  failure_.clear();
  EXPECT_EQ(ask("/metrics").body, text_);
  EXPECT_THAT(log_.lines(),
              ElementsAre(HasSubstr("on fire"), "pages of metrics can be made again"));
  text_.reset();
  EXPECT_EQ(ask("/metrics").status, kBad);
}

TEST(GzipTest, IsReadByOthersToTheByte) {
  for (const std::size_t size : {0U, 1U, 65'536U, 300'001U}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>((i * i) % 251);
    EXPECT_EQ(inflated(gzip(text)), text) << size;
  }
}

}  // namespace
}  // namespace proctally::plugins
