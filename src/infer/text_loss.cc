// Windows over texts, many in a pass.
#include "infer/text_loss.h"

#include <algorithm>

#include "infer/predictor.h"

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

}  // namespace

TextLoss text_loss(Model& model, const Tokenizer& tokenizer, std::span<const std::string> texts, const Windowing& windowing, DType compute) {
  check(model.architecture(), windowing);
  TextLoss loss;
  TokenBatch batch;
  const auto compute_batch = [&] {
    if (batch.sequences() == 0) return;
    for (const double likelihood : target_likelihoods(model, batch, compute)) loss.nats -= likelihood;
    batch = TokenBatch();
  };
  for (const std::string& text : texts) {
    const std::vector<int32_t> ids = tokenizer.encode(text, AddSpecial::kYes);
    const auto last = static_cast<int64_t>(ids.size()) - 1;  // tokens 1 … last are predicted
    if (last < 1) continue;
    loss.tokens += last;
    loss.bytes += static_cast<int64_t>(text.size());
    if (!tokenizer.is_special(ids[0])) loss.bytes -= static_cast<int64_t>(tokenizer.decode({ids.data(), 1}, SkipSpecial::kNo).size());
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
