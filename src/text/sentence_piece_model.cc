// A reader of Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), as far as model files need it.
#include "text/sentence_piece_model.h"

#include <cstring>

#include "core/error.h"
#include "core/files.h"

namespace gimbal::text {
namespace {

[[noreturn]] void fail_as_damaged() { fail("it is not a SentencePiece model, or it is cut off"); }

/// One field of a message: its number and, by its wire type, a whole number, the bits of a float, or bytes.
struct Field {
  uint64_t number = 0;
  uint64_t value = 0;
  std::string_view bytes;

  bool flag() const { return value != 0; }
  float real() const {
    const auto bits = static_cast<uint32_t>(value);
    float real;
    std::memcpy(&real, &bits, sizeof real);
    return real;
  }
};

class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  /// Reads the next field; false at the end.
  bool next(Field& field) {
    if (rest_.empty()) return false;
    const uint64_t key = varint();
    field = {key >> 3, 0, {}};
    switch (key & 7) {
      case 0:
        field.value = varint();
        return true;
      case 1:
        field.value = fixed(8);
        return true;
      case 2:
        field.bytes = take(varint());
        return true;
      case 5:
        field.value = fixed(4);
        return true;
      default:
        fail_as_damaged();
    }
  }

 private:
  std::string_view take(uint64_t count) {
    if (count > rest_.size()) fail_as_damaged();
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail_as_damaged();
  }
  uint64_t fixed(size_t size) {
    uint64_t value = 0;  // little-endian
    std::memcpy(&value, take(size).data(), size);
    return value;
  }

  std::string_view rest_;
};

SentencePieceModel::Piece read_piece(std::string_view bytes) {
  SentencePieceModel::Piece piece;
  Message message(bytes);
  for (Field field; message.next(field);) {
    if (field.number == 1) piece.token = field.bytes;
    if (field.number == 2) piece.score = field.real();
    if (field.number == 3) piece.sort = static_cast<SentencePieceModel::Sort>(field.value);
  }
  if (piece.token.empty() || find_invalid_utf8(piece.token) != std::string::npos) fail_as_damaged();
  return piece;
}

void read_trainer_spec(std::string_view bytes, SentencePieceModel& model) {
  Message message(bytes);
  for (Field field; message.next(field);) {
    if (field.number == 3) model.algorithm = static_cast<SentencePieceModel::Algorithm>(field.value);
    if (field.number == 24) model.space_is_suffix = field.flag();
    if (field.number == 35) model.byte_fallback = field.flag();
    if (field.number == 44) model.unknown_surface = field.bytes;
  }
}

void read_normalizer_spec(std::string_view bytes, SentencePieceModel& model) {
  Message message(bytes);
  for (Field field; message.next(field);) {
    if (field.number == 2) model.charsmap = field.bytes;
    if (field.number == 3) model.add_dummy_prefix = field.flag();
    if (field.number == 4) model.remove_extra_spaces = field.flag();
    if (field.number == 5) model.escape_spaces = field.flag();
  }
}

}  // namespace

SentencePieceModel read_sentence_piece_model(std::string_view bytes) {
  SentencePieceModel model;
  Message message(bytes);
  for (Field field; message.next(field);) {
    if (field.number == 1) model.pieces.push_back(read_piece(field.bytes));
    if (field.number == 2) read_trainer_spec(field.bytes, model);
    if (field.number == 3) read_normalizer_spec(field.bytes, model);
  }
  if (model.pieces.empty()) fail_as_damaged();
  return model;
}

}  // namespace gimbal::text
