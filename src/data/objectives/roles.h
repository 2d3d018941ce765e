// The ids that objectives write beside ordinary tokens, found in a tokenizer by their published names.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rng.h"
#include "text/tokenizer.h"

namespace gimbal {

/// Roles that a tokenizer lacks are empty; require() turns what an objective misses into one sentence.
struct RoleIds {
  std::optional<int32_t> cls, sep, mask, pad, eos, bos, unk;
  std::optional<int32_t> start;                         // what a decoder reads first: pad as T5 has it, else bos, else eos
  std::vector<int32_t> sentinels;                       // T5: <extra_id_0>, <extra_id_1>, … as far as they go without a gap
  std::optional<int32_t> sentence_mask, document_mask;  // GLM: [sMASK], [gMASK]
  std::optional<int32_t> piece_start, piece_end;        // GLM: <|startofpiece|>, <|endofpiece|> (<sop>, <eop>)
  std::vector<int32_t> ordinary;                        // ids of text, ascending: what a random replacement is drawn from

  // One flag an id; an empty vector is all false.
  std::vector<bool> special;                    // none of its text is learned as text: the roles above, and the tokenizer's special tokens
  std::vector<bool> joins_before, joins_after;  // within a word with the token before it, with the one after it
  std::vector<bool> ends_sentence;              // its text holds one of . ? ! ; : or a line's end, as GLM's released code asks

  bool is_special(int32_t id) const { return flag(special, id); }
  /// True when `id` goes on with the word that `before`, the token before it, belongs to.
  bool continues_word(int32_t before, int32_t id) const {
    return !is_special(before) && !is_special(id) && (flag(joins_before, id) || flag(joins_after, before));
  }
  /// False where a tokenizer does not say where words begin (characters, bytes): every token is then a word of its own.
  bool knows_words() const { return !joins_before.empty() || !joins_after.empty(); }
  /// One of `ordinary`, each with the same chance.
  int32_t random_ordinary(Rng& rng) const { return ordinary[static_cast<size_t>(rng.below(ordinary.size()))]; }

 private:
  static bool flag(const std::vector<bool>& flags, int32_t id) { return static_cast<size_t>(id) < flags.size() && flags[static_cast<size_t>(id)]; }
};

/// GLM's tokens by their published names, as far as the tokenizer has them.
struct BlankTokens {
  std::optional<int32_t> mask, sentence_mask, document_mask;  // [MASK], [sMASK], [gMASK]
  std::optional<int32_t> piece_start, piece_end;              // <|startofpiece|> and <|endofpiece|>, or <sop> and <eop>
};
BlankTokens blank_tokens(const Tokenizer& tokenizer);

/// Roles from the tokenizer's special tokens and, for T5's and GLM's, from any token of that name.
RoleIds roles_of(const Tokenizer& tokenizer);

/// A role that an objective cannot do without, and the name that people know it by.
struct NeededRole {
  const std::optional<int32_t>& id;
  std::string_view name;
};
/// Error that names all roles that are missing.
void require(std::string_view objective, std::initializer_list<NeededRole> roles);

}  // namespace gimbal
