// Added tokens: those that are cut out of a text before anything else sees it, such as <|endoftext|>.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"
#include "text/models/token_model.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {

struct AddedToken {
  std::string content;
  std::string normal_form;  ///< what is looked for and decoded: the content, normalized if `normalized`
  int32_t id = 0;
  bool special = false;      ///< left out by SkipSpecial::kYes
  bool normalized = true;    ///< looked for in normalized text, else in the text as given
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< takes the white space before it in
  bool rstrip = false;       ///< takes the white space after it in
  bool in_text = true;       ///< false: it has its role, but text that spells it is text (SentencePiece's control symbols)
};

/// Finds the leftmost and there the longest of several strings.
class StringFinder {
 public:
  void add(std::string_view string, uint32_t value);
  bool empty() const { return nodes_.size() == 1; }

  struct Match {
    size_t begin, end;
    uint32_t value;
  };
  /// The first match at or after `from`, or one with begin == npos.
  Match find(std::string_view text, size_t from) const;

 private:
  static constexpr uint32_t kNone = ~0u;
  struct Node {
    uint32_t value = kNone, child = kNone, sibling = kNone;
    char byte = 0;
  };
  uint32_t child_of(uint32_t node, char byte) const;

  std::vector<Node> nodes_ = std::vector<Node>(1);  // a trie; node 0 is the root
  std::array<bool, 256> begins_{};                  // the bytes that some string begins with
};

class AddedTokens {
 public:
  AddedTokens() = default;
  /// From the "added_tokens" array of a tokenizer.json. Ids are given as Hugging Face tokenizers gives them: the model's id for a token that it has,
  /// else the next free one; where the file says otherwise, the file is wrong about what its tokenizer does.
  AddedTokens(const Json& list, const TokenModel& model, const Normalizer* normalizer);
  OrderedJson to_json() const;

  const std::vector<AddedToken>& list() const { return tokens_; }
  const AddedToken* find(std::string_view content) const;

  /// A stretch of text, or an added token that was found: then `token` is not null.
  struct Piece {
    Span span;
    const AddedToken* token;
  };
  enum class Stage : uint8_t { kAsGiven, kNormalized };
  /// Cuts a text into added tokens of one stage and what lies between. Without a match, one piece.
  std::vector<Piece> split(std::string_view text, Stage stage) const;

 private:
  std::vector<AddedToken> tokens_;
  StringFinder as_given_, normalized_;
};

}  // namespace gimbal::text
