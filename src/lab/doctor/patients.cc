// The chain, the batches, the loop.
#include "lab/doctor/patients.h"

#include <cmath>

#include "train/step_line.h"

namespace gimbal::lab {
namespace {

constexpr int64_t kContext = 32;

class ChainTexts final : public Examples {
 public:
  ChainTexts(uint64_t seed, int64_t context, int64_t sequences, Strike strike)
      : chain_(seed, "doctor/chain"), texts_(seed, "doctor/texts"), context_(context), sequences_(sequences), strike_(std::move(strike)) {}
  int64_t size() const override { return 1 << 20; }
  void add(int64_t number, TokenBatch& batch) const override {
    Rng rng = texts_.child(static_cast<uint64_t>(number));
    std::vector<int32_t> tokens = {static_cast<int32_t>(rng.below(kPatientTokens))};
    while (static_cast<int64_t>(tokens.size()) <= context_) tokens.push_back(next(tokens.back(), rng.uniform()));
    const int64_t step = number / sequences_ + 1;
    if (strike_.batch && step == strike_.step) strike_.batch(tokens, rng);
    batch.add_successors(tokens);
  }

 private:
  // Successors with probabilities 0.6, 0.2, 0.15 and 0.05.
  int32_t next(int32_t token, double u) const {
    const uint64_t which = u < 0.6 ? 0 : u < 0.8 ? 1 : u < 0.95 ? 2 : 3;
    return static_cast<int32_t>(chain_.at(static_cast<uint64_t>(token) * 4 + which) % kPatientTokens);
  }

  Rng chain_, texts_;
  int64_t context_, sequences_;
  Strike strike_;
};

}  // namespace

Patient usual_patient() {
  Patient p;
  Architecture& a = p.architecture;
  a.family = "gpt2";
  a.vocab = kPatientTokens;
  a.context = kContext;
  a.layers = 4;
  a.width = 32;
  a.heads = 4;
  a.ffn_width = 64;
  a.init.kind = "xavier";
  a.init.std = 0.1;
  RunConfig& c = p.config;
  c.batch.sequences = 8;
  c.batch.context = kContext;
  c.train.steps = 100;
  c.optimizer.lr = 3e-3;
  c.schedule.kind = "constant";
  c.schedule.warmup_steps = 10;
  return p;
}

PatientRun run_patient(const Patient& patient, const Strike& strike, uint64_t seed) {
  RunConfig config = patient.config;
  config.train.seed = static_cast<int64_t>(seed);
  Model model(patient.architecture);
  model.parameters().allocate(Device::kCpu, DType::kF32);
  model.parameters().initialize(seed);
  const int64_t context = config.batch.context > 0 ? config.batch.context : kContext;
  Trainer trainer(model, config, std::make_shared<ChainTexts>(seed, context, config.batch.sequences, strike), config.train.steps);
  Rng rng(seed, "doctor/strike");
  PatientRun run;
  while (trainer.steps_done() < config.train.steps) {
    const int64_t step = trainer.steps_done() + 1;
    if (strike.weights && step >= strike.step) {
      strike.weights(model, rng, step - strike.step);
      if (compute_type(config) == DType::kBF16) model.parameters().refresh_shadows();
    }
    const StepResult r = trainer.step();
    if (!r.trouble.empty()) run.lines += trouble_line(r).dump() + "\n";
    Json line = step_line(r);
    line["health"] = health_line(r);
    run.lines += line.dump() + "\n";
    run.losses.push_back(r.loss);
    if (r.fatal) break;
  }
  return run;
}

}  // namespace gimbal::lab
