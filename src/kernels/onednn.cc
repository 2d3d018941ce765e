// Creates, keeps and runs oneDNN's matmul primitives.
#include "kernels/onednn.h"

#include <omp.h>

#include <algorithm>
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

// Large plain f32 weights are first copied into the layout that the kernel chooses: the copy costs 3 to 7 % at 256 rows, and
// the product then runs at 93 to 97 % of the peak instead of 77 to 84 % (Zen 5; sizes from 1536 x 768 to 5632 x 2048). The
// order of sums stays the same. bf16 and transposed operands gain less than the copy costs.
bool pays_to_pack(const Product& p) {
  const bool large = p.inner * p.cols >= (p.inner > 1024 ? 1 << 20 : 2 << 20);
  return p.in == DType::kF32 && p.a == Stored::kPlain && p.b == Stored::kPlain && p.rows >= 256 && large;
}

// a_row_stride: elements from one row of a plain `a` to the next.
dnnl::matmul::primitive_desc describe(const Product& p, int64_t a_row_stride) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (p.write == Write::kAdd) {
    dnnl::post_ops add;
    add.append_sum(1.0f);
    attributes.set_post_ops(add);
  }
  const Memory::desc a = p.a == Stored::kPlain ? Memory::desc({p.rows, p.inner}, type_of(p.in), Memory::dims{a_row_stride, 1})
                                               : operand(p.rows, p.inner, p.a, type_of(p.in));
  const Memory::desc b =
      pays_to_pack(p) ? Memory::desc({p.inner, p.cols}, type_of(p.in), Memory::format_tag::any) : operand(p.inner, p.cols, p.b, type_of(p.in));
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

/// Memory of the pool behind an argument while a primitive runs.
class Borrowed {
 public:
  explicit Borrowed(Memory& memory) : bytes_(static_cast<int64_t>(memory.get_desc().get_size())) {
    if (bytes_ > 0) memory.set_data_handle(piece_ = pool_allocate(bytes_));
  }
  ~Borrowed() {
    if (piece_) pool_free(piece_, bytes_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

 private:
  int64_t bytes_;
  void* piece_ = nullptr;
};

/// A primitive with its arguments; running it only exchanges the pointers.
class Compiled {
 public:
  Compiled(const Product& p, int64_t a_row_stride) : Compiled(p, describe(p, a_row_stride)) {}

  void run(const void* a, const void* b, const void* bias, void* dst) {
    a_.set_data_handle(const_cast<void*>(a));
    b_.set_data_handle(const_cast<void*>(b));
    dst_.set_data_handle(dst);
    if (bias_) bias_.set_data_handle(const_cast<void*>(bias));
    const Borrowed scratch(scratch_);
    if (!packed_) return execute();
    const Borrowed packed(packed_);
    pack_.execute(stream(), b_, packed_);
    execute();
  }

 private:
  Compiled(const Product& p, const dnnl::matmul::primitive_desc& pd)
      : product_(pd),
        a_(pd.src_desc(), engine(), nullptr),
        b_(operand(p.inner, p.cols, p.b, type_of(p.in)), engine(), nullptr),
        dst_(pd.dst_desc(), engine(), nullptr),
        scratch_(pd.scratchpad_desc(), engine(), nullptr) {
    if (pays_to_pack(p) && pd.weights_desc() != b_.get_desc()) {
      packed_ = Memory(pd.weights_desc(), engine(), nullptr);
      pack_ = dnnl::reorder(b_, packed_);
    }
    arguments_ = {{DNNL_ARG_SRC, a_}, {DNNL_ARG_WEIGHTS, packed_ ? packed_ : b_}, {DNNL_ARG_DST, dst_}, {DNNL_ARG_SCRATCHPAD, scratch_}};
    if (!p.has_bias) return;
    bias_ = Memory(pd.bias_desc(), engine(), nullptr);
    arguments_.emplace(DNNL_ARG_BIAS, bias_);
  }

  void execute() {
    product_.execute(stream(), arguments_);
    stream().wait();
  }

  dnnl::matmul product_;
  dnnl::reorder pack_;
  Memory a_, b_, packed_, bias_, dst_, scratch_;  // empty where there is none
  std::unordered_map<int, Memory> arguments_;
};

/// A primitive and its scratchpad are made for a number of threads.
struct Key {
  Product product;
  int64_t a_row_stride;
  int threads;
  bool operator==(const Key&) const = default;
};

struct KeyHash {
  size_t operator()(const Key& key) const {
    const Product& p = key.product;
    uint64_t h = static_cast<uint64_t>(key.threads);
    for (const int64_t part : {p.rows, p.inner, p.cols, key.a_row_stride}) h = (h ^ static_cast<uint64_t>(part)) * 0x9e3779b97f4a7c15ULL;
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
    return recent_.try_emplace(key, key.product, key.a_row_stride).first->second;
  }

 private:
  static constexpr size_t kGeneration = 512;
  std::unordered_map<Key, Compiled, KeyHash> recent_, older_;
};

void multiply_strided(const Product& product, const void* a, int64_t a_row_stride, const void* b, const void* bias_f32, void* dst) {
  static thread_local Cache cache;
  if (omp_get_max_threads() != num_threads()) omp_set_num_threads(num_threads());  // OpenMP keeps the setting for each calling thread
  cache.find_or_make({product, a_row_stride, num_threads()}).run(a, b, bias_f32, dst);
}

// A product over a vocabulary (d logits times the table) would pack the whole table: another 154 MB for GPT-2's. Its sums are taken in pieces, for
// any number of rows, so that their order stays one; a packed piece (12 MB) stays in the last cache.
constexpr int64_t kLongSum = 4096;

bool is_long(const Product& p) { return p.inner > 2 * kLongSum && p.in == DType::kF32 && p.a == Stored::kPlain && p.b == Stored::kPlain; }

void multiply_in_pieces(const Product& p, const float* a, const float* b, const void* bias_f32, void* dst) {
  const int64_t pieces = (p.inner + kLongSum - 1) / kLongSum, most = (p.inner + pieces - 1) / pieces;
  Product piece = p;
  for (int64_t begin = 0; begin < p.inner; begin += most) {
    piece.inner = std::min(most, p.inner - begin);
    multiply_strided(piece, a + begin, p.inner, b + begin * p.cols, bias_f32, dst);
    piece.write = Write::kAdd;
    piece.has_bias = false;
  }
}

}  // namespace

void multiply(const Product& p, const void* a, const void* b, const void* bias_f32, void* dst) {
  if (is_long(p)) return multiply_in_pieces(p, static_cast<const float*>(a), static_cast<const float*>(b), bias_f32, dst);
  multiply_strided(p, a, p.inner, b, bias_f32, dst);
}

bool supports(DType in) {
  static const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());  // a set of bits
  const auto needed = static_cast<unsigned>(in == DType::kBF16 ? dnnl::cpu_isa::avx512_core_bf16 : dnnl::cpu_isa::avx512_core);
  return (isa & needed) == needed;
}

}  // namespace gimbal::kernels::onednn
