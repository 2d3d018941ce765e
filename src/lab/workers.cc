// Processes by fork, results through pipes.
#include "lab/workers.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/threads.h"

namespace gimbal::lab {
namespace {

struct Child {
  pid_t pid;
  int pipe;
  Workers::Task task;
  std::string said;
};

// JSON has no word for what is not finite; null is not-a-number here as in the store, and infinities are rare enough to be the same.
Json numbers_of(const Measured& m) {
  Json j = {{"numbers", Json::object()}, {"curves", Json::object()}};
  for (const auto& [name, value] : m.numbers) j["numbers"][name] = value;
  for (const auto& [name, values] : m.curves) j["curves"][name] = values;
  return j;
}

double number_of(const Json& value) { return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>(); }

void say(int pipe, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(pipe, text.data() + sent, text.size() - sent);
    if (n <= 0) _exit(3);  // nobody listens any more
    sent += static_cast<size_t>(n);
  }
}

[[noreturn]] void work(const Workers::Task& task, int pipe) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGINT, SIG_IGN);  // the parent answers to it
  set_num_threads(1);
  Json answer;
  try {
    const auto begin = std::chrono::steady_clock::now();
    answer = numbers_of(task.experiment->measure(task.cell));
    answer["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  } catch (const std::exception& e) {
    answer = {{"trouble", e.what()}};
  }
  say(pipe, answer.dump());
  _exit(0);
}

Child start(const Workers::Task& task) {
  int ends[2];
  if (::pipe(ends) != 0) fail("the lab cannot make a pipe: ", std::strerror(errno));
  const pid_t pid = ::fork();
  if (pid < 0) fail("the lab cannot start a process: ", std::strerror(errno));
  if (pid == 0) {
    ::close(ends[0]);
    work(task, ends[1]);
  }
  ::close(ends[1]);
  return {pid, ends[0], task, {}};
}

Workers::Outcome outcome_of(const Child& child, int state) {
  Workers::Outcome outcome{child.task, {child.task.cell, {}, 0}, {}};
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
    outcome.trouble = WIFSIGNALED(state) ? cat("its process was ended by signal ", WTERMSIG(state)) : "its process ended early";
    return outcome;
  }
  const Json answer = parse_json(child.said, "a cell's answer");
  if (answer.contains("trouble")) {
    outcome.trouble = answer["trouble"].get<std::string>();
    return outcome;
  }
  for (const auto& [name, value] : answer["numbers"].items()) outcome.result.measured.numbers[name] = number_of(value);
  for (const auto& [name, values] : answer["curves"].items())
    for (const Json& value : values) outcome.result.measured.curves[name].push_back(number_of(value));
  outcome.result.seconds = answer["seconds"].get<double>();
  return outcome;
}

// What was said since; false when the pipe is closed.
bool listen(Child& child) {
  char piece[65536];
  const ssize_t n = ::read(child.pipe, piece, sizeof piece);
  if (n > 0) child.said.append(piece, static_cast<size_t>(n));
  return n > 0;
}

}  // namespace

void Workers::run(const std::function<bool(Task&)>& next, const std::function<void(const Outcome&)>& done) const {
  std::vector<Child> children;
  bool more = true;
  while (true) {
    Task task;
    while (more && children.size() < static_cast<size_t>(at_once_) && (more = next(task))) children.push_back(start(task));
    if (children.empty()) return;
    std::vector<pollfd> pipes;
    for (const Child& c : children) pipes.push_back({c.pipe, POLLIN, 0});
    if (::poll(pipes.data(), pipes.size(), -1) < 0) continue;  // a signal
    for (size_t i = children.size(); i-- > 0;) {
      if (pipes[i].revents == 0 || listen(children[i])) continue;
      int state = 0;
      ::waitpid(children[i].pid, &state, 0);
      ::close(children[i].pipe);
      const Outcome outcome = outcome_of(children[i], state);
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
      done(outcome);
    }
  }
}

}  // namespace gimbal::lab
