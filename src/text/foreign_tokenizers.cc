// BERT's word list becomes a tokenizer.json; a SentencePiece model becomes a pipeline of its own parts.
#include "text/foreign_tokenizers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "text/fallback_bytes.h"
#include "text/models/bpe.h"
#include "text/models/unigram.h"
#include "text/sentence_piece.h"
#include "text/tokenizer_pipeline.h"

namespace gimbal::text {
namespace {

using Piece = SentencePieceModel::Piece;
using Sort = SentencePieceModel::Sort;

bool is_cut_out_of_text(const Piece& piece) { return piece.sort == Sort::kNormal || piece.sort == Sort::kUserDefined; }

int32_t unknown_id(const SentencePieceModel& model) {
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].sort == Sort::kUnknown) return static_cast<int32_t>(id);
  }
  fail("the model has no unknown token");
}

// The scores, with SentencePiece's bonus for user-defined pieces: they are cut out whatever is around them.
TokenModelPtr unigram_from(const SentencePieceModel& model) {
  float least = INFINITY, most = -INFINITY;
  for (const Piece& piece : model.pieces) {
    if (piece.sort != Sort::kNormal) continue;
    least = std::min(least, piece.score);
    most = std::max(most, piece.score);
  }
  UnigramPieces pieces;
  for (const Piece& piece : model.pieces) {
    const double bonus = static_cast<float>(piece.token.size()) * most - 0.1;
    pieces.pieces.push_back({piece.token, piece.sort == Sort::kUserDefined ? bonus : piece.score, is_cut_out_of_text(piece)});
  }
  pieces.unknown_id = unknown_id(model);
  pieces.unknown_score = least - 10.0f;
  pieces.byte_fallback = model.byte_fallback;
  pieces.sums = ScoreSums::kFloat;
  return make_unigram(std::move(pieces));
}

// SentencePiece merges two neighbours when they are a piece together, that of the highest score first: so each way to cut a piece in two is a merge.
TokenModelPtr bpe_from(const SentencePieceModel& model) {
  BpeRules rules;
  std::vector<int32_t> ranked;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    rules.vocabulary.add(model.pieces[id].token, static_cast<int32_t>(id));
    if (is_cut_out_of_text(model.pieces[id])) ranked.push_back(static_cast<int32_t>(id));
  }
  const auto piece = [&](int32_t id) -> const Piece& { return model.pieces[static_cast<size_t>(id)]; };
  std::stable_sort(ranked.begin(), ranked.end(), [&](int32_t a, int32_t b) { return piece(a).score > piece(b).score; });
  float last_score = INFINITY;
  for (const int32_t id : ranked) {
    const std::string_view token = piece(id).token;
    for (size_t middle = character_length(token[0]); middle < token.size(); middle += character_length(token[middle])) {
      const std::optional<int32_t> left = rules.vocabulary.id(token.substr(0, middle)), right = rules.vocabulary.id(token.substr(middle));
      if (!left || !right || !is_cut_out_of_text(piece(*left)) || !is_cut_out_of_text(piece(*right))) continue;
      rules.merges.add(*left, *right, id, piece(id).score == last_score ? MergeTable::Rank::kSameAsLast : MergeTable::Rank::kNext);
      last_score = piece(id).score;
    }
  }
  rules.unknown_token = piece(unknown_id(model)).token;
  rules.fuse_unknown = true;
  rules.byte_fallback = model.byte_fallback;
  return make_bpe(std::move(rules));
}

std::string control_token(const SentencePieceModel& model, const std::string& name) {
  const bool found = std::any_of(model.pieces.begin(), model.pieces.end(), [&](const Piece& p) { return p.sort == Sort::kControl && p.token == name; });
  return found ? name : "";
}

int count_sentinels(const Json& tokenizer_config, const Json& model_config) {
  if (tokenizer_config.is_object() && tokenizer_config.contains("extra_ids")) {
    return static_cast<int>(std::clamp<int64_t>(field_or<int64_t>(tokenizer_config, "extra_ids", 0), 0, 10000));
  }
  return field_or<std::string>(model_config, "model_type", "") == "t5" ? 100 : 0;
}

// "<s> $A" and "$A </s>", as the model and its configuration have them; null where nothing is added.
Json template_from(const SentencePieceModel& model, const Json& config) {
  const std::string bos = control_token(model, "<s>"), eos = control_token(model, "</s>");
  const bool adds_bos = !bos.empty() && field_or(config, "add_bos_token", true);
  const bool adds_eos = !eos.empty() && field_or(config, "add_eos_token", bos.empty());
  if (!adds_bos && !adds_eos) return nullptr;
  // A second text has the type id 1 where it begins anew (Llama), as transformers has it.
  const std::string first = (adds_bos ? bos + " $A" : "$A") + (adds_eos ? " " + eos : "");
  const std::string second = (adds_bos ? bos + ":1 $B:1" : "$B") + (adds_eos ? " " + eos + (adds_bos ? ":1" : "") : "");
  Json ids = Json::object();
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].sort == Sort::kControl) ids[model.pieces[id].token] = id;
  }
  return template_json(first, first + " " + second, ids);
}

}  // namespace

TokenModelPtr make_sentence_piece_token_model(const SentencePieceModel& model) {
  for (const Piece& piece : model.pieces) {
    if (piece.sort == Sort::kUnused) fail("the piece \"", piece.token, "\" of the model is marked as unused, which is not supported");
  }
  if (model.algorithm == SentencePieceModel::Algorithm::kUnigram) return unigram_from(model);
  if (model.algorithm == SentencePieceModel::Algorithm::kBpe) return bpe_from(model);
  fail("only SentencePiece models of the types unigram and bpe are supported, not word and char");
}

Tokenizer tokenizer_from_sentence_piece(const std::string& bytes, const Json& tokenizer_config, const Json& model_config) {
  const SentencePieceModel model = read_sentence_piece_model(bytes);
  auto pipeline = std::make_shared<Tokenizer::Pipeline>();
  pipeline->normalizer = make_sentence_piece_normalizer(model);
  pipeline->model = make_sentence_piece_token_model(model);
  pipeline->post_processor = make_post_processor(template_from(model, tokenizer_config));
  pipeline->decoder = make_sentence_piece_decoder(model);
  Json added = Json::array();
  for (const Piece& piece : model.pieces) {
    if (piece.sort != Sort::kControl && piece.sort != Sort::kUnknown) continue;
    added.push_back(special_token_json(piece.token));
    added.back()["in_text"] = false;
  }
  for (const std::string& sentinel : sentinel_tokens(count_sentinels(tokenizer_config, model_config))) added.push_back(special_token_json(sentinel));
  pipeline->added = AddedTokens(added, *pipeline->model, pipeline->normalizer.get());
  pipeline->config = tokenizer_config;
  pipeline->complete();
  return Tokenizer(std::move(pipeline));
}

Tokenizer tokenizer_from_word_list(const std::string& lines, const Json& tokenizer_config) {
  Json vocabulary = Json::object();
  std::istringstream stream(lines);
  int64_t id = 0;
  for (std::string line; std::getline(stream, line); ++id) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    vocabulary[line] = id;
  }
  BertRules rules;
  rules.lowercase = field_or(tokenizer_config, "do_lower_case", true);
  rules.handle_ideographs = field_or(tokenizer_config, "tokenize_chinese_chars", true);
  if (tokenizer_config.is_object() && tokenizer_config.contains("strip_accents")) rules.strip_accents = tokenizer_config["strip_accents"];
  return Tokenizer::from_json(bert_tokenizer_json(std::move(vocabulary), rules), tokenizer_config);
}

Json bert_tokenizer_json(Json vocabulary, const BertRules& rules) {
  Json added = Json::array();
  for (const char* token : kBertSpecialTokens) {
    if (!vocabulary.contains(token)) fail("the vocabulary lacks BERT's special token ", token);
    added.push_back(special_token_json(token));
  }
  const Json post_processor = template_json("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", vocabulary);
  return {{"version", "1.0"},
          {"added_tokens", std::move(added)},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", rules.handle_ideographs},
            {"strip_accents", rules.strip_accents},
            {"lowercase", rules.lowercase}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", post_processor},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"model", {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"vocab", std::move(vocabulary)}}}};
}

Json special_token_json(const std::string& token) { return {{"id", 0}, {"content", token}, {"special", true}, {"normalized", false}}; }

std::vector<std::string> sentinel_tokens(int count) {
  std::vector<std::string> tokens;
  for (int i = count - 1; i >= 0; --i) tokens.push_back("<extra_id_" + std::to_string(i) + ">");
  return tokens;
}

Json template_json(const std::string& single, const std::string& pair, const Json& ids) {
  Json specials = Json::object();
  const auto pieces = [&](const std::string& text) {
    Json list = Json::array();
    std::istringstream words(text);
    for (std::string name; words >> name;) {
      const int type_id = name.ends_with(":1") ? 1 : 0;
      if (type_id == 1) name.resize(name.size() - 2);
      if (name[0] == '$') {
        list.push_back({{"Sequence", {{"id", name.substr(1)}, {"type_id", type_id}}}});
        continue;
      }
      list.push_back({{"SpecialToken", {{"id", name}, {"type_id", type_id}}}});
      specials[name] = {{"id", name}, {"ids", {ids.at(name)}}, {"tokens", {name}}};
    }
    return list;
  };
  Json json = {{"type", "TemplateProcessing"}};
  json["single"] = pieces(single);
  json["pair"] = pieces(pair);
  json["special_tokens"] = std::move(specials);
  return json;
}

}  // namespace gimbal::text
