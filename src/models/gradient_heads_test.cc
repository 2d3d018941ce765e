// Gradients of whole models in double: every head on every form of stack, and what a teacher adds to its loss.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "models/gradient_check.h"

namespace gimbal::testing {
namespace {

// One head after the other, on an encoder, on a decoder, under a prefix mask and on an encoder-decoder, in designs that differ from one to the next.
TEST(Gradient, EveryHeadOnEveryFormOfStack) {
  const std::vector<const char*> placements = {"embed-post", "pre", "sandwich", "sub", "post", "branch"},
                                 norms = {"layer", "rms", "group", "scale", "dyt"};
  size_t turn = 0;
  for (const HeadKind& head : head_kinds()) {
    if (head.name == "none") continue;
    for (const char* form : {"full", "causal", "prefix", "encoder-decoder"}) {
      Architecture a = tiny_architecture();
      a.head = head.name;
      a.labels = {"a", "b", "c"};
      const bool pair = std::string(form) == "encoder-decoder";
      a.mask = pair ? "causal" : form;
      if (pair) a.encoder_layers = 3;
      a.token_types = 2;
      a.positions.kind = a.mask == "prefix" ? "blocks" : turn % 2 == 0 ? "relative" : "learned";
      a.positions.buckets = 4;
      a.positions.max_distance = 5;
      a.placement = placements[turn % placements.size()];
      a.norm.kind = norms[turn % norms.size()];
      a.residual.kind = turn % 3 == 0 && a.placement == "post" ? "deepnorm" : turn % 3 == 1 ? "layerscale" : "add";
      a.tied = turn % 2 == 0;
      a.scale_logits = turn % 2 == 0;
      a.scale_embeddings = turn % 3 == 0;
      ++turn;
      const auto model = tiny_model(a, 3);
      const TokenRows rows = tiny_rows_for_all(a);
      for (const bool recompute : {false, true}) {
        Flow flow;
        flow.recompute = recompute;
        const Worst worst = worst_gradient_error(*model, rows, flow);
        EXPECT_LT(worst.error, 1e-6) << head.name << " " << form << ": " << worst.parameter;
      }
    }
  }
}

// With the answers of a teacher of another width beside the targets.
TEST(Gradient, EveryHeadWithATeacher) {
  for (const HeadKind& head : head_kinds()) {
    if (head.name == "none" || head.name == "embed") continue;  // which tell a student nothing
    Architecture a = tiny_architecture();
    a.head = head.name;
    a.labels = {"a", "b", "c"};
    a.mask = head.name == "masked" || head.name == "pretraining" ? "full" : "causal";
    a.token_types = 2;
    Architecture larger = a;
    larger.width = 12;
    const auto student = tiny_model(a, 3), teacher = tiny_model(larger, 4);
    TokenRows rows = tiny_rows_for_all(a);
    const double alone = tiny_loss(*student, rows, Gradients::kNo);
    Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
    auto teachers = std::make_shared<std::vector<ops::Teacher>>();
    for (ops::LinearLogits& map : teacher->head().maps(unrecorded, teacher->hidden(unrecorded, rows, {}), rows))
      teachers->push_back({std::move(map), 1.7, 0.6});
    rows.teachers = teachers;
    EXPECT_GT(std::abs(tiny_loss(*student, rows, Gradients::kNo) - alone), 1e-4) << head.name;
    const Worst worst = worst_gradient_error(*student, rows);
    EXPECT_LT(worst.error, 1e-6) << head.name << ": " << worst.parameter;
    for (const Parameter& p : teacher->parameters().all()) EXPECT_FALSE(p.grad_written) << p.name;
  }
}

// Every pooling, with in-batch negatives (a hard one among them) and with scored pairs; on an encoder-decoder there is only the encoder.
TEST(Gradient, EmbeddingsInEveryPoolingAndLoss) {
  for (const char* family : {"bert", "t5", "gpt2"})
    for (const char* pooling : {"mean", "cls", "last"})
      for (const bool scored : {false, true}) {
        Architecture a = tiny_of_family(family);
        if (a.family == "gpt2" && std::string(pooling) == "cls") continue;
        if (a.family == "t5") a.activation = "geglu-tanh";
        a.head = "embed";
        a.pooling = pooling;
        a.similarity_scale = 3;
        const auto model = tiny_model(a, 3);
        for (const Parameter& p : model->parameters().all()) EXPECT_FALSE(a.encoder_layers > 0 && p.name.starts_with("block.")) << p.name;
        TokenRows rows = tiny_rows_for_all(a);
        rows.encoder = nullptr;
        rows.labels = scored ? std::vector<int32_t>() : std::vector<int32_t>{1, -1, -1, 2};
        if (scored) rows.values = {0.75, -0.5};
        const Worst worst = worst_gradient_error(*model, rows);
        EXPECT_LT(worst.error, 1e-6) << family << " " << pooling << ": " << worst.parameter;
      }
}

// From the last block's attention down to the embeddings: under every mask, with rotations, norms of heads and shared key heads on the way.
TEST(Gradient, AttentionOfATeacherOnEveryFormOfStack) {
  for (const char* form : {"full", "causal", "prefix", "encoder-decoder"}) {
    Architecture a = tiny_architecture();
    const bool pair = std::string(form) == "encoder-decoder";
    a.mask = pair ? "causal" : form;
    if (pair) a.encoder_layers = 3;
    a.positions.kind = pair ? "relative" : a.mask == "prefix" ? "blocks" : "rotary";
    a.positions.buckets = 4;
    a.positions.max_distance = 5;
    if (a.mask == "causal") a.kv_heads = 1;
    if (a.mask == "full") a.slot_norms.qk = NormConfig{.kind = "rms"};
    Architecture larger = a;
    larger.width = 12, larger.heads = 3, larger.head_width = 4;
    if (larger.kv_heads) larger.kv_heads = 3;
    const auto student = tiny_model(a, 3), teacher = tiny_model(larger, 4);
    const TokenRows rows = tiny_rows_for_all(a);
    AttentionParts theirs, their_encoders;
    Flow teaching;
    teaching.attention = &theirs, teaching.encoder_attention = &their_encoders;
    Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
    teacher->hidden(unrecorded, rows, teaching);
    for (const bool recompute : {false, true}) {
      const auto loss = [&](Gradients gradients) {
        student->parameters().clear_gradients();
        Tape tape(gradients == Gradients::kYes ? Tape::Mode::kRecord : Tape::Mode::kInference, Tape::Phase::kTrain);
        AttentionParts ours, our_encoders;
        Flow flow;
        flow.recompute = recompute;
        flow.attention = &ours, flow.encoder_attention = &our_encoders;
        student->hidden(tape, rows, flow);
        double sum = 0;
        std::optional<Var> total;
        const auto add = [&](const AttentionParts& s, const AttentionParts& t, const TokenRows& of) {
          const int64_t w = s.spec.head_width, z = t.spec.head_width;
          for (const auto& [x, y] : {std::pair{ops::RelatedRows{s.q.var, s.q.begin, s.spec.heads * w}, ops::RelatedRows{t.q.var, t.q.begin, 3 * z}},
                                     {{s.k.var, s.k.begin, s.spec.kv_heads * w}, {t.k.var, t.k.begin, t.spec.kv_heads * z}},
                                     {{s.v.var, s.v.begin, s.spec.kv_heads * w}, {t.v.var, t.v.begin, t.spec.kv_heads * z}}}) {
            const Var term = ops::relation_distance(tape, {2, s.spec.mask}, of.segments, x, y, 1, sum);
            total = total ? ops::sum_of_losses(tape, *total, term) : term;
          }
        };
        add(ours, theirs, rows);
        if (pair) add(our_encoders, their_encoders, *rows.encoder);
        if (gradients == Gradients::kYes) tape.backward(*total);
        return sum;
      };
      const Worst worst = worst_gradient_error(*student, loss);
      EXPECT_LT(worst.error, 1e-6) << form << ": " << worst.parameter;
      for (const char* reached : {"embed.tokens", "block.0.attn.qkv.weight", "block.1.attn.qkv.weight", "block.0.ffn.up.weight"})
        EXPECT_TRUE(worst.reached.contains(reached)) << form << ": " << reached;
      EXPECT_FALSE(worst.reached.contains("block.1.ffn.up.weight")) << form;
      for (const Parameter& p : teacher->parameters().all()) EXPECT_FALSE(p.grad_written) << p.name;
    }
  }
}

}  // namespace
}  // namespace gimbal::testing
