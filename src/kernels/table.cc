// Fills the tables: every kernel file offers its functions for the device it serves.
#include "kernels/table.h"

namespace gimbal::kernels {

const Table& on(Device device) {
  static const Table kCpu = {matmul_cpu(),    row_norm_cpu(), batch_norm_cpu(), squash_cpu(),        activation_cpu(),  attention_cpu(),
                             rotary_cpu(),    embedding_cpu(), join_cpu(),      cross_entropy_cpu(), elementwise_cpu(), optimizer_cpu(),
                             streams_cpu()};
  static const Table kReference = {matmul_reference(),    row_norm_reference(), batch_norm_reference(), squash_reference(),
                                   activation_reference(), attention_reference(), rotary_reference(),   embedding_reference(),
                                   join_reference(),      cross_entropy_reference(), elementwise_reference(), optimizer_reference(),
                                   streams_reference()};
  switch (device) {
    case Device::kCpu:
      return kCpu;
    case Device::kReference:
      return kReference;
    case Device::kCuda:
      break;
  }
  fail("this build has no CUDA kernels; use --device cpu");
}

}  // namespace gimbal::kernels
