// Distillation from end to end on letters: a student comes near its teacher, a run that is resumed ends with the same bits, and pairs that do not fit
// are refused.
#include "train/distill.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "core/rng.h"
#include "core/threads.h"
#include "models/batch_rows.h"
#include "models/weights.h"
#include "text/train_bpe.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

constexpr int64_t kContext = 16;
constexpr std::string_view kLetters = "abcdefgh";

Architecture sharp(int64_t layers, int64_t width) {
  Architecture a;
  a.family = "gpt2";
  a.context = kContext;
  a.layers = layers;
  a.width = width;
  a.heads = 4;
  a.init.kind = "normal";
  a.init.std = 0.25;  // logits that differ clearly
  a.init.projections = "plain";
  return a;
}

class DistillTest : public testing::Test {
 protected:
  void SetUp() override {
    set_num_threads(1);
    folder_ = fs::temp_directory_path() / cat("gimbal-distill-", testing::UnitTest::GetInstance()->current_test_info()->name(), "-", ::getpid());
    fs::create_directories(folder_);
    Rng random(3, "letters");
    std::string text;
    for (int i = 0; i < 6000; ++i) text += kLetters[random.below(kLetters.size())];
    write_file(folder_ / "letters.txt", text);
    save("teacher", sharp(4, 32), kLetters, 5);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  // A random model over an alphabet, with its tokenizer.
  void save(const std::string& name, Architecture a, std::string_view alphabet, uint64_t seed) const {
    const Tokenizer tokenizer = train_char({&alphabet, 1}, {});
    a.vocab = tokenizer.vocab_size();
    Model model(a);
    model.parameters().allocate(Device::kCpu, DType::kF32);
    model.parameters().initialize(seed);
    fs::create_directories(folder_ / name);
    tokenizer.save(folder_ / name);
    save_model(model, folder_ / name);
  }

  // A run file as gimbal distill resolves it.
  RunConfig config(const Json& asked) const {
    Json whole = {{"distill", {{"teacher", at("teacher")}, {"weight", 1.0}}},
                  {"data", {{"paths", {at("letters.txt")}}}},
                  {"batch", {{"sequences", 8}}},
                  {"train", {{"steps", 20}}},
                  {"optimizer", {{"lr", 3e-3}, {"weight_decay", 0.0}}},
                  {"schedule", {{"kind", "constant"}, {"warmup_steps", 0}}},
                  {"evaluate", {{"every", 0}, {"batches", 1}}}};
    merge_over(whole, asked);
    Json resolved = distill_defaults(whole);
    merge_over(resolved, whole);
    return read_run_config(resolved);
  }
  RunOutcome run(const Json& asked, const std::string& out) const {
    RunRequest request;
    request.out = at(out);
    return pretrain(config(asked), request);
  }

  // Mean over random rows of KL(teacher || student), nats.
  double divergence(const fs::path& student_directory) const {
    const auto teacher = load_model(at("teacher")), student = load_model(student_directory);
    Rng random(9, "rows");
    std::vector<std::vector<int32_t>> ids(20, std::vector<int32_t>(kContext));
    for (auto& sequence : ids)
      for (int32_t& id : sequence) id = static_cast<int32_t>(random.below(kLetters.size()));
    const TokenRows rows = make_rows(ids, {}, kContext, Device::kCpu);
    const auto log_probabilities = [&](Model& model) {
      Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
      std::vector<double> all = model.logits(tape, model.hidden(tape, rows, {})).value.to_doubles();
      const auto v = static_cast<size_t>(model.architecture().vocab);
      for (size_t row = 0; row < all.size(); row += v) {
        double sum = 0;
        for (size_t i = 0; i < v; ++i) sum += std::exp(all[row + i]);
        for (size_t i = 0; i < v; ++i) all[row + i] -= std::log(sum);
      }
      return all;
    };
    const std::vector<double> p = log_probabilities(*teacher), q = log_probabilities(*student);
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
    return sum / static_cast<double>(rows.rows());
  }

  std::string refusal(const Json& asked) const {
    try {
      run(asked, "refused");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

const Json kSmallStudent = {{"preset", "gpt2"}, {"context", 16}, {"layers", 2}, {"width", 32}, {"heads", 4}, {"dropout", 0.0}};

// What the teacher says of letters drawn by chance is known to the teacher alone: the data cannot teach it.
TEST_F(DistillTest, AStudentOfHalfTheLayersComesNearItsTeacher) {
  const double before = divergence(run({{"model", kSmallStudent}, {"train", {{"steps", 1}}}}, "begin").last);
  const double taught = divergence(run({{"model", kSmallStudent}, {"train", {{"steps", 250}}}}, "taught").last);
  const double untaught = divergence(run({{"model", kSmallStudent}, {"train", {{"steps", 250}}}, {"distill", {{"weight", 0.0}}}}, "untaught").last);
  RecordProperty("taught", cat(before, " -> ", taught, ", untaught ", untaught));
  EXPECT_LT(taught, 0.5 * before);
  EXPECT_LT(taught, 0.5 * untaught);
}

TEST_F(DistillTest, TheTeachersLayersAreAHeadStart) {
  EXPECT_EQ(teacher_layer(0, 2, 4), 0);
  EXPECT_EQ(teacher_layer(1, 2, 4), 2);
  EXPECT_EQ(teacher_layer(2, 2, 4), 4);
  EXPECT_EQ(teacher_layer(3, 3, 4), 4);
  const RunConfig half = config(Json::object());
  EXPECT_TRUE(half.distill.from_teacher_layers);
  const RunOutcome outcome = run({{"train", {{"steps", 1}}}, {"optimizer", {{"lr", 0.0}}}}, "half");
  const auto student = load_model(outcome.last), teacher = load_model(at("teacher"));
  EXPECT_EQ(student->architecture().layers, 2);
  for (const auto& [ours, theirs] : {std::pair{"block.0.attn.qkv.weight", "block.1.attn.qkv.weight"},
                                     {"block.1.ffn.up.weight", "block.3.ffn.up.weight"},
                                     {"embed.tokens", "embed.tokens"}}) {
    ASSERT_NE(student->parameters().find(ours), nullptr) << ours;
    EXPECT_EQ(student->parameters().find(ours)->value.to_doubles(), teacher->parameters().find(theirs)->value.to_doubles()) << ours;
  }
  EXPECT_THROW(run({{"model", {{"preset", "gpt2"}, {"context", 16}, {"layers", 2}, {"width", 16}, {"heads", 4}}},
                    {"distill", {{"from_teacher_layers", true}}}},
                   "narrow"),
               Error);
}

TEST_F(DistillTest, HiddenStatesOfAnotherWidthAreLearned) {
  const Json narrow = {{"preset", "gpt2"}, {"context", 16}, {"layers", 2}, {"width", 16}, {"heads", 4}, {"dropout", 0.0}};
  const auto loss_after = [&](int steps, const std::string& out) {
    return run({{"model", narrow}, {"train", {{"steps", steps}}}, {"distill", {{"weight", 0.0}, {"hidden_weight", 10.0}}}}, out).loss;
  };
  const double early = loss_after(1, "early"), late = loss_after(80, "late");
  EXPECT_LT(late, 0.7 * early);
}

// Half the width and other heads than the teacher's four of eight: cut anew, nothing has to match.
TEST_F(DistillTest, AttentionOfOtherHeadsIsLearned) {
  const auto spec = [](int64_t heads, int64_t kv_heads, int64_t width) {
    ops::AttentionSpec s;
    s.heads = heads, s.kv_heads = kv_heads, s.head_width = width;
    return s;
  };
  EXPECT_EQ(relation_heads(spec(12, 12, 32), spec(12, 12, 64)), 12);
  EXPECT_EQ(relation_heads(spec(2, 2, 8), spec(4, 4, 8)), 4);
  EXPECT_EQ(relation_heads(spec(8, 2, 8), spec(12, 12, 8)), 8);
  EXPECT_EQ(relation_heads(spec(5, 5, 3), spec(4, 4, 8)), 1);
  const Json other = {{"preset", "gpt2"}, {"context", 16}, {"layers", 2}, {"width", 16}, {"heads", 2}, {"dropout", 0.0}};
  const auto loss_after = [&](int steps, double attention, const std::string& out) {
    return run({{"model", other}, {"train", {{"steps", steps}}}, {"distill", {{"weight", 0.0}, {"attention_weight", attention}}}}, out).loss;
  };
  const double plain = loss_after(1, 0, "plain"), early = loss_after(1, 1, "early") - plain, late = loss_after(80, 1, "late") - plain;
  EXPECT_GT(early, 0.05);
  EXPECT_LT(late, 0.7 * early);
}

// Dropout, a projection with a state of its own, micro-batches.
TEST_F(DistillTest, AResumedRunEndsWithTheSameBits) {
  const Json asked = {{"model", {{"preset", "gpt2"}, {"context", 16}, {"layers", 1}, {"width", 16}, {"heads", 4}, {"dropout", 0.1}}},
                      {"batch", {{"sequences", 8}, {"micro_sequences", 3}}},
                      {"save", {{"every", 10}, {"keep", 0}}},
                      {"distill", {{"weight", 0.5}, {"hidden_weight", 1.0}}}};
  run(asked, "whole");
  fs::copy(at("whole"), at("stopped"), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  fs::remove_all(folder_ / "stopped" / "step-00000020");
  fs::remove(folder_ / "stopped" / "last");
  RunRequest request;
  request.out = at("stopped");
  request.resume = folder_ / "stopped" / "step-00000010";
  const RunOutcome resumed = pretrain(config(asked), request);
  EXPECT_EQ(resumed.steps, 20);
  for (const char* file : {"model.safetensors"})
    EXPECT_EQ(read_file(resumed.last / file), read_file(folder_ / "whole" / "step-00000020" / file)) << file;

  save("teacher", sharp(4, 32), kLetters, 6);  // another one in its place
  fs::remove_all(resumed.last);
  EXPECT_THROW(pretrain(config(asked), request), Error);
}

// However the window is cut, the loss is the mean over it.
TEST_F(DistillTest, MicroBatchesChangeNothing) {
  const auto loss = [&](int micro) {
    return run({{"model", kSmallStudent},
                {"train", {{"steps", 5}}},
                {"batch", {{"sequences", 8}, {"micro_sequences", micro}}},
                {"distill", {{"weight", 0.7}, {"hidden_weight", 1.0}, {"attention_weight", 1.0}}}},
               cat("micro-", micro))
        .loss;
  };
  EXPECT_NEAR(loss(0), loss(3), 1e-4);
}

TEST_F(DistillTest, PairsThatDoNotFitAreRefused) {
  EXPECT_NE(refusal({{"distill", {{"teacher", at("nowhere")}}}, {"model", kSmallStudent}}).find("is no model directory"), std::string::npos);
  EXPECT_THROW(distill_defaults(Json::object()), Error);
  save("other-letters", sharp(2, 32), "abcdefgX", 1);
  EXPECT_NE(refusal({{"model", {{"preset", at("other-letters")}}}}).find("do not share a vocabulary"), std::string::npos);
  fs::remove_all(folder_ / "refused");
  EXPECT_NE(refusal({{"model", {{"preset", "bert"}, {"context", 16}, {"layers", 1}, {"width", 16}, {"heads", 4}}}, {"objective", {{"kind", "mlm"}}}})
                .size(),
            0u);
  fs::remove_all(folder_ / "refused");
  Json longer = kSmallStudent;
  longer["context"] = 32;
  EXPECT_NE(refusal({{"model", longer}}).find("teacher's context"), std::string::npos);
}

}  // namespace
}  // namespace gimbal
