// The TemplateProcessing post-processor: special tokens around a text, such as "<|begin_of_text|> $A".
#include "text/post_processors/post_processor.h"

namespace gimbal::text {
namespace {

struct SpecialToken {
  std::vector<int32_t> ids;
  std::vector<std::string> tokens;
};

SpecialToken special_token(const Json& json) {
  SpecialToken special;
  for (const Json& id : array_field(json, "ids")) special.ids.push_back(static_cast<int32_t>(value_as<int64_t>(id, "ids")));
  for (const Json& token : array_field(json, "tokens")) special.tokens.push_back(value_as<std::string>(token, "tokens"));
  if (special.ids.size() != special.tokens.size()) fail("a special token has ", special.ids.size(), " ids for ", special.tokens.size(), " tokens");
  return special;
}

class Template final : public PostProcessor {
 public:
  explicit Template(const Json& json) : json_(json) {
    const Json& specials = field(json, "special_tokens");
    bool seen_text = false;
    for (const Json& piece : array_field(json, "single")) {
      if (piece.is_object() && piece.contains("SpecialToken")) {
        const auto name = field_as<std::string>(piece["SpecialToken"], "id");
        if (!specials.contains(name)) fail("the template uses the token \"", name, "\", which its \"special_tokens\" do not define");
        append(special_token(specials[name]), seen_text ? after_ : before_);
        continue;
      }
      if (field_as<std::string>(field(piece, "Sequence"), "id") != "A" || seen_text) fail("the template for one text must hold the sequence A once");
      seen_text = true;
    }
    if (!seen_text) fail("the template for one text does not hold the sequence A");
  }

  void apply(Draft& draft, AddSpecial add_special) const override {
    if (add_special == AddSpecial::kNo) return;
    insert(before_, draft, Side::kFront);
    insert(after_, draft, Side::kBack);
  }

  OrderedJson to_json() const override {
    // The pair template and the type ids are kept as they were read.
    return {{"type", "TemplateProcessing"},
            {"single", json_["single"]},
            {"pair", json_.value("pair", Json::array())},
            {"special_tokens", json_["special_tokens"]}};
  }

 private:
  enum class Side : uint8_t { kFront, kBack };

  static void append(const SpecialToken& special, SpecialToken& all) {
    all.ids.insert(all.ids.end(), special.ids.begin(), special.ids.end());
    all.tokens.insert(all.tokens.end(), special.tokens.begin(), special.tokens.end());
  }

  static void insert(const SpecialToken& specials, Draft& draft, Side side) {
    const auto add = [side](auto& list, const auto& items) {
      list.insert(side == Side::kFront ? list.begin() : list.end(), items.begin(), items.end());
    };
    add(draft.ids, specials.ids);
    if (draft.tracking == Tracking::kOff) return;
    add(draft.offsets, std::vector<std::pair<int32_t, int32_t>>(specials.ids.size(), {0, 0}));
    add(draft.surfaces, specials.tokens);
  }

  Json json_;
  SpecialToken before_, after_;
};

}  // namespace

PostProcessorPtr make_template(const Json& json) { return std::make_unique<Template>(json); }

}  // namespace gimbal::text
