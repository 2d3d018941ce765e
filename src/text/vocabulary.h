// The two-way table between tokens and ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/flat_index.h"
#include "text/json.h"

namespace gimbal::text {

class Vocabulary {
 public:
  /// From {"token": id, …}. Error for an id that is negative, used twice or absurdly large.
  static Vocabulary from_json(const Json& object);
  OrderedJson to_json() const;  ///< in the order of ids

  void add(std::string_view token, int32_t id);

  std::optional<int32_t> id(std::string_view token) const;
  /// The token, or nothing for an id that is not in use.
  std::optional<std::string_view> token(int32_t id) const;

  size_t size() const { return count_; }
  /// One more than the largest id.
  int32_t end_id() const { return static_cast<int32_t>(tokens_.size()); }

 private:
  struct Place {
    size_t begin = 0;
    uint32_t size = 0;
    bool used = false;
  };
  std::string_view text(const Place& place) const { return std::string_view(bytes_).substr(place.begin, place.size); }

  std::string bytes_;  // all tokens, end to end
  std::vector<Place> tokens_;
  FlatIndex index_;
  size_t count_ = 0;
};

}  // namespace gimbal::text
