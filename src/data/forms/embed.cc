// Texts as vectors that are compared by cosine: one sequence a text. A record of the kind embed is an anchor, its positive and hard negatives, which
// learn beside all others of the batch (layers/head/embed.cc); of the kind similarity two texts and the cosine that they are to have.
#include <algorithm>

#include "core/error.h"
#include "data/forms/embedding_text.h"
#include "data/forms/form.h"

namespace gimbal {
namespace {

class EmbedForm final : public TaskForm {
 public:
  explicit EmbedForm(const FormRequest& request)
      : text_(request.tokenizer, request.embedding, request.context), scored_(request.task.kind == TaskKind::kSimilarity) {}

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) {
      if (scored_ ? record.texts.size() != 2 : record.labelled && record.texts.size() < 2)
        fail(name_of(record), " has ", record.texts.size(), scored_ ? " texts, and a similarity has two" : " texts; an anchor needs a positive");
      for (const std::string& text : record.texts)
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) fail(name_of(record), " has an empty text; leave the record out");
      if (scored_ && record.labelled && !(record.number >= -1 && record.number <= 1))
        fail(name_of(record), " has the score ", record.number, ", and a cosine lies between -1 and 1; divide the scores by their largest one",
             " (STS-B's by 5)");
    }
  }
  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    const auto anchor = static_cast<int32_t>(batch.sequences());
    for (const std::string& text : record.texts) batch.add(text_.lay(text));
    if (!record.labelled) return;
    if (scored_) {
      batch.choices = 2;
      batch.values.push_back(record.number);
    } else {
      batch.labels.push_back(anchor + 1);
      batch.labels.resize(static_cast<size_t>(batch.sequences()), -1);
    }
  }
  Prediction read(const Record& record, std::span<const HeadAnswer> answers) const override {
    Prediction p;
    for (int64_t i = 0; i < std::ssize(record.texts); ++i) {
      const auto row = answers[0].row(i);
      const std::vector<float>& vector = p.vectors.emplace_back(row.begin(), row.end());
      if (i == 0) continue;
      double cosine = 0;
      for (size_t j = 0; j < vector.size(); ++j) cosine += static_cast<double>(p.vectors[0][j]) * vector[j];
      p.scores.push_back(std::clamp(cosine, -1.0, 1.0));
      if (p.index < 0 || p.scores.back() >= p.scores[static_cast<size_t>(p.index)]) p.index = static_cast<int32_t>(i - 1);
    }
    if (!p.scores.empty()) p.number = p.scores[0];
    return p;
  }

 private:
  EmbeddingText text_;
  bool scored_;
};

}  // namespace

std::unique_ptr<TaskForm> make_embed_form(const FormRequest& request) { return std::make_unique<EmbedForm>(request); }

}  // namespace gimbal
