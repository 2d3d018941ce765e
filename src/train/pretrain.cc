// Setting a pretraining run up.
#include "train/pretrain.h"

#include <algorithm>

#include "core/threads.h"
#include "layers/design.h"
#include "models/task_form.h"
#include "text/train_tokenizer.h"
#include "train/distill.h"
#include "train/run_tokenizer.h"
#include "train/start_model.h"

namespace gimbal {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<fs::path> data_paths(const RunConfig& config) {
  if (config.data.paths.empty()) fail("no data: give --data FILE or DIRECTORY, or data.paths in the run file");
  return {config.data.paths.begin(), config.data.paths.end()};
}

// The texts of the training data, one after the other, up to `most_bytes`.
EachText texts_of(const std::vector<fs::path>& paths, Documents documents, std::optional<int64_t> most_bytes) {
  return [=](const std::function<void(std::string_view)>& take) {
    int64_t bytes = 0;
    const auto take_some = [&](std::string_view text) {
      if (most_bytes && bytes >= *most_bytes) return;
      bytes += static_cast<int64_t>(text.size());
      take(text);
    };
    for (const CorpusFile& file : find_corpus(paths).train) {
      if (documents == Documents::kPairs) {
        read_text_pairs(file.path, [&](const std::string& source, const std::string& target) { take_some(source), take_some(target); });
      } else {
        read_documents(file, take_some);
      }
    }
  };
}

// What the objective's special tokens go with.
std::string usual_tokenizer(Alphabet alphabet, Frame frame) {
  if (alphabet == Alphabet::kBert) return "wordpiece";
  if (frame == Frame::kBlank) return "byte-bpe";
  return alphabet == Alphabet::kSentinels || alphabet == Alphabet::kText ? "unigram" : "byte-bpe";
}

Tokenizer new_tokenizer(const RunConfig& config, const ObjectiveKind& objective, Frame frame, Progress& progress) {
  TokenizerPlan plan;
  plan.kind = config.tokenizer.kind.empty() ? usual_tokenizer(objective.alphabet, frame) : config.tokenizer.kind;
  plan.size = config.tokenizer.size;
  const TokenizerKind& kind = tokenizer_kind(plan.kind);
  // Characters alone are the whole vocabulary of a causal model of characters: nothing marks the end of its one text.
  if (!kind.has_own_special && !(plan.kind == "char" && objective.alphabet == Alphabet::kPlain))
    plan.special_tokens = special_tokens_for(config.objective.kind, frame);
  progress.note(cat("training a ", plan.kind, " tokenizer on ", config.tokenizer.data.empty() ? "the data" : joined(config.tokenizer.data)));
  // 30 MB of text decide a small vocabulary as well as all of it.
  const auto most = plan.kind == "char" ? std::nullopt : std::optional<int64_t>(30'000'000);
  const std::vector<std::string>& own = config.tokenizer.data;
  if (own.empty()) return train_tokenizer(plan, texts_of(data_paths(config), objective.documents, most));
  return train_tokenizer(plan, texts_of({own.begin(), own.end()}, Documents::kClosed, most));
}

void check_fits(const Architecture& a, const RunConfig& config, const ObjectiveKind& objective) {
  const std::string name = config.objective.kind;
  if (a.head != objective.head)
    fail("the objective ", name, " trains the head ", objective.head, ", and model.head is ", a.head, "; leave model.head out");
  if (a.encoder_layers > 0 && (!objective.mask.empty() || name == "causal"))
    fail("the objective ", name, " is for one stack, and this model (family ", a.family,
         ") has an encoder and a decoder; choose span-corruption, denoising, prefix or text-to-text");
  if (a.encoder_layers == 0 && !objective.mask.empty() && a.mask != objective.mask)
    fail("the objective ", name, " needs the mask ", objective.mask, ", and this model (family ", a.family, ") has ", a.mask,
         "; choose another family, or set model.mask=", objective.mask);
  if (name == "blank-infilling" && a.positions.kind != "blocks")
    fail("blank-infilling needs positions of two dimensions, and this model (family ", a.family, ") has ", a.positions.kind,
         "; choose glm, or set model.positions=blocks");
  if (config.batch.context > a.context)
    fail("batch.context ", config.batch.context, " is longer than the model's context of ", a.context, "; raise model.context or shorten the batch");
}

// What needs no tokenizer is refused before one is trained.
void check_plan(const RunConfig& config, const ObjectiveKind& objective) {
  Architecture a = choose_architecture(config, 0);
  if (!config.model.contains("head")) a.head = objective.head;
  if (a.vocab == 0) a.vocab = config.tokenizer.size;
  check(a);
  check_fits(a, config, objective);
}

Architecture architecture_for(const RunConfig& config, const ObjectiveKind& objective, const Tokenizer& tokenizer) {
  Architecture a = choose_architecture(config, tokenizer.vocab_size());
  const SpecialIds& special = tokenizer.special();
  if (!a.bos) a.bos = a.encoder_layers > 0 ? roles_of(tokenizer).start : special.bos;  // of a decoder that an encoder leads: what it reads first
  if (!a.eos) a.eos = special.eos;
  if (!a.pad) a.pad = special.pad;
  a.source_end.reset();
  if (a.encoder_layers == 0 && closes_sources(objective)) a.source_end = special.eos;
  if (!config.model.contains("head")) a.head = objective.head;
  check_fits(a, config, objective);
  return a;
}

struct Data {
  std::shared_ptr<const Examples> train, valid;
  uint64_t hash = 0;
};

// Pairs of each path, which is one task; a directory holds train.X and perhaps valid.X. Without, the last pairs are held out.
Data read_pairs(const RunConfig& config, const Tokenizer& tokenizer, ObjectiveRequest request, Progress& progress) {
  std::vector<TextPairs> valid;
  Data data;
  for (const fs::path& path : data_paths(config)) {
    const Corpus corpus = find_corpus({path});
    for (const CorpusFile& file : corpus.train) {
      const TextPairs all = TextPairs::read(file.path, "", tokenizer);
      const double share = corpus.valid.empty() ? config.data.validation_share : 0;
      const auto kept = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(all.size()) * (1 - share)));
      request.pairs.push_back(all.slice(0, kept));
      if (kept < all.size()) valid.push_back(all.slice(kept, all.size()));
    }
    for (const CorpusFile& file : corpus.valid) valid.push_back(TextPairs::read(file.path, "", tokenizer));
  }
  int64_t pairs = 0;
  for (const TextPairs& task : request.pairs) {
    pairs += task.size();
    data.hash = mix64(data.hash ^ task.content_hash());
  }
  progress.note(cat(count_text(static_cast<double>(pairs)), " pairs of ", request.pairs.size(), " tasks to train on"));
  data.train = make_examples(config.objective.kind, request);
  if (!valid.empty()) {
    request.pairs = std::move(valid);
    request.use = Use::kMeasure;
    data.valid = make_examples(config.objective.kind, request);
  }
  return data;
}

Data read_corpus(const RunConfig& config, const ObjectiveKind& objective, const Tokenizer& tokenizer, ObjectiveRequest request,
                 const fs::path& folder, Progress& progress) {
  const auto begin = Clock::now();
  const TokenSplit split =
      tokenize_corpus(find_corpus(data_paths(config)), shard_recipe(objective, tokenizer, request.frame), tokenize_for(objective, tokenizer), folder,
                      config.data.validation_share, [&](int64_t documents, int64_t tokens) {
                        const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
                        progress.update(cat("tokenizing: ", count_text(static_cast<double>(documents)), " documents, ",
                                            count_text(static_cast<double>(tokens)), " tokens, ", duration_text(seconds)));
                      });
  progress.note(cat(count_text(static_cast<double>(split.train.size())), " tokens to train on, ", count_text(static_cast<double>(split.valid.size())),
                    " held out, vocabulary ", tokenizer.vocab_size()));
  Data data;
  data.hash = split.train.content_hash();
  request.shard = split.train;
  data.train = make_examples(config.objective.kind, request);
  if (split.valid.size() >= 2) {
    request.shard = split.valid;
    request.use = Use::kMeasure;
    data.valid = make_examples(config.objective.kind, request);
  }
  return data;
}

// A loss of nothing is 0, and looks like a model that knows everything.
void check_asks(const Examples& examples, const std::string& objective) {
  constexpr int64_t kTried = 256;
  const auto asks = [&](int64_t i) {
    const TokenBatch batch = batch_of(examples, i, 1);
    return !batch.labels.empty() || std::any_of(batch.targets.begin(), batch.targets.end(), [](int32_t id) { return id >= 0; });
  };
  const int64_t tried = std::min(kTried, examples.size());
  for (int64_t i = 0; i < tried; ++i)
    if (asks(i)) return;
  fail("the objective ", objective, " asks for no token of the first ", tried,
       " sequences: the data holds special tokens only (text that the tokenizer does not know is one unknown token after the other); give other "
       "data, or "
       "a tokenizer that was trained on it");
}

}  // namespace

RunOutcome pretrain(const RunConfig& config, const RunRequest& request) {
  if (config.train.steps < 1 && config.train.seconds <= 0) fail("train.steps must be at least 1, or train.seconds above 0");
  Run run(config, request);
  const ObjectiveKind& objective = objective_named(config.objective.kind);
  check_plan(config, objective);
  // Of the objectives that make pairs; the architecture's vocabulary is not known yet, and does not matter.
  const Frame frame = objective.mask.empty() ? frame_of(choose_architecture(config, 0)) : Frame::kCausal;
  const std::optional<Tokenizer> settled = settled_tokenizer(run);
  const Tokenizer tokenizer = settled ? *settled : new_tokenizer(config, objective, frame, run.progress());
  const Architecture a = architecture_for(config, objective, tokenizer);
  const int64_t context = config.batch.context > 0 ? config.batch.context : a.context;

  ObjectiveRequest asked;
  asked.sampling = sampling_named(config.data.sampling);
  asked.context = context;
  asked.target_context = config.batch.target_context;
  asked.seed = static_cast<uint64_t>(config.train.seed);
  asked.roles = roles_of(tokenizer);
  asked.config = config.objective;
  asked.frame = frame;

  const int64_t micro = config.batch.micro_sequences > 0 ? std::min(config.batch.micro_sequences, config.batch.sequences) : config.batch.sequences;
  check_training_memory(a, config, micro * context);
  const Data data = objective.documents == Documents::kPairs
                        ? read_pairs(config, tokenizer, asked, run.progress())
                        : read_corpus(config, objective, tokenizer, asked, request.out / "tokens", run.progress());
  check_asks(*data.train, config.objective.kind);
  if (const auto only_shown = run.only_examples(*data.train, tokenizer)) return *only_shown;
  RunParts parts(tokenizer);
  start_model(a, run, parts);
  parts.examples = data.train;
  parts.validation = data.valid;
  parts.data_hash = data.hash;
  parts.context = context;
  parts.lesson = make_distillation(config, *parts.model, tokenizer, context, run.from() ? Start::kResumed : Start::kFresh);
  return run.train(std::move(parts));
}

}  // namespace gimbal
