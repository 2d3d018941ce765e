// The normalizers NFC, NFD, NFKC and NFKD: Unicode's normalization forms (UAX #15), with the alignment that Hugging Face tokenizers gives.
//
// That library knows the characters of Unicode 9; later ones pass unchanged here too, so that ids agree.
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

#include <algorithm>

#include "core/error.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

/// One of the four forms: canonical or compatible decomposition, composed again or not.
struct Form {
  const char* name;
  enum class Equivalence : uint8_t { kCanonical, kCompatible } equivalence;
  enum class Composition : uint8_t { kApart, kComposed } composition;
};

void check(UErrorCode status) {
  if (U_FAILURE(status)) fail("ICU cannot load its normalization data: ", u_errorName(status));
}

const icu::UnicodeSet& unicode_9() {
  static const icu::UnicodeSet characters = [] {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeSet set(icu::UnicodeString(u"[:Age=9.0:]"), status);
    check(status);
    set.freeze();
    return set;
  }();
  return characters;
}

/// Decomposed characters in canonical order. A change of 1 marks those that their decomposition adds.
std::vector<Edit> decompose(std::string_view text, const icu::Normalizer2& decomposer) {
  std::vector<Edit> edits;
  std::vector<uint8_t> classes;  // the canonical combining class of each edit
  size_t first_mark = 0;         // where the current run of marks begins; it is sorted when the next starter comes
  const auto sort_marks = [&] {
    for (size_t i = first_mark + 1; i < edits.size(); ++i) {
      for (size_t k = i; k > first_mark && classes[k - 1] > classes[k]; --k) {
        std::swap(classes[k - 1], classes[k]);
        std::swap(edits[k - 1], edits[k]);
      }
    }
  };
  const auto put = [&](UChar32 c, int change) {
    const uint8_t mark_class = decomposer.getCombiningClass(c);
    if (mark_class == 0) sort_marks();
    edits.push_back({static_cast<char32_t>(c), change});
    classes.push_back(mark_class);
    if (mark_class == 0) first_mark = edits.size();
  };
  icu::UnicodeString parts;
  for (size_t i = 0; i < text.size(); i += character_length(text[i])) {
    const auto c = static_cast<UChar32>(character_at(text.data() + i));
    if (c < 0x80 || !decomposer.getDecomposition(c, parts)) {
      put(c, 0);
      continue;
    }
    for (int32_t k = 0; k < parts.length(); k = parts.moveIndex32(k, 1)) put(parts.char32At(k), k == 0 ? 0 : 1);
  }
  sort_marks();
  return edits;
}

/// Composes what is not blocked. A composed character carries the changes of its parts, less one for each part taken in.
std::vector<Edit> compose(const std::vector<Edit>& parts, const icu::Normalizer2& composer) {
  std::vector<Edit> edits;
  size_t starter = parts.size();  // index into edits of the starter that marks may join, or none
  int last_class = -1;            // of the marks since the starter that did not join it
  for (const Edit& part : parts) {
    const auto c = static_cast<UChar32>(part.character);
    const int mark_class = composer.getCombiningClass(c);
    if (starter < edits.size() && last_class < mark_class) {
      const UChar32 composed = composer.composePair(static_cast<UChar32>(edits[starter].character), c);
      if (composed >= 0) {
        edits[starter] = {static_cast<char32_t>(composed), edits[starter].change + part.change - 1};
        continue;
      }
    }
    edits.push_back(part);
    if (mark_class == 0) {
      starter = edits.size() - 1;
      last_class = -1;
    } else if (starter < edits.size()) {
      last_class = mark_class;
    }
  }
  return edits;
}

class UnicodeForm final : public Normalizer {
 public:
  explicit UnicodeForm(const Form& form)
      : form_(form), whole_(instance(form, form.composition), unicode_9()), apart_(instance(form, Form::Composition::kApart), unicode_9()) {}

  void apply(AlignedText& text) const override {
    const std::string_view old = text.text();
    UErrorCode status = U_ZERO_ERROR;
    const bool is_normal = whole_.isNormalizedUTF8(icu::StringPiece(old.data(), static_cast<int32_t>(old.size())), status);
    check(status);
    if (is_normal) return;
    if (text.tracking() == Tracking::kOff) {
      std::string fresh;
      icu::StringByteSink<std::string> sink(&fresh, static_cast<int32_t>(old.size()));
      whole_.normalizeUTF8(0, icu::StringPiece(old.data(), static_cast<int32_t>(old.size())), sink, nullptr, status);
      check(status);
      text.replace(std::move(fresh), {});
      return;
    }
    std::vector<Edit> edits = decompose(old, apart_);
    if (form_.composition == Form::Composition::kComposed) edits = compose(edits, whole_);
    text.transform(edits);
  }
  OrderedJson to_json() const override { return {{"type", form_.name}}; }

 private:
  static const icu::Normalizer2& instance(const Form& form, Form::Composition composition) {
    UErrorCode status = U_ZERO_ERROR;
    const char* data = form.equivalence == Form::Equivalence::kCanonical ? "nfc" : "nfkc";
    const auto mode = composition == Form::Composition::kComposed ? UNORM2_COMPOSE : UNORM2_DECOMPOSE;
    const icu::Normalizer2* normalizer = icu::Normalizer2::getInstance(nullptr, data, mode, status);
    check(status);
    return *normalizer;
  }

  Form form_;
  icu::FilteredNormalizer2 whole_, apart_;
};

using Equivalence = Form::Equivalence;
using Composition = Form::Composition;

}  // namespace

NormalizerPtr make_nfc(const Json&) { return std::make_unique<UnicodeForm>(Form{"NFC", Equivalence::kCanonical, Composition::kComposed}); }
NormalizerPtr make_nfd(const Json&) { return std::make_unique<UnicodeForm>(Form{"NFD", Equivalence::kCanonical, Composition::kApart}); }
NormalizerPtr make_nfkc(const Json&) { return std::make_unique<UnicodeForm>(Form{"NFKC", Equivalence::kCompatible, Composition::kComposed}); }
NormalizerPtr make_nfkd(const Json&) { return std::make_unique<UnicodeForm>(Form{"NFKD", Equivalence::kCompatible, Composition::kApart}); }

}  // namespace gimbal::text
