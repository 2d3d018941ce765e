// Post-processors: the stage after the model, which adds special tokens around a text and trims offsets.
//
// A new kind is one file with its make_… function, and its line in kinds.cc.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/aligned_text.h"
#include "text/encoding.h"
#include "text/json.h"

namespace gimbal::text {

/// The tokens of one text so far. Offsets and surfaces are kept only when tracking is on.
struct Draft {
  std::vector<int32_t> ids;
  std::vector<std::pair<int32_t, int32_t>> offsets;  ///< in characters of the original; (0, 0) for tokens that a template adds
  std::vector<std::string> surfaces;                 ///< the token; for an added token found in the text, what it matched
  Tracking tracking = Tracking::kOff;
};

/// A stretch of what two texts become together: one of the texts, or special tokens around them.
struct PairPart {
  static constexpr int8_t kFirst = 0, kSecond = 1, kNeither = -1;
  Draft draft;
  int32_t type_id;
  int8_t text;  ///< kFirst, kSecond, or kNeither for special tokens
};

class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  virtual void apply(Draft& draft, AddSpecial add_special) const = 0;
  /// The same for a pair. `parts` are at first the two texts, with the type ids 0 and 1.
  virtual void apply_pair(std::vector<PairPart>& parts, AddSpecial add_special) const = 0;
  virtual OrderedJson to_json() const = 0;
};

using PostProcessorPtr = std::unique_ptr<const PostProcessor>;

/// From the "post_processor" object of a tokenizer.json; null gives nullptr, which changes nothing. Error naming a kind that is not supported.
PostProcessorPtr make_post_processor(const Json& json);

// One of each kind, from its JSON object.
PostProcessorPtr make_bert_processing(const Json& json);
PostProcessorPtr make_byte_level_post_processor(const Json& json);
PostProcessorPtr make_roberta_processing(const Json& json);
PostProcessorPtr make_template(const Json& json);
PostProcessorPtr make_post_processor_sequence(const Json& json);

}  // namespace gimbal::text
