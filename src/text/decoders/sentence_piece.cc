// SentencePiece's decoder: visible spaces become spaces, byte tokens characters, and the space that was put in front goes.
#include "text/fallback_bytes.h"
#include "text/replace_all.h"
#include "text/sentence_piece.h"
#include "text/utf8.h"

namespace gimbal::text {
namespace {

class SentencePiece final : public Decoder {
 public:
  explicit SentencePiece(const SentencePieceModel& model)
      : strips_first_space_(model.add_dummy_prefix || model.remove_extra_spaces),
        strips_all_spaces_(model.remove_extra_spaces),
        unknown_surface_(model.unknown_surface) {
    for (const SentencePieceModel::Piece& piece : model.pieces) {
      if (piece.sort == SentencePieceModel::Sort::kUnknown) unknown_token_ = piece.token;
    }
  }

  void apply(std::vector<std::string>& tokens) const override {
    std::string text, bytes;
    bool expects_space = true;  // the one that was put in front, or with strips_all_spaces_ any before the first character
    const auto end_bytes = [&] {
      while (!bytes.empty()) {  // each broken byte on its own
        const Utf8Step step = first_utf8_step(bytes);
        const bool whole = step.kind == Utf8Step::Kind::kCharacter;
        text += whole ? bytes.substr(0, step.length) : "\uFFFD";
        bytes.erase(0, whole ? step.length : 1);
      }
    };
    for (std::string& token : tokens) {
      if (const int byte = fallback_byte(token); byte >= 0) {
        bytes += static_cast<char>(static_cast<unsigned char>(byte));
        continue;
      }
      end_bytes();
      if (!text.empty()) expects_space = false;
      if (token == unknown_token_) {
        text += unknown_surface_;
        continue;
      }
      if (expects_space && strips_first_space_ && token.starts_with(kSpaceMark)) {
        token.erase(0, kSpaceMark.size());
        expects_space = strips_all_spaces_;
      }
      replace_all(token, kSpaceMark, " ");
      text += token;
    }
    end_bytes();
    tokens.assign(1, std::move(text));
  }

  OrderedJson to_json() const override {
    OrderedJson list = OrderedJson::array();
    list.push_back({{"type", "Replace"}, {"pattern", {{"String", kSpaceMark}}}, {"content", " "}});
    list.push_back({{"type", "ByteFallback"}});
    list.push_back({{"type", "Fuse"}});
    if (strips_first_space_) list.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    return {{"type", "Sequence"}, {"decoders", std::move(list)}};
  }

 private:
  bool strips_first_space_, strips_all_spaces_;
  std::string unknown_surface_, unknown_token_;
};

}  // namespace

DecoderPtr make_sentence_piece_decoder(const SentencePieceModel& model) { return std::make_unique<SentencePiece>(model); }

}  // namespace gimbal::text
