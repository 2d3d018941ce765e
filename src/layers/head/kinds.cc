// The list of heads, and what they share.
#include <algorithm>
#include <array>

#include "layers/design.h"
#include "layers/head/head.h"

namespace gimbal {

std::unique_ptr<Head> make_language_head(const HeadParts&), make_masked_head(const HeadParts&), make_pretraining_head(const HeadParts&),
    make_classify_head(const HeadParts&), make_regress_head(const HeadParts&), make_tokens_head(const HeadParts&), make_span_head(const HeadParts&),
    make_choice_head(const HeadParts&), make_double_head(const HeadParts&), make_embed_head(const HeadParts&),
    make_rerank_head(const HeadParts&), make_no_head(const HeadParts&);

namespace {

constexpr std::array kHeads = {
    HeadKind{"language", "the next token (decoders, encoder-decoders, blank infilling)", make_language_head},
    HeadKind{"masked", "the token behind each mask (BERT)", make_masked_head},
    HeadKind{"pretraining", "masked tokens, and whether two parts belong together (BERT)", make_pretraining_head},
    HeadKind{"classify", "one class a sequence", make_classify_head},
    HeadKind{"regress", "one number a sequence", make_regress_head},
    HeadKind{"tokens", "one class a token", make_tokens_head},
    HeadKind{"span", "where an answer begins and ends", make_span_head},
    HeadKind{"choice", "which of several sequences is right", make_choice_head},
    HeadKind{"double", "the next token, and which of several sequences is right (GPT-1)", make_double_head},
    HeadKind{"embed", "a vector for each sequence, near to those that it goes with", make_embed_head},
    HeadKind{"rerank", "whether a document answers a query, both in one sequence", make_rerank_head},
    HeadKind{"none", "nothing: the stack's output itself", make_no_head},
};

double mean_of(const ops::LossSums& sums) { return sums.weight > 0 ? sums.loss / sums.weight : 0; }

}  // namespace

double Losses::mean() const { return mean_of(tokens) + mean_of(sequences) + inner; }

std::span<const HeadKind> head_kinds() { return kHeads; }

const HeadKind& head_kind_named(const std::string& name) {
  std::vector<std::string> names;
  for (const HeadKind& kind : kHeads) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("unknown model.head '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

Var Head::token_logits(Tape&, const Var&) const { fail("this model's head says nothing about the next token; generation needs model.head language"); }

HeadParts::Map HeadParts::map(const std::string& name, int64_t outputs, int64_t inputs, bool with_bias) const {
  Map m;
  m.weight = &parameters.make(name + ".weight", Shape{outputs, inputs}, {{outputs, InitPart::Kind::kNormal, std::min(architecture.init.std_at(architecture.width), 0.02)}},
                              Decay::kYes);
  if (with_bias) m.bias = &parameters.make_constant(name + ".bias", Shape{outputs}, 0);
  return m;
}

Var HeadParts::Map::apply_f32(Tape& tape, const Var& x) const {
  return ops::linear(tape, x, *weight, bias, x.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32);
}

LossCounts count_losses(const TokenRows& rows) {
  LossCounts counts;
  counts.rows = rows.rows();
  counts.source_rows = rows.encoder ? rows.encoder->rows() : 0;
  if (rows.targets_n) {
    const Tensor targets = rows.targets_n.to(DType::kI32, Device::kCpu);
    counts.tokens = std::count_if(targets.data<int32_t>(), targets.data<int32_t>() + targets.elements(), [](int32_t t) { return t >= 0; });
  }
  counts.sequences =
      std::count_if(rows.labels.begin(), rows.labels.end(), [](int32_t label) { return label >= 0; }) + static_cast<int64_t>(rows.values.size());
  const auto inside = [&](const std::vector<int32_t>& places) {
    int64_t n = 0;
    for (size_t s = 0; s < places.size(); ++s) n += places[s] >= 0 && places[s] < (*rows.segments)[s].q_len;
    return n;
  };
  counts.sequences += inside(rows.span_begins);
  counts.ends = inside(rows.span_ends);
  return counts;
}

std::vector<int64_t> summary_rows(const Architecture& a, const TokenRows& rows) {
  const bool first = a.mask == "full";
  std::vector<int64_t> at;
  for (const ops::Segment& s : *rows.segments) {
    const int64_t place = rows.summary_places.empty() ? (first ? 0 : s.q_len - 1) : rows.summary_places[at.size()];
    at.push_back(s.q_begin + place);
  }
  return at;
}

}  // namespace gimbal
