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

/// Fills the model's allocated parameters; the return lists, by their names on disk, those that were left as they are. Names are also found without
/// their first component ("transformer.", "model."). Error for a tensor that is missing or of another shape.
std::vector<std::string> load_weights(Model& model, const ModelWeights& weights, NewParameters allowed = NewParameters::kNone);

/// A model directory: config.json and model.safetensors.
std::unique_ptr<Model> load_model(const fs::path& directory, Device device = Device::kCpu, DType dtype = DType::kF32);
void save_model(Model& model, const fs::path& directory);

}  // namespace gimbal
