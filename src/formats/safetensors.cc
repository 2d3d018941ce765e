// The safetensors header: parsing without trust, validation, writing; and the index file of sharded models.
#include "formats/safetensors.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/error.h"

namespace gimbal {
namespace {

// Sorted keys: looking one up must not be linear in files of tens of thousands of tensors, as it is in core's Json.
using SortedJson = nlohmann::json;

constexpr size_t kPrefixBytes = 8;
constexpr uint64_t kLargestHeader = 100'000'000;  // the limit of the reference implementation

struct StoredType {
  std::string_view name;
  int64_t element_bytes;
  std::optional<DType> dtype;  // absent: listed, not read
};
constexpr std::array<StoredType, 16> kStoredTypes = {{
    {"F64", 8, DType::kF64},
    {"F32", 4, DType::kF32},
    {"F16", 2, DType::kF16},
    {"BF16", 2, DType::kBF16},
    {"I64", 8, DType::kI64},
    {"I32", 4, DType::kI32},
    {"U8", 1, DType::kU8},
    {"BOOL", 1, DType::kU8},
    {"I8", 1, std::nullopt},
    {"I16", 2, std::nullopt},
    {"U16", 2, std::nullopt},
    {"U32", 4, std::nullopt},
    {"U64", 8, std::nullopt},
    {"F8_E4M3", 1, std::nullopt},
    {"F8_E5M2", 1, std::nullopt},
    {"C64", 8, std::nullopt},
}};

const StoredType* find_stored_type(std::string_view name) {
  const auto* const found = std::find_if(kStoredTypes.begin(), kStoredTypes.end(), [&](const StoredType& t) { return t.name == name; });
  return found == kStoredTypes.end() ? nullptr : found;
}

std::string_view stored_name(DType dtype) {
  const auto* const found = std::find_if(kStoredTypes.begin(), kStoredTypes.end(), [&](const StoredType& t) { return t.dtype == dtype; });
  GIMBAL_ASSERT(found != kStoredTypes.end(), name_of(dtype));
  return found->name;
}

std::string sizes_text(const std::vector<int64_t>& sizes) {
  std::string text = "[";
  for (size_t i = 0; i < std::min<size_t>(sizes.size(), 8); ++i) text += cat(i ? ", " : "", sizes[i]);
  return text + (sizes.size() > 8 ? ", ...]" : "]");
}

// The first bytes of what people most often pass instead.
std::string_view what_it_is_instead(std::string_view bytes) {
  if (bytes.starts_with("version https://git-lfs")) return "; it is a git-lfs pointer: fetch the weights themselves with git lfs pull";
  if (bytes.starts_with("PK") || bytes.starts_with("\x80\x02")) return "; it looks like a PyTorch pickle: save it as safetensors with PyTorch";
  if (bytes.starts_with("GGUF")) return "; it is a GGUF file";
  if (bytes.starts_with("<")) return "; it looks like a web page: the download went wrong";
  return "";
}

std::string_view header_text(std::string_view file, const fs::path& path) {
  if (file.size() < kPrefixBytes)
    fail(path.string(), " is not a safetensors file or is cut short: it has ", file.size(), " bytes, fewer than the 8 of the header length");
  uint64_t length = 0;
  for (size_t i = kPrefixBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(file[i]);
  if (length > kLargestHeader)
    fail(path.string(), " is not a safetensors file: its first 8 bytes give a header of ", length, " bytes, more than the ", kLargestHeader,
         " that the format allows", what_it_is_instead(file));
  if (length > file.size() - kPrefixBytes)
    fail(path.string(), " is cut short: its header needs ", length, " bytes, but only ", file.size() - kPrefixBytes,
         " follow; download or copy it again");
  const std::string_view header = file.substr(kPrefixBytes, length);
  if (!header.starts_with('{')) fail(path.string(), " is not a safetensors file: its header does not begin with '{'", what_it_is_instead(file));
  return header;
}

// Parses with two checks that the finished value cannot show: names given twice, and nesting deeper than the format has.
SortedJson parse_header(std::string_view text, const fs::path& path) {
  std::set<std::string> seen;
  const auto check = [&](int depth, SortedJson::parse_event_t event, SortedJson& parsed) {
    if (depth > 4) fail("the header of ", path.string(), " is nested deeper than a safetensors header is");
    if (event == SortedJson::parse_event_t::key && depth == 1 && !seen.insert(parsed.get<std::string>()).second)
      fail(path.string(), " names tensor '", parsed.get<std::string>(), "' twice in its header");
    return true;
  };
  try {
    return SortedJson::parse(text, check);
  } catch (const SortedJson::parse_error& e) {
    fail("the header of ", path.string(), " is not valid JSON at byte ", kPrefixBytes + e.byte, "; the file is damaged or not a safetensors file");
  }
}

Metadata read_metadata(const SortedJson& value, const fs::path& path) {
  Metadata metadata;
  if (!value.is_object()) fail("'__metadata__' of ", path.string(), " is not a map of texts");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) fail("'__metadata__' of ", path.string(), " holds '", key, "' that is not a text");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// The list of whole numbers under `key`; nullopt for anything else.
std::optional<std::vector<int64_t>> whole_numbers(const SortedJson& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_array()) return std::nullopt;
  std::vector<int64_t> numbers;
  for (const SortedJson& item : *found) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    numbers.push_back(item.get<int64_t>());
  }
  return numbers;
}

std::optional<int64_t> bytes_of(const std::vector<int64_t>& sizes, int64_t element_bytes) {
  int64_t bytes = element_bytes;
  bool overflows = false;
  for (const int64_t size : sizes) {
    if (size == 0) return 0;
    overflows |= __builtin_mul_overflow(bytes, size, &bytes);
  }
  return overflows ? std::nullopt : std::optional(bytes);
}

StoredTensor read_entry(const std::string& name, const SortedJson& entry, std::span<const std::byte> buffer, const fs::path& path) {
  if (!entry.is_object()) fail("tensor '", name, "' of ", path.string(), " has no description");
  const auto type = entry.find("dtype");
  const auto sizes = whole_numbers(entry, "shape");
  const auto offsets = whole_numbers(entry, "data_offsets");
  if (type == entry.end() || !type->is_string() || !sizes || !offsets || offsets->size() != 2)
    fail("tensor '", name, "' of ", path.string(), " lacks a dtype, a shape or two data_offsets");
  const int64_t begin = (*offsets)[0], end = (*offsets)[1];
  if (begin > end) fail("tensor '", name, "' of ", path.string(), " ends at byte ", end, ", before it begins at ", begin);
  if (end > static_cast<int64_t>(buffer.size()))
    fail(path.string(), " is cut short: tensor '", name, "' needs bytes ", begin, " to ", end, " of the data, but only ", buffer.size(),
         " are there; download or copy it again");
  const auto type_name = type->get<std::string>();
  if (const StoredType* known = find_stored_type(type_name)) {
    const auto needed = bytes_of(*sizes, known->element_bytes);
    if (!needed || *needed != end - begin)
      fail("tensor '", name, "' of ", path.string(), " is ", type_name, " ", sizes_text(*sizes), ", which takes ",
           needed ? cat(*needed) : "more than 2^63", " bytes, but its data_offsets give it ", end - begin);
  }
  return {type_name, *sizes, buffer.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin))};
}

void check_coverage(const std::map<std::string, StoredTensor, std::less<>>& tensors, std::span<const std::byte> buffer, const fs::path& path) {
  std::vector<std::pair<std::span<const std::byte>, const std::string*>> pieces;
  for (const auto& [name, tensor] : tensors) pieces.emplace_back(tensor.bytes, &name);
  std::sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) {
    return a.first.data() != b.first.data() ? a.first.data() < b.first.data() : a.first.size() < b.first.size();
  });
  const std::byte* covered = buffer.data();
  for (const auto& [bytes, name] : pieces) {
    if (bytes.data() < covered) fail("tensor '", *name, "' of ", path.string(), " overlaps another tensor");
    if (bytes.data() > covered)
      fail(path.string(), " has ", bytes.data() - covered, " unclaimed bytes before tensor '", *name, "'; the file is damaged");
    covered += bytes.size();
  }
  const auto rest = buffer.data() + buffer.size() - covered;
  if (rest != 0) fail(path.string(), " has ", rest, " bytes after its last tensor; the file is damaged");
}

// A copied tensor is rarely needed from the map again; without this a model would stay in memory twice while it loads.
void drop_from_memory(std::span<const std::byte> bytes) {
  static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(bytes.data()) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(bytes.data() + bytes.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

[[noreturn]] void fail_missing(std::string_view name, const fs::path& path, const std::vector<std::string>& names) {
  fail(path.string(), " has no tensor '", name, "'", did_you_mean(name, names));
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const fs::path& path) {
  SafetensorsFile file;
  file.path_ = path;
  file.map_ = std::make_shared<const MappedFile>(path);
  const auto bytes = file.map_->bytes();
  const std::string_view header = header_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
  const auto buffer = bytes.subspan(kPrefixBytes + header.size());
  const SortedJson parsed = parse_header(header, path);
  for (const auto& [name, entry] : parsed.items()) {
    if (name == "__metadata__") {
      file.metadata_ = read_metadata(entry, path);
    } else {
      file.tensors_.emplace(name, read_entry(name, entry, buffer, path));
    }
  }
  check_coverage(file.tensors_, buffer, path);
  return file;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

const StoredTensor& SafetensorsFile::at(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) fail_missing(name, path_, names());
  return found->second;
}

Tensor SafetensorsFile::read(std::string_view name) const {
  const StoredTensor& stored = at(name);
  const StoredType* type = find_stored_type(stored.stored_type);
  if (!type || !type->dtype)
    fail("tensor '", name, "' of ", path_.string(), " is stored as ", stored.stored_type,
         ", which gimbal does not compute with; store it as F32, BF16 or F16");
  if (stored.sizes.size() > 4)
    fail("tensor '", name, "' of ", path_.string(), " has the shape ", sizes_text(stored.sizes), "; at most four dimensions can be read");
  Tensor tensor(Shape(stored.sizes), *type->dtype);
  if (!stored.bytes.empty()) std::memcpy(tensor.raw(), stored.bytes.data(), stored.bytes.size());
  drop_from_memory(stored.bytes);
  return tensor;
}

ModelWeights::ModelWeights(SafetensorsFile single) : path_(single.path()) {
  for (std::string& name : single.names()) shard_of_.emplace(std::move(name), 0);
  shards_.push_back(std::move(single));
}

ModelWeights::ModelWeights(std::vector<SafetensorsFile> shards, std::map<std::string, size_t, std::less<>> shard_of, fs::path index)
    : shards_(std::move(shards)), shard_of_(std::move(shard_of)), path_(std::move(index)) {
  GIMBAL_ASSERT(!shards_.empty());
  for (const auto& [name, shard] : shard_of_) {
    if (!shards_[shard].contains(name))
      fail(path_.string(), " places tensor '", name, "' in ", shards_[shard].path().filename().string(),
           ", which does not hold it; a shard is of another version");
  }
}

std::vector<std::string> ModelWeights::names() const {
  std::vector<std::string> names;
  for (const auto& [name, shard] : shard_of_) names.push_back(name);
  return names;
}

const SafetensorsFile& ModelWeights::shard(std::string_view name) const {
  const auto found = shard_of_.find(name);
  if (found == shard_of_.end()) fail_missing(name, path_, names());
  return shards_[found->second];
}

namespace {

ModelWeights open_shards(const fs::path& index) {
  SortedJson parsed;
  try {
    parsed = SortedJson::parse(read_text_file(index));
  } catch (const SortedJson::parse_error& e) {
    fail(index.string(), " is not valid JSON at byte ", e.byte);
  }
  const auto map = parsed.is_object() ? parsed.find("weight_map") : parsed.end();
  if (map == parsed.end() || !map->is_object() || map->empty()) fail(index.string(), " has no 'weight_map' that says which shard holds which tensor");
  std::map<std::string, size_t> shard_number;
  std::vector<SafetensorsFile> shards;
  std::map<std::string, size_t, std::less<>> shard_of;
  for (const auto& [name, file] : map->items()) {
    if (!file.is_string()) fail(index.string(), " gives no file name for tensor '", name, "'");
    const auto file_name = file.get<std::string>();
    if (file_name.empty() || fs::path(file_name).filename() != file_name || file_name == "." || file_name == "..")
      fail(index.string(), " names the shard '", file_name, "', which is not a file beside it");
    const auto [place, is_new] = shard_number.emplace(file_name, shards.size());
    if (is_new) {
      const fs::path shard = index.parent_path() / file_name;
      if (!fs::exists(shard)) fail(index.string(), " needs the shard ", file_name, ", which is missing beside it; download all shards");
      shards.push_back(SafetensorsFile::open(shard));
    }
    shard_of.emplace(name, place->second);
  }
  return {std::move(shards), std::move(shard_of), index};
}

}  // namespace

ModelWeights open_model_weights(const fs::path& path) {
  if (!fs::exists(path)) fail("there is no model at ", path.string());
  if (!fs::is_directory(path)) return ModelWeights(SafetensorsFile::open(path));
  if (const fs::path single = path / "model.safetensors"; fs::exists(single)) return ModelWeights(SafetensorsFile::open(single));
  if (const fs::path index = path / "model.safetensors.index.json"; fs::exists(index)) return open_shards(index);
  const bool pickled = fs::exists(path / "pytorch_model.bin") || fs::exists(path / "pytorch_model.bin.index.json");
  fail(path.string(), " holds neither model.safetensors nor model.safetensors.index.json",
       pickled ? "; it has a PyTorch pickle, which could run any code: save the model again with safe_serialization=True" : "");
}

namespace {

std::string make_header(const std::vector<TensorToStore>& tensors, const Metadata& metadata) {
  // Written by hand in file order: two maps a tensor in a JSON library would dominate the time for deep models.
  const auto text = [](const SortedJson& value) { return value.dump(-1, ' ', false, SortedJson::error_handler_t::replace); };
  std::string header = "{";
  if (!metadata.empty()) header += "\"__metadata__\":" + text(metadata);
  int64_t begin = 0;
  for (const TensorToStore& tensor : tensors) {
    const int64_t end = begin + tensor.shape.elements() * size_of(tensor.dtype);
    header += cat(header.size() > 1 ? "," : "", text(tensor.name), ":{\"dtype\":\"", stored_name(tensor.dtype), "\",\"shape\":[");
    for (int i = 0; i < tensor.shape.rank(); ++i) header += cat(i ? "," : "", tensor.shape[i]);
    header += cat("],\"data_offsets\":[", begin, ",", end, "]}");
    begin = end;
  }
  header += "}";
  while (header.size() % 8 != 0) header += ' ';
  return header;
}

void refuse_repeated_names(const std::vector<TensorToStore>& tensors, const fs::path& path) {
  std::set<std::string_view> seen;
  for (const TensorToStore& tensor : tensors) {
    if (tensor.name == "__metadata__") fail("cannot write ", path.string(), ": '__metadata__' is not a name for a tensor");
    if (!seen.insert(tensor.name).second) fail("cannot write ", path.string(), ": tensor '", tensor.name, "' comes twice");
  }
}

}  // namespace

void write_safetensors(const fs::path& path, std::vector<TensorToStore> tensors, const Metadata& metadata,
                       const std::function<Tensor(const TensorToStore&)>& tensor_of) {
  refuse_repeated_names(tensors, path);
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const TensorToStore& a, const TensorToStore& b) { return size_of(a.dtype) > size_of(b.dtype); });
  const std::string header = make_header(tensors, metadata);
  if (header.size() > kLargestHeader) fail("cannot write ", path.string(), ": ", tensors.size(), " tensors need a header beyond 100 MB");
  std::array<char, kPrefixBytes> length{};
  for (size_t i = 0; i < kPrefixBytes; ++i) length[i] = static_cast<char>(header.size() >> (8 * i));

  AtomicFile file(path);
  file.write(length.data(), length.size());
  file.write(header);
  for (const TensorToStore& declared : tensors) {
    const Tensor tensor = tensor_of(declared).to(declared.dtype);
    GIMBAL_ASSERT(tensor.shape() == declared.shape, declared.name, ": ", tensor.shape().to_string(), ", declared ", declared.shape.to_string());
    file.write(tensor.raw(), static_cast<size_t>(tensor.bytes()));
  }
  file.commit();
}

void write_safetensors(const fs::path& path, const std::map<std::string, Tensor>& tensors, const Metadata& metadata) {
  std::vector<TensorToStore> declared;
  for (const auto& [name, tensor] : tensors) declared.push_back({name, tensor.dtype(), tensor.shape()});
  write_safetensors(path, std::move(declared), metadata, [&](const TensorToStore& wanted) { return tensors.at(wanted.name); });
}

}  // namespace gimbal
