#include "plugins/exec/batch_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include "core/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using State = BatchWriter::State;

/// More than a pipe holds, even when it is made as large as it may be.
constexpr std::size_t kTooMuch = std::size_t{3} << 20U;
/// A deadline after which the test itself has long been given up.
constexpr int kNeverMs = 3'600'000;

bool is_nonblocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

class BatchWriterTest : public testing::Test {
 protected:
  BatchWriterTest() {
    (void)::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      read_end_.reset(ends[0]);
      write_end_.reset(ends[1]);
    }
    writer_.emplace(write_end_.get());
  }
  State submit(std::string text) {
    const auto state = writer_->submit(text);
    EXPECT_EQ(text, "");
    return state;
  }
  /// Reads so many bytes, and flushes in between as the event loop does.
  std::string read(std::size_t count) {
    std::string text;
    std::array<char, 65536> bytes{};
    while (text.size() < count) {
      writer_->flush();
      const auto size =
          ::read(read_end_.get(), bytes.data(), std::min(bytes.size(), count - text.size()));
      if (size <= 0) break;
      text.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return text;
  }
  /// Whatever is in the pipe.
  std::string read_rest() {
    ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
    return read(kTooMuch * 4);
  }

  UniqueFd read_end_;
  UniqueFd write_end_;
  std::optional<BatchWriter> writer_;
};

TEST_F(BatchWriterTest, WritesBatchesAsTheyCome) {
  EXPECT_EQ(writer_->state(), State::idle);
  EXPECT_EQ(submit("one\n"), State::idle);
  EXPECT_EQ(submit("two\n"), State::idle);
  EXPECT_EQ(read_rest(), "one\ntwo\n");
  EXPECT_EQ(writer_->dropped(), 0U);
}

TEST_F(BatchWriterTest, FinishesTheBatchThatASlowReaderHasBegun) {
  const std::string first(kTooMuch, 'a');
  EXPECT_EQ(submit(first), State::pending);
  EXPECT_EQ(writer_->flush(), State::pending);
  EXPECT_TRUE(read(kTooMuch) == first);
  EXPECT_EQ(writer_->flush(), State::idle);
  EXPECT_EQ(read_rest(), "");
}

TEST_F(BatchWriterTest, KeepsOneBatchWaitingBehindIt) {
  submit(std::string(kTooMuch, 'a'));
  EXPECT_EQ(submit("b\n"), State::pending);
  EXPECT_EQ(writer_->dropped(), 0U);
  EXPECT_TRUE(read(kTooMuch) == std::string(kTooMuch, 'a'));
  EXPECT_EQ(read_rest(), "b\n");
  EXPECT_EQ(writer_->state(), State::idle);
  EXPECT_EQ(writer_->dropped(), 0U);
}

TEST_F(BatchWriterTest, LetsTheNewestBatchTakeThePlaceOfTheOneThatWaitsAndCountsTheLoss) {
  submit(std::string(kTooMuch, 'a'));
  submit(std::string(kTooMuch, 'b'));
  submit("c\n");
  EXPECT_EQ(writer_->dropped(), 1U);
  submit("d\n");
  EXPECT_EQ(writer_->dropped(), 2U);
  EXPECT_TRUE(read(kTooMuch) == std::string(kTooMuch, 'a'));
  EXPECT_EQ(read_rest(), "d\n");
  EXPECT_EQ(submit("e\n"), State::idle);
  EXPECT_EQ(read_rest(), "e\n");
  EXPECT_EQ(writer_->dropped(), 2U);
}

TEST_F(BatchWriterTest, IsClosedWhenTheReaderIsGone) {
  read_end_.reset();
  EXPECT_EQ(submit("a\n"), State::closed);
  std::string batch = "b\n";
  EXPECT_EQ(writer_->submit(batch), State::closed);
  EXPECT_EQ(writer_->flush(), State::closed);
  EXPECT_EQ(writer_->drain(kNeverMs), State::closed);
}

TEST_F(BatchWriterTest, IsClosedWhenTheReaderGoesInTheMiddleOfABatch) {
  submit(std::string(kTooMuch, 'a'));
  read_end_.reset();
  EXPECT_EQ(writer_->flush(), State::closed);
}

TEST_F(BatchWriterTest, IsClosedWhereTheReaderHadGoneBefore) {
  read_end_.reset();
  writer_.emplace(write_end_.get());
  EXPECT_EQ(submit("a\n"), State::closed);
}

TEST_F(BatchWriterTest, LeavesThePipeOfOthersBlocking) {
  EXPECT_NE(writer_->fd(), write_end_.get());
  EXPECT_TRUE(is_nonblocking(writer_->fd()));
  EXPECT_FALSE(is_nonblocking(write_end_.get()));
  const auto own = writer_->fd();
  writer_.reset();
  EXPECT_EQ(::fcntl(own, F_GETFD), -1);
  EXPECT_NE(::fcntl(write_end_.get(), F_GETFD), -1);
}

TEST_F(BatchWriterTest, DrainsUntilEverythingIsRead) {
  submit("a\n");
  std::atomic<bool> is_read{false};
  std::thread reader([&] {
    std::array<char, 16> bytes{};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    is_read = true;
    EXPECT_EQ(::read(read_end_.get(), bytes.data(), bytes.size()), 2);
  });
  EXPECT_EQ(writer_->drain(kNeverMs), State::idle);
  EXPECT_TRUE(is_read);
  reader.join();
}

TEST_F(BatchWriterTest, DrainsWhatIsNotWrittenYet) {
  submit(std::string(kTooMuch, 'a'));
  submit(std::string(kTooMuch, 'b'));
  std::string text;
  std::thread reader([&] {
    std::array<char, 65536> bytes{};
    while (text.size() < 2 * kTooMuch) {
      const auto size = ::read(read_end_.get(), bytes.data(), bytes.size());
      if (size <= 0) break;
      text.append(bytes.data(), static_cast<std::size_t>(size));
    }
  });
  EXPECT_EQ(writer_->drain(kNeverMs), State::idle);
  reader.join();
  EXPECT_TRUE(text == std::string(kTooMuch, 'a') + std::string(kTooMuch, 'b'));
}

TEST_F(BatchWriterTest, StopsDrainingAtTheDeadline) {
  submit("a\n");
  EXPECT_EQ(writer_->drain(1), State::idle);
  submit(std::string(kTooMuch, 'a'));
  EXPECT_EQ(writer_->drain(1), State::pending);
}

TEST_F(BatchWriterTest, StopsDrainingWhenTheReaderGoes) {
  submit("a\n");
  read_end_.reset();
  EXPECT_EQ(writer_->drain(kNeverMs), State::closed);
}

TEST_F(BatchWriterTest, HasNothingToDrainAtFirst) {
  EXPECT_EQ(writer_->drain(kNeverMs), State::idle);
}

TEST(BatchWriterToFileTest, WritesAndDrainsWhereverTheFileStands) {
  const test::TempDir dir;
  dir.write("out", "0123456789");
  const UniqueFd file(::open((dir.string() + "/out").c_str(), O_RDWR | O_CLOEXEC));
  BatchWriter writer(file.get());
  std::string batch = "abc\n";
  EXPECT_EQ(writer.submit(batch), State::idle);
  EXPECT_EQ(writer.drain(kNeverMs), State::idle);
  std::array<char, 16> bytes{};
  EXPECT_EQ(::pread(file.get(), bytes.data(), bytes.size(), 0), 10);
  EXPECT_STREQ(bytes.data(), "abc\n456789");
}

TEST(BatchWriterToFileTest, IsClosedWhereTheDiskIsFull) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  BatchWriter writer(full.get());
  std::string batch = "abc\n";
  EXPECT_EQ(writer.submit(batch), State::closed);
}

TEST(BatchWriterToFileTest, WritesToADevice) {
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  BatchWriter writer(null.get());
  std::string batch = "abc\n";
  EXPECT_EQ(writer.submit(batch), State::idle);
  EXPECT_EQ(writer.drain(kNeverMs), State::idle);
}

TEST(BatchWriterToSocketTest, GivesASocketBackAsItWas) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd socket(ends[1]);
  {
    BatchWriter writer(socket.get());
    EXPECT_TRUE(is_nonblocking(socket.get()));
    std::string batch(kTooMuch, 'a');
    EXPECT_EQ(writer.submit(batch), State::pending);
  }
  EXPECT_FALSE(is_nonblocking(socket.get()));
}

TEST(BatchWriterToSocketTest, LeavesANonblockingSocketNonblocking) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd socket(ends[1]);
  { const BatchWriter writer(socket.get()); }
  EXPECT_TRUE(is_nonblocking(socket.get()));
}

}  // namespace
}  // namespace proctally::plugins
