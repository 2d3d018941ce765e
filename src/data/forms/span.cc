// An answer as a stretch of the context (arXiv:1810.04805 sections 4.2 and 4.3): question and context laid out together, a long context in windows
// that overlap by `stride` tokens. Where a window does not hold the answer, begin and end are at the layout's own token: [CLS] of an encoder,
// <extract> of a decoder. The answer is the best pair of begin and end over all windows, no longer than `longest_answer` tokens; where questions may
// have no answer, there is none when the least score of "none" over the windows beats it.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/forms/form.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

constexpr size_t kLongestQuestion = 64, kBest = 20;

struct Laid {
  std::vector<int32_t> question;
  Encoding context;                                // offsets in bytes
  std::vector<std::pair<size_t, size_t>> windows;  // of context tokens
};

class SpanForm final : public TaskForm {
 public:
  explicit SpanForm(const FormRequest& request) : r_(request), may_lack_(request.task.metrics.at(0).starts_with("squad2")) {}

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
    const Laid laid = lay(record);
    std::vector<ScoredAnswer> best;
    double none = std::numeric_limits<double>::infinity();
    for (size_t w = 0; w < laid.windows.size(); ++w) {
      const TextLayout::Laid rows = rows_of(laid, laid.windows[w].first, laid.windows[w].second);
      const auto null = answers[w].row(null_row(rows));
      none = std::min(none, static_cast<double>(null[0]) + null[1]);
      add_best(laid, rows, laid.windows[w], answers[w], record, best);
    }
    std::stable_sort(best.begin(), best.end(), [](const ScoredAnswer& a, const ScoredAnswer& b) { return a.score > b.score; });
    if (best.size() > kBest) best.resize(kBest);
    Prediction p;
    p.best = std::move(best);
    p.null_score = p.best.empty() ? 0 : none - p.best[0].score;
    if (p.best.empty() || (may_lack_ && p.null_score > 0)) return p;
    p.text = p.best[0].answer.text, p.begin = p.best[0].answer.begin, p.end = p.best[0].answer.end;
    return p;
  }

 private:
  Laid lay(const Record& record) const {
    if (record.texts.size() != 2) fail("record ", record.id, " has ", record.texts.size(), " texts; a question and its context are two");
    Laid laid;
    laid.question = r_.tokenizer.encode(record.texts[0], AddSpecial::kNo);
    if (laid.question.size() > kLongestQuestion) laid.question.resize(kLongestQuestion);
    laid.context = r_.tokenizer.encode_with_offsets(record.texts[1], AddSpecial::kNo);
    to_bytes(record.texts[1], laid.context.offsets);
    const auto size = laid.context.ids.size();
    const int64_t room = r_.context - TextLayout::added(2) - static_cast<int64_t>(laid.question.size());
    if (room < 1) fail("a context of ", r_.context, " tokens has no room for a question of ", laid.question.size(), " tokens and a text beside it");
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
    const auto strongest = [&](size_t column) {
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
    for (const size_t first : strongest(0)) {
      for (const size_t last : strongest(1)) {
        if (last < first || last - first >= static_cast<size_t>(r_.longest_answer)) continue;
        auto begin = static_cast<size_t>(laid.context.offsets[window.first + first].first);
        const auto end = static_cast<size_t>(laid.context.offsets[window.first + last].second);
        while (begin < end && (text[begin] == ' ' || text[begin] == '\n' || text[begin] == '\t')) ++begin;
        if (begin >= end) continue;
        const double score = static_cast<double>(answer.row(rows.begin[1] + static_cast<int64_t>(first))[0]) +
                             answer.row(rows.begin[1] + static_cast<int64_t>(last))[1];
        best.push_back({{text.substr(begin, end - begin), begin, end}, score});
      }
    }
  }

  FormRequest r_;
  bool may_lack_;
};

}  // namespace

std::unique_ptr<TaskForm> make_span_form(const FormRequest& request) { return std::make_unique<SpanForm>(request); }

}  // namespace gimbal
