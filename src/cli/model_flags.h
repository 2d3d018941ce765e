// Flags of every command that computes with a model: which directory, on which device, in which type.
#pragma once

#include <string>

#include "cli/command.h"
#include "infer/sampling.h"
#include "tensor/tensor.h"

namespace gimbal {

struct ModelFlags {
  std::string directory;
  std::string device = "cpu", dtype = "f32";

  /// Declares --model, --device and --dtype. They write into this object, which must outlive parsing.
  void declare(CommandLine& line);
  Device on() const { return device == "reference" ? Device::kReference : Device::kCpu; }
  /// Error for bf16 on the reference device.
  DType compute() const;
};

/// How the next token is chosen.
struct SamplingFlags {
  SamplingOptions options;
  bool greedy = false;

  void declare(CommandLine& line);
  /// The options that the flags ask for. Error when they contradict each other.
  SamplingOptions chosen(const CommonFlags& common) const;
  /// The first flag that was given and has no meaning without sampling, or "".
  std::string given_for_sampling() const;

 private:
  const CommandLine* line_ = nullptr;
};

}  // namespace gimbal
