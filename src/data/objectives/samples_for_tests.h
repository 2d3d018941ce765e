// What the tests of this folder share: a small world of ids, token files of given documents, and a batch taken apart.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>

#include "core/error.h"
#include "data/objectives/objective.h"

namespace gimbal::samples {

constexpr int32_t kPad = 0, kUnk = 1, kCls = 2, kSep = 3, kMask = 4, kEos = 5, kBos = 6, kSop = 7, kEop = 8, kSentenceMask = 9, kDocumentMask = 10;
constexpr int32_t kSentinel = 20, kText = 150, kVocab = 2000;

/// Ids below kText are special, the rest is text. Of the text, multiples of 3 go on with a word, and ids that end in 9 end a sentence.
inline RoleIds roles() {
  RoleIds r;
  r.pad = kPad, r.unk = kUnk, r.cls = kCls, r.sep = kSep, r.mask = kMask, r.eos = kEos, r.bos = kBos, r.start = kPad;
  r.piece_start = kSop, r.piece_end = kEop, r.sentence_mask = kSentenceMask, r.document_mask = kDocumentMask;
  for (int i = 0; i < 100; ++i) r.sentinels.push_back(kSentinel + i);
  r.special.assign(kVocab, false);
  r.joins_before.assign(kVocab, false);
  r.ends_sentence.assign(kVocab, false);
  for (int32_t id = 0; id < kVocab; ++id) {
    const auto place = static_cast<size_t>(id);
    if (id < kText) {
      r.special[place] = true;
      continue;
    }
    r.ordinary.push_back(id);
    r.joins_before[place] = id % 3 == 0;
    r.ends_sentence[place] = id % 10 == 9;
  }
  return r;
}

using Tokens = std::vector<int32_t>;

/// A folder of its own for each test, with token files of given documents.
class ObjectiveTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / cat("gimbal-objectives-", info->test_suite_name(), "-", info->name(), "-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TokenShard shard_of(const std::vector<Tokens>& documents) {
    std::string lines;
    for (const Tokens& document : documents) {
      lines += "{\"text\":\"";
      for (const int32_t id : document) lines += cat(id, " ");
      lines += "\"}\n";
    }
    const fs::path path = folder_ / cat(++files_, ".jsonl");
    write_file(path, lines);
    const auto numbers = [](std::string_view text) {
      std::istringstream in{std::string(text)};
      Tokens ids;
      for (int32_t id = 0; in >> id;) ids.push_back(id);
      return ids;
    };
    return tokenize_files({{path, CorpusFile::Kind::kJsonLines}}, {.vocab_size = kVocab, .end_of_document = {}, .tokenizer_fingerprint = 1}, numbers,
                          folder_ / cat(files_, ".tokens"));
  }

  /// Documents of text ids that never repeat while the vocabulary lasts, each closed by `end`.
  TokenShard counting_shard(const std::vector<int>& lengths, int32_t end = kEos) {
    std::vector<Tokens> documents;
    int32_t next = 0;
    for (const int length : lengths) {
      Tokens& document = documents.emplace_back();
      for (int i = 0; i < length; ++i) document.push_back(kText + next++ % (kVocab - kText));
      document.push_back(end);
    }
    return shard_of(documents);
  }

  ObjectiveRequest request(TokenShard shard, int64_t context, Frame frame = Frame::kCausal) const {
    ObjectiveRequest r;
    r.shard = std::move(shard);
    r.context = context;
    r.frame = frame;
    r.seed = 7;
    r.roles = roles();
    return r;
  }

  fs::path folder_;
  int files_ = 0;
};

/// Sequence i of a batch as it was added.
inline Sequence sequence(const TokenBatch& batch, int64_t i) {
  const auto begin = batch.offsets[static_cast<size_t>(i)], end = batch.offsets[static_cast<size_t>(i) + 1];
  const auto cut = [&](const std::vector<int32_t>& column) {
    if (column.empty()) return Tokens(static_cast<size_t>(end - begin));
    return Tokens(column.begin() + begin, column.begin() + end);
  };
  return {cut(batch.ids),       cut(batch.targets),         cut(batch.types),
          cut(batch.positions), cut(batch.block_positions), batch.prefixes[static_cast<size_t>(i)]};
}

/// Source and target of a pair in any frame, ends included. Fails where the layout is not that of frame.h.
struct Pair {
  Tokens source, target;
};
inline Pair pair_of(const TokenBatch& batch, int64_t i, Frame frame) {
  const Sequence s = sequence(batch, i);
  Pair p;
  if (frame == Frame::kEncoderDecoder) {
    p = {sequence(*batch.encoder, i).ids, s.targets};
    EXPECT_EQ(s.ids[0], kPad);
    EXPECT_EQ(Tokens(s.ids.begin() + 1, s.ids.end()), Tokens(s.targets.begin(), s.targets.end() - 1));
    return p;
  }
  const auto first = static_cast<size_t>(std::find_if(s.targets.begin(), s.targets.end(), [](int32_t t) { return t >= 0; }) - s.targets.begin());
  p.source.assign(s.ids.begin(), s.ids.begin() + static_cast<std::ptrdiff_t>(first) + 1);
  p.target.assign(s.targets.begin() + static_cast<std::ptrdiff_t>(first), s.targets.end());
  EXPECT_EQ(Tokens(s.ids.begin() + static_cast<std::ptrdiff_t>(first) + 1, s.ids.end()), Tokens(p.target.begin(), p.target.end() - 1));
  EXPECT_EQ(s.prefix, frame == Frame::kPrefix ? static_cast<int64_t>(first) + 1 : 0);
  return p;
}

/// |count - n * p| within five standard deviations of a binomial number.
inline void expect_share(double count, double n, double p) { EXPECT_NEAR(count, n * p, 5 * std::sqrt(n * p * (1 - p))) << count << " of " << n; }

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
#define EXPECT_SAYS(sentence, part) EXPECT_NE(std::string(sentence).find(part), std::string::npos) << "it says: " << (sentence)

}  // namespace gimbal::samples
