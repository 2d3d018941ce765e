// One class a record (arXiv:1810.04805 section 4.1; GPT-1 section 3.3).
#include <algorithm>

#include "core/error.h"
#include "data/forms/texts.h"

namespace gimbal {

TextLayout::Laid lay_texts(const FormRequest& request, const Record& record) {
  const std::vector<int32_t> a = request.tokenizer.encode(record.texts[0], AddSpecial::kNo);
  if (record.texts.size() == 1) return request.layout.lay(a, nullptr, request.context);
  const std::vector<int32_t> b = request.tokenizer.encode(record.texts[1], AddSpecial::kNo);
  return request.layout.lay(a, &b, request.context);
}

void add_sequence(const FormRequest& request, Sequence sequence, TokenBatch& batch) {
  if (request.next_tokens) {
    sequence.targets.assign(sequence.ids.begin() + 1, sequence.ids.end());
    sequence.targets.push_back(kIgnoredTarget);
  }
  batch.add(sequence);
}

void add_texts(const FormRequest& request, const Record& record, TokenBatch& batch) {
  add_sequence(request, lay_texts(request, record).sequence, batch);
  if (!request.both_orders) return;
  Record swapped = record;
  std::swap(swapped.texts[0], swapped.texts[1]);
  add_sequence(request, lay_texts(request, swapped).sequence, batch);
  batch.choices = 2;
}

void check_orders(const FormRequest& request, const Record& record) {
  if (request.both_orders && record.texts.size() != 2)
    fail(name_of(record), " has one text, and the task ", request.task.name,
         " reads two in both orders; leave the record out, or set task.both_orders=false");
}

void check_texts(const Record& record) {
  if (record.texts.empty() || record.texts.size() > 2)
    fail(name_of(record), " has ", record.texts.size(), " texts; a model reads one, or two side by side");
  const auto is_blank = [](const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; };
  if (std::ranges::all_of(record.texts, is_blank))
    fail(name_of(record), record.texts.size() == 1 ? " has an empty text" : " has two empty texts", "; leave the record out");
}

void check_label(const std::vector<std::string>& labels, const Record& record) {
  if (record.labelled && std::find(labels.begin(), labels.end(), record.label) == labels.end())
    fail(name_of(record), " has the label \"", record.label, "\", which no record to train on has", did_you_mean(record.label, labels), ": ",
         joined(labels));
}

namespace {

class ClassifyForm final : public TaskForm {
 public:
  explicit ClassifyForm(const FormRequest& request) : r_(request) {}

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) check_texts(record), check_orders(r_, record), check_label(r_.labels, record);
  }
  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    add_texts(r_, record, batch);
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
