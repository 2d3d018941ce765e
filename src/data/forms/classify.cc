// One class a record (arXiv:1810.04805 section 4.1; GPT-1 section 3.3).
#include <algorithm>

#include "core/error.h"
#include "data/forms/texts.h"

namespace gimbal {

TextLayout::Laid lay_texts(const FormRequest& request, const Record& record) {
  if (record.texts.empty()) fail("record ", record.id, " has no text");
  const std::vector<int32_t> a = request.tokenizer.encode(record.texts[0], AddSpecial::kNo);
  if (record.texts.size() == 1) return request.layout.lay(a, nullptr, request.context);
  const std::vector<int32_t> b = request.tokenizer.encode(record.texts[1], AddSpecial::kNo);
  return request.layout.lay(a, &b, request.context);
}

namespace {

class ClassifyForm final : public TaskForm {
 public:
  explicit ClassifyForm(const FormRequest& request) : r_(request) {}

  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    batch.add(lay_texts(r_, record).sequence);
    batch.labels.push_back(record.labelled ? label_index(r_.labels, record.label) : -1);
  }
  Prediction read(const Record&, std::span<const HeadAnswer> answers) const override {
    Prediction p;
    p.probabilities = softmax(answers[0].row(0));
    p.index = static_cast<int32_t>(std::max_element(p.probabilities.begin(), p.probabilities.end()) - p.probabilities.begin());
    return p;
  }

 private:
  FormRequest r_;
};

}  // namespace

std::unique_ptr<TaskForm> make_classify_form(const FormRequest& request) { return std::make_unique<ClassifyForm>(request); }

}  // namespace gimbal
