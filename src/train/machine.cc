// Measures and describes the machine.
#include "train/machine.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "core/progress.h"
#include "core/threads.h"
#include "kernels/table.h"
#include "models/cost.h"

namespace gimbal {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(':');
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

double measured_peak_flops(DType dtype) {
  constexpr int64_t kSize = 1024;
  const Tensor a = Tensor::zeros(Shape{kSize, kSize}, dtype), b = Tensor::zeros(Shape{kSize, kSize}, dtype), c(Shape{kSize, kSize}, dtype);
  double best = 0;
  const auto& linear = kernels::on(Device::kCpu).matmul.linear;
  linear(a, b, {}, c);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    linear(a, b, {}, c);
    const auto now = std::chrono::steady_clock::now();
    best = std::max(best, 2.0 * kSize * kSize * kSize / std::chrono::duration<double>(now - begin).count());
    if (std::chrono::duration<double>(now - start).count() > 0.2) break;
  }
  return best;
}

Json describe_machine(double peak_flops) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return {{"host", host},
          {"processor", processor_name()},
          {"threads", num_threads()},
          {"memory", bytes_text(static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGE_SIZE)))},
          {"peak_gflops", peak_flops / 1e9}};
}

}  // namespace gimbal
