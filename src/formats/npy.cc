// The header, and rows behind it.
#include "formats/npy.h"

#include <bit>

#include "core/error.h"

namespace gimbal {
namespace {

static_assert(std::endian::native == std::endian::little, "the header says '<f4'");

// Magic, version and length are 10 bytes; with the text they fill a multiple of 64.
std::string npy_header(int64_t rows, int64_t columns) {
  std::string text = cat("{'descr': '<f4', 'fortran_order': False, 'shape': (", rows, ", ", columns, "), }");
  constexpr size_t kFixed = 10, kAlign = 64;
  text.resize((kFixed + text.size() + 1 + kAlign - 1) / kAlign * kAlign - kFixed, ' ');
  text.back() = '\n';
  const auto length = static_cast<uint16_t>(text.size());
  std::string header("\x93NUMPY\x01\x00", 8);
  header.push_back(static_cast<char>(length & 0xff));
  header.push_back(static_cast<char>(length >> 8));
  return header + text;
}

}  // namespace

NpyWriter::NpyWriter(const fs::path& path, int64_t rows, int64_t columns) : file_(path), rows_(rows), columns_(columns) {
  file_.write(npy_header(rows, columns));
}

void NpyWriter::add(std::span<const float> row) {
  GIMBAL_ASSERT(std::ssize(row) == columns_ && rows_ > 0, row.size());
  --rows_;
  file_.write(row.data(), row.size_bytes());
}

void NpyWriter::commit() {
  GIMBAL_ASSERT(rows_ == 0, rows_);
  file_.commit();
}

}  // namespace gimbal
