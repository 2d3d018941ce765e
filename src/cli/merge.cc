// gimbal merge: a model and an adapter that was learned beside it become one model directory.
#include <cstdio>

#include "cli/command.h"
#include "core/files.h"
#include "models/adapter.h"
#include "models/sentence_transformers.h"

namespace gimbal {
namespace {

struct Flags {
  std::string base, adapter, out;
};

// What a directory holds besides weights and their settings: tokenizer, task, generation settings.
void copy_beside(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename();
    const bool of_weights = name.find(".safetensors") != std::string::npos || name == "config.json" || name == "adapter_config.json";
    const bool text = name.ends_with(".json") || name.ends_with(".txt") || name.ends_with(".model") || name.ends_with(".jinja");
    if (entry.is_regular_file() && text && !of_weights) fs::copy_file(entry.path(), to / name, fs::copy_options::overwrite_existing);
  }
}

int run(const Flags& flags, const CommonFlags& common) {
  const fs::path base = flags.base, adapter = flags.adapter, out = flags.out;
  if (!is_adapter(adapter)) fail(flags.adapter, " is not an adapter: it holds no adapter_config.json");
  if (fs::exists(out) && !fs::is_empty(out)) fail(flags.out, " exists; choose another directory to write to");
  const auto model = load_adapted(base, adapter);
  write_directory(out, [&](const fs::path& directory) {
    save_model(*model, directory);
    copy_beside(base, directory);
    copy_beside(adapter, directory);
    if (const auto embeddings = SentenceTransformer::load(adapter)) embeddings->save(directory, model->architecture().width);
  });
  const int64_t parameters = model->parameters().count();
  if (common.json) {
    std::printf("%s\n", Json({{"out", flags.out}, {"parameters", parameters}}).dump().c_str());
  } else {
    std::printf("%s\n", cat(flags.out, ": ", parameters, " parameters").c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> add_merge(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("base", flags->base, "directory of the model that the adapter was learned beside").required();
  line.value("adapter", flags->adapter, "directory of the adapter: RUN/best, RUN/last or a step").required();
  line.value("out", flags->out, "directory to write").required();
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
