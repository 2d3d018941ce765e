// gimbal convert: a model of another form that computes the same function.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/beside_weights.h"
#include "cli/command.h"
#include "core/rng.h"
#include "models/adapter.h"
#include "models/recenter.h"
#include "models/weights.h"

namespace gimbal {
namespace {

struct Flags {
  std::string model, out;
  bool recenter = false;
};

// Logits (what the stack computes, where the head has none) on random tokens.
std::vector<double> results_on_random_tokens(Model& model) {
  const Architecture& a = model.architecture();
  const auto length = std::min<int64_t>(64, a.context);
  Rng rng(1, "convert");
  const auto sequence = [&] {
    std::vector<int32_t> ids;
    for (int64_t t = 0; t < length; ++t) ids.push_back(static_cast<int32_t>(rng.uniform() * static_cast<double>(a.vocab)));
    return ids;
  };
  const std::vector<std::vector<int32_t>> ids = {sequence()}, source = {sequence()};
  TokenRows rows = make_rows(ids, {}, a.context, model.device());
  if (a.encoder_layers > 0) rows.encoder = std::make_shared<TokenRows>(make_rows(source, {}, a.context, model.device()));
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const Var hidden = model.hidden(tape, rows, {});
  return (a.head == "language" ? model.logits(tape, hidden) : hidden).value.to_doubles();
}

double largest_difference(Model& before, Model& after) {
  const std::vector<double> left = results_on_random_tokens(before), right = results_on_random_tokens(after);
  double largest = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    const double difference = std::abs(left[i] - right[i]);
    if (!std::isfinite(difference))
      fail(
          "the model's results on random tokens hold values that are no numbers; the weights are damaged, or activations overflow (see gimbal "
          "forward)");
    largest = std::max(largest, difference);
  }
  return largest;
}

int run(const Flags& flags, const CommonFlags& common) {
  const fs::path from = flags.model, out = flags.out;
  if (!flags.recenter) fail("convert needs to be told what to do: --recenter turns the LayerNorm of a Pre-LN model into RMSNorm");
  check_new_directory(out);
  const auto model = load_model(from);
  const auto result = recentered(*model);
  const double difference = largest_difference(*model, *result);
  write_directory(out, [&](const fs::path& directory) {
    save_model(*result, directory);
    if (is_adapter(from)) copy_beside_weights(base_of_adapter(from), directory);
    copy_beside_weights(from, directory);
  });
  const int64_t parameters = result->parameters().count();
  const std::string of = result->architecture().head == "language" ? "logits" : "hidden rows";
  if (common.json) {
    std::printf("%s\n", Json({{"out", flags.out}, {"parameters", parameters}, {"largest_difference", difference}}).dump().c_str());
  } else {
    std::printf("%s\n", cat(flags.out, ": ", parameters, " parameters; largest difference of ", of, " on random tokens ", difference).c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> add_convert(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-m,--model", flags->model, "directory of the model").required();
  line.flag("--recenter", flags->recenter, "LayerNorm of a Pre-LN model becomes RMSNorm, by weights that keep the stream's mean at 0");
  line.value("--out", flags->out, "directory to write").required();
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
