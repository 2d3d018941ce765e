// The lab's nets learn what they are for, in a few steps, and the same way for the same seed.
#include <gtest/gtest.h>

#include "lab/data/glyphs.h"
#include "lab/data/mixtures.h"
#include "lab/nets/actor_critic.h"
#include "lab/nets/cnn.h"
#include "lab/nets/gan.h"
#include "lab/nets/gradient_check.h"
#include "lab/nets/seq2seq.h"

namespace gimbal::lab::nets {
namespace {

double error_after(Net& net, int64_t steps, double lr) {
  const Labelled train = make_glyphs(512, {}, 1), test = make_glyphs(256, {}, 2);
  net.start(1);
  Learner learner(net, plain_sgd(lr));
  Shuffled order(train.size(), 32, 1);
  for (int64_t i = 0; i < steps; ++i) learner.step(chosen(train, order.next()));
  return score(net, test, Statistics::kRunning).error;
}

TEST(NetsLearning, GlyphsByPerceptronAndConvolution) {
  for (const char* norm : {"none", "layer", "batch", "newton-schulz"}) {
    MlpSettings s;
    s.norm.kind = norm;
    Mlp net(s), again(s);
    const double error = error_after(net, 60, 0.03);
    EXPECT_LT(error, 0.45) << norm;
    EXPECT_EQ(error, error_after(again, 60, 0.03)) << norm;
  }
  CnnSettings s{.maps = {8, 16}};
  s.norm = {.kind = "group", .groups = 4};
  Cnn net(s);
  EXPECT_LT(error_after(net, 100, 0.2), 0.7);
}

TEST(NetsLearning, Seq2SeqGradientsAndReversal) {
  for (const Attention attention : {Attention::kNone, Attention::kAdditive}) {
    Seq2SeqSettings s{.vocab = 3, .width = 4, .attention = attention};
    s.layer.cell = attention == Attention::kNone ? Cell::kLstm : Cell::kGru;
    s.layer.norm.kind = "layer";
    s.layer.norm.eps = 1e-2;
    Seq2Seq net(s);
    net.parameters().allocate(Device::kReference, DType::kF64);
    net.parameters().initialize(3);
    testing::disturb(net.parameters(), 0.2);
    testing::expect_gradients(
        "seq2seq",
        [&](Tape& tape, std::span<const Var>) {
          ops::LossSums sums;
          return net.loss(tape, {{0, 1, 2}, {2, 2, 1}}, {{2, 1}, {1, 2}}, sums);
        },
        {}, &net.parameters());
  }
  Seq2SeqSettings s{.vocab = 4, .width = 24, .attention = Attention::kAdditive};
  s.layer.cell = Cell::kGru;
  Seq2Seq net(s);
  net.parameters().allocate(Device::kCpu, DType::kF32);
  net.parameters().initialize(1);
  const auto optimizer = make_optimizer(plain_adam(1e-2), net.parameters());
  Rng rng(1, "sequences");
  Sequences sources(32), targets(32);
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    for (size_t b = 0; b < 32; ++b) {
      sources[b] = {};
      for (int t = 0; t < 4; ++t) sources[b].push_back(static_cast<int32_t>(rng.below(4)));
      targets[b].assign(sources[b].rbegin(), sources[b].rend());
    }
    net.parameters().clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    ops::LossSums sums;
    tape.backward(net.loss(tape, sources, targets, sums));
    optimizer->step(1e-2, 1, [](const Parameter&, const kernels::UpdateSums&) {});
    (step == 0 ? first : last) = sums.loss / sums.weight;
  }
  EXPECT_GT(first, 1.2);
  EXPECT_LT(last, 0.7);
  const Sequences answers = net.answers(sources, 4);
  int64_t right = 0;
  for (size_t b = 0; b < 32; ++b)
    for (size_t t = 0; t < 4; ++t) right += answers[b][t] == targets[b][t];
  EXPECT_GT(right, 80);
}

TEST(NetsLearning, GanMovesItsPointsToTheRing) {
  const RingSettings ring;
  Gan gan({.width = 32}, 1), again({.width = 32}, 1);
  const auto mean_radius = [&] {
    const Tensor points = gan.generate(200, "look");
    double sum = 0;
    for (int64_t i = 0; i < 200; ++i) sum += std::hypot(points.at(2 * i), points.at(2 * i + 1)) / 200;
    return sum;
  };
  const double before = mean_radius();
  for (uint64_t step = 0; step < 200; ++step) gan.step(make_ring(64, ring, step).x_nd);
  for (uint64_t step = 0; step < 200; ++step) again.step(make_ring(64, ring, step).x_nd);
  EXPECT_LT(std::abs(mean_radius() - ring.radius), std::abs(before - ring.radius));
  EXPECT_EQ(gan.generate(5, "look").to_doubles(), again.generate(5, "look").to_doubles());
}

TEST(GridWorld, MovesAndEnds) {
  GridSettings s{.side = 3, .walls = 0, .longest = 4};
  GridWorld world(s, 1, 1);
  EXPECT_NEAR(world.shortest_mean(), 18.0 / 8, 1e-12);  // distances to a corner of 3 x 3: 1 1 2 2 2 3 3 4
  double total = 0;
  for (int i = 0; i < 4; ++i) {
    const GridWorld::Outcome o = world.move({i % 2 == 0 ? 1 : 2});
    total += o.reward[0];
    EXPECT_EQ(o.reward, o.seen_reward);
    if (o.ended[0]) break;
  }
  EXPECT_GT(total, 0.8);  // right and down in turn always arrives within four steps
  EXPECT_THROW(GridWorld({.side = 3, .walls = 5}, 1, 1), Error);
}

TEST(NetsLearning, ActorCriticWalksToTheGoal) {
  ActorCritic agent({.grid = {.side = 4, .walls = 2}, .norm = {.kind = "layer"}}, 1);
  const double before = agent.mean_reward(200);
  for (int i = 0; i < 300; ++i) agent.step();
  EXPECT_GT(agent.mean_reward(200), before + 0.1);
}

}  // namespace
}  // namespace gimbal::lab::nets
