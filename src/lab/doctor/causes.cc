// The patterns.
#include "lab/doctor/causes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "train/report_readings.h"

namespace gimbal::lab {
namespace {

using MaybeFinding = std::optional<Complaint>;

template <class Wanted>
const Sign* first_sign(const CaseHistory& c, Wanted&& wanted) {
  const auto found = std::find_if(c.signs.begin(), c.signs.end(), wanted);
  return found == c.signs.end() ? nullptr : &*found;
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A place's values around a step.
struct PlaceSeries {
  const HealthMap* map = nullptr;
  size_t row = 0;
  double at(int64_t step, int64_t offset) const {
    if (!map) return kNaN;
    const auto found = std::lower_bound(map->steps.begin(), map->steps.end(), step) - map->steps.begin() + offset;
    if (found < 0 || found >= static_cast<std::ptrdiff_t>(map->steps.size())) return kNaN;
    const float v = map->at(static_cast<size_t>(found), row);
    return v == HealthMap::kMissing ? kNaN : v;
  }
};

PlaceSeries series_of(const RunLog& log, std::string_view quantity, const std::string& place) {
  const std::string row = place.starts_with("block ") ? "layer" + place.substr(5) : place;
  for (const HealthMap& map : log.health) {
    if (map.quantity != quantity) continue;
    const auto found = std::find(map.rows.begin(), map.rows.end(), row);
    if (found != map.rows.end()) return {&map, static_cast<size_t>(found - map.rows.begin())};
  }
  return {};
}

std::string tensor_of(const std::string& quantity) {
  constexpr std::array<std::pair<const char*, const char*>, 8> kTensors = {{{"attn_ratio", "attention branch / stream"},
                                                                            {"cross_ratio", "cross-attention branch / stream"},
                                                                            {"ffn_ratio", "feed-forward branch / stream"},
                                                                            {"stream_rms", "stream"},
                                                                            {"stream_max", "largest value of the stream"},
                                                                            {"attn_max_logit", "largest attention logit"},
                                                                            {"grad_norm", "gradient"},
                                                                            {"update_ratio", "update / weights"}}};
  for (const auto& [name, said] : kTensors)
    if (quantity == name) return said;
  return quantity;
}

/// The matrices that a jump of a quantity speaks of.
std::string matrices_of(const CaseHistory& c, const std::string& quantity, const std::string& place) {
  std::string block = spoken_place(c.architecture(), place);
  std::replace(block.begin(), block.end(), ' ', '.');  // as parameters are named
  if (quantity == "ffn_ratio") return cat(block, ".ffn.up or ", block, ".ffn.down");
  if (quantity == "attn_ratio") return cat(block, ".attn.qkv (values) or ", block, ".attn.proj");
  if (quantity == "attn_max_logit") return cat(block, ".attn.qkv (queries, keys)");
  return place;
}

Complaint of_sign(const char* cause, const Sign& sign, std::string what, std::string fix, std::vector<std::string> settings = {}) {
  return {cause,      Gravity::kAlarm, sign.step,       sign.place,     tensor_of(sign.quantity),
          sign.value, sign.usual,      std::move(what), std::move(fix), std::move(settings)};
}

std::string times(const Sign& sign) {
  const double ratio = sign.up() ? sign.value / sign.usual : sign.usual / sign.value;
  return std::isfinite(ratio) ? cat(short_number(ratio), "x ", sign.up() ? "up" : "down") : "gone";
}

const RunEvent* first_event(const RunLog& log, std::string_view kind) {
  const auto found = std::find_if(log.events.begin(), log.events.end(), [&](const RunEvent& e) { return e.kind == kind; });
  return found == log.events.end() ? nullptr : &*found;
}

/// The step that first was not finite, and what the guard said of it.
struct FirstNonFinite {
  int64_t step = -1;
  std::string what = "the loss";
};
FirstNonFinite first_non_finite(const RunLog& log) {
  FirstNonFinite first;
  const Series& loss = log.scalar("loss");
  for (size_t i = 0; i < loss.values.size() && first.step < 0; ++i)
    if (!std::isfinite(loss.values[i])) first.step = loss.steps[i];
  for (const RunEvent& e : log.events) {
    const size_t end = e.what.find(" is not finite");
    if (end == std::string::npos || (first.step >= 0 && e.step > first.step)) continue;
    first = {e.step, e.what.substr(0, end)};
    break;
  }
  return first;
}

std::optional<Complaint> foretold(const CaseHistory& c, const char* cause) {
  const auto found = std::find_if(c.foretold.begin(), c.foretold.end(), [&](const Complaint& f) { return f.cause == cause; });
  return found == c.foretold.end() ? std::nullopt : std::optional(*found);
}

double rate_at(const RunLog& log, int64_t step) {
  const Series& lr = log.scalar("lr");
  double rate = kNaN;
  for (size_t i = 0; i < lr.steps.size() && lr.steps[i] <= step; ++i) rate = lr.values[i];
  return rate;
}

/// The end of a loss that no longer falls and is still above what the frequencies of tokens give. A batch's own entropy is a little under that of
/// all text, so a model that learned anything beyond them gets below it.
struct Standstill {
  double loss, frequencies;
};
std::optional<Standstill> standstill(const CaseHistory& c) {
  constexpr size_t kFewest = 64;
  constexpr double kStill = 0.98, kLeastEntropy = 0.5;  // of the loss half a run ago; nats
  const Series &loss = c.log.scalar("loss"), &entropy = c.log.scalar("token_entropy");
  const size_t n = loss.values.size(), eighth = n / 8;
  const bool of_a_task = c.plan && c.plan->run && !c.plan->run->task.name.empty();
  if (n < kFewest || entropy.values.size() != n || of_a_task) return {};
  const double end = median_between(loss.values, n - eighth, n), before = median_between(loss.values, n / 2, n / 2 + eighth),
               frequencies = median_between(entropy.values, 0, n);
  if (!(end > kStill * before) || !(end > frequencies) || frequencies < kLeastEntropy) return {};
  return Standstill{end, frequencies};
}

/// Did training itself suffer: not finite, a lasting rise of the loss, or nothing learned.
bool loss_suffered(const CaseHistory& c) {
  if (first_non_finite(c.log).step >= 0) return true;
  if (first_sign(c, [](const Sign& s) { return s.quantity == "loss" && s.lasting; })) return true;
  return standstill(c).has_value();
}

// ---- the rules ---------------------------------------------------------------------------------------------------------------------

const Sign* token_without_variance(const CaseHistory& c) {
  return first_sign(c, [](const Sign& s) { return s.quantity == "least_deviation" && s.lasting; });
}

MaybeFinding eps(const CaseHistory& c) {
  const FirstNonFinite bad = first_non_finite(c.log);
  const Sign* flat = token_without_variance(c);
  if (!flat || bad.step < flat->step || bad.step > flat->step + 1) return {};
  Sign sign = *flat;
  Complaint f = of_sign(cause::kEps, sign,
                        cat("A token's channels are all alike (deviation ", short_number(flat->value), "), and ", bad.what,
                            " is not a number at step ", bad.step, ": a norm divided zero by the root of its eps."),
                        "Give every norm an eps; and see why that token has no variance.", {"model.norm.eps=1e-5"});
  f.tensor = bad.what;
  return f;
}

MaybeFinding zero_variance(const CaseHistory& c) {
  const Sign* flat = token_without_variance(c);
  if (!flat) return {};
  const double grad = series_of(c.log, "grad_norm", "embedding").at(flat->step, 0),
               before = series_of(c.log, "grad_norm", "embedding").at(flat->step, -1);
  Complaint f = of_sign(cause::kZeroVariance, *flat,
                        cat("The channels of a token that is read are all alike: deviation ", short_number(flat->value), " where the least was ",
                            short_number(flat->usual), ". The first norm divides by the root of eps, and the embedding's gradient went from ",
                            short_number(before), " to ", short_number(grad), "."),
                        "Start that token's row again (padding rows must not stand where text is read); a larger eps bounds the damage.",
                        {"model.norm.eps=1e-5"});
  f.tensor = "embed.tokens: a row";
  return f;
}

// A jump from one step to the next that stays where it landed. Updates move weights by their ratio: a branch cannot grow fourfold in one of 1 %.
MaybeFinding weights_changed(const CaseHistory& c) {
  const Sign* jump = first_sign(c, [&](const Sign& s) {
    if (!s.jumped || !s.lasting || !s.up() || !is_one_of(s.quantity, {"attn_ratio", "ffn_ratio", "cross_ratio", "attn_max_logit", "stream_rms"}))
      return false;
    const PlaceSeries series = series_of(c.log, s.quantity, s.place);
    const double before = series.at(s.step, -1), later = series.at(s.step, 2);
    if (!(s.value > 3.5 * before) || (later == later && (later > 2.5 * s.value || later < s.value / 2.5))) return false;
    const double moved = series_of(c.log, "update_ratio", s.place).at(s.step, -1);
    return !(moved > 0.1);
  });
  if (!jump) return {};
  const double moved = series_of(c.log, "update_ratio", jump->place).at(jump->step, -1);
  const std::string which = matrices_of(c, jump->quantity, jump->place);
  return of_sign(cause::kWeights, *jump,
                 cat("In ", jump->place, ", ", tensor_of(jump->quantity), " went from ", short_number(jump->usual), " to ", short_number(jump->value),
                     " (", times(*jump), ") in one step and stayed there, though the step before changed the weights by ", short_number(100 * moved),
                     " %: ", which, " was changed from outside."),
                 "Go back to the checkpoint before; look for what writes weights beside the optimizer (a merge, a faulty load, memory).");
}

MaybeFinding units_died(const CaseHistory& c) {
  const Sign* fall = first_sign(c, [](const Sign& s) { return s.quantity == "ffn_ratio" && !s.up() && s.lasting; });
  if (!fall) return {};
  // A stream that grew makes every later branch small beside it; a dead branch leaves its stream as it is or smaller.
  const PlaceSeries stream = series_of(c.log, "stream_rms", fall->place);
  if (stream.at(fall->step, 0) > 2 * stream.at(fall->step, -1)) return {};
  return of_sign(cause::kDeadUnits, *fall,
                 cat("In ", fall->place, ", the feed-forward branch adds ", short_number(fall->value), " of the stream where it added ",
                     short_number(fall->usual), ": its units no longer fire",
                     c.architecture() ? cat(" (activation ", c.architecture()->activation, ")") : "", "."),
                 "Go back before that step with a lower rate, or take an activation with a slope everywhere.", {"model.activation=gelu"});
}

// A batch of another kind meets the weights where they always are, so gradients stay within a factor of two or so (1.2 to 1.8 in the benchmark's
// batches of random tokens). Weights that an update threw onto a steep place show in the same way in the loss, with gradients ten times as large and
// more.
bool gradients_jumped(const CaseHistory& c, int64_t step) {
  return first_sign(c, [&](const Sign& s) { return s.quantity == "grad_norm" && s.up() && s.step == step; }) != nullptr;
}

// The loss jumps and comes back, no layer had left its band before, and gradients did not jump: the data, not the weights.
MaybeFinding bad_batch(const CaseHistory& c) {
  constexpr double kEntropyLost = 0.5;  // nats; where all batches are nearly of one token, one is no worse than the others
  const char* fix = "Look at that batch (gimbal pretrain --show N prints examples); clean the data, or skip such steps.";
  if (const Sign* s = first_sign(c, [](const Sign& s) { return s.quantity == "token_entropy" && s.usual - s.value > kEntropyLost; })) {
    Complaint f = of_sign(cause::kBatch, *s,
                          cat("The batch of step ", s->step, " is not like the others: its tokens have an entropy of ", short_number(s->value),
                              " nats where ", short_number(s->usual), " is usual."),
                          fix, {"train.guard=skip"});
    f.tensor = "token ids of the batch";
    return f;
  }
  const Sign* loss = first_sign(c, [](const Sign& s) { return s.quantity == "loss" && s.up() && s.value == s.value; });
  if (!loss || loss->lasting || gradients_jumped(c, loss->step)) return {};
  const Sign* before = first_sign(c, [&](const Sign& s) { return s.step < loss->step && s.step >= loss->step - 5 && s.lasting; });
  const Sign* wild = first_sign(c, [&](const Sign& s) { return s.quantity == "update_ratio" && !s.jumped && s.step <= loss->step; });
  if (before || wild) return {};
  Complaint f = of_sign(cause::kBatch, *loss,
                        cat("The loss was ", short_number(loss->value), " at step ", loss->step, " alone (", short_number(loss->usual),
                            " before), no layer had left its band, gradients stayed as they were, and it came back: the batch, not the weights."),
                        fix, {"train.guard=skip"});
  f.tensor = "loss of one batch";
  return f;
}

MaybeFinding overflow(const CaseHistory& c) {
  const Sign* large = first_sign(c, [](const Sign& s) { return s.quantity == "stream_max" && !s.jumped; });
  if (!large) return {};
  const FirstNonFinite bad = first_non_finite(c.log);
  return of_sign(cause::kOverflow, *large,
                 cat("In ", large->place, " the stream's largest value passed ", short_number(large->usual), ", the most that f16 holds (",
                     short_number(large->value), "), and bf16 keeps 8 bits of it",
                     bad.step >= large->step ? cat("; at step ", bad.step, " ", bad.what, " is not a number") : "", "."),
                 "Norm what the branches write (placement sandwich), or lower the rate; f32 only defers it.",
                 {"model.placement=sandwich", "train.dtype=f32"});
}

MaybeFinding qk_norm(const CaseHistory& c) {
  auto known = foretold(c, cause::kNoQkNorm);
  if (!known) return {};
  // Gradients over the depth, in the first steps.
  double ratio = 0;
  for (const HealthMap& map : c.log.health) {
    if (map.quantity != "grad_norm") continue;
    for (size_t step = 0; step < std::min<size_t>(10, map.steps.size()); ++step) {
      std::vector<double> layers;
      for (size_t row = 0; row < map.rows.size(); ++row)
        if (map.rows[row].starts_with("layer ")) layers.push_back(map.at(step, row));
      const auto [least, most] = std::minmax_element(layers.begin(), layers.end());
      if (!layers.empty() && *least > 0) ratio = std::max(ratio, *most / *least);
    }
  }
  const Sign* logit = first_sign(c, [](const Sign& s) { return is_one_of(s.quantity, {"attn_max_logit", "attn_entropy"}) && s.lasting; });
  if (ratio < 10 && !logit && !loss_suffered(c)) return {};
  Complaint f = *known;
  f.gravity = Gravity::kAlarm;
  f.step = logit && ratio < 10 ? logit->step : 1;
  f.place = logit ? logit->place : "block 0";
  f.tensor = "gradients over the depth";
  f.value = ratio, f.usual = 2;
  f.what += cat(" Gradients differ by ", short_number(ratio), "x between layers from the first steps on",
                logit ? cat("; the first logits to leave their band are those of ", logit->place, " at step ", logit->step) : "", ".");
  return f;
}

// E15, and the fix table: entropy under 0.1 nats with logits over 50.
MaybeFinding logits(const CaseHistory& c) {
  const Sign* s = first_sign(c, [&](const Sign& s) {
    if (!is_one_of(s.quantity, {"attn_max_logit", "attn_entropy"}) || !s.lasting) return false;
    return series_of(c.log, "attn_max_logit", s.place).at(s.step, 0) > 50 && series_of(c.log, "attn_entropy", s.place).at(s.step, 0) < 0.1;
  });
  if (!s) return {};
  return of_sign(cause::kLogits, *s,
                 cat("In ", s->place, " attention logits reached ", short_number(series_of(c.log, "attn_max_logit", s->place).at(s->step, 0)),
                     " and each row looks at one token (entropy under 0.1 nats)."),
                 "Add QK-norm, or lower the rate.", {"model.slot_norms.qk.kind=rms", "model.slot_norms.qk.eps=1e-6"});
}

MaybeFinding rate(const CaseHistory& c) {
  std::set<std::string> wild;
  const Sign* first = nullptr;
  for (const Sign& s : c.signs) {
    if (s.quantity != "update_ratio" || s.jumped || !s.place.starts_with("block ")) continue;
    wild.insert(s.place);
    if (!first) first = &s;
  }
  size_t blocks = 0;
  for (const HealthMap& map : c.log.health)
    if (map.quantity == "update_ratio")
      blocks = static_cast<size_t>(std::count_if(map.rows.begin(), map.rows.end(), [](const std::string& r) { return r.starts_with("layer "); }));
  if (first && 2 * wild.size() >= blocks) {
    const Sign& s = *first;
    const double used = rate_at(c.log, s.step);
    return of_sign(
        cause::kLearningRate, s,
        cat("At a rate of ", short_number(used), " each step changes the weights of ", wild.size(), " of ", blocks, " blocks by more than ",
            short_number(100 * s.usual), " % (", s.place, " first): the steps are larger than the slope they follow."),
        "Lower the rate, or warm up four times as long.", {cat("optimizer.lr=", short_number(used / 10))});
  }
  auto known = foretold(c, cause::kLearningRate);
  const Sign* suffered = first_sign(c, [](const Sign& s) { return is_one_of(s.quantity, {"loss", "grad_norm"}) && s.up(); });
  if (!known || (!suffered && !loss_suffered(c))) return {};
  known->gravity = Gravity::kAlarm;
  known->step = suffered ? suffered->step : 1;
  return known;
}

// A risk that the plan's checks foretold, once training suffers.
MaybeFinding came_true(const CaseHistory& c, const char* cause) {
  auto known = foretold(c, cause);
  if (!known || !loss_suffered(c)) return {};
  const Sign* s = first_sign(c, [](const Sign& s) { return is_one_of(s.quantity, {"grad_norm", "loss"}) && s.up(); });
  known->gravity = Gravity::kAlarm;
  known->step = s ? s->step : 1;
  known->place = s ? s->place : "";
  return known;
}
MaybeFinding warm_up(const CaseHistory& c) { return came_true(c, cause::kNoWarmUp); }
MaybeFinding no_norm(const CaseHistory& c) { return came_true(c, cause::kNoNorm); }

MaybeFinding vanishing(const CaseHistory& c) {
  const RunEvent* event = first_event(c.log, "vanishing");
  if (!event) return {};
  const bool post = c.architecture() && placement_named(c.architecture()->placement).has(Slot::kAfter);
  return Complaint{cause::kVanishing,
                   Gravity::kAlarm,
                   event->step,
                   "",
                   "gradients over the depth",
                   kNaN,
                   kNaN,
                   cat("At step ", event->step, " ", event->what, "."),
                   post ? "Use DeepNorm's constants, or a placement that norms the branch." : "Lower the rate, or warm up longer.",
                   {post ? "model.residual.kind=deepnorm" : cat("optimizer.lr=", short_number(rate_at(c.log, event->step) / 10))}};
}

// A shared table whose logits are of size sqrt(width): the first loss lies far above that of guessing.
MaybeFinding tied_scale(const CaseHistory& c) {
  const Series& loss = c.log.scalar("loss");
  const Series& lse = c.log.scalar("lse_rms");
  if (loss.empty() || lse.empty() || !c.plan || !c.plan->architecture.tied || c.plan->architecture.vocab < 2 || c.plan->from_weights) return {};
  const double guess = std::log(static_cast<double>(c.plan->architecture.vocab)), first = loss.values.front();
  if (!(first > 1.5 * guess) || !(lse.values.front() > 2 * guess)) return {};
  Complaint f{cause::kTiedScale,
              Gravity::kAlarm,
              loss.steps.front(),
              "head",
              "logits",
              first,
              guess,
              cat("The first loss is ", short_number(first), " where guessing costs ", short_number(guess), ", and the logits' log partition is ",
                  short_number(lse.values.front()), ": the shared table is too large for a head."),
              "Divide what the head reads by sqrt(width), or start the table smaller.",
              {"model.scale_logits=true"}};
  return f;
}

MaybeFinding growth(const CaseHistory& c) {
  const Sign* s = first_sign(c, [](const Sign& s) { return is_one_of(s.quantity, {"stream_rms", "stream_max"}) && s.up() && s.lasting; });
  if (!s || !loss_suffered(c)) return {};
  return of_sign(cause::kGrowth, *s,
                 cat("In ", s->place, " the stream grew ", times(*s), " (", short_number(s->usual), " to ", short_number(s->value), ")."),
                 "Norm what the branches write (placement sandwich), or divide by the depth (layernorm-scaling).", {"model.placement=sandwich"});
}

MaybeFinding not_a_number(const CaseHistory& c) {
  const FirstNonFinite bad = first_non_finite(c.log);
  if (bad.step < 0) return {};
  return Complaint{cause::kNonFinite,
                   Gravity::kAlarm,
                   bad.step,
                   "",
                   bad.what,
                   kNaN,
                   kNaN,
                   cat("At step ", bad.step, " ", bad.what, " is not a number, and nothing in the log left its band before."),
                   cat("gimbal doctor RUN --replay ", bad.step, " shows every tensor of the steps before."),
                   {}};
}

MaybeFinding spike(const CaseHistory& c) {
  if (const Sign* s = first_sign(c, [](const Sign& s) { return s.quantity == "loss" && s.up() && s.lasting && s.value == s.value; }))
    return of_sign(cause::kSpike, *s,
                   cat("The loss rose from ", short_number(s->usual), " to ", short_number(s->value), " at step ", s->step, " and stayed there."),
                   cat("gimbal doctor RUN --replay ", s->step, " shows every tensor of the steps before; a lower rate usually holds it."), {});
  // What came back is over, and the next one may not be.
  const Sign* s = first_sign(c, [&](const Sign& s) { return s.quantity == "loss" && s.up() && s.value == s.value && gradients_jumped(c, s.step); });
  if (!s) return {};
  Complaint f = of_sign(cause::kSpike, *s,
                        cat("At step ", s->step, " the loss jumped from ", short_number(s->usual), " to ", short_number(s->value),
                            " with gradients many times as large, and came back: the update before had thrown the weights onto a steep place."),
                        "Warm up longer, lower the rate, or clip gradients.", {cat("optimizer.lr=", short_number(rate_at(c.log, s->step) / 2))});
  f.gravity = Gravity::kRisk;
  return f;
}

// By itself it names no reason, but that of updates too small to move anything. Models stand at the frequencies for a while before they learn more,
// so that a short run is only a risk.
MaybeFinding nothing_learned(const CaseHistory& c) {
  constexpr double kFrozen = 1e-6;
  constexpr size_t kLong = 200;  // steps
  const std::optional<Standstill> still = standstill(c);
  if (!still) return {};
  double most = 0;
  for (const HealthMap& map : c.log.health)
    if (map.quantity == "update_ratio")
      for (size_t row = 0; row < map.rows.size(); ++row)
        for (size_t step = 0; step < map.steps.size(); ++step)
          if (map.at(step, row) != HealthMap::kMissing) most = std::max(most, static_cast<double>(map.at(step, row)));
  const bool frozen = most < kFrozen;
  const Series& loss = c.log.scalar("loss");
  const char* why = frozen ? "updates change no weight by a millionth of itself." : "the model has learned which tokens are frequent, at most.";
  const char* fix =
      frozen ? "Raise the rate, or thaw what is frozen." : "Warm up, or take another rate; if it stays, look at the data (gimbal pretrain --show N).";
  Complaint f{cause::kNothingLearned, Gravity::kAlarm, loss.steps.front(), "", "loss", still->loss, still->frequencies, "", fix};
  f.what = cat("The loss stands at ", short_number(still->loss), " nats, above the ", short_number(still->frequencies),
               " that the frequencies of a batch's tokens give: ", why);
  if (!frozen && loss.steps.size() < kLong) f.gravity = Gravity::kRisk;
  return f;
}

// GLM-130B: the embedding's gradient runs ahead of a collapse. That of a sum over all layers' blocks is larger from the start in most designs, so
// what counts is that it left the blocks' behind: ten times their median over the last steps, and five times what it was in the run's first half.
MaybeFinding embedding_gradient(const CaseHistory& c) {
  constexpr size_t kFewest = 40, kLast = 10;
  constexpr double kAbove = 10, kGrown = 5;
  for (const HealthMap& map : c.log.health) {
    if (map.quantity != "grad_norm" || map.rows.front() != "embedding" || map.steps.size() < kFewest) continue;
    std::vector<double> ratios;
    for (size_t step = 0; step < map.steps.size(); ++step) {
      std::vector<double> layers;
      for (size_t row = 1; row < map.rows.size(); ++row)
        if (map.rows[row].starts_with("layer ")) layers.push_back(map.at(step, row));
      ratios.push_back(map.at(step, 0) / median_between(layers, 0, layers.size()));
    }
    const double before = median_between(ratios, kLast, ratios.size() / 2), last = median_between(ratios, ratios.size() - kLast, ratios.size());
    if (!std::isfinite(last) || last < kAbove || last < kGrown * before) return {};
    return Complaint{cause::kEmbeddingGradient,
                     Gravity::kRisk,
                     map.steps.back(),
                     "embedding",
                     "gradient",
                     last,
                     before,
                     cat("The embedding's gradient is ", short_number(last), " times that of the middle block at the end, and was ",
                         short_number(before), " times it in the first half."),
                     "Pass on a tenth of it (GLM-130B), or norm the embeddings.",
                     {"model.embedding_gradient=0.1"}};
  }
  return {};
}

constexpr std::array kRules = {
    CauseRule{cause::kEps, "least deviation of an embedded token, the first non-finite tensor", eps},
    CauseRule{cause::kZeroVariance, "least deviation of an embedded token", zero_variance},
    CauseRule{cause::kBatch, "entropy of the batch's tokens; a loss that jumps and comes back", bad_batch},
    CauseRule{cause::kTiedScale, "first loss and log partition against ln(vocabulary)", tied_scale},
    CauseRule{cause::kWeights, "a branch that jumps in one step and stays", weights_changed},
    CauseRule{cause::kDeadUnits, "a feed-forward branch that falls away", units_died},
    CauseRule{cause::kNoQkNorm, "placement branch; gradients over the depth, logits", qk_norm},
    CauseRule{cause::kLearningRate, "update / weights of most blocks; the rate at the width", rate},
    CauseRule{cause::kNoWarmUp, "post-norm and the schedule; loss and gradients", warm_up},
    CauseRule{cause::kNoNorm, "model.norm.kind none at depth; loss and gradients", no_norm},
    CauseRule{cause::kLogits, "largest logit and entropy of one layer", logits},
    CauseRule{cause::kOverflow, "largest value of the stream against f16's largest", overflow},
    CauseRule{cause::kVanishing, "the guard's event", vanishing},
    CauseRule{cause::kGrowth, "the stream's size, and the loss", growth},
    CauseRule{cause::kNonFinite, "loss and the guard's events", not_a_number},
    CauseRule{cause::kSpike, "a loss that rises and stays, or comes back with gradients that jumped", spike},
    CauseRule{cause::kNothingLearned, "the end of the loss against the entropy of a batch's tokens", nothing_learned},
    CauseRule{cause::kEmbeddingGradient, "gradients of embedding and blocks, at the end and in the first half", embedding_gradient},
};

// Consequences of something that is named already say nothing new.
bool is_catch_all(const std::string& cause) { return is_one_of(cause, {cause::kGrowth, cause::kNonFinite, cause::kSpike, cause::kNothingLearned}); }

}  // namespace

std::string spoken_place(const Architecture* a, const std::string& place) {
  if (!a || a->encoder_layers == 0 || !place.starts_with("block ")) return place;
  const int64_t index = std::stoll(place.substr(6));
  return index < a->encoder_layers ? cat("encoder block ", index) : cat("block ", index - a->encoder_layers);
}

bool is_possible(const Architecture& before, const std::vector<std::string>& settings) {
  Json changes = {{"model", Json::object()}};
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    set_path(changes, setting.substr(0, equals), parse_scalar(setting.substr(equals + 1)));
  }
  Architecture a = before;
  try {
    read_fields(changes["model"], a, "model");
    check(a);
  } catch (const Error&) {
    return false;
  }
  return true;
}

void drop_refused_settings(const Architecture& a, std::vector<Complaint>& findings) {
  for (Complaint& f : findings)
    if (!is_possible(a, f.settings)) f.settings.clear();
}

std::span<const CauseRule> cause_rules() { return kRules; }

std::vector<Complaint> find_causes(const CaseHistory& history) {
  std::vector<Complaint> findings = history.foretold;
  for (const CauseRule& rule : kRules) {
    auto found = rule.find(history);
    if (!found) continue;
    // What was foretold and came true is said once, as it came.
    std::erase_if(findings, [&](const Complaint& f) { return f.cause == found->cause && f.step == 0 && f.gravity == Gravity::kRisk; });
    if (std::any_of(findings.begin(), findings.end(), [&](const Complaint& f) { return f.cause == found->cause; })) continue;
    findings.push_back(std::move(*found));
  }
  if (history.architecture()) drop_refused_settings(*history.architecture(), findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Complaint& a, const Complaint& b) {
    return std::pair(a.gravity != Gravity::kAlarm, a.step) < std::pair(b.gravity != Gravity::kAlarm, b.step);
  });
  const bool explained =
      std::any_of(findings.begin(), findings.end(), [](const Complaint& f) { return f.gravity == Gravity::kAlarm && !is_catch_all(f.cause); });
  if (explained) std::erase_if(findings, [](const Complaint& f) { return f.gravity == Gravity::kAlarm && is_catch_all(f.cause); });
  return findings;
}

}  // namespace gimbal::lab
