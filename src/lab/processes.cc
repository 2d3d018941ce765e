// Processes by fork, results through pipes.
#include "lab/processes.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/threads.h"

namespace gimbal::lab {
namespace {

// What a process says first: whether the rest is its result or its trouble.
constexpr char kResult = 'r', kTrouble = 't';

struct Child {
  size_t number;
  pid_t pid;
  int pipe;
  std::string said;
};

void say(int pipe, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(pipe, text.data() + sent, text.size() - sent);
    if (n <= 0) _exit(3);  // nobody listens any more
    sent += static_cast<size_t>(n);
  }
}

[[noreturn]] void do_work(const Processes::Work& work, int pipe) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGINT, SIG_IGN);  // the parent answers to it
  set_num_threads(1);
  std::string answer;
  try {
    answer = kResult + work();
  } catch (const std::exception& e) {
    answer = cat(kTrouble, e.what());
  }
  say(pipe, answer);
  _exit(0);
}

Child start(const Processes::Work& work, size_t number) {
  int ends[2];
  if (::pipe(ends) != 0) fail("the lab cannot make a pipe: ", std::strerror(errno));
  const pid_t pid = ::fork();
  if (pid < 0) fail("the lab cannot start a process: ", std::strerror(errno));
  if (pid == 0) {
    ::close(ends[0]);
    do_work(work, ends[1]);
  }
  ::close(ends[1]);
  return {number, pid, ends[0], {}};
}

Processes::Outcome outcome_of(const Child& child, int state) {
  if (WIFSIGNALED(state)) return {child.number, "", cat("its process was ended by signal ", WTERMSIG(state))};
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0 || child.said.empty()) return {child.number, "", "its process ended early"};
  const std::string rest = child.said.substr(1);
  return child.said[0] == kResult ? Processes::Outcome{child.number, rest, ""} : Processes::Outcome{child.number, "", rest};
}

// What was said since; false when the pipe is closed.
bool listen(Child& child) {
  char piece[65536];
  const ssize_t n = ::read(child.pipe, piece, sizeof piece);
  if (n > 0) child.said.append(piece, static_cast<size_t>(n));
  return n > 0;
}

}  // namespace

void Processes::run(const std::function<Work()>& next, const std::function<void(const Outcome&)>& done) const {
  std::vector<Child> children;
  size_t started = 0;
  bool more = true;
  while (true) {
    while (more && children.size() < static_cast<size_t>(at_once_)) {
      const Work work = next();
      if ((more = static_cast<bool>(work))) children.push_back(start(work, started++));
    }
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
