// The run files of configs/: each one is read and runs two steps on a tiny model of its family.
#include <gtest/gtest.h>

#include "cli/gimbal_process.h"
#include "core/fields.h"

namespace gimbal {
namespace {

fs::path configs() { return fs::path(__FILE__).parent_path().parent_path().parent_path() / "configs"; }

// A model of the family, pretrained for two steps by each of its run files.
struct PaperFamily {
  const char *folder, *sizes;
};
constexpr PaperFamily kPaperFamilies[] = {{"bert", " --set model.ffn_width=16"},
                                          {"t5", " --set model.encoder_layers=1 --set model.head_width=8 --set model.ffn_width=16"},
                                          {"glm", " --set model.context=1024"}};
constexpr const char* kTiny = " --set model.layers=1 --set model.width=16 --set model.heads=2";
constexpr const char* kShort = " --steps 2 --batch-size 2 --set evaluate.batches=1 --quiet";

std::string sentences() {
  std::string text;
  for (int i = 0; i < 150; ++i)
    text += cat("Anna met ", i % 3 ? "Ben" : "Carl", " in Rome. They had a lamp. ", i % 2 ? "It was red." : "It rained.", "\n\n");
  return text;
}

Json record_of(const std::string& task, int i) {
  const std::string name = i % 2 ? "Ben" : "Anna";
  if (task == "squad" || task == "squad2")
    return {{"question", "Who met Carl?"}, {"context", name + " met Carl."}, {"answers", {{"text", {name}}, {"answer_start", {0}}}}};
  if (task == "swag")
    return {{"sent1", name + " met Carl."},
            {"sent2", "Then"},
            {"ending0", "it rained"},
            {"ending1", "a"},
            {"ending2", "b"},
            {"ending3", "c"},
            {"label", i % 4}};
  if (task == "conll2003") return {{"tokens", {name, "met", "Carl"}}, {"tags", {"B-PER", "O", "B-PER"}}};
  if (task == "stsb") return {{"sentence1", name}, {"sentence2", "Carl"}, {"score", 2.5}};
  if (task == "summarize") return {{"document", name + " met Carl in Rome."}, {"summary", name}};
  if (task == "translate") return {{"translation", {{"en", name}, {"de", "Die " + name}}}};
  if (task == "sst2" || task == "cola") return {{"sentence", name + " met Carl."}, {"label", i % 2}};
  if (task == "boolq") return {{"question", "was it " + name}, {"passage", name + " met Carl."}, {"label", i % 2}};
  return {{"sentence1", name + " met Carl."}, {"sentence2", name + " was there."}, {"label", i % 2}};
}

std::string data_of(const std::string& task) {
  std::string lines;
  for (int i = 0; i < 12; ++i) lines += record_of(task, i).dump() + "\n";
  const fs::path file = scratch() / ("records-" + task + ".jsonl");
  write_file(file, lines);
  return file.string();
}

class PaperConfigs : public ::testing::TestWithParam<PaperFamily> {};

TEST_P(PaperConfigs, RunOnATinyModel) {
  const PaperFamily family = GetParam();
  write_file(scratch() / "sentences.txt", sentences());
  std::vector<fs::path> pretraining, finetuning;
  for (const auto& entry : fs::directory_iterator(configs() / family.folder))
    (entry.path().stem().string().starts_with("pretrain") ? pretraining : finetuning).push_back(entry.path());
  ASSERT_FALSE(pretraining.empty());
  ASSERT_GE(finetuning.size(), 3u);
  std::string model;
  for (const fs::path& file : pretraining) {
    model = (scratch() / cat(family.folder, "-", file.stem().string())).string();
    const Ran ran = gimbal(cat("pretrain ", file.string(), " --data ", (scratch() / "sentences.txt").string(), " --out ", model, kTiny, family.sizes,
                               kShort, " --set tokenizer.kind=byte"));
    EXPECT_EQ(ran.code, 0) << file << ": " << ran.err;
    model += "/last";
  }
  for (const fs::path& file : finetuning) {
    const Json asked = parse_yaml(read_file(file), file.string());
    const std::string task = asked["task"]["name"];
    const std::string out = (scratch() / cat(family.folder, "-tuned-", file.stem().string())).string();
    const Ran ran = gimbal(cat("finetune ", file.string(), " --model ", model, " --data ", data_of(task), " --out ", out, kShort));
    EXPECT_EQ(ran.code, 0) << file << ": " << ran.err;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, PaperConfigs, ::testing::ValuesIn(kPaperFamilies),
                         [](const auto& info) { return std::string(info.param.folder); });

}  // namespace
}  // namespace gimbal
