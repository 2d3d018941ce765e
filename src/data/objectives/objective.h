// What a run learns from text: an objective turns stretches of tokens into what a model reads and what it is to say. Each kind is one
// file here and one line in kinds.cc; docs/objectives.md writes each one out for a small sentence.
//
// Examples are pure functions of (seed, number), keep nothing between calls, and may be asked for from many threads.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/mixed_examples.h"
#include "data/objectives/frame.h"
#include "data/objectives/roles.h"
#include "data/objectives/stretches.h"
#include "data/objectives/text_pairs.h"

namespace gimbal {

struct ObjectiveConfig {
  std::string kind = "causal";
  double mask_rate = 0.15;
  double mean_span = 3;
  bool whole_words = false;
  double short_share = 0.1;
  std::string style = "bert";
  double token_share = 0.5, sentence_share = 0.3, document_share = 0.2;
  double document_least = 0.5;
  MixtureConfig mixture;

  template <class V>
  void fields(V&& v) {
    v("kind", kind, "causal, mlm, mlm+nsp, mlm+sop, span-corruption, denoising, prefix, blank-infilling or text-to-text");
    v("mask_rate", mask_rate, "share of the tokens that are hidden (mlm, span-corruption, denoising, blank-infilling)");
    v("mean_span", mean_span, "mean tokens of a hidden span (span-corruption; the Poisson mean of blank-infilling)");
    v("whole_words", whole_words, "mlm: all pieces of a word are chosen together");
    v("short_share", short_share, "mlm: share of the examples that are cut to a random length");
    v("style", style, "denoising: bert, mass, replaced-spans, drop or deshuffle");
    v("token_share", token_share, "blank-infilling: share of the examples with short random spans");
    v("sentence_share", sentence_share, "blank-infilling: share with whole sentences hidden");
    v("document_share", document_share, "blank-infilling: share with one long span at the end");
    v("document_least", document_least, "blank-infilling: least part of the text that the long span takes");
    v("mixture", mixture, "");
  }
};

/// What an objective's token files hold of each document.
enum class Documents : uint8_t {
  kClosed,     // its tokens and an end-of-document (eos; sep where there is none)
  kOpen,       // its tokens alone: the objective writes its own ends
  kSentences,  // its sentences, sep behind each (sentences.h)
  kPairs,      // no token file: sources and targets (text_pairs.h)
};

struct ObjectiveRequest {
  TokenShard shard;
  std::vector<TextPairs> pairs;  // of Documents::kPairs: one a task
  Sampling sampling = Sampling::kShuffle;
  int64_t context = 0;         // rows of a sequence, with all that the objective adds
  int64_t target_context = 0;  // most rows of an encoder-decoder's decoder; 0: as `context`
  uint64_t seed = 0;
  RoleIds roles;
  ObjectiveConfig config;
  Use use = Use::kTrain;
  Frame frame = Frame::kCausal;  // of the objectives that make pairs

  /// What a pair has room for; [CLS], with which GLM's sources begin (opened()), has its row already.
  PairLimits limits() const { return {frame, frame == Frame::kBlank ? context - 1 : context, target_context}; }
  /// What closes the documents of Documents::kClosed.
  std::optional<int32_t> document_end() const { return roles.eos ? roles.eos : roles.sep; }
};

/// The special tokens that a tokenizer trained for an objective begins with.
enum class Alphabet : uint8_t { kPlain, kBert, kText, kSentinels, kBlanks };

struct ObjectiveKind {
  std::string_view name;
  std::string_view asks;  // one line for people
  std::string_view head;  // model.head
  std::string_view mask;  // model.mask; "" for pairs, which take what their frame has
  Documents documents;
  Alphabet alphabet;
  std::shared_ptr<const Examples> (*make)(const ObjectiveRequest& request);
};

/// Whether its pairs' sources end with eos in every frame, so that a model must be asked with it; "prefix" parts nothing in one stack.
inline bool closes_sources(const ObjectiveKind& kind) { return kind.documents == Documents::kOpen || kind.documents == Documents::kPairs; }

std::span<const ObjectiveKind> objective_kinds();
/// Error naming the nearest kind.
const ObjectiveKind& objective_named(const std::string& name);

/// Error for settings that make no sense, for a tokenizer without the needed roles, and for a context that is too short.
std::shared_ptr<const Examples> make_examples(const std::string& objective, const ObjectiveRequest& request);

/// Special tokens in the order of their ids, for a tokenizer that is trained for the objective. Frame::kBlank adds GLM's.
std::vector<std::string> special_tokens_for(const std::string& objective, Frame frame = Frame::kCausal);

/// How token files for the objective are made: its documents' ends (none where pairs for two stacks are closed by the objective), and a fingerprint
/// that tells sentences from plain documents.
ShardRecipe shard_recipe(const ObjectiveKind& kind, const Tokenizer& tokenizer, Frame frame = Frame::kCausal);
/// The tokens of one document for the objective's token files.
Tokenize tokenize_for(const ObjectiveKind& kind, const Tokenizer& tokenizer);

}  // namespace gimbal
