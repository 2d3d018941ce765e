// The Precompiled normalizer: SentencePiece's rules (T5: NFKC and more) as Hugging Face tokenizers applies them.
//
// A grapheme cluster of fewer than six bytes that begins with the string of a rule becomes that rule's replacement, all of it; of several rules the
// shortest counts. Other clusters are taken character by character. (SentencePiece itself takes the longest string at each place:
// normalizers/sentence_piece.cc.)
#include "text/base64.h"
#include "text/charsmap.h"
#include "text/graphemes.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

constexpr size_t kLongCluster = 6;

int characters_of_piece(std::string_view text) {
  int count = 0;
  for (const char byte : text) count += continues_character(byte) ? 0 : 1;
  return count;
}

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(const Json& json) : charsmap_(from_base64(field_as<std::string>(json, "precompiled_charsmap"))) {}

  void apply(AlignedText& text) const override { text.tracking() == Tracking::kOn ? apply_tracked(text) : apply_fast(text); }

  OrderedJson to_json() const override { return {{"type", "Precompiled"}, {"precompiled_charsmap", to_base64(charsmap_.bytes())}}; }

 private:
  /// Calls keep(span) for what stays as it is, and put(old, replacement) for what does not.
  template <class Keep, class Put>
  void walk(std::string_view text, Keep&& keep, Put&& put) const {
    const auto is_ascii = [&](size_t i) { return static_cast<unsigned char>(text[i]) < 0x80; };
    for (size_t i = 0; i < text.size();) {
      if (is_ascii(i) && charsmap_.is_plain(static_cast<unsigned char>(text[i])) && (i + 1 == text.size() || is_ascii(i + 1))) {
        keep(text.substr(i, 1));
        ++i;
        continue;
      }
      const size_t end = grapheme_end(text, i);
      const std::string_view cluster = text.substr(i, end - i);
      const std::optional<Charsmap::Match> whole = cluster.size() < kLongCluster ? charsmap_.shortest(cluster) : std::nullopt;
      if (whole) put(cluster, whole->replacement);
      while (!whole && i < end) {
        const std::string_view character = text.substr(i, character_length(text[i]));
        const std::optional<Charsmap::Match> match = charsmap_.shortest(character);
        match ? put(character, match->replacement) : keep(character);
        i += character.size();
      }
      i = end;
    }
  }

  void apply_fast(AlignedText& text) const {
    std::string fresh;
    fresh.reserve(text.text().size());
    walk(text.text(), [&](std::string_view same) { fresh += same; }, [&](std::string_view, std::string_view replacement) { fresh += replacement; });
    if (fresh != text.text()) text.replace(std::move(fresh), {});
  }

  // New characters stand in the place of the old ones, one by one. What there are more of hangs on the last; what there are fewer of is dropped
  // after the last, or, in an odd case that Hugging Face tokenizers has too, after the last one of what came before.
  void apply_tracked(AlignedText& text) const {
    std::vector<Edit> edits;
    bool changed = false;
    const auto append = [&](std::string_view characters, int change) {
      for (size_t i = 0; i < characters.size(); i += character_length(characters[i])) edits.push_back({character_at(characters.data() + i), change});
    };
    walk(
        text.text(), [&](std::string_view same) { append(same, 0); },
        [&](std::string_view old, std::string_view replacement) {
          changed = true;
          append(replacement, 0);
          const int more = characters_of_piece(replacement) - characters_of_piece(old);
          for (int k = 0; k < more; ++k) edits[edits.size() - 1 - static_cast<size_t>(k)].change = 1;
          if (more < 0 && !edits.empty()) edits.back().change += more;
        });
    if (changed) text.transform(edits);
  }

  Charsmap charsmap_;
};

}  // namespace

NormalizerPtr make_precompiled(const Json& json) { return std::make_unique<Precompiled>(json); }

}  // namespace gimbal::text
