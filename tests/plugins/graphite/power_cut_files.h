#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "plugins/graphite/file_ops.h"

namespace proctally::test {

/// The files of one folder on a disk that remembers only what it was told to: the content of a file
/// that was synced, and names where the folder was. What was not may be there after a power cut, in
/// part, or not.
class PowerCutFiles : public plugins::graphite::FileOps {
 public:
  /// One of the states in which a power cut now may leave the folder, as a new folder.
  void write_what_survives(const std::filesystem::path& folder, std::mt19937& random) const;

  int open(int dir, const std::string& name, int flags, mode_t mode) override;
  int rename(int dir, const std::string& from, const std::string& to) override;
  int remove(int dir, const std::string& name) override;
  ssize_t write(int fd, const char* bytes, std::size_t size, std::uint64_t offset) override;
  int cut(int fd, std::uint64_t size) override;
  int sync_data(int fd) override;
  int sync_folder(int dir) override;

 private:
  struct File {
    std::string content;
    std::string durable;  ///< Its content as it was synced last.
  };
  using Names = std::map<std::string, int>;

  std::map<int, File> files_;
  Names names_;
  Names durable_names_;
  std::map<int, int> open_;  ///< Descriptor to file.
};

}  // namespace proctally::test
