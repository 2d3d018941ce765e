// SentencePiece's normalizer: compiled rules (the longest that fits at each place), white space trimmed and collapsed, and spaces made visible.
#include "text/base64.h"
#include "text/byte_trie.h"
#include "text/charsmap.h"
#include "text/sentence_piece.h"

namespace gimbal::text {
namespace {

ByteTrie user_defined_of(const SentencePieceModel& model) {
  std::vector<ByteTrie::Entry> entries;
  for (const SentencePieceModel::Piece& piece : model.pieces) {
    if (piece.sort == SentencePieceModel::Sort::kUserDefined) entries.push_back({piece.token, 0});
  }
  return ByteTrie(std::move(entries));
}

class SentencePiece final : public Normalizer {
 public:
  explicit SentencePiece(const SentencePieceModel& model)
      : charsmap_(model.charsmap.empty() ? std::nullopt : std::optional<Charsmap>(model.charsmap)),
        user_defined_(user_defined_of(model)),
        add_dummy_prefix_(model.add_dummy_prefix),
        remove_extra_spaces_(model.remove_extra_spaces),
        space_is_suffix_(model.space_is_suffix),
        space_(model.escape_spaces ? kSpaceMark : " ") {
    for (char32_t c = 0; c < 128; ++c) is_plain_[c] = c != ' ' && (!charsmap_ || charsmap_->is_plain(static_cast<unsigned char>(c)));
    for (const SentencePieceModel::Piece& piece : model.pieces) {
      const auto first = static_cast<unsigned char>(piece.token[0]);
      if (piece.sort == SentencePieceModel::Sort::kUserDefined && first < 128) is_plain_[first] = false;
    }
  }

  void apply(AlignedText& text) const override {
    const std::string_view old = text.text();
    Output out{text, {}, {}};
    out.fresh.reserve(old.size() + old.size() / 2);
    uint32_t at = 0;
    while (remove_extra_spaces_ && at < old.size()) {
      const Prefix prefix = next(old, at);
      if (prefix.normal != " ") break;
      at += prefix.length;
    }
    if (at == old.size()) return text.replace("", {});
    const Span first = out.origin(at, 1);
    if (add_dummy_prefix_ && !space_is_suffix_) out.put(space_, first);
    put_rest(old, at, out);
    if (remove_extra_spaces_) {
      while (out.fresh.ends_with(space_)) out.fresh.resize(out.fresh.size() - space_.size());
      if (!out.origins.empty()) out.origins.resize(out.fresh.size());
    }
    if (add_dummy_prefix_ && space_is_suffix_) out.put(space_, out.origins.empty() ? first : out.origins.back());
    text.replace(std::move(out.fresh), std::move(out.origins));
  }

  // As transformers converts such a model.
  OrderedJson to_json() const override {
    const auto replace = [](OrderedJson pattern, std::string_view content) {
      return OrderedJson{{"type", "Replace"}, {"pattern", std::move(pattern)}, {"content", content}};
    };
    OrderedJson list = OrderedJson::array();
    if (charsmap_) list.push_back({{"type", "Precompiled"}, {"precompiled_charsmap", to_base64(charsmap_->bytes())}});
    if (remove_extra_spaces_) {
      list.push_back({{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}});
      list.push_back(replace({{"Regex", " {2,}"}}, " "));
    }
    if (add_dummy_prefix_) list.push_back({{"type", "Prepend"}, {"prepend", space_}});
    list.push_back(replace({{"String", " "}}, space_));
    return {{"type", "Sequence"}, {"normalizers", std::move(list)}};
  }

 private:
  /// Text as it is built. Origins are kept only where the text is tracked.
  struct Output {
    const AlignedText& text;
    std::string fresh;
    std::vector<Span> origins;

    Span origin(uint32_t begin, uint32_t length) const {
      return text.tracking() == Tracking::kOn ? text.origin({begin, begin + length}) : Span{};
    }
    void put(std::string_view bytes, Span from) {
      fresh += bytes;
      if (text.tracking() == Tracking::kOn) origins.insert(origins.end(), bytes.size(), from);
    }
  };

  /// What the text begins with at a place, and what becomes of it.
  struct Prefix {
    std::string_view normal;
    uint32_t length;
  };

  Prefix next(std::string_view text, uint32_t at) const {
    const std::string_view rest = text.substr(at);
    const ByteTrie::Longest symbol = user_defined_.longest(rest);
    if (symbol.value != ByteTrie::kNoValue) return {rest.substr(0, symbol.length), symbol.length};
    if (charsmap_) {
      if (const std::optional<Charsmap::Match> rule = charsmap_->longest(rest)) return {rule->replacement, static_cast<uint32_t>(rule->length)};
    }
    const uint32_t length = character_length(rest[0]);
    return {rest.substr(0, length), length};
  }

  void put_rest(std::string_view old, uint32_t at, Output& out) const {
    bool after_space = remove_extra_spaces_;
    const auto is_ascii = [old](uint32_t i) { return static_cast<unsigned char>(old[i]) < 0x80; };
    while (at < old.size()) {
      if (is_ascii(at) && is_plain_[static_cast<unsigned char>(old[at])] && (at + 1 == old.size() || is_ascii(at + 1))) {
        out.put(old.substr(at, 1), out.origin(at, 1));
        after_space = false;
        ++at;
        continue;
      }
      const Prefix prefix = next(old, at);
      const Span from = out.origin(at, prefix.length);
      std::string_view normal = prefix.normal;
      while (after_space && normal.starts_with(' ')) normal.remove_prefix(1);
      for (size_t i = 0; i < normal.size(); ++i) out.put(normal[i] == ' ' ? std::string_view(space_) : normal.substr(i, 1), from);
      if (!normal.empty()) after_space = remove_extra_spaces_ && normal.ends_with(' ');
      at += prefix.length;
    }
  }

  std::optional<Charsmap> charsmap_;
  ByteTrie user_defined_;
  bool add_dummy_prefix_, remove_extra_spaces_, space_is_suffix_;
  std::string space_;
  bool is_plain_[128];
};

}  // namespace

NormalizerPtr make_sentence_piece_normalizer(const SentencePieceModel& model) { return std::make_unique<SentencePiece>(model); }

}  // namespace gimbal::text
