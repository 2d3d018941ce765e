// The faults, the healthy designs, and how a run of either is judged.
#include "lab/doctor/faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "layers/residual/residual.h"

namespace gimbal::lab {
namespace {

int64_t strike_step(uint64_t seed) { return 40 + static_cast<int64_t>(Rng(seed, "doctor/when").below(21)); }

void multiply(Parameter& p, double factor) {
  float* x = p.value.data<float>();
  for (int64_t i = 0; i < p.value.elements(); ++i) x[i] = static_cast<float>(x[i] * factor);
}

Parameter& named(Model& model, const std::string& name) {
  Parameter* p = model.parameters().find(name);
  GIMBAL_ASSERT(p, "no parameter ", name);
  return *p;
}

// A Llama: nothing is added to a token's embedding, so a row without variance stays one.
void llama_like(Patient& p) {
  Architecture& a = p.architecture;
  a.family = "llama";
  a.norm.kind = "rms";
  a.norm.eps = 1e-6;
  a.positions.kind = "rotary";
  a.activation = "swiglu";
  a.bias = false;
}

void deep_branch(Patient& p) {
  p.architecture.placement = "branch";
  p.architecture.layers = 24;
  p.architecture.slot_norms.qk = NormConfig{.kind = "rms", .eps = 1e-6};
  p.config.train.steps = 70;
}

void deepnorm(Patient& p) {
  p.architecture.placement = "post";
  p.architecture.layers = 12;
  p.architecture.residual.kind = "deepnorm";
}

void t5_like(Patient& p) {
  Architecture& a = p.architecture;
  a.norm.kind = "rms";
  a.norm.eps = 1e-6;
  a.init.kind = "fan-in";
  a.init.std = 1;
  a.scale_logits = true;
}

void relu(Patient& p) { p.architecture.activation = "relu"; }
void in_bf16(Patient& p) { p.config.train.dtype = "bf16"; }

// One matrix of one block, thirty times as large from one step to the next.
void one_matrix(Strike& strike, const Patient& p, uint64_t seed) {
  strike.step = strike_step(seed);
  strike.weights = [layers = p.architecture.layers](Model& model, Rng& rng, int64_t since) {
    if (since > 0) return;
    constexpr std::array kMatrices = {"attn.proj.weight", "ffn.up.weight", "ffn.down.weight"};
    const auto block = rng.below(static_cast<uint64_t>(layers));
    multiply(named(model, cat("block.", block, ".", kMatrices[rng.below(kMatrices.size())])), 30);
  };
}

// A branch that triples in each step, whatever the optimizer does.
void growing_branch(Strike& strike, const Patient& p, uint64_t seed) {
  strike.step = strike_step(seed) - 25;
  strike.weights = [layers = p.architecture.layers, seed](Model& model, Rng&, int64_t) {
    multiply(named(model, cat("block.", Rng(seed, "doctor/which").below(static_cast<uint64_t>(layers)), ".ffn.down.weight")), 3);
  };
}

void one_batch(Strike& strike, const Patient&, uint64_t seed) {
  strike.step = strike_step(seed);
  strike.batch = [constant = seed % 2 == 0](std::vector<int32_t>& tokens, Rng& rng) {
    for (int32_t& token : tokens) token = constant ? 7 : static_cast<int32_t>(rng.below(kPatientTokens));
  };
}

void dead_block(Strike& strike, const Patient& p, uint64_t seed) {
  strike.step = strike_step(seed);
  strike.weights = [layers = p.architecture.layers](Model& model, Rng& rng, int64_t since) {
    if (since > 0) return;
    Parameter& bias = named(model, cat("block.", rng.below(static_cast<uint64_t>(layers)), ".ffn.up.bias"));
    for (int64_t i = 0; i < bias.value.elements(); ++i) bias.value.data<float>()[i] = -30;
  };
}

// One token's row is zero and stays it, as a table's padding row does; it shows with the first batch that holds the token.
void zero_row(Strike& strike, const Patient& p, uint64_t seed) {
  strike.step = strike_step(seed);
  const auto row = static_cast<int64_t>(Rng(seed, "doctor/which").below(static_cast<uint64_t>(p.architecture.vocab)));
  strike.weights = [row](Model& model, Rng&, int64_t) {
    Parameter& table = named(model, "embed.tokens");
    std::fill_n(table.value.data<float>() + row * table.value.cols(), table.value.cols(), 0.0f);
  };
}

constexpr std::array kFaults = {
    Fault{"rate x10", cause::kLearningRate, "the learning rate is ten times that of a good one", [](Patient& p) { p.config.optimizer.lr = 1e-2; },
          [](Patient& p) { p.config.optimizer.lr *= 10; }, nullptr},
    Fault{"one W x30", cause::kWeights, "one matrix of one block is thirty times as large", nullptr, nullptr, one_matrix},
    Fault{"no QK-norm", cause::kNoQkNorm, "placement branch at 24 layers without QK-norm", deep_branch,
          [](Patient& p) { p.architecture.slot_norms.qk.reset(); }, nullptr},
    Fault{"no final norm", cause::kNoFinalNorm, "pre-norm whose stream reaches the head un-normed", nullptr,
          [](Patient& p) { p.architecture.slot_norms.final = NormConfig{.kind = "none"}; }, nullptr},
    Fault{"DeepNorm's sign", cause::kDeepNorm, "beta = (8N)^(+1/4) at 12 layers", deepnorm,
          [](Patient& p) { p.architecture.residual.beta = 1 / deepnorm_constants(main_depth(p.architecture)).beta; }, nullptr},
    Fault{"eps 0", cause::kEps, "norms without eps, and a token without variance", llama_like, [](Patient& p) { p.architecture.norm.eps = 0; },
          zero_row},
    Fault{"overflow", cause::kOverflow, "bf16, and a branch that triples in each step", in_bf16, nullptr, growing_branch},
    Fault{"bad batch", cause::kBatch, "one batch of one token repeated (even seeds) or of random tokens (odd seeds)", nullptr, nullptr, one_batch},
    Fault{"BatchNorm of 2 tokens", cause::kFewTokens, "BatchNorm whose micro-batches are one sequence of two tokens",
          [](Patient& p) { p.config.batch.context = 2, p.config.batch.sequences = 64; },
          [](Patient& p) { p.architecture.norm.kind = "batch", p.config.batch.micro_sequences = 1; }, nullptr},
    Fault{"tied scale", cause::kTiedScale, "a head that shares a table of unit size, without the division by sqrt(width)", t5_like,
          [](Patient& p) { p.architecture.scale_logits = false; }, nullptr},
    Fault{"dead ReLU", cause::kDeadUnits, "no unit of one block fires any more", relu, nullptr, dead_block},
    Fault{"zero-variance token", cause::kZeroVariance, "the row of one token is zero", llama_like, nullptr, zero_row},
};

constexpr std::array kHealthy = {
    HealthyRun{"pre, GELU", nullptr},
    HealthyRun{"Llama", llama_like},
    HealthyRun{"post, 4 layers, warm-up", [](Patient& p) { p.architecture.placement = "post", p.config.schedule.warmup_steps = 30; }},
    HealthyRun{"embed-pre, ALiBi", [](Patient& p) { p.architecture.placement = "embed-pre", p.architecture.positions.kind = "alibi"; }},
    HealthyRun{"sandwich, 8 layers", [](Patient& p) { p.architecture.placement = "sandwich", p.architecture.layers = 8; }},
    HealthyRun{"sub", [](Patient& p) { p.architecture.placement = "sub"; }},
    HealthyRun{"branch with QK-norm, 24 layers", deep_branch},
    HealthyRun{"DeepNorm, 12 layers", deepnorm},
    HealthyRun{"T5-like", t5_like},
    HealthyRun{"ReLU, dropout 0.1, bf16", [](Patient& p) { relu(p), in_bf16(p), p.architecture.dropout = 0.1; }},
    HealthyRun{"ReZero, DyT", [](Patient& p) { p.architecture.residual.kind = "rezero", p.architecture.norm.kind = "dyt"; }},
    HealthyRun{"small batches, cosine", [](Patient& p) { p.config.batch.sequences = 2, p.config.schedule.kind = "cosine"; }},
};

Patient sound_patient(const Fault& fault) {
  Patient p = usual_patient();
  if (fault.sound) fault.sound(p);
  return p;
}

Diagnosis diagnose(const PatientRun& run, std::optional<TrainingPlan> plan) {
  return diagnose_log(read_run_lines(run.lines, "the log", Columns::kEveryStep), std::move(plan));
}

TrainingPlan plan_of(const Patient& p) { return {.architecture = p.architecture, .run = p.config}; }

double middle_of_three(const std::vector<double>& values, size_t i) {
  const double a = values[i - 1], b = values[i], c = values[i + 1];
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

// A step's own loss where it is out by a nat (a bad batch lasts one step), else the median of three.
int64_t first_damage(const std::vector<double>& losses, const std::vector<double>& sound) {
  for (size_t i = 0; i < losses.size(); ++i) {
    if (!std::isfinite(losses[i]) || losses[i] > sound[i] + 1) return static_cast<int64_t>(i) + 1;
    if (i > 0 && i + 1 < std::min(losses.size(), sound.size()) && middle_of_three(losses, i) > middle_of_three(sound, i) + 0.3)
      return static_cast<int64_t>(i) + 1;
  }
  return -1;
}

}  // namespace

std::span<const Fault> faults() { return kFaults; }
std::span<const HealthyRun> healthy_runs() { return kHealthy; }

FaultOutcome run_fault(const Fault& fault, uint64_t seed) {
  const Patient sound = sound_patient(fault);
  Patient sick = sound;
  if (fault.design) fault.design(sick);
  Strike strike;
  if (fault.strike) fault.strike(strike, sick, seed);
  const PatientRun run = run_patient(sick, strike, seed);
  FaultOutcome outcome;
  outcome.fault = fault.name;
  outcome.true_cause = fault.cause;
  outcome.seed = seed;
  outcome.fault_step = std::max<int64_t>(1, strike.step);
  outcome.damage_step = first_damage(run.losses, run_patient(sound, {}, seed).losses);
  const Diagnosis with = diagnose(run, plan_of(sick)), without = diagnose(run, std::nullopt);
  if (!with.healthy()) {
    outcome.named_cause = with.findings.front().cause;
    outcome.alarm_step = with.findings.front().step;
  }
  if (!without.healthy()) outcome.by_log_alone = without.findings.front().cause;
  return outcome;
}

std::string run_healthy(const HealthyRun& healthy, uint64_t seed) {
  Patient p = usual_patient();
  if (healthy.design) healthy.design(p);
  const Diagnosis d = diagnose(run_patient(p, {}, seed), plan_of(p));
  return d.healthy() ? "" : cat(d.findings.front().cause, " at step ", d.findings.front().step);
}

int64_t FaultTable::rightly() const {
  int64_t count = 0;
  for (const Fault& fault : kFaults)
    count += std::all_of(outcomes.begin(), outcomes.end(), [&](const FaultOutcome& o) { return o.fault != fault.name || o.named_rightly(); });
  return count;
}

int64_t FaultTable::false_alarms() const {
  return std::count_if(healthy.begin(), healthy.end(), [](const HealthyOutcome& run) { return !run.alarm.empty(); });
}

FaultTable run_fault_benchmark(std::span<const uint64_t> seeds) {
  FaultTable table;
  for (const Fault& fault : kFaults)
    for (const uint64_t seed : seeds) table.outcomes.push_back(run_fault(fault, seed));
  for (const HealthyRun& run : kHealthy)
    for (const uint64_t seed : seeds) table.healthy.push_back({std::string(run.name), seed, run_healthy(run, seed)});
  return table;
}

Json to_json(const FaultTable& table) {
  Json outcomes = Json::array(), healthy = Json::array();
  for (const FaultOutcome& o : table.outcomes)
    outcomes.push_back({{"fault", o.fault},
                        {"seed", o.seed},
                        {"cause", o.true_cause},
                        {"named", o.named_cause},
                        {"by_log_alone", o.by_log_alone},
                        {"fault_step", o.fault_step},
                        {"alarm_step", o.alarm_step},
                        {"damage_step", o.damage_step}});
  for (const HealthyOutcome& run : table.healthy) healthy.push_back({{"run", run.name}, {"seed", run.seed}, {"alarm", run.alarm}});
  return {{"faults", outcomes}, {"healthy", healthy}, {"named_rightly", table.rightly()}, {"false_alarms", table.false_alarms()}};
}

std::string to_text(const FaultTable& table) {
  const auto step = [](int64_t s) { return s < 0 ? std::string("-") : std::to_string(s); };
  char line[240];
  std::snprintf(line, sizeof line, "%-23s %5s  %-22s %-22s %6s %6s %6s %5s\n", "fault", "seed", "named", "from the log alone", "fault", "alarm",
                "damage", "lead");
  std::string text = line;
  for (const FaultOutcome& o : table.outcomes) {
    const auto name = [](const std::string& cause) { return cause.empty() ? "(nothing)" : cause.c_str(); };
    const std::string lead = o.damage_step >= 0 && o.alarm_step >= 0 ? std::to_string(o.damage_step - o.alarm_step) : "-";
    std::snprintf(line, sizeof line, "%-23s %5llu  %-22s %-22s %6s %6s %6s %5s%s\n", o.fault.c_str(), static_cast<unsigned long long>(o.seed),
                  name(o.named_cause), name(o.by_log_alone), step(o.fault_step).c_str(), step(o.alarm_step).c_str(), step(o.damage_step).c_str(),
                  lead.c_str(), o.named_rightly() ? "" : "   WRONG");
    text += line;
  }
  text += "\nhealthy run                      alarm\n";
  for (size_t i = 0; i < table.healthy.size();) {  // the seeds of a design stand one behind the other
    const std::string& name = table.healthy[i].name;
    std::string alarms;
    for (; i < table.healthy.size() && table.healthy[i].name == name; ++i)
      if (!table.healthy[i].alarm.empty()) alarms += cat(alarms.empty() ? "" : ", ", table.healthy[i].alarm, " (seed ", table.healthy[i].seed, ")");
    std::snprintf(line, sizeof line, "%-32s %s\n", name.c_str(), alarms.empty() ? "none" : alarms.c_str());
    text += line;
  }
  const auto rightly = std::count_if(table.outcomes.begin(), table.outcomes.end(), [](const FaultOutcome& o) { return o.named_rightly(); });
  const auto by_log =
      std::count_if(table.outcomes.begin(), table.outcomes.end(), [](const FaultOutcome& o) { return o.by_log_alone == o.true_cause; });
  return text + cat("\n", table.rightly(), " of ", kFaults.size(), " faults named rightly under every seed (", rightly, " of ", table.outcomes.size(),
                    " runs; ", by_log, " from the log alone); ", table.false_alarms(), " false alarms in ", table.healthy.size(), " healthy runs\n");
}

}  // namespace gimbal::lab
