// E36, sequence to sequence, one arm.
#include "lab/studies/reversal.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "lab/nets/learner.h"
#include "lab/nets/seq2seq.h"
#include "lab/studies/choice.h"
#include "models/family.h"
#include "models/model.h"

namespace gimbal::lab::reversal {
namespace {

using nets::Sequences;

struct Pairs {
  Sequences sources, targets;
};
Pairs draw(int64_t count, const Settings& s, Rng rng) {
  Pairs pairs;
  for (int64_t b = 0; b < count; ++b) {
    auto& source = pairs.sources.emplace_back();
    for (int64_t t = 0; t < s.length; ++t) source.push_back(static_cast<int32_t>(rng.below(static_cast<uint64_t>(s.symbols))));
    pairs.targets.emplace_back(source.rbegin(), source.rend());
  }
  return pairs;
}

/// What both kinds of net are to this study.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Parameters& parameters() = 0;
  virtual Var loss(Tape& tape, const Pairs& pairs, ops::LossSums& sums) = 0;
  virtual Sequences answers(const Sequences& sources, int64_t length) = 0;
};

class RecurrentWriter final : public Writer {
 public:
  RecurrentWriter(const nets::Seq2SeqSettings& settings, uint64_t seed) : net_(settings) {
    net_.parameters().allocate(Device::kCpu, DType::kF32);
    net_.parameters().initialize(seed);
  }
  Parameters& parameters() override { return net_.parameters(); }
  Var loss(Tape& tape, const Pairs& pairs, ops::LossSums& sums) override { return net_.loss(tape, pairs.sources, pairs.targets, sums); }
  Sequences answers(const Sequences& sources, int64_t length) override { return net_.answers(sources, length); }

 private:
  nets::Seq2Seq net_;
};

class TransformerWriter final : public Writer {
 public:
  TransformerWriter(const Settings& s, uint64_t seed) : start_(static_cast<int32_t>(s.symbols)), model_(architecture(s)) {
    model_.parameters().allocate(Device::kCpu, DType::kF32);
    model_.parameters().initialize(seed);
  }
  Parameters& parameters() override { return model_.parameters(); }

  Var loss(Tape& tape, const Pairs& pairs, ops::LossSums& sums) override {
    Sequences read = pairs.targets;
    for (auto& sequence : read) std::rotate(sequence.begin(), sequence.end() - 1, sequence.end()), sequence[0] = start_;
    const TokenRows rows = rows_of(pairs.sources, read, pairs.targets);
    Losses losses;
    const Var loss = model_.loss(tape, model_.hidden(tape, rows, {}), rows, {}, {.token = 1 / static_cast<double>(rows.rows())}, losses);
    sums.loss += losses.tokens.loss;
    sums.weight += losses.tokens.weight;
    return loss;
  }

  Sequences answers(const Sequences& sources, int64_t length) override {
    Sequences read(sources.size(), std::vector<int32_t>{start_});
    for (int64_t t = 0; t < length; ++t) {
      Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
      const Tensor logits = model_.logits(tape, model_.hidden(tape, rows_of(sources, read, {}), {})).value;
      for (size_t b = 0; b < read.size(); ++b) {
        const float* row = logits.data<float>() + (static_cast<int64_t>(b) * (t + 1) + t) * logits.cols();
        read[b].push_back(static_cast<int32_t>(std::max_element(row, row + start_) - row));
      }
    }
    for (auto& sequence : read) sequence.erase(sequence.begin());
    return read;
  }

 private:
  static Architecture architecture(const Settings& s) {
    Architecture a = family_named("transformer").defaults();
    a.vocab = s.symbols + 1;
    a.context = s.length + 1;
    a.layers = a.encoder_layers = 2;
    a.width = s.width;
    a.heads = 4;
    a.ffn_width = 2 * s.width;
    a.dropout = 0;
    return a;
  }
  TokenRows rows_of(const Sequences& sources, const Sequences& read, const Sequences& targets) const {
    const int64_t context = model_.architecture().context;
    TokenRows rows = make_rows(read, targets, context, Device::kCpu);
    rows.encoder = std::make_shared<TokenRows>(make_rows(sources, {}, context, Device::kCpu));
    return rows;
  }

  int32_t start_;
  Model model_;
};

std::unique_ptr<Writer> make_writer(const Settings& s, uint64_t seed) {
  const auto kind = chosen_by_name<int>(s.net, "net", {{"recurrent", 0}, {"attention", 1}, {"transformer", 2}});
  if (kind == 2) return std::make_unique<TransformerWriter>(s, seed);
  nets::Seq2SeqSettings shape{.vocab = s.symbols, .width = s.width, .attention = kind == 1 ? nets::Attention::kAdditive : nets::Attention::kNone};
  shape.layer.cell = chosen_by_name<nets::Cell>(s.cell, "cell", {{"lstm", nets::Cell::kLstm}, {"gru", nets::Cell::kGru}});
  shape.layer.norm = {.kind = s.norm, .groups = 4};
  return std::make_unique<RecurrentWriter>(shape, seed);
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const auto writer = make_writer(s, seed);
  const auto optimizer = make_optimizer(nets::plain_adam(s.lr), writer->parameters());
  const Rng data(seed, "lab/reversal");
  Result result{.parameters = static_cast<double>(writer->parameters().count())};
  const auto begin = std::chrono::steady_clock::now();
  const int64_t tail = std::min<int64_t>(20, s.steps);
  for (int64_t step = 0; step < s.steps; ++step) {
    writer->parameters().clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    ops::LossSums sums;
    tape.backward(writer->loss(tape, draw(s.batch, s, data.child(static_cast<uint64_t>(step))), sums));
    if (step >= s.steps - tail) result.loss += sums.loss / sums.weight / static_cast<double>(tail);
    optimizer->step(s.lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const Pairs test = draw(128, s, data.child(1'000'000));
  const Sequences answers = writer->answers(test.sources, s.length);
  for (size_t b = 0; b < answers.size(); ++b) {
    result.sequence_error += answers[b] != test.targets[b] ? 1.0 / static_cast<double>(answers.size()) : 0;
    for (size_t t = 0; t < answers[b].size(); ++t)
      result.symbol_error += answers[b][t] != test.targets[b][t] ? 1.0 / static_cast<double>(answers.size() * answers[b].size()) : 0;
  }
  return result;
}

}  // namespace gimbal::lab::reversal
