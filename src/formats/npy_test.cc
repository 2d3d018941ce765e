// The bytes of a small array.
#include "formats/npy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace gimbal {
namespace {

TEST(Npy, HasAHeaderOfWholeLinesAndTheRows) {
  const fs::path path = fs::temp_directory_path() / ("gimbal-npy-" + std::to_string(getpid()));
  const float rows[2][3] = {{1, 2, 3}, {-4, 0.5f, 6}};
  {
    NpyWriter unfinished(path, 2, 3);
    unfinished.add(rows[0]);
  }
  EXPECT_FALSE(fs::exists(path));
  NpyWriter file(path, 2, 3);
  file.add(rows[0]);
  file.add(rows[1]);
  file.commit();
  const std::string bytes = read_file(path);
  fs::remove(path);
  ASSERT_EQ(bytes.size(), 128 + sizeof rows);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_EQ(bytes[8], 118);  // bytes of the text that follows
  EXPECT_EQ(bytes[9], 0);
  EXPECT_EQ(bytes.substr(10, 59), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(std::memcmp(bytes.data() + 128, rows, sizeof rows), 0);
}

}  // namespace
}  // namespace gimbal
