// A tag for each word: the token that begins it answers for an encoder (arXiv:1810.04805 section 5.3), the one that ends it for a decoder, which has
// then read the word. The words are joined by spaces; long texts are cut between words into parts. A tag that was not there to be learned from has no
// target: it counts as missed, since data sets have such rare ones.
#include <algorithm>

#include "core/error.h"
#include "data/forms/form.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

struct Part {
  std::vector<int32_t> ids;
  std::vector<std::pair<size_t, int64_t>> answering;  // word, and the token among `ids` that answers for it
};

class TokensForm final : public TaskForm {
 public:
  explicit TokensForm(const FormRequest& request) : r_(request) {
    const auto outside = std::find(r_.labels.begin(), r_.labels.end(), "O");
    unread_ = outside != r_.labels.end() ? *outside : r_.labels.at(0);
  }

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) {
      if (record.words.empty()) fail(name_of(record), " has no words");
      if (record.labelled && record.tags.size() != record.words.size())
        fail(name_of(record), " has ", record.words.size(), " words and ", record.tags.size(), " tags");
    }
  }
  int64_t parts(const Record& record) const override { return static_cast<int64_t>(cut(record).size()); }

  void add(const Record& record, int64_t part, TokenBatch& batch) const override {
    const Part p = cut(record).at(static_cast<size_t>(part));
    TextLayout::Laid laid = r_.layout.lay(p.ids, nullptr, r_.context);
    laid.sequence.targets.assign(laid.sequence.ids.size(), kIgnoredTarget);
    if (record.labelled)
      for (const auto& [word, token] : p.answering)
        laid.sequence.targets[static_cast<size_t>(laid.begin[0] + token)] = target_of(record.tags.at(word));
    batch.add(laid.sequence);
  }

  Prediction read(const Record& record, std::span<const HeadAnswer> answers) const override {
    Prediction p;
    p.tags.assign(record.words.size(), unread_);
    const std::vector<Part> parts = cut(record);
    for (size_t i = 0; i < parts.size(); ++i) {
      for (const auto& [word, token] : parts[i].answering) {
        const auto row = answers[i].row(1 + token);  // behind the layout's first token
        p.tags[word] = r_.labels[static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin())];
      }
    }
    return p;
  }

 private:
  int32_t target_of(const std::string& tag) const {
    const auto found = std::find(r_.labels.begin(), r_.labels.end(), tag);
    return found == r_.labels.end() ? kIgnoredTarget : static_cast<int32_t>(found - r_.labels.begin());
  }

  std::vector<Part> cut(const Record& record) const {
    std::string text;
    std::vector<int32_t> word_at;  // of each character
    for (size_t w = 0; w < record.words.size(); ++w) {
      if (w > 0) text += ' ', word_at.push_back(-1);
      text += record.words[w];
      word_at.insert(word_at.end(), characters_of(record.words[w]), static_cast<int32_t>(w));
    }
    const Encoding encoding = r_.tokenizer.encode_with_offsets(text, AddSpecial::kNo);
    const int64_t room = r_.context - TextLayout::added(1);
    std::vector<Part> parts(1);
    int32_t last_word = -1;
    for (size_t begin = 0; begin < encoding.ids.size();) {  // a word's tokens, and spaces before it, at a time
      size_t end = begin;
      int32_t word = -1;
      for (; end < encoding.ids.size(); ++end) {
        const auto [from, to] = encoding.offsets[end];
        const int32_t here = to > from ? word_at[static_cast<size_t>(to) - 1] : word;
        if (here >= 0 && word >= 0 && here != word) break;
        if (here >= 0) word = here;
      }
      const auto count = static_cast<int64_t>(end - begin);
      if (static_cast<int64_t>(parts.back().ids.size()) + std::min(count, room) > room) parts.emplace_back();
      Part& part = parts.back();
      size_t answers = begin, ends = end - 1;  // the first and the last token of the word, not of the spaces beside it
      while (answers + 1 < end && word_of(encoding, word_at, answers) != word) ++answers;
      while (ends > answers && word_of(encoding, word_at, ends) != word) --ends;
      const auto first = static_cast<int64_t>(part.ids.size());
      const int64_t kept = std::min(count, room);
      part.ids.insert(part.ids.end(), encoding.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                      encoding.ids.begin() + static_cast<std::ptrdiff_t>(begin) + kept);
      if (word > last_word) {
        const auto at = static_cast<int64_t>((r_.layout.kind == TextLayout::Kind::kDecoder ? ends : answers) - begin);
        part.answering.emplace_back(static_cast<size_t>(word), first + std::min(at, kept - 1));
        last_word = word;
      }
      begin = end;
    }
    return parts;
  }

  static size_t characters_of(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !gimbal::text::continues_character(c); }));
  }
  static int32_t word_of(const Encoding& encoding, const std::vector<int32_t>& word_at, size_t token) {
    const auto [from, to] = encoding.offsets[token];
    return to > from ? word_at[static_cast<size_t>(to) - 1] : -1;
  }

  FormRequest r_;
  std::string unread_;  // for words that became no token
};

}  // namespace

std::unique_ptr<TaskForm> make_tokens_form(const FormRequest& request) {
  if (request.labels.empty()) fail("the task ", request.task.name, " has no tags");
  return std::make_unique<TokensForm>(request);
}

}  // namespace gimbal
