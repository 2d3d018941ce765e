// The list of kinds.
#include "text/train_tokenizer.h"

#include "core/error.h"
#include "text/train_bpe.h"
#include "text/train_unigram.h"
#include "text/train_word_piece.h"

namespace gimbal {
namespace {

int32_t size_of(const TokenizerPlan& plan) {
  if (plan.size < 1 || plan.size > (int64_t{1} << 30)) fail("a vocabulary of ", plan.size, " entries cannot be: give a size between 1 and 2^30");
  return static_cast<int32_t>(plan.size);
}

Tokenizer byte_bpe(const TokenizerPlan& plan, const EachText& each_text) {
  ByteBpeOptions options;
  options.vocab_size = size_of(plan);
  options.special_tokens = plan.special_tokens;
  return train_byte_bpe(each_text, options);
}

Tokenizer word_piece(const TokenizerPlan& plan, const EachText& each_text) {
  WordPieceOptions options;
  options.vocab_size = size_of(plan);
  return train_word_piece(each_text, options);
}

Tokenizer unigram(const TokenizerPlan& plan, const EachText& each_text) {
  UnigramOptions options;
  options.vocab_size = size_of(plan);
  return train_unigram(each_text, options);
}

Tokenizer characters(const TokenizerPlan& plan, const EachText& each_text) { return train_char(each_text, plan.special_tokens); }
Tokenizer bytes(const TokenizerPlan& plan, const EachText&) { return train_byte(plan.special_tokens); }

}  // namespace

const std::vector<TokenizerKind>& tokenizer_kinds() {
  static const std::vector<TokenizerKind> kinds = {
      {"byte-bpe", "merges of bytes (GPT-2)", true, true, false, byte_bpe},
      {"wordpiece", "pieces of lower-case words (BERT)", true, true, true, word_piece},
      {"unigram", "pieces with scores (T5)", true, true, true, unigram},
      {"char", "one token a character", false, true, false, characters},
      {"byte", "256 tokens", false, false, false, bytes},
  };
  return kinds;
}

const TokenizerKind& tokenizer_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const TokenizerKind& kind : tokenizer_kinds()) {
    if (name == kind.name) return kind;
    names.emplace_back(kind.name);
  }
  fail("there is no kind of tokenizer \"", name, "\"; the kinds are ", joined(names), did_you_mean(name, names));
}

Tokenizer train_tokenizer(const TokenizerPlan& plan, const EachText& each_text) {
  const TokenizerKind& kind = tokenizer_kind(plan.kind);
  if (kind.has_own_special && !plan.special_tokens.empty()) fail("a tokenizer of the kind ", kind.name, " has its own special tokens; give it none");
  return kind.train(plan, each_text);
}

}  // namespace gimbal
