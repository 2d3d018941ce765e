// The list of forms, and what they share.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "data/forms/form.h"
#include "data/permutation.h"

namespace gimbal {

std::unique_ptr<TaskForm> make_classify_form(const FormRequest&), make_regress_form(const FormRequest&), make_tokens_form(const FormRequest&),
    make_span_form(const FormRequest&), make_choice_form(const FormRequest&), make_embed_form(const FormRequest&),
    make_rerank_form(const FormRequest&), make_text_form(const FormRequest&), make_chat_form(const FormRequest&);

namespace {

constexpr std::array kForms = {
    FormKind{"classify", make_classify_form}, FormKind{"regress", make_regress_form}, FormKind{"tokens", make_tokens_form},
    FormKind{"span", make_span_form},         FormKind{"choice", make_choice_form},   FormKind{"embed", make_embed_form},
    FormKind{"rerank", make_rerank_form},     FormKind{"text", make_text_form},       FormKind{"chat", make_chat_form},
};

}  // namespace

std::span<const FormKind> form_kinds() { return kForms; }

std::string_view head_form(TaskKind kind) {
  switch (kind) {
    case TaskKind::kClassify:
    case TaskKind::kRegress:
    case TaskKind::kTokens:
    case TaskKind::kSpan:
    case TaskKind::kChoice:
    case TaskKind::kEmbed:
    case TaskKind::kRerank:
    case TaskKind::kChat:
      return kind_name(kind);
    case TaskKind::kSimilarity:
      return kind_name(TaskKind::kEmbed);
    default:
      return "text";
  }
}

std::unique_ptr<TaskForm> make_form(std::string_view name, const FormRequest& request) {
  for (const FormKind& kind : kForms)
    if (kind.name == name) return kind.make(request);
  fail("there is no form \"", name, "\"");
}

Prediction TaskForm::read(const Record&, std::span<const HeadAnswer>) const { GIMBAL_ASSERT(false, "this form is answered by text"); }
void TaskForm::add_candidate(const Record&, const std::string&, TokenBatch&) const { GIMBAL_ASSERT(false, "this form is answered by a head"); }
Prediction TaskForm::read_likelihoods(const Record&, std::span<const double>) const { GIMBAL_ASSERT(false, "this form is answered by a head"); }
Prediction TaskForm::read_text(const Record&, const std::string&) const { GIMBAL_ASSERT(false, "this form is answered by a head"); }
std::vector<int32_t> TaskForm::source(const Record&) const { GIMBAL_ASSERT(false, "this form is answered by a head"); }

TaskExamples::TaskExamples(std::vector<Record> records, std::shared_ptr<const TaskForm> form, Order order, uint64_t seed)
    : records_(std::move(records)), form_(std::move(form)), order_(order), seed_(seed) {
  form_->check(records_);
  for (size_t r = 0; r < records_.size(); ++r)
    for (int64_t part = 0, parts = form_->parts(records_[r]); part < parts; ++part) places_.push_back({r, part});
  if (places_.empty()) return;
  TokenBatch first;  // a context without room for the layout shows here, before a run has begun
  form_->add(records_[0], 0, first);
}

void TaskExamples::add(int64_t number, TokenBatch& batch) const {
  const auto size = static_cast<uint64_t>(places_.size()), n = static_cast<uint64_t>(number);
  const uint64_t at = order_ == Order::kAsGiven ? n : permuted(n % size, size, mix64(seed_ + n / size));
  const Place& place = places_.at(at);
  form_->add(records_[place.record], place.part, batch);
}

std::vector<double> softmax(std::span<const float> logits) {
  const float most = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  double sum = 0;
  for (const float logit : logits) sum += p.emplace_back(std::exp(static_cast<double>(logit) - most));
  for (double& value : p) value /= sum;
  return p;
}

}  // namespace gimbal
