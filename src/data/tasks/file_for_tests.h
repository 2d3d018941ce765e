// Files that a test writes and reads.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "core/error.h"
#include "core/files.h"
#include "data/tasks/read_records.h"

namespace gimbal {

/// A folder of its own for each test.
class Files : public ::testing::Test {
 protected:
  fs::path folder_ = fs::temp_directory_path() / cat("gimbal_tasks_", getpid(), "_", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, std::string_view text) const {
    write_file(folder_ / name, text);
    return folder_ / name;
  }
  std::vector<Record> read(const std::string& name, std::string_view text, std::string_view task, Unlabelled unlabelled = Unlabelled::kRefuse) const {
    return read_records(write(name, text), task_named(task), unlabelled);
  }
  /// The sentence of the error, which must name the file; "" when there is none.
  std::string error(const std::string& name, std::string_view text, std::string_view task) const {
    try {
      read(name, text, task);
      return "";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
      return e.what();
    }
  }
};

/// One sentence of an error has all these pieces.
inline void expect_says(const std::string& sentence, std::initializer_list<std::string_view> pieces) {
  for (const std::string_view piece : pieces) EXPECT_NE(sentence.find(piece), std::string::npos) << "'" << piece << "' is missing in: " << sentence;
}

}  // namespace gimbal
