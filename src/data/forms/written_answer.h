// Where an answer that a model wrote stands in the context that it was asked about.
#pragma once

#include <optional>
#include <string_view>

#include "data/tasks/record.h"

namespace gimbal {

/// The part of the context that is the answer: to the letter, first where no word goes on before or behind it; else whole words of the context that
/// SQuAD's normalization makes the same of (metrics/squad.h: letter case, punctuation and articles do not count). Nothing for an answer that is
/// empty, normalizes to nothing, or does not stand there. Valid UTF-8.
std::optional<Answer> written_answer(std::string_view answer, std::string_view context);

}  // namespace gimbal
