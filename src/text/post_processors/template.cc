// The TemplateProcessing post-processor: special tokens around one text or two, such as "[CLS] $A [SEP] $B:1 [SEP]:1".
#include "text/post_processors/template_layout.h"

namespace gimbal::text {
namespace {

SpecialTokens special_tokens(const Json& json) {
  SpecialTokens special;
  for (const Json& id : array_field(json, "ids")) special.ids.push_back(static_cast<int32_t>(value_as<int64_t>(id, "ids")));
  for (const Json& token : array_field(json, "tokens")) special.tokens.push_back(value_as<std::string>(token, "tokens"));
  if (special.ids.size() != special.tokens.size()) fail("a special token has ", special.ids.size(), " ids for ", special.tokens.size(), " tokens");
  return special;
}

Layout layout_from(const Json& template_json, const Json& specials) {
  Layout layout;
  for (const Json& json : template_json) {
    LayoutPiece piece;
    if (json.is_object() && json.contains("SpecialToken")) {
      const Json& token = json["SpecialToken"];
      const auto name = field_as<std::string>(token, "id");
      if (!specials.contains(name)) fail("the template uses the token \"", name, "\", which its \"special_tokens\" do not define");
      piece.special = special_tokens(specials[name]);
      piece.type_id = static_cast<int32_t>(field_or<int64_t>(token, "type_id", 0));
    } else {
      const Json& sequence = field(json, "Sequence");
      const auto name = field_as<std::string>(sequence, "id");
      if (name != "A" && name != "B") fail("the template has a sequence \"", name, "\", but there are only A and B");
      piece.text = name == "A" ? PairPart::kFirst : PairPart::kSecond;
      piece.type_id = static_cast<int32_t>(field_or<int64_t>(sequence, "type_id", 0));
    }
    layout.push_back(std::move(piece));
  }
  return layout;
}

int count(const Layout& layout, int8_t text) {
  int found = 0;
  for (const LayoutPiece& piece : layout) found += piece.text == text ? 1 : 0;
  return found;
}

class Template final : public PostProcessor {
 public:
  explicit Template(const Json& json)
      : json_(json),
        single_(layout_from(array_field(json, "single"), field(json, "special_tokens"))),
        pair_(json.contains("pair") ? layout_from(array_field(json, "pair"), field(json, "special_tokens")) : Layout()) {
    if (count(single_, PairPart::kFirst) != 1 || count(single_, PairPart::kSecond) != 0) {
      fail("the template for one text must hold the sequence A once, and not the sequence B");
    }
    if (!pair_.empty() && (count(pair_, PairPart::kFirst) != 1 || count(pair_, PairPart::kSecond) != 1)) {
      fail("the template for two texts must hold the sequences A and B once each");
    }
  }

  void apply(Draft& draft, AddSpecial add_special) const override {
    if (add_special == AddSpecial::kYes) lay_out_single(single_, draft);
  }
  void apply_pair(std::vector<PairPart>& parts, AddSpecial add_special) const override {
    if (pair_.empty()) fail("the tokenizer's template says nothing about pairs of texts");
    lay_out_pair(pair_, parts, add_special);
  }

  OrderedJson to_json() const override {
    return {{"type", "TemplateProcessing"},
            {"single", json_["single"]},
            {"pair", json_.value("pair", Json::array())},
            {"special_tokens", json_["special_tokens"]}};
  }

 private:
  Json json_;
  Layout single_, pair_;
};

}  // namespace

PostProcessorPtr make_template(const Json& json) { return std::make_unique<Template>(json); }

}  // namespace gimbal::text
