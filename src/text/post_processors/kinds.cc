// The list of post-processors.
#include "text/kind_list.h"
#include "text/post_processors/post_processor.h"

namespace gimbal::text {

PostProcessorPtr make_post_processor(const Json& json) {
  static constexpr Kind<PostProcessorPtr> kKinds[] = {
      {"BertProcessing", make_bert_processing},
      {"ByteLevel", make_byte_level_post_processor},
      {"RobertaProcessing", make_roberta_processing},
      {"TemplateProcessing", make_template},
      {"Sequence", make_post_processor_sequence},
  };
  return make_from_kinds<PostProcessorPtr>(json, "post_processor", kKinds);
}

}  // namespace gimbal::text
