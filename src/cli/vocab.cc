// gimbal vocab: a tokenizer trained on (or made for) a corpus.
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "core/fields.h"
#include "data/corpus.h"
#include "text/train_tokenizer.h"

namespace gimbal {
namespace {

constexpr const char* kEndOfText = "<|endoftext|>";

struct Flags {
  std::string kind = "byte-bpe", size = "4096", out;
  std::vector<std::string> data, special = {kEndOfText};
};

TokenizerPlan plan_of(const Flags& f, const TokenizerKind& kind) {
  TokenizerPlan plan;
  plan.kind = f.kind;
  read_fields(parse_scalar(f.size), plan.size, "--size");
  if (plan.size < 1 || plan.size > (int64_t{1} << 30)) fail("--size ", f.size, " is not between 1 and 2^30");
  if (!kind.has_own_special) plan.special_tokens = f.special;
  return plan;
}

// The documents of the training files, read as the trainer asks for them.
EachText each_document(const std::vector<std::string>& data) {
  return [data](const std::function<void(std::string_view)>& take) {
    for (const CorpusFile& file : find_corpus({data.begin(), data.end()}).train) read_documents(file, take);
  };
}

int run(const Flags& f, const CommandLine& line, const CommonFlags& common) {
  const TokenizerKind& kind = tokenizer_kind(f.kind);
  if (!kind.has_size && line.given("--size")) fail("--size is not for --kind ", f.kind, ": such a vocabulary has the size that it has");
  if (kind.has_own_special && line.given("--special")) fail("--special is not for --kind ", f.kind, ": such a vocabulary has its own special tokens");
  if (!kind.takes_text && !f.data.empty()) fail("--kind ", f.kind, " needs no --data: its tokens are the 256 bytes");
  if (kind.takes_text && f.data.empty()) fail("give --data, the text to take the vocabulary from");
  const Tokenizer tokenizer = train_tokenizer(plan_of(f, kind), each_document(f.data));
  tokenizer.save(f.out);
  if (common.json) {
    std::printf("%s\n", Json({{"kind", f.kind}, {"size", tokenizer.vocab_size()}, {"out", f.out}}).dump().c_str());
  } else if (!common.quiet) {
    std::printf("%d tokens in %s\n", tokenizer.vocab_size(), f.out.c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> add_vocab(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  std::vector<std::string> names, meanings;
  for (const TokenizerKind& kind : tokenizer_kinds()) {
    names.emplace_back(kind.name);
    meanings.push_back(std::string(kind.name) + ": " + kind.meaning);
  }
  line.value("--kind", flags->kind, joined(meanings, "; ")).one_of(names).show_default();
  line.value("--size", flags->size,
             "entries of a byte-bpe, wordpiece or unigram vocabulary, with its special tokens (five; T5's <pad> </s> <unk> and 100 sentinels); 32k "
             "is 32000")
      .show_default();
  line.values("--data", flags->data, "files or directories of text, as for gimbal pretrain; not for the kind byte");
  line.values("--special", flags->special,
              "special tokens of byte-bpe, char and byte; the first one ends a text, and with <unk> a char vocabulary takes characters that it does "
              "not know")
      .show_default();
  line.value("-o,--out", flags->out, "directory for tokenizer.json and tokenizer_config.json").required();
  return [flags, &line, &common] { return run(*flags, line, common); };
}

}  // namespace gimbal
