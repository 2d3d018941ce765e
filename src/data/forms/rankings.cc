// Grouping by query, and the search through all documents.
#include "data/forms/rankings.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/threads.h"

namespace gimbal {
namespace {

// Each different text once, in the order of its first record.
class TextVectors {
 public:
  int64_t add(const std::string& text, const std::vector<float>& vector) {
    const auto [at, added] = places_.try_emplace(text, std::ssize(vectors_));
    if (added) vectors_.push_back(&vector);
    return at->second;
  }
  int64_t size() const { return std::ssize(vectors_); }
  const std::vector<float>& operator[](int64_t i) const { return *vectors_[static_cast<size_t>(i)]; }

 private:
  std::map<std::string, int64_t> places_;
  std::vector<const std::vector<float>*> vectors_;
};

constexpr int64_t kBlock = 256;  // documents that stay in the cache while a piece of the queries goes over them

// scores[q][document] for queries [begin, end). Blocks of documents lie channel by channel, so that the sums of neighbours run side by side.
void score_piece(const TextVectors& queries, int64_t begin, int64_t end, const TextVectors& documents, std::vector<std::vector<float>>& scores) {
  const size_t width = queries[0].size();
  std::vector<float> block(width * kBlock);
  for (int64_t first = 0; first < documents.size(); first += kBlock) {
    const int64_t count = std::min(kBlock, documents.size() - first);
    for (int64_t i = 0; i < count; ++i)
      for (size_t j = 0; j < width; ++j) block[j * kBlock + static_cast<size_t>(i)] = documents[first + i][j];
    for (int64_t q = begin; q < end; ++q) {
      float* row = scores[static_cast<size_t>(q - begin)].data() + first;
      std::fill_n(row, count, 0.f);
      for (size_t j = 0; j < width; ++j) {
        const float factor = queries[q][j], *values = block.data() + j * kBlock;
        for (int64_t i = 0; i < count; ++i) row[i] += factor * values[i];
      }
    }
  }
}

// As metrics::rank_documents, without sorting what is not looked for.
metrics::Ranking rank(const std::vector<float>& scores, std::vector<int64_t> positives) {
  const auto score = [&](int64_t i) { return scores[static_cast<size_t>(i)]; };
  std::ranges::sort(positives, [&](int64_t a, int64_t b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
  metrics::Ranking ranking;
  for (size_t i = 0; i < positives.size(); ++i) {
    const auto before = std::ranges::count_if(scores, [&](float s) { return !(s < score(positives[i])); });
    const auto known = std::ranges::count_if(positives, [&](int64_t p) { return !(score(p) < score(positives[i])); });
    ranking.relevant.push_back({static_cast<int64_t>(before - known) + static_cast<int64_t>(i) + 1, 1});
  }
  return ranking;
}

}  // namespace

std::vector<metrics::Ranking> rankings_of_documents(std::span<const Record> records, std::span<const Prediction> predictions) {
  struct Query {
    std::vector<double> scores, grades;
  };
  std::map<std::string, size_t> places;
  std::vector<Query> queries;
  for (size_t r = 0; r < records.size(); ++r) {
    size_t place = queries.size();
    if (records[r].choices.size() == 1) place = places.try_emplace(records[r].texts[0], place).first->second;
    if (place == queries.size()) queries.emplace_back();
    Query& query = queries[place];
    query.scores.insert(query.scores.end(), predictions[r].scores.begin(), predictions[r].scores.end());
    query.grades.insert(query.grades.end(), records[r].grades.begin(), records[r].grades.end());
  }
  std::vector<metrics::Ranking> rankings;
  for (const Query& query : queries) rankings.push_back(metrics::rank_documents(query.scores, query.grades));
  return rankings;
}

std::vector<metrics::Ranking> rankings_by_cosine(std::span<const Record> records, std::span<const Prediction> predictions) {
  TextVectors queries, documents;
  std::vector<std::vector<int64_t>> positives;
  for (size_t r = 0; r < records.size(); ++r) {
    const std::vector<std::string>& texts = records[r].texts;
    const auto query = static_cast<size_t>(queries.add(texts[0], predictions[r].vectors[0]));
    positives.resize(std::max(positives.size(), query + 1));
    for (size_t i = 1; i < texts.size(); ++i) {
      const int64_t document = documents.add(texts[i], predictions[r].vectors[i]);
      if (i == 1 && std::ranges::find(positives[query], document) == positives[query].end()) positives[query].push_back(document);
    }
  }
  constexpr int64_t kQueries = 16;
  std::vector<metrics::Ranking> rankings(positives.size());
  parallel_for(queries.size(), kQueries, [&](int64_t begin, int64_t end) {
    std::vector<std::vector<float>> scores(static_cast<size_t>(end - begin), std::vector<float>(static_cast<size_t>(documents.size())));
    score_piece(queries, begin, end, documents, scores);
    for (int64_t q = begin; q < end; ++q)
      rankings[static_cast<size_t>(q)] = rank(scores[static_cast<size_t>(q - begin)], positives[static_cast<size_t>(q)]);
  });
  return rankings;
}

}  // namespace gimbal
