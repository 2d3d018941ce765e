// Prompts that fit, answers ranked or written.
#include "infer/in_context.h"

#include <algorithm>

#include "core/rng.h"
#include "data/tasks/wording.h"
#include "infer/generate_all.h"

namespace gimbal {
namespace {

constexpr const char* kContentFree = "N/A";

std::string first_line(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  const size_t end = std::min(text.find('\n', begin), text.size());
  return text.substr(begin, text.find_last_not_of(" \t\r", end - 1) + 1 - begin);
}

// The likeliest answer, with probabilities of all.
Prediction choose(std::span<const double> scores) {
  const std::vector<float> logits(scores.begin(), scores.end());
  Prediction p;
  p.probabilities = softmax(logits);
  p.index = static_cast<int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  return p;
}

bool reads_the_same(const Record& a, const Record& b) { return a.texts == b.texts && a.words == b.words; }

}  // namespace

std::vector<Record> draw_shots(std::span<const Record> train, const InContextOptions& options, size_t number, const Record& asked) {
  const auto wanted = static_cast<size_t>(options.shots);
  if (wanted == 0) return {};
  const size_t own = static_cast<size_t>(std::count_if(train.begin(), train.end(), [&](const Record& r) { return reads_the_same(r, asked); }));
  if (train.size() - own < wanted)
    fail(wanted, " demonstrations are asked for and the training split has ", train.size() - own, " records",
         own > 0 ? " besides the one that is asked" : "", "; lower --shots");
  Rng random = Rng(options.seed, "demonstrations").child(number);
  std::vector<size_t> drawn;
  while (drawn.size() < wanted) {
    const size_t at = random.below(train.size());
    if (std::find(drawn.begin(), drawn.end(), at) == drawn.end() && !reads_the_same(train[at], asked)) drawn.push_back(at);
  }
  std::vector<Record> shots;
  for (const size_t at : drawn) shots.push_back(train[at]);
  return shots;
}

Record without_content(Record record) {
  for (std::string& text : record.texts) text = kContentFree;
  for (std::string& word : record.words) word = kContentFree;
  return record;
}

InContext::InContext(Model& model, const Tokenizer& tokenizer, const Task& task, std::span<const std::string> labels, const InContextOptions& options)
    : tokenizer_(tokenizer),
      task_(task),
      labels_(labels.begin(), labels.end()),
      options_(options),
      decoder_(model, options.compute),
      form_(prompt_form(model.architecture(), &tokenizer)) {}

bool InContext::fits(const InContextQuestion& question) const {
  const int64_t context = decoder_.architecture().context, prompt = static_cast<int64_t>(question.prompt.size());
  const bool apart = form_.kind == PromptKind::kSource;  // the encoder has a context of its own
  const auto room_for = [&](int64_t read, int64_t written) { return apart ? read <= context && written <= context : read + written <= context; };
  if (question.answers.empty()) return room_for(prompt + 1, question.shots > 0 ? options_.max_tokens : 1);
  return std::ranges::all_of(question.answers, [&](const ContextAndContinuation& a) {
    const int64_t start = form_.kind == PromptKind::kBlanks ? 1 : 0;  // the token that begins a piece
    return room_for(static_cast<int64_t>(a.context.size()) + start, static_cast<int64_t>(a.continuation.size()) - 1);
  });
}

InContextQuestion InContext::ask(std::span<const Record> demonstrations, const Record& record) const {
  const Architecture& a = decoder_.architecture();
  const std::vector<std::string> answers = in_context_answers(task_, record, labels_);
  for (size_t dropped = 0;; ++dropped) {
    const std::span<const Record> shots = demonstrations.subspan(dropped);
    const std::string text = in_context_prompt(task_, shots, record);
    InContextQuestion question{prompt_ids(tokenizer_, a, text), {}, {}, static_cast<int64_t>(shots.size())};
    const std::vector<int32_t>& prompt = question.prompt;
    for (const std::string& answer : answers) {
      ContextAndContinuation pair{prompt, tokenizer_.encode(std::string_view(answer).substr(1), AddSpecial::kNo)};
      if (!form_.source_end && (form_.kind == PromptKind::kContinue || form_.kind == PromptKind::kPrefix)) {
        const std::vector<int32_t> whole = prompt_ids(tokenizer_, a, text + answer);
        const auto parting = std::ranges::mismatch(prompt, whole).in2;
        if (parting != whole.begin() && parting != whole.end()) pair = {{whole.begin(), parting}, {parting, whole.end()}};
      }
      question.answers.push_back(std::move(pair));
      question.answer_bytes.push_back(static_cast<int64_t>(answer.size()) - 1);
    }
    if (fits(question)) return question;
    if (shots.empty())
      fail(name_of(record), " alone takes ", prompt.size(), " tokens with its prompt, and the model's context is ", a.context,
           "; shorten it, or take a model with a longer context");
  }
}

// Of each question's answers: log-likelihoods, normalized as the options say.
std::vector<std::vector<double>> InContext::scores(std::span<const InContextQuestion> questions) {
  std::vector<ContextAndContinuation> pairs;
  for (const InContextQuestion& q : questions) pairs.insert(pairs.end(), q.answers.begin(), q.answers.end());
  const std::vector<Loglikelihood> found = loglikelihood(decoder_, form_, pairs);
  std::vector<std::vector<double>> scores;
  size_t at = 0;
  for (const InContextQuestion& q : questions) {
    auto& of_question = scores.emplace_back();
    for (const int64_t bytes : q.answer_bytes) {
      const Loglikelihood& l = found[at++];
      const int64_t by = options_.normalize == Normalize::kTokens  ? l.tokens
                         : options_.normalize == Normalize::kBytes ? std::max<int64_t>(1, bytes)
                                                                   : 1;
      of_question.push_back(l.log_prob / static_cast<double>(by));
    }
  }
  return scores;
}

Prediction InContext::read(const Record& record, std::string text) const {
  Prediction p;
  p.text = std::move(text);
  if (task_.kind == TaskKind::kRegress) p.number = number_of_target(p.text).value_or(0);
  if (task_.kind == TaskKind::kTokens) p.tags = tags_of_target(p.text, record.words.size());
  return p;
}

InContext::Answers InContext::answer(std::span<const Record> train, std::span<const Record> records) {
  Answers out;
  std::vector<InContextQuestion> questions, content_free;
  for (size_t i = 0; i < records.size(); ++i) {
    const std::vector<Record> shots = draw_shots(train, options_, i, records[i]);
    const InContextQuestion& q = questions.emplace_back(ask(shots, records[i]));
    out.shots_used += q.shots;
    out.shots_dropped += options_.shots - q.shots;
    const std::span<const Record> kept = std::span(shots).last(static_cast<size_t>(q.shots));
    if (!q.answers.empty()) content_free.push_back(ask(kept, without_content(records[i])));
  }
  if (content_free.empty()) {
    std::vector<std::vector<int32_t>> prompts;
    for (const InContextQuestion& q : questions) prompts.push_back(q.prompt);
    AnswerOptions writing;
    writing.max_tokens = options_.max_tokens;
    writing.stop_ids = options_.stop_ids;
    if (form_.kind == PromptKind::kBlanks) writing.stop_ids = {form_.piece_end};
    const std::vector<std::vector<int32_t>> written = generate_all(decoder_, form_, prompts, writing);
    for (size_t i = 0; i < records.size(); ++i) out.raw.push_back(read(records[i], first_line(tokenizer_.decode(written[i], SkipSpecial::kYes))));
    return out;
  }
  const std::vector<std::vector<double>> raw = scores(questions), prior = scores(content_free);
  for (size_t i = 0; i < records.size(); ++i) {
    out.raw.push_back(choose(raw[i]));
    std::vector<double> calibrated = raw[i];
    for (size_t c = 0; c < calibrated.size(); ++c) calibrated[c] -= prior[i][c];
    out.calibrated.push_back(choose(calibrated));
  }
  return out;
}

}  // namespace gimbal
