// NumPy's file of one array (format 1.0), as numpy.load reads it.
#pragma once

#include <span>

#include "core/files.h"

namespace gimbal {

/// Rows of f32, one after the other. The file appears under its name at commit(), for which all rows must be there.
class NpyWriter {
 public:
  NpyWriter(const fs::path& path, int64_t rows, int64_t columns);
  void add(std::span<const float> row);
  void commit();

 private:
  AtomicFile file_;
  int64_t rows_, columns_;
};

}  // namespace gimbal
