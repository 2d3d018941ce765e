// The residual join with run-time dispatch; bound by memory, so a gain costs nothing but its own gradient's sums.
#include "kernels/join.h"

#include <vector>

#include "core/threads.h"
#include "kernels/piece_sums.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/join_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

// scale * gain: one number, or one a channel.
struct Uniform {
  float value;
  Floats at(int64_t, size_t) const { return splat(value); }
};
struct PerChannel {
  const float* values_d;
  Floats at(int64_t j, size_t count) const { return lanes(values_d + j, count); }
};

/// Calls fn(coefficient) with the side's coefficient in its cheapest form.
template <class Fn>
void with_coefficient(double scale, const Tensor& gain, const Fn& fn) {
  if (!gain || gain.elements() == 1) return fn(Uniform{static_cast<float>(scale * (gain ? gain.data<float>()[0] : 1.0f))});
  std::vector<float> values(static_cast<size_t>(gain.elements()));
  for (size_t j = 0; j < values.size(); ++j) values[j] = static_cast<float>(scale * gain.data<float>()[j]);
  fn(PerChannel{values.data()});
}

template <class Fn>
void with_elements(const Tensor& t, const Fn& fn) {
  if (t.dtype() == DType::kBF16) return fn(t.data<BFloat16>());
  fn(t.data<float>());
}

void forward(const JoinSpec& spec, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd, const Tensor& branch_gain,
             const Tensor& y_nd) {
  const int64_t d = y_nd.cols();
  const float* skip = skip_nd.data<float>();
  float* y = y_nd.data<float>();
  with_coefficient(spec.skip_scale, skip_gain, [&](auto skip_by) HWY_ATTR {
    with_coefficient(spec.branch_scale, branch_gain, [&](auto branch_by) HWY_ATTR {
      with_elements(branch_nd, [&](auto* branch) HWY_ATTR {
        parallel_for(y_nd.rows(), rows_for_a_piece(d), [=](int64_t begin, int64_t end) HWY_ATTR {
          for (int64_t row = begin * d; row < end * d; row += d) {
            each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
              const Floats b = hn::Mul(lanes(branch + row + j, count), branch_by.at(j, count));
              put(hn::MulAdd(lanes(skip + row + j, count), skip_by.at(j, count), b), y + row + j, count);
            });
          }
        });
      });
    });
  });
}

/// dx (= or +=) scale gain dy
template <class To, class By>
void scale_into(const float* dy, int64_t n, int64_t d, By by, To* dx, Write write) {
  parallel_for(n, rows_for_a_piece(d), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t row = begin * d; row < end * d; row += d) {
      each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
        const Floats v = hn::Mul(lanes(dy + row + j, count), by.at(j, count));
        put(write == Write::kAdd ? hn::Add(v, lanes(dx + row + j, count)) : v, dx + row + j, count);
      });
    }
  });
}

/// dgain (= or +=) scale times the sum over rows, and over columns too for a scalar gain, of dy x
template <class T>
void gain_gradient(float scale, const float* dy, const T* x, int64_t n, int64_t d, const Tensor& dgain, Write write) {
  const int64_t rows = rows_for_a_summed_piece(n, d);
  const PieceSums sums(n, rows, d, true);
  parallel_for(n, rows, [&](int64_t begin, int64_t end) HWY_ATTR {
    float* sum_d = sums.of(begin / rows);
    each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
      Floats sum = hn::Zero(FloatTag());
      for (int64_t i = begin * d + j; i < end * d; i += d) sum = hn::MulAdd(lanes(dy + i, count), lanes(x + i, count), sum);
      put(hn::Mul(sum, splat(scale)), sum_d + j, count);
    });
  });
  sums.write(dgain, write);
}

void backward(const JoinSpec& spec, const Tensor& dy_nd, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd,
              const Tensor& branch_gain, const Tensor& dskip_nd, Write skip_write, const Tensor& dbranch_nd, const Tensor& dskip_gain,
              const Tensor& dbranch_gain, Write gain_write) {
  const int64_t n = dy_nd.rows(), d = dy_nd.cols();
  const float* dy = dy_nd.data<float>();
  // the gains' sums come first, and of the two others the one that may alias dy comes last
  if (dskip_gain) gain_gradient(static_cast<float>(spec.skip_scale), dy, skip_nd.data<float>(), n, d, dskip_gain, gain_write);
  if (dbranch_gain) {
    with_elements(branch_nd,
                  [&](auto* branch) HWY_ATTR { gain_gradient(static_cast<float>(spec.branch_scale), dy, branch, n, d, dbranch_gain, gain_write); });
  }
  const auto write_dskip = [&]() HWY_ATTR {
    if (!dskip_nd) return;
    with_coefficient(spec.skip_scale, skip_gain, [&](auto by) HWY_ATTR { scale_into(dy, n, d, by, dskip_nd.data<float>(), skip_write); });
  };
  const bool dskip_is_dy = dskip_nd && dskip_nd.raw() == dy_nd.raw();
  if (!dskip_is_dy) write_dskip();
  if (dbranch_nd) {
    with_coefficient(spec.branch_scale, branch_gain, [&](auto by) HWY_ATTR {
      with_elements(dbranch_nd, [&](auto* dbranch) HWY_ATTR { scale_into(dy, n, d, by, dbranch, Write::kReplace); });
    });
  }
  if (dskip_is_dy) write_dskip();
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(forward);
HWY_EXPORT(backward);

void forward_cpu(const JoinSpec& spec, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd, const Tensor& branch_gain,
                 const Tensor& y_nd) {
  if (y_nd.elements() > 0) HWY_DYNAMIC_DISPATCH(forward)(spec, skip_nd, skip_gain, branch_nd, branch_gain, y_nd);
}

void backward_cpu(const JoinSpec& spec, const Tensor& dy_nd, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd,
                  const Tensor& branch_gain, const Tensor& dskip_nd, Write skip_write, const Tensor& dbranch_nd, const Tensor& dskip_gain,
                  const Tensor& dbranch_gain, Write gain_write) {
  HWY_DYNAMIC_DISPATCH(backward)
  (spec, dy_nd, skip_nd, skip_gain, branch_nd, branch_gain, dskip_nd, skip_write, dbranch_nd, dskip_gain, dbranch_gain, gain_write);
}

}  // namespace

JoinKernels join_cpu() { return {forward_cpu, backward_cpu}; }

}  // namespace gimbal::kernels
#endif
