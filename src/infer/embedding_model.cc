// What says how rows are pooled: the flag, task.json, modules.json, and else the mean.
#include "infer/embedding_model.h"

#include <algorithm>

#include "models/adapter.h"
#include "models/sentence_transformers.h"

namespace gimbal {
namespace {

constexpr int64_t kUsualContext = 512;

// Of a directory that says nothing.
void guess(const fs::path& directory, EmbeddingModel& m) {
  m.setup.pooling = "mean";
  m.guessed = directory.string() +
              " says nothing of pooling, so a text's vector is the mean over its tokens; gimbal finetune --task embed teaches it what is alike";
}

}  // namespace

EmbeddingModel load_embedding_model(const fs::path& directory, const std::string& pooling, int64_t context) {
  EmbeddingModel m;
  fs::path weights = directory;
  int64_t wanted = 0;
  const auto known = SentenceTransformer::load(directory);
  if (known) {
    weights = known->weights;
    wanted = known->context.value_or(0);
    m.setup.pooling = known->pooling, m.prompts = known->prompts, m.default_prompt = known->default_prompt;
  }
  if (fs::exists(directory / TaskSetup::kFile)) {
    const TaskSetup setup = load_task_setups(directory)[0];
    if (!setup.pooling.empty()) m.setup.pooling = setup.pooling, wanted = setup.context;
  }
  if (!pooling.empty()) m.setup.pooling = pooling;
  if (m.setup.pooling.empty()) guess(directory, m);

  const Context doing("reading " + weights.string());
  Architecture a = read_architecture(weights);
  a.head = "embed";
  a.labels.clear();
  a.pooling = m.setup.pooling;
  m.setup.task = "embed";
  m.setup.form = "embed";
  m.setup.context = context > 0 ? context : std::min(a.context, wanted > 0 ? wanted : kUsualContext);
  if (m.setup.context > a.context) fail("--context ", m.setup.context, " is longer than the model's context of ", a.context);
  m.text.model = std::make_unique<Model>(a);
  m.text.model->parameters().allocate(Device::kCpu, DType::kF32);
  load_directory(*m.text.model, weights, NewParameters::kNone, AdapterUse::kMerge);
  if (const auto words = tokenizer_directory(weights)) m.text.tokenizer = Tokenizer::load(*words);
  tokenizer_of(m.text, weights);
  return m;
}

}  // namespace gimbal
