// A record as text: the model reads the source and is to say the target (T5, arXiv:1910.10683 section 2.4; wording.h has the words).
//
// Classes and choices are answered by the likeliest of their texts, everything else by what is written. For a model that fills blanks a task with a
// cloze form is asked that way (GLM, arXiv:2103.10360 section 2.3): the text with a [MASK], in which the label's word is the likeliest.
//
// What is too long loses the ends of the record's texts, the longer one first, so that a question behind a long passage is still asked.
#include <algorithm>
#include <optional>

#include "core/error.h"
#include "data/forms/texts.h"
#include "data/forms/written_answer.h"
#include "data/objectives/blanks.h"
#include "data/tasks/wording.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

constexpr std::string_view kMask = "[MASK]";
constexpr size_t kNoted = 1000;        // records whose answers are looked through before training
constexpr int64_t kAnswerTokens = 64;  // that a prompt leaves free in a stack that it shares with the answer

std::vector<int32_t> cut_to(std::vector<int32_t> ids, int64_t most) {
  if (static_cast<int64_t>(ids.size()) > most) ids.resize(static_cast<size_t>(std::max<int64_t>(0, most)));
  return ids;
}

// The two sides of a cloze pattern, as tasks of their own: a record's texts may hold a [MASK] too.
struct ClozeSides {
  Task before, after;
  explicit ClozeSides(const Task& task) : before(task), after(task) {
    const size_t at = task.cloze.find(kMask);
    GIMBAL_ASSERT(at != std::string::npos && at > 0 && at + kMask.size() < task.cloze.size(), task.name);
    before.cloze = task.cloze.substr(0, at);
    after.cloze = task.cloze.substr(at + kMask.size());
  }
};

class TextForm final : public TaskForm {
 public:
  explicit TextForm(const FormRequest& request)
      : r_(request), roles_(roles_of(request.tokenizer)), cloze_(r_.frame == Frame::kBlank && !r_.task.cloze.empty()) {
    need_roles("text from text", {{roles_.eos, "an end of text (</s>)"}});
    if (r_.frame == Frame::kEncoderDecoder) need_roles("text from text", {{roles_.start, "a first token for the decoder (<pad>)"}});
    if (r_.frame == Frame::kBlank)
      need_roles("a text with blanks", {{roles_.mask, "[MASK]"},
                                        {roles_.document_mask, "[gMASK]"},
                                        {roles_.piece_start, "<|startofpiece|>"},
                                        {roles_.piece_end, "<|endofpiece|>"}});
    if (cloze_) sides_.emplace(r_.task);
    for (const std::string& name : r_.labels) need_writable("label", cloze_ ? cloze_word(name) : name);
  }

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) {
      if (r_.task.kind == TaskKind::kClassify) check_label(r_.labels, record);
      if (record.labelled && r_.task.kind == TaskKind::kRegress)
        need_writable("number", target_text(r_.task, record));
      else if (record.labelled)
        target_text(r_.task, record);
      source_text(r_.task, record);
    }
  }

  // Of labels and numbers none is let through.
  std::string note(std::span<const Record> records) const override {
    if (cloze_) return "";
    const std::span<const Record> first = records.first(std::min(kNoted, records.size()));
    const auto unwritable = [&](const Record& record) { return record.labelled && !writable(target_text(r_.task, record)); };
    const auto count = std::count_if(first.begin(), first.end(), unwritable);
    if (count == 0) return "";
    const Record& example = *std::find_if(first.begin(), first.end(), unwritable);
    return cat(count, " of the first ", first.size(), " answers hold characters that the tokenizer does not know (such as \"",
               target_text(r_.task, example), "\"): they are learned as ", r_.tokenizer.token(*roles_.unk));
  }

  void add(const Record& record, int64_t, TokenBatch& batch) const override {
    GIMBAL_ASSERT(record.labelled, record.id);
    add_candidate(record, cloze_ ? cloze_word(record.label) : target_text(r_.task, record), batch);
  }

  std::vector<std::string> candidates(const Record& record) const override {
    std::vector<std::string> texts;
    if (r_.task.kind == TaskKind::kClassify)
      for (const std::string& label : r_.labels) texts.push_back(cloze_ ? cloze_word(label) : label);
    if (r_.task.kind == TaskKind::kChoice) return record.choices;
    return texts;
  }

  void add_candidate(const Record& record, const std::string& text, TokenBatch& batch) const override {
    if (cloze_) return add_cloze(record, text, batch);
    std::vector<int32_t> target = r_.tokenizer.encode(text, AddSpecial::kNo);
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
    if (r_.task.kind == TaskKind::kSpan) {
      if (const auto part = written_answer(text, record.texts.at(1))) p.text = part->text, p.begin = part->begin, p.end = part->end;
    }
    return p;
  }

  std::vector<int32_t> source(const Record& record) const override {
    const int64_t shared = PairLimits{r_.frame, r_.context, r_.target_context}.shared_tokens();
    const int64_t answer = std::min(r_.target_context > 0 ? r_.target_context : kAnswerTokens, shared / 2);
    const int64_t room = r_.frame == Frame::kEncoderDecoder ? r_.context : shared - answer;
    std::vector<int32_t> ids = source_ids(record, room);
    if (r_.frame == Frame::kBlank) ids.push_back(*roles_.document_mask);
    return ids;
  }

 private:
  bool writable(const std::string& answer) const {
    if (!roles_.unk) return true;
    const std::vector<int32_t> ids = r_.tokenizer.encode(answer, AddSpecial::kNo);
    return std::find(ids.begin(), ids.end(), *roles_.unk) == ids.end();
  }
  void need_writable(const char* what, const std::string& answer) const {
    if (!writable(answer))
      fail("the tokenizer cannot write the ", what, " \"", answer, "\" (it becomes ", r_.tokenizer.token(*roles_.unk),
           "), and this model answers by writing; train a tokenizer on text that holds its characters, or choose an encoder or decoder with a head");
  }

  std::vector<int32_t> source_ids(const Record& record, int64_t room) const {
    std::vector<int32_t> ids = fitted_source(record, room - 1 - (roles_of_blank() ? 1 : 0));
    if (roles_of_blank()) ids.insert(ids.begin(), *roles_.cls);
    ids.push_back(*roles_.eos);
    return ids;
  }
  std::vector<int32_t> fitted_source(Record record, int64_t room) const {
    std::vector<int32_t> ids = r_.tokenizer.encode(source_text(r_.task, record), AddSpecial::kNo);
    const int64_t over = static_cast<int64_t>(ids.size()) - room;
    if (over <= 0 || record.texts.empty()) return cut_to(std::move(ids), room);
    std::vector<Encoding> texts;
    for (const std::string& text : record.texts) texts.push_back(r_.tokenizer.encode_with_offsets(text, AddSpecial::kNo));
    const size_t a = texts[0].ids.size(), b = texts.size() > 1 ? texts[1].ids.size() : 0;
    const auto [keep_a, keep_b] = longest_first(a, b, static_cast<size_t>(std::max<int64_t>(0, static_cast<int64_t>(a + b) - over)));
    record.texts[0] = beginning(record.texts[0], texts[0], keep_a);
    if (texts.size() > 1) record.texts[1] = beginning(record.texts[1], texts[1], keep_b);
    return cut_to(r_.tokenizer.encode(source_text(r_.task, record), AddSpecial::kNo), room);
  }

  // What the first tokens of a text stand for.
  static std::string beginning(const std::string& text, const Encoding& encoding, size_t tokens) {
    if (tokens >= encoding.ids.size()) return text;
    size_t end = 0;
    for (int32_t left = tokens > 0 ? encoding.offsets[tokens - 1].second : 0; left > 0; --left) end += gimbal::text::character_length(text[end]);
    return text.substr(0, end);
  }

  bool roles_of_blank() const { return r_.frame == Frame::kBlank && roles_.cls.has_value(); }

  std::string cloze_word(const std::string& label) const {
    const std::vector<std::string> names(r_.task.labels.begin(), r_.task.labels.end());
    return std::string(r_.task.cloze_words.at(static_cast<size_t>(label_index(names, label))));
  }

  // The word takes the mask's place. When all is too long, the longer side is cut where it is farther from the mask.
  void add_cloze(const Record& record, const std::string& text, TokenBatch& batch) const {
    std::string left = cloze_text(sides_->before, record);
    const bool spaced = left.ends_with(' ');  // tokenizers keep a space with the word behind it
    if (spaced) left.pop_back();
    std::vector<int32_t> before = r_.tokenizer.encode(left, AddSpecial::kNo),
                         after = r_.tokenizer.encode(cloze_text(sides_->after, record), AddSpecial::kNo);
    const std::vector<int32_t> word = r_.tokenizer.encode(spaced ? cat(' ', text) : text, AddSpecial::kNo);
    const int64_t room = r_.context - 2 - (roles_.cls ? 1 : 0) - static_cast<int64_t>(word.size());  // besides a mask and <sop>
    if (room < 1) fail("a context of ", r_.context, " tokens has no room for a text around the blank");
    const auto [keep_before, keep_after] = longest_first(before.size(), after.size(), static_cast<size_t>(room));
    before.erase(before.begin(), before.end() - static_cast<std::ptrdiff_t>(keep_before));
    after.resize(keep_after);
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
  std::optional<ClozeSides> sides_;
};

}  // namespace

std::unique_ptr<TaskForm> make_text_form(const FormRequest& request) { return std::make_unique<TextForm>(request); }

}  // namespace gimbal
