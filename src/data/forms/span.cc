// An answer as a stretch of the context (arXiv:1810.04805 sections 4.2 and 4.3): question and context laid out together, a long context in windows
// that overlap by `stride` tokens. Where a window does not hold the answer, begin and end are at the layout's own token: [CLS] of an encoder,
// <extract> of a decoder. The answer is the best pair of begin and end over all windows, no longer than `longest_answer` tokens; where questions may
// have no answer, there is none when the least score of "none" over the windows beats it. Answers are cut between what readers take for characters:
// a token that ends before an accent or within an emoji takes all of it.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "core/error.h"
#include "data/forms/texts.h"
#include "text/graphemes.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

constexpr size_t kLongestQuestion = 64, kBest = 20;

struct Laid {
  std::vector<int32_t> question;
  Encoding context;                                // offsets in bytes
  std::vector<std::pair<size_t, size_t>> windows;  // of context tokens
  std::vector<size_t> characters;                  // where each begins, and the end of the text; for reading answers
};

class SpanForm final : public TaskForm {
 public:
  explicit SpanForm(const FormRequest& request) : r_(request), may_lack_(request.task.metrics.at(0).starts_with("squad2")) {}

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) {
      if (record.texts.size() != 2) fail(name_of(record), " has ", record.texts.size(), " texts; a question and its context are two");
      for (const std::string& text : record.texts)
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) fail(name_of(record), " has an empty text; leave the record out");
    }
  }
  int64_t parts(const Record& record) const override { return static_cast<int64_t>(lay(record).windows.size()); }

  void add(const Record& record, int64_t part, TokenBatch& batch) const override {
    const Laid laid = lay(record);
    const auto [begin, end] = laid.windows.at(static_cast<size_t>(part));
    const TextLayout::Laid rows = rows_of(laid, begin, end);
    if (record.labelled) {
      const auto none = static_cast<int32_t>(null_row(rows));
      int32_t first = none, last = none;
      if (!record.answers.empty()) {
        const auto found = tokens_of(laid, record.answers[0]);
        if (found && found->first >= begin && found->second < end) {
          first = static_cast<int32_t>(rows.begin[1]) + static_cast<int32_t>(found->first - begin);
          last = static_cast<int32_t>(rows.begin[1]) + static_cast<int32_t>(found->second - begin);
        }
      }
      batch.span_begins.push_back(first);
      batch.span_ends.push_back(last);
    }
    batch.add(rows.sequence);
  }

  Prediction read(const Record& record, std::span<const HeadAnswer> answers) const override {
    Laid laid = lay(record);
    laid.characters = characters_of(record.texts[1]);
    std::vector<ScoredAnswer> best;
    double none = std::numeric_limits<double>::infinity();
    for (size_t w = 0; w < laid.windows.size(); ++w) {
      const TextLayout::Laid rows = rows_of(laid, laid.windows[w].first, laid.windows[w].second);
      const auto null = answers[w].row(null_row(rows));
      none = std::min(none, static_cast<double>(null[0]) + null[1]);
      add_best(laid, rows, laid.windows[w], answers[w], record, best);
    }
    Prediction p;
    p.best = strongest(std::move(best));
    p.null_score = p.best.empty() ? 0 : none - p.best[0].score;
    if (p.best.empty() || (may_lack_ && p.null_score > 0)) return p;
    p.text = p.best[0].answer.text, p.begin = p.best[0].answer.begin, p.end = p.best[0].answer.end;
    return p;
  }

 private:
  Laid lay(const Record& record) const {
    Laid laid;
    laid.question = r_.tokenizer.encode(record.texts[0], AddSpecial::kNo);
    const auto half = static_cast<size_t>(std::max<int64_t>(0, r_.context - TextLayout::added(2)) / 2);
    if (laid.question.size() > std::min(kLongestQuestion, half)) laid.question.resize(std::min(kLongestQuestion, half));
    laid.context = r_.tokenizer.encode_with_offsets(record.texts[1], AddSpecial::kNo);
    to_bytes(record.texts[1], laid.context.offsets);
    const auto size = laid.context.ids.size();
    const int64_t room = r_.context - TextLayout::added(2) - static_cast<int64_t>(laid.question.size());
    if (room < 1) fail("a context of ", r_.context, " tokens has no room for a question and a text beside it");
    const auto step = static_cast<size_t>(std::max<int64_t>(1, room - std::min(r_.stride, room / 2)));
    for (size_t begin = 0;; begin += step) {
      laid.windows.emplace_back(begin, std::min(size, begin + static_cast<size_t>(room)));
      if (laid.windows.back().second == size) return laid;
    }
  }

  TextLayout::Laid rows_of(const Laid& laid, size_t begin, size_t end) const {
    const std::vector<int32_t> window(laid.context.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                      laid.context.ids.begin() + static_cast<std::ptrdiff_t>(end));
    return r_.layout.lay(laid.question, &window, r_.context);
  }

  int64_t null_row(const TextLayout::Laid& rows) const {
    return r_.layout.kind == TextLayout::Kind::kEncoder ? 0 : static_cast<int64_t>(rows.sequence.ids.size()) - 1;
  }

  // Offsets of characters to those of bytes.
  static void to_bytes(const std::string& text, std::vector<std::pair<int32_t, int32_t>>& offsets) {
    std::vector<int32_t> byte_of;
    for (size_t i = 0; i <= text.size(); ++i)
      if (i == text.size() || !gimbal::text::continues_character(text[i])) byte_of.push_back(static_cast<int32_t>(i));
    for (auto& [begin, end] : offsets) begin = byte_of.at(static_cast<size_t>(begin)), end = byte_of.at(static_cast<size_t>(end));
  }

  // First and last token that the answer touches; nothing when the tokenizer left all of it out.
  static std::optional<std::pair<size_t, size_t>> tokens_of(const Laid& laid, const Answer& answer) {
    std::optional<std::pair<size_t, size_t>> found;
    for (size_t t = 0; t < laid.context.ids.size(); ++t) {
      const auto begin = static_cast<size_t>(laid.context.offsets[t].first), end = static_cast<size_t>(laid.context.offsets[t].second);
      if (begin >= answer.end || end <= answer.begin) continue;
      if (!found) found.emplace(t, t);
      found->second = t;
    }
    return found;
  }

  void add_best(const Laid& laid, const TextLayout::Laid& rows, std::pair<size_t, size_t> window, const HeadAnswer& answer, const Record& record,
                std::vector<ScoredAnswer>& best) const {
    const auto size = window.second - window.first;
    const auto strongest_rows = [&](size_t column) {
      std::vector<size_t> places(size);
      for (size_t i = 0; i < size; ++i) places[i] = i;
      const size_t kept = std::min(size, kBest);
      std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(kept), places.end(), [&](size_t a, size_t b) {
        return answer.row(rows.begin[1] + static_cast<int64_t>(a))[column] > answer.row(rows.begin[1] + static_cast<int64_t>(b))[column];
      });
      places.resize(kept);
      return places;
    };
    const std::string& text = record.texts[1];
    const std::vector<size_t> firsts = strongest_rows(0), lasts = strongest_rows(1);
    for (const size_t first : firsts) {
      for (const size_t last : lasts) {
        if (last < first || last - first >= static_cast<size_t>(r_.longest_answer)) continue;
        const auto from = static_cast<size_t>(laid.context.offsets[window.first + first].first);
        const auto to = static_cast<size_t>(laid.context.offsets[window.first + last].second);
        size_t begin = *(std::upper_bound(laid.characters.begin(), laid.characters.end(), from) - 1);
        size_t end = *std::lower_bound(laid.characters.begin(), laid.characters.end(), to);
        while (begin < end && is_space(text[begin])) ++begin;
        while (begin < end && is_space(text[end - 1])) --end;
        if (begin >= end) continue;
        const double score = static_cast<double>(answer.row(rows.begin[1] + static_cast<int64_t>(first))[0]) +
                             answer.row(rows.begin[1] + static_cast<int64_t>(last))[1];
        best.push_back({{text.substr(begin, end - begin), begin, end}, score});
      }
    }
  }

  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

  static std::vector<size_t> characters_of(const std::string& text) {
    std::vector<size_t> begins = {0};
    while (begins.back() < text.size()) begins.push_back(gimbal::text::grapheme_end(text, begins.back()));
    return begins;
  }

  // Windows overlap: a place that two of them name counts once.
  static std::vector<ScoredAnswer> strongest(std::vector<ScoredAnswer> answers) {
    std::stable_sort(answers.begin(), answers.end(), [](const ScoredAnswer& a, const ScoredAnswer& b) { return a.score > b.score; });
    std::vector<ScoredAnswer> best;
    std::set<std::pair<size_t, size_t>> places;
    for (ScoredAnswer& answer : answers) {
      if (best.size() == kBest) break;
      if (places.emplace(answer.answer.begin, answer.answer.end).second) best.push_back(std::move(answer));
    }
    return best;
  }

  FormRequest r_;
  bool may_lack_;
};

}  // namespace

std::unique_ptr<TaskForm> make_span_form(const FormRequest& request) { return std::make_unique<SpanForm>(request); }

}  // namespace gimbal
