// Safetensors: round trips, the bytes of a file written by hand, every refusal, and damaged files that must never crash.
#include "formats/safetensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "core/rng.h"

namespace gimbal {
namespace {

class SafetensorsTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / cat("gimbal-safetensors-", info->name(), "-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    write_file(folder_ / name, bytes);
    return folder_ / name;
  }
  // A file of this header and `data_bytes` bytes 0, 1, 2, ...
  fs::path write_with_header(const std::string& header, int data_bytes) const {
    std::string file(8, '\0');
    for (size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i));
    file += header;
    for (int i = 0; i < data_bytes; ++i) file += static_cast<char>(i);
    return write("x.safetensors", file);
  }
  static std::string refusal(const fs::path& path) {
    try {
      open_model_weights(path);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  std::string refusal_of_header(const std::string& header, int data_bytes) const { return refusal(write_with_header(header, data_bytes)); }

  fs::path folder_;
};

#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << "it says: " << (sentence)

std::map<std::string, Tensor> small_tensors() {
  std::map<std::string, Tensor> tensors;
  const std::vector<float> floats = {1.5f, -2.0f, 0.0f, 3.25f, 1e-3f, -1e6f};
  tensors["a.weight"] = Tensor::from<float>(floats, Shape{2, 3});
  tensors["b.half"] = Tensor::from_floats(floats, Shape{3, 2}, DType::kF16);
  tensors["c.brain"] = Tensor::from_floats(floats, Shape{6}, DType::kBF16);
  tensors["d.double"] = Tensor::from<double>(std::vector<double>{M_PI}, Shape{});
  tensors["e.ids"] = Tensor::from_ints(std::vector<int32_t>{-7, 1 << 30});
  tensors["f.long"] = Tensor::from_ints(std::vector<int32_t>{5}).to(DType::kI64);
  tensors["g.bytes"] = Tensor::from_ints(std::vector<int32_t>{0, 1, 255}).to(DType::kU8);
  tensors["h.empty"] = Tensor(Shape{0, 4}, DType::kF32);
  return tensors;
}

TEST_F(SafetensorsTest, WhatIsWrittenIsReadBack) {
  const auto tensors = small_tensors();
  const fs::path path = folder_ / "x.safetensors";
  write_safetensors(path, tensors, {{"format", "pt"}, {"step", "12"}});
  const auto file = SafetensorsFile::open(path);
  EXPECT_EQ(file.metadata(), (Metadata{{"format", "pt"}, {"step", "12"}}));
  ASSERT_EQ(file.names().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const Tensor read = file.read(name);
    EXPECT_EQ(read.dtype(), tensor.dtype()) << name;
    EXPECT_EQ(read.shape(), tensor.shape()) << name;
    EXPECT_EQ(read.to_doubles(), tensor.to_doubles()) << name;
  }
  EXPECT_EQ(file.read("c.brain", DType::kF32).to_doubles(), tensors.at("c.brain").to_doubles());
}

TEST_F(SafetensorsTest, EveryTensorAndTheDataBeginAligned) {
  const fs::path path = folder_ / "x.safetensors";
  write_safetensors(path, small_tensors());
  const auto file = SafetensorsFile::open(path);
  for (const auto& name : file.names()) {
    const auto place = reinterpret_cast<uintptr_t>(file.at(name).bytes.data());
    EXPECT_EQ(place % static_cast<uintptr_t>(size_of(file.read(name).dtype())), 0u) << name;
  }
}

TEST_F(SafetensorsTest, TheBytesAreThoseOfTheFormat) {
  const fs::path path = folder_ / "x.safetensors";
  write_safetensors(path, {{"t", Tensor::from<float>(std::vector<float>{1.0f}, Shape{1, 1})}});
  const std::string header = R"({"t":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})";
  std::string expected = std::string("\x38\0\0\0\0\0\0\0", 8) + header;
  ASSERT_EQ(header.size(), 0x38u);
  expected += std::string("\x00\x00\x80\x3f", 4);
  EXPECT_EQ(read_file(path), expected);
}

TEST_F(SafetensorsTest, ReadsAFileWrittenByHand) {
  const auto file = SafetensorsFile::open(
      write_with_header(R"({"flags":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}, "odd" : {"dtype":"F8_E4M3","shape":[3],"data_offsets":[2,5]},)"
                        R"("deep":{"dtype":"U8","shape":[1,1,1,1,2],"data_offsets":[5,7]}}   )",
                        7));
  EXPECT_EQ(file.names(), (std::vector<std::string>{"deep", "flags", "odd"}));
  EXPECT_EQ(file.read("flags").dtype(), DType::kU8);
  EXPECT_EQ(file.read("flags").to_doubles(), (std::vector<double>{0, 1}));
  EXPECT_EQ(file.at("odd").bytes.size(), 3u);
  EXPECT_THROW(file.read("odd"), Error);
  EXPECT_THROW(file.read("deep"), Error);
}

TEST_F(SafetensorsTest, WriterAsksForOneTensorAtATimeInFileOrder) {
  std::vector<std::string> asked;
  write_safetensors(folder_ / "x.safetensors", {{"small", DType::kU8, Shape{3}}, {"wide", DType::kF32, Shape{2}}}, {},
                    [&](const TensorToStore& wanted) {
                      asked.push_back(wanted.name);
                      return Tensor::zeros(wanted.shape, DType::kF32);
                    });
  EXPECT_EQ(asked, (std::vector<std::string>{"wide", "small"}));
  EXPECT_EQ(SafetensorsFile::open(folder_ / "x.safetensors").read("small").dtype(), DType::kU8);
}

TEST_F(SafetensorsTest, NothingRemainsOfAWriteThatFails) {
  const auto failing = [](const TensorToStore&) -> Tensor { fail("no such luck"); };
  EXPECT_THROW(write_safetensors(folder_ / "x.safetensors", {{"t", DType::kF32, Shape{1}}}, {}, failing), Error);
  EXPECT_THROW(write_safetensors(folder_ / "x.safetensors", {{"t", DType::kF32, Shape{1}}, {"t", DType::kF32, Shape{1}}}, {}, failing), Error);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(SafetensorsTest, AMissingTensorIsAnsweredWithTheNearestName) {
  write_safetensors(folder_ / "model.safetensors", small_tensors());
  const ModelWeights weights = open_model_weights(folder_);
  EXPECT_TRUE(weights.contains("a.weight"));
  try {
    weights.read("a.weigth");
    FAIL();
  } catch (const Error& e) {
    EXPECT_SAYS(std::string(e.what()), "did you mean 'a.weight'?");
  }
}

TEST_F(SafetensorsTest, RefusesWhatIsNotAFileOfThisFormat) {
  EXPECT_SAYS(refusal(folder_ / "absent"), "there is no model");
  EXPECT_SAYS(refusal(folder_), "neither model.safetensors");
  EXPECT_SAYS(refusal(write("x", "")), "cut short");
  EXPECT_SAYS(refusal(write("x", "version https://git-lfs.github.com/spec/v1\noid sha256:0")), "git lfs pull");
  EXPECT_SAYS(refusal(write("x", std::string("PK\x03\x04 a zip file of PyTorch"))), "pickle");
  EXPECT_SAYS(refusal(write("x", std::string("\x10\0\0\0\0\0\0\0{}", 10))), "header needs 16 bytes");
  EXPECT_SAYS(refusal(write("x", std::string("\x00\xe1\xf5\x05\0\0\0\0{}", 10))), "header needs 100000000 bytes");
  EXPECT_SAYS(refusal(write("x", std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10))), "more than the 100000000");
  write("pytorch_model.bin", "PK");
  EXPECT_SAYS(refusal(folder_), "safe_serialization");
}

TEST_F(SafetensorsTest, RefusesEveryBrokenRuleOfTheHeader) {
  const auto tensor = [](const std::string& name, const std::string& shape, int begin, int end) {
    return cat('"', name, R"(":{"dtype":"F32","shape":)", shape, R"(,"data_offsets":[)", begin, ",", end, "]}");
  };
  EXPECT_SAYS(refusal_of_header("[]", 0), "does not begin with '{'");
  EXPECT_SAYS(refusal_of_header("{\"a\":}", 0), "not valid JSON at byte");
  EXPECT_SAYS(refusal_of_header("{\"a\":3}", 0), "has no description");
  EXPECT_SAYS(refusal_of_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0), "lacks a dtype");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[-1]", 0, 4), "}"), 4), "lacks a dtype");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[1.5]", 0, 4), "}"), 4), "lacks a dtype");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[2]", 0, 4), "}"), 4), "takes 8 bytes, but its data_offsets give it 4");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[4294967296,4294967296]", 0, 4), "}"), 4), "more than 2^63");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[1]", 4, 0), "}"), 4), "before it begins");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[1]", 0, 4), "}"), 3), "cut short");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[1]", 0, 4), "}"), 5), "1 bytes after its last tensor");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[1]", 4, 8), "}"), 8), "4 unclaimed bytes before tensor 'a'");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[2]", 0, 8), ",", tensor("b", "[1]", 4, 8), "}"), 8), "overlaps");
  EXPECT_SAYS(refusal_of_header(cat("{", tensor("a", "[1]", 0, 4), ",", tensor("a", "[1]", 0, 4), "}"), 4), "'a' twice");
  EXPECT_SAYS(refusal_of_header("{\"__metadata__\":{\"step\":3}}", 0), "not a text");
  EXPECT_SAYS(refusal_of_header("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{}}}}}}", 0), "nested deeper");
  EXPECT_EQ(refusal_of_header("{\"__metadata__\":{\"format\":\"pt\"}}", 0), "");
}

TEST_F(SafetensorsTest, ShardsAreMergedByTheIndex) {
  write_safetensors(folder_ / "model-1.safetensors", {{"a", Tensor::from<float>(std::vector<float>{1}, Shape{1})}});
  write_safetensors(folder_ / "model-2.safetensors", {{"b", Tensor::from<float>(std::vector<float>{2}, Shape{1})}});
  const std::string index = "model.safetensors.index.json";
  write(index, R"({"metadata":{"total_size":8},"weight_map":{"b":"model-2.safetensors","a":"model-1.safetensors"}})");
  const ModelWeights weights = open_model_weights(folder_);
  EXPECT_EQ(weights.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(weights.read("b").at(0), 2.0);

  write(index, R"({"weight_map":{"a":"model-2.safetensors"}})");
  EXPECT_SAYS(refusal(folder_), "places tensor 'a' in model-2.safetensors, which does not hold it");
  write(index, R"({"weight_map":{"a":"model-3.safetensors"}})");
  EXPECT_SAYS(refusal(folder_), "needs the shard model-3.safetensors, which is missing");
  write(index, R"({"weight_map":{"a":"../model-1.safetensors"}})");
  EXPECT_SAYS(refusal(folder_), "not a file beside it");
  write(index, R"({"weight_map":{}})");
  EXPECT_SAYS(refusal(folder_), "no 'weight_map'");
  write(index, R"({"weight_map")");
  EXPECT_SAYS(refusal(folder_), "not valid JSON");
}

// Without the sync of an atomic write, which would be most of a test's time.
void overwrite(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Opens and reads everything that opens; true when the file was accepted.
bool survives(const fs::path& path) {
  try {
    const auto file = SafetensorsFile::open(path);
    for (const auto& name : file.names()) file.read(name, DType::kF32);
  } catch (const Error&) {
    return false;
  }
  return true;
}

TEST_F(SafetensorsTest, EveryTruncationIsRefused) {
  const fs::path path = folder_ / "x.safetensors";
  write_safetensors(path, small_tensors(), {{"format", "pt"}});
  const std::string whole = read_file(path);
  for (size_t length = 0; length < whole.size(); ++length) {
    overwrite(path, whole.substr(0, length));
    ASSERT_FALSE(survives(path)) << length;
  }
  overwrite(path, whole);
  EXPECT_TRUE(survives(path));
}

TEST_F(SafetensorsTest, FlippedBytesNeverCrash) {
  const fs::path path = folder_ / "x.safetensors";
  write_safetensors(path, small_tensors(), {{"format", "pt"}});
  const std::string whole = read_file(path);
  const size_t header_end = whole.find('}', whole.rfind("data_offsets")) + 2;
  Rng rng(1, "flips");
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string damaged = whole;
    const auto flips = 1 + rng.below(3);
    for (uint64_t i = 0; i < flips; ++i)
      damaged[rng.below(header_end)] = static_cast<char>(rng.below(2) ? rng.below(256) : "0123456789[]{},:\""[rng.below(17)]);
    overwrite(path, damaged);
    refused += !survives(path);
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace gimbal
