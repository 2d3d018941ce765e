// Applies the two-way tables.
#include "models/weights.h"

#include <cstring>

#include "models/adapter.h"

namespace gimbal {
namespace {

std::string with_layer(std::string_view pattern, const std::string& layer) {
  std::string name(pattern);
  if (const size_t at = name.find("{}"); at != std::string::npos) name.replace(at, 2, layer);
  return name;
}

// "encoder.block.12.attn.qkv.weight" -> "encoder.block.{}.attn.qkv.weight" and "12"; names outside of blocks stay whole.
std::pair<std::string, std::string> split_layer(const std::string& name) {
  for (const std::string_view block : {"block.", "encoder.block."}) {
    if (!name.starts_with(block)) continue;
    const size_t dot = name.find('.', block.size());
    return {cat(block, "{}", name.substr(dot)), name.substr(block.size(), dot - block.size())};
  }
  return {name, ""};
}

struct RowRange {
  int64_t begin, count;
};

RowRange rows_of(const Architecture& a, Rows rows, const Parameter& p) {
  const int64_t q = a.heads * a.width_of_head(), kv = a.kv_head_count() * a.width_of_head(), f = a.width_of_ffn();
  switch (rows) {
    case Rows::kQuery:
      return {0, q};
    case Rows::kKey:
      return {q, kv};
    case Rows::kValue:
      return {q + kv, kv};
    case Rows::kMemoryKey:
      return {0, kv};
    case Rows::kMemoryValue:
      return {kv, kv};
    case Rows::kGate:
      return {0, f};
    case Rows::kUp:
      return {f, f};
    case Rows::kUngated:
    case Rows::kAll:
      break;
  }
  return {0, p.shape[0]};
}

// A row of the table speaks of something that this architecture has in that form.
bool applies(const Architecture& a, const WeightName& w, const Parameter& p) {
  if (!w.head.empty() && w.head != a.head) return false;
  if (w.layout == Layout::kHeadsOfThree) return a.kv_head_count() == a.heads;
  const bool gated = p.shape[0] == 2 * a.width_of_ffn();
  if (w.rows == Rows::kGate || w.rows == Rows::kUp) return gated;
  if (w.rows == Rows::kUngated) return !gated;
  return true;
}

// Row of ours for row r of [heads, 3, head_width] on disk.
int64_t heads_of_three(int64_t r, int64_t rows, int64_t heads) {
  const int64_t k = rows / (3 * heads), head = r / (3 * k), part = r / k % 3;
  return part * heads * k + head * k + r % k;
}

// Calls copy(our element index, disk element index) for every run of `run` neighbouring elements.
template <class F>
void each_run(const DiskTensor& e, F&& copy) {
  const int64_t columns = e.parameter->shape.elements() / e.parameter->shape[0];
  if (e.layout == Layout::kTransposed) {
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t r = 0; r < e.row_count; ++r) copy((e.row_begin + r) * columns + c, c * e.row_count + r, 1);
    return;
  }
  for (int64_t r = 0; r < e.row_count; ++r) {
    const int64_t ours = e.layout == Layout::kHeadsOfThree ? heads_of_three(r, e.row_count, e.heads) : r;
    copy((e.row_begin + ours) * columns, r * columns, columns);
  }
}

template <class T>
void scatter(const DiskTensor& e, const T* disk, T* ours) {
  each_run(e, [&](int64_t to, int64_t from, int64_t n) { std::memcpy(ours + to, disk + from, static_cast<size_t>(n) * sizeof(T)); });
}

template <class T>
void gather(const DiskTensor& e, const T* ours, T* disk) {
  each_run(e, [&](int64_t from, int64_t to, int64_t n) { std::memcpy(disk + to, ours + from, static_cast<size_t>(n) * sizeof(T)); });
}

// TensorFlow's names of BERT's norms, found in its oldest files.
std::string older_norm_name(std::string name) {
  for (const auto& [now, then] :
       {std::pair<std::string_view, const char*>{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}})
    if (name.ends_with(now)) return name.replace(name.size() - now.size(), now.size(), then);
  return name;
}

std::string find_name(const ModelWeights& weights, const std::string& name) {
  for (const std::string& candidate : names_in_files(name))
    if (weights.contains(candidate)) return candidate;
  return "";
}

// Tied tables are stored once, under any of their names.
std::string find_token_table(const ModelWeights& weights, const Family& family) {
  for (const std::string_view candidate : family.token_table_names)
    if (const std::string found = find_name(weights, std::string(candidate)); !found.empty()) return found;
  return "";
}

}  // namespace

std::vector<std::string> names_in_files(const std::string& name) {
  const size_t dot = name.find('.');
  const std::string shorter = dot == std::string::npos ? name : name.substr(dot + 1);
  return {name, shorter, older_norm_name(name), older_norm_name(shorter)};
}

Shape DiskTensor::shape() const {
  const Shape& s = parameter->shape;
  if (s.rank() == 1) return Shape{row_count};
  return layout == Layout::kTransposed ? Shape{s[1], row_count} : Shape{row_count, s[1]};
}

std::vector<DiskTensor> disk_layout(Model& model) {
  const Architecture& a = model.architecture();
  const Family& family = family_named(a.family);
  std::vector<DiskTensor> entries;
  for (Parameter& p : model.parameters().all()) {
    if (p.of_adapter) continue;
    const size_t before = entries.size();
    const auto [pattern, layer] = split_layer(p.name);
    for (const WeightName& w : family.names) {
      if (w.ours != pattern || !applies(a, w, p)) continue;
      const RowRange rows = rows_of(a, w.rows, p);
      entries.push_back({with_layer(w.disk, layer), &p, rows.begin, rows.count, w.layout, a.heads});
    }
    if (entries.size() == before && !p.fill) entries.push_back({p.name, &p, 0, p.shape[0], Layout::kSame, 0});
  }
  return entries;
}

Tensor to_disk(const DiskTensor& entry, const Tensor& ours) {
  const Tensor source = ours.to(DType::kF32, Device::kCpu);
  Tensor disk(entry.shape(), DType::kF32);
  gather(entry, source.data<float>(), disk.data<float>());
  return disk;
}

void from_disk(const DiskTensor& entry, const Tensor& disk) {
  const Tensor& value = entry.parameter->value;
  if (value.dtype() == DType::kF64) {
    scatter(entry, disk.to(DType::kF64).data<double>(), value.data<double>());
  } else if (value.dtype() == DType::kBF16) {
    scatter(entry, disk.to(DType::kBF16).data<BFloat16>(), value.data<BFloat16>());
  } else {
    scatter(entry, disk.to(DType::kF32).data<float>(), value.data<float>());
  }
}

// Rows of a table that grew: the first ones are the stored ones.
void from_shorter_disk(const DiskTensor& entry, const Tensor& disk) {
  const Tensor grown = to_disk(entry, entry.parameter->value);
  const Tensor stored = disk.to(grown.dtype(), grown.device());
  std::copy_n(static_cast<const std::byte*>(stored.raw()), stored.bytes(), static_cast<std::byte*>(grown.raw()));
  from_disk(entry, grown);
}

NewTensors load_weights(Model& model, const ModelWeights& weights, NewParameters allowed) {
  NewTensors fresh;
  for (const DiskTensor& entry : disk_layout(model)) {
    std::string name = find_name(weights, entry.name);
    if (name.empty() && entry.parameter->name == "embed.tokens") name = find_token_table(weights, family_named(model.architecture().family));
    const bool may_be_new = allowed == NewParameters::kOfHead && model.is_of_head(*entry.parameter);
    if (name.empty() && may_be_new) {
      fresh.whole.push_back(entry.name);
      continue;
    }
    if (name.empty()) fail("the weights lack '", entry.name, "', which this architecture needs", did_you_mean(entry.name, weights.names()));
    const Shape stored(weights.at(name).sizes.size() <= 4 ? std::span<const int64_t>(weights.at(name).sizes) : std::span<const int64_t>());
    if (stored != entry.shape() && may_be_new) {
      fresh.whole.push_back(entry.name);
      continue;
    }
    const bool by_vocabulary =
        entry.shape()[0] == model.architecture().vocab && stored.rank() == entry.shape().rank() && stored[0] < entry.shape()[0];
    if (allowed == NewParameters::kOfHead && by_vocabulary && entry.row_begin == 0 && entry.layout == Layout::kSame) {
      from_shorter_disk(entry, weights.read(name));
      fresh.some_rows.push_back(entry.name);
      continue;
    }
    if (stored != entry.shape()) fail("'", name, "' has the shape ", stored.to_string(), " and config.json asks for ", entry.shape().to_string());
    from_disk(entry, weights.read(name));
  }
  for (Parameter& p : model.parameters().all())
    if (p.fill) p.fill(p.value);
  return fresh;
}

std::unique_ptr<Model> load_model(const fs::path& directory, Device device, DType dtype) {
  const Context context("reading " + directory.string());
  auto model = std::make_unique<Model>(read_architecture(directory));
  model->parameters().allocate(device, device == Device::kReference ? DType::kF64 : dtype);
  load_directory(*model, directory, NewParameters::kNone, AdapterUse::kMerge);
  return model;
}

void save_model(Model& model, const fs::path& directory) {
  const std::vector<DiskTensor> entries = disk_layout(model);
  std::vector<TensorToStore> declared;
  std::map<std::string, const DiskTensor*> by_name;
  for (const DiskTensor& e : entries) {
    declared.push_back({e.name, DType::kF32, e.shape()});
    by_name[e.name] = &e;
  }
  write_safetensors(directory / "model.safetensors", declared, {{"format", "pt"}}, [&](const TensorToStore& t) {
    const DiskTensor& entry = *by_name.at(t.name);
    return to_disk(entry, entry.parameter->value);
  });
  write_file(directory / "config.json", write_config(model.architecture()).dump(2) + "\n");
}

}  // namespace gimbal
