// The one piece of process-wide state that a signal may touch.
#include "train/stop_signal.h"

#include <csignal>

namespace gimbal {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void on_signal(int number) {
  if (stop_requested) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  stop_requested = 1;
}

}  // namespace

StopSignal::StopSignal() {
  stop_requested = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

StopSignal::~StopSignal() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool StopSignal::requested() const { return stop_requested != 0; }

}  // namespace gimbal
