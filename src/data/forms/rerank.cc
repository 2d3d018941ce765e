// Whether a document answers a query, both in one sequence (a cross-encoder, arXiv:1901.04085): one sequence a document, one number each, learned by
// binary cross-entropy against its grade as a share of the largest one.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/forms/form.h"

namespace gimbal {
namespace {

class RerankForm final : public TaskForm {
 public:
  explicit RerankForm(const FormRequest& request) : r_(request) {}

  void check(std::span<const Record> records) const override {
    const auto empty = [](const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; };
    for (const Record& record : records) {
      if (record.texts.size() != 1 || empty(record.texts[0])) fail(name_of(record), " has no query; leave the record out");
      if (record.choices.empty()) fail(name_of(record), " has no documents for its query");
      for (size_t i = 0; i < record.choices.size(); ++i)
        if (empty(record.choices[i])) fail(name_of(record), " has an empty document (number ", i, "); leave it out");
    }
  }
  int64_t parts(const Record& record) const override { return std::ssize(record.choices); }
  void add(const Record& record, int64_t part, TokenBatch& batch) const override {
    const auto document = static_cast<size_t>(part);
    const std::vector<int32_t> query = r_.tokenizer.encode(record.texts[0], AddSpecial::kNo),
                               read = r_.tokenizer.encode(record.choices[document], AddSpecial::kNo);
    batch.add(r_.layout.lay(query, &read, r_.context).sequence);
    if (record.labelled) batch.values.push_back(std::min(record.grades[document] / r_.top_grade, 1.0));
  }
  Prediction read(const Record&, std::span<const HeadAnswer> answers) const override {
    Prediction p;
    for (const HeadAnswer& answer : answers) p.scores.push_back(1 / (1 + std::exp(-static_cast<double>(answer.values[0]))));
    p.index = static_cast<int32_t>(std::ranges::max_element(p.scores) - p.scores.begin());
    return p;
  }

 private:
  FormRequest r_;
};

}  // namespace

std::unique_ptr<TaskForm> make_rerank_form(const FormRequest& request) { return std::make_unique<RerankForm>(request); }

}  // namespace gimbal
