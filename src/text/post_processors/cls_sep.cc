// The post-processors BertProcessing ("[CLS] A [SEP] B [SEP]") and RobertaProcessing ("<s> A </s></s> B </s>"), which templates have replaced.
#include "text/post_processors/template_layout.h"
#include "text/post_processors/trim_offsets.h"

namespace gimbal::text {
namespace {

// ["[SEP]", 102]
SpecialTokens token_and_id(const Json& json, const std::string& key) {
  const Json& pair = array_field(json, key);
  if (pair.size() != 2) fail("\"", key, "\" must be a token and its id, but has ", pair.size(), " members");
  return {{static_cast<int32_t>(value_as<int64_t>(pair[1], key))}, {value_as<std::string>(pair[0], key)}};
}

class ClsSep : public PostProcessor {
 public:
  ClsSep(const Json& json, const char* type) : json_(json), type_(type), cls_(token_and_id(json, "cls")), sep_(token_and_id(json, "sep")) {
    single_ = {special(cls_, 0), text(PairPart::kFirst, 0), special(sep_, 0)};
  }
  void apply(Draft& draft, AddSpecial add_special) const override {
    if (add_special == AddSpecial::kYes) lay_out_single(single_, draft);
  }
  void apply_pair(std::vector<PairPart>& parts, AddSpecial add_special) const override { lay_out_pair(pair_, parts, add_special); }
  OrderedJson to_json() const override { return {{"type", type_}, {"sep", json_["sep"]}, {"cls", json_["cls"]}}; }

 protected:
  static LayoutPiece special(const SpecialTokens& tokens, int32_t type_id) { return {PairPart::kNeither, type_id, tokens}; }
  static LayoutPiece text(int8_t which, int32_t type_id) { return {which, type_id, {}}; }

  Json json_;
  const char* type_;
  SpecialTokens cls_, sep_;
  Layout single_, pair_;
};

class Bert final : public ClsSep {
 public:
  explicit Bert(const Json& json) : ClsSep(json, "BertProcessing") {
    pair_ = {special(cls_, 0), text(PairPart::kFirst, 0), special(sep_, 0), text(PairPart::kSecond, 1), special(sep_, 1)};
  }
};

class Roberta final : public ClsSep {
 public:
  explicit Roberta(const Json& json)
      : ClsSep(json, "RobertaProcessing"),
        trims_offsets_(field_or(json, "trim_offsets", true)),
        add_prefix_space_(field_or(json, "add_prefix_space", true)) {
    pair_ = {special(cls_, 0), text(PairPart::kFirst, 0), special(sep_, 0), special(sep_, 0), text(PairPart::kSecond, 0), special(sep_, 0)};
  }
  void apply(Draft& draft, AddSpecial add_special) const override {
    trim(draft);
    ClsSep::apply(draft, add_special);
  }
  void apply_pair(std::vector<PairPart>& parts, AddSpecial add_special) const override {
    for (PairPart& part : parts) trim(part.draft);
    ClsSep::apply_pair(parts, add_special);
  }
  OrderedJson to_json() const override {
    OrderedJson json = ClsSep::to_json();
    json["trim_offsets"] = trims_offsets_;
    json["add_prefix_space"] = add_prefix_space_;
    return json;
  }

 private:
  void trim(Draft& draft) const {
    if (trims_offsets_) trim_offsets(draft, add_prefix_space_ ? PrefixSpace::kYes : PrefixSpace::kNo);
  }

  bool trims_offsets_, add_prefix_space_;
};

}  // namespace

PostProcessorPtr make_bert_processing(const Json& json) { return std::make_unique<Bert>(json); }
PostProcessorPtr make_roberta_processing(const Json& json) { return std::make_unique<Roberta>(json); }

}  // namespace gimbal::text
