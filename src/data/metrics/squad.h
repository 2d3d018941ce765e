// Exact match and F1 of answers, as SQuAD's evaluation scripts define them (1.1: Rajpurkar 2016, arXiv:1606.05250; 2.0: arXiv:1806.03822).
//
// Answers are compared after normalization: lower case, no ASCII punctuation, no a, an, the, single spaces. F1 is over the bag of words that remain;
// with several right answers the best one counts. In 2.0 a question without right answers wants the empty answer.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal::metrics {

std::string normalize_answer(std::string_view answer);

enum class SquadRules { k11, k20 };

/// One question, in [0, 1].
struct AnswerScore {
  double exact = 0, f1 = 0;
};

/// `gold`: the right answers. In 1.1 none of them gives 0; in 2.0 none (or only such as normalize to nothing) means that "" is right.
AnswerScore score_answer(std::string_view guess, std::span<const std::string> gold, SquadRules rules);

/// Means over questions, in percent as the scripts print them. `answerable` and `unanswerable` are parts of the total, with their own counts.
struct SquadScores {
  struct Part {
    double exact = 0, f1 = 0;
    size_t questions = 0;
  };
  Part all, answerable, unanswerable;
};
SquadScores squad_scores(std::span<const std::string> guess, std::span<const std::vector<std::string>> gold, SquadRules rules);

}  // namespace gimbal::metrics
