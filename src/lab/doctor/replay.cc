// Where to start from, the run again, and what stands out in it.
#include "lab/doctor/replay.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "kernels/table.h"
#include "train/finetune.h"
#include "train/pretrain.h"
#include "train/report_log.h"
#include "train/report_readings.h"
#include "train/run_directory.h"
#include "train/step_line.h"

namespace gimbal::lab {
namespace {

constexpr double kTimes = 4;
constexpr size_t kShown = 12;

TensorReading reading_of(const std::string& what, const Tensor& x) {
  const kernels::Moments m = kernels::on(x.device()).elementwise.moments(x);
  return {what, m.count > 0 ? std::sqrt(m.sum_squares / static_cast<double>(m.count)) : 0, m.max_abs, m.non_finite};
}

// Several micro-batches read a tensor several times: the largest counts.
std::vector<TensorReading> joined_readings(const std::vector<TensorReading>& all) {
  std::vector<TensorReading> out;
  std::map<std::string, size_t> places;
  for (const TensorReading& r : all) {
    const auto [place, fresh] = places.emplace(r.what, out.size());
    if (fresh) {
      out.push_back(r);
      continue;
    }
    TensorReading& one = out[place->second];
    one.rms = std::max(one.rms, r.rms);
    one.max_abs = std::max(one.max_abs, r.max_abs);
    one.non_finite += r.non_finite;
  }
  return out;
}

class Watcher final : public Onlooker {
 public:
  Watcher(const ReplayRequest& request, const Series& losses, Replay& replay) : request_(request), losses_(losses), replay_(replay) {}

  std::vector<TensorReading>* before(int64_t step) override {
    readings_.clear();
    return in_window(step) ? &readings_ : nullptr;
  }

  Next after(const StepResult& r, const Model& model) override {
    ReplayedStep done{r.step, r.loss, logged(r.step), {}};
    ++replay_.compared;
    replay_.same += done.same();
    if (in_window(r.step)) {
      for (const Parameter& p : model.parameters().all())
        if (p.grad_written) readings_.push_back(reading_of("gradient of " + p.name, p.grad));
      for (const Parameter& p : model.parameters().all())
        if (p.trainable) readings_.push_back(reading_of(p.name + " behind the update", p.value));
      done.tensors = joined_readings(readings_);
      replay_.steps.push_back(std::move(done));
    }
    return r.step >= request_.step ? Next::kEnd : Next::kGoOn;
  }

 private:
  bool in_window(int64_t step) const { return step >= request_.step - request_.window; }
  double logged(int64_t step) const {
    const auto at = std::lower_bound(losses_.steps.begin(), losses_.steps.end(), step);
    return at == losses_.steps.end() || *at != step ? kNaN : losses_.values[static_cast<size_t>(at - losses_.steps.begin())];
  }

  const ReplayRequest& request_;
  const Series& losses_;
  Replay& replay_;
  std::vector<TensorReading> readings_;
};

std::vector<WrongTensor> wrong_tensors(const std::vector<ReplayedStep>& steps) {
  std::vector<WrongTensor> wrong;
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> before;  // rms and max of each tensor
  for (const ReplayedStep& step : steps) {
    for (const TensorReading& r : step.tensors) {
      auto& [rms, max] = before[r.what];
      const double usual_rms = median_between(rms, 0, rms.size()), usual_max = median_between(max, 0, max.size());
      const bool jumped = rms.size() >= 2 && (r.rms > kTimes * usual_rms || r.max_abs > kTimes * usual_max);
      const bool known = std::any_of(wrong.begin(), wrong.end(), [&](const WrongTensor& w) { return w.now.what == r.what; });
      if ((r.non_finite > 0 || jumped) && !known) wrong.push_back({step.step, r, usual_rms, usual_max});
      rms.push_back(r.rms);
      max.push_back(r.max_abs);
    }
  }
  return wrong;
}

struct Start {
  int64_t step = 0;
  std::optional<fs::path> directory;
};

Start nearest_start(const ReplayRequest& request) {
  const fs::path flight = request.run / "flight";
  Start before_window, before_step;
  for (const fs::path& folder : {request.run, flight})
    for (const int64_t step : steps_in(folder)) {
      const auto better = [&](const Start& than) { return step > than.step; };
      if (step < request.step - request.window && better(before_window)) before_window = {step, step_in(folder, step)};
      if (step < request.step && better(before_step)) before_step = {step, step_in(folder, step)};
    }
  return before_window.directory ? before_window : before_step.directory && before_step.step > 200 ? before_step : Start{};
}

/// A folder for the run's second life; what it needs of the first is linked or copied into it.
class Stage {
 public:
  Stage(const fs::path& run, const Start& start) : path_(fs::temp_directory_path() / cat("gimbal-replay-", ::getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
    for (const auto& entry : fs::directory_iterator(run))
      if (entry.path().filename().string().starts_with("tokenizer") && entry.is_regular_file())
        fs::copy_file(entry.path(), path_ / entry.path().filename());
    if (fs::exists(run / "tokens")) fs::create_directory_symlink(fs::absolute(run / "tokens"), path_ / "tokens");
    if (start.directory && fs::exists(run / "base")) fs::create_directory_symlink(fs::absolute(run / "base"), path_ / "base");
  }
  ~Stage() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void check_reachable(const ReplayRequest& request, const RunLog& log, const Start& start) {
  const Series& loss = log.scalar("loss");
  if (std::find(loss.steps.begin(), loss.steps.end(), request.step) == loss.steps.end())
    fail(request.run.string(), " has no step ", request.step, " in its log, which ends with step ", loss.empty() ? 0 : loss.steps.back());
  for (const RunEvent& e : log.events)
    if (e.kind == "rollback" && e.step >= start.step && e.step < request.step)
      fail("a rollback to step ", e.step, " lies between the snapshot (step ", start.step, ") and step ", request.step,
           ": from there on the run read other data than its counters say");
}

}  // namespace

Replay replay(const ReplayRequest& request) {
  const fs::path file = request.run / "config.yaml";
  const RunLog log = read_run_log(request.run / "log.jsonl", Columns::kEveryStep);
  RunConfig config = read_run_config(parse_yaml(read_text_file(file), file.string()));
  const Start start = nearest_start(request);
  check_reachable(request, log, start);

  Replay result;
  result.from_step = start.step;
  result.from = start.directory ? start.directory->string() : "";
  Watcher watcher(request, log.scalar("loss"), result);
  const Stage stage(request.run, start);
  RunRequest again;
  again.out = stage.path();
  if (start.directory) again.resume = fs::absolute(*start.directory);
  again.onlooker = &watcher;
  if (log.run.contains("total_steps")) again.known_steps = log.run["total_steps"].get<int64_t>();
  if (config.train.seconds > 0 && again.known_steps == 0 && !start.directory)
    fail("the run took its number of steps from its speed and its log does not say how many; only a later step can be done again, from a snapshot");
  if (config.task.name.empty()) {
    pretrain(config, again);
  } else {
    finetune(config, again, [](Model&, const Tokenizer&, const TaskForm&, std::span<const Record>) { return std::vector<Prediction>(); });
  }
  result.wrong = wrong_tensors(result.steps);
  return result;
}

Json to_json(const Replay& r) {
  const auto tensor = [](const TensorReading& t) -> Json {
    return {{"tensor", t.what}, {"rms", finite(t.rms)}, {"max", finite(t.max_abs)}, {"non_finite", t.non_finite}};
  };
  Json steps = Json::array(), wrong = Json::array();
  for (const ReplayedStep& s : r.steps) {
    Json tensors = Json::array();
    for (const TensorReading& t : s.tensors) tensors.push_back(tensor(t));
    steps.push_back({{"step", s.step}, {"loss", finite(s.loss)}, {"logged", finite(s.logged)}, {"same", s.same()}, {"tensors", tensors}});
  }
  for (const WrongTensor& w : r.wrong) {
    Json line = tensor(w.now);
    line["step"] = w.step, line["usual_rms"] = finite(w.usual_rms), line["usual_max"] = finite(w.usual_max);
    wrong.push_back(std::move(line));
  }
  return {{"from_step", r.from_step}, {"from", r.from}, {"compared", r.compared}, {"same", r.same}, {"wrong", wrong}, {"steps", steps}};
}

std::string to_text(const Replay& r) {
  std::string text = cat("done again from ", r.from.empty() ? "the beginning" : r.from, ": ", r.compared, " steps, ");
  text +=
      r.same == r.compared
          ? "every loss the same as the log's, bit for bit\n"
          : cat(r.compared - r.same,
                " losses DIFFER from the log's: something outside of weights, data and settings was at work (other data, another build, memory)\n");
  for (const ReplayedStep& s : r.steps)
    text += cat("  step ", s.step, "  loss ", finite(s.loss).dump(), s.same() ? "  as logged" : cat("  logged ", finite(s.logged).dump()), "\n");
  if (r.wrong.empty()) return text + "\nno tensor left what it was in the steps before\n";
  const auto line = [](const WrongTensor& w) {
    const std::string size = w.now.non_finite > 0 ? cat(w.now.non_finite, " values not finite")
                                                  : cat("rms ", short_number(w.now.rms), ", largest ", short_number(w.now.max_abs));
    return cat("  step ", w.step, "  ", w.now.what, ": ", size,
               std::isfinite(w.usual_rms) ? cat(" (before: rms ", short_number(w.usual_rms), ", largest ", short_number(w.usual_max), ")") : "",
               "\n");
  };
  text += "\nfirst to go wrong:\n" + line(r.wrong.front());
  if (r.wrong.size() > 1) text += "then, in order:\n";
  for (size_t i = 1; i < std::min(kShown, r.wrong.size()); ++i) text += line(r.wrong[i]);
  if (r.wrong.size() > kShown) text += cat("  and ", r.wrong.size() - kShown, " more (--json has every tensor)\n");
  return text;
}

}  // namespace gimbal::lab
