// gimbal merge: a model and an adapter that was learned beside it become one model directory.
#include <cstdio>

#include "cli/beside_weights.h"
#include "cli/command.h"
#include "models/adapter.h"
#include "models/sentence_transformers.h"

namespace gimbal {
namespace {

struct Flags {
  std::string base, adapter, out;
};

int run(const Flags& flags, const CommonFlags& common) {
  const fs::path base = flags.base, adapter = flags.adapter, out = flags.out;
  if (!is_adapter(adapter)) fail(flags.adapter, " is not an adapter: it holds no adapter_config.json");
  check_new_directory(out);
  const auto model = load_adapted(base, adapter);
  write_directory(out, [&](const fs::path& directory) {
    save_model(*model, directory);
    copy_beside_weights(base, directory);
    copy_beside_weights(adapter, directory);
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
