// Pieces of work done side by side, each in a process of its own on one thread: same bits whatever runs beside it, and one that dies takes nothing
// along.
#pragma once

#include <functional>
#include <string>

namespace gimbal::lab {

class Processes {
 public:
  /// What is done there; its result comes back as a text, and what it throws as a sentence.
  using Work = std::function<std::string()>;
  struct Outcome {
    size_t number = 0;  // in the order of starting
    std::string said;
    std::string trouble;  // why there is no result, or empty
  };

  explicit Processes(int at_once) : at_once_(at_once) {}

  /// Takes work from `next` (an empty function: there is no more) and hands each outcome to `done`, in the order of finishing. Threads must not be
  /// running.
  void run(const std::function<Work()>& next, const std::function<void(const Outcome&)>& done) const;

 private:
  int at_once_;
};

}  // namespace gimbal::lab
