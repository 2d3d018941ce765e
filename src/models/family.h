// A family is a file of choices: its defaults and named sizes, its settings on disk, and its weights' names on disk. It has no forward pass of its
// own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "layers/architecture.h"

namespace gimbal {

/// Which rows of our parameter a tensor on disk holds.
enum class Rows : uint8_t { kAll, kQuery, kKey, kValue, kMemoryKey, kMemoryValue, kGate, kUp, kUngated };

/// How a tensor on disk lays out what is [outputs, inputs] here.
enum class Layout : uint8_t {
  kSame,
  kTransposed,    // [inputs, outputs] (GPT-1 and GPT-2's Conv1D)
  kHeadsOfThree,  // [heads, 3, head_width] rows where ours are q|k|v (BLOOM)
};

/// One row of a family's two-way table; "{}" stands for the layer.
struct WeightName {
  std::string_view ours, disk;
  Rows rows = Rows::kAll;
  Layout layout = Layout::kSame;
  std::string_view head = {};  // the name is right under this model.head only
};

struct Preset {
  std::string_view name;
  std::string_view source;
  void (*choose)(Architecture& a);  // on top of the family's defaults
};

inline void set_sizes(Architecture& a, int64_t layers, int64_t width, int64_t heads) {
  a.layers = layers;
  a.width = width;
  a.heads = heads;
}

struct Family {
  std::string_view name;
  std::string_view model_type;  // in config.json
  std::string_view paper;
  Architecture (*defaults)();
  /// config.json -> architecture, both the older and the v5 form. Error for settings that this engine does not have.
  Architecture (*from_config)(const Json& config);
  /// architecture -> config.json as transformers writes it; what it cannot say is kept beside it in a "gimbal" block.
  Json (*to_config)(const Architecture& a);
  std::span<const WeightName> names;
  std::span<const Preset> presets;
  /// Names under which a shared token table is found besides its own.
  std::span<const std::string_view> token_table_names = {};
};

/// The list of families (models/zoo.cc).
std::span<const Family* const> families();
/// Error naming the nearest family.
const Family& family_named(const std::string& name);

/// A family's or a preset's architecture, or nothing when the name is neither.
std::optional<Architecture> find_architecture(const std::string& name);
/// The same with an Error that names the nearest family or preset.
Architecture architecture_named(const std::string& name);

/// config.json of a model directory <-> architecture. The "gimbal" block, where present, rules.
Architecture read_config(const Json& config);
Json write_config(const Architecture& a);

}  // namespace gimbal
