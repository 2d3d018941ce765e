// What the doctor says of logs whose trouble is known, of plans, of weights, and of a few small sick runs.
#include <gtest/gtest.h>

#include <cmath>

#include "core/threads.h"
#include "lab/doctor/atlas.h"
#include "lab/doctor/faults.h"
#include "lab/experiment.h"
#include "lab/stand/scheme.h"

namespace gimbal::lab {
namespace {

// A calm log of 70 steps and two blocks, with one value changed.
struct LogMaker {
  std::string quantity;
  int64_t from = 0, to = 0;  // steps
  double factor = 1;
  double falls = 0.02;               // the loss, a step
  int64_t again = int64_t{1} << 40;  // changed once more from this step on

  RunLog log() const {
    Rng rng(5, "doctor_test");
    std::string lines;
    for (int64_t step = 1; step <= 70; ++step) {
      const auto value = [&](const std::string& name, double usual) {
        const double noisy = usual * (1 + 0.02 * rng.normal());
        return name == quantity && ((step >= from && step <= to) || step >= again) ? noisy * factor : noisy;
      };
      const auto layers = [&](const std::string& name, double usual) { return Json::array({usual * (1 + 0.02 * rng.normal()), value(name, usual)}); };
      lines +=
          Json(
              {{"step", step},
               {"loss", value("loss", 3 - falls * static_cast<double>(step))},
               {"token_entropy", value("token_entropy", 3)},
               {"grad_norm", value("grad_norm", 1)},
               {"lr", 1e-3},
               {"health",
                {{"layers",
                  {{"ffn_ratio", layers("ffn_ratio", 0.2)}, {"stream_rms", layers("stream_rms", 1)}, {"update_ratio", layers("update_ratio", 1e-3)}}},
                 {"embed", {{"least_deviation", value("least_deviation", 0.1)}}}}}})
              .dump() +
          "\n";
    }
    return read_run_lines(lines, "a log", Columns::kEveryStep);
  }
};

Diagnosis diagnosis_of(const LogMaker& maker) { return diagnose_log(maker.log(), std::nullopt); }

TEST(DoctorSigns, ACalmLogHasNone) {
  EXPECT_TRUE(signs_of(LogMaker{}.log()).empty());
  EXPECT_TRUE(diagnosis_of({}).findings.empty());
}

TEST(DoctorSigns, TheFirstPassageIsNamedWithStepPlaceAndRatio) {
  const std::vector<Sign> signs = signs_of(LogMaker{"ffn_ratio", 40, 60, 20}.log());
  ASSERT_EQ(signs.size(), 1u);
  EXPECT_EQ(signs[0].step, 40);
  EXPECT_EQ(signs[0].place, "block 1");
  EXPECT_EQ(signs[0].quantity, "ffn_ratio");
  EXPECT_NEAR(signs[0].value / signs[0].usual, 20, 2);
  EXPECT_TRUE(signs[0].lasting);
}

TEST(DoctorSigns, WhatComesBackIsNotLasting) {
  const std::vector<Sign> signs = signs_of(LogMaker{"loss", 40, 40, 2}.log());
  ASSERT_EQ(signs.size(), 1u);
  EXPECT_FALSE(signs[0].lasting);
}

TEST(DoctorCauses, PatternsOfALog) {
  EXPECT_EQ(diagnosis_of({"ffn_ratio", 40, 60, 20}).findings.at(0).cause, cause::kWeights);
  EXPECT_EQ(diagnosis_of({"ffn_ratio", 40, 60, 0.01}).findings.at(0).cause, cause::kDeadUnits);
  EXPECT_EQ(diagnosis_of({"loss", 40, 40, 2}).findings.at(0).cause, cause::kBatch);
  EXPECT_EQ(diagnosis_of({"token_entropy", 40, 40, 0}).findings.at(0).cause, cause::kBatch);
  EXPECT_EQ(diagnosis_of({"loss", 40, 60, 2}).findings.at(0).cause, cause::kSpike);
  EXPECT_EQ(diagnosis_of({"least_deviation", 40, 60, 0}).findings.at(0).cause, cause::kZeroVariance);
  EXPECT_EQ(diagnosis_of({"update_ratio", 10, 60, 300}).findings.at(0).cause, cause::kLearningRate);
  EXPECT_EQ(diagnosis_of({"ffn_ratio", 40, 60, 20}).findings.at(0).step, 40);
}

// A block whose ratio passes the limit twice, once for a while and once for good, is one of two all the same.
TEST(DoctorCauses, ABlockIsCountedOnce) {
  const Diagnosis d = diagnosis_of({.quantity = "update_ratio", .from = 10, .to = 12, .factor = 300, .again = 30});
  ASSERT_EQ(d.signs.size(), 4u) << "a jump and a limit, passed and for good";
  EXPECT_NE(d.findings.at(0).what.find("1 of 2 blocks"), std::string::npos) << d.findings.at(0).what;
}

TEST(DoctorCauses, ALossThatStandsAboveTheFrequenciesIsSaid) {
  TrainingPlan plan = {.architecture = usual_patient().architecture, .run = usual_patient().config};
  const LogMaker still{"token_entropy", 1, 70, 0.9, 0};  // 2.7 nats under a loss of 3
  const Diagnosis d = diagnose_log(still.log(), plan);
  ASSERT_FALSE(d.findings.empty());
  EXPECT_EQ(d.findings[0].cause, cause::kNothingLearned);
  EXPECT_TRUE(d.healthy()) << "70 steps are few";
  TrainingPlan hasty = plan;  // what was foretold of it has come true
  hasty.architecture.placement = "post", hasty.architecture.layers = 6, hasty.run->schedule.warmup_steps = 0;
  EXPECT_EQ(diagnose_log(still.log(), hasty).findings.at(0).cause, cause::kNoWarmUp);
  EXPECT_FALSE(diagnose_log(still.log(), hasty).healthy());
  LogMaker falling = still;
  falling.falls = 0.004;
  EXPECT_TRUE(diagnose_log(falling.log(), plan).findings.empty()) << "it still learns";
  plan.run->task.name = "sst2";
  EXPECT_TRUE(diagnose_log(still.log(), plan).findings.empty()) << "a task's loss is not of tokens";
}

TEST(DoctorCauses, BatchesThatAreAllOfOneTokenAreNoNews) {
  std::string lines;
  for (int64_t step = 1; step <= 70; ++step)
    lines += Json({{"step", step}, {"loss", 0.05}, {"lr", 1e-3}, {"token_entropy", step == 40 ? 0.0 : 0.0256}}).dump() + "\n";
  EXPECT_TRUE(diagnose_log(read_run_lines(lines, "a log", Columns::kEveryStep), std::nullopt).findings.empty());
}

// One strange batch, and one step onto a steep place: the loss of both is the same, their gradients are not.
TEST(DoctorCauses, ASpikeWithLargeGradientsIsNotTheBatch) {
  const auto log_of = [](double gradient) {
    Rng rng(5, "doctor_test");
    std::string lines;
    for (int64_t step = 1; step <= 70; ++step)
      lines += Json({{"step", step},
                     {"loss", step == 40 ? 6.0 : 4 - 0.02 * static_cast<double>(step)},
                     {"grad_norm", (step == 40 ? gradient : 1) * (1 + 0.02 * rng.normal())},
                     {"lr", 1e-3}})
                   .dump() +
               "\n";
    return diagnose_log(read_run_lines(lines, "a log", Columns::kEveryStep), std::nullopt);
  };
  EXPECT_EQ(log_of(2).findings.at(0).cause, cause::kBatch);
  EXPECT_EQ(log_of(60).findings.at(0).cause, cause::kSpike);
  EXPECT_TRUE(log_of(60).healthy()) << "it came back";
}

// ---- plans -------------------------------------------------------------------------------------------------------------------------

TrainingPlan sound_plan() {
  TrainingPlan plan;
  plan.architecture = usual_patient().architecture;
  plan.run = usual_patient().config;
  return plan;
}

// The plan with the finding's settings laid over it.
TrainingPlan treated(TrainingPlan plan, const Complaint& f) {
  Json changes = Json::object();
  for (const std::string& setting : f.settings) {
    const size_t equals = setting.find('=');
    set_path(changes, setting.substr(0, equals), parse_scalar(setting.substr(equals + 1)));
  }
  if (changes.contains("model")) read_fields(changes["model"], plan.architecture, "model");
  changes.erase("model");
  read_fields(changes, *plan.run);
  return plan;
}

std::vector<std::string> foretold(const std::function<void(TrainingPlan&)>& change) {
  TrainingPlan plan = sound_plan();
  change(plan);
  std::vector<std::string> causes;
  for (const Complaint& f : check_plan(plan)) {
    causes.push_back(f.cause);
    EXPECT_FALSE(f.what.empty() || f.fix.empty()) << f.cause;
    EXPECT_TRUE(is_possible(plan.architecture, f.settings)) << f.cause;
    for (const Complaint& left : check_plan(treated(plan, f))) EXPECT_NE(left.cause, f.cause) << "the fix does not help: " << left.what;
  }
  return causes;
}

using Causes = std::vector<std::string>;

TEST(DoctorPlans, EachCheckHasItsCase) {
  EXPECT_EQ(foretold([](TrainingPlan&) {}), Causes{});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.slot_norms.final = NormConfig{.kind = "none"}; }), Causes{cause::kNoFinalNorm});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.placement = "branch"; }), Causes{cause::kNoQkNorm});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.run->optimizer.lr = 0.03; }), Causes{cause::kLearningRate});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.eps = 0; }), Causes{cause::kEps});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.eps = 1e-12, p.run->train.dtype = "bf16"; }), Causes{}) << "the stream is f32";
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.slot_norms.qk = NormConfig{.kind = "layer", .eps = 1e-12}, p.run->train.dtype = "bf16"; }),
            Causes{cause::kEps});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.slot_norms.qk = NormConfig{.kind = "layer", .eps = 0}; }), Causes{cause::kEps});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.eps = 1e-12, p.from_weights = true; }), Causes{cause::kEps});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.init.std = 1; }), Causes{cause::kTiedScale});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.dropout = 0.1; }), Causes{cause::kDropout});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.kind = "none", p.architecture.layers = 12; }), Causes{cause::kNoNorm});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.kind = "batch"; }), Causes{cause::kLeak});
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.kind = "batch", p.run->batch.sequences = 1, p.run->batch.context = 2; }),
            (Causes{cause::kFewTokens, cause::kLeak}));
  const auto post = [](TrainingPlan& p) { p.architecture.placement = "post", p.architecture.layers = 6, p.run->schedule.warmup_steps = 0; };
  EXPECT_EQ(foretold(post), Causes{cause::kNoWarmUp});
  const auto deep = [](TrainingPlan& p) { p.architecture.placement = "post", p.architecture.layers = 12, p.architecture.residual.kind = "deepnorm"; };
  EXPECT_EQ(foretold(deep), Causes{});
  EXPECT_EQ(foretold([&](TrainingPlan& p) { deep(p), p.architecture.residual.beta = 3.1; }), Causes{cause::kDeepNorm});
  EXPECT_EQ(foretold([&](TrainingPlan& p) { deep(p), p.architecture.residual.alpha = 2.83; }), Causes{cause::kDeepNorm});  // of 32 layers
  EXPECT_EQ(foretold([&](TrainingPlan& p) {
              deep(p), p.architecture.residual.alpha = std::sqrt(24.0), p.architecture.residual.beta = 1 / std::sqrt(24.0);
            }),
            Causes{});  // GLM
  for (const char* mistake : {"deepnorm-wrong-sign", "deepnorm-no-branch"})
    EXPECT_EQ(foretold([&](TrainingPlan& p) { deep(p), p.architecture.residual.kind = mistake; }), Causes{cause::kDeepNorm}) << mistake;
  const auto mixed = [&](TrainingPlan& p) { post(p), p.architecture.placement = "mix-ln"; };
  EXPECT_EQ(foretold([&](TrainingPlan& p) { mixed(p); }), Causes{}) << "two post-norm layers of six";
  EXPECT_EQ(foretold([&](TrainingPlan& p) { mixed(p), p.architecture.layers = 24; }), Causes{cause::kNoWarmUp});
  EXPECT_EQ(foretold([&](TrainingPlan& p) { mixed(p), p.architecture.placement = "resi-dual"; }), Causes{}) << "its sum of branches is never normed";
  const auto large = [](TrainingPlan& p) {
    Architecture& a = p.architecture;
    a.placement = "post", a.layers = 24, a.width = 1024, a.heads = 16, a.init.std = 0.02;
    p.run->optimizer.lr = 1e-4, p.run->schedule.warmup_steps = 10000;
  };
  EXPECT_EQ(foretold(large), Causes{}) << "BERT-large's recipe";
  EXPECT_EQ(foretold([&](TrainingPlan& p) { large(p), p.run->optimizer.lr = 4e-4; }), Causes{cause::kNoWarmUp});
  const auto original = [](TrainingPlan& p) { p.run->optimizer.kind = "muon", p.run->optimizer.adjust_lr = "original", p.run->optimizer.lr = 0.2; };
  EXPECT_EQ(foretold(original), Causes{}) << "another scale of rates";
  EXPECT_EQ(foretold([](TrainingPlan& p) { p.architecture.norm.kind = "none", p.architecture.layers = 12, p.architecture.residual.kind = "fixup"; }),
            Causes{});
}

TEST(DoctorPlans, AFineTuningFileWithoutAModelIsNotAskedAboutItsDepth) {
  RunConfig config;
  config.task.name = "embed";
  EXPECT_EQ(diagnose_config(config).known, "");
}

// Whatever the atlas holds when this is run: each of its designs is found by its own model, and a rate beyond it is a risk.
TEST(DoctorAtlas, EachRowIsFoundAndARateBeyondItIsSaid) {
  ASSERT_FALSE(atlas_rows().empty());
  for (const AtlasRow& row : atlas_rows()) {
    TrainingPlan plan = sound_plan();
    plan.run->optimizer.kind = "adamw";
    plan.run->schedule.warmup_steps = 0;
    Json model = small_transformer(std::string(row.scheme), row.layers, kAtlasWidth, 2, 64);
    model.erase("preset");
    read_fields(model, plan.architecture, "model");
    plan.architecture.norm.kind = row.norm;
    ASSERT_EQ(find_in_atlas(plan.architecture), &row) << row.scheme << " " << row.norm << " " << row.layers;
    EXPECT_NE(atlas_sentence(row, plan.architecture, 1e-3).find(row.scheme), std::string::npos);
    EXPECT_LE(row.least, row.largest);
    EXPECT_LE(row.largest, row.most);
    if (row.largest == 0) continue;
    plan.run->optimizer.lr = 1.5 * row.most;
    const std::vector<Complaint> said = check_plan(plan);
    EXPECT_TRUE(
        std::any_of(said.begin(), said.end(), [](const Complaint& c) { return c.cause == cause::kLearningRate || c.cause == cause::kNoWarmUp; }))
        << row.scheme << " " << row.norm << " " << row.layers;
    --plan.architecture.layers;
    EXPECT_NE(find_in_atlas(plan.architecture), &row) << "a shallower model may bear more";
  }
  Architecture other = sound_plan().architecture;
  other.slot_norms.final = NormConfig{.kind = "rms"};
  EXPECT_EQ(find_in_atlas(other), nullptr);
}

TEST(DoctorAtlas, LinesComeFromFinishedCells) {
  const fs::path file = fs::path(::testing::TempDir()) / "atlas_test.sqlite";
  fs::remove(file);
  {
    Store store(file);
    const Experiment& atlas = experiment_named("atlas");
    const auto cell = [](const char* norm, int64_t seed) { return Cell{{{"scheme", "pre"}, {"norm", norm}, {"layers", 6}}, seed}; };
    for (int64_t seed = 1; seed <= 3; ++seed) {
      const double rate = std::ldexp(1.0, static_cast<int>(-6 - seed));
      store.add(atlas, {cell("rms", seed), {{{"largest_stable_lr", rate}, {"best_lr", rate / 2}, {"best_above_floor", 0.25}}, {}}, 1});
    }
    store.add(atlas, {cell("scale", 1), {{{"largest_stable_lr", 0}, {"best_lr", 0}, {"best_above_floor", NAN}}, {}}, 1});
    store.add(atlas, {cell("my own", 1), {{{"largest_stable_lr", 1}, {"best_lr", 1}, {"best_above_floor", 1}}, {}}, 1});
    const std::string lines = atlas_lines(store);
    EXPECT_NE(lines.find("{\"pre\", \"rms\", 6, 3, 0.00390625, 0.001953125, 0.0078125, 0.00195, 0.25},\n"), std::string::npos) << lines;
    EXPECT_NE(lines.find("{\"pre\", \"scale\", 6, 1, 0, 0, 0, NAN, NAN},\n"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("my own"), std::string::npos);
  }
  fs::remove(file);
}

TEST(DoctorPlans, AFixThatIsRefusedIsNotOffered) {
  const Architecture pre = usual_patient().architecture;
  EXPECT_TRUE(is_possible(pre, {"model.placement=sandwich", "optimizer.lr=0.001"}));
  EXPECT_FALSE(is_possible(pre, {"model.residual.kind=deepnorm"}));
}

// ---- weights -----------------------------------------------------------------------------------------------------------------------

std::vector<std::string> said_of(const std::function<void(Model&)>& change, Architecture a = usual_patient().architecture) {
  Model model(a);
  model.parameters().allocate(Device::kCpu, DType::kF32);
  model.parameters().initialize(7);
  change(model);
  std::vector<std::string> causes;
  for (const Complaint& f : check_weights(model)) causes.push_back(f.cause);
  return causes;
}

void fill(Model& model, const std::string& name, double value, int64_t begin, int64_t end) {
  Parameter& p = *model.parameters().find(name);
  for (int64_t i = begin; i < end; ++i) p.value.data<float>()[i] = static_cast<float>(value);
}

TEST(DoctorWeights, EachCheckHasItsCase) {
  Architecture a = usual_patient().architecture;
  EXPECT_EQ(said_of([](Model&) {}), Causes{});
  EXPECT_EQ(said_of([](Model& m) { fill(m, "block.1.ffn.up.weight", NAN, 3, 5); }), Causes{cause::kNonFinite});
  EXPECT_EQ(said_of([](Model& m) { fill(m, "block.1.attn.proj.weight", 5, 0, 32 * 32); }), Causes{cause::kWeights});
  EXPECT_EQ(said_of([](Model& m) { fill(m, "block.2.ffn.before.gain", 0, 0, 20); }), Causes{cause::kSizes});
  EXPECT_EQ(said_of([](Model& m) { fill(m, "block.0.ffn.up.weight", 0, 0, 32 * 40); }), Causes{cause::kDeadUnits});
  EXPECT_EQ(said_of([](Model& m) { fill(m, "embed.tokens", 50, 0, 32); }), Causes{cause::kSizes});
  a.activation = "relu";
  EXPECT_EQ(said_of([](Model& m) { fill(m, "block.3.ffn.up.bias", -30, 0, 40); }, a), Causes{cause::kDeadUnits});
  a.positions.kind = "rotary";
  EXPECT_EQ(said_of([](Model& m) { fill(m, "embed.tokens", 0, 0, 32); }, a), Causes{cause::kZeroVariance});
}

// ---- small runs: one fault of each sort. The whole table: gimbal doctor --benchmark 3 ------------------------------------------------

const Fault& fault_named(std::string_view name) {
  for (const Fault& fault : faults())
    if (fault.name == name) return fault;
  ADD_FAILURE() << "no fault " << name;
  return faults()[0];
}

TEST(DoctorFaults, AreNamedAtTheirStep) {
  set_num_threads(1);
  for (const char* name : {"one W x30", "bad batch", "eps 0", "dead ReLU"}) {
    const FaultOutcome o = run_fault(fault_named(name), 301);
    EXPECT_EQ(o.named_cause, o.true_cause) << name;
    EXPECT_GE(o.alarm_step, o.fault_step) << name;
    EXPECT_LE(o.alarm_step, o.fault_step + 20) << name;
  }
}

TEST(DoctorFaults, HealthyRunsRaiseNoAlarm) {
  set_num_threads(1);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(run_healthy(healthy_runs()[i], 302), "") << healthy_runs()[i].name;
}

TEST(DoctorFaults, ARunIsItsSeedsAlone) {
  set_num_threads(1);
  const Patient p = usual_patient();
  EXPECT_EQ(run_patient(p, {}, 9).lines, run_patient(p, {}, 9).lines);
  EXPECT_NE(run_patient(p, {}, 9).lines, run_patient(p, {}, 10).lines);
}

}  // namespace
}  // namespace gimbal::lab
