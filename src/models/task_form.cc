// Choosing a form.
#include "models/task_form.h"

#include "core/error.h"

namespace gimbal {

Frame frame_of(const Architecture& a) {
  if (a.encoder_layers > 0) return Frame::kEncoderDecoder;
  if (a.positions.kind == "blocks") return Frame::kBlank;
  if (a.mask == "prefix") return Frame::kPrefix;
  if (a.mask == "causal") return Frame::kCausal;
  fail("this model (family ", a.family,
       ") is an encoder: it reads and does not write; text from text needs a decoder, such as t5, glm, gpt2 or llama");
}

std::string form_name(const Architecture& a, const Task& task, const std::string& wanted) {
  const std::string head(head_form(task.kind));
  if (head == "chat") {
    frame_of(a);  // refuses what does not write
    if (wanted != "auto") fail("the task ", task.name, " has a form of its own; leave task.form out");
    return head;
  }
  const bool carries_head = a.encoder_layers == 0 && a.mask != "prefix", writes = a.mask != "full" || a.encoder_layers > 0;
  if (head == "embed") {
    if (wanted == "text") fail("the task ", task.name, " compares vectors of texts and has no form as text; leave task.form out");
    if (wanted == "auto" || wanted == "head") return head;
  }
  if (head == "rerank" && (!carries_head || wanted == "text"))
    fail("reranking asks a head that reads query and document at once, which encoders and causal decoders carry, and not text",
         carries_head ? "; leave task.form out" : cat(" nor this model (family ", a.family, "); choose bert, gpt2 or llama"));
  if (wanted == "auto") {
    if (head == "text" && !writes)
      fail("the task ", task.name, " is answered by a text, and this model (family ", a.family,
           ") is an encoder, which writes none; choose t5, glm, gpt2 or llama");
    return carries_head ? head : "text";
  }
  if (wanted == "text") {
    if (!writes) fail("this model (family ", a.family, ") is an encoder and writes no text; leave task.form out");
    return "text";
  }
  if (wanted != "head") fail("unknown task.form '", wanted, "'; choose auto, head or text");
  if (head == "text") fail("the task ", task.name, " is answered by a text and has no head; leave task.form out");
  if (!carries_head)
    fail("heads of tasks are for encoders and causal decoders, and this model (family ", a.family, ") is neither; leave task.form out");
  return head;
}

bool is_written(const std::string& form) { return form == "text" || form == "chat"; }

std::string head_of_form(const std::string& form) { return is_written(form) ? "language" : form; }

EmbeddingText::Kind embedding_of(const Architecture& a) {
  if (a.encoder_layers > 0) return EmbeddingText::Kind::kSource;
  if (a.mask == "full") return EmbeddingText::Kind::kEncoder;
  return a.mask == "prefix" ? EmbeddingText::Kind::kPrefix : EmbeddingText::Kind::kTokenizer;
}

bool adds_task_tokens(const Architecture& a, const std::string& form) {
  return !is_written(form) && form != "embed" && layout_of(a) == TextLayout::Kind::kDecoder;
}

TextLayout::Kind layout_of(const Architecture& a) { return a.mask == "full" ? TextLayout::Kind::kEncoder : TextLayout::Kind::kDecoder; }

FormRequest form_request(const Architecture& a, const Tokenizer& tokenizer, const TaskSetup& setup) {
  FormRequest request{.task = task_named(setup.task), .tokenizer = tokenizer, .labels = setup.labels};
  request.context = setup.context;
  request.target_context = setup.target_context;
  request.stride = setup.stride;
  request.longest_answer = setup.longest_answer;
  request.top_grade = setup.top_grade;
  request.both_orders = setup.both_orders;
  if (is_written(setup.form)) {
    request.frame = frame_of(a);
  } else if (setup.form == "embed") {
    request.embedding = embedding_of(a);
  } else {
    request.layout = TextLayout(layout_of(a), tokenizer);
  }
  return request;
}

}  // namespace gimbal
