// The kernels of a device, as one table: an operation finds its kernel through the device of its tensors.
//
// Each entry has a header that is its contract (formula, shapes, dtypes, aliasing, what is saved for backward), a plain
// definition in X_ref.h and a fast version in X_cpu.cc. The reference table computes everything by the definitions.
#pragma once

#include "kernels/activation.h"
#include "kernels/attention.h"
#include "kernels/batch_norm.h"
#include "kernels/cross_entropy.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/join.h"
#include "kernels/matmul.h"
#include "kernels/optimizer.h"
#include "kernels/rotary.h"
#include "kernels/row_norm.h"
#include "kernels/squash.h"
#include "kernels/streams.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

struct Table {
  MatmulKernels matmul;
  RowNormKernels row_norm;
  BatchNormKernels batch_norm;
  SquashKernels squash;
  ActivationKernels activation;
  AttentionKernels attention;
  RotaryKernels rotary;
  EmbeddingKernels embedding;
  JoinKernels join;
  CrossEntropyKernels cross_entropy;
  ElementwiseKernels elementwise;
  OptimizerKernels optimizer;
  StreamKernels streams;
};

/// Error when this build has no kernels for the device.
const Table& on(Device device);

}  // namespace gimbal::kernels
