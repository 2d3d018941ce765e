// Draws from the story world that come out: it may have no fitting thing left for one, and then the next child of the stream is tried.
#pragma once

#include "core/error.h"
#include "data/world/tasks/world_tasks.h"
#include "data/world/teller.h"

namespace gimbal::lab {

/// make(child of the stream), for the first child that is not Stuck.
template <class Make>
auto first_that_works(const Rng& random, Make make) {
  for (uint64_t attempt = 0;; ++attempt) {
    try {
      return make(random.child(attempt));
    } catch (const world::Stuck&) {
      GIMBAL_ASSERT(attempt < 1000);
    }
  }
}

/// A record of a task of the story world, a pure function of the stream.
inline Json labelled_record(std::string_view task, const Rng& random) { return first_that_works(random, world::world_task_named(task).make); }

}  // namespace gimbal::lab
