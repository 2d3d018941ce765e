// Which of several continuations is right: one sequence a choice, a softmax over them (SWAG in arXiv:1810.04805 section 4.4; GPT-1 section 3.3).
// The first text stands before, a second one (a question, or the sentence that goes on) leads each choice.
#include <algorithm>

#include "core/error.h"
#include "data/forms/texts.h"

namespace gimbal {
namespace {

class ChoiceForm final : public TaskForm {
 public:
  explicit ChoiceForm(const FormRequest& request) : r_(request) {}

  // The softmax of a batch goes over groups of one size.
  void check(std::span<const Record> records) const override {
    for (const Record& record : records) {
      const size_t count = record.choices.size(), first = records[0].choices.size();
      if (count < 2) fail(name_of(record), " has ", count, " choices; it needs at least two");
      if (count != first) fail(name_of(record), " has ", count, " choices and ", name_of(records[0]), " has ", first, "; all need the same number");
    }
  }
  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    const auto count = static_cast<int64_t>(record.choices.size());
    GIMBAL_ASSERT(batch.sequences() == 0 || batch.choices == count, record.id);
    batch.choices = count;
    const std::vector<int32_t> before = r_.tokenizer.encode(record.texts.empty() ? "" : record.texts[0], AddSpecial::kNo);
    for (const std::string& choice : record.choices) {
      const std::string lead = record.texts.size() > 1 && !record.texts[1].empty() ? record.texts[1] + " " : "";
      const std::vector<int32_t> ids = r_.tokenizer.encode(lead + choice, AddSpecial::kNo);
      add_sequence(r_, r_.layout.lay(before, &ids, r_.context).sequence, batch);
    }
    batch.labels.push_back(record.labelled ? record.choice : -1);
  }
  Prediction read(const Record&, std::span<const HeadAnswer> answers) const override {
    Prediction p;
    p.probabilities = softmax(answers[0].values);
    p.index = static_cast<int32_t>(std::max_element(p.probabilities.begin(), p.probabilities.end()) - p.probabilities.begin());
    return p;
  }

 private:
  FormRequest r_;
};

}  // namespace

std::unique_ptr<TaskForm> make_choice_form(const FormRequest& request) { return std::make_unique<ChoiceForm>(request); }

}  // namespace gimbal
