// The Metaspace pre-tokenizer (SentencePiece, arXiv:1808.06226): spaces become a visible mark, one is put in front, and each mark begins a word.
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/prepend_scheme.h"

namespace gimbal::text {
namespace {

class Metaspace final : public PreTokenizer {
 public:
  explicit Metaspace(const Json& json)
      : mark_(field_or<std::string>(json, "replacement", "\u2581")), scheme_(prepend_scheme_from(json)), splits_(field_or(json, "split", true)) {
    if (mark_.empty() || character_length(mark_[0]) != mark_.size()) fail("\"replacement\" must be one character, but is \"", mark_, "\"");
  }

  void apply(TextRun& run) const override {
    if (run.byte_level) spell_bytes(run);
    const std::string_view old = run.text.text();
    std::string marked;
    marked.reserve(old.size() + old.size() / 2);
    std::vector<Span> origins, words;
    words.reserve(run.words.size());
    const bool tracked = run.text.tracking() == Tracking::kOn;
    const auto put = [&](std::string_view bytes, uint32_t from) {
      marked += bytes;
      if (tracked) origins.insert(origins.end(), bytes.size(), run.text.origin({from, from + 1}));
    };
    for (const Span word : run.words) {
      auto begin = static_cast<uint32_t>(marked.size());
      if (wants_mark(run, word)) put(mark_, word.begin);
      for (uint32_t i = word.begin; i < word.end;) {
        const uint32_t length = character_length(old[i]);
        const bool is_mark = old[i] == ' ' || old.substr(i, length) == mark_;
        const auto here = static_cast<uint32_t>(marked.size());
        if (is_mark && splits_ && begin < here) {
          words.push_back({begin, here});
          begin = here;
        }
        put(is_mark ? std::string_view(mark_) : old.substr(i, length), i);
        i += length;
      }
      words.push_back({begin, static_cast<uint32_t>(marked.size())});
    }
    run.text.replace(std::move(marked), std::move(origins));
    run.words = std::move(words);
  }

  OrderedJson to_json() const override {
    return {{"type", "Metaspace"}, {"replacement", mark_}, {"prepend_scheme", prepend_scheme_name(scheme_)}, {"split", splits_}};
  }

 private:
  bool wants_mark(const TextRun& run, Span word) const {
    const std::string_view text = cut(run.text.text(), word);
    if (scheme_ == PrependScheme::kNever || text[0] == ' ' || text.starts_with(mark_)) return false;
    return scheme_ == PrependScheme::kAlways || (word.begin == 0 && run.text.begins_original());
  }

  std::string mark_;
  PrependScheme scheme_;
  bool splits_;
};

}  // namespace

PreTokenizerPtr make_metaspace_pre_tokenizer(const Json& json) { return std::make_unique<Metaspace>(json); }

}  // namespace gimbal::text
