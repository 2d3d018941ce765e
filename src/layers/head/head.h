// A head turns what the stack computed into answers and a loss. Each kind is one file here and one line in kinds.cc; model.head names it.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/architecture.h"
#include "layers/rows.h"

namespace gimbal {

/// Sums over what was counted: token-wise losses, and those of whole sequences.
struct Losses {
  ops::LossSums tokens, sequences;
  double inner = 0;  // distances from a teacher's hidden states and attention, as the loss counts them

  /// Mean over tokens plus mean over sequences, and the distances.
  double mean() const;
};

/// Factors of the gradient: one over what a whole window of accumulation counts. 0 where it counts nothing.
struct LossScale {
  double token = 1, sequence = 1, end = 1;  // end: of a span's second place, which may lie outside of what was kept of its text
  double row = 1, source_row = 1;           // of every row, and of an encoder's
};

/// How many losses a batch holds for LossScale.
struct LossCounts {
  int64_t tokens = 0, sequences = 0, ends = 0, rows = 0, source_rows = 0;

  LossScale scale() const {
    const auto one_over = [](int64_t n) { return n > 0 ? 1.0 / static_cast<double>(n) : 0.0; };
    return {one_over(tokens), one_over(sequences), one_over(ends), one_over(rows), one_over(source_rows)};
  }
  LossCounts& operator+=(const LossCounts& other) {
    tokens += other.tokens, sequences += other.sequences, ends += other.ends, rows += other.rows, source_rows += other.source_rows;
    return *this;
  }
};

class Head {
 public:
  virtual ~Head() = default;
  /// Answers by transformers' names: "logits" [n, v] or [b, labels], "prediction_logits", "seq_relationship_logits", "start_logits", …
  virtual std::map<std::string, Var> answers(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const = 0;
  /// The linear maps whose logits the loss compares, in the order of TokenRows::teachers: what a teacher with this head tells its student.
  virtual std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const = 0;
  /// A [1] loss, the root of the tape; its gradient is scaled, `losses` gets the plain sums.
  virtual Var loss(Tape& tape, const Var& hidden_nd, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
                   Losses& losses) const = 0;
  /// [n, v] f32 of the language-model part. Error when the head has none.
  virtual Var token_logits(Tape& tape, const Var& hidden_nd) const;
};

/// What a head may need of its model.
struct HeadParts {
  const Architecture& architecture;
  Parameter& token_table;
  Parameters& parameters;

  /// Weight "<name>.weight" [outputs, inputs] from the architecture's normal, and bias "<name>.bias".
  struct Map {
    Parameter *weight = nullptr, *bias = nullptr;
    Var apply(Tape& tape, const Var& x) const { return ops::linear(tape, x, *weight, bias); }
    Var apply_f32(Tape& tape, const Var& x) const;
    ops::LinearLogits of(Var x) const { return {std::move(x), weight, bias}; }
  };
  Map map(const std::string& name, int64_t outputs, int64_t inputs, bool with_bias) const;
};

struct HeadKind {
  std::string_view name;
  std::string_view asks;  // one line for people
  std::unique_ptr<Head> (*make)(const HeadParts& parts);
};
std::span<const HeadKind> head_kinds();
/// Error naming the nearest kind.
const HeadKind& head_kind_named(const std::string& name);

/// Targets on the device of the rows.
LossCounts count_losses(const TokenRows& rows);

/// How the head "embed" makes one row of a sequence's: mean, cls (the first) or last. model.pooling, of which auto is last for a decoder and else mean.
/// Error for one that is unknown, or that means nothing in this model.
std::string pooling_of(const Architecture& a);

/// One row a sequence: the first of an encoder ([CLS]), the last of a decoder.
std::vector<int64_t> summary_rows(const Architecture& a, const TokenRows& rows);

}  // namespace gimbal
