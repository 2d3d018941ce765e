// Creates, keeps and runs oneDNN's matmul primitives.
#include "kernels/onednn.h"

#include <omp.h>

#include <dnnl.hpp>
#include <unordered_map>

#include "core/threads.h"
#include "tensor/pool.h"

namespace gimbal::kernels::onednn {
namespace {

using Memory = dnnl::memory;
using Type = Memory::data_type;

dnnl::engine& engine() {
  static dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::stream& stream() {
  static thread_local dnnl::stream instance(engine());
  return instance;
}

Type type_of(DType dtype) { return dtype == DType::kBF16 ? Type::bf16 : Type::f32; }

Memory::desc operand(int64_t rows, int64_t cols, Stored stored, Type type) {
  const Memory::dims plain = {cols, 1}, transposed = {1, rows};
  return {{rows, cols}, type, stored == Stored::kPlain ? plain : transposed};
}

dnnl::matmul::primitive_desc describe(const Product& p) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (p.write == Write::kAdd) {
    dnnl::post_ops add;
    add.append_sum(1.0f);
    attributes.set_post_ops(add);
  }
  const Memory::desc a = operand(p.rows, p.inner, p.a, type_of(p.in)), b = operand(p.inner, p.cols, p.b, type_of(p.in));
  const Memory::desc dst = operand(p.rows, p.cols, Stored::kPlain, type_of(p.out));
  const Memory::desc bias = operand(1, p.cols, Stored::kPlain, Type::f32);
#if DNNL_VERSION_MAJOR >= 3
  if (p.has_bias) return {engine(), a, b, bias, dst, attributes};
  return {engine(), a, b, dst, attributes};
#else
  if (p.has_bias) return {{a, b, bias, dst}, attributes, engine()};
  return {{a, b, dst}, attributes, engine()};
#endif
}

/// A primitive with its arguments; running it only exchanges the pointers.
struct Compiled {
  explicit Compiled(const Product& p) : Compiled(p, describe(p)) {}

  void run(const void* pa, const void* pb, const void* pbias, void* pdst) {
    a.set_data_handle(const_cast<void*>(pa));
    b.set_data_handle(const_cast<void*>(pb));
    dst.set_data_handle(pdst);
    if (bias) bias.set_data_handle(const_cast<void*>(pbias));
    void* piece = scratch_bytes > 0 ? pool_allocate(scratch_bytes) : nullptr;
    scratch.set_data_handle(piece);
    primitive.execute(stream(), arguments);
    stream().wait();
    if (piece) pool_free(piece, scratch_bytes);
  }

  dnnl::matmul primitive;
  Memory a, b, bias, dst, scratch;
  int64_t scratch_bytes;
  std::unordered_map<int, Memory> arguments;

 private:
  Compiled(const Product& p, const dnnl::matmul::primitive_desc& pd)
      : primitive(pd),
        a(pd.src_desc(), engine(), nullptr),
        b(pd.weights_desc(), engine(), nullptr),
        dst(pd.dst_desc(), engine(), nullptr),
        scratch(pd.scratchpad_desc(), engine(), nullptr),
        scratch_bytes(static_cast<int64_t>(pd.scratchpad_desc().get_size())),
        arguments{{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, dst}, {DNNL_ARG_SCRATCHPAD, scratch}} {
    if (!p.has_bias) return;
    bias = Memory(pd.bias_desc(), engine(), nullptr);
    arguments.emplace(DNNL_ARG_BIAS, bias);
  }
};

/// A primitive and its scratchpad are made for a number of threads.
struct Key {
  Product product;
  int threads;
  bool operator==(const Key&) const = default;
};

struct KeyHash {
  size_t operator()(const Key& key) const {
    const Product& p = key.product;
    uint64_t h = static_cast<uint64_t>(key.threads);
    for (const int64_t part : {p.rows, p.inner, p.cols}) h = (h ^ static_cast<uint64_t>(part)) * 0x9e3779b97f4a7c15ULL;
    const auto form = static_cast<uint64_t>(p.a) | static_cast<uint64_t>(p.b) << 1 | static_cast<uint64_t>(p.has_bias) << 2 |
                      static_cast<uint64_t>(p.write) << 3 | static_cast<uint64_t>(p.in) << 4 | static_cast<uint64_t>(p.out) << 8;
    h = (h ^ form) * 0x9e3779b97f4a7c15ULL;
    return static_cast<size_t>(h ^ (h >> 32));
  }
};

// Ragged batches bring ever new row counts: a primitive costs 0.1 to 0.4 ms to make and 40 to 110 KB to keep, so those
// that two generations of calls did not use are dropped.
class Cache {
 public:
  Compiled& find_or_make(const Key& key) {
    if (const auto found = recent_.find(key); found != recent_.end()) return found->second;
    if (recent_.size() >= kGeneration) {
      older_ = std::move(recent_);
      recent_.clear();
    }
    if (auto kept = older_.extract(key)) return recent_.insert(std::move(kept)).position->second;
    return recent_.try_emplace(key, key.product).first->second;
  }

 private:
  static constexpr size_t kGeneration = 512;
  std::unordered_map<Key, Compiled, KeyHash> recent_, older_;
};

}  // namespace

void multiply(const Product& product, const void* a, const void* b, const void* bias_f32, void* dst) {
  static thread_local Cache cache;
  if (omp_get_max_threads() != num_threads()) omp_set_num_threads(num_threads());  // OpenMP keeps the setting for each calling thread
  cache.find_or_make({product, num_threads()}).run(a, b, bias_f32, dst);
}

bool supports(DType in) {
  static const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());  // a set of bits
  const auto needed = static_cast<unsigned>(in == DType::kBF16 ? dnnl::cpu_isa::avx512_core_bf16 : dnnl::cpu_isa::avx512_core);
  return (isa & needed) == needed;
}

}  // namespace gimbal::kernels::onednn
