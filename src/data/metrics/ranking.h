// How well documents are ranked for queries. Ranks r count from 1; a document's grade g > 0 says that it is relevant, and how much.
//
//   MRR@k      1 / r of the first relevant document, 0 when it is not among the first k                            (Voorhees 1999)
//   NDCG@k     sum of g / log2(r + 1) over the first k, divided by that sum in the best order                      (Järvelin and Kekäläinen 2002)
//   recall@k   share of the relevant documents that are among the first k
//   MAP        mean over the relevant documents of the share of relevant ones among all up to and with it
//
// Each is the mean over the queries that have a relevant document, and 0 where there is no such query. The gain is linear in the grade, as in
// trec_eval and scikit-learn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gimbal::metrics {

/// Where one query's relevant documents stand; the others need not be known.
struct Ranking {
  struct Relevant {
    int64_t rank;
    double grade;
    friend bool operator==(const Relevant&, const Relevant&) = default;
  };
  std::vector<Relevant> relevant;  ///< by rank
};

/// Ranks all documents of a query by their scores, the highest first. Of equal scores the less relevant document stands first, so that saying the same
/// of all earns nothing; a score that is not a number stands last.
Ranking rank_documents(std::span<const double> scores, std::span<const double> grades);

double mrr(std::span<const Ranking> rankings, int64_t k);
double ndcg(std::span<const Ranking> rankings, int64_t k);
double recall(std::span<const Ranking> rankings, int64_t k);
double mean_average_precision(std::span<const Ranking> rankings);

}  // namespace gimbal::metrics
