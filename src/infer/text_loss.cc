// Windows over texts, many in a pass.
#include "infer/text_loss.h"

#include <algorithm>

#include "infer/finite.h"
#include "infer/sampling.h"
#include "models/batch_rows.h"
#include "text/byte_alphabet.h"
#include "text/fallback_bytes.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

constexpr int64_t kRowsPerPass = 2048;

void check(const Architecture& a, const Windowing& w) {
  if (a.encoder_layers > 0 || a.mask != "causal" || (a.head != "language" && a.head != "double"))
    fail("perplexity of a text is that of a causal decoder, and this model (family ", a.family, ", head ", a.head,
         ") is none; give --task to score it on a task");
  if (w.context < 1 || w.context > a.context) fail("--context ", w.context, " is not between 1 and the model's context of ", a.context);
  if (w.stride < 1 || w.stride > w.context) fail("--stride ", w.stride, " is not between 1 and the window of ", w.context, " tokens");
}

// The negative log-likelihood of all targets, nats.
double nats_of(Model& model, const TokenBatch& batch, DType compute) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  Flow flow;
  flow.compute = compute;
  const Var hidden = model.hidden(tape, rows_of(batch, model.device()), flow);
  std::vector<int64_t> asked;
  for (int64_t row = 0; row < batch.rows(); ++row)
    if (batch.targets[static_cast<size_t>(row)] >= 0) asked.push_back(row);
  const Tensor logits = model.logits(tape, ops::take_rows(tape, hidden, asked)).value.to(DType::kF32, Device::kCpu);
  double nats = 0;
  for (size_t i = 0; i < asked.size(); ++i) {
    const std::span<const float> row(logits.data<float>() + static_cast<int64_t>(i) * logits.cols(), static_cast<size_t>(logits.cols()));
    check_finite(row, "the logits after token ", asked[i]);
    nats += log_sum_exp(row) - static_cast<double>(row[static_cast<size_t>(batch.targets[static_cast<size_t>(asked[i])])]);
  }
  return nats;
}

int64_t bytes_before(std::string_view text, int32_t characters) {
  size_t bytes = 0;
  for (; characters > 0 && bytes < text.size(); --characters) bytes += text::character_length(text[bytes]);
  return static_cast<int64_t>(std::min(bytes, text.size()));
}

// Bytes of the text that its first token stands for. Offsets tell, unless the token is a part of a character: it then is spelled in bytes.
int64_t bytes_of_first(const Tokenizer& tokenizer, std::string_view text, const Encoding& encoding) {
  const auto [begin, end] = encoding.offsets[0];
  const bool shared = end > begin && std::any_of(encoding.offsets.begin() + 1, encoding.offsets.end(),
                                                 [&](const auto& other) { return other.second > other.first && other.first < end; });
  if (!shared) return bytes_before(text, end);
  const std::string token = tokenizer.token(encoding.ids[0]);
  const auto own = static_cast<int64_t>(text::fallback_byte(token) >= 0 ? 1 : text::bytes_of_token(token).size());
  return std::min(bytes_before(text, begin) + own, bytes_before(text, end));
}

}  // namespace

TextLoss text_loss(Model& model, const Tokenizer& tokenizer, std::span<const std::string> texts, const Windowing& windowing, DType compute) {
  check(model.architecture(), windowing);
  TextLoss loss;
  TokenBatch batch;
  const auto compute_batch = [&] {
    if (batch.sequences() == 0) return;
    loss.nats += nats_of(model, batch, compute);
    batch = TokenBatch();
  };
  for (const std::string& text : texts) {
    const Encoding encoding = tokenizer.encode_with_offsets(text, AddSpecial::kYes);
    const std::vector<int32_t>& ids = encoding.ids;
    const auto last = static_cast<int64_t>(ids.size()) - 1;  // tokens 1 … last are predicted
    if (last < 1) continue;
    loss.tokens += last;
    loss.bytes += static_cast<int64_t>(text.size()) - bytes_of_first(tokenizer, text, encoding);
    for (int64_t answered = 0; answered < last;) {
      const int64_t end = std::min(last, answered == 0 ? windowing.context : answered + windowing.stride);
      const int64_t begin = std::max<int64_t>(0, end - windowing.context);
      Sequence window;
      window.ids.assign(ids.begin() + begin, ids.begin() + end);
      window.targets.assign(ids.begin() + begin + 1, ids.begin() + end + 1);
      std::fill_n(window.targets.begin(), answered - begin, kIgnoredTarget);
      batch.add(window);
      answered = end;
      if (batch.rows() >= kRowsPerPass) compute_batch();
    }
  }
  compute_batch();
  return loss;
}

}  // namespace gimbal
