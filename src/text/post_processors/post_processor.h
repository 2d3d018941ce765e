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

class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  virtual void apply(Draft& draft, AddSpecial add_special) const = 0;
  virtual OrderedJson to_json() const = 0;
};

using PostProcessorPtr = std::unique_ptr<const PostProcessor>;

/// From the "post_processor" object of a tokenizer.json; null gives nullptr, which changes nothing. Error naming a kind that is not supported.
PostProcessorPtr make_post_processor(const Json& json);

// One of each kind, from its JSON object.
PostProcessorPtr make_byte_level_post_processor(const Json& json);
PostProcessorPtr make_template(const Json& json);
PostProcessorPtr make_post_processor_sequence(const Json& json);

}  // namespace gimbal::text
