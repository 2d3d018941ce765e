// Error, its context chain, and nearest-name suggestions.
#include "core/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace gimbal {
namespace {

thread_local std::vector<std::string> contexts;

std::string with_contexts(const std::string& sentence) {
  std::string whole;
  for (const std::string& doing : contexts)
    if (!doing.empty()) whole += "while " + doing + ": ";
  return whole + sentence;
}

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

Error::Error(const std::string& sentence) : std::runtime_error(with_contexts(sentence)) {}

Context::Context(std::string doing) { contexts.push_back(std::move(doing)); }
Context::~Context() { contexts.pop_back(); }

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
  const std::string* nearest = nullptr;
  size_t best = std::max<size_t>(2, wrong.size() / 3) + 1;
  for (const std::string& name : names) {
    size_t distance = edit_distance(wrong, name);
    if (!wrong.empty() && name.starts_with(wrong)) distance = std::min<size_t>(distance, 1);
    if (distance < best) {
      best = distance;
      nearest = &name;
    }
  }
  return nearest ? cat(" (did you mean '", *nearest, "'?)") : "";
}

std::vector<std::string> split_at_commas(std::string_view list) {
  std::vector<std::string> items;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    if (end > at) items.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return items;
}

std::string joined(const std::vector<std::string>& names, std::string_view separator) {
  std::string all;
  for (const std::string& name : names) {
    if (!all.empty()) all += separator;
    all += name;
  }
  return all;
}

void assertion_failed(const char* condition, const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "gimbal: internal error: %s fails at %s:%d %s\n", condition, file, line, what.c_str());
  std::abort();
}

}  // namespace gimbal
