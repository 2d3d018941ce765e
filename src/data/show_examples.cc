// Aligning columns of different tokens.
#include "data/show_examples.h"

#include <algorithm>

#include "core/error.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

struct Line {
  std::string name;
  std::vector<std::string> cells;
};

size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !text::continues_character(c); }));
}

std::string padded(const std::string& text, size_t width) { return text + std::string(width - std::min(width, width_of(text)), ' '); }

// Line breaks would break the alignment.
std::string token_text(const Tokenizer& tokenizer, int32_t id) {
  std::string text = tokenizer.token(id);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? "·" : text;
}

std::string aligned(const std::vector<Line>& lines, size_t columns) {
  constexpr size_t kName = 11;
  std::string text;
  const size_t rows = lines[0].cells.size();
  for (size_t begin = 0; begin < rows;) {
    std::vector<size_t> widths;
    size_t used = kName, end = begin;
    for (; end < rows; ++end) {
      size_t width = 0;
      for (const Line& line : lines) width = std::max(width, width_of(line.cells[end]));
      if (end > begin && used + width + 1 > columns) break;
      widths.push_back(width);
      used += width + 1;
    }
    for (const Line& line : lines) {
      std::string row = padded(line.name, kName);
      for (size_t i = begin; i < end; ++i) row += padded(line.cells[i], widths[i - begin]) + (i + 1 < end ? " " : "");
      while (row.ends_with(' ')) row.pop_back();
      text += row + "\n";
    }
    begin = end;
  }
  return text;
}

using Classes = std::span<const std::string>;

std::string target_text(int32_t target, const Tokenizer& tokenizer, Classes tags) {
  if (target < 0) return "·";
  return tags.empty() ? token_text(tokenizer, target) : tags[static_cast<size_t>(target)];
}

std::string sequence_text(const TokenBatch& batch, const Tokenizer& tokenizer, Classes tags, size_t s, const char* name, size_t columns) {
  std::vector<Line> lines = {{name, {}}};
  Line says{"says", {}}, types{"types", {}}, positions{"positions", {}}, blocks{"blocks", {}};
  bool asked = false, ordinary = true;
  for (auto row = static_cast<size_t>(batch.offsets[s]); row < static_cast<size_t>(batch.offsets[s + 1]); ++row) {
    lines[0].cells.push_back(token_text(tokenizer, batch.ids[row]));
    says.cells.push_back(target_text(batch.targets[row], tokenizer, tags));
    if (!batch.types.empty()) types.cells.push_back(std::to_string(batch.types[row]));
    if (!batch.block_positions.empty()) blocks.cells.push_back(std::to_string(batch.block_positions[row]));
    positions.cells.push_back(std::to_string(batch.positions[row]));
    asked |= batch.targets[row] >= 0;
    ordinary &= batch.positions[row] == static_cast<int64_t>(row) - batch.offsets[s];
  }
  if (asked) lines.push_back(std::move(says));
  if (!types.cells.empty()) lines.push_back(std::move(types));
  if (!ordinary) lines.push_back(std::move(positions));
  if (!blocks.cells.empty()) lines.push_back(std::move(blocks));
  return aligned(lines, columns);
}

}  // namespace

std::string show(const TokenBatch& batch, const Tokenizer& tokenizer, std::span<const std::string> classes, size_t columns) {
  std::string text;
  const Classes tags = batch.labels.empty() ? classes : Classes();
  const auto label_text = [&](int32_t label) { return classes.empty() ? std::to_string(label) : classes[static_cast<size_t>(label)]; };
  for (size_t s = 0; s < static_cast<size_t>(batch.sequences()); ++s) {
    if (batch.encoder) text += sequence_text(*batch.encoder, tokenizer, {}, s, "source", columns);
    text += sequence_text(batch, tokenizer, tags, s, "reads", columns);
    if (s < batch.labels.size() && batch.choices == 1 && batch.labels[s] >= 0) text += cat("label      ", label_text(batch.labels[s]), "\n");
    if (s < batch.values.size() && batch.choices == 1) text += cat("number     ", batch.values[s], "\n");
    if (s < batch.span_begins.size()) text += cat("span       rows ", batch.span_begins[s], " to ", batch.span_ends[s], "\n");
    if (batch.prefixes[s] > 0) text += cat("prefix     ", batch.prefixes[s], " rows see each other\n");
    const size_t group = s / static_cast<size_t>(batch.choices);
    if (batch.choices > 1 && group < batch.values.size() && (s + 1) % static_cast<size_t>(batch.choices) == 0)
      text += cat("number     ", batch.values[group], "\n");
    if (batch.choices > 1 && group < batch.labels.size() && (s + 1) % static_cast<size_t>(batch.choices) == 0)
      text += classes.empty() ? cat("right      choice ", batch.labels[group], "\n") : cat("label      ", label_text(batch.labels[group]), "\n");
    text += "\n";
  }
  return text;
}

}  // namespace gimbal
