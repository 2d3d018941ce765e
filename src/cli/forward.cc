// gimbal forward: what a model computes for given ids, for parity with other tools: logits, hidden states, loss, gradients.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/model_flags.h"
#include "core/json.h"
#include "formats/safetensors.h"
#include "models/weights.h"

namespace gimbal {
namespace {

struct Flags {
  ModelFlags model;
  std::string ids, labels, out;
  bool grads = false;
};

using Sequences = std::vector<std::vector<int32_t>>;

// The label at position t is compared with the logits at t - 1, as transformers' causal models do; -100 (any negative id) is not counted.
Sequences shifted(const Sequences& labels, const Sequences& ids, int64_t vocab) {
  if (labels.size() != ids.size()) fail("--labels has ", labels.size(), " sequences and --ids has ", ids.size(), "; give one label for each id");
  Sequences targets = labels;
  for (size_t s = 0; s < labels.size(); ++s) {
    if (labels[s].size() != ids[s].size())
      fail("sequence ", s + 1, " has ", ids[s].size(), " ids but ", labels[s].size(), " labels; give one label for each id");
    for (const int32_t label : labels[s])
      if (label >= vocab) fail("label ", label, " of sequence ", s + 1, " is outside the vocabulary of ", vocab, " entries; -100 is not counted");
    targets[s].erase(targets[s].begin());
    targets[s].push_back(-100);
  }
  return targets;
}

double counted(const Sequences& targets) {
  int64_t n = 0;
  for (const auto& sequence : targets) n += std::count_if(sequence.begin(), sequence.end(), [](int32_t t) { return t >= 0; });
  if (n == 0) fail("--labels has nothing to count: the first label of a sequence has no logits before it, and -100 is passed over");
  return static_cast<double>(n);
}

// The tensors of one pass, by their names in the file; all f32.
std::map<std::string, Tensor> compute(Model& model, const Sequences& ids, const Flags& f) {
  const Architecture& a = model.architecture();
  const bool has_labels = !f.labels.empty();
  const Sequences targets = has_labels ? shifted(parse_id_lists(f.labels, "--labels"), ids, a.vocab) : Sequences();
  const TokenRows rows = make_rows(ids, targets, a.context, model.device());
  const double count = has_labels ? counted(targets) : 1;

  Flow flow;
  flow.compute = f.model.compute();
  if (flow.compute == DType::kBF16) model.parameters().refresh_shadows();
  std::vector<Tensor> hidden_states;
  flow.hidden = &hidden_states;
  Tape tape(f.grads ? Tape::Mode::kRecord : Tape::Mode::kInference, Tape::Phase::kEval);
  const Var hidden = model.hidden(tape, rows, flow);

  std::map<std::string, Tensor> out;
  Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
  out["logits"] = model.logits(unrecorded, Tape::constant(hidden.value)).value;
  for (size_t i = 0; i < hidden_states.size(); ++i) out[cat("hidden.", i)] = hidden_states[i];
  if (has_labels) {
    ops::LossSums sums;
    const Var loss = model.loss(tape, hidden, rows, {}, 1 / count, sums);
    out["loss"] = loss.value.reshape(Shape{});
    if (f.grads) {
      tape.backward(loss);
      for (const DiskTensor& entry : disk_layout(model))
        if (entry.parameter->grad_written) out["grad." + entry.name] = to_disk(entry, entry.parameter->grad);
    }
  }
  for (auto& [name, tensor] : out) tensor = tensor.to(DType::kF32, Device::kCpu);
  return out;
}

int run(const Flags& f, const CommonFlags& common) {
  if (f.grads && f.labels.empty()) fail("--grads needs --labels: gradients are those of the loss");
  f.model.compute();
  const Sequences ids = parse_id_lists(text_or_stdin(f.ids), "--ids");
  const std::unique_ptr<Model> model = load_model(f.model.directory, f.model.on());
  const std::map<std::string, Tensor> out = compute(*model, ids, f);
  write_safetensors(f.out, out);
  const bool has_loss = out.contains("loss");
  if (common.json) {
    Json json = {{"out", f.out}, {"tensors", Json::object()}, {"loss", has_loss ? Json(out.at("loss").at(0)) : Json(nullptr)}};
    for (const auto& [name, tensor] : out) json["tensors"][name] = std::vector<int64_t>(tensor.shape().sizes().begin(), tensor.shape().sizes().end());
    std::printf("%s\n", json.dump().c_str());
  } else if (has_loss) {
    std::printf("loss %.9g\n", out.at("loss").at(0));
  }
  return 0;
}

}  // namespace

std::function<int()> add_forward(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->model.declare(line);
  line.value("--ids", flags->ids, "token ids as 1,2,3;4,5: sequences parted by ';', no padding; - reads standard input").required();
  line.value("--labels", flags->labels,
                 "ids in the same form, one for each id; the label at a place is compared with the logits before it; -100 is not counted");
  line.flag("--grads", flags->grads, "write the gradient of the loss by every weight");
  line.value("-o,--out", flags->out,
                 "safetensors file to write: logits, hidden.0 (embeddings), hidden.i (block i), loss, grad.<name on disk>; f32")
      .required();
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
