// gimbal forward: what a model computes for given ids, for parity with other tools: logits, hidden states, loss, gradients.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/model_flags.h"
#include "core/fields.h"
#include "formats/safetensors.h"
#include "models/weights.h"
#include "train/trainer.h"

namespace gimbal {
namespace {

struct Flags {
  ModelFlags model;
  std::string ids, labels, types, decoder_ids, positions, block_positions, prefixes, pair_labels, out;
  int64_t choices = 1;
  bool grads = false;
};

using Lists = std::vector<std::vector<int32_t>>;

// One list for each sequence of ids, as long as it; empty lists where the flag was not given.
Lists lists_beside(const std::string& text, const Lists& ids, const char* flag) {
  if (text.empty()) return Lists(ids.size());
  Lists lists = parse_id_lists(text, flag);
  if (lists.size() != ids.size()) fail(flag, " has ", lists.size(), " sequences and there are ", ids.size(), " of ids; give one value for each id");
  for (size_t s = 0; s < ids.size(); ++s)
    if (lists[s].size() != ids[s].size()) fail("sequence ", s + 1, " has ", ids[s].size(), " ids but ", lists[s].size(), " values in ", flag);
  return lists;
}

// One number for each of `count` sequences, whether parted by ',' or ';'.
std::vector<int32_t> one_each(const std::string& text, size_t count, const char* flag) {
  std::vector<int32_t> values;
  for (const auto& list : parse_id_lists(text, flag)) values.insert(values.end(), list.begin(), list.end());
  if (values.size() != count) fail(flag, " has ", values.size(), " values; this head needs ", count);
  return values;
}

void check_labels(const Lists& labels, int64_t limit) {
  for (size_t s = 0; s < labels.size(); ++s)
    for (const int32_t label : labels[s])
      if (label >= limit) fail("label ", label, " of sequence ", s + 1, " is outside of the ", limit, " that the model knows; -100 is not counted");
}

// The label at position t is compared with the logits at t - 1, as transformers' causal models do; -100 (any negative id) is not counted.
Lists shifted(Lists labels) {
  for (auto& list : labels) {
    if (list.empty()) continue;
    list.erase(list.begin());
    list.push_back(kIgnoredTarget);
  }
  return labels;
}

// What a decoder reads when it is to say `labels`: its start token and the labels before the last; ignored ones read as padding.
Lists read_for(const Lists& labels, const Architecture& a) {
  const auto start = static_cast<int32_t>(a.bos.value_or(0)), pad = static_cast<int32_t>(a.pad.value_or(0));
  Lists ids;
  for (const auto& list : labels) {
    auto& sequence = ids.emplace_back(1, start);
    for (size_t t = 0; t + 1 < list.size(); ++t) sequence.push_back(list[t] < 0 ? pad : list[t]);
  }
  return ids;
}

bool is_per_token(const std::string& head) {
  return head == "language" || head == "masked" || head == "pretraining" || head == "tokens" || head == "double";
}

void read_sequence_labels(const Flags& f, const Architecture& a, TokenBatch& batch) {
  const auto count = static_cast<size_t>(batch.sequences());
  if (a.head == "span") {
    for (const auto& list : parse_id_lists(f.labels, "--labels")) {
      if (list.size() != 2) fail("--labels of a span head are begin,end for each sequence, as 3,5;0,0");
      batch.span_begins.push_back(list[0]);
      batch.span_ends.push_back(list[1]);
    }
    if (batch.span_begins.size() != count) fail("--labels has ", batch.span_begins.size(), " spans and there are ", count, " sequences");
  } else if (a.head == "regress") {
    for (const std::string& number : split_numbers(f.labels)) read_fields(parse_scalar(number), batch.values.emplace_back(), "--labels");
    if (batch.values.size() != count) fail("--labels has ", batch.values.size(), " numbers and there are ", count, " sequences");
  } else {
    batch.labels = one_each(f.labels, a.head == "choice" ? count / static_cast<size_t>(f.choices) : count, "--labels");
  }
}

void check_length(const Lists& ids, const Architecture& a) {
  for (size_t s = 0; s < ids.size(); ++s)
    if (static_cast<int64_t>(ids[s].size()) > a.context && a.positions.kind != "relative")
      fail("sequence ", s + 1, " has ", ids[s].size(), " tokens and the model's context is ", a.context, "; shorten it");
}

TokenBatch batch_of_flags(const Flags& f, const Architecture& a) {
  const Lists ids = parse_id_lists(text_or_stdin(f.ids), "--ids");
  check_length(ids, a);
  const bool per_token = is_per_token(a.head), has_labels = !f.labels.empty();
  TokenBatch batch;
  batch.choices = f.choices;
  if (f.choices < 1 || ids.size() % static_cast<size_t>(f.choices) != 0) fail("--choices ", f.choices, " does not part ", ids.size(), " sequences");
  if (a.encoder_layers > 0) {
    const Lists labels = has_labels ? parse_id_lists(f.labels, "--labels") : Lists();
    if (f.decoder_ids.empty() && !has_labels) fail("this model has a decoder too: give --decoder-ids, or --labels");
    const Lists decoder = f.decoder_ids.empty() ? read_for(labels, a) : parse_id_lists(f.decoder_ids, "--decoder-ids");
    if (decoder.size() != ids.size()) fail("the decoder has ", decoder.size(), " sequences and --ids ", ids.size(), "; give one for each");
    check_labels(labels, a.vocab);
    const Lists targets = has_labels ? lists_beside(f.labels, decoder, "--labels") : Lists(ids.size());
    for (size_t s = 0; s < ids.size(); ++s) batch.add({.ids = ids[s]}, {.ids = decoder[s], .targets = targets[s]});
    return batch;
  }
  Lists targets = per_token && has_labels ? lists_beside(f.labels, ids, "--labels") : Lists(ids.size());
  check_labels(targets, a.head == "tokens" ? static_cast<int64_t>(a.labels.size()) : a.vocab);
  if (a.mask == "causal" && a.head != "tokens") targets = shifted(targets);
  const Lists types = lists_beside(f.types, ids, "--type-ids"), positions = lists_beside(f.positions, ids, "--positions"),
              block_positions = lists_beside(f.block_positions, ids, "--block-positions");
  const std::vector<int32_t> prefixes = f.prefixes.empty() ? std::vector<int32_t>(ids.size()) : one_each(f.prefixes, ids.size(), "--prefix-len");
  for (size_t s = 0; s < ids.size(); ++s)
    batch.add({.ids = ids[s],
               .targets = targets[s],
               .types = types[s],
               .positions = positions[s],
               .block_positions = block_positions[s],
               .prefix = prefixes[s]});
  if (!per_token && has_labels) read_sequence_labels(f, a, batch);
  if (!f.pair_labels.empty()) batch.labels = one_each(f.pair_labels, ids.size() / static_cast<size_t>(f.choices), "--pair-labels");
  return batch;
}

// The tensors of one pass, by their names in the file; all f32.
std::map<std::string, Tensor> compute(Model& model, const Flags& f) {
  const Architecture& a = model.architecture();
  const TokenRows rows = rows_of(batch_of_flags(f, a), model.device());
  const LossCounts counts = count_losses(rows);
  const bool has_labels = !f.labels.empty() || !f.pair_labels.empty();
  if (has_labels && counts.tokens + counts.sequences == 0)
    fail("--labels has nothing to count: a causal model has no logits before the first label of a sequence, and -100 is passed over");

  Flow flow;
  flow.compute = f.model.compute();
  if (flow.compute == DType::kBF16) model.parameters().refresh_shadows();
  std::vector<Var> hidden_states, encoder_states;
  flow.hidden = &hidden_states;
  flow.encoder_hidden = &encoder_states;
  Tape tape(f.grads ? Tape::Mode::kRecord : Tape::Mode::kInference, Tape::Phase::kEval);
  const Var hidden = model.hidden(tape, rows, flow);

  std::map<std::string, Tensor> out;
  Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
  for (const auto& [name, value] : model.head().answers(unrecorded, Tape::constant(hidden.value), rows)) {
    if (name != "span_logits") {
      out[name] = value.value;
      continue;
    }
    std::vector<float> begins, ends;
    for (int64_t r = 0; r < value.rows(); ++r) {
      begins.push_back(static_cast<float>(value.value.at(2 * r)));
      ends.push_back(static_cast<float>(value.value.at(2 * r + 1)));
    }
    out["start_logits"] = Tensor::from<float>(begins, Shape{value.rows()});
    out["end_logits"] = Tensor::from<float>(ends, Shape{value.rows()});
  }
  const std::string main = a.encoder_layers > 0 ? "decoder.hidden." : "hidden.";
  for (size_t i = 0; i < hidden_states.size(); ++i) out[cat(main, i)] = hidden_states[i].value;
  for (size_t i = 0; i < encoder_states.size(); ++i) out[cat("encoder.hidden.", i)] = encoder_states[i].value;
  out[a.encoder_layers > 0 ? "decoder.last_hidden" : "last_hidden"] = hidden.value;
  if (has_labels) {
    Losses losses;
    const Var loss = model.loss(tape, hidden, rows, {}, counts.scale(), losses);
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
  const std::unique_ptr<Model> model = load_model(f.model.directory, f.model.on());
  const std::map<std::string, Tensor> out = compute(*model, f);
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
  line.value(
      "--labels", flags->labels,
      "in the same form: an id for each id (a causal model's label is compared with the logits before it; -100 is not counted); for heads of whole "
      "sequences one number a sequence, for spans begin,end");
  line.value("--type-ids", flags->types, "segment of each id (BERT)");
  line.value("--decoder-ids", flags->decoder_ids, "what an encoder-decoder's decoder reads; without it the labels moved by one");
  line.value("--positions", flags->positions, "place of each id; 0, 1, 2, ... without it");
  line.value("--block-positions", flags->block_positions, "place of each id within its blank (GLM)");
  line.value("--prefix-len", flags->prefixes, "ids of each sequence that see each other (prefix mask)");
  line.value("--pair-labels", flags->pair_labels, "one number a sequence beside token labels: BERT's next sentence, or the right choice");
  line.value("--choices", flags->choices, "sequences that form one question (choice, double)");
  line.flag("--grads", flags->grads, "write the gradient of the loss by every weight");
  line.value("-o,--out", flags->out,
             "safetensors file to write: logits, hidden.0 (embeddings), hidden.i (block i), last_hidden (what the head reads), loss, grad.<name on "
             "disk>; f32")
      .required();
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
