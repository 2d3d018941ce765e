// Which instruction sets the Highway kernels are compiled for: include before any Highway header.
//
// AVX2, AVX-512 and NEON, plus Highway's portable baseline for everything older. Each further target would cost build
// time in every X_cpu.cc, and none of them is the best target of a machine that trains transformers.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
