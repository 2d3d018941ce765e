// Weights on disk: which tensor of a model.safetensors is which rows of which parameter, both ways, from the family's table.
#pragma once

#include <string>
#include <vector>

#include "core/files.h"
#include "formats/safetensors.h"
#include "models/family.h"
#include "models/model.h"

namespace gimbal {

/// One tensor on disk and the rows of the parameter that it holds. Parameters that the family's table does not know (slots that the family
/// lacks) stand under our own names.
struct DiskTensor {
  std::string name;
  Parameter* parameter = nullptr;
  int64_t row_begin = 0, row_count = 0;
  Layout layout = Layout::kSame;
  int64_t heads = 0;  // kHeadsOfThree

  Shape shape() const;
};
/// Of everything but adapters, which have a file of their own (models/adapter.h).
std::vector<DiskTensor> disk_layout(Model& model);

/// The disk form of `ours` (a parameter's value or gradient), f32.
Tensor to_disk(const DiskTensor& entry, const Tensor& ours);
/// Copies a tensor in disk form into the entry's rows of the parameter's value.
void from_disk(const DiskTensor& entry, const Tensor& disk);

/// Whether parameters that the weights lack may keep the values that they have.
enum class NewParameters : uint8_t {
  kNone,
  kOfHead,  // those of the head, and rows of a longer vocabulary: a pretrained model is asked something new
};

/// What weights did not hold and was left as it is, by names on disk.
struct NewTensors {
  std::vector<std::string> whole;
  std::vector<std::string> some_rows;  // tables whose first rows were read
  bool empty() const { return whole.empty() && some_rows.empty(); }
};

/// Names under which a tensor may stand in a file: its own, that without the first component ("transformer.", "model."), and older ones.
std::vector<std::string> names_in_files(const std::string& name);

/// Fills the model's allocated parameters. Error for a tensor that is missing or of another shape.
NewTensors load_weights(Model& model, const ModelWeights& weights, NewParameters allowed = NewParameters::kNone);

/// A model directory (config.json and model.safetensors), or an adapter's, which is laid upon its base.
std::unique_ptr<Model> load_model(const fs::path& directory, Device device = Device::kCpu, DType dtype = DType::kF32);
void save_model(Model& model, const fs::path& directory);

}  // namespace gimbal
