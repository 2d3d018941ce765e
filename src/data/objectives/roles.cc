// Names of special tokens, and what a token's spelling says about words and sentences.
#include "data/objectives/roles.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {
namespace {

using TokenizerJson = nlohmann::ordered_json;

constexpr std::string_view kMetaspace = "\u2581";  // SentencePiece's mark of a space

std::optional<int32_t> first_known(const Tokenizer& tokenizer, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto id = tokenizer.id(name)) return id;
  }
  return std::nullopt;
}

std::optional<int32_t> first_of(std::initializer_list<std::optional<int32_t>> choices) {
  for (const auto& choice : choices) {
    if (choice) return choice;
  }
  return std::nullopt;
}

// How the vocabulary spells what stands at the beginning, in the middle and at the end of a word.
struct Spelling {
  std::string continuing_prefix;  // WordPiece: "##"
  std::string ending_suffix;      // GPT-1: "</w>"
  bool metaspace = false, byte_level = false;
};

// True when a component of this type stands anywhere in `stage`, however deep in sequences.
bool has_type(const TokenizerJson& stage, std::string_view type) {
  if (stage.is_object() && stage.contains("type") && stage["type"] == type) return true;
  return (stage.is_object() || stage.is_array()) && std::any_of(stage.begin(), stage.end(), [&](const auto& part) { return has_type(part, type); });
}

std::string string_at(const TokenizerJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->template get<std::string>() : "";
}

Spelling spelling_of(const Tokenizer& tokenizer) {
  const TokenizerJson json = tokenizer.to_json();
  const TokenizerJson& model = json.at("model");
  const auto stage_has = [&](const char* stage, std::string_view type) { return json.contains(stage) && has_type(json[stage], type); };
  Spelling spelling;
  spelling.continuing_prefix = string_at(model, "continuing_subword_prefix");
  spelling.ending_suffix = string_at(model, "end_of_word_suffix");
  const bool letters = model.contains("type") && model["type"] == "WordLevel";
  spelling.byte_level = !letters && (stage_has("pre_tokenizer", "ByteLevel") || stage_has("decoder", "ByteLevel"));
  spelling.metaspace = stage_has("pre_tokenizer", "Metaspace") || stage_has("decoder", "Metaspace") ||
                       (json.contains("normalizer") && json["normalizer"].dump().find(kMetaspace) != std::string::npos);
  return spelling;
}

// In the byte-level alphabet a space is U+0120, tab, line feed and carriage return are U+0109, U+010A and U+010D; ASCII stands for itself, and
// anything else is a byte of a longer character.
bool continues_byte_level(std::string_view token) {
  if (token.empty()) return false;
  const auto first = static_cast<unsigned char>(token[0]);
  if (first < 0x80) return (first >= '0' && first <= '9') || ((first | 0x20) >= 'a' && (first | 0x20) <= 'z');
  const std::string_view character = token.substr(0, 2);
  return character != "\u0120" && character != "\u0109" && character != "\u010A" && character != "\u010D";
}

bool continues_before(const Spelling& spelling, std::string_view token) {
  if (!spelling.continuing_prefix.empty()) return token.starts_with(spelling.continuing_prefix);
  return spelling.metaspace ? !token.starts_with(kMetaspace) : continues_byte_level(token);
}

void mark_words(const Tokenizer& tokenizer, RoleIds& roles) {
  const Spelling spelling = spelling_of(tokenizer);
  const auto size = static_cast<size_t>(tokenizer.vocab_size());
  const bool by_suffix = !spelling.ending_suffix.empty();
  const bool by_beginning = !by_suffix && (!spelling.continuing_prefix.empty() || spelling.metaspace || spelling.byte_level);
  if (by_suffix) roles.joins_after.resize(size);
  if (by_beginning) roles.joins_before.resize(size);
  bool longer = false;  // a vocabulary of single bytes says nothing about words
  for (const int32_t id : roles.ordinary) {
    const std::string token = tokenizer.token(id);
    const auto place = static_cast<size_t>(id);
    if (by_suffix) roles.joins_after[place] = !token.ends_with(spelling.ending_suffix);
    if (by_beginning) roles.joins_before[place] = continues_before(spelling, token);
    longer = longer || token.size() > 2;
  }
  if (!longer) roles.joins_before.clear();
}

void mark_sentence_ends(const Tokenizer& tokenizer, RoleIds& roles) {
  roles.ends_sentence.resize(static_cast<size_t>(tokenizer.vocab_size()));
  for (const int32_t id : roles.ordinary) {
    const std::string token = tokenizer.token(id);
    roles.ends_sentence[static_cast<size_t>(id)] =
        token.find_first_of(".?!;:\n") != std::string::npos || token.find("\u010A") != std::string::npos;  // the byte-level alphabet's line feed
  }
}

// True when the vocabulary has this id: ids may have gaps.
bool in_use(const Tokenizer& tokenizer, int32_t id) {
  try {
    return !tokenizer.token(id).empty();
  } catch (const Error&) {
    return false;
  }
}

void sort_ids(const Tokenizer& tokenizer, RoleIds& roles) {
  roles.special.resize(static_cast<size_t>(tokenizer.vocab_size()));
  for (const auto& role : {roles.cls, roles.sep, roles.mask, roles.pad, roles.eos, roles.bos, roles.unk, roles.sentence_mask, roles.document_mask,
                           roles.piece_start, roles.piece_end}) {
    if (role) roles.special[static_cast<size_t>(*role)] = true;
  }
  for (const int32_t id : roles.sentinels) roles.special[static_cast<size_t>(id)] = true;
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    const auto place = static_cast<size_t>(id);
    if (!in_use(tokenizer, id)) continue;
    if (tokenizer.is_special(id)) roles.special[place] = true;
    if (!roles.special[place]) roles.ordinary.push_back(id);
  }
}

}  // namespace

BlankTokens blank_tokens(const Tokenizer& tokenizer) {
  return {first_known(tokenizer, {"[MASK]"}), first_known(tokenizer, {"[sMASK]"}), first_known(tokenizer, {"[gMASK]"}),
          first_known(tokenizer, {"<|startofpiece|>", "<sop>"}), first_known(tokenizer, {"<|endofpiece|>", "<eop>"})};
}

RoleIds roles_of(const Tokenizer& tokenizer) {
  const SpecialIds& known = tokenizer.special();
  RoleIds roles;
  roles.cls = first_of({known.cls, first_known(tokenizer, {"[CLS]"})});
  roles.sep = first_of({known.sep, first_known(tokenizer, {"[SEP]"})});
  const BlankTokens blanks = blank_tokens(tokenizer);
  roles.mask = first_of({known.mask, blanks.mask});
  roles.pad = known.pad;
  roles.eos = known.eos;
  roles.bos = known.bos;
  roles.unk = known.unk;
  roles.start = first_of({known.pad, known.bos, known.eos});
  roles.sentence_mask = blanks.sentence_mask;
  roles.document_mask = blanks.document_mask;
  roles.piece_start = blanks.piece_start;
  roles.piece_end = blanks.piece_end;
  while (const auto id = tokenizer.id(cat("<extra_id_", roles.sentinels.size(), ">"))) roles.sentinels.push_back(*id);
  sort_ids(tokenizer, roles);
  if (roles.ordinary.empty()) fail("the tokenizer has special tokens only, and nothing to learn");
  mark_words(tokenizer, roles);
  mark_sentence_ends(tokenizer, roles);
  return roles;
}

void require(std::string_view objective, std::initializer_list<NeededRole> roles) {
  std::vector<std::string> missing;
  for (const NeededRole& role : roles) {
    if (!role.id) missing.emplace_back(role.name);
  }
  if (missing.empty()) return;
  fail("the objective ", objective, " writes ", joined(missing),
       ", which the tokenizer does not have; leave tokenizer.path empty to train one that has ", missing.size() == 1 ? "it" : "them", ", or add ",
       missing.size() == 1 ? "it" : "them", " to its special tokens");
}

}  // namespace gimbal
