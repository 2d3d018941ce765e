// Reading and writing .safetensors files, one or a set of shards: a JSON header, then the elements of all tensors without gaps.
//
// Format: github.com/huggingface/safetensors#format. Bytes 0..7: header length N, little-endian; then N bytes of JSON
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, "__metadata__": {"key": "text"}}, padded with spaces;
// then the buffer that data_offsets count in, covered by the tensors without gaps or overlaps.
// Element types that become tensors: F64 F32 F16 BF16 I64 I32 U8, and BOOL as u8. Files may hold others; those are listed, not read.
// A file that breaks any rule of the format is refused with one sentence; no byte of a file is trusted.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.h"
#include "tensor/tensor.h"

namespace gimbal {

/// What a weights file says of one tensor. A shape of more than four sizes can be listed but not read.
struct StoredTensor {
  std::string stored_type;     // as written in the file: "BF16"
  std::vector<int64_t> sizes;  // row-major, last contiguous
  std::span<const std::byte> bytes;
};

using Metadata = std::map<std::string, std::string>;

/// One mapped file. Opening reads the header only; elements are copied when asked for. Copies share the map.
class SafetensorsFile {
 public:
  static SafetensorsFile open(const fs::path& path);

  const fs::path& path() const { return path_; }
  /// In alphabetical order.
  std::vector<std::string> names() const;
  bool contains(std::string_view name) const { return tensors_.contains(name); }
  /// Error that names the nearest tensor when there is none of this name.
  const StoredTensor& at(std::string_view name) const;
  /// A copy in host memory, of the stored element type or converted.
  Tensor read(std::string_view name) const;
  Tensor read(std::string_view name, DType dtype) const { return read(name).to(dtype); }
  const Metadata& metadata() const { return metadata_; }

 private:
  fs::path path_;
  std::shared_ptr<const MappedFile> map_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
  Metadata metadata_;
};

/// All tensors of a model directory, whichever shard holds them.
class ModelWeights {
 public:
  explicit ModelWeights(SafetensorsFile single);
  /// `shard_of`: tensor name to an index into `shards`. Error when a shard lacks a tensor that it should hold.
  ModelWeights(std::vector<SafetensorsFile> shards, std::map<std::string, size_t, std::less<>> shard_of, fs::path index);

  std::vector<std::string> names() const;
  bool contains(std::string_view name) const { return shard_of_.contains(name); }
  const StoredTensor& at(std::string_view name) const { return shard(name).at(name); }
  Tensor read(std::string_view name) const { return shard(name).read(name); }
  Tensor read(std::string_view name, DType dtype) const { return shard(name).read(name, dtype); }
  /// Of the first shard.
  const Metadata& metadata() const { return shards_.front().metadata(); }

 private:
  const SafetensorsFile& shard(std::string_view name) const;
  std::vector<SafetensorsFile> shards_;
  std::map<std::string, size_t, std::less<>> shard_of_;
  fs::path path_;
};

/// `path`: a directory with model.safetensors or with model.safetensors.index.json and its shards, or one .safetensors file.
ModelWeights open_model_weights(const fs::path& path);

/// One tensor of a file to be written.
struct TensorToStore {
  std::string name;
  DType dtype;
  Shape shape;
};

/// Writes one file atomically. `tensor_of` is asked for each tensor once, in the order of the file (widest element type first, so
/// that every tensor stays aligned, else as declared), and its answer is dropped before the next: one tensor is held at a time.
/// The answer is a host tensor of the declared shape; another element type is converted. Error on a name that comes twice.
void write_safetensors(const fs::path& path, std::vector<TensorToStore> tensors, const Metadata& metadata,
                       const std::function<Tensor(const TensorToStore&)>& tensor_of);

/// The same for tensors that are all in memory; each keeps its element type.
void write_safetensors(const fs::path& path, const std::map<std::string, Tensor>& tensors, const Metadata& metadata = {});

}  // namespace gimbal
