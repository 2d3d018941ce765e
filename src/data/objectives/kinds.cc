// The list of objectives. A new one is one file beside this one and one line here; tests, help and tables read the list.
#include <array>

#include "core/error.h"
#include "data/objectives/objective.h"
#include "data/objectives/sentences.h"

namespace gimbal {

using Make = std::shared_ptr<const Examples>(const ObjectiveRequest&);
Make make_causal, make_mlm, make_mlm_nsp, make_mlm_sop, make_span_corruption, make_denoising, make_prefix, make_blank_infilling, make_text_to_text;

namespace {

constexpr std::array kObjectives = {
    ObjectiveKind{"causal", "the next token", "language", "causal", Documents::kClosed, Alphabet::kPlain, make_causal},
    ObjectiveKind{"mlm", "the tokens behind masks (BERT, RoBERTa)", "masked", "full", Documents::kClosed, Alphabet::kBert, make_mlm},
    ObjectiveKind{"mlm+nsp", "masked tokens, and whether the second part follows the first or is from elsewhere (BERT)", "pretraining", "full",
                  Documents::kSentences, Alphabet::kBert, make_mlm_nsp},
    ObjectiveKind{"mlm+sop", "masked tokens, and whether two neighbouring parts stand in their order (ALBERT)", "pretraining", "full",
                  Documents::kSentences, Alphabet::kBert, make_mlm_sop},
    ObjectiveKind{"span-corruption", "the spans behind sentinels (T5)", "language", "", Documents::kOpen, Alphabet::kSentinels, make_span_corruption},
    ObjectiveKind{"denoising", "the text behind other kinds of noise (T5's comparison: bert, mass, replaced-spans, drop, deshuffle)", "language", "",
                  Documents::kOpen, Alphabet::kSentinels, make_denoising},
    ObjectiveKind{"prefix", "the rest of a text after its beginning", "language", "", Documents::kClosed, Alphabet::kText, make_prefix},
    ObjectiveKind{"blank-infilling", "tokens, sentences or the rest of a text, in blanks (GLM)", "language", "prefix", Documents::kClosed,
                  Alphabet::kBlanks, make_blank_infilling},
    ObjectiveKind{"text-to-text", "a target text for a source text, over one or several tasks (T5)", "language", "", Documents::kPairs,
                  Alphabet::kText, make_text_to_text},
};

constexpr int kSentinels = 100;  // as many as T5 has

void check(const std::string& objective, const ObjectiveRequest& r) {
  const ObjectiveConfig& c = r.config;
  const auto share = [](const char* name, double value) {
    if (!(value >= 0 && value <= 1)) fail("objective setting ", name, " is ", value, "; a share is between 0 and 1");
  };
  if (!(c.mask_rate > 0 && c.mask_rate < 1)) fail("objective setting mask_rate is ", c.mask_rate, "; it must lie between 0 and 1");
  if (!(c.mean_span >= 1 && c.mean_span <= 100)) fail("objective setting mean_span is ", c.mean_span, "; a span has between 1 and 100 tokens");
  share("short_share", c.short_share);
  share("token_share", c.token_share);
  share("sentence_share", c.sentence_share);
  share("document_share", c.document_share);
  share("document_least", c.document_least);
  if (r.context < 1) fail("the objective ", objective, " was given a context of ", r.context, " tokens; it must be at least 1");
  if (r.target_context < 0) fail("the objective ", objective, " was given a target context of ", r.target_context, " tokens; it cannot be negative");
}

}  // namespace

std::span<const ObjectiveKind> objective_kinds() { return kObjectives; }

const ObjectiveKind& objective_named(const std::string& name) {
  std::vector<std::string> names;
  for (const ObjectiveKind& kind : kObjectives) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("unknown objective '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

std::shared_ptr<const Examples> make_examples(const std::string& objective, const ObjectiveRequest& request) {
  const ObjectiveKind& kind = objective_named(objective);
  check(objective, request);
  if (request.frame == Frame::kBlank)
    require(objective, {{request.roles.cls, "[CLS]"},
                        {request.roles.document_mask, "[gMASK]"},
                        {request.roles.piece_start, "<|startofpiece|>"},
                        {request.roles.piece_end, "<|endofpiece|>"}});
  return kind.make(request);
}

std::vector<std::string> special_tokens_for(const std::string& objective, Frame frame) {
  const Alphabet alphabet = objective_named(objective).alphabet;
  if (alphabet == Alphabet::kPlain) return {"<|endoftext|>"};
  if (alphabet == Alphabet::kBert) return {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  std::vector<std::string> names = {"<pad>", "</s>", "<unk>"};  // T5's first three ids
  if (alphabet == Alphabet::kBlanks || frame == Frame::kBlank)
    names = {"<|endoftext|>", "[CLS]", "[MASK]", "[sMASK]", "[gMASK]", "<|startofpiece|>", "<|endofpiece|>"};
  if (alphabet == Alphabet::kSentinels)
    for (int i = 0; i < kSentinels; ++i) names.push_back(cat("<extra_id_", i, ">"));
  return names;
}

ShardRecipe shard_recipe(const ObjectiveKind& kind, const Tokenizer& tokenizer, Frame frame) {
  ShardRecipe recipe;
  recipe.vocab_size = tokenizer.vocab_size();
  recipe.tokenizer_fingerprint = hash_name(tokenizer.to_json().dump());
  const SpecialIds& special = tokenizer.special();
  const bool in_two_stacks = kind.mask.empty() && frame == Frame::kEncoderDecoder;
  if (kind.documents == Documents::kClosed && !in_two_stacks) recipe.end_of_document = special.eos ? special.eos : special.sep;
  if (kind.documents == Documents::kSentences) {
    require(kind.name, {{special.sep, "[SEP]"}});
    recipe.end_of_document = special.sep;
    recipe.tokenizer_fingerprint = mix64(recipe.tokenizer_fingerprint ^ hash_name("sentences of every line"));
    recipe.plain = PlainText::kDividedAtEmptyLines;
  }
  return recipe;
}

Tokenize tokenize_for(const ObjectiveKind& kind, const Tokenizer& tokenizer) {
  if (kind.documents != Documents::kSentences) return [tokenizer](std::string_view text) { return tokenizer.encode(text, AddSpecial::kNo); };
  require(kind.name, {{tokenizer.special().sep, "[SEP]"}});
  return [tokenizer, sep = *tokenizer.special().sep](std::string_view text) { return tokenize_sentences(tokenizer, text, sep); };
}

}  // namespace gimbal
