// Attention matrices that are computed beside the engine give what the engine's attention writes; cutting a block is undone.
#include "lab/stand/attention_matrices.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/streams.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace {

constexpr int64_t kWidth = 16, kHeads = 2, kVocab = 11, kLength = 9;

std::unique_ptr<Model> one_block(const char* mask) {
  Json settings = small_transformer("pre", 1, kWidth, kHeads, kVocab);
  settings["mask"] = mask;
  settings["positions"] = {{"kind", "learned"}};
  return fresh_model(settings, 3);
}

// (row - mean) / deviation: the norm before its gain of 1 is learned.
std::vector<double> normed(std::vector<double> row) {
  double mean = 0, square = 0;
  for (const double v : row) mean += v / kWidth;
  for (double& v : row) v -= mean, square += v * v / kWidth;
  for (double& v : row) v /= std::sqrt(square + 1e-5);
  return row;
}

// h1 - h0 of a block without its feed-forward branch is W_o of the heads' P v.
void expect_what_attention_writes(const char* mask) {
  const auto model = one_block(mask);
  Parameter* down = model->parameters().find("block.0.ffn.down.weight");
  down->value = Tensor::zeros(down->shape, DType::kF32);
  const TokenBatch batch = random_tokens(2, kLength, kVocab, 5);
  const std::vector<Tensor> states = streams(*model, batch);
  const auto heads = attention_matrices(*model, batch)[0];
  ASSERT_EQ(heads.size(), 2u);
  const Tensor qkv = model->parameters().find("block.0.attn.qkv.weight")->value, out = model->parameters().find("block.0.attn.proj.weight")->value;
  std::vector<std::vector<double>> read;
  for (int64_t t = 0; t < kLength; ++t) {
    std::vector<double> row;
    for (int64_t c = 0; c < kWidth; ++c) row.push_back(states[0].at(t * kWidth + c));
    read.push_back(normed(row));
  }
  for (int64_t t = 0; t < kLength; ++t)
    for (int64_t c = 0; c < kWidth; ++c) {
      double written = 0;
      for (int64_t i = 0; i < kWidth; ++i) {
        const Matrix& p = heads[static_cast<size_t>(i / (kWidth / kHeads))];
        for (int64_t s = 0; s < kLength; ++s) {
          double v = 0;
          for (int64_t j = 0; j < kWidth; ++j) v += qkv.at((2 * kWidth + i) * kWidth + j) * read[static_cast<size_t>(s)][static_cast<size_t>(j)];
          written += out.at(c * kWidth + i) * p.at(static_cast<size_t>(t), static_cast<size_t>(s)) * v;
        }
      }
      EXPECT_NEAR(written, states[1].at(t * kWidth + c) - states[0].at(t * kWidth + c), 2e-4);
    }
}

TEST(AttentionMatrices, GiveWhatCausalAttentionWrites) { expect_what_attention_writes("causal"); }
TEST(AttentionMatrices, GiveWhatFullAttentionWrites) { expect_what_attention_writes("full"); }

TEST(Streams, TurnsAndCuts) {
  const Tensor a = Tensor::from_floats(std::vector<float>{1, 0, 3, 0}, {2, 2}), b = Tensor::from_floats(std::vector<float>{0, 2, 3, 0}, {2, 2});
  EXPECT_NEAR(angular_distance(a, b), 0.25, 1e-7);  // a right angle and none
  EXPECT_NEAR(mean_square(a), 2.5, 1e-6);

  const auto model = one_block("causal");
  const TokenBatch batch = random_tokens(4, kLength, kVocab, 5);
  const double before = loss_on(*model, batch);
  const std::vector<double> rises = cut_rises(*model, batch);
  ASSERT_EQ(rises.size(), 1u);
  EXPECT_GT(std::abs(rises[0]), 1e-3);
  EXPECT_EQ(loss_on(*model, batch), before);
}

}  // namespace
}  // namespace gimbal::lab
