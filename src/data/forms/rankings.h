// From predictions to the ranks of what was looked for.
#pragma once

#include "data/forms/form.h"
#include "data/metrics/ranking.h"

namespace gimbal {

/// rerank: one ranking a record, of its documents; records of one document are taken together by their query.
std::vector<metrics::Ranking> rankings_of_documents(std::span<const Record> records, std::span<const Prediction> predictions);

/// embed: one ranking a query, of the documents of all records, by cosine; a query that stands in several records has all their positives.
std::vector<metrics::Ranking> rankings_by_cosine(std::span<const Record> records, std::span<const Prediction> predictions);

}  // namespace gimbal
