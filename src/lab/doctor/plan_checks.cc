// What a design, a rate and a batch foretell. Each check cites where its threshold is from.
#include <algorithm>
#include <array>
#include <cmath>

#include "lab/doctor/atlas.h"
#include "lab/doctor/checks.h"
#include "layers/feed_forward.h"
#include "layers/residual/residual.h"
#include "models/family.h"
#include "train/report_readings.h"
#include "train/schedules.h"

namespace gimbal::lab {

int64_t TrainingPlan::warm_up() const {
  if (!run) return 0;
  const ScheduleConfig& s = run->schedule;
  return s.warmup_steps > 0 ? s.warmup_steps : static_cast<int64_t>(s.warmup_share * static_cast<double>(run->train.steps));
}

int64_t TrainingPlan::micro_tokens() const {
  if (!run) return 0;
  const int64_t sequences = run->batch.micro_sequences > 0 ? std::min(run->batch.micro_sequences, run->batch.sequences) : run->batch.sequences;
  return sequences * (run->batch.context > 0 ? run->batch.context : architecture.context);
}

double usual_rate(int64_t width) { return 6e-4 * std::pow(768 / static_cast<double>(width), 0.7); }

namespace {

using MaybeFinding = std::optional<Complaint>;

const Placement& placement_of(const TrainingPlan& p) { return placement_named(p.architecture.placement); }

// Every norm that the design has, by the slot it fills.
std::vector<std::pair<const char*, NormConfig>> norms_of(const Architecture& a) {
  constexpr std::array kNames = {"embed", "before", "inside", "out", "after", "final"};
  std::vector<std::pair<const char*, NormConfig>> norms;
  for (size_t i = 0; i < kNames.size(); ++i) {
    const auto slot = static_cast<Slot>(i);
    if (placement_named(a.placement).has(slot)) norms.emplace_back(kNames[i], norm_at(a, slot));
  }
  if (a.slot_norms.qk) norms.emplace_back("qk", *a.slot_norms.qk);
  return norms;
}

/// The setting that gives the norm of a slot (as norms_of names it) this eps.
std::string eps_setting(const Architecture& a, const std::string& slot, const char* eps) {
  const Json own = write_fields(a.slot_norms);
  return cat(own.contains(slot) && !own[slot].is_null() ? cat("model.slot_norms.", slot) : "model.norm", ".eps=", eps);
}

/// Layers whose sum of stream and branch is normed with nothing flowing past that norm.
int64_t post_norm_layers(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (placement_of(p).beside == Beside::kBranches) return 0;
  const auto of = [&](const Depth& depth) {
    int64_t count = 0;
    for (int64_t layer = 0; layer < depth.layers; ++layer) count += placement_at(a, {depth, layer}).has(Slot::kAfter);
    return count;
  };
  return of(main_depth(a)) + (a.encoder_layers > 0 ? of(encoder_depth(a)) : 0);
}

bool uses(const Architecture& a, std::string_view kind) {
  const auto norms = norms_of(a);
  return std::any_of(norms.begin(), norms.end(), [&](const auto& norm) { return norm.second.kind == kind; });
}

Complaint finding(const char* cause, Gravity gravity, std::string tensor, double value, double usual, std::string what, std::string fix,
                  std::vector<std::string> settings) {
  return {cause, gravity, 0, "", std::move(tensor), value, usual, std::move(what), std::move(fix), std::move(settings)};
}

// A stream that nothing norms grows or shrinks with depth, and the logits with it (science: 'final' is part of every placement whose stream is a
// sum).
MaybeFinding missing_final_norm(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (placement_of(p).has(Slot::kAfter) || norm_at(a, Slot::kFinal).kind != "none" || a.norm.kind == "none") return {};
  return finding(cause::kNoFinalNorm, Gravity::kAlarm, "final norm", NAN, NAN,
                 cat("The placement ", a.placement,
                     " sums branches into the stream and nothing norms it before the head: the logits grow with depth and training."),
                 "Put the final norm back.", {cat("model.slot_norms.final.kind=", a.norm.kind)});
}

// arXiv:2203.00555: beta shrinks the branch as alpha weighs the shortcut. The sign error of a released baseline, (8N)^(+1/4), never learns.
MaybeFinding deepnorm_constants_wrong(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (p.from_weights) return {};
  if (a.residual.kind == "deepnorm-wrong-sign" || a.residual.kind == "deepnorm-no-branch")
    return finding(cause::kDeepNorm, Gravity::kAlarm, "residual.kind", NAN, NAN,
                   a.residual.kind == "deepnorm-no-branch"
                       ? "The residual rule deepnorm-no-branch leaves the branch out of the stream: no block computes anything."
                       : "The residual rule deepnorm-wrong-sign starts the branches larger the deeper the model is, where DeepNorm shrinks them.",
                   "They are mistakes that were published, kept here to be measured; take deepnorm.", {"model.residual.kind=deepnorm"});
  if (a.residual.kind != "deepnorm") return {};
  const DeepNormConstants right = deepnorm_constants(main_depth(a));
  const double alpha = a.residual.alpha.value_or(right.alpha), beta = a.residual.beta.value_or(right.beta);
  const std::vector<std::string> settings = {cat("model.residual.alpha=", short_number(right.alpha)),
                                             cat("model.residual.beta=", short_number(right.beta))};
  if (beta > 1)
    return finding(cause::kDeepNorm, Gravity::kAlarm, "residual.beta", beta, right.beta,
                   cat("DeepNorm's beta is ", short_number(beta), ", which enlarges the branches where it should shrink them (",
                       short_number(right.beta), " at this depth): the exponent has the wrong sign."),
                   "Take the constants of this depth (leave them out of the configuration).", settings);
  if (alpha < 1)
    return finding(cause::kDeepNorm, Gravity::kAlarm, "residual.alpha", alpha, right.alpha,
                   cat("DeepNorm's alpha is ", short_number(alpha), ": it weakens the shortcut that it should strengthen (",
                       short_number(right.alpha), " at this depth)."),
                   "Take the constants of this depth (leave them out of the configuration).", settings);
  // alpha (2N)^(1/2) with beta (2N)^(-1/2) is GLM's choice, and exact for Adam: not an error.
  const double n = static_cast<double>(main_depth(a).layers), glm = std::sqrt(2 * n);
  const bool of_glm = std::abs(alpha / glm - 1) < 0.02;
  if (!of_glm && (alpha / right.alpha > 1.25 || alpha / right.alpha < 0.8 || beta / right.beta > 1.25 || beta / right.beta < 0.8))
    return finding(cause::kDeepNorm, Gravity::kRisk, "residual.alpha, residual.beta", alpha, right.alpha,
                   cat("DeepNorm's constants (alpha ", short_number(alpha), ", beta ", short_number(beta),
                       ") are those of another depth; at this one they are ", short_number(right.alpha), " and ", short_number(right.beta), "."),
                   "Take the constants of this depth (leave them out of the configuration).", settings);
  return {};
}

// arXiv:1502.03167's statistics need rows: at 16 a variance is known to a third. With 2 (in tokens!) a norm maps every channel to +-1.
MaybeFinding batch_norm_of_few_tokens(const TrainingPlan& p) {
  constexpr int64_t kFew = 16, kSome = 128;
  if (!p.run || !uses(p.architecture, "batch")) return {};
  const int64_t tokens = p.micro_tokens();
  if (tokens >= kSome) return {};
  return finding(cause::kFewTokens, tokens < kFew ? Gravity::kAlarm : Gravity::kRisk, "norm batch", static_cast<double>(tokens),
                 static_cast<double>(kSome),
                 cat("BatchNorm takes its statistics from micro-batches of ", tokens,
                     " tokens: they say more about the neighbours than about the data, and the running ones differ."),
                 "Take a norm of single tokens, or larger micro-batches.", {"model.norm.kind=layer"});
}

MaybeFinding batch_norm_leaks(const TrainingPlan& p) {
  if (p.architecture.mask != "causal" || !uses(p.architecture, "batch")) return {};
  return finding(cause::kLeak, Gravity::kRisk, "norm batch", NAN, NAN,
                 "BatchNorm in a causal model lets every token see the mean and variance of later ones while it trains: training loss is better than "
                 "the model is.",
                 "Judge it by validation loss, or take a norm of single tokens.", {"model.norm.kind=layer"});
}

// Ratio of the first layer's gradient to QK-normed: 1.6 / 24 / 1.6e4 at 6 / 24 / 100 layers.
MaybeFinding branch_without_qk_norm(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  const Placement& placement = placement_of(p);
  if (placement.has(Slot::kBefore) || placement.has(Slot::kAfter) || !placement.has(Slot::kOut) || a.slot_norms.qk || a.layers < 4) return {};
  return finding(cause::kNoQkNorm, Gravity::kRisk, "queries and keys", NAN, NAN,
                 cat("The placement ", a.placement,
                     " feeds attention an un-normed stream, and there is no QK-norm: attention logits grow with the square of the stream, over ",
                     a.layers, " layers."),
                 "Add QK-norm, as OLMo 2 does.", {"model.slot_norms.qk.kind=rms", "model.slot_norms.qk.eps=1e-6"});
}

// E2: at 6 layers and 3e-3 Post-LN without warm-up is 0.8 nats worse after 120 steps, Pre-LN is not. With a warm-up depth alone is no trouble at a
// low rate: BERT-large is post-norm of 24 layers, at a fifth of the usual rate of its width.
MaybeFinding post_norm_without_warm_up(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  const int64_t layers = post_norm_layers(p);
  if (!p.run || p.from_weights || a.residual.kind != "add" || layers < 6) return {};
  const double rate = p.rate() / usual_rate(a.width);
  if (p.warm_up() >= 20 && (layers < 18 || rate < 0.5)) return {};
  if (p.warm_up() < 20 && rate < 0.2) return {};
  const bool deep = layers >= 12;
  std::vector<std::string> settings;
  if (a.placement == "post") settings.emplace_back("model.residual.kind=deepnorm");
  if (p.warm_up() < 20) settings.push_back(cat("schedule.warmup_steps=", std::max<int64_t>(100, p.run->train.steps / 20)));
  if (p.warm_up() >= 20 && a.placement != "post") settings.push_back(cat("optimizer.lr=", short_number(0.4 * usual_rate(a.width))));
  return finding(cause::kNoWarmUp, Gravity::kRisk, "schedule.warmup_steps", static_cast<double>(p.warm_up()), 100,
                 cat("Post-norm of ", layers, " layers at a rate of ", short_number(p.rate()),
                     p.warm_up() < 20 ? " without a warm-up" : ", which a warm-up alone seldom carries",
                     ": the first updates are the largest where gradients are."),
                 deep ? "Use DeepNorm's constants, or a placement that norms the branch." : "Warm up longer, or use DeepNorm's constants.",
                 std::move(settings));
}

// Rates of updates that have a size of their own; SGD's, Adafactor's (shares of the weights) and Muon's original (another scale) are others.
MaybeFinding rate_too_high(const TrainingPlan& p) {
  if (!p.run || p.run->optimizer.kind == "sgd" || p.run->optimizer.kind == "adafactor") return {};
  if (p.run->optimizer.kind == "muon" && p.run->optimizer.adjust_lr == "original") return {};
  const double usual = usual_rate(p.architecture.width) * (p.from_weights ? 0.5 : 1) * (p.run->optimizer.kind == "lion" ? 0.3 : 1);
  const double times = p.rate() / usual;
  if (times < 4) return {};
  return finding(cause::kLearningRate, times < 10 ? Gravity::kRisk : Gravity::kAlarm, "optimizer.lr", p.rate(), usual,
                 cat("The peak rate ", short_number(p.rate()), " is ", short_number(times), " times what models of width ", p.architecture.width,
                     " usually bear with ", p.run->optimizer.kind, "."),
                 "Lower it, or warm up longer.", {cat("optimizer.lr=", short_number(usual))});
}

// The atlas's models are of width 64, without warm-up, and as deep as the plan's or less deep: beyond the largest rate of all its seeds the plan's
// will not learn either.
MaybeFinding rate_beyond_the_atlas(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (!p.run || p.from_weights || p.run->optimizer.kind != "adamw" || p.warm_up() >= 20 || a.width < kAtlasWidth) return {};
  const AtlasRow* row = find_in_atlas(a);
  if (!row || row->largest == 0 || p.rate() <= row->most || rate_too_high(p) || post_norm_without_warm_up(p)) return {};
  return finding(cause::kLearningRate, Gravity::kRisk, "optimizer.lr", p.rate(), row->largest,
                 cat("The peak rate ", short_number(p.rate()), " is above all at which small models of this design learned without a warm-up (",
                     short_number(row->most), " at ", row->layers, " layers, width ", kAtlasWidth, ")."),
                 "Lower it, or warm up.", {cat("optimizer.lr=", short_number(row->best))});
}

// dyt, derf and none have no eps; scale and l2 divide by a length, that of nGPT's streams is 1 (its eps is 0 in the paper).
MaybeFinding eps_of_zero(const TrainingPlan& p) {
  for (const auto& [slot, norm] : norms_of(p.architecture)) {
    constexpr std::array<std::string_view, 6> kWithout = {"none", "dyt", "derf", "scale", "l2", "rms-centered"};
    if (norm.eps > 0 || std::find(kWithout.begin(), kWithout.end(), norm.kind) != kWithout.end()) continue;
    const bool shifts = norm_kind_named(norm.kind).ignores == Ignores::kRowScaleAndShift;
    return finding(cause::kEps, Gravity::kRisk, cat("norm at ", slot), norm.eps, 1e-5,
                   cat("The norm at ", slot, " has eps 0: ",
                       norm.kind == "batch" ? "a channel without variance"
                       : shifts             ? "a token whose channels are all alike"
                                            : "a token of zeros",
                       " divides zero by zero."),
                   "Give it an eps.", {eps_setting(p.architecture, slot, "1e-5")});
  }
  return {};
}

// eps belongs to the file format: BERT 1e-12, T5 and Llama 1 1e-6, Llama 2 and GPT-2 1e-5. A weight trained with one is another model with another.
MaybeFinding eps_of_another_family(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (!p.from_weights) return {};
  const double usual = family_named(a.family).defaults().norm.eps, eps = a.norm.eps;
  const bool llama = a.family == "llama" && (eps == 1e-5 || eps == 1e-6);
  if (llama || eps == usual || eps == 0 || (eps / usual < 11 && usual / eps < 11)) return {};
  return finding(cause::kEps, Gravity::kRisk, "norm.eps", eps, usual,
                 cat("eps is ", short_number(eps), " and checkpoints of the family ", a.family, " have ", short_number(usual),
                     ": small streams come out otherwise than they were trained."),
                 "Take the eps of the checkpoint's own config.json.", {cat("model.norm.eps=", short_number(usual))});
}

// bf16 keeps 8 bits: a variance below 1e-12 is all rounding. The stream is f32; what branches compute is not.
MaybeFinding eps_below_bf16(const TrainingPlan& p) {
  if (!p.run || p.run->train.dtype != "bf16") return {};
  for (const auto& [slot, norm] : norms_of(p.architecture)) {
    constexpr std::array<std::string_view, 3> kInBranches = {"inside", "out", "qk"};
    if (std::find(kInBranches.begin(), kInBranches.end(), slot) == kInBranches.end()) continue;
    if (norm.eps == 0 || norm.eps > 1e-11 || norm.kind == "none") continue;
    return finding(cause::kEps, Gravity::kRisk, cat("norm at ", slot), norm.eps, 1e-6,
                   cat("bf16 keeps 8 bits of what the norm at ", slot, " reads, and its eps is ", short_number(norm.eps),
                       ": rounding errors of nearly equal channels are blown up to size 1."),
                   "Raise eps, or compute in f32.", {eps_setting(p.architecture, slot, "1e-6")});
  }
  return {};
}

// A table of unit size as the head's weight makes logits of size sqrt(width): T5 divides by it.
MaybeFinding tied_table_too_large(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (!a.tied || a.head != "language" || p.from_weights) return {};
  const double size =
      a.init.std_at(a.width) * std::sqrt(static_cast<double>(a.width)) / (a.scale_logits ? std::sqrt(static_cast<double>(a.width)) : 1);
  if (size > 3)
    return finding(cause::kTiedScale, Gravity::kAlarm, "embed.tokens as the head", size, 1,
                   cat("The head shares a token table of standard deviation ", short_number(a.init.std_at(a.width)),
                       ": the first logits have a size of ", short_number(size), ", and the loss starts far above ln(vocabulary)."),
                   "Divide what the head reads by sqrt(width), or start the table smaller.", {"model.scale_logits=true"});
  if (a.scale_logits && size < 0.05)
    return finding(cause::kTiedScale, Gravity::kRisk, "embed.tokens as the head", size, 1,
                   cat("The logits are divided by sqrt(width) and the shared table starts at ", short_number(a.init.std_at(a.width)),
                       ": the head hears ", short_number(size), " of its signal."),
                   "scale_logits belongs to tables of unit size (T5).", {"model.scale_logits=false"});
  return {};
}

MaybeFinding dropout_in_a_tiny_model(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  if (!p.run || a.dropout <= 0 || a.width > 128 || p.from_weights) return {};
  return finding(
      cause::kDropout, Gravity::kRisk, "model.dropout", a.dropout, 0,
      cat("Dropout ", short_number(a.dropout), " in a model of width ", a.width, ": it is more likely too small for its data than too large."),
      "Leave dropout out until validation loss rises.", {"model.dropout=0"});
}

// None: state RMS 16 / 340 / 1e5 at 6 / 12 / 24 layers.
MaybeFinding no_norm_at_depth(const TrainingPlan& p) {
  const Architecture& a = p.architecture;
  const bool starts_small = a.residual.kind == "rezero" || a.residual.kind == "layerscale";
  const bool needs_none = residual_kind_named(a.residual.kind).needs == ResidualNeeds::kNoNorm;
  if (a.norm.kind != "none" || starts_small || needs_none || p.depth() < 6) return {};
  return finding(cause::kNoNorm, Gravity::kRisk, "the stream", static_cast<double>(p.depth()), 6,
                 cat("No norm over ", p.depth(), " layers: what every branch adds grows with the stream, and the stream exponentially with depth."),
                 "Use a norm, or a residual rule that starts at nothing (rezero).", {"model.norm.kind=layer"});
}

constexpr std::array kPlanChecks = {
    PlanCheck{"final-norm", "model.placement, model.slot_norms.final", missing_final_norm},
    PlanCheck{"deepnorm-constants", "model.residual at the depth", deepnorm_constants_wrong},
    PlanCheck{"batch-norm-tokens", "norm batch and the tokens of a micro-batch", batch_norm_of_few_tokens},
    PlanCheck{"tied-table", "model.init.std, model.tied, model.scale_logits", tied_table_too_large},
    PlanCheck{"qk-norm", "a placement with the out slot alone", branch_without_qk_norm},
    PlanCheck{"warm-up", "post-norm, depth, rate, schedule", post_norm_without_warm_up},
    PlanCheck{"rate", "optimizer.lr at the width", rate_too_high},
    PlanCheck{"atlas", "optimizer.lr beside the lab's atlas", rate_beyond_the_atlas},
    PlanCheck{"eps-zero", "every norm's eps", eps_of_zero},
    PlanCheck{"eps-family", "norm.eps of a checkpoint's family", eps_of_another_family},
    PlanCheck{"eps-bf16", "train.dtype and every norm's eps", eps_below_bf16},
    PlanCheck{"batch-norm-leak", "norm batch under a causal mask", batch_norm_leaks},
    PlanCheck{"no-norm", "model.norm.kind none at depth", no_norm_at_depth},
    PlanCheck{"dropout-size", "model.dropout at the width", dropout_in_a_tiny_model},
};

}  // namespace

std::span<const PlanCheck> plan_checks() { return kPlanChecks; }

std::vector<Complaint> check_plan(const TrainingPlan& plan) {
  std::vector<Complaint> findings;
  for (const PlanCheck& check : kPlanChecks)
    if (auto found = check.check(plan)) findings.push_back(std::move(*found));
  std::stable_partition(findings.begin(), findings.end(), [](const Complaint& f) { return f.gravity == Gravity::kAlarm; });
  return findings;
}

}  // namespace gimbal::lab
