// The gimbal binary.
#include <unistd.h>

#include <cstdlib>

#include "cli/command.h"

namespace {

// OpenMP's threads wait at a barrier by spinning for milliseconds, which on a machine with other work costs whole time slices: a step took ten times
// as long beside five other processes. The runtime reads its settings before main, so they are set and the program starts again (about 2 ms, once).
void wait_without_spinning(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
  ::setenv("GOMP_SPINCOUNT", "1000", 1);
  ::execv("/proc/self/exe", argv);  // on failure the program goes on as it is
}

}  // namespace

int main(int argc, char** argv) {
  wait_without_spinning(argv);
  return gimbal::run_command_line(argc, argv);
}
