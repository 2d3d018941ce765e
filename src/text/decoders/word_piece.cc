// The WordPiece decoder (BERT): "##" joins a piece to the one before, all others get a space; then the spaces that English does not write go.
#include "text/decoders/decoder.h"
#include "text/replace_all.h"

namespace gimbal::text {
namespace {

// Hugging Face tokenizers' list, in its order.
void clean_up(std::string& token) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},     {" ?", "?"},     {" !", "!"},          {" ,", ","},   {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"},   {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kRules) replace_all(token, from, to);
}

class WordPiece final : public Decoder {
 public:
  explicit WordPiece(const Json& json) : prefix_(field_or<std::string>(json, "prefix", "##")), cleans_up_(field_or(json, "cleanup", true)) {}

  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      if (&token != &tokens.front()) token = token.starts_with(prefix_) ? token.substr(prefix_.size()) : " " + token;
      if (cleans_up_) clean_up(token);
    }
  }
  OrderedJson to_json() const override { return {{"type", "WordPiece"}, {"prefix", prefix_}, {"cleanup", cleans_up_}}; }

 private:
  std::string prefix_;
  bool cleans_up_;
};

}  // namespace

DecoderPtr make_word_piece_decoder(const Json& json) { return std::make_unique<WordPiece>(json); }

}  // namespace gimbal::text
