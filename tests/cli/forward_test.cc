// gimbal forward from outside: what the file holds, and that it does not depend on how sequences are put together.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/gimbal_process.h"
#include "formats/safetensors.h"

namespace gimbal {
namespace {

SafetensorsFile forward(const std::string& flags) {
  const fs::path out = scratch() / "forward.safetensors";
  const Ran ran = gimbal("forward --model " + letters_directory() + " --out " + out.string() + " " + flags);
  EXPECT_EQ(ran.code, 0) << ran.err;
  return SafetensorsFile::open(out);
}

TEST(ForwardCommand, WritesLogitsAndHiddenStates) {
  const SafetensorsFile file = forward("--ids '1,2,3;4,5'");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"hidden.0", "hidden.1", "hidden.2", "last_hidden", "logits"}));
  EXPECT_EQ(file.read("logits").rows(), 5);
  EXPECT_EQ(file.read("hidden.2").shape(), (Shape{5, 32}));
}

TEST(ForwardCommand, SequencesDoNotSeeEachOther) {
  const Tensor both = forward("--ids '1,2,3;4,5'").read("logits"), second = forward("--ids 4,5").read("logits");
  for (int64_t i = 0; i < second.elements(); ++i) EXPECT_NEAR(second.at(i), both.at(3 * both.cols() + i), 1e-5);
}

TEST(ForwardCommand, LabelsAreShiftedAndMeaned) {
  const std::string flags = "--ids '1,2,3;4,5' --labels '1,2,3;4,-100'";
  const SafetensorsFile file = forward(flags);
  const Tensor logits = file.read("logits");
  const auto nll = [&](int64_t row, int64_t target) {
    double sum = 0;
    for (int64_t v = 0; v < logits.cols(); ++v) sum += std::exp(logits.at(row * logits.cols() + v));
    return std::log(sum) - logits.at(row * logits.cols() + target);
  };
  EXPECT_NEAR(file.read("loss").at(0), (nll(0, 2) + nll(1, 3)) / 2, 1e-4);
  EXPECT_EQ(file.read("loss").shape().rank(), 0);
}

TEST(ForwardCommand, GradientsPredictTheLoss) {
  const std::string flags = " --ids 1,2,3,4,5,6 --labels 1,2,3,4,5,6 --grads";
  const SafetensorsFile file = forward("--device reference" + flags);
  const fs::path moved = scratch() / "moved";
  fs::create_directories(moved);
  auto model = load_model(letters_directory());
  double predicted = 0;
  for (const DiskTensor& entry : disk_layout(*model)) {
    const std::string name = "grad." + entry.name;
    ASSERT_TRUE(file.contains(name)) << name;
    const Tensor gradient = file.read(name);
    Tensor disk = to_disk(entry, entry.parameter->value);
    ASSERT_EQ(gradient.shape(), disk.shape()) << name;
    for (int64_t i = 0; i < disk.elements(); ++i) {
      const double step = 1e-4 * gradient.at(i);
      disk.data<float>()[i] -= static_cast<float>(step);
      predicted -= step * gradient.at(i);
    }
    from_disk(entry, disk);
  }
  save_model(*model, moved);
  const fs::path out = scratch() / "moved.safetensors";
  ASSERT_EQ(gimbal("forward --model " + moved.string() + " --device reference --out " + out.string() + flags).code, 0);
  const double change = SafetensorsFile::open(out).read("loss").at(0) - file.read("loss").at(0);
  EXPECT_LT(predicted, -1e-4);
  EXPECT_NEAR(change, predicted, 0.1 * -predicted);
}

TEST(ForwardCommand, TheReferenceAgrees) {
  const std::string flags = " --ids '1,2,3,4,5,6;7,8' --labels '1,2,3,4,5,6;7,8' --grads";
  const SafetensorsFile reference = forward("--device reference" + flags);
  std::map<std::string, Tensor> want;
  for (const std::string& name : reference.names()) want[name] = reference.read(name);
  const SafetensorsFile fast = forward(flags);
  ASSERT_EQ(fast.names(), reference.names());
  for (const auto& [name, tensor] : want) {
    const Tensor got = fast.read(name);
    double most = 0;
    for (int64_t i = 0; i < tensor.elements(); ++i) most = std::max(most, std::abs(tensor.at(i)));
    for (int64_t i = 0; i < tensor.elements(); ++i) ASSERT_NEAR(got.at(i), tensor.at(i), 1e-4 * most) << name;
  }
}

TEST(ForwardCommand, RefusesInOneSentence) {
  const std::string head = "forward --model " + letters_directory() + " --out " + (scratch() / "never.safetensors").string() + " ";
  for (const char* flags : {"", "--ids ''", "--ids '1,2;'", "--ids 1,2,9999", "--ids 1,2 --labels 1", "--ids '1;2' --labels 1,2",
                            "--ids 1,2 --labels 1,9999", "--ids 1,2 --grads", "--ids 1,2 --labels 1,-100", "--ids 1,2 --device gpu"}) {
    const Ran ran = gimbal(head + flags);
    EXPECT_EQ(ran.code, 2) << flags;
    EXPECT_TRUE(is_one_sentence(ran.err)) << flags << "\n" << ran.err;
  }
  std::string long_ids = "1";
  for (int i = 0; i < 96; ++i) long_ids += ",1";
  EXPECT_EQ(gimbal(head + "--ids " + long_ids).code, 2);
  EXPECT_FALSE(fs::exists(scratch() / "never.safetensors"));
}

}  // namespace
}  // namespace gimbal
