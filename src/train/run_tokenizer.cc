// Choosing between the places where a tokenizer lies.
#include "train/run_tokenizer.h"

#include "models/adapter.h"

namespace gimbal {
namespace {

// The first token of `own` that `other` does not have under its id.
std::optional<std::string> token_elsewhere(const Tokenizer& own, const Tokenizer& other) {
  for (int32_t id = 0; id < own.vocab_size(); ++id) {
    try {
      const std::string token = own.token(id);
      if (other.id(token) != id) return token;
    } catch (const Error&) {  // an id that is not in use
    }
  }
  return std::nullopt;
}

}  // namespace

bool same_vocabulary(const Tokenizer& a, const Tokenizer& b) { return a.vocab_size() == b.vocab_size() && !token_elsewhere(a, b); }

std::optional<Tokenizer> settled_tokenizer(const Run& run) {
  if (run.from()) return Tokenizer::load(*run.from());
  // A run that is done again, beside a copy of what it read with.
  if (run.is_done_again() && fs::exists(run.out() / "tokenizer.json")) return Tokenizer::load(run.out());
  const std::string preset = run.config().model.value("preset", ""), asked = run.config().tokenizer.path;
  const std::optional<fs::path> own = names_directory(preset) ? tokenizer_directory(preset) : std::nullopt;
  if (asked.empty()) return own ? std::optional(Tokenizer::load(*own)) : std::nullopt;
  const Tokenizer given = Tokenizer::load(asked);
  if (!own) return given;
  if (const auto token = token_elsewhere(Tokenizer::load(*own), given))
    fail("the tokenizer ", asked, " does not have the token '", *token, "' where that of the model ", preset,
         " has it, so the model would read other words than it learned; leave --tokenizer out");
  return given;
}

}  // namespace gimbal
