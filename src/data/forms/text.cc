// A record as text: the model reads the source and is to say the target (T5, arXiv:1910.10683 section 2.4; wording.h has the words).
//
// Classes and choices are answered by the likeliest of their texts, everything else by what is written. For a model that fills blanks a task with a
// cloze form is asked that way (GLM, arXiv:2103.10360 section 2.3): the text with a [MASK], in which the label's word is the likeliest.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/forms/form.h"
#include "data/objectives/blanks.h"
#include "data/tasks/wording.h"

namespace gimbal {
namespace {

constexpr std::string_view kMask = "[MASK]";

std::vector<int32_t> cut_to(std::vector<int32_t> ids, int64_t most) {
  if (static_cast<int64_t>(ids.size()) > most) ids.resize(static_cast<size_t>(std::max<int64_t>(0, most)));
  return ids;
}

class TextForm final : public TaskForm {
 public:
  explicit TextForm(const FormRequest& request)
      : r_(request), roles_(roles_of(request.tokenizer)), cloze_(r_.frame == Frame::kBlank && !r_.task.cloze.empty()) {
    require("text from text", {{roles_.eos, "an end of text (</s>)"}});
    if (r_.frame == Frame::kEncoderDecoder) require("text from text", {{roles_.start, "a first token for the decoder (<pad>)"}});
    if (r_.frame == Frame::kBlank)
      require("filling blanks", {{roles_.mask, "[MASK]"},
                                 {roles_.document_mask, "[gMASK]"},
                                 {roles_.piece_start, "<|startofpiece|>"},
                                 {roles_.piece_end, "<|endofpiece|>"}});
    for (const std::string& label : r_.labels) {
      const std::vector<int32_t> ids = r_.tokenizer.encode(label, AddSpecial::kNo);
      if (roles_.unk && std::find(ids.begin(), ids.end(), *roles_.unk) != ids.end())
        fail(
            "the tokenizer cannot write the label \"", label, "\" (it becomes ", r_.tokenizer.token(*roles_.unk),
            "), and this model answers by writing; train a tokenizer on text that holds its characters, or choose an encoder or decoder with a head");
    }
  }

  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    GIMBAL_ASSERT(record.labelled, record.id);
    add_candidate(record, cloze_ ? cloze_word(record.label) : target_text(r_.task, record), batch);
  }

  std::vector<std::string> candidates(const Record& record) const override {
    std::vector<std::string> texts;
    if (r_.task.kind == TaskKind::kClassify)
      for (const std::string& label : r_.labels) texts.push_back(cloze_ ? cloze_word(label) : label);
    if (r_.task.kind == TaskKind::kChoice)
      for (size_t i = 0; i < record.choices.size(); ++i) texts.push_back(cat("choice", i + 1));
    return texts;
  }

  void add_candidate(const Record& record, const std::string& text, TokenBatch& batch) const override {
    std::vector<int32_t> target = r_.tokenizer.encode(text, AddSpecial::kNo);
    if (cloze_) return add_cloze(record, target, batch);
    const PairLimits limits{r_.frame, r_.context, r_.target_context};
    const int64_t most = r_.frame == Frame::kEncoderDecoder ? limits.longest_target() : limits.shared_tokens() / 2;
    target = cut_to(std::move(target), most - 1);
    target.push_back(*roles_.eos);
    const int64_t room = r_.frame == Frame::kEncoderDecoder ? r_.context : limits.shared_tokens() - static_cast<int64_t>(target.size());
    add_pair(source_ids(record, room), target, r_.frame, roles_, batch);
  }

  Prediction read_likelihoods(const Record&, std::span<const double> likelihoods) const override {
    const std::vector<float> logits(likelihoods.begin(), likelihoods.end());
    Prediction p;
    p.probabilities = softmax(logits);
    p.index = static_cast<int32_t>(std::max_element(p.probabilities.begin(), p.probabilities.end()) - p.probabilities.begin());
    return p;
  }

  Prediction read_text(const Record& record, const std::string& text) const override {
    Prediction p;
    p.text = text;
    if (r_.task.kind == TaskKind::kRegress) p.number = number_of_target(text).value_or(0);
    if (r_.task.kind == TaskKind::kTokens) p.tags = tags_of_target(text, record.words.size());
    return p;
  }

  std::vector<int32_t> source(const Record& record) const override {
    const int64_t room = r_.frame == Frame::kEncoderDecoder ? r_.context : std::max<int64_t>(2, r_.context / 2);
    std::vector<int32_t> ids = source_ids(record, room);
    if (r_.frame == Frame::kBlank) ids.push_back(*roles_.document_mask);
    return ids;
  }

 private:
  std::vector<int32_t> source_ids(const Record& record, int64_t room) const {
    std::vector<int32_t> ids = cut_to(r_.tokenizer.encode(source_text(r_.task, record), AddSpecial::kNo), room - 1 - (roles_of_blank() ? 1 : 0));
    if (roles_of_blank()) ids.insert(ids.begin(), *roles_.cls);
    ids.push_back(*roles_.eos);
    return ids;
  }
  bool roles_of_blank() const { return r_.frame == Frame::kBlank && roles_.cls.has_value(); }

  std::string cloze_word(const std::string& label) const {
    const std::vector<std::string> names(r_.task.labels.begin(), r_.task.labels.end());
    return std::string(r_.task.cloze_words.at(static_cast<size_t>(label_index(names, label))));
  }

  // The word takes the mask's place; what stands before it loses its beginning when all is too long.
  void add_cloze(const Record& record, const std::vector<int32_t>& word, TokenBatch& batch) const {
    const std::string text = cloze_text(r_.task, record);
    const size_t at = text.find(kMask);
    GIMBAL_ASSERT(at != std::string::npos, text);
    std::vector<int32_t> before = r_.tokenizer.encode(text.substr(0, at), AddSpecial::kNo),
                         after = r_.tokenizer.encode(text.substr(at + kMask.size()), AddSpecial::kNo);
    const int64_t room = r_.context - 3 - static_cast<int64_t>(word.size());
    after = cut_to(std::move(after), room / 2);
    const auto over = static_cast<int64_t>(before.size() + after.size()) - room;
    if (over > 0) before.erase(before.begin(), before.begin() + over);
    if (roles_.cls) before.insert(before.begin(), *roles_.cls);
    std::vector<int32_t> whole = before;
    whole.insert(whole.end(), word.begin(), word.end());
    const auto begin = static_cast<int64_t>(before.size()), end = static_cast<int64_t>(whole.size());
    whole.insert(whole.end(), after.begin(), after.end());
    batch.add(lay_out_blanks(whole, {{begin, end}}, {*roles_.mask, *roles_.piece_start, *roles_.piece_end}));
  }

  FormRequest r_;
  RoleIds roles_;
  bool cloze_;
};

}  // namespace

std::unique_ptr<TaskForm> make_text_form(const FormRequest& request) { return std::make_unique<TextForm>(request); }

}  // namespace gimbal
