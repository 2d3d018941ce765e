// gimbal vocab: a tokenizer trained on (or made for) a corpus.
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "core/fields.h"
#include "data/corpus.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

struct Flags {
  std::string kind = "byte-bpe", size = "4096", out;
  std::vector<std::string> data, special = {"<|endoftext|>"};
};

// All documents of the training files. Held in memory, because the trainers pull texts and the files' reader pushes them.
std::vector<std::string> read_texts(const std::vector<std::string>& paths) {
  std::vector<std::string> texts;
  for (const CorpusFile& file : find_corpus({paths.begin(), paths.end()}).train)
    read_documents(file, [&](std::string_view document) { texts.emplace_back(document); });
  return texts;
}

int32_t vocab_size(const Flags& f) {
  int64_t size = 0;
  read_fields(parse_scalar(f.size), size, "--size");
  if (size < 1 || size > (int64_t{1} << 30)) fail("--size ", f.size, " is not between 1 and 2^30");
  return static_cast<int32_t>(size);
}

Tokenizer make_tokenizer(const Flags& f) {
  if (f.kind == "byte") return train_byte(f.special);
  const std::vector<std::string> texts = read_texts(f.data);
  size_t at = 0;
  const NextText next = [&]() -> std::optional<std::string_view> {
    if (at == texts.size()) return std::nullopt;
    return texts[at++];
  };
  if (f.kind == "char") return train_char(next, f.special);
  ByteBpeOptions options;
  options.vocab_size = vocab_size(f);
  options.special_tokens = f.special;
  return train_byte_bpe(next, options);
}

int run(const Flags& f, const CommandLine& line, const CommonFlags& common) {
  if (f.kind != "byte-bpe" && line.given("--size")) fail("--size is for --kind byte-bpe; a ", f.kind, " vocabulary has the size that it has");
  if (f.kind == "byte" && !f.data.empty()) fail("--kind byte needs no --data: its tokens are the 256 bytes");
  if (f.kind != "byte" && f.data.empty()) fail("give --data, the text to take the vocabulary from");
  const Tokenizer tokenizer = make_tokenizer(f);
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
  line.value("--kind", flags->kind, "byte-bpe (GPT-2's), char (one token a character) or byte (256 tokens)")
      .one_of({"byte-bpe", "char", "byte"})
      .show_default();
  line.value("--size", flags->size, "entries of a byte-bpe vocabulary, with the 256 bytes and the special tokens; 32k is 32000")
      .show_default();
  line.values("--data", flags->data, "files or directories of text");
  line.values("--special", flags->special, "special tokens; the first one ends a text").show_default();
  line.value("-o,--out", flags->out, "directory for tokenizer.json").required();
  return [flags, &line, &common] { return run(*flags, line, common); };
}

}  // namespace gimbal
