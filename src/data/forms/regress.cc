// One number a record, by least squares (STS-B in arXiv:1810.04805).
#include "data/forms/texts.h"

namespace gimbal {
namespace {

class RegressForm final : public TaskForm {
 public:
  explicit RegressForm(const FormRequest& request) : r_(request) {}

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) check_texts(record), check_orders(r_, record);
  }
  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    add_texts(r_, record, batch);
    if (record.labelled) batch.values.push_back(record.number);
  }
  Prediction read(const Record&, std::span<const HeadAnswer> answers) const override {
    Prediction p;
    p.number = answers[0].values[0];
    return p;
  }

 private:
  FormRequest r_;
};

}  // namespace

std::unique_ptr<TaskForm> make_regress_form(const FormRequest& request) { return std::make_unique<RegressForm>(request); }

}  // namespace gimbal
